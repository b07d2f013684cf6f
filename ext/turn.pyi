"""The kernel of upright cards."""

from collections.abc import Iterable

from typing_extensions import Buffer

def turn(
    upright: Buffer, width: int, height: int, rectangles: Iterable[tuple[int, int, int, int]], landscape: Buffer
) -> None:
    """Lay rectangles (x, y, width, height) of an upright plane of width*height bytes into a landscape one.

    The pixel (x, y) goes to (height-1-y, x) of the landscape plane, whose rows have `height` bytes: a quarter turn
    clockwise, the upper edge becomes the right one. Raises ValueError at the first bad rectangle.
    """
