"""What fits a printer, and the columns of a card that changed: for every printer whose lines are the picture's columns.

A compiled plate holds its lines ready; a card is slices of them with the lines that its rectangles touch encoded anew.
So a rectangle costs its width, not its area, and nothing is copied that did not change.
"""

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Final

from spooler.model.picture import Planes, Rectangle

from .contract import Buffer

#: Of an ink; a card with more is encoded from its first to its last column. 256 are a kernel's bound for all inks.
MOST_SPANS: Final = 64

Span = tuple[int, int]  # the first column, the one after the last


def check_planes(planes: Planes, width: int, height: int, *inks: str) -> None:
    """Raises ValueError for planes of another size, or that are of none of these `inks`."""
    size = (planes.geometry.width, planes.geometry.height)
    if size != (width, height) or planes.inks not in inks:
        raise ValueError(
            f"planes of {size[0]} x {size[1]} pixels in {planes.inks!r}: "
            f"this printer needs {width} x {height} in {' or '.join(map(repr, inks))}"
        )


def touched(rectangles: Sequence[Rectangle], inks: str, width: int) -> list[Span]:
    """The columns that the rectangles touch in any of `inks`, apart from each other and from left to right.

    Raises ValueError for a rectangle that is not on a card `width` pixels wide.
    """
    wanted = set(inks)
    found = [(r.x, r.x + r.width) for r in rectangles if not wanted.isdisjoint(r.inks) and r.width and r.height]
    if not found:
        return found
    found.sort()
    first, last = found[0][0], max(found, key=itemgetter(1))[1]
    if first < 0 or last > width:
        raise ValueError(f"a rectangle over columns {first} to {last - 1} is not on a card {width} pixels wide")
    spans: list[Span] = []
    begin, end = found[0]
    for x, after in found:
        if x > end:
            spans.append((begin, end))
            begin, end = x, after
        elif after > end:
            end = after
    spans.append((begin, end))
    return spans if len(spans) <= MOST_SPANS else [(first, last)]


def woven(panel: memoryview, line: int, spans: Sequence[Span], fresh: Sequence[memoryview]) -> Iterator[Buffer]:
    """The panel's bytes, `line` of them a column, with those of the spans in place of its own; nothing is copied."""
    at = 0
    for (begin, end), lines in zip(spans, fresh, strict=True):
        if at < begin:
            yield panel[at * line : begin * line]
        yield lines
        at = end
    if at * line < len(panel):
        yield panel[at * line :]
