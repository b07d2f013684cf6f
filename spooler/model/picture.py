"""The picture of a card: what render draws and a printer language encodes, so that the two never meet.

Pixels are landscape, row-major, one byte each, origin top left: the amount of ink from 0 (none) to 255 (full).
Resin (k) and overlay (o) only ever hold 0 or 255. A *plate* is a compiled template: what is the same on every card of
a kind on a printer geometry. A *picture* is a plate plus the rectangles in which one job differs from it.
"""

from functools import cached_property
from itertools import pairwise
from typing import Final

from attrs import field, frozen

from .hot import hot

#: The colour patches of a ribbon, in the order in which they are printed.
INKS: Final = "ymcko"


@frozen
class Geometry:
    """The printable pixels of a printer and where the card lies in them.

    `bleed_x_mm`, `bleed_y_mm`: how far the first pixel lies outside the card's left and top edge.
    """

    name: str
    width: int  # pixels
    height: int  # pixels
    dpi: int
    bleed_x_mm: float
    bleed_y_mm: float

    def x(self, mm: float) -> float:
        """Pixel column of `mm` from the card's left edge."""
        return (mm + self.bleed_x_mm) * self.dpi / 25.4

    def y(self, mm: float) -> float:
        """Pixel row of `mm` from the card's top edge."""
        return (mm + self.bleed_y_mm) * self.dpi / 25.4

    def length(self, mm: float) -> float:
        """Pixels in `mm`."""
        return mm * self.dpi / 25.4

    def turned(self, card_length: float) -> "Geometry":
        """The same pixels for a card of `card_length` mm that is drawn upright, with its upper edge at the right.

        What lies outside the landscape card's top edge lies left of the upright one; outside its right edge, above.
        """
        beyond = self.width * 25.4 / self.dpi - self.bleed_x_mm - card_length
        return Geometry(f"{self.name}-upright", self.height, self.width, self.dpi, self.bleed_y_mm, beyond)


#: (amount of dye asked for, amount that is sent), both 0 … 255; the first grows from 0 to 255, the second never falls.
Curve = tuple[tuple[int, int], ...]
STRAIGHT: Final[Curve] = ((0, 0), (255, 255))


@frozen
class Tone:
    """What a printer with a ribbon is sent for an amount of dye, so that a grey comes out grey: a curve for each dye.

    Between its points a curve is straight. Resin and overlay are there or not, so they have none.
    """

    name: str
    yellow: Curve = STRAIGHT
    magenta: Curve = STRAIGHT
    cyan: Curve = STRAIGHT

    @cached_property
    def tables(self) -> bytes:
        """Three tables of 256 bytes: yellow's, magenta's, cyan's."""
        return b"".join(map(_table, (self.yellow, self.magenta, self.cyan)))

    def table(self, ink: str) -> bytes:
        """The 256 bytes of one of y, m and c. Raises ValueError for another ink."""
        at = 256 * "ymc".index(ink)
        return self.tables[at : at + 256]


def _table(curve: Curve) -> bytes:
    values = bytearray(256)
    for (begin, low), (end, high) in pairwise(curve):
        span = end - begin
        for amount in range(begin, end + 1):
            values[amount] = low + (2 * (amount - begin) * (high - low) + span) // (2 * span)
    return bytes(values)


@hot
class Rectangle:
    """Pixels x … x+width-1 by y … y+height-1, inside the geometry, of the planes of `inks`."""

    x: int
    y: int
    width: int
    height: int
    inks: str = INKS


@frozen(eq=False)
class Planes:
    """One buffer of width*height bytes for each of the ribbon's inks."""

    geometry: Geometry
    inks: str  # a subsequence of INKS, "ymcko"
    buffers: tuple[bytearray, ...] = field(repr=False)  # in the order of `inks`

    def __getitem__(self, ink: str) -> bytearray:
        return self.buffers[self.inks.index(ink)]

    @classmethod
    def blank(cls, geometry: Geometry, inks: str) -> "Planes":
        """All-empty planes."""
        return cls(geometry, inks, tuple(bytearray(geometry.width * geometry.height) for _ in inks))


@frozen(eq=False)
class Plate:
    """A template compiled for one geometry and ribbon. `id` changes whenever a pixel of it would."""

    id: str
    planes: Planes = field(repr=False)


Box = tuple[int, int, int, int]  # x, y, width, height in pixels


@frozen(eq=False)
class Drawn:
    """Where one job's photo and QR symbols lie in `planes`, which are as they were drawn: for whoever looks at them."""

    planes: Planes = field(repr=False)
    photo: Box | None = None  # None: none was drawn in dyes
    qrs: tuple[tuple[str, str, Box], ...] = field(default=(), repr=False)  # field, what it says, where in the resin


@frozen(eq=False)
class Picture:
    """One job's card: the plate's planes, changed inside `rectangles` only.

    The planes are borrowed from a pool: they are good until the `with` block that drew them ends.
    """

    plate: Plate
    planes: Planes = field(repr=False)
    rectangles: tuple[Rectangle, ...]
    drawn: Drawn | None = None
