"""Back-pressure at the door: gauges of what waits and what lies in the spool, in total, by site and by submitter.

Levels are read once at the start and follow every transaction (store/loads.py), so they are exact. A submission that a
gauge turns away still goes to the store, which knows its ticket: what was acknowledged before gets its first answer
again, and only what is new is told `busy`. The reservation of what was let in lasts until its transaction is over, so
no burst can pass a mark. Urgent jobs (express, or of `urgent_priority`) may use the reserve, and go first.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Final

import trio
from attrs import evolve, field, frozen

from spooler.config import LimitsConfig
from spooler.model.commands import Command, Submit
from spooler.model.load import Load, LoadChange
from spooler.model.problem import Problem
from spooler.rules.drain import Drain
from spooler.rules.gate import is_urgent
from spooler.rules.pressure import Gauge, Marks, retry_after_ms
from spooler.rules.turns import ORDINARY, URGENT
from spooler.store.contract import Outcome, StoreError

from .session import Session
from .writer import Writer

#: What is measured, as [limits] calls its bound in total.
QUANTITIES: Final = ("queued_jobs", "spool_bytes")
#: Whose a meter of everything is.
TOTAL: Final = ""


@frozen(eq=False)
class Meter:
    """A gauge with its drain. `limit`: the key of [limits] that is its high mark; `of`: whose it is, or TOTAL."""

    limit: str
    of: str
    gauge: Gauge
    drain: Drain

    def retry_after_ms(self, amount: int, latest_ms: int, now_ms: int, *, urgent: bool = False) -> int:
        """When `amount` may be let in."""
        return retry_after_ms(self.gauge.excess(amount, urgent=urgent), self.drain.per_second(now_ms), latest_ms)


@frozen(eq=False)
class _Lane:
    """The meters that a job of one site and one submitter passes."""

    jobs: tuple[Meter, ...]
    bytes: tuple[Meter, ...]

    def refusing(self, jobs: int, size: int, *, urgent: bool) -> tuple[Meter, int] | None:
        """The first meter that has no room for so much, with its amount."""
        for meter in self.jobs:
            if not meter.gauge.fits(jobs, urgent=urgent):
                return meter, jobs
        for meter in self.bytes:
            if not meter.gauge.fits(size, urgent=urgent):
                return meter, size
        return None

    def take(self, jobs: int, size: int) -> None:
        """Let so much in; less than nothing: it is settled."""
        for meters, amount in ((self.jobs, jobs), (self.bytes, size)):
            for meter in meters:
                if amount > 0:
                    meter.gauge.take(amount)
                else:
                    meter.gauge.settle(-amount)


@frozen
class Admitted:
    """Commands to be stored, and what was let in for them until they are."""

    commands: Sequence[Submit]
    taken: list[tuple[_Lane, int, int]] = field(factory=list)
    told_ms: int = 0  # the latest time at which one that was turned away may come back
    shut: list[tuple[Problem, Gauge]] = field(factory=list)  # gauges that turn others away since this

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Their transaction is over. Of known tickets, which had their first answers, nothing was turned away."""
        for lane, jobs, size in self.taken:
            lane.take(-jobs, -size)
        for busy, gauge in self.shut:
            if not any(outcome is busy for outcome in outcomes):
                gauge.reopen()


