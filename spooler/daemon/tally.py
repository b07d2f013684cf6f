"""Who asks what: refusals become entries, reads are counted.

A refusal that a known principal gets for want of a right is an entry at once, but for a flood: each has some entries to
spend and gets one back a minute; what is beyond is counted. The counts of a day become one entry for each principal
when the day is over, or when the spooler stops. Views of personal data are entries of their own (store.people) and are
not counted here. What a crash loses is the counts since midnight: they are kept in memory, because a durable count
would make every read a write.
"""

from collections import Counter
from collections.abc import Callable, Collection
from typing import Final

import structlog
import trio

from spooler.model.access import NoteReads, NoteRefusal
from spooler.model.problem import Problem
from spooler.model.site import Principal
from spooler.rules.knocking import KnockPolicy, Knocks
from spooler.store.contract import StoreError

from .writer import Writer

log = structlog.get_logger()

#: Methods that only read, and tell nobody's data. What shows some is an entry of its own.
READS: Final = frozenset(
    {
        "cards", "day-sheet", "explain", "group", "job", "jobs", "ledger-head", "payload-holds", "printers",
        "restored", "sites", "stats", "stock", "watch",
    }
)  # fmt: skip
#: Entries of refusals that a principal may cause in a row, and how soon it may cause another.
BOUND: Final = KnockPolicy(most=20, every_ms=60_000)

#: (day, actor, via)
_Of = tuple[str, str, str | None]


class Tally:
    """Counts by principal: as many as the configuration has, with the officers that programs speak for."""

    def __init__(self, writer: Writer, today: Callable[[], str]) -> None:
        self._writer = writer
        self._today = today
        self._reads: Counter[_Of] = Counter()
        self._refusals: Counter[_Of] = Counter()
        self._bound = Knocks(BOUND)

    def asked(self, principal: Principal | None, method: str) -> None:
        """A request is carried out."""
        if principal is not None and method in READS:
            self._reads[self._today(), principal.name, principal.via] += 1

    def refused(self, principal: Principal | None, method: str, problem: Problem) -> None:
        """A request, or a job in it, was refused."""
        if principal is None or problem.code != "forbidden":
            return
        place, now = f"{principal.name} {principal.via}", int(trio.current_time() * 1000)
        if self._bound.wait_ms(place, now):
            self._refusals[self._today(), principal.name, principal.via] += 1
            return
        self._bound.failed(place, now)
        self._writer.post([NoteRefusal(principal.name, method, problem.code, principal.via)], _told)

    async def tend(self) -> None:
        """Write down the counts of days that are over. Raises StoreError, and then has them still."""
        today = self._today()
        await self._write({of for of in (*self._reads, *self._refusals) if of[0] != today})

    async def flush(self) -> None:
        """Write down all that was counted. Raises StoreError, and then has it still."""
        await self._write({*self._reads, *self._refusals})

    async def _write(self, counted: Collection[_Of]) -> None:
        notes = [
            NoteReads(name, day, self._reads[day, name, via], self._refusals[day, name, via], via)
            for day, name, via in sorted(counted, key=str)
        ]
        if not notes:
            return
        await self._writer.do(*notes)
        for note in notes:  # who asked meanwhile is counted on
            of = note.day, note.actor, note.via
            self._reads[of] -= note.reads
            self._refusals[of] -= note.refusals
        self._reads, self._refusals = +self._reads, +self._refusals


def _told(outcome: object) -> None:
    if isinstance(outcome, StoreError):
        log.error("a refusal could not be written down", error=str(outcome))
