"""Which jobs and entries concern a person, and what is held: reads for auditors.

A job's numbers stand in `persons` as keyed hashes: with `keys/spool.key` a number can be looked up, and without it
nobody can try out the few million NIKs of a city. Jobs that were stored before format 3 have no row there and are not
found. An entry names its job inside its body, which no index reaches: entries are looked for from the job's first
moment on, a stretch of the ledger at a time, in SQLite's own code.
"""

from collections.abc import Sequence
from typing import Final

import apsw
import msgpack

from spooler.model.ids import LENGTH, JobId
from spooler.model.privacy import Concern, PayloadHold
from spooler.model.site import Sites

from .contract import Entry
from .ledger import Older, read_entries
from .rows import codes, fetch

#: Positions of the ledger that one statement looks through: a longer one would keep the log from being written back.
STRETCH: Final = 50_000
#: Where a body names its job: the key, and the head of a text of 16. In a text it cannot stand, since no byte like the
#: last follows a letter in UTF-8.
_JOB: Final = b"\xa3job\xb0"


def read_concerns(sql: apsw.Cursor, hashed: bytes, after: str, limit: int, sites: Sites) -> list[Concern]:
    """Jobs of these sites with this hash by growing id, after an id."""
    rows = fetch(
        sql,
        "SELECT j.id, j.site, j.kind, j.state, j.submitted_ms, j.payload IS NOT NULL "
        "FROM persons p INDEXED BY persons_hash JOIN jobs j ON j.id = p.job "
        "WHERE p.hash = ?1 AND p.job > ?2 AND (?4 IS NULL OR j.site IN (SELECT value FROM json_each(?4))) "
        "ORDER BY p.job LIMIT ?3",
        (hashed, after, limit, codes(sites)),
    )
    return [Concern(job, site, kind, state, at_ms, bool(kept)) for job, site, kind, state, at_ms, kept in rows]


def read_holds(sql: apsw.Cursor, after: str, limit: int, sites: Sites) -> list[PayloadHold]:
    """Holds by growing job id, after an id; all reasons of a job stand together, so a page may be a little longer."""
    rows = fetch(
        sql,
        "SELECT h.job, j.site, j.kind, h.reason, h.actor, h.since_ms FROM payload_holds h JOIN jobs j ON j.id = h.job "
        "WHERE h.job IN (SELECT DISTINCT p.job FROM payload_holds p JOIN jobs s ON s.id = p.job WHERE p.job > ?1 "
        "AND (?3 IS NULL OR s.site IN (SELECT value FROM json_each(?3))) ORDER BY p.job LIMIT ?2) "
        "ORDER BY h.job, h.reason",
        (after, limit, codes(sites)),
    )
    return [PayloadHold(*row) for row in rows]


def read_entries_of(
    sql: apsw.Cursor, jobs: Sequence[JobId], after: int, since_ms: int, older: Older
) -> tuple[list[Entry], int | None]:
    """Entries of these jobs within one stretch after a position, and the position to go on from; None at the end.

    With `after` 0 the stretch begins at the first entry of `since_ms` or later. What lies in closed segments comes
    from `older`, a file at a time.
    """
    start = after or _position_at(sql, since_ms, older)
    ((first, last),) = fetch(sql, "SELECT coalesce(min(position), 1), coalesce(max(position), 0) FROM ledger")
    names = [_JOB + job.encode() for job in jobs]
    if start + 1 < first:
        closed = older(sql, start, STRETCH)
        if closed:
            entries = [entry for entry in closed if any(name in entry.body for name in names)]
            return entries, closed[-1].position if closed[-1].position < last else None
    end = min(start + STRETCH, last)
    found = fetch(
        sql,
        "SELECT position FROM ledger WHERE position > ? AND position <= ? "
        "AND substr(body, instr(body, ?) + ?, ?) IN (SELECT value FROM carray(?)) ORDER BY position",
        (start, end, _JOB, len(_JOB), LENGTH, apsw.carray(tuple(job.encode() for job in jobs))),
    )
    entries = [entry for (position,) in found for entry in read_entries(sql, position - 1, 1, older)]
    return entries, end if end < last else None


def _position_at(sql: apsw.Cursor, since_ms: int, older: Older) -> int:
    """The last position before `since_ms`, by halving: times never go back along the ledger."""
    ((low, high),) = fetch(sql, "SELECT 0, coalesce(max(position), 0) FROM ledger")
    while low < high:
        middle = (low + high + 1) // 2
        found = read_entries(sql, middle - 1, 1, older)
        if found and found[0].position == middle and msgpack.unpackb(found[0].body)[2] >= since_ms:
            high = middle - 1
        else:
            low = middle
    return int(low)
