"""Upright cards: they are drawn upright, and only what changed is turned into the landscape planes of the picture.

The upright card's upper edge is the landscape picture's right edge (a quarter turn clockwise).
"""

from collections.abc import Iterable

from spooler.ext.turn import turn
from spooler.model.picture import Drawn, Picture, Planes, Plate, Rectangle


class Landscape:
    """The landscape planes of one canvas: they equal the plate outside of what was turned into them."""

    def __init__(self, plate: Plate) -> None:
        self._plate = plate
        self._planes = Planes(plate.planes.geometry, plate.planes.inks, tuple(map(bytearray, plate.planes.buffers)))

    def turned(self, upright: Planes, rectangles: Iterable[Rectangle], drawn: Drawn) -> Picture:
        """The picture of a card drawn upright."""
        found = tuple(rectangles)
        turn_rectangles(upright, self._planes, found)
        length = upright.geometry.height
        return Picture(
            self._plate,
            self._planes,
            tuple(Rectangle(length - r.y - r.height, r.x, r.height, r.width, r.inks) for r in found),
            drawn,
        )

    def restore(self, upright: Planes, rectangles: Iterable[Rectangle]) -> None:
        """Turn in what the upright planes hold again, after they were restored."""
        turn_rectangles(upright, self._planes, rectangles)


def turn_rectangles(upright: Planes, landscape: Planes, rectangles: Iterable[Rectangle]) -> None:
    """Lay rectangles of the upright planes into the landscape ones."""
    width, height = upright.geometry.width, upright.geometry.height
    found = tuple(rectangles)
    for ink in upright.inks:
        boxes = [(r.x, r.y, r.width, r.height) for r in found if ink in r.inks]
        if boxes:
            turn(upright[ink], width, height, boxes, landscape[ink])
