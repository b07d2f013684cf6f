"""A text block on one geometry: millimetres become pixels once, then each job's fields become glyphs on the resin.

The usual card, on which every field fits on one line, is set by the kernel in one call per block. Only where a field
needs more lines does Python lay the block out anew.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from attrs import frozen

from spooler.ext.text import Block, Glyphs
from spooler.model.picture import Geometry

from .errors import MissingGlyphError, TextDoesNotFitError
from .layout import fit, stack
from .template import POINT, Align, Cell, Pattern, Text
from .type import ASCENT, DESCENT, Foundry

#: Ink may reach over its place by a side bearing.
_OVERHANG = 4  # pixels

#: Where a line stands in its room.
_ALIGN: Final[dict[Align, float]] = {"left": 0.0, "center": 0.5, "right": 1.0}

Box = tuple[int, int, int, int]  # x, y, width, height in pixels


class Line(NamedTuple):
    """One line of text, ready to be set."""

    glyphs: Glyphs
    x: int
    baseline: int
    text: str


class Setting(NamedTuple):
    """The lines of one job. `moved`: rows stand elsewhere than on the plate, and `lines` holds the labels too."""

    lines: list[Line]
    moved: bool


@frozen
class _CellPlan:
    x: float  # pixels
    room: float  # pixels
    pattern: Pattern
    most: int  # lines


class _Rulers(Sequence[Glyphs]):
    """The glyphs of a block's sizes, in the order of attempts; made when they are first asked for."""

    def __init__(self, block: Text, geometry: Geometry, foundry: Foundry) -> None:
        style = block.style
        widths = [(size, 1.0) for size in style.sizes] + [(style.sizes[-1], narrower) for narrower in style.condense]
        spacing = round(geometry.length(style.spacing))
        self._makers = tuple(
            partial(foundry.glyphs, style.face, style.weight, geometry.length(size * POINT), spacing, condense)
            for size, condense in widths
        )

    def __len__(self) -> int:
        return len(self._makers)

    def __getitem__(self, n: int) -> Glyphs:  # type: ignore[override]  # no slices
        return self._makers[n]()


