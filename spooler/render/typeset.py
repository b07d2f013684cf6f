"""A text block on one geometry: millimetres become pixels once, then each job's fields become lines of glyphs."""

from collections.abc import Mapping
from typing import NamedTuple

from attrs import frozen

from spooler.ext.raster import Glyphs
from spooler.model.picture import Geometry

from .errors import MissingGlyphError, TextDoesNotFitError
from .layout import fit, stack
from .template import POINT, Cell, Pattern, Text
from .type import ASCENT, DESCENT, Foundry

#: Ink may reach over its place by a side bearing.
_OVERHANG = 4  # pixels

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


class TextPlan:
    """A block in pixels. Immutable after it is made, so threads share it."""

    def __init__(self, block: Text, geometry: Geometry, foundry: Foundry) -> None:
        style, area = block.style, block.area
        spacing = round(geometry.length(style.spacing))
        self._rulers = tuple(
            foundry.glyphs(style.face, style.weight, geometry.length(size * POINT), spacing) for size in style.sizes
        )
        self._align = style.align
        self._upper = style.case == "upper"
        self._millimetre = geometry.length(1)
        self._rows = tuple(tuple(_plan(cell, geometry) for cell in row) for row in block.rows)
        self._pitches = tuple(map(geometry.length, block.pitches)) or (0.0,)
        self._line = geometry.length(style.sizes[0] * POINT * (ASCENT + DESCENT))
        self._room = geometry.length(area.height) + 0.5  # the loader's check was in decimals
        self._first = geometry.y(area.y + style.sizes[0] * POINT * ASCENT)
        at_rest = stack([1] * len(block.rows), self._room, self._line, self._pitches)
        assert at_rest is not None, "the loader checks that single lines fit"
        self._baselines = tuple(round(self._first + offset) for offset in at_rest.offsets)
        self._pitch = at_rest.pitch
        self.box = _around(block, geometry)
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

    def set(self, shown: Mapping[str, str]) -> Setting:
        """The lines of one job's fields. Raises TextDoesNotFitError, MissingGlyphError."""
        counts = [1] * len(self._rows)
        fits = []
        for n, row in enumerate(self._rows):
            for cell in row:
                if not cell.pattern.fields:
                    continue
                text = self._text(cell, shown)
                if not text:
                    continue
                try:
                    found = fit(text, cell.room, cell.most, self._rulers)
                except KeyError:
                    raise MissingGlyphError(cell.pattern.fields[0]) from None
                if found is None:
                    raise self._too_long(cell, shown)
                fits.append((n, cell, found))
                counts[n] = max(counts[n], len(found.lines))
        if max(counts) == 1:
            baselines, pitch, lines = self._baselines, self._pitch, []
        else:
            placed = stack(counts, self._room, self._line, self._pitches)
            if placed is None:
                raise self._too_long(self._longest(shown), shown)
            baselines, pitch = tuple(round(self._first + offset) for offset in placed.offsets), placed.pitch
            lines = self._moved_labels(baselines)
        for n, cell, found in fits:
            for m, text in enumerate(found.lines):
                lines.append(self._line_of(cell, found.size, text, round(baselines[n] + m * pitch)))
        return Setting(lines, moved=max(counts) > 1 and self.movable)

    def _moved_labels(self, baselines: tuple[int, ...]) -> list[Line]:
        if not self.movable:
            return []
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
        x = cell.x
        if self._align != "left":
            left_over = cell.room - glyphs.measure(text)
            x += left_over if self._align == "right" else left_over / 2
        return Line(glyphs, round(x), baseline, text)

    def _longest(self, shown: Mapping[str, str]) -> _CellPlan:
        """The cell to blame when rows fall off the block: the one whose text is longest."""
        cells = [cell for row in self._rows for cell in row if cell.pattern.fields]
        return max(cells, key=lambda cell: self._rulers[-1].measure(self._text(cell, shown)) / cell.room)

    def _too_long(self, cell: _CellPlan, shown: Mapping[str, str]) -> TextDoesNotFitError:
        width = self._rulers[-1].measure(self._text(cell, shown))
        return TextDoesNotFitError(cell.pattern.fields[0], width / self._millimetre, cell.room / self._millimetre)


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
