"""Lanes: bounded windows over the store's pending jobs, kept in step with its commits.

A lane is (destination, kind): jobs of one lane can stand in for each other, so its head is always the right one to
take. The order itself is the store's index; a window only saves the read. What is in hand but not yet claimed in the
store is remembered here, so that two presses of one pool never reach for the same job.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import trio
from attrs import define, field

from spooler.model.ids import JobId
from spooler.model.job import Job, JobState
from spooler.rules.neighbours import Run
from spooler.rules.order import EXPRESS, OrderPolicy, Pick, pick
from spooler.rules.window import Window

from .reads import Reads

#: Jobs kept per lane: enough that a refill (one indexed read) is rare, small enough that lanes cost nothing.
WINDOW: Final = 64


class Lane(NamedTuple):
    """Where a press takes jobs from."""

    destination: str
    kind: str


_NO_LANES: Final[Mapping[Lane, int]] = {}


@define(eq=False)
class _Cache:
    window: Window = field(factory=lambda: Window(WINDOW))
    reading: trio.Lock = field(factory=trio.Lock)


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

    def __init__(self, reads: Reads, policy: OrderPolicy) -> None:
        self._reads = reads
        self._policy = policy
        self._caches: dict[Lane, _Cache] = {}
        self._in_hand: set[JobId] = set()
        self._bells: dict[str, list[Bell]] = {}

    def subscribe(self, destinations: Sequence[str], bell: Bell) -> None:
        """Ring `bell` whenever a job becomes pending at one of these destinations."""
        for destination in destinations:
            self._bells.setdefault(destination, []).append(bell)

    def committed(self, job: Job) -> None:
        """A job changed in the store. Called in commit order."""
        cache = self._caches.get((job.destination, job.kind))  # type: ignore[call-overload]
        self._in_hand.discard(job.id)
        if job.state is JobState.PENDING:
            if cache is not None:
                cache.window.offer(job)
            for bell in self._bells.get(job.destination, ()):
                bell.ring()
        elif cache is not None:
            cache.window.remove(job.id)

    async def peek(
        self, lanes: Sequence[Lane], credit: int, urgent: Mapping[Lane, int] = _NO_LANES, run: Run | None = None
    ) -> Pick | None:
        """What `take` would give now. `credit`: the express credit of the last pick (rules.order).

        `urgent`: lanes of which only the express band and jobs of this priority or above may be had. Their first one is
        asked of the store each time, since the window's head may be any job. `run`: what this printer printed before.
        """
        some = [await self._urgent(lane, least) for lane, least in urgent.items()]
        for lane in lanes:
            await self._fill(lane)
        # from here on no checkpoint: the heads belong together
        heads = [self._caches[lane].window.head() for lane in lanes if lane in self._caches]
        heads += [next((job for job in jobs if job.id not in self._in_hand), None) for jobs in some]
        return pick(self._policy, [job for job in heads if job is not None], credit, run)

    async def overtaken(self, job: Job, lanes: Sequence[Lane], credit: int) -> bool:
        """Whether an express job has come that goes before `job`, which is claimed and has no intent yet.

        `credit`: the express credit before `job` was picked.
        """
        for lane in lanes:
            await self._fill(lane)
        heads = [self._caches[lane].window.head() for lane in lanes if lane in self._caches]
        express = [head for head in heads if head is not None and head.band == EXPRESS]
        picked = pick(self._policy, [job, *express], credit)
        return picked is not None and picked.job.band < job.band

    async def take(
        self, lanes: Sequence[Lane], credit: int, urgent: Mapping[Lane, int] = _NO_LANES, run: Run | None = None
    ) -> Pick | None:
        """The next job of these lanes, now in the caller's hand: it must be claimed, or put back with `put_back`."""
        picked = await self.peek(lanes, credit, urgent, run)
        if picked is not None:
            job = picked.job
            self._in_hand.add(job.id)
            cache = self._caches.get(Lane(job.destination, job.kind))
            if cache is not None:
                cache.window.remove(job.id)
        return picked

    def put_back(self, job: Job) -> None:
        """A taken job was not claimed after all: its lane is read anew at the next look."""
        self._in_hand.discard(job.id)
        self._caches.pop(Lane(job.destination, job.kind), None)

    def forget(self, lanes: Sequence[Lane]) -> None:
        """Jobs came back to these lanes by an Attach, whose outcome names none of them: they are read anew."""
        for lane in lanes:
            self._caches.pop(lane, None)
            for bell in self._bells.get(lane.destination, ()):
                bell.ring()

    async def _urgent(self, lane: Lane, least: int) -> list[Job]:
        """The first of them; jobs in hand may be among them."""
        limit = len(self._in_hand) + 8  # which may grow meanwhile
        return await self._reads.do(lambda reader: reader.urgent(lane, least, limit))

    async def _fill(self, lane: Lane) -> None:
        """See that the lane's window has its true head, or is known to be empty."""
        cache = self._caches.setdefault(lane, _Cache())
        window = cache.window
        if window.complete or (window.head() is not None and not window.needs_refill):
            return
        async with cache.reading:
            while window.needs_refill and self._caches.get(lane) is cache:
                # jobs in hand are still pending in the store: read past them
                limit = WINDOW + len(self._in_hand)
                window.reading()
                try:
                    jobs = await self._reads.do(
                        lambda reader: reader.heads(lane.destination, (lane.kind,), None, limit)  # noqa: B023
                    )
                except BaseException:
                    window.gave_up()
                    raise
                complete = len(jobs) < limit
                window.refill([job for job in jobs if job.id not in self._in_hand][:WINDOW], complete)
