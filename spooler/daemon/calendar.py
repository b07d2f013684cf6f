"""The task that waits for dates: a held job's time, and the day on which a row of the policy table begins.

It sleeps until the next of them and is woken when a job is held until an earlier one, or when an officer has confirmed
the clock. While the clock is suspect nothing is released and nothing is ranked anew: it is the store that refuses, in
the same transaction in which it would have been done. The sleep is measured by another clock than the wall's, so it is
never longer than ten minutes; a step of the wall clock in it is found by the writer, before anything is released.
"""

from collections.abc import Sequence
from typing import Final

import structlog
import trio

from spooler.config import Config
from spooler.model.commands import Command
from spooler.model.holding import ReleaseDue
from spooler.model.localtime import from_local
from spooler.model.policy import ClassRow, Rerank, in_force, next_day
from spooler.model.stock import local_day
from spooler.store.contract import Applied, Store, StoreError

from .clock import Clock
from .lanes import Bell
from .reads import Reads
from .writer import Writer

log = structlog.get_logger()

#: Jobs in one transaction.
CHUNK: Final = 100
_LONGEST_SLEEP: Final = 600.0  # seconds
_AFTER_A_FAULT: Final = 10.0


class Calendar:
    """Releases what is due, and ranks waiting jobs anew when their class changes."""

    def __init__(self, config: Config, store: Store, reads: Reads, writer: Writer, clock: Clock) -> None:
        self._rows = config.priority_classes
        self._offset_hours = config.utc_offset_hours
        self._store = store
        self._reads = reads
        self._writer = writer
        self._clock = clock
        self._bell = Bell()
        self._suspect = store.clock_suspect
        self._ranked: dict[str, ClassRow] = {}

    def committed(self, applied: Applied) -> None:
        """Something changed: does it concern a date?"""
        if self._suspect != self._store.clock_suspect or any(job.hold_until_ms for job in applied.changed):
            if self._suspect != self._store.clock_suspect:
                self._suspect = self._store.clock_suspect
                self._ranked.clear()  # what was asked for meanwhile was not done
            self._bell.ring()

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            try:
                seconds = await self._turn()
            except StoreError as error:
                log.error("the store refuses what is due", error=str(error))
                seconds = _AFTER_A_FAULT
            with trio.move_on_after(seconds):
                await self._bell.wait()

    async def _turn(self) -> float:
        """Do what is due; the seconds until the next look."""
        wall = self._clock.wall_ms()  # one reading: what comes while this is done is due at the next look
        await self._all(ReleaseDue(CHUNK))
        today = local_day(wall, self._offset_hours * 3_600_000)
        if not self._store.clock_suspect:
            await self._rank(in_force(self._rows, today))
        due = [await self._reads.do(lambda reader: reader.next_due())]
        if (day := next_day(self._rows, today)) is not None:
            due.append(from_local(day, self._offset_hours))
        # what is due and still there waits for an officer's word on the clock
        waits = [at - wall for at in due if at is not None and at > wall]
        return min(_LONGEST_SLEEP, min(waits, default=_LONGEST_SLEEP * 1000) / 1000)

    async def _rank(self, rows: dict[str, ClassRow]) -> None:
        for name, row in rows.items():
            if self._ranked.get(name) != row:
                await self._all(Rerank(row, CHUNK))
                self._ranked[name] = row

    async def _all(self, command: ReleaseDue | Rerank) -> None:
        while await self._count(command) == command.limit:
            pass

    async def _count(self, command: Command) -> int:
        outcomes: Sequence[object] = await self._writer.do(command)
        count = outcomes[0]
        assert isinstance(count, int)
        return count
