"""What else makes a card's panels: whole pipelines on the libraries that people have, to race against.

Each draws the sample KTP from the same fields and pictures in the same places, and ends with the panels that an Evolis
Primacy is sent: y, m, c at 8 bits and k, o at 1 bit, turned. None writes the container around them or counts the
dye's means for its header, which ours does: that favours the rivals. `check` compares the panels with ours.
"""

from collections.abc import Mapping
from typing import Protocol

from spooler.model.job import Content
from spooler.model.picture import Geometry

from . import layout as _layout
from .numpy_pillow import GlyphNumpy, NumpyPillow
from .pillow import Pillow

#: A card's steps, in this order, by the names of the methods below.
STEPS = ("photo", "text", "signature", "panels")


class Rival(Protocol):
    """Draws one card after the other: `photo`, `text`, `signature`, then `panels` gives it away."""

    name: str

    def photo(self, content: Content) -> None:
        """Decode, scale, separate."""

    def text(self, content: Content) -> None:
        """Start from the plate, set all fields."""

    def signature(self, content: Content) -> None:
        """Decode, scale, cut to black and white; nothing if there is none."""

    def panels(self) -> Mapping[str, bytes | memoryview]:
        """Ink -> panel: no dye under the photo's resin, turned, packed. Good until the next card."""


def rivals(geometry: Geometry) -> tuple[list[Rival], dict[str, str]]:
    """All that run here, and for the others why not."""
    card = _layout.ktp(geometry)
    found: list[Rival] = [Pillow(card), NumpyPillow(card), GlyphNumpy(card)]
    missing = {}
    try:
        from .cairo_mix import CairoMix

        found.append(CairoMix(card))
    except (ImportError, OSError) as error:
        missing["pycairo mix"] = f"{error}; see make bench-setup"
    return found, missing


def draw(rival: Rival, content: Content) -> Mapping[str, bytes | memoryview]:
    """One card."""
    rival.photo(content)
    rival.text(content)
    rival.signature(content)
    return rival.panels()


__all__ = ["STEPS", "Rival", "draw", "rivals"]
