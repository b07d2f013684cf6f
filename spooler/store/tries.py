"""How often a job's card surely did not come out, and when it is enough (rules.retry).

A try is an intent that ended as `not-printed` for what its row of the table counts; its mark stands with the intent, so
that a spooler which begins anew forgets none. Whoever releases the job gives it all its tries again.
"""

from typing import Final

from spooler.model.ids import JobId
from spooler.model.job import Job, JobEvent, JobState

from .ledger import Facts
from .transaction import Transaction

#: The reason of a job that has had as many as it may.
USED_UP: Final = "tries-used-up"


def count_try(tx: Transaction, job: Job, printer: str, hold_at: int) -> Job:
    """Count the attempt that has just ended without a card; the job, held if that was the last one it had."""
    tx.sql.execute("UPDATE intents SET tried = 1 WHERE job = ? AND attempt = ?", (job.id, job.attempt))
    (tries,) = tx.row("SELECT count(*) FROM intents WHERE job = ? AND tried", (job.id,))
    if tries < hold_at:
        return job
    facts: Facts = {"actor": f"press:{printer}", "attempt": job.attempt}
    return tx.move(job, JobEvent.HELD, JobState.PENDING_HELD, facts, reason=USED_UP, printer=None)


def forget_tries(tx: Transaction, job: JobId) -> None:
    """Somebody has looked, and lets it try again."""
    tx.sql.execute("UPDATE intents SET tried = 0 WHERE job = ? AND tried", (job,))
