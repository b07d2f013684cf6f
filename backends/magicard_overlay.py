"""A Magicard's overcoat: an area with holes in it, told in corners, where others are sent a panel of pixels.

Limits: one area, and as many holes as the vendor's driver ever sends; whether a printer takes more is not known.
"""

from itertools import groupby, pairwise
from typing import Final

from attrs import frozen

from .contract import Buffer

MOST_HOLES: Final = 2


@frozen
class Box:
    """Pixels of a card, all four inside it."""

    left: int
    right: int
    top: int
    bottom: int

    def corners(self, height: int) -> str:
        """Left, bottom, right, top, counted from the lower edge of a card so many pixels high."""
        return f"{self.left},{height - 1 - self.bottom},{self.right},{height - 1 - self.top}"


@frozen
class Overlay:
    """What is coated: the area without the holes."""

    area: Box
    holes: tuple[Box, ...]


def overlay_of(plane: Buffer, width: int) -> Overlay | None:
    """A row-major overlay plane `width` pixels wide as an area and the holes in it; None if it is blank.

    Raises ValueError where it is anything else than one rectangle with at most MOST_HOLES rectangles left out.
    """
    pixels = bytes(plane)
    lines = [pixels[at : at + width] for at in range(0, len(pixels), width)]
    coated = [y for y, line in enumerate(lines) if line.strip(b"\0")]
    if not coated:
        return None
    left = min(width - len(lines[y].lstrip(b"\0")) for y in coated)
    right = max(len(line.rstrip(b"\0")) for line in lines) - 1
    top, bottom = coated[0], coated[-1]
    holes: list[Box] = []
    y = top
    for line, same in groupby(lines[top : bottom + 1]):
        after = y + len(list(same))
        for first, last in _bare(line, left, right):
            above = next((hole for hole in holes if (hole.left, hole.right, hole.bottom) == (first, last, y - 1)), None)
            if above is not None:
                holes.remove(above)
            holes.append(Box(first, last, y if above is None else above.top, after - 1))
        if len(holes) > MOST_HOLES:
            raise ValueError(
                f"the overlay is not one rectangle with at most {MOST_HOLES} rectangles left out: "
                "this printer cannot be told of more"
            )
        y = after
    return Overlay(Box(left, right, top, bottom), tuple(holes))


def _bare(line: bytes, left: int, right: int) -> list[tuple[int, int]]:
    """The runs of a line without coat, as (first, last), between two columns."""
    bare = [at for at in range(left, right + 1) if not line[at]]
    begins = [at for before, at in pairwise([-2, *bare]) if at > before + 1]
    ends = [at for at, after in pairwise([*bare, len(line) + 1]) if after > at + 1]
    return list(zip(begins, ends, strict=True))
