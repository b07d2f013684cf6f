"""A text block on one geometry: millimetres become pixels once, then each job's fields become glyphs on the resin.

The usual card, on which every field fits on one line, is set by the kernel in one call per block. Only where a field
needs more lines does Python lay the block out anew.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from math import ceil, floor
from typing import Final, NamedTuple

from attrs import frozen

from spooler.ext.text import Block, Glyphs
from spooler.model.picture import Geometry

from .errors import MissingGlyphError, TextDoesNotFitError
from .layout import fit, stack
from .template import POINT, Align, Cell, Pattern, Text
from .type import ASCENT, DESCENT, Foundry

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
    """How one job's fields stand when some need more than one line.

    `baselines`: of each field that fits on one line, None for the others; `lines`: those others. `rows`: each row's
    first baseline. `moved`: rows stand elsewhere than on the plate, so that the labels are drawn too.
    """

    baselines: list[int | None]
    lines: list[Line]
    rows: list[int]
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
        self._made: list[Glyphs | None] = [None] * len(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __getitem__(self, n: int) -> Glyphs:  # type: ignore[override]  # no slices
        glyphs = self._made[n]
        if glyphs is None:  # two threads may both come here; the foundry gives them the same
            glyphs = self._made[n] = self._makers[n]()
        return glyphs


class TextPlan:
    """A block in pixels. Fixed after it is made, but for glyphs made when first needed, so threads share it.

    Raises ValueError for a label that is wider than its place, a character of the template that the face lacks, and a
    block from which some text's ink could leave the plane: so no job's text ever does.
    """

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
        self.box = _around(block, geometry, self._rulers[0].reach)
        for row in self._rows:
            for cell in row:
                self._check_literals(cell)
        self._cells = [(n, cell) for n, row in enumerate(self._rows) for cell in row if cell.pattern.fields]
        self._labels = [
            (n, cell) for n, row in enumerate(self._rows) for cell in row if not cell.pattern.fields and _text_of(cell)
        ]
        for _, cell in self._labels:
            if self._rulers[0].measure(_text_of(cell)) > cell.room:
                raise ValueError(f"the label {_text_of(cell)!r} is wider than its place")
        self._block = self._make_block(self._cells, len(self._rulers), self._upper)
        self._label_block = self._make_block(self._labels, 1, False)
        #: Labels that a longer text can push away from where the plate has them.
        self.movable = any(cell.most > 1 for row in self._rows for cell in row) and any(
            not cell.pattern.fields for row in self._rows for cell in row
        )

    def _make_block(self, cells: list[tuple[int, _CellPlan]], sizes: int, upper: bool) -> Block:
        return Block(
            [(cell.x, cell.room, self._baselines[n], cell.pattern.parts) for n, cell in cells],
            sizes,
            self._rulers.__getitem__,
            self._align,
            upper,
        )

    def draw_labels(self, resin: bytearray, rows: list[int] | None = None) -> list[Box]:
        """Draw what is the same on every card, text without fields; `rows`: where its rows stand if something wraps."""
        baselines: list[int | None] | None = None if rows is None else [rows[n] for n, _ in self._labels]
        boxes = self._label_block.set(resin, *self._size, {}, baselines)
        assert boxes is not None, "labels fit"
        return boxes

    def set(self, resin: bytearray, shown: dict[str, str]) -> list[Box] | None:
        """Draw one job's fields; None, nothing drawn, if one needs more than one line: see `wrap`.

        Returns where the ink is: one rectangle, since a card's consumer pays by the number and by columns, or none.
        Raises MissingGlyphError, nothing drawn.
        """
        try:
            return self._block.set(resin, *self._size, shown)
        except KeyError:
            raise self._lacking(shown) from None

    def wrap(self, shown: dict[str, str]) -> Setting:
        """Lay out one job's fields, on more than one line each where it must be.

        Raises TextDoesNotFitError, MissingGlyphError.
        """
        counts = [1] * len(self._rows)
        wrapped = []
        try:
            fitting = self._block.fits(shown)
        except KeyError:
            raise self._lacking(shown) from None
        for fits, (n, cell) in zip(fitting, self._cells, strict=True):
            if not fits:
                found = fit(self._text(cell, shown), cell.room, cell.most, self._rulers)
                if found is None:
                    raise self._too_long(cell, shown)
                wrapped.append((n, cell, found))
                counts[n] = max(counts[n], len(found.lines))
        placed = stack(counts, self._room, self._line, self._pitches)
        if placed is None:
            raise self._too_long(self._longest(shown), shown, low=True)
        rows = [round(self._first + offset) for offset in placed.offsets]
        lines = [
            self._line_of(cell, found.size, text, round(rows[n] + m * placed.pitch))
            for n, cell, found in wrapped
            for m, text in enumerate(found.lines)
        ]
        baselines = [rows[n] if fits else None for fits, (n, _) in zip(fitting, self._cells, strict=True)]
        return Setting(baselines, lines, rows, self.movable)

    def draw(self, resin: bytearray, shown: dict[str, str], setting: Setting) -> list[Box]:
        """Draw one job's fields as `wrap` set them, and labels that moved; returns where the ink is."""
        boxes = self._block.set(resin, *self._size, shown, setting.baselines)
        assert boxes is not None, "these fit on one line"
        if setting.moved:
            boxes += self.draw_labels(resin, setting.rows)
        for line in setting.lines:
            box = line.glyphs.blit(resin, *self._size, line.x, line.baseline, line.text)
            if box is not None:
                boxes.append(box)
        return boxes

    def _text(self, cell: _CellPlan, shown: Mapping[str, str]) -> str:
        text = cell.pattern.fill(shown).strip(" ")
        return text.upper() if self._upper else text

    def _check_literals(self, cell: _CellPlan) -> None:
        for literal, _ in cell.pattern.parts:
            try:
                self._rulers[0].measure(literal.upper() if self._upper and cell.pattern.fields else literal)
            except KeyError:
                raise ValueError(f"the text {literal!r} has a character that its face lacks") from None

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

    def _too_long(self, cell: _CellPlan, shown: Mapping[str, str], *, low: bool = False) -> TextDoesNotFitError:
        width = self._rulers[-1].measure(self._text(cell, shown))
        lines = 1 if low else cell.most
        return TextDoesNotFitError(
            cell.pattern.fields[0], width / self._millimetre, cell.room / self._millimetre, lines, low=low
        )

    def _lacking(self, shown: Mapping[str, str]) -> MissingGlyphError:
        """Which field has a character that the face lacks, and which one."""
        for name in (name for _, cell in self._cells for name in cell.pattern.fields):
            for character in shown.get(name, ""):
                try:
                    self._rulers[0].measure(character.upper() if self._upper else character)
                except KeyError:
                    return MissingGlyphError(name, character)
        raise AssertionError("every character is there")


def _text_of(label: _CellPlan) -> str:
    return label.pattern.fill({}).strip(" ")


def _plan(cell: Cell, geometry: Geometry) -> _CellPlan:
    return _CellPlan(geometry.x(cell.x), geometry.length(cell.right - cell.x), cell.pattern, cell.lines)


def _around(block: Text, geometry: Geometry, reach: Box) -> Box:
    """The pixels that the block's ink may touch: its area and how far letters reach over it in the largest size."""
    area = block.area
    # one more for what is rounded: a pen, and the bearings of narrow glyphs
    left = floor(geometry.x(area.x)) + reach[0] - 1
    top = floor(geometry.y(area.y + block.style.sizes[0] * POINT * ASCENT)) + reach[1] - 1
    right = ceil(geometry.x(area.right)) + reach[2] + 1
    bottom = ceil(geometry.y(area.bottom - block.style.sizes[0] * POINT * DESCENT)) + reach[3] + 1
    if left < 0 or top < 0 or right > geometry.width or bottom > geometry.height:
        raise ValueError(f"text {block.name!r} stands so near the edge that letters could leave the printable pixels")
    return left, top, right - left, bottom - top
