"""Fitting text into its place: pure functions over a measure, in pixels.

The order of attempts: one line with each ruler, then two lines with each, and so on. Rulers are the sizes from the
largest down and after them the smallest size condensed, so text shrinks, condenses, wraps. Words are kept whole; a line
may end after a hyphen or slash only where spaces alone do not do. Nothing is ever cut or left out: what does not fit
gives None, and the caller refuses the job.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol


class Ruler(Protocol):
    """Measures text in one face, size and width."""

    def measure(self, text: str, /) -> int:
        """Pixels that the text is wide."""
        ...


class Fit(NamedTuple):
    """`size`: which of the rulers; `lines`: the text, whole."""

    size: int
    lines: tuple[str, ...]


class Stack(NamedTuple):
    """`pitch` from line to line; for each row the offset of its first line from the first row's."""

    pitch: float
    offsets: tuple[float, ...]


#: A word with what may stay at a line's end: first only spaces part words, then hyphens and slashes too.
_BREAKS: Final = (re.compile(r"[^ ]+"), re.compile(r"[^ /-]*[/-]+|[^ /-]+"))


def fit(text: str, room: float, most: int, rulers: Sequence[Ruler]) -> Fit | None:
    """Set `text` in at most `most` lines of `room` pixels, as large as that allows."""
    for size, ruler in enumerate(rulers):
        if ruler.measure(text) <= room:
            return Fit(size, (text,))
    for count in range(2, most + 1):
        for breaks in _BREAKS:
            for size, ruler in enumerate(rulers):
                lines = wrap(text, room, count, ruler, breaks)
                if lines is not None:
                    return Fit(size, lines)
    return None


def wrap(text: str, room: float, most: int, ruler: Ruler, breaks: re.Pattern[str]) -> tuple[str, ...] | None:
    """Fill lines one after the other; None if that takes more than `most` or a word is wider than `room`."""
    lines: list[str] = []
    start = end = -1  # of the line being filled, in text
    for word in breaks.finditer(text):
        if start >= 0 and ruler.measure(text[start : word.end()]) <= room:
            end = word.end()
            continue
        if start >= 0:
            lines.append(text[start:end])
        start, end = word.span()
        if len(lines) == most or ruler.measure(text[start:end]) > room:
            return None
    if start >= 0:
        lines.append(text[start:end])
    return tuple(lines)


def stack(lines: Sequence[int], room: float, line: float, pitches: Sequence[float]) -> Stack | None:
    """Put rows of so many `lines` under each other, each line `line` high, within `room`; wider pitches first."""
    above = []
    total = 0
    for count in lines:
        above.append(total)
        total += count
    for pitch in pitches:
        if (total - 1) * pitch + line <= room:
            return Stack(pitch, tuple(pitch * n for n in above))
    return None
