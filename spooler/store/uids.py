"""The numbers of the chips in cards: told by who encodes or checks them, for a job's latest card.

One number is in one card. The same number for another card is refused and is an incident: a blank was booked twice, or
somebody held the wrong card to the reader. A wrong number is put right by telling the right one.

A chip tells its number to any reader, so with the job beside it a card found in the street leads to a job. That link is
therefore in this table alone, not in the ledger, whose entries say that a number was told and for which card.

Limit: a blank has no record before its card has come out, so a number cannot be told before that.
"""

from typing import Final

from spooler.model.card import NoteSameChip, TellUid
from spooler.model.commands import Command
from spooler.model.job import Job
from spooler.model.problem import Problem
from spooler.model.stock import is_uid, local_day

from .ledger import Facts
from .lifecycle import seen
from .stock import day_for, incident
from .transaction import Handler, Transaction


def tell_uid(tx: Transaction, c: TellUid) -> Job | Problem:
    """The job, as it is: this is about its card."""
    if not is_uid(c.uid):
        return Problem("bad-value", "A chip's number is 8 to 20 capital hexadecimal digits.", "uid")
    job = seen(tx, c.job, c.version)
    if isinstance(job, Problem):
        return job
    row = tx.row("SELECT attempt FROM cards WHERE job = ? ORDER BY attempt DESC LIMIT 1", (job.id,))
    if row is None:
        return Problem("too-late", "Only a card that has come out has a chip to tell of.", "id")
    facts: Facts = {"actor": c.actor, "job": job.id, "attempt": row[0]}
    known = tx.row("SELECT job, attempt FROM card_uids WHERE uid = ?", (c.uid,))
    if known is not None:
        if known == (job.id, row[0]):
            return job
        return Problem(
            "conflict", f"Job {known[0]} has a card with this chip already: look at both cards.", "uid",
            details=(("id", known[0]),),
        )  # fmt: skip
    tx.sql.execute("DELETE FROM card_uids WHERE job = ? AND attempt = ?", (job.id, row[0]))
    tx.sql.execute("INSERT INTO card_uids VALUES (?, ?, ?)", (c.uid, job.id, row[0]))
    tx.draft.add("uid-told", facts | {"site": job.site, "kind": job.kind})
    return job


def note_same_chip(tx: Transaction, c: NoteSameChip) -> bool:
    """An incident, as a refusal leaves nothing behind; whether it is one."""
    job = tx.job(c.job)
    known = tx.row("SELECT job FROM card_uids WHERE uid = ?", (c.uid,))
    if job is None or known is None:
        return False
    day, _ = day_for(tx, job.site, local_day(tx.now, tx.means.offset_ms))
    incident(tx, job.site, day, "same-chip", {"actor": c.actor, "job": job.id, "other": known[0]})
    return True


HANDLERS: Final[dict[type[Command], Handler]] = {TellUid: tell_uid, NoteSameChip: note_same_chip}
