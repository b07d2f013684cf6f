"""Reprints: one more card under an authorisation, ordered by an officer and linked both ways (law 3).

Who may order one is the daemon's rule (rules.reprints); here stands what only the transaction knows: that the job is
as it was seen, that no other reprint of it is under way, and how many the officer has ordered today.

The new job is made from the old one's sealed payload, under a key of its own, as long as there is one; else the
reprint is open, and the application submits a job that names it. The officer's note is sealed with the new job's key
and shredded with it; so an open reprint takes none.
"""

from typing import Final

from spooler.model.card import CardState
from spooler.model.commands import Command, Submit
from spooler.model.ids import JobId
from spooler.model.job import Job, JobEvent, JobState, next_state
from spooler.model.order import Place
from spooler.model.problem import Problem
from spooler.model.reprint import NOTE_LONGEST, REPRINT_REASONS, Approve, Reprint

from .contract import StoreError
from .keys import KeyGoneError
from .ledger import Facts
from .lifecycle import STALE, TOO_LATE, seen
from .links import Opening, link, open_reprint
from .payloads import find
from .seal import seal_note, unseal
from .submit import Run
from .transaction import RESTORED, Handler, Transaction


def reprint(tx: Transaction, c: Reprint) -> Job | Problem:
    """The new job, or the old one with its reprint open. Raises ValueError for a reason that is not of the list."""
    if c.reason not in REPRINT_REASONS or (c.note is not None and not 0 < len(c.note) <= NOTE_LONGEST):
        raise ValueError("a reprint has a reason of the closed list, and a bounded note")
    reason = REPRINT_REASONS[c.reason]
    job = seen(tx, c.job, c.version)
    if isinstance(job, Problem):
        return job
    is_spoiled = _is_spoiled(tx, job.id)
    if next_state(job.state, JobEvent.REPRINTED, intent_open=job.intent_open) is None or is_spoiled is None:
        return Problem("no-reprint", "The job has no card: a reprint stands in the place of one.", "id")
    if reason.spoiled != is_spoiled:
        return STALE  # what was to be said of it before this order was not said, or is not true any more
    problem = _under_way(tx, job) or _too_many(tx, c, job)
    if problem is not None:
        return problem
    payload = None if reason.new_data else _payload(tx, job.id)
    if payload is None and c.note is not None:
        return Problem(
            "bad-value", "The job's data is gone, or the new is still to come: a note cannot be sealed with it.", "note"
        )
    (n,) = tx.row("SELECT coalesce(max(n), 0) + 1 FROM reprints WHERE old = ?", (job.id,))
    tx.sql.execute(
        "INSERT INTO reprints VALUES (?, ?, NULL, ?, ?, ?, ?, ?, ?, ?, NULL)",
        (job.id, n, c.reason, int(reason.spoiled), c.actor, job.site, c.day, tx.now, int(c.awaits)),
    )
    opening = Opening(job, n, c.reason, c.awaits)
    if payload is None:
        facts: Facts = {"actor": c.actor, "why": c.reason}
        return tx.move(job, JobEvent.REPRINT_OPENED, job.state, facts, reason=job.reason, detail=job.detail)
    return _print_again(tx, c, opening, payload)


def _print_again(tx: Transaction, c: Reprint, opening: Opening, payload: bytes) -> Job:
    old = opening.old
    stock, share_ms, authorisation = tx.row("SELECT stock, share_ms, authorisation FROM jobs WHERE id = ?", (old.id,))
    hold = "awaits-approval" if c.awaits else None
    if tx.spool.restored_ms is not None:  # like every submission: what was printed since the copy nobody knows
        hold = RESTORED
    again = Submit(
        submitter=old.submitter, ticket="", kind=old.kind, stock=stock, site=old.site, destination=old.destination,
        priority=old.priority, band=old.band, flow=old.flow, group=old.group, authorisation=None, payload=payload,
        label=c.label, day=c.day, cost_ms=share_ms, printers=1,
        hold=hold, reprint_of=old.id,
    )  # fmt: skip
    run = Run(tx, [again])
    new = run.again(again, authorisation, Place(old.fair_start, old.rank), opening.n)
    run.write()
    link(tx, opening, new, {"actor": c.actor})
    tx.sql.execute("INSERT INTO persons SELECT ?, about, hash FROM persons WHERE job = ?", (new.id, old.id))
    if c.note is not None:
        wrapped, bucket = tx.row("SELECT wrapped, bucket FROM jobs WHERE id = ?", (new.id,))
        sealed = seal_note(c.note, wrapped, new.id.encode(), tx.means.keys.bucket(bucket))
        tx.sql.execute("INSERT INTO notes VALUES (?, ?)", (new.id, sealed))
    return new


