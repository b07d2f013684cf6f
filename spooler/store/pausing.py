"""Pauses of printers and sites, and which jobs of a lane are urgent.

A pause is one row, however many jobs wait behind it; jobs are not touched. Urgent jobs of the normal band are found in
an index of their own, which only jobs above the normal priority enter: one look for each priority that there is, never
a walk over those that must wait.
"""

from collections.abc import Sequence
from typing import Final

import apsw

from spooler.model.commands import Command
from spooler.model.gate import PAUSE_REASONS, Pause, Paused, SetPause
from spooler.model.job import Job
from spooler.model.site import printer_destination, site_destination

from .ledger import Facts
from .rows import COLUMNS, fetch, job_of
from .transaction import Handler, Transaction

_URGENT: Final = (
    "jobs INDEXED BY jobs_urgent WHERE state = 'pending' AND priority > 50 AND destination = ? AND kind = ?"
)


def set_pause(tx: Transaction, c: SetPause) -> Paused:
    """Pause it, with another reason where it is paused already, or let it go on. What is so already has no entry.

    Raises ValueError for a reason that is not of the closed list.
    """
    if c.reason is not None and c.reason not in PAUSE_REASONS:
        raise ValueError("a pause has a reason of the closed list")
    what = site_destination(c.site) if c.printer is None else printer_destination(c.printer)
    found = tx.row("SELECT reason FROM pauses WHERE what = ?", (what,))
    if c.reason != (None if found is None else found[0]):
        facts: Facts = {"actor": c.actor, "site": c.site}
        if c.printer is not None:
            facts["printer"] = c.printer
        if c.reason is None:
            tx.sql.execute("DELETE FROM pauses WHERE what = ?", (what,))
            tx.draft.add("resumed", facts)
        else:
            tx.sql.execute("INSERT OR REPLACE INTO pauses VALUES (?, ?, ?, ?)", (what, c.reason, c.actor, tx.now))
            tx.draft.add("paused", facts | {"reason": c.reason})
    return Paused(read_pauses(tx.sql))


# -- looking -----------------------------------------------------------------------------------------------------


def read_pauses(sql: apsw.Cursor) -> dict[str, Pause]:
    """By destination."""
    return {what: Pause(*rest) for what, *rest in fetch(sql, "SELECT what, reason, actor, since_ms FROM pauses")}


def read_urgent(sql: apsw.Cursor, lane: tuple[str, str], least: int, limit: int) -> list[Job]:
    """The first pending jobs of a lane, (destination, kind), that are express or of priority `least` or above (more
    than 50), by their place in the order."""
    found = fetch(
        sql,
        f"SELECT {COLUMNS} FROM jobs INDEXED BY jobs_pending WHERE state = 'pending' AND destination = ? AND kind = ? "
        "AND band = 0 ORDER BY band, rank, id LIMIT ?",
        (*lane, limit),
    )
    while (priority := _next_priority(sql, lane, least)) is not None:
        found += fetch(
            sql, f"SELECT {COLUMNS} FROM {_URGENT} AND priority = ? ORDER BY band, rank, id LIMIT ?",
            (*lane, priority, limit),
        )  # fmt: skip
        least = priority + 1
    jobs = {job.id: job for job in map(job_of, found)}
    return sorted(jobs.values(), key=lambda job: job.key)[:limit]


def _next_priority(sql: apsw.Cursor, lane: tuple[str, str], least: int) -> int | None:
    rows: Sequence[tuple[int | None]] = fetch(
        sql, f"SELECT min(priority) FROM {_URGENT} AND priority >= ?", (*lane, least)
    )
    return rows[0][0]


HANDLERS: Final[dict[type[Command], Handler]] = {SetPause: set_pause}
