"""Shredding: what is due is deleted, and then made unreadable by destroying the key of its hour.

Deleting a row leaves its bytes in the log, in free pages and in every copy of the file. So a bucket whose hour is
over is ended as soon as something in it was shredded and only few keys are still needed: those few are wrapped by
the present bucket, that is committed, and only then is the old key file destroyed. `doomed`, committed with the new
wraps, says that the file may go; a crash between leaves it set, and the next opening destroys the file.

One Shred deletes and wraps at most a bounded number, so that the writer is never held up for long; what is left is
for the next one. A bucket with more live keys than that waits until they grow fewer. So a `shredded` entry says that
the payload is gone from the live database, and the `bucket-destroyed` of the bucket that it names, that no stale copy
opens any more.

Payloads under a legal hold (holds.py) are passed over, however long they are due. Segments of large payloads are
emptied in the same steps (payloads.py).
"""

from typing import Final

from spooler.model.commands import Shred
from spooler.model.job import JobState

from .contract import StoreError
from .keys import KeyGoneError
from .payloads import compact, delete
from .rows import fetch
from .seal import rewrap
from .submit import note_wrapped
from .transaction import Transaction

SHRED_AT_MOST: Final = 1000  # payloads in one Shred
REWRAP_AT_MOST: Final = 5000  # keys in one Shred: 10 ms of the writer for each thousand

_ENDED: Final = "payload IS NOT NULL AND state IN ('completed', 'canceled', 'aborted')"
#: The kinds that have ended payloads: one look into the index for each, however many payloads there are.
_KINDS_DUE: Final = f"""
    WITH RECURSIVE due(kind) AS (
        SELECT min(kind) FROM jobs INDEXED BY jobs_due WHERE {_ENDED}
        UNION ALL
        SELECT (SELECT min(kind) FROM jobs INDEXED BY jobs_due WHERE {_ENDED} AND kind > due.kind)
        FROM due WHERE due.kind IS NOT NULL
    )
    SELECT kind FROM due WHERE kind IS NOT NULL
"""


def shred(tx: Transaction, _: Shred) -> bool:
    """Whether it was allowed: not while the clock is suspect."""
    if tx.spool.clock_suspect:
        return False
    room = SHRED_AT_MOST
    for (kind,) in fetch(tx.sql, _KINDS_DUE):
        keep = tx.means.retention.keep(kind)
        for state in (JobState.COMPLETED, JobState.CANCELED, JobState.ABORTED):
            room -= _delete_payloads(tx, kind, state, tx.now - keep.of(state), room)
    _end_buckets(tx)
    compact(tx)
    return True


def _delete_payloads(tx: Transaction, kind: str, state: JobState, ended_until: int, room: int) -> int:
    rows = fetch(
        tx.sql,
        f"SELECT id, site, payload, bucket, submitter FROM jobs INDEXED BY jobs_due WHERE {_ENDED} "
        "AND kind = ? AND state = ? AND changed_ms <= ? "
        "AND NOT EXISTS (SELECT 1 FROM payload_holds h WHERE h.job = jobs.id) LIMIT ?",
        (kind, state, ended_until, room),
    )
    many = tx.sql.executemany
    many("UPDATE jobs SET payload = NULL, bucket = NULL, wrapped = NULL WHERE id = ?", [(row[0],) for row in rows])
    sizes = delete(tx, [row[2] for row in rows])
    many("DELETE FROM notes WHERE job = ?", [(row[0],) for row in rows])
    many("UPDATE buckets SET live = live - 1 WHERE start = ?", [(row[3],) for row in rows])
    for job, site, payload, bucket, submitter in rows:
        tx.loads.shredded(site, submitter, sizes.get(payload, 0))
        tx.draft.add("shredded", {"job": job, "site": site, "kind": kind, "state": state, "bucket": bucket})
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
    """Wrap the live keys of a bucket anew. False where its file is lost or damaged: that shuts its own jobs, and must
    not keep everybody else's data from being destroyed."""
    keys = tx.means.keys
    retention = tx.means.retention
    present = retention.bucket(tx.now, start - retention.bucket(start, 0))
    new = keys.ensure_bucket(present)
    rows = fetch(tx.sql, "SELECT id, wrapped FROM jobs WHERE payload IS NOT NULL AND bucket = ?", (start,))
    try:
        old = keys.bucket(start)
        wraps = [(present, rewrap(wrapped, job.encode(), old, new), job) for job, wrapped in rows]
    except (KeyGoneError, StoreError):
        return False
    tx.sql.executemany("UPDATE jobs SET bucket = ?, wrapped = ? WHERE id = ?", wraps)
    note_wrapped(tx, present, len(rows))
    return True
