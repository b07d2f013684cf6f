"""Papers of as many pages as their list needs: pieces one below the other, the column heads again on each page.

A piece is whole or on the next page. The pages are counted before the first is drawn, so that each says "1 of n".
"""

from collections.abc import Callable, Sequence
from typing import Final

from attrs import frozen

from spooler.model.words import Language, Pair, say

from .page import Paper
from .parts import MARGIN

_FOOT: Final = 12.0  # mm
_PAGE: Final[Pair] = ("halaman {} dari {}", "page {} of {}")

Draw = Callable[[Paper, float], None]  # the paper, and the y of the piece's top in mm


@frozen
class Piece:
    """A part of a paper: its height in mm, and how it is drawn."""

    height: float
    draw: Draw
    heads: "Piece | None" = None  # what stands above it where it is the first of its page: its table's column heads
    with_next: bool = False  # never the last of a page: a title, a group's name, the last rows above a signature


def paginate(pieces: Sequence[Piece], first: float, height: float) -> list[list[tuple[float, Piece]]]:
    """The pages: each piece with its y. `first`: where the first page's pieces begin; others begin at the margin."""
    pages: list[list[tuple[float, Piece]]] = [[]]
    y, bottom = first, height - MARGIN - _FOOT / 2
    for at, piece in enumerate(pieces):
        if y + _kept_together(pieces, at) > bottom and (pages[-1] or y > MARGIN):
            pages.append([])
            y = MARGIN
            if piece.heads is not None:
                pages[-1].append((y, piece.heads))
                y += piece.heads.height
        pages[-1].append((y, piece))
        y += piece.height
    return pages


def _kept_together(pieces: Sequence[Piece], at: int) -> float:
    """The height from this piece to the end of those that must follow it on its page."""
    height = pieces[at].height
    while pieces[at].with_next and at + 1 < len(pieces):
        at += 1
        height += pieces[at].height
    return height


def draw(paper: Paper, pieces: Sequence[Piece], first: float, foot: str, language: Language) -> bytes:
    """All pages, each with `foot` and its number; returns the file."""
    pages = paginate(pieces, first, paper.height)
    for number, page in enumerate(pages, 1):
        if number > 1:
            paper.next_page()
        for y, piece in page:
            piece.draw(paper, y)
        below = paper.height - 8
        paper.line_of(MARGIN, below, foot, 7.5, light=0.25)
        count = say(_PAGE, language).format(number, len(pages))
        paper.line_of(paper.width - MARGIN, below, count, 7.5, align="right", light=0.25)
    return paper.finish()
