"""Who stands in whose place: the links between a job and its reprint, and the right that goes over with them.

An authorisation belongs to one job at a time. A reprint takes it over when it is there; when it ends without a card
the job before has it again (transaction.py).
"""

from typing import Any

from attrs import frozen

from spooler.model.commands import Submit
from spooler.model.ids import JobId
from spooler.model.job import Job, JobEvent, next_state
from spooler.model.problem import Problem

from .ledger import Facts
from .transaction import Transaction


@frozen
class Opening:
    """A reprint that was ordered and has no job yet."""

    old: Job
    n: int
    reason: str
    awaits: bool  # nobody else has approved it yet


def open_reprint(tx: Transaction, old: JobId) -> tuple[Any, ...] | None:
    """(n, reason, awaits) of the job's reprint that waits for a submission."""
    row: tuple[Any, ...] | None = tx.row(
        "SELECT n, reason, awaits AND approver IS NULL FROM reprints WHERE old = ? AND new IS NULL", (old,)
    )
    return row


def find_opening(tx: Transaction, s: Submit, authorisation: bytes | None) -> Opening | Problem:
    """The opening that a submission fills, or why it fills none."""
    assert s.reprint_of is not None
    old = tx.job(s.reprint_of)
    row = None if old is None else open_reprint(tx, old.id)
    if old is None or row is None or old.submitter != s.submitter:
        return Problem(
            "no-reprint", "No reprint is open in the place of such a job of yours: an officer orders it first.",
            "reprint_of",
        )  # fmt: skip
    if (old.kind, old.site) != (s.kind, s.site):
        return Problem("bad-value", f"A reprint has the first job's kind and site: {old.kind}, {old.site}.", "kind")
    (first,) = tx.row("SELECT authorisation FROM jobs WHERE id = ?", (old.id,))
    if first != authorisation:
        return Problem("bad-value", "A reprint stands under the first job's authorisation.", "authorisation")
    n, reason, awaits = row
    return Opening(old, n, reason, bool(awaits))


def link(tx: Transaction, opening: Opening, new: Job, facts: Facts) -> Job:
    """Both ways, and the authorisation with it. Returns the old job as it is now."""
    old = opening.old
    state = next_state(old.state, JobEvent.REPRINTED, intent_open=old.intent_open)
    assert state is not None, "only a job that ended with a card is reprinted"
    tx.sql.execute("UPDATE reprints SET new = ? WHERE old = ? AND n = ?", (new.id, old.id, opening.n))
    tx.sql.execute(
        "UPDATE authorisations SET job = ?, site = ?, state = NULL "
        "WHERE job = ? AND hash = (SELECT authorisation FROM jobs WHERE id = ?)",
        (new.id, new.site, old.id, old.id),
    )
    return tx.move(
        old, JobEvent.REPRINTED, state, facts | {"why": opening.reason, "reprinted_by": new.id},
        reason=old.reason, detail=old.detail, reprinted_by=new.id,
    )  # fmt: skip
