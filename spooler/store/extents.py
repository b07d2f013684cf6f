"""Where large payloads lie in their segments: the bookkeeping alone, without a file.

A segment is filled from its beginning to its end and never in between. Its holes come back all at once: when none of
its payloads is needed any more, or when the few that are were moved (`sparse`). Nothing is written over in a segment
before the transaction that deleted its last payload is durable; so a crash can bring back no row whose bytes are gone.

Extents begin at whole blocks, and blocks are written whole: a power cut that tears a block, or a disk that must read
one to change half of it, never touches a neighbour that was acknowledged long ago.

Limits: a payload that is kept for long keeps its segment, until three quarters of that one are dead; so the segments
hold at most four times what is alive, and some that stand ready.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from attrs import define, evolve

BLOCK: Final = 4096
#: A segment is sparse while less than this share of it is alive.
_SPARSE: Final = 0.25


class Extent(NamedTuple):
    """A sealed payload's place: bytes `start` … `start + length` of a segment."""

    segment: int
    start: int
    length: int


def blocks(length: int) -> int:
    """The bytes that an extent takes: whole blocks."""
    return -(-length // BLOCK) * BLOCK


@define
class _Segment:
    size: int
    end: int = 0  # everything behind it is free
    extents: int = 0  # that are alive
    alive: int = 0  # bytes of whole blocks


class Extents:
    """What is taken of each segment. Changes count from `commit`, or are thrown away by `rollback`."""

    def __init__(self) -> None:
        self._segments: dict[int, _Segment] = {}
        self._current: int | None = None
        self._before: dict[int, _Segment] = {}
        self._current_before: int | None = None
        self._left: set[int] = set()  # not to be emptied: see leave
        self._freed: list[Extent] = []

    def add(self, segment: int, size: int) -> None:
        """An empty segment of `size` bytes, ready to be written."""
        self._segments[segment] = _Segment(size)

    def remove(self, segment: int) -> None:
        """Forget an empty segment. Raises ValueError for another."""
        if segment not in self.empty():
            raise ValueError(f"segment {segment} is in use")
        del self._segments[segment]

    def found(self, segment: int, extents: int, alive: int, end: int) -> None:
        """What committed rows say of a segment at opening; what lies behind `end` is free. One whose file is missing
        has no room."""
        size = self._segments[segment].size if segment in self._segments else 0
        self._segments[segment] = _Segment(size, end, extents, alive)
        if self._current is None or self._room(segment) > self._room(self._current):
            self._current = segment

    def place(self, length: int) -> Extent | None:
        """The next payload's place; None where no segment has room: add one."""
        taken = blocks(length)
        if self._current is None or self._room(self._current) < taken:
            able = [number for number in self.empty() if self._segments[number].size >= taken]
            if not able:
                return None
            self._current = able[0]
        segment = self._touch(self._current)
        extent = Extent(self._current, segment.end, length)
        segment.end += taken
        segment.extents += 1
        segment.alive += taken
        return extent

    def free(self, extents: Iterable[Extent]) -> None:
        """These rows are deleted; their space comes back after the commit at the earliest."""
        self._freed += extents

    def commit(self) -> None:
        """The transaction is durable."""
        for extent in self._freed:
            segment = self._segments[extent.segment]
            segment.extents -= 1
            segment.alive -= blocks(extent.length)
            if segment.extents == 0:
                segment.end = 0
        self._end()

    def rollback(self, *, written: bool) -> None:
        """The transaction failed. `written`: its rows may be on the disk all the same and come back with the next
        opening, so that what they name must not be written over."""
        for number, before in self._before.items():
            end = self._segments[number].end
            self._segments[number] = evolve(before, end=end) if written else before
        if not written:
            self._current = self._current_before
        self._end()

    def empty(self) -> list[int]:
        """The segments that nothing lies in and nothing is written to, in their order."""
        return [n for n, s in sorted(self._segments.items()) if s.end == 0 and n != self._current]

    def sparse(self) -> int | None:
        """The segment with the least alive in it, if that is little and no more will be written to it."""
        few = [
            (s.alive, n)
            for n, s in self._segments.items()
            if s.extents and n not in (self._current, *self._left) and s.alive < s.size * _SPARSE
        ]
        return min(few)[1] if few else None

    def leave(self, number: int) -> None:
        """Do not name it as sparse any more."""
        self._left.add(number)

    def names(self) -> list[int]:
        """All segments."""
        return sorted(self._segments)

    def _room(self, segment: int) -> int:
        return self._segments[segment].size - self._segments[segment].end

    def _touch(self, number: int) -> _Segment:
        segment = self._segments[number]
        if number not in self._before:
            self._before[number] = evolve(segment)
        return segment

    def _end(self) -> None:
        self._before.clear()
        self._freed.clear()
        self._current_before = self._current
