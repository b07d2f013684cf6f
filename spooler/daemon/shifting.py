"""The ledger's entries of a part of a day, found by their times: spool time never goes back, so halving finds them.

It reads every site's entries of that time, some thousands in a city of twelve; a bound says so where it would be more.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgpack

from spooler.model.daysheet import Shift
from spooler.model.stock import local_day
from spooler.rules.shifts import Sums, Told, begins, by_shift, shifts
from spooler.store import Reader

#: Entries that one answer looks through.
MOST: Final = 200_000
_AT_ONCE: Final = 1000


class TooMuchError(Exception):
    """More was written in that time than one answer looks through."""


def shifts_of(
    reader: Reader, site: str, day: str, sums: Sums, changes: Sequence[str], offset_ms: int
) -> tuple[Shift, ...]:
    """A site's day by shifts; `sums`: the day's, of the book. Raises TooMuchError."""
    starts = (opened_ms(reader, site, day, offset_ms), *begins(day, changes, offset_ms)[1:])
    told = told_between(reader, starts[0], starts[-1])
    return shifts(sums, by_shift(told, site, day, offset_ms, starts), changes, starts[-1])


def opened_ms(reader: Reader, site: str, day: str, offset_ms: int) -> int:
    """From when on entries may stand in a day (UTC milliseconds): what happens after a day was signed is the next's."""
    (midnight,) = begins(day, (), offset_ms)
    signed = reader.book_day(site, local_day(midnight - 1, offset_ms)).closed_ms
    return midnight if signed is None else min(midnight, signed)


def told_between(reader: Reader, from_ms: int, until_ms: int) -> list[Told]:
    """All entries written from one time to another (UTC milliseconds), in order. Raises TooMuchError."""
    after, found = _first(reader, from_ms) - 1, list[Told]()
    while batch := reader.entries(after, _AT_ONCE):
        for entry in batch:
            at_ms, event, facts = _opened(entry.body)
            if at_ms >= until_ms:
                return found
            found.append(Told(at_ms, event, facts))
        if len(found) > MOST:
            raise TooMuchError
        after = batch[-1].position
    return found


def _first(reader: Reader, from_ms: int) -> int:
    """The position of the first entry that is not older."""
    low, high = 1, reader.head() + 1
    while low < high:
        middle = (low + high) // 2
        batch = reader.entries(middle - 1, 1)
        # a part of the ledger that is not kept any more lies before everything that is
        if not batch or _opened(batch[0].body)[0] < from_ms:
            low = middle + 1
        else:
            high = middle
    return low


def _opened(body: bytes) -> tuple[int, str, dict[str, Any]]:
    _, _, at_ms, event, facts = msgpack.unpackb(body)
    return at_ms, event, facts
