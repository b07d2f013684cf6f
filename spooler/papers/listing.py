"""A list with column heads, as pieces of a flow: each cell shrinks and wraps within its own place."""

from collections.abc import Collection, Sequence
from typing import Final

from attrs import frozen

from .flow import Piece
from .page import BOLD, MONO, REGULAR, Paper
from .parts import MARGIN

_PAD: Final = 0.8  # mm


@frozen
class Column:
    """A column: its head, its width in mm, whether it holds numbers, and whether hexadecimal digits."""

    head: str
    width: float
    right: bool = False
    mono: bool = False


@frozen
class Listing:
    """The columns of a list, and how high their heads and rows are in mm; heads of 0 mm are left out."""

    columns: Sequence[Column]
    head_height: float
    row_height: float
    size: float = 8.0  # points

    @property
    def width(self) -> float:
        """mm"""
        return sum(column.width for column in self.columns)

    def heads(self) -> Piece:
        """The row of heads; it never stands last on a page."""
        return Piece(self.head_height, self._draw_heads, with_next=True)

    def row(
        self, cells: Sequence[str], *, bold: bool = False, loud: Collection[int] = (), with_next: bool = False
    ) -> Piece:
        """A row; the cells numbered in `loud` stand white on black."""

        def draw(paper: Paper, y: float) -> None:
            x = MARGIN
            if bold:
                paper.fill(x, y, self.width, self.row_height, 0.93)
            for at, (column, cell) in enumerate(zip(self.columns, cells, strict=True)):
                if at in loud:
                    paper.fill(x + 0.3, y + 0.3, column.width - 0.6, self.row_height - 0.6, 0)
                font = MONO if column.mono else BOLD if bold or at in loud else REGULAR
                paper.text(
                    x + _PAD, y + 0.3, column.width - 2 * _PAD, self.row_height - 0.6, cell, self.size, font=font,
                    align="right" if column.right else "left", light=1 if at in loud else 0,
                )  # fmt: skip
                x += column.width
            self._frame(paper, y, self.row_height)

        return Piece(self.row_height, draw, self.heads() if self.head_height else None, with_next)

    def band(self, text: str) -> Piece:
        """A line over the whole width: the group that the next rows belong to."""

        def draw(paper: Paper, y: float) -> None:
            paper.text(MARGIN + _PAD, y, self.width - 2 * _PAD, self.row_height, text, 9, font=BOLD)
            paper.box(MARGIN, y, self.width, self.row_height, 0.4)

        return Piece(self.row_height, draw, self.heads(), with_next=True)

    def _draw_heads(self, paper: Paper, y: float) -> None:
        x = MARGIN
        paper.fill(x, y, self.width, self.head_height, 0.88)
        for column in self.columns:
            place = (x + _PAD, y + 0.4, column.width - 2 * _PAD, self.head_height - 0.8)
            paper.text(*place, column.head, self.size, font=BOLD, align="right" if column.right else "left")
            x += column.width
        self._frame(paper, y, self.head_height)

    def _frame(self, paper: Paper, y: float, height: float) -> None:
        for edge in (y, y + height):
            paper.rule(MARGIN, edge, MARGIN + self.width, edge, 0.25)
        x = MARGIN
        for width in (0, *(column.width for column in self.columns)):
            x += width
            paper.rule(x, y, x, y + height, 0.25)


def title(text: str) -> Piece:
    """A heading between parts."""
    return Piece(
        9, lambda paper, y: paper.text(MARGIN, y + 3, paper.width - 2 * MARGIN, 5, text, 10, font=BOLD), with_next=True
    )


def paragraph(text: str, height: float, size: float = 9) -> Piece:
    """A text over the whole width."""
    return Piece(height, lambda paper, y: paper.text(MARGIN, y, paper.width - 2 * MARGIN, height, text, size))
