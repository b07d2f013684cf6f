"""The room's door: plates and pictures of every kind, for worker threads."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final, Literal

from spooler.model.job import Content
from spooler.model.kinds import KINDS, FieldType, Kind, Need
from spooler.model.picture import Geometry, Picture, Plate, Tone

from .canvas import Pool
from .compose import Printed, compose
from .loader import load_templates, packaged_template
from .plate import Compiled, compile_template
from .template import Template
from .type import Foundry, repertoire

Side = Literal["front", "back"]

_NOTHING: Final[frozenset[str]] = frozenset()

#: What a plate depends on: kind, side, geometry, ribbon, tone, and what the job brings of what its template asks about.
_Key = tuple[str, Side, Geometry, str, Tone | None, frozenset[str]]


class Renderer:
    """Draws cards. Safe to use from any number of threads.

    `specimen`: every card says CONTOH. `printed`: kind -> field -> value as sent -> value as it stands on the card.
    `canvases`: how many cards may be drawn at once, over all kinds and printers
    (each holds one plane of width*height bytes per ink, 3.3 MB for a YMCKO card, and as much again for an upright
    one). `plates`: how many plates are kept, the latest used (each up to the size of two canvases, and one plane for a
    specimen's mark); there is one for each kind, side, geometry, ribbon, tone and set of what its template asks about.
    One in use lives on until its card is drawn. `templates`: a folder whose NAME.toml stand in for packaged templates,
    or a template for each of some kinds.

    Raises TemplateError for templates that cannot be used.
    """

    def __init__(
        self,
        *,
        specimen: bool,
        canvases: int = 4,
        plates: int = 16,
        templates: Path | Mapping[str, Template] | None = None,
        printed: Mapping[str, Printed] | None = None,
    ) -> None:
        if plates < 1:
            raise ValueError("a renderer keeps at least one plate")
        self._specimen = specimen
        self._printed = printed or {}
        own, folder = (templates, None) if isinstance(templates, Mapping) else ({}, templates)
        loaded = {**load_templates(folder), **own}
        self._templates = {name: _Sides(KINDS[name], template) for name, template in loaded.items()}
        self._foundry = Foundry()
        self._pool = Pool(canvases)
        self._compiling = threading.Lock()
        self._lock = threading.Lock()  # of the plates kept, and never held for long
        self._most = plates
        self._plates: OrderedDict[_Key, Compiled] = OrderedDict()

    def plate(
        self, kind: str, geometry: Geometry, inks: str, content: Content | None = None, *, side: Side = "front",
        tone: Tone | None = None,
    ) -> Plate:  # fmt: skip
        """What is the same on every card of this kind, printer and ribbon that brings what `content` brings.

        Without a content: what every job of the kind must bring. `tone`: the printer's curves for its dyes. Raises
        KeyError for an unknown kind, ValueError for inks that are no ribbon or a side that the kind does not have,
        UnfitRibbonError for a ribbon that cannot print the kind, TemplateError for a template that does not fit the
        geometry.
        """
        return self._compile(kind, geometry, inks, content, side, tone).plate

    @contextmanager
    def draw(
        self, kind: str, geometry: Geometry, inks: str, content: Content, *, side: Side = "front",
        tone: Tone | None = None,
    ) -> Iterator[Picture]:  # fmt: skip
        """One side of a card, good until the block ends. Blocks while all canvases are in use.

        Raises what `plate` raises, and UnprintableError: TextDoesNotFitError, QrDoesNotFitError, MissingGlyphError,
        BadPictureError.
        """
        compiled = self._compile(kind, geometry, inks, content, side, tone)
        canvas = self._pool.borrow(compiled)
        try:
            yield compose(canvas, content, self._printed.get(kind, {}))
        finally:
            self._pool.give_back(canvas)

    def sides(self, kind: str) -> tuple[Side, ...]:
        """The sides that cards of this kind have. KeyError for an unknown kind."""
        return self._templates[kind].names

    def template(self, kind: str, content: Content, *, side: Side = "front") -> Template:
        """The blocks of a job's card. KeyError for an unknown kind, ValueError for a side that it does not have."""
        sides = self._templates[kind]
        return sides.side(side).select(_present(sides.asks[side], content))

    def background(self, kind: str, content: Content) -> str | None:
        """The name of the colour that the photo's background should have; None where the template does not say."""
        sides = self._templates[kind]
        for name in sides.names:
            for photo in sides.side(name).photos:
                if photo.background is not None and photo.condition.holds(_present(sides.asks[name], content)):
                    return photo.background.expected(content.fields)
        return None

    def photo_aspects(self) -> dict[str, float]:
        """kind -> width / height of the photo's place, for the kinds that have a photo and show it."""
        found = {}
        for name, sides in self._templates.items():
            places = [photo.area for side in sides.names for photo in sides.side(side).photos]
            if places and KINDS[name].photo is not Need.NONE:
                found[name] = places[0].width / places[0].height
        return found

    def _compile(
        self, kind: str, geometry: Geometry, inks: str, content: Content | None, side: Side, tone: Tone | None
    ) -> Compiled:
        sides = self._templates[kind]
        template = sides.side(side)
        asks = sides.asks[side]
        present = sides.required & asks if content is None else _present(asks, content) if asks else _NOTHING
        key = (kind, side, geometry, inks, tone, present)
        found = self._find(key)
        if found is not None:
            return found
        with self._compiling:
            found = self._find(key)
            if found is None:
                found = compile_template(
                    KINDS[kind], template.select(present), geometry, inks, self._foundry, specimen=self._specimen,
                    tone=tone, front=side == "front",
                )  # fmt: skip
                with self._lock:
                    self._plates[key] = found
                    if len(self._plates) > self._most:
                        self._plates.popitem(last=False)
        return found

    def _find(self, key: _Key) -> Compiled | None:
        with self._lock:
            found = self._plates.get(key)
            if found is not None:
                self._plates.move_to_end(key)
            return found


class _Sides:
    """A kind's template, and what is asked at every card."""

    def __init__(self, kind: Kind, front: Template) -> None:
        self._sides: dict[Side, Template] = {"front": front}
        if front.back is not None:
            self._sides["back"] = front.back
        self.names: tuple[Side, ...] = tuple(self._sides)
        self.asks = {name: side.asks for name, side in self._sides.items()}
        pictures = {"photo": kind.photo, "signature": kind.signature}
        self.required = frozenset(
            [f.name for f in kind.fields if f.required]
            + [name for name, need in pictures.items() if need is Need.REQUIRED]
        )

    def side(self, name: Side) -> Template:
        if name not in self._sides:
            raise ValueError(f"this kind's template has no {name}: it has {', '.join(self.names)}")
        return self._sides[name]


def _present(asks: frozenset[str], content: Content) -> frozenset[str]:
    """Those of the things asked about that are there; a field of blanks is not."""
    pictures = {"photo": content.photo, "signature": content.signature}
    return frozenset(
        name
        for name in asks
        if (pictures[name] is not None if name in pictures else content.fields.get(name, "").strip(" "))
    )


def missing_glyph(kind: str, fields: Mapping[str, str]) -> tuple[str, str] | None:
    """The first field with a character that the kind's typeface lacks, and that character; None if all are there."""
    symbols = _symbols(kind)
    if symbols:
        fields = {name: value for name, value in fields.items() if name not in symbols}
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


@cache
def _symbols(kind: str) -> frozenset[str]:
    """Fields that are shown as symbols, which need no glyphs."""
    return frozenset(f.name for f in KINDS[kind].fields if f.type is FieldType.QR)
