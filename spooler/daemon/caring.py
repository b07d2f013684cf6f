"""A printer's care at work: what the rules make of its model, its config, its figures and the cards it has made.

The cards since this morning are read from the store once for all printers, so that a restart forgets no duty; from
then on each press counts its own. Seconds are trio's: a wall clock that jumps begins no rest anew and ends none; only
the day's change is the wall clock's.
"""

from typing import Final

import trio

from spooler.model.care import Care
from spooler.model.printer import Facts
from spooler.model.reasons import worst_first
from spooler.model.stock import day_end, local_day
from spooler.rules.care import advice, ready
from spooler.rules.duty import Tally, count, enough, unused

from .clock import Clock
from .reads import Reads

_DAY_MS: Final = 86_400_000


class Diary:
    """The cards of all printers, as the store has them."""

    def __init__(self, reads: Reads, clock: Clock, offset_ms: int) -> None:
        """`offset_ms`: the sites' local time, from UTC."""
        self._reads = reads
        self._clock = clock
        self._offset_ms = offset_ms
        self._reading = trio.Lock()
        self._begun: dict[str, list[int]] | None = None

    def day(self) -> str:
        """The sites' local date."""
        return local_day(self._clock.wall_ms(), self._offset_ms)

    async def tally(self, printer: str, care: Care) -> Tally:
        """What a printer has made so far. Raises StoreError."""
        now_ms, now = self._clock.wall_ms(), trio.current_time()
        async with self._reading:
            if self._begun is None:
                morning = day_end(local_day(now_ms, self._offset_ms), self._offset_ms) - _DAY_MS
                # a row of cards may have begun before midnight
                since = min(morning, now_ms - _DAY_MS // 2)
                self._begun = dict(await self._reads.do(lambda reader: reader.cards_begun(since)))
        tally = Tally()
        for at_ms in self._begun.get(printer, ()):
            ago = max(0, now_ms - at_ms) / 1000
            tally = count(tally, care, now - ago, local_day(at_ms, self._offset_ms))
        return tally


class Caretaker:
    """One printer's care."""

    def __init__(self, printer: str, care: Care, diary: Diary) -> None:
        self._printer = printer
        self._care = care
        self._diary = diary
        self._tally: Tally | None = None

    async def begin(self) -> None:
        """Take up what the store knows, once. Raises StoreError."""
        if self._tally is None:
            self._tally = await self._diary.tally(self._printer, self._care)

    def made(self) -> None:
        """A card was begun, and nobody is sure that there is none."""
        self._tally = count(self._known, self._care, trio.current_time(), self._diary.day())

    @property
    def _known(self) -> Tally:
        return self._tally or Tally()

    def blocking(self, facts: Facts) -> tuple[str, ...]:
        """Why it must not be given a card now, the worst first."""
        rest = enough(self._known, self._care, trio.current_time(), self._diary.day())
        return worst_first({*ready(facts, self._care), *filter(None, (rest,))})

    def shown(self, facts: Facts) -> tuple[str, ...]:
        """Everything that is to be said of it: what it reports, what blocks it, and advice."""
        idle = ("idle-too-long",) if unused(self._known, self._care, trio.current_time()) else ()
        return worst_first({*facts.reasons, *self.blocking(facts), *advice(facts, self._care), *idle})
