"""Who asks what: refusals become entries, reads are counted.

A refusal that a known principal gets for want of a right is an entry at once, but for a flood: each has some entries to
spend and gets one back a minute; what is beyond is counted. The counts of a day become one entry for each principal
when the day is over, or when the spooler stops. Views of personal data are entries of their own (store.people) and are
not counted here. What a crash loses is the counts since midnight: they are kept in memory, because a durable count
would make every read a write.
"""

from collections import Counter
from collections.abc import Callable
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
        "restored", "sites", "stock", "watch",
    }
)  # fmt: skip
#: Entries of refusals that a principal may cause in a row, and how soon it may cause another.
BOUND: Final = KnockPolicy(most=20, every_ms=60_000)

#: (actor, via)
_Who = tuple[str, str | None]


class Tally:
    """Counts by principal: as many as the configuration has, with the officers that programs speak for."""

    def __init__(self, writer: Writer, today: Callable[[], str]) -> None:
        self._writer = writer
        self._today = today
        self._day = today()
        self._reads: Counter[_Who] = Counter()
        self._refusals: Counter[_Who] = Counter()
        self._bound = Knocks(BOUND)

    def asked(self, principal: Principal | None, method: str) -> None:
        """A request is carried out."""
        if principal is not None and method in READS:
            self._reads[principal.name, principal.via] += 1

    def refused(self, principal: Principal | None, method: str, problem: Problem) -> None:
        """A request, or a job in it, was refused."""
        if principal is None or problem.code != "forbidden":
            return
        who = principal.name, principal.via
        place, now = f"{principal.name} {principal.via}", int(trio.current_time() * 1000)
        if self._bound.wait_ms(place, now):
            self._refusals[who] += 1
            return
        self._bound.failed(place, now)
        self._writer.post([NoteRefusal(principal.name, method, problem.code, principal.via)], _told)

    async def tend(self) -> None:
        """Write down the counts of a day that is over. Raises StoreError, and then has them still."""
        if self._today() != self._day:
            await self.flush()

    async def flush(self) -> None:
        """Write down what was counted. Raises StoreError, and then has it still."""
        day, self._day = self._day, self._today()
        reads, self._reads = self._reads, Counter()
        refusals, self._refusals = self._refusals, Counter()
        people = sorted({*reads, *refusals}, key=str)
        notes = [NoteReads(who[0], day, reads[who], refusals[who], who[1]) for who in people]
        if not notes:
            return
        try:
            await self._writer.do(*notes)
        except StoreError:
            self._reads += reads
            self._refusals += refusals
            raise


def _told(outcome: object) -> None:
    if isinstance(outcome, StoreError):
        log.error("a refusal could not be written down", error=str(outcome))
