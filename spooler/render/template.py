"""A template as values: where everything of a card lies, in millimetres from its top-left corner.

A template knows no pixels and no person. `loader` reads one from TOML, `compiled` puts it on a printer's geometry.
"""

from collections.abc import Mapping
from typing import Final, Literal

from attrs import field, frozen

POINT: Final = 25.4 / 72  # millimetres

Align = Literal["left", "center", "right"]
Case = Literal["as-is", "upper"]


@frozen
class Area:
    """A rectangle on the card, in mm."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height


@frozen
class Style:
    """How a block's text is set. `sizes` in points, the largest first: the first one that fits is taken.

    `condense`: then the smallest size at these parts of its width, the largest first.
    """

    face: str
    weight: str
    sizes: tuple[float, ...]
    align: Align = "left"
    case: Case = "as-is"
    spacing: float = 0.0  # mm added after each character
    condense: tuple[float, ...] = ()


@frozen
class Pattern:
    """A text with fields in it: `parts` are (literal, field or None), in order."""

    parts: tuple[tuple[str, str | None], ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it shows."""
        return tuple(name for _, name in self.parts if name is not None)

    def fill(self, shown: Mapping[str, str]) -> str:
        """The text with its fields; a field that is absent is empty."""
        return "".join(literal + (shown.get(name, "") if name else "") for literal, name in self.parts)


@frozen
class Cell:
    """A piece of a row from `x` to `right` (mm from the card's left edge); it may wrap to `lines`."""

    x: float
    right: float
    pattern: Pattern
    lines: int = 1


@frozen
class Text:
    """A block of rows, one under the other. A row that wraps pushes those below it down.

    `pitches`: mm from line to line, the largest first: the first one with which all rows stay in the area is taken.
    """

    name: str
    area: Area
    style: Style
    rows: tuple[tuple[Cell, ...], ...]
    pitches: tuple[float, ...]


@frozen
class Box:
    """A filled rectangle of the plate, or a row of them: `repeat` copies, each `step_x`, `step_y` mm further."""

    area: Area
    ink: Mapping[str, int] = field(factory=dict)  # ink -> 1 … 255
    repeat: int = 1
    step_x: float = 0.0
    step_y: float = 0.0


@frozen
class Template:
    """A card of one kind. Photo and signature are areas; the picture fills the one and is fitted into the other."""

    name: str
    width: float
    height: float
    texts: tuple[Text, ...]
    boxes: tuple[Box, ...] = ()
    photo: Area | None = None
    signature: Area | None = None

    @property
    def faces(self) -> frozenset[tuple[str, str]]:
        """The (face, weight) pairs that its fields are set in."""
        return frozenset((text.style.face, text.style.weight) for text in self.texts if any(_fields(text)))


def _fields(text: Text) -> list[str]:
    return [name for row in text.rows for cell in row for name in cell.pattern.fields]
