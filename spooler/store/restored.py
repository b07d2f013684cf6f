"""The restored state in the store: what begins it, what it holds, and how a supervisor takes the holds away.

A store that went back in time may be wrong about everything that had not ended in the copy: a pending job may have
been printed, on any printer, and an open intent may have been settled and followed by others. So each such job waits,
an open intent becomes a doubt whatever the counter says now, and new submissions wait too: an application that asks
again for what it lost is not known as the first asker. What ended in the copy stays as it ended.

Two things protect the authorisation of a job that waits: it stays spent when the job is canceled (nobody knows whether
its card exists), and an officer's `no-card` to a doubt of the copy makes the job wait and not print.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import apsw

from spooler.model.card import CardState
from spooler.model.commands import Command
from spooler.model.ids import JobId
from spooler.model.job import Job, JobEvent, JobState
from spooler.model.problem import Problem
from spooler.model.restored import Cause, EndRestored, FoundPrinted, ReleaseRestored, Restored, Tally
from spooler.model.site import Sites

from . import counters
from .ledger import Facts
from .lifecycle import awaits_approval, book_card, seen
from .postings import post_card
from .queueing import relocate
from .rows import COLUMNS, codes, fetch, job_of
from .transaction import ACTOR, RESTORED, Handler, Transaction

HOLD_AT_MOST: Final = 1000  # jobs in one transaction
_STATES: Final = (JobState.PENDING_HELD, JobState.PENDING, JobState.PROCESSING)
#: An intent that made a card moved the counter by one. A spoiled one may not have: then one card too many is looked
#: for, which is the safe side.
_COUNTERS: Final = """
    INSERT INTO restored_counters
    SELECT serial, printer, counter + coalesce(outcome IN ('printed', 'resolved-printed'), 0), max(at_ms) FROM intents
    WHERE counter IS NOT NULL GROUP BY serial
"""
_TALLIES: Final = """
    SELECT r.printer, r.serial, r.counter, r.at_ms,
           coalesce(sum(i.at_ms >= ?1 AND i.outcome <> 'found-printed'), 0),
           coalesce(sum(i.at_ms < ?1 OR i.outcome = 'found-printed'), 0)
    FROM restored_counters r
    LEFT JOIN cards c ON c.serial = r.serial AND c.at_ms >= ?1
    LEFT JOIN intents i ON i.job = c.job AND i.attempt = c.attempt
    GROUP BY r.serial ORDER BY r.printer, r.serial
"""
_GONE: Final = Problem("too-late", "The job does not wait for a comparison after a restore: look at its state.")


# -- the beginning -----------------------------------------------------------------------------------------------


def note_cause(sql: apsw.Cursor, cause: Cause, copied_ms: int | None) -> None:
    """The state begins, in the transaction of the opening that found it out; a state that was open gives way to it."""
    sql.execute("UPDATE restores SET ended_ms = (SELECT last_ms FROM spool) WHERE ended_ms IS NULL")
    sql.execute("INSERT INTO restores (cause, copied_ms, held) VALUES (?, ?, 0)", (cause, copied_ms))


def unfinished(sql: apsw.Cursor) -> bool:
    """Whether jobs are still to be held: at once after `note_cause`, or after a crash in the middle."""
    return bool(fetch(sql, "SELECT 1 FROM restores WHERE ended_ms IS NULL AND NOT held"))


def began_ms(sql: apsw.Cursor) -> int | None:
    """Since when the state lasts; None where the store trusts itself."""
    rows = fetch(sql, "SELECT began_ms FROM restores WHERE ended_ms IS NULL")
    return rows[0][0] if rows else None


def tell(tx: Transaction) -> None:
    """The first of the transactions that hold: the entry, and what the copy knew of the counters."""
    (cause, copied_ms, began) = tx.row("SELECT cause, copied_ms, began_ms FROM restores WHERE ended_ms IS NULL", ())
    if began is not None:
        return
    facts: Facts = {"cause": cause}
    if copied_ms is not None:
        facts["copied_ms"] = copied_ms
    tx.draft.add("restore-began", facts)
    tx.sql.execute("UPDATE restores SET began_ms = ? WHERE ended_ms IS NULL", (tx.now,))
    tx.sql.execute("DELETE FROM restored_counters")
    tx.sql.execute(_COUNTERS)
    tx.spool.restored_ms = tx.now


def pages(sql: apsw.Cursor) -> Iterator[list[Job]]:
    """All jobs that have not ended and do not wait yet, a transaction's worth at a time."""
    for state in _STATES:
        after = ""
        while page := fetch(
            sql,
            f"SELECT {COLUMNS} FROM jobs INDEXED BY jobs_state WHERE state = ? AND id > ? "
            "AND reason IS NOT 'restored' ORDER BY id LIMIT ?",
            (state, after, HOLD_AT_MOST),
        ):
            after = page[-1][0]
            yield [job_of(row) for row in page]


def hold(tx: Transaction, jobs: Sequence[Job]) -> None:
    """Jobs of the copy that had not ended: they wait, and an open intent becomes a doubt."""
    for job in jobs:
        if job.intent_open:
            facts: Facts = {"actor": ACTOR, "attempt": job.attempt, "row": RESTORED}
            stopped = JobState.PROCESSING_STOPPED
            tx.move(job, JobEvent.DOUBTED, stopped, facts, reason="inspect-card", evidence=RESTORED, intent_open=True)
        else:
            tx.hold_restored(job)


def finish(tx: Transaction) -> None:
    """Every job of the copy waits."""
    tx.sql.execute("UPDATE restores SET held = 1 WHERE ended_ms IS NULL")


# -- a supervisor's answers --------------------------------------------------------------------------------------


