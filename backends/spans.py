"""The columns of a card that changed, for every printer whose lines are the picture's columns.

A compiled plate holds its lines ready; a card is slices of them with the lines that its rectangles touch encoded anew.
So a rectangle costs its width, not its area, and nothing is copied that did not change.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from spooler.model.picture import Rectangle

from .contract import Buffer

#: A card with more is encoded from its first to its last column.
MOST_SPANS: Final = 64

Span = tuple[int, int]  # the first column, the one after the last


def touched(rectangles: Sequence[Rectangle], inks: str, width: int) -> list[Span]:
    """The columns that the rectangles touch in any of `inks`, apart from each other and from left to right.

    Raises ValueError for a rectangle that is not on a card `width` pixels wide.
    """
    wanted = set(inks)
    found = sorted((r.x, r.x + r.width) for r in rectangles if wanted.intersection(r.inks) and r.width and r.height)
    if not found:
        return found
    first, last = found[0][0], max(end for _, end in found)
    if first < 0 or last > width:
        raise ValueError(f"a rectangle over columns {first} to {last - 1} is not on a card {width} pixels wide")
    spans = [found[0]]
    for begin, end in found[1:]:
        if begin > spans[-1][1]:
            spans.append((begin, end))
        else:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
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