class TextPlan:
    """A block in pixels. Immutable after it is made, so threads share it."""

    def __init__(self, block: Text, geometry: Geometry, foundry: Foundry) -> None:
        style, area = block.style, block.area
        self._rulers = _Rulers(block, geometry, foundry)
        self._align = _ALIGN[style.align]
        self._upper = style.case == "upper"
        self._millimetre = geometry.length(1)
        self._size = (geometry.width, geometry.height)
        self._rows = tuple(tuple(_plan(cell, geometry) for cell in row) for row in block.rows)
        self._pitches = tuple(map(geometry.length, block.pitches)) or (0.0,)
        self._line = geometry.length(style.sizes[0] * POINT * (ASCENT + DESCENT))
        self._room = geometry.length(area.height) + 0.5  # the loader's check was in decimals
        self._first = geometry.y(area.y + style.sizes[0] * POINT * ASCENT)
        at_rest = stack([1] * len(block.rows), self._room, self._line, self._pitches)
        assert at_rest is not None, "the loader checks that single lines fit"
        self._baselines = tuple(round(self._first + offset) for offset in at_rest.offsets)
        self.box = _around(block, geometry)
        self._cells = [(n, cell) for n, row in enumerate(self._rows) for cell in row if cell.pattern.fields]
        self._block = Block(
            [(cell.x, cell.room, self._baselines[n], cell.pattern.parts) for n, cell in self._cells],
            len(self._rulers),
            self._rulers.__getitem__,
            self._align,
            self._upper,
        )
        #: Labels that a longer text can push away from where the plate has them.
        self.movable = any(cell.most > 1 for row in self._rows for cell in row) and any(
            not cell.pattern.fields for row in self._rows for cell in row
        )

    def labels(self) -> list[Line]:
        """What is the same on every card: text without fields, where it stands when nothing wraps."""
        return [
            self._line_of(cell, 0, text, baseline)
            for row, baseline in zip(self._rows, self._baselines, strict=True)
            for cell in row
            if not cell.pattern.fields and (text := self._label(cell))
        ]

    def set(self, resin: bytearray, shown: dict[str, str]) -> list[Box] | None:
        """Draw one job's fields and return each line's ink; None, nothing drawn, if one needs more lines: see `wrap`.

        Raises MissingGlyphError, nothing drawn.
        """
        try:
            return self._block.set(resin, *self._size, shown)
        except KeyError:
            raise self._lacking(shown) from None

    def wrap(self, shown: Mapping[str, str]) -> Setting:
        """The lines of one job's fields, on more than one line each where it must be. Raises TextDoesNotFitError."""
        counts = [1] * len(self._rows)
        fits = []
        for n, cell in self._cells:
            text = self._text(cell, shown)
            if not text:
                continue
            found = fit(text, cell.room, cell.most, self._rulers)
            if found is None:
                raise self._too_long(cell, shown)
            fits.append((n, cell, found))
            counts[n] = max(counts[n], len(found.lines))
        placed = stack(counts, self._room, self._line, self._pitches)
        if placed is None:
            raise self._too_long(self._longest(shown), shown)
        baselines = tuple(round(self._first + offset) for offset in placed.offsets)
        moved = max(counts) > 1 and self.movable
        lines = self._moved_labels(baselines) if moved else []
        for n, cell, found in fits:
            for m, text in enumerate(found.lines):
                lines.append(self._line_of(cell, found.size, text, round(baselines[n] + m * placed.pitch)))
        return Setting(lines, moved)

    def draw(self, resin: bytearray, lines: Sequence[Line]) -> list[Box]:
        """Draw lines as they are set; returns each one's ink."""
        return [
            box
            for line in lines
            if (box := line.glyphs.blit(resin, *self._size, line.x, line.baseline, line.text)) is not None
        ]

    def _moved_labels(self, baselines: tuple[int, ...]) -> list[Line]:
        return [label._replace(baseline=baselines[self._baselines.index(label.baseline)]) for label in self.labels()]

    def _text(self, cell: _CellPlan, shown: Mapping[str, str]) -> str:
        text = cell.pattern.fill(shown).strip(" ")
        return text.upper() if self._upper and cell.pattern.fields else text

    def _label(self, cell: _CellPlan) -> str:
        text = self._text(cell, {})
        if self._rulers[0].measure(text) > cell.room:
            raise ValueError(f"the label {text!r} is wider than its place")
        return text

    def _line_of(self, cell: _CellPlan, size: int, text: str, baseline: int) -> Line:
        glyphs = self._rulers[size]
        x = cell.x + (cell.room - glyphs.measure(text)) * self._align
        return Line(glyphs, round(x), baseline, text)

    def _longest(self, shown: Mapping[str, str]) -> _CellPlan:
        """The cell to blame when rows fall off the block: the one whose text is longest."""
        narrowest = self._rulers[-1]
        return max(
            (cell for _, cell in self._cells), key=lambda cell: narrowest.measure(self._text(cell, shown)) / cell.room
        )

    def _too_long(self, cell: _CellPlan, shown: Mapping[str, str]) -> TextDoesNotFitError:
        width = self._rulers[-1].measure(self._text(cell, shown))
        return TextDoesNotFitError(cell.pattern.fields[0], width / self._millimetre, cell.room / self._millimetre)

    def _lacking(self, shown: Mapping[str, str]) -> MissingGlyphError:
        """Which field has a character that the face lacks, and which one."""
        for name in (name for _, cell in self._cells for name in cell.pattern.fields):
            for character in shown.get(name, ""):
                try:
                    self._rulers[0].measure(character.upper() if self._upper else character)
                except KeyError:
                    return MissingGlyphError(name, character)
        raise AssertionError("a literal of the template has a character that its face lacks")


def _plan(cell: Cell, geometry: Geometry) -> _CellPlan:
    return _CellPlan(geometry.x(cell.x), geometry.length(cell.right - cell.x), cell.pattern, cell.lines)


def _around(block: Text, geometry: Geometry) -> Box:
    """The block's pixels with room for overhang, within the plane."""
    area = block.area
    left = max(0, int(geometry.x(area.x)) - _OVERHANG)
    top = max(0, int(geometry.y(area.y)) - _OVERHANG)
    right = min(geometry.width, int(geometry.x(area.right)) + _OVERHANG)
    bottom = min(geometry.height, int(geometry.y(area.bottom)) + _OVERHANG)
    return left, top, right - left, bottom - top
