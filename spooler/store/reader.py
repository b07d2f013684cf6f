"""Committed state, over a connection of its own: SQLite's log lets readers go on while the writer commits.

Every answer is bounded by the caller and found by an index; `heads` walks the order as it is stored, so neither its
time nor its memory depends on how long the queue is.
"""

from collections.abc import Sequence
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import Any, Final

from spooler.model.card import Card, CardState
from spooler.model.ids import JobId
from spooler.model.job import Content, Job
from spooler.model.verdict import Intent

from . import ledger
from .contract import LATEST_CARDS, Entry, StoreError
from .errors import disk_errors
from .hashes import Hashes
from .keys import KeyGoneError, KeyRing
from .rows import COLUMNS, fetch, job_of
from .schema import connect
from .seal import unpack_payload, unseal

HEADS: Final = (
    f"SELECT {COLUMNS} FROM jobs INDEXED BY jobs_pending WHERE state = 'pending' AND destination = ? AND kind = ? "
    "AND (band, rank, id) > (?, ?, ?) ORDER BY band, rank, id LIMIT ?"
)
_JOB_COLUMNS: Final = ", ".join(f"j.{column.strip()}" for column in COLUMNS.split(","))
_FIRST: Final = (-1, -(1 << 62), "")
#: The filters of `query`, the one that leaves fewest first: its index is walked, the others are tested on the way.
_FILTERS: Final = (
    ("group", "grp", "jobs_group"),
    ("state", "state", "jobs_state"),
    ("submitter", "submitter", "jobs_submitter"),
    ("site", "site", "jobs_site"),
)


class EmbeddedReader:
    """Reader of contract.py. For one thread at a time."""

    def __init__(self, database: Path, keys: KeyRing, spool_key: bytes) -> None:
        with disk_errors():
            self._db = connect(str(database), readonly=True)
        self._sql = self._db.cursor()
        self._keys = keys
        self._hashes = Hashes(spool_key)

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    def _rows(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with disk_errors():
            return fetch(self._sql, query, values)

    def jobs(self, ids: Sequence[JobId]) -> list[Job | None]:
        """By id, in the order asked for."""
        found = (self._rows(f"SELECT {COLUMNS} FROM jobs WHERE id = ?", (job,)) for job in ids)
        return [job_of(rows[0]) if rows else None for rows in found]

    def by_ticket(self, submitter: str, ticket: str) -> Job | None:
        """The job of a ticket, while its record lives."""
        rows = self._rows("SELECT job FROM tickets WHERE hash = ?", (self._hashes.ticket(submitter, ticket),))
        return self.jobs([rows[0][0]])[0] if rows else None

    def query(
        self, *, site: str | None, state: str | None, submitter: str | None, group: str | None,
        after: JobId | None, limit: int,
    ) -> list[Job]:  # fmt: skip
        """Jobs by growing id, filtered, after an id: paging."""
        asked = {"site": site, "state": state, "submitter": submitter, "group": group}
        used = [(column, index, asked[name]) for name, column, index in _FILTERS if asked[name] is not None]
        tests = "".join(f" AND {column} = ?" for column, _, _ in used)
        index = f"INDEXED BY {used[0][1]}" if used else ""
        rows = self._rows(
            f"SELECT {COLUMNS} FROM jobs {index} WHERE id > ?{tests} ORDER BY id LIMIT ?",
            (after or "", *(value for _, _, value in used), limit),
        )
        return [job_of(row) for row in rows]

    def heads(
        self, destination: str, kinds: Sequence[str], after: tuple[int, int, JobId] | None, limit: int
    ) -> list[Job]:
        """Pending jobs of a destination and these kinds, lowest (band, rank, id) first, after a key."""
        start = _FIRST if after is None else after
        walks = [
            [job_of(row) for row in self._rows(HEADS, (destination, kind, *start, limit))]
            for kind in dict.fromkeys(kinds)
        ]
        return list(islice(merge(*walks, key=lambda job: job.key), limit))

    def content(self, job: JobId) -> Content | None:
        """The opened payload, or None once it is shredded."""
        for _ in range(2):
            rows = self._rows(
                "SELECT p.sealed, j.wrapped, j.bucket FROM jobs j JOIN payloads p ON p.id = j.payload WHERE j.id = ?",
                (job,),
            )
            if not rows:
                return None
            sealed, wrapped, bucket = rows[0]
            try:
                with disk_errors():
                    key = self._keys.bucket(bucket)
            except KeyGoneError:
                continue  # the writer moved the job's key to another bucket meanwhile: look again
            return unpack_payload(unseal(sealed, wrapped, job.encode(), key))
        raise StoreError(
            f"The key file keys/bucket-{bucket}.key is missing: put it back, or cancel job {job} and submit it anew."
        )

    def open_intents(self, printer: str) -> list[Intent]:
        """Intents without a final verdict: neither printed nor not-printed, nor resolved."""
        rows = self._rows(
            "SELECT job, copy, attempt, printer, epoch, serial, counter, at_ms FROM intents "
            "WHERE outcome IS NULL AND printer = ? ORDER BY at_ms, job",
            (printer,),
        )
        return [Intent(*row) for row in rows]

    def cards(self, job: JobId) -> list[Card]:
        """The blanks that a job used, in the order of its attempts."""
        rows = self._rows(
            "SELECT job, copy, attempt, state, stock, printer, serial, at_ms FROM cards WHERE job = ? "
            "ORDER BY copy, attempt",
            (job,),
        )
        return [_card(row) for row in rows]

    def latest_cards(self, site: str, limit: int) -> list[tuple[Card, Job]]:
        """The latest blanks that jobs of a site used, the newest first, with their jobs."""
        rows = self._rows(
            f"SELECT c.job, c.copy, c.attempt, c.state, c.stock, c.printer, c.serial, c.at_ms, {_JOB_COLUMNS} FROM "
            "(SELECT * FROM cards ORDER BY job DESC, copy DESC, attempt DESC LIMIT ?) c "
            "CROSS JOIN jobs j ON j.id = c.job WHERE j.site = ? "
            "ORDER BY c.job DESC, c.copy DESC, c.attempt DESC LIMIT ?",
            (LATEST_CARDS, site, limit),
        )
        return [(_card(row[:8]), job_of(row[8:])) for row in rows]

    def counts(self) -> dict[tuple[str, str], int]:
        """(site, state) -> jobs; only where there are any."""
        return {(site, state): n for site, state, n in self._rows("SELECT site, state, n FROM counts WHERE n > 0")}

    def head(self) -> int:
        """The position of the last entry; 0 for an empty ledger."""
        return int(self._rows("SELECT coalesce(max(position), 0) FROM ledger")[0][0])

    def entries(self, after: int, limit: int) -> list[Entry]:
        """Ledger entries after a position."""
        with disk_errors():
            return ledger.read_entries(self._sql, after, limit)

    def cursor(self, position: int) -> str:
        """The opaque cursor that stands for a position. Raises ValueError for one that does not exist."""
        with disk_errors():
            return ledger.make_cursor(self._sql, position)

    def position(self, cursor: str) -> int | None:
        """The position of a cursor, or None if it is not of this ledger. The empty cursor is the beginning."""
        with disk_errors():
            return ledger.find_cursor(self._sql, cursor)


def _card(row: Any) -> Card:
    """A Card of a row of `cards`."""
    job, copy, attempt, state, *rest = row
    return Card(job, copy, attempt, CardState(state), *rest)
