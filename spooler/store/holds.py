"""Legal holds, and the entries that say who asked about persons: what auditors do in the store.

A hold is a job and a reason, so that lifting one authority's hold leaves another's alone. What is held is passed over
by shred.py and wrapped anew when its bucket ends, like every live payload.
"""

from typing import Final

from spooler.model.commands import Command
from spooler.model.privacy import HOLD_REASONS, HoldPayload, NoteBreachReport, NoteSearch, ReleasePayload
from spooler.model.problem import Problem

from .transaction import Handler, Transaction

_UNKNOWN: Final = Problem("unknown-job", "There is no such job: check the id.", "id")


def hold(tx: Transaction, c: HoldPayload) -> bool | Problem:
    """Keep it; refused for a payload that is gone already. Raises ValueError for a reason that is none."""
    if c.reason not in HOLD_REASONS:
        raise ValueError("a payload is held for a reason of the closed list")
    found = tx.row("SELECT site, kind, payload IS NOT NULL FROM jobs WHERE id = ?", (c.job,))
    if found is None:
        return _UNKNOWN
    site, kind, kept = found
    if not kept:
        return Problem("too-late", "The job's data has been destroyed already: there is nothing to hold.", "id")
    if tx.row("SELECT 1 FROM payload_holds WHERE job = ? AND reason = ?", (c.job, c.reason)) is None:
        tx.sql.execute("INSERT INTO payload_holds VALUES (?, ?, ?, ?)", (c.job, c.reason, c.actor, tx.now))
        facts = {"actor": c.actor, "job": c.job, "kind": kind, "reason": c.reason, "site": site}
        tx.draft.add("payload-held", facts)
    return True


def release(tx: Transaction, c: ReleasePayload) -> bool | Problem:
    """Lift one reason; refused where it does not hold the job."""
    found = tx.row("SELECT site, kind FROM jobs WHERE id = ?", (c.job,))
    if found is None:
        return _UNKNOWN
    if tx.row("DELETE FROM payload_holds WHERE job = ? AND reason = ? RETURNING 1", (c.job, c.reason)) is None:
        return Problem("bad-value", "The job's data is not held for this reason: see payload-holds.", "reason")
    site, kind = found
    tx.draft.add("payload-released", {"actor": c.actor, "job": c.job, "kind": kind, "reason": c.reason, "site": site})
    return True


def note_search(tx: Transaction, c: NoteSearch) -> bool:
    """Who searched by which number, and how much was found."""
    tx.draft.add("person-sought", {"about": c.about, "actor": c.actor, "hits": c.hits})
    return True


def note_breach_report(tx: Transaction, c: NoteBreachReport) -> bool:
    """Who had a report made of what."""
    tx.draft.add("breach-reported", {"actor": c.actor, "at_ms": c.at_ms, "jobs": c.jobs, "site": c.site})
    return True


HANDLERS: Final[dict[type[Command], Handler]] = {
    HoldPayload: hold,
    ReleasePayload: release,
    NoteSearch: note_search,
    NoteBreachReport: note_breach_report,
}