def release(tx: Transaction, c: ReleaseRestored) -> Job | Problem:
    """The job goes to its queue, at its old rank."""
    job = _waiting(tx, c)
    if isinstance(job, Problem):
        return job
    if awaits_approval(tx, job):  # the second person is asked for all the same
        held = JobState.PENDING_HELD
        return tx.move(job, JobEvent.RELEASED, held, {"actor": c.actor}, reason="awaits-approval", detail=None)
    return tx.move(job, JobEvent.RELEASED, JobState.PENDING, {"actor": c.actor}, reason=None, detail=None)


def found_printed(tx: Transaction, c: FoundPrinted) -> Job | Problem:
    """The job has ended, its authorisation stays spent, and its blank is booked where it was used."""
    job = _waiting(tx, c)
    if isinstance(job, Job) and c.moved is not None:
        job = relocate(tx, job, c.moved)
    if isinstance(job, Problem):
        return job
    attempt = job.attempt + 1
    # the lost one's place: inspections and corrections find a card by its intent
    tx.sql.execute(
        "INSERT INTO intents (job, attempt, copy, printer, epoch, serial, at_ms, outcome) "
        "VALUES (?, ?, 1, ?, ?, ?, ?, ?)",
        (job.id, attempt, c.printer, tx.epoch(c.printer), c.serial, tx.now, JobEvent.FOUND_PRINTED),
    )
    facts: Facts = {"actor": c.actor, "attempt": attempt}
    facts |= book_card(tx, job.id, attempt, CardState.PRINTED, {})
    posting = post_card(tx, job, attempt, None, CardState.PRINTED, facts)
    moved = tx.move(
        job, JobEvent.FOUND_PRINTED, JobState.COMPLETED, facts, reason=None, detail=None, attempt=attempt,
        printer=c.printer, evidence=RESTORED,
    )  # fmt: skip
    if posting is not None:
        posting.write(tx, actor=c.actor)
        counters.credit(tx, "sure", c.serial)
    return moved


def end(tx: Transaction, c: EndRestored) -> bool | Problem:
    """New jobs are printed again as they come; those that were submitted meanwhile wait on. False: nothing to end."""
    since = tx.spool.restored_ms
    if since is None:
        return False
    held, _, doubts = _waiting_counts(tx.sql, since)
    if held or doubts:
        return Problem(
            "unsettled",
            f"{held} jobs of the copy wait for a supervisor and {doubts} cards for a look: answer for each first.",
            details=(("held", held), ("doubts", doubts)),
        )
    for reading in c.readings:
        facts: Facts = {
            "actor": c.actor, "printer": reading.printer, "serial": reading.serial, "known": reading.known,
            "counter": reading.counter, "own": reading.own, "found": reading.found,
            "unexplained": reading.unexplained,
        }  # fmt: skip
        tx.draft.add("counter-compared", facts)
    tx.draft.add("restore-ended", {"actor": c.actor})
    tx.sql.execute("UPDATE restores SET ended_ms = ? WHERE ended_ms IS NULL", (tx.now,))
    tx.spool.restored_ms = None
    return True


def _waiting(tx: Transaction, c: ReleaseRestored | FoundPrinted) -> Job | Problem:
    job = seen(tx, c.job, c.version)
    if isinstance(job, Problem):
        return job
    return job if job.state is JobState.PENDING_HELD and job.reason == RESTORED else _GONE


HANDLERS: Final[dict[type[Command], Handler]] = {
    ReleaseRestored: release,
    FoundPrinted: found_printed,
    EndRestored: end,
}


# -- readings ----------------------------------------------------------------------------------------------------


def read_restored(sql: apsw.Cursor, sites: Sites = None) -> Restored | None:
    """The state as it stands, or None. Walks the cards and the jobs that wait: a second for a million of them."""
    rows = fetch(sql, "SELECT cause, copied_ms, began_ms FROM restores WHERE ended_ms IS NULL AND began_ms NOT NULL")
    if not rows:
        return None
    cause, copied_ms, since = rows[0]
    tallies = tuple(Tally(*row) for row in fetch(sql, _TALLIES, (since,)))
    return Restored(Cause(cause), copied_ms, since, *_waiting_counts(sql, since, sites), tallies)


def read_waiting(sql: apsw.Cursor, after: JobId | None, limit: int) -> list[Job]:
    """Jobs that wait for a supervisor, by growing id, after an id."""
    rows = fetch(
        sql,
        f"SELECT {COLUMNS} FROM jobs INDEXED BY jobs_state WHERE state = 'pending-held' AND id > ? "
        "AND reason = 'restored' ORDER BY id LIMIT ?",
        (after or "", limit),
    )
    return [job_of(row) for row in rows]


def _waiting_counts(sql: apsw.Cursor, since: int, sites: Sites = None) -> tuple[int, int, int]:
    """(jobs of the copy that wait, jobs submitted since that wait, doubts of the copy)."""
    ((held, later),) = fetch(
        sql,
        "SELECT coalesce(sum(submitted_ms < ?1), 0), coalesce(sum(submitted_ms >= ?1), 0) "
        "FROM jobs INDEXED BY jobs_state WHERE state = 'pending-held' AND reason = 'restored' "
        "AND (?2 IS NULL OR site IN (SELECT value FROM json_each(?2)))",
        (since, codes(sites)),
    )
    ((doubts,),) = fetch(
        sql,
        "SELECT count(*) FROM intents i INDEXED BY intents_open JOIN jobs j ON j.id = i.job WHERE i.outcome IS NULL "
        "AND i.at_ms < ?1 AND (?2 IS NULL OR j.site IN (SELECT value FROM json_each(?2)))",
        (since, codes(sites)),
    )
    return held, later, doubts
