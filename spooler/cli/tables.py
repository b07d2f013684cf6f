"""Tables for a terminal: no word is ever broken, since half a closed word or half an id is of no use to anybody.

A column is at least as wide as its longest word; what is left goes to those that would wrap. Where even the words do
not fit side by side, columns that can be spared are left out and named below; where that does not help, each row is
set as lines of its own, a name and a value. Ids, numbers and numbers at the counter have no spaces, and so stay whole.
"""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any, Final

from rich.text import Text

_GAP: Final = 2
_LEAST: Final = 20  # columns: a narrower terminal is written over its edge


def laid_out(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], right: Sequence[str], spare: Sequence[str],
    width: int | None,
) -> Text:  # fmt: skip
    """The whole table, `width` columns wide at most; None: as wide as it wants."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    # a column in which nothing stands tells nothing
    shown = [at for at in range(len(columns)) if not cells or any(row[at] for row in cells)]
    left_out: list[str] = []
    for name in [None, *spare]:
        if name is not None:
            at = columns.index(name)
            if at not in shown:
                continue
            shown.remove(at)
            left_out.append(name)
        kept = [[row[at] for at in shown] for row in cells]
        widths = fitting([columns[at] for at in shown], kept, width)
        if widths is not None:
            names = [columns[at] for at in shown]
            text = _side_by_side(names, kept, widths, [name in right for name in names])
            break
    else:
        left_out, text = [], _one_below_the_other(columns, cells, max(width or 0, _LEAST))
    lines = Text.assemble((title, "bold"), "\n", text)
    if left_out:
        lines.append(f"\n(no room for: {', '.join(left_out)}; --json has all)", style="dim")
    return lines


def fitting(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> list[int] | None:
    """The width of each column, with no word broken; None where they do not fit."""
    stacked = [[name, *(row[at] for row in rows)] for at, name in enumerate(columns)]
    wanted = [max(len(line) for text in column for line in text.split("\n")) for column in stacked]
    if width is None:
        return wanted
    widths = [max((len(word) for text in column for word in text.split()), default=0) for column in stacked]
    room = width - sum(widths) - _GAP * (len(widths) - 1)
    if room < 0:
        return None
    while room and (narrow := [at for at in range(len(widths)) if widths[at] < wanted[at]]):
        # those that need least are made whole first: times and names before sentences
        at = min(narrow, key=lambda at: wanted[at] - widths[at])
        more = min(room, wanted[at] - widths[at])
        widths[at] += more
        room -= more
    return widths


def _side_by_side(
    columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], right: Sequence[bool]
) -> Text:
    text = Text()
    for n, row in enumerate([columns, *rows]):
        wrapped = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
        for i in range(max(map(len, wrapped), default=0)):
            parts = [lines[i] if i < len(lines) else "" for lines in wrapped]
            set_out = [
                part.rjust(width) if numbers else part.ljust(width)
                for part, width, numbers in zip(parts, widths, right, strict=True)
            ]
            text.append((" " * _GAP).join(set_out).rstrip() + "\n", style="bold" if n == 0 else "")
        if n == 0:
            text.append("─" * (sum(widths) + _GAP * (len(widths) - 1)) + "\n", style="dim")
    text.rstrip()
    return text


def _one_below_the_other(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Text:
    text, name_width = Text(), max(map(len, columns)) + 1
    for row in rows:
        text.append("─" * width + "\n", style="dim")
        for name, cell in zip(columns, row, strict=True):
            for i, line in enumerate(_wrapped(cell, width - name_width) if cell else []):
                text.append((name if i == 0 else "").ljust(name_width), style="bold")
                text.append(line + "\n")
    text.rstrip()
    return text


def _wrapped(cell: str, width: int) -> list[str]:
    """The cell's lines, broken between words only."""
    return [
        line
        for part in cell.split("\n")
        for line in wrap(part, max(width, 1), break_long_words=False, break_on_hyphens=False) or [""]
    ]
