"""A template as values: where everything of a card lies, in millimetres from its top-left corner.

A template knows no pixels and no person. `loader` reads one from TOML, `plate` puts it on a printer's geometry.
Blocks may depend on what a job brings: `select` leaves those that are on a card.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, Protocol, TypeVar

from attrs import evolve, field, frozen

POINT: Final = 25.4 / 72  # millimetres

Align = Literal["left", "center", "right"]
Case = Literal["as-is", "upper"]


@frozen
class Condition:
    """What a job must bring, and must not, for a block or row to be on its card: photo, signature, or fields."""

    when: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """Everything it asks about."""
        return self.when | self.unless

    def holds(self, present: frozenset[str]) -> bool:
        """Whether it is met by a job that brings `present`."""
        return self.when <= present and self.unless.isdisjoint(present)

    def inverse(self) -> "Condition":
        """Met where this one is not; only of a condition that asks about one thing."""
        return Condition(self.unless, self.when)


ALWAYS: Final = Condition()


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

    def overlaps(self, other: "Area") -> bool:
        """They share more than an edge."""
        slack = 1e-6  # mm: sums of decimals
        return (
            self.x < other.right - slack
            and other.x < self.right - slack
            and self.y < other.bottom - slack
            and other.y < self.bottom - slack
        )


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
    `row_conditions`: one for each row, or none at all.
    """

    name: str
    area: Area
    style: Style
    rows: tuple[tuple[Cell, ...], ...]
    pitches: tuple[float, ...]
    condition: Condition = ALWAYS
    row_conditions: tuple[Condition, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """The fields it shows."""
        return frozenset(name for row in self.rows for cell in row for name in cell.pattern.fields)

    def select(self, present: frozenset[str]) -> "Text":
        """With those rows whose conditions hold."""
        if not self.row_conditions:
            return self
        kept = zip(self.rows, self.row_conditions, strict=True)
        return evolve(self, rows=tuple(row for row, asks in kept if asks.holds(present)), row_conditions=())


@frozen
class Box:
    """A rectangle of the plate, or a row of them: `repeat` copies, each `step_x`, `step_y` mm further.

    `outline`: mm of the frame's lines, which lie inside the area; None: filled.
    """

    area: Area
    ink: Mapping[str, int] = field(factory=dict)  # ink -> 1 … 255
    repeat: int = 1
    step_x: float = 0.0
    step_y: float = 0.0
    outline: float | None = None
    condition: Condition = ALWAYS


@frozen
class Cutout:
    """Where the overlay leaves the card bare."""

    area: Area
    condition: Condition = ALWAYS


@frozen
class QrBlock:
    """A QR symbol, as large as its area allows. `quiet`: modules kept white around it; `module`: mm of one at least."""

    area: Area
    pattern: Pattern
    level: str = "M"  # L, M, Q or H
    quiet: int = 4
    module: float = 0.25
    condition: Condition = ALWAYS


@frozen
class Background:
    """The colour that a photo's background should have: `colour`, or by the year of the date in `field`."""

    colour: str = ""
    field: str = ""
    odd: str = ""
    even: str = ""

    def expected(self, fields: Mapping[str, str]) -> str | None:
        """The colour's name; None where the field holds no date."""
        if not self.field:
            return self.colour
        year = fields.get(self.field, "")[:4]
        if len(year) != 4 or not (year.isascii() and year.isdigit()):
            return None
        return self.odd if int(year) % 2 else self.even


@frozen
class PictureBlock:
    """A place for the photo or the signature: the photo fills it, the signature is fitted into it.

    `dither`: without dyes the photo is printed in resin dots.
    """

    area: Area
    background: Background | None = None
    dither: bool = False
    condition: Condition = ALWAYS


class _Conditional(Protocol):
    @property
    def condition(self) -> Condition: ...


_Block = TypeVar("_Block", bound=_Conditional)


@frozen
class Template:
    """One side of a card of one kind; the front holds the back, where there is one."""

    name: str
    width: float
    height: float
    texts: tuple[Text, ...]
    boxes: tuple[Box, ...] = ()
    cutouts: tuple[Cutout, ...] = ()
    qrs: tuple[QrBlock, ...] = ()
    photos: tuple[PictureBlock, ...] = ()
    signatures: tuple[PictureBlock, ...] = ()
    back: "Template | None" = None

    @property
    def blocks(self) -> tuple[_Conditional, ...]:
        """Everything on this side."""
        return (*self.texts, *self.boxes, *self.cutouts, *self.qrs, *self.photos, *self.signatures)

    @property
    def asks(self) -> frozenset[str]:
        """What this side's conditions ask about."""
        rows = (asks for text in self.texts for asks in text.row_conditions)
        return frozenset(name for asks in (*(block.condition for block in self.blocks), *rows) for name in asks.names)

    def select(self, present: frozenset[str]) -> "Template":
        """This side for jobs that bring `present`: only blocks and rows that are on their cards."""
        return Template(
            self.name,
            self.width,
            self.height,
            texts=tuple(text for kept in _kept(self.texts, present) if (text := kept.select(present)).rows),
            boxes=_kept(self.boxes, present),
            cutouts=_kept(self.cutouts, present),
            qrs=_kept(self.qrs, present),
            photos=_kept(self.photos, present),
            signatures=_kept(self.signatures, present),
        )

    @property
    def photo(self) -> PictureBlock | None:
        """The photo's place: at most one on a selected side."""
        return self.photos[0] if self.photos else None

    @property
    def signature(self) -> PictureBlock | None:
        """The signature's."""
        return self.signatures[0] if self.signatures else None

    @property
    def upright(self) -> bool:
        """It is higher than wide."""
        return self.height > self.width

    @property
    def faces(self) -> frozenset[tuple[str, str]]:
        """The (face, weight) pairs that its fields are set in, on both sides."""
        here = frozenset((text.style.face, text.style.weight) for text in self.texts if text.fields)
        return here | self.back.faces if self.back else here


def _kept(blocks: Iterable[_Block], present: frozenset[str]) -> tuple[_Block, ...]:
    return tuple(block for block in blocks if block.condition.holds(present))
