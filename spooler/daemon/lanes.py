"""Lanes: bounded windows over the store's pending jobs, kept in step with its commits.

A lane is (destination, kind): jobs of one lane can stand in for each other, so its head is always the right one to
take. The order itself is the store's index; a window only saves the read. What is in hand but not yet claimed in the
store is remembered here, so that two presses of one pool never reach for the same job.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import trio
from attrs import frozen

from spooler.model.ids import JobId
from spooler.model.job import Job, JobState
from spooler.rules.window import Window
from spooler.store.contract import Reader

from .writer import Writer

#: Jobs kept per lane: enough that a refill (one indexed read) is rare, small enough that lanes cost nothing.
WINDOW: Final = 64


@frozen
class Lane:
    """Where a press takes jobs from."""

    destination: str
    kind: str


class Bell:
    """Wakes one press. Rings are not counted: a press that wakes looks at everything."""

    def __init__(self) -> None:
        self._event = trio.Event()

    def ring(self) -> None:
        """Wake the one who waits, or who will."""
        self._event.set()

    async def wait(self) -> None:
        """Wait for the next ring since the last wait."""
        await self._event.wait()
        self._event = trio.Event()


class Lanes:
    """All windows of the process; one press or many take from them."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader
        self._windows: dict[Lane, Window] = {}
        self._in_hand: set[JobId] = set()
        self._bells: dict[str, list[Bell]] = {}

    def subscribe(self, destinations: Sequence[str], bell: Bell) -> None:
        """Ring `bell` whenever a job becomes pending at one of these destinations."""
        for destination in destinations:
            self._bells.setdefault(destination, []).append(bell)

    def committed(self, job: Job) -> None:
        """A job changed in the store. Called in commit order."""
        window = self._windows.get(Lane(job.destination, job.kind))
        self._in_hand.discard(job.id)
        if job.state is JobState.PENDING:
            if window is not None:
                window.offer(job)
            for bell in self._bells.get(job.destination, ()):
                bell.ring()
        elif window is not None:
            window.remove(job.id)

    async def peek(self, lanes: Sequence[Lane]) -> Job | None:
        """The job that `take` would give now."""
        heads = [job for job in [await self._head(lane) for lane in lanes] if job is not None]
        return min(heads, key=lambda job: job.key, default=None)

    async def take(self, lanes: Sequence[Lane]) -> Job | None:
        """The next job of these lanes, now in the caller's hand: it must be claimed, or put back with `put_back`."""
        job = await self.peek(lanes)
        # no checkpoint since the heads were read would be needed here only if another press could have taken it
        # meanwhile: then its window no longer has it
        while job is not None and job.id in self._in_hand:
            job = await self.peek(lanes)
        if job is not None:
            self._in_hand.add(job.id)
            self._windows[Lane(job.destination, job.kind)].remove(job.id)
        return job

    def put_back(self, job: Job) -> None:
        """A taken job was not claimed after all: the next look reads its lane anew."""
        self._in_hand.discard(job.id)
        self._windows.pop(Lane(job.destination, job.kind), None)

    async def _head(self, lane: Lane) -> Job | None:
        window = self._windows.get(lane)
        if window is None:
            window = self._windows[lane] = Window(WINDOW)
        if window.needs_refill:
            # in step with the commits: no job can become pending between this read and its delivery
            read = partial(self._reader.heads, lane.destination, (lane.kind,), None, WINDOW + len(self._in_hand))
            jobs = await self._writer.read(read)
            if self._windows.get(lane) is window:
                complete = len(jobs) < WINDOW + len(self._in_hand)
                window.refill([job for job in jobs if job.id not in self._in_hand][:WINDOW], complete)
        return window.head()
