"""Shredding: what is due is deleted, and then made unreadable by destroying the key of its hour.

Deleting a row leaves its bytes in the log, in free pages and in every copy of the file. So a bucket whose hour is
over is ended as soon as something in it was shredded and only few keys are still needed: those few are wrapped by
the present bucket, that is committed, and only then is the old key file destroyed. `doomed`, committed with the new
wraps, says that the file may go; a crash between leaves it set, and the next opening destroys the file.

One Shred deletes and wraps at most a bounded number, so that the writer is never held up for long; what is left is
for the next one. A bucket with more live keys than that waits until they grow fewer.
"""

from typing import Final

from spooler.model.commands import Shred
from spooler.model.job import JobState

from .keys import KeyGoneError
from .rows import fetch
from .seal import rewrap
from .submit import note_wrapped
from .transaction import Transaction

SHRED_AT_MOST: Final = 1000  # payloads in one Shred
REWRAP_AT_MOST: Final = 1000  # keys in one Shred


def shred(tx: Transaction, _: Shred) -> bool:
    """Whether it was allowed: not while the clock is suspect."""
    if tx.spool.clock_suspect:
        return False
    retention = tx.means.retention
    room = SHRED_AT_MOST
    for state, keep_ms in (
        (JobState.COMPLETED, retention.completed_ms),
        (JobState.CANCELED, retention.failed_ms),
        (JobState.ABORTED, retention.failed_ms),
    ):
        room -= _delete_payloads(tx, state, tx.now - keep_ms, room)
    _end_buckets(tx)
    return True


def _delete_payloads(tx: Transaction, state: JobState, ended_until: int, room: int) -> int:
    rows = fetch(
        tx.sql,
        "SELECT id, site, kind, payload, bucket FROM jobs INDEXED BY jobs_due WHERE payload IS NOT NULL "
        "AND state IN ('completed', 'canceled', 'aborted') AND state = ? AND changed_ms <= ? LIMIT ?",
        (state, ended_until, room),
    )
    many = tx.sql.executemany
    many("UPDATE jobs SET payload = NULL, bucket = NULL, wrapped = NULL WHERE id = ?", [(row[0],) for row in rows])
    many("DELETE FROM payloads WHERE id = ?", [(row[3],) for row in rows])
    many("DELETE FROM notes WHERE job = ?", [(row[0],) for row in rows])
    many("UPDATE buckets SET live = live - 1 WHERE start = ?", [(row[4],) for row in rows])
    for job, site, kind, _, _ in rows:
        tx.draft.add("shredded", {"job": job, "site": site, "kind": kind, "state": state})
    return len(rows)


def _end_buckets(tx: Transaction) -> None:
    room = REWRAP_AT_MOST
    ended = fetch(
        tx.sql,
        "SELECT start, live FROM buckets WHERE ends <= ? AND NOT doomed AND live < sealed AND live <= ? ORDER BY live",
        (tx.now, room),
    )
    for start, live in ended:
        if live > room:
            break
        if live and not _move_keys(tx, start):
            continue
        room -= live
        tx.sql.execute("UPDATE buckets SET live = 0, doomed = 1 WHERE start = ?", (start,))
        tx.doomed = True


def _move_keys(tx: Transaction, start: int) -> bool:
    """Wrap the live keys of a bucket anew. False where its file is lost: there is nothing to open them with."""
    keys = tx.means.keys
    try:
        old = keys.bucket(start)
    except KeyGoneError:
        return False
    present = tx.now - tx.now % tx.means.retention.bucket_ms
    new = keys.ensure_bucket(present)
    rows = fetch(tx.sql, "SELECT id, wrapped FROM jobs WHERE payload IS NOT NULL AND bucket = ?", (start,))
    tx.sql.executemany(
        "UPDATE jobs SET bucket = ?, wrapped = ? WHERE id = ?",
        [(present, rewrap(wrapped, job.encode(), old, new), job) for job, wrapped in rows],
    )
    note_wrapped(tx, present, len(rows))
    return True
