"""Whose turn it is at the writer: three ranks, and within two of them each source once before any comes twice.

    0  what is under way: presses, officers' acts. Few at a time, each in its order of arrival.
    1  urgent submissions, source by source
    2  all other submissions, source by source

The higher ranks go first, and leave at least a quarter of a cut to the last, so that none waits for ever. A cut that
carries something of the higher ranks takes little of the last: whoever waits for it waits for all that goes with it.
A source's own items stay in their order within a rank.
"""

from collections import OrderedDict, deque
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

AT_WORK: Final = 0
URGENT: Final = 1
ORDINARY: Final = 2

T = TypeVar("T")


class Turns(Generic[T]):
    """Items that wait; each has a size, and a cut takes at most so much together, but one item at least."""

    def __init__(self) -> None:
        self._ranks: tuple[OrderedDict[Hashable, deque[tuple[T, int]]], ...] = (
            OrderedDict(), OrderedDict(), OrderedDict(),
        )  # fmt: skip
        self._count = 0
        self._passed_over = False  # the last rank had something, and its first item was too large for the last cut

    def __len__(self) -> int:
        return self._count

    def put(self, item: T, size: int, rank: int, source: Hashable) -> None:
        """It waits."""
        waiting = self._ranks[rank]
        queue = waiting.get(source)
        if queue is None:
            queue = waiting[source] = deque()
        queue.append((item, size))
        self._count += 1

    def cut(self, most: int) -> list[T]:
        """What goes next, in order; none only where nothing waits."""
        taken: list[T] = []
        last = self._ranks[ORDINARY]
        if self._passed_over:  # once only
            self._passed_over = False
            return self._take(last, most, taken)[0]
        kept = most // 4 if last else 0  # for the last
        room = most - kept
        for waiting in self._ranks[:ORDINARY]:
            taken, room = self._take(waiting, room, taken)
        if not last:
            return taken
        before = len(taken)
        taken, _ = self._take(last, min(kept, kept + room) if before else most, taken)
        self._passed_over = before > 0 and len(taken) == before
        return taken

    def rest(self) -> list[T]:
        """Everything, highest rank first; nothing waits any more."""
        everything = [
            item for waiting in self._ranks for queue in waiting.values() for item, _ in queue
        ]  # fmt: skip
        for waiting in self._ranks:
            waiting.clear()
        self._count = 0
        return everything

    def _take(
        self, waiting: OrderedDict[Hashable, deque[tuple[T, int]]], room: int, taken: list[T]
    ) -> tuple[list[T], int]:
        """One item of each source by turns, as long as there is room; the first of all in any case."""
        while waiting:
            source, queue = next(iter(waiting.items()))
            item, size = queue[0]
            if taken and size > room:
                break
            taken.append(item)
            room -= size
            self._count -= 1
            queue.popleft()
            if queue:
                waiting.move_to_end(source)
            else:
                del waiting[source]
        return taken, room
