"""Rows and SQL: `jobs` as Job values, and many rows at once.

SQLite gives Python's lock up and takes it again for every step of a statement, and while another thread is busy each
of these can cost a whole switch interval. So what the hot path reads or writes goes in few large statements: rows are
inserted up to 128 at a time, and look-ups hand a whole list over.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from typing import Any, Final

import apsw

from spooler.model.job import Job, JobState
from spooler.model.site import Sites

COLUMNS: Final = (
    "id, version, state, reason, kind, site, destination, printer, priority, band, rank, fair_start, "
    "flow, grp, submitter, number, attempt, intent_open, submitted_ms, changed_ms, evidence, detail, "
    "reprint_of, reprinted_by, class, hold_until_ms"
)
_STATE: Final = 2
_INTENT_OPEN: Final = 17
#: Rows in one INSERT: each list needs few of these, and all their statements stay prepared, which apsw does not do for
#: a text of more than 16 KB.
_CHUNKS: Final = (128, 64, 32, 16, 8, 4, 2, 1)


def fetch(sql: apsw.Cursor, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
    """All rows at once: no statement stays open, and rows are tuples whose types the query knows."""
    return sql.execute(query, values).fetchall()


def codes(sites: Sites) -> str | None:
    """Sites as a value for SQL: `?n IS NULL OR site IN (SELECT value FROM json_each(?n))` keeps a list to them."""
    return None if sites is None else json.dumps(sites)


@contextmanager
def snapshot(sql: apsw.Cursor) -> Iterator[None]:
    """All reads of the block see one committed state."""
    sql.execute("BEGIN")
    try:
        yield
    finally:
        sql.execute("COMMIT")


def insert(sql: apsw.Cursor, table: str, rows: Sequence[tuple[Any, ...]], otherwise: str = "") -> None:
    """Insert whole rows; `otherwise`: an ON CONFLICT clause."""
    done = 0
    for chunk in _CHUNKS:
        while len(rows) - done >= chunk:
            part = rows[done : done + chunk]
            sql.execute(_insertion(table, len(part[0]), chunk, otherwise), tuple(chain.from_iterable(part)))
            done += chunk


@cache
def _insertion(table: str, columns: int, rows: int, otherwise: str) -> str:
    row = f"({','.join('?' * columns)})"
    # ROLLBACK, not ABORT: a transaction is thrown away whole when anything fails, so SQLite need not keep a journal of
    # each statement
    return f"INSERT OR ROLLBACK INTO {table} VALUES {','.join([row] * rows)} {otherwise}"


def job_of(row: Any) -> Job:
    """A Job of a row that was selected with COLUMNS."""
    values = list(row)
    values[_STATE] = JobState(values[_STATE])
    values[_INTENT_OPEN] = bool(values[_INTENT_OPEN])
    return Job(*values)
