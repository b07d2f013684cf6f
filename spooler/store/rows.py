"""Rows of `jobs` as Job values: one list of columns, in the order of Job's attributes."""

from typing import Any, Final

import apsw

from spooler.model.job import Job, JobState

COLUMNS: Final = (
    "id, version, state, reason, kind, site, destination, printer, priority, band, rank, fair_start, "
    "flow, grp, submitter, number, attempt, intent_open, submitted_ms, changed_ms, evidence"
)
_STATE: Final = 2
_INTENT_OPEN: Final = 17


def fetch(sql: apsw.Cursor, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
    """All rows at once: no statement stays open, and rows are tuples whose types the query knows."""
    return sql.execute(query, values).fetchall()


def job_of(row: Any) -> Job:
    """A Job of a row that was selected with COLUMNS."""
    values = list(row)
    values[_STATE] = JobState(values[_STATE])
    values[_INTENT_OPEN] = bool(values[_INTENT_OPEN])
    return Job(*values)