class Pressure:
    """All meters of one spooler."""

    def __init__(self, limits: LimitsConfig, loads: Iterable[Load], now_ms: Callable[[], int]) -> None:
        """`now_ms`: of a clock that never goes back."""
        self._limits = limits
        self._now_ms = now_ms
        self._latest_ms = limits.retry_after_max_seconds * 1000
        self._meters: dict[tuple[str, str], Meter] = {}
        self._lanes: dict[tuple[str, str], _Lane] = {}
        for load in loads:
            self._change(load.site, load.submitter, (load.jobs, 0), (load.bytes, 0))
        for meter in self._meters.values():  # an earlier life may have left it above its mark
            meter.gauge.pushing = meter.gauge.level >= meter.gauge.marks.high

    def changed(self, changes: Iterable[LoadChange]) -> None:
        """A transaction is durable."""
        for c in changes:
            self._change(c.site, c.submitter, (c.jobs_came, c.jobs_went), (c.bytes_came, c.bytes_went))

    def is_urgent(self, command: Submit) -> bool:
        """Whether it may use the reserve."""
        return is_urgent(command, self._limits.urgent_priority)

    def admit(self, commands: Sequence[Submit]) -> Admitted:
        """The commands, in order; those that do not fit say what they are answered where their ticket is not known."""
        admitted = Admitted(commands)
        for (site, submitter), found in groupby(commands, lambda command: (command.site, command.submitter)):
            lane, run = self._lane(site, submitter), list(found)
            jobs, size = len(run), sum(len(command.payload) for command in run)
            if lane.refusing(jobs, size, urgent=False) is not None:
                return self._one_by_one(commands, admitted)
            lane.take(jobs, size)
            admitted.taken.append((lane, jobs, size))
        return admitted

    def meters(self, sites: Iterable[str], submitter: str) -> list[Meter]:
        """All of them; those of these sites and of this submitter also where nothing was submitted yet."""
        for site in sites:
            self._lane(site, submitter)
        return list(self._meters.values())

    def retry_after_ms(self, meter: Meter) -> int:
        """What an ordinary job would be told; 0: it is let in."""
        if meter.gauge.fits(1):
            return 0
        return meter.retry_after_ms(1, self._latest_ms, self._now_ms())

    def per_second(self, meter: Meter) -> float:
        """How fast it drains."""
        return meter.drain.per_second(self._now_ms())

    # -- their parts -------------------------------------------------------------------------------------------

    def _one_by_one(self, commands: Sequence[Submit], begun: Admitted) -> Admitted:
        begun.settle(())
        admitted: list[Submit] = []
        taken: list[tuple[_Lane, int, int]] = []
        answers: dict[tuple[Meter, bool], Problem] = {}
        shut: list[tuple[Problem, Gauge]] = []
        for command in commands:
            lane = self._lane(command.site, command.submitter)
            size, urgent = len(command.payload), self.is_urgent(command)
            refusing = lane.refusing(1, size, urgent=urgent)
            if refusing is None:
                lane.take(1, size)
                taken.append((lane, 1, size))
                admitted.append(command)
                continue
            meter, amount = refusing
            was = meter.gauge.pushing
            meter.gauge.turn_away()
            busy = answers.get((meter, urgent))
            if busy is None:
                busy = answers[meter, urgent] = self._busy(meter, amount, urgent=urgent)
            if meter.gauge.pushing and not was:
                shut.append((busy, meter.gauge))
            admitted.append(evolve(command, busy=busy))
        told_ms = max((busy.retry_after_ms or 0 for busy in answers.values()), default=0)
        return Admitted(admitted, taken, told_ms, shut)

    def _busy(self, meter: Meter, amount: int, *, urgent: bool) -> Problem:
        whose = f" of {meter.of}" if meter.of else ""
        return Problem(
            "busy",
            f"The limit {meter.limit}{whose} is reached, nothing of this job was stored: submit it again after "
            "retry_after_ms.",
            retry_after_ms=meter.retry_after_ms(amount, self._latest_ms, self._now_ms(), urgent=urgent),
            details=(("limit", meter.limit), ("most", meter.gauge.marks.high)),
        )

    def _change(self, site: str, submitter: str, jobs: tuple[int, int], size: tuple[int, int]) -> None:
        lane, now_ms = self._lane(site, submitter), self._now_ms()
        for meters, (came, went) in ((lane.jobs, jobs), (lane.bytes, size)):
            if not came and not went:
                continue
            for meter in meters:
                meter.gauge.change(came, went)
                if went:
                    meter.drain.went(went, now_ms)

    def _lane(self, site: str, submitter: str) -> _Lane:
        lane = self._lanes.get((site, submitter))
        if lane is None:
            jobs, size = (
                (
                    self._meter(key, TOTAL),
                    self._meter(f"{key}_per_site", site),
                    self._meter(f"{key}_per_submitter", submitter),
                )
                for key in QUANTITIES
            )
            lane = self._lanes[site, submitter] = _Lane(jobs, size)
        return lane

    def _meter(self, limit: str, of: str) -> Meter:
        meter = self._meters.get((limit, of))
        if meter is None:
            limits = self._limits
            marks = Marks.at(getattr(limits, limit), limits.low_mark_percent, limits.urgent_reserve_percent)
            meter = self._meters[limit, of] = Meter(limit, of, Gauge(marks), Drain(self._now_ms()))
        return meter


class Admission:
    """The one way of submissions to the writer."""

    def __init__(self, pressure: Pressure, writer: Writer) -> None:
        self.pressure = pressure
        self._writer = writer

    def is_urgent(self, judged: Sequence[Submit | Problem]) -> bool:
        """Whether nothing in a message is ordinary: such a message goes first."""
        found = False
        for item in judged:
            if isinstance(item, Submit):
                if not self.pressure.is_urgent(item):
                    return False
                found = True
        return found

    def post(
        self, session: Session, commands: Sequence[Submit], done: Callable[[Sequence[Outcome] | StoreError], None],
        *, urgent: bool,
    ) -> None:  # fmt: skip
        """As Writer.post; `urgent`: all of them are."""
        admitted, came = self.pressure.admit(commands), trio.current_time()

        def settled(outcomes: Sequence[Outcome] | StoreError) -> None:
            admitted.settle(() if isinstance(outcomes, StoreError) else outcomes)
            if admitted.told_ms and not isinstance(outcomes, StoreError) and all(map(_is_busy, outcomes)):
                session.turned_away(admitted.told_ms, came)
            done(outcomes)

        posted: Sequence[Command] = admitted.commands
        self._writer.post(posted, settled, rank=URGENT if urgent else ORDINARY, source=session)


def _is_busy(outcome: Outcome) -> bool:
    return isinstance(outcome, Problem) and outcome.code == "busy"
