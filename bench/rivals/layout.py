"""Where everything of a sample KTP lies, for the rivals: in pixels, read from the template's TOML by code of its own.

All rivals set the same lines in the same places: sizes step down, then text wraps at spaces, and rows below are pushed
down. That is the part of our layout that the sample people need; it costs each rival tens of microseconds a card.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any, NamedTuple

from attrs import frozen

from spooler.model.picture import Geometry

Box = tuple[int, int, int, int]  # x, y, width, height in pixels

_POINT = 25.4 / 72  # mm
_ASCENT, _DESCENT = 0.905, 0.212  # of the em: Liberation Sans' hhea table
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
FILES = {
    ("sans", "regular"): "LiberationSans-Regular.ttf",
    ("sans", "bold"): "LiberationSans-Bold.ttf",
    ("mono", "bold"): "LiberationMono-Bold.ttf",
}


class Face(NamedTuple):
    """A typeface at a size; `spacing` pixels follow each character."""

    face: str
    weight: str
    pixels: int
    spacing: int


#: Pixels that a text is wide.
Measure = Callable[[Face, str], int]


class Line(NamedTuple):
    """One line of text to draw, its pen at `x` on `baseline`."""

    face: Face
    x: int
    baseline: int
    text: str


@frozen
class Cell:
    """A piece of a row. `fixed`: a label, the same on every card."""

    x: float
    room: float
    text: str
    lines: int
    fixed: bool


@frozen
class Block:
    """Rows under each other; all measures in pixels."""

    faces: tuple[Face, ...]
    align: str
    upper: bool
    rows: tuple[tuple[Cell, ...], ...]
    first: float  # the first baseline
    height: float
    line: float
    pitches: tuple[float, ...]

    @property
    def movable(self) -> bool:
        """A longer text can push labels away from where the plate has them."""
        cells = [cell for row in self.rows for cell in row]
        return any(cell.lines > 1 for cell in cells) and any(cell.fixed for cell in cells)

    def labels(self, measure: Measure) -> list[Line]:
        """What is the same on every card, where it stands while nothing wraps."""
        return self._lines([1] * len(self.rows), self._labels(), measure)

    def fields(self, shown: Mapping[str, str], measure: Measure) -> tuple[list[Line], bool]:
        """The lines of one card, and whether they moved its labels, which are then among them."""
        found = []
        counts = [1] * len(self.rows)
        for n, row in enumerate(self.rows):
            for cell in row:
                text = "" if cell.fixed else cell.text.format_map(shown).strip(" ")
                if text:
                    size, lines = self._fit(text.upper() if self.upper else text, cell, measure)
                    found.append((n, cell, size, lines))
                    counts[n] = max(counts[n], len(lines))
        moved = max(counts) > 1
        return self._lines(counts, (self._labels() if moved else []) + found, measure), moved

    def _labels(self) -> list[tuple[int, Cell, int, list[str]]]:
        return [(n, cell, 0, [cell.text]) for n, row in enumerate(self.rows) for cell in row if cell.fixed]

    def _fit(self, text: str, cell: Cell, measure: Measure) -> tuple[int, list[str]]:
        for size, face in enumerate(self.faces):
            if measure(face, text) <= cell.room:
                return size, [text]
        for most in range(2, cell.lines + 1):
            for size, face in enumerate(self.faces):
                lines = _wrap(text, face, cell.room, measure)
                if len(lines) <= most and all(measure(face, line) <= cell.room for line in lines):
                    return size, lines
        raise ValueError("a sample's text does not fit: the rivals need a wider place, or hyphenation")

    def _lines(self, counts: list[int], found: list[tuple[int, Cell, int, list[str]]], measure: Measure) -> list[Line]:
        pitch = next(p for p in self.pitches if (sum(counts) - 1) * p + self.line <= self.height)
        lines = []
        for n, cell, size, texts in found:
            face = self.faces[size]
            above = sum(counts[:n])
            for m, text in enumerate(texts):
                x = cell.x
                if self.align == "center":
                    x += (cell.room - measure(face, text)) / 2
                baseline = round(round(self.first + above * pitch) + m * pitch)
                lines.append(Line(face, round(x), baseline, text))
        return lines


def _wrap(text: str, face: Face, room: float, measure: Measure) -> list[str]:
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure(face, longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@frozen
class Layout:
    """A sample card."""

    width: int
    height: int
    blocks: tuple[Block, ...]
    photo: Box
    signature: Box

    @property
    def faces(self) -> set[Face]:
        """All that the text needs."""
        return {face for block in self.blocks for face in block.faces}

    @property
    def photo_on_panel(self) -> tuple[int, int, int, int]:
        """The photo's rectangle on a panel, which is turned clockwise: left, upper, right, lower."""
        x, y, width, height = self.photo
        left = self.height - y - height
        return left, x, left + height, x + width

    def labels(self, measure: Measure, *, movable: bool) -> list[Line]:
        """What is the same on every card: in the blocks whose labels can move, or in the others."""
        return [line for block in self.blocks if block.movable == movable for line in block.labels(measure)]

    def lines(self, fields: Mapping[str, str], measure: Measure) -> tuple[list[Line], bool]:
        """A card's text, and whether labels moved and are therefore among it."""
        shown = as_shown(fields)
        lines: list[Line] = []
        moved = False
        for block in self.blocks:
            more, pushed = block.fields(shown, measure)
            lines += more
            moved = moved or (pushed and block.movable)
        return lines, moved