def approve(tx: Transaction, c: Approve) -> Job | Problem:
    """Another person agrees: the second card goes to its queue, unless it is held for something else too.

    Where the application has not submitted it yet, the open reprint is approved, and the answer is the old job.
    """
    job = seen(tx, c.job, c.version)
    if isinstance(job, Problem):
        return job
    row = tx.row(
        "SELECT old, n, actor FROM reprints WHERE awaits AND approver IS NULL "
        "AND (new = ?1 OR (old = ?1 AND new IS NULL))",
        (job.id,),
    )
    if row is None or (job.id != row[0] and job.state is not JobState.PENDING_HELD):
        return TOO_LATE
    old, n, actor = row
    if actor == c.actor:
        return Problem("forbidden", "Two persons are needed: another one than who ordered the reprint must approve it.")
    tx.sql.execute("UPDATE reprints SET approver = ? WHERE old = ? AND n = ?", (c.actor, old, n))
    if job.state is JobState.PENDING_HELD and job.reason == "awaits-approval":
        return tx.move(job, JobEvent.APPROVED, JobState.PENDING, {"actor": c.actor}, reason=None)
    return tx.move(job, JobEvent.APPROVED, job.state, {"actor": c.actor})


def _is_spoiled(tx: Transaction, job: JobId) -> bool | None:
    """How the job's latest card is, as rules.reprints.is_spoiled has it; None: it has none."""
    row = tx.row(
        "SELECT state = ? OR stage IS NOT NULL FROM cards WHERE job = ? ORDER BY copy DESC, attempt DESC LIMIT 1",
        (CardState.SPOILED, job),
    )
    return None if row is None else bool(row[0])


def _under_way(tx: Transaction, job: Job) -> Problem | None:
    """Each reprint opens one card: while one is under way, or has led to a card, the next is of that one."""
    if open_reprint(tx, job.id) is not None:
        return Problem("no-reprint", "A reprint of this job is open: submit a job that names it in reprint_of.", "id")
    holder = tx.row(
        "SELECT a.job, a.site, a.state FROM jobs j JOIN authorisations a ON a.hash = j.authorisation WHERE j.id = ?",
        (job.id,),
    )
    if holder is not None and holder[0] != job.id:
        other, site, state = holder
        return Problem(
            "no-reprint", f"Job {other} stands under this authorisation now: follow that one, or reprint that.", "id",
            details=(("id", other), ("site", site), *((("state", state),) if state is not None else ())),
        )  # fmt: skip
    newer = None if job.reprinted_by is None else tx.job(job.reprinted_by)
    if newer is None or (newer.state in (JobState.CANCELED, JobState.ABORTED) and _is_spoiled(tx, newer.id) is None):
        return None
    return Problem(
        "no-reprint", f"The job was reprinted by job {newer.id}: follow that one, or reprint that.", "id",
        details=(("id", newer.id), ("site", newer.site), ("state", newer.state.value)),
    )  # fmt: skip


def _too_many(tx: Transaction, c: Reprint, job: Job) -> Problem | None:
    if c.limit is None:
        return None
    (ordered,) = tx.row(
        "SELECT count(*) FROM reprints WHERE spoiled AND actor = ? AND site = ? AND day = ?", (c.actor, job.site, c.day)
    )
    if ordered < c.limit:
        return None
    return Problem(
        "reprint-limit", f"You have ordered {ordered} replacements here today, which is the limit: ask a supervisor.",
        details=(("limit", c.limit),),
    )  # fmt: skip


def _payload(tx: Transaction, job: JobId) -> bytes | None:
    """The old job's payload in clear, for no longer than it takes to seal it again; None once nothing opens it."""
    try:
        found = find(tx.sql, tx.means.files.read, job)
        if found is None:
            return None
        sealed, wrapped, bucket = found
        return unseal(sealed, wrapped, job.encode(), tx.means.keys.bucket(bucket))
    except (KeyGoneError, StoreError):  # one job's lost data is no reason to refuse what its neighbours asked
        return None


HANDLERS: Final[dict[type[Command], Handler]] = {Reprint: reprint, Approve: approve}
