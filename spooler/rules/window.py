"""A window: the first few pending jobs of one lane, kept in memory as a cache over the store's order.

The store holds the queue; a window holds at most `limit` jobs of it, so that memory does not grow with the backlog.
One invariant carries everything: *every pending job of the lane whose key lies below the edge is in the window*. So
the first job kept is the true head of the lane, and an empty window with an edge means "ask the store", never "idle".

A refill is read in another thread while commits go on. Say `reading()` before the read and `refill()` with what came:
what was offered and removed in between is put on top, so that an old reading can neither bring back a job that has
gone nor hide one that has come.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import Final

from spooler.model.ids import JobId
from spooler.model.job import Job

Key = tuple[int, int, JobId]

#: Below every key: of a lane that was never read, nothing is known.
_NOTHING_KNOWN: Final[Key] = (-1, 0, JobId(""))


def _key(job: Job) -> Key:
    return job.key


class Window:
    """The heads of one lane. Offer and remove in the order of the commits."""

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError("a window holds at least one job")
        self._limit = limit
        self._jobs: list[Job] = []  # by key
        self._by_id: dict[JobId, Job] = {}
        self._edge: Key | None = _NOTHING_KNOWN  # None: the window is complete
        self._meanwhile: _Meanwhile | None = None

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def needs_refill(self) -> bool:
        """The window runs low, the store may have more, and nobody is reading yet."""
        return self._meanwhile is None and self._edge is not None and len(self._jobs) <= self._limit // 4

    @property
    def complete(self) -> bool:
        """Nothing of the lane lies outside: an empty window then means an empty lane."""
        return self._edge is None

    def head(self) -> Job | None:
        """The lane's first job. None: nothing is pending, or, unless `complete`, the store must be read first."""
        return self._jobs[0] if self._jobs else None

    def reading(self) -> None:
        """A read of the store begins. Calling it again gives up the read before."""
        self._meanwhile = _Meanwhile(self._limit)

    def gave_up(self) -> None:
        """The read ended without an answer: the next look reads again."""
        self._meanwhile = None

    def refill(self, jobs: Sequence[Job], complete: bool) -> None:
        """What the store had: its first pending jobs of this lane, by key; `complete` if there were no more.

        Where too much was removed during the read to tell old from new, the window empties and asks for another.
        """
        meanwhile, self._meanwhile = self._meanwhile or _Meanwhile(self._limit), None
        self._jobs, self._by_id = [], {}
        self._edge = None if complete else (jobs[-1].key if jobs else _NOTHING_KNOWN)
        if meanwhile.spoilt:
            self._edge = _NOTHING_KNOWN
            return
        if meanwhile.edge is not None and (self._edge is None or meanwhile.edge < self._edge):
            self._edge = meanwhile.edge
        for job in jobs:
            if job.id not in meanwhile.removed:
                self._insert(job)
        for job in meanwhile.offered.values():
            self._insert(job)

    def offer(self, job: Job) -> None:
        """A job of this lane became pending: it enters if it is known to be among the first. One whose rank has changed
        is removed first."""
        if self._meanwhile is not None:
            self._meanwhile.offer(job)
        self._insert(job)

    def remove(self, job_id: JobId) -> None:
        """A job is not pending any more. Unknown ids are fine: the window never held most jobs."""
        if self._meanwhile is not None:
            self._meanwhile.remove(job_id)
        self._discard(job_id)

    def _insert(self, job: Job) -> None:
        self._discard(job.id)
        if self._edge is not None and job.key > self._edge:
            return
        insort(self._jobs, job, key=_key)
        self._by_id[job.id] = job
        if len(self._jobs) > self._limit:
            del self._by_id[self._jobs.pop().id]
            self._edge = self._jobs[-1].key

    def _discard(self, job_id: JobId) -> None:
        job = self._by_id.pop(job_id, None)
        if job is not None:
            del self._jobs[bisect_left(self._jobs, job.key, key=_key)]


class _Meanwhile:
    """What changed during a read, bounded: of the offered the first and an edge behind them, of the removed a few."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.offered: dict[JobId, Job] = {}
        self.removed: set[JobId] = set()
        self.edge: Key | None = None  # offered jobs at or beyond it were let go
        self.spoilt = False

    def offer(self, job: Job) -> None:
        self.offered[job.id] = job
        if len(self.offered) > self._limit:
            last = max(self.offered.values(), key=_key)
            del self.offered[last.id]
            kept = max(self.offered.values(), key=_key).key
            self.edge = kept if self.edge is None else min(self.edge, kept)

    def remove(self, job_id: JobId) -> None:
        self.offered.pop(job_id, None)
        if len(self.removed) < 4 * self._limit:
            self.removed.add(job_id)
        else:
            self.spoilt = True