def ktp(geometry: Geometry) -> Layout:
    """The KTP as its template has it now."""
    toml = tomllib.loads((resources.files("spooler.render") / "templates" / "ktp.toml").read_text("utf-8"))
    if toml.get("box"):
        raise ValueError("the KTP's template has boxes now: teach the rivals to draw them, or the race is not fair")
    blocks = tuple(_block(block, geometry) for block in toml["text"])
    if sum(block.movable for block in blocks) > 1:
        raise ValueError("the KTP's template has several blocks with labels that move: the rivals know only one")
    return Layout(
        geometry.width,
        geometry.height,
        blocks,
        _box(toml["photo"], geometry),
        _box(toml["signature"], geometry),
    )


def _box(area: dict[str, Any], geometry: Geometry) -> Box:
    return (
        round(geometry.x(area["x"])),
        round(geometry.y(area["y"])),
        round(geometry.length(area["width"])),
        round(geometry.length(area["height"])),
    )


def _block(block: dict[str, Any], geometry: Geometry) -> Block:
    spacing = round(geometry.length(block.get("spacing", 0)))
    face, weight = block.get("face", "sans"), block.get("weight", "regular")
    em = [geometry.length(size * _POINT) for size in block["sizes"]]
    return Block(
        faces=tuple(Face(face, weight, round(size), spacing) for size in em),
        align=block.get("align", "left"),
        upper=block.get("case") == "upper",
        rows=tuple(tuple(_cells(block, row, geometry)) for row in block.get("rows", [block])),
        first=geometry.y(block["y"]) + em[0] * _ASCENT,
        height=geometry.length(block["height"]) + 0.5,
        line=em[0] * (_ASCENT + _DESCENT),
        pitches=tuple(map(geometry.length, block.get("pitch", [0]))),
    )


def _cells(block: dict[str, Any], row: dict[str, Any], geometry: Geometry) -> list[Cell]:
    columns, right = block.get("columns"), block["x"] + block["width"]
    if not columns:
        return [_cell(block["x"], right, row["text"], geometry, row.get("lines", 1))]
    beside = row.get("beside")
    x = block["x"] + (columns.get("indent", 0) if row.get("indent") else 0)
    cells = _pair(x, columns, row, beside["x"] if beside else right, geometry)
    return cells + (_pair(beside["x"], beside, beside, right, geometry) if beside else [])


def _pair(x: float, at: dict[str, float], row: dict[str, Any], right: float, geometry: Geometry) -> list[Cell]:
    colon, value = at["colon"], at["value"]
    return [
        _cell(x, colon, row["label"], geometry, 1),
        _cell(colon, value, ":", geometry, 1),
        _cell(value, right, row["text"], geometry, row.get("lines", 1)),
    ]


def _cell(x: float, right: float, text: str, geometry: Geometry, lines: int) -> Cell:
    return Cell(geometry.x(x), geometry.length(right - x), text, lines, "{" not in text)


def as_shown(fields: Mapping[str, str]) -> Mapping[str, str]:
    """The fields as they stand on the card: a date YYYY-MM-DD is shown DD-MM-YYYY."""
    return defaultdict(str, {name: _DATE.sub(r"\3-\2-\1", value) for name, value in fields.items()})


def cover(width: int, height: int, to_width: int, to_height: int) -> Box:
    """The middle of a photo that has its place's shape."""
    if width * to_height > height * to_width:
        part = round(height * to_width / to_height)
        return (width - part) // 2, 0, part, height
    part = round(width * to_height / to_width)
    return 0, (height - part) // 2, width, part


def contain(width: int, height: int, box: Box) -> Box:
    """Where a signature lies in its place, whole and in the middle."""
    x, y, room_x, room_y = box
    scale = min(room_x / width, room_y / height)
    fitted_x, fitted_y = round(width * scale), round(height * scale)
    return x + (room_x - fitted_x) // 2, y + (room_y - fitted_y) // 2, fitted_x, fitted_y


def font_bytes(face: Face) -> bytes:
    """The typeface's file."""
    return (resources.files("spooler.render") / "fonts" / FILES[face.face, face.weight]).read_bytes()
