"""Counts by site and submitter, kept in the transaction that changes them: exact after any crash, read in one look.

A row for each pair that ever had a job, so the table is as small as the configuration. Counting at the start instead
would read every waiting job; `counts` (transaction.py) knows sites only, and no bytes.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import apsw

from spooler.model.load import Load, LoadChange

from .rows import fetch, insert

#: Format 4's. What an older spool holds is counted once.
TABLE: Final = """
CREATE TABLE loads (
    site TEXT, submitter TEXT,
    jobs INTEGER NOT NULL,           -- that have not ended
    bytes INTEGER NOT NULL,          -- of sealed payloads that are still there
    PRIMARY KEY (site, submitter)
) STRICT, WITHOUT ROWID;
INSERT INTO loads
    SELECT j.site, j.submitter, sum(j.state NOT IN ('completed', 'canceled', 'aborted')),
           sum(coalesce(length(p.sealed), e.length, 0))
    FROM jobs j LEFT JOIN payloads p ON p.id = j.payload LEFT JOIN extents e ON e.payload = j.payload
    GROUP BY j.site, j.submitter;
"""
#: Places in a row of `jobs`.
_SITE: Final = 5
_SUBMITTER: Final = 14


class Loads:
    """The changes of one transaction."""

    def __init__(self) -> None:
        # (site, submitter) -> jobs came, jobs went, bytes came, bytes went
        self._changes: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])

    def submitted(self, jobs: Sequence[tuple[Any, ...]], payloads: Sequence[tuple[int, bytes]]) -> None:
        """New rows of `jobs`, and the payload of each."""
        for job, (_, sealed) in zip(jobs, payloads, strict=True):
            change = self._changes[job[_SITE], job[_SUBMITTER]]
            change[0] += 1
            change[2] += len(sealed)

    def ended(self, site: str, submitter: str) -> None:
        """A job has ended."""
        self._changes[site, submitter][1] += 1

    def reopened(self, site: str, submitter: str) -> None:
        """A job that had ended waits again."""
        self._changes[site, submitter][0] += 1

    def shredded(self, site: str, submitter: str, size: int) -> None:
        """A payload of so many sealed bytes is gone."""
        self._changes[site, submitter][3] += size

    def moved(self, site: str, to: str, submitter: str, size: int) -> None:
        """A job that has not ended is another site's now, with its sealed payload of `size` bytes."""
        old, new = self._changes[site, submitter], self._changes[to, submitter]
        old[1] += 1
        old[3] += size
        new[0] += 1
        new[2] += size

    def write(self, sql: apsw.Cursor) -> tuple[LoadChange, ...]:
        """Add them to the table."""
        insert(
            sql,
            "loads",
            [(*key, n[0] - n[1], n[2] - n[3]) for key, n in self._changes.items()],
            "ON CONFLICT DO UPDATE SET jobs = jobs + excluded.jobs, bytes = bytes + excluded.bytes",
        )
        return tuple(LoadChange(*key, *change) for key, change in self._changes.items())


def sealed_bytes(sql: apsw.Cursor, job: str) -> int:
    """Of a job's payload; 0 once it is shredded."""
    ((size,),) = fetch(
        sql,
        "SELECT coalesce(length(p.sealed), e.length, 0) FROM jobs j LEFT JOIN payloads p ON p.id = j.payload "
        "LEFT JOIN extents e ON e.payload = j.payload WHERE j.id = ?",
        (job,),
    )
    return int(size)


def read_loads(sql: apsw.Cursor) -> list[Load]:
    """All of them."""
    return [Load(*row) for row in fetch(sql, "SELECT site, submitter, jobs, bytes FROM loads")]
