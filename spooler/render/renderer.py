"""The room's door: plates and pictures of every kind, for worker threads."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache

from spooler.model.job import Content
from spooler.model.kinds import KINDS
from spooler.model.picture import Geometry, Picture, Plate

from .canvas import Pool
from .compose import Printed, compose
from .loader import packaged_template
from .plate import Compiled, compile_template
from .type import Foundry, repertoire


class Renderer:
    """Draws cards. Safe to use from any number of threads.

    `specimen`: every card says CONTOH. `printed`: kind -> field -> value as sent -> value as it stands on the card.
    `canvases`: how many cards may be drawn at once, over all kinds and printers
    (each holds one plane of width*height bytes per ink, 3.3 MB for a YMCKO card). Plates are kept for good: one per
    kind, geometry and ribbon in use.
    """

    def __init__(
        self, *, specimen: bool, canvases: int = 4, printed: Mapping[str, Printed] | None = None
    ) -> None:  # fmt: skip
        self._specimen = specimen
        self._printed = printed or {}
        self._templates = {name: packaged_template(kind) for name, kind in KINDS.items()}
        self._foundry = Foundry()
        self._pool = Pool(canvases)
        self._lock = threading.Lock()
        self._compiled: dict[tuple[str, Geometry, str], Compiled] = {}

    def plate(self, kind: str, geometry: Geometry, inks: str) -> Plate:
        """What is the same on every card of this kind, printer and ribbon.

        Raises KeyError for an unknown kind, ValueError for inks that are no ribbon, UnfitRibbonError for a ribbon that
        cannot print the kind, TemplateError for a template that does not fit the geometry.
        """
        return self._compile(kind, geometry, inks).plate

    @contextmanager
    def draw(self, kind: str, geometry: Geometry, inks: str, content: Content) -> Iterator[Picture]:
        """One card, good until the block ends. Blocks while all canvases are in use.

        Raises what `plate` raises, and UnprintableError: TextDoesNotFitError, MissingGlyphError, BadPictureError.
        """
        compiled = self._compile(kind, geometry, inks)
        canvas = self._pool.borrow(compiled)
        try:
            yield compose(canvas, content, self._printed.get(kind, {}))
        finally:
            self._pool.give_back(canvas)

    def _compile(self, kind: str, geometry: Geometry, inks: str) -> Compiled:
        key = (kind, geometry, inks)
        found = self._compiled.get(key)
        if found is None:
            with self._lock:
                found = self._compiled.get(key)
                if found is None:
                    found = compile_template(
                        KINDS[kind], self._templates[kind], geometry, inks, self._foundry, specimen=self._specimen
                    )
                    self._compiled[key] = found
        return found


def missing_glyph(kind: str, fields: Mapping[str, str]) -> tuple[str, str] | None:
    """The first field with a character that the kind's typeface lacks, and that character; None if all are there."""
    text = "".join(fields.values())
    if text.isascii() and text.isprintable():
        return None
    known = _known(kind)
    if known.issuperset(text):
        return None
    for name, value in fields.items():
        for character in value:
            if character not in known:
                return name, character
    return None


@cache
def _known(kind: str) -> frozenset[str]:
    faces = packaged_template(KINDS[kind]).faces
    return frozenset.intersection(*(repertoire(face, weight) for face, weight in faces))
