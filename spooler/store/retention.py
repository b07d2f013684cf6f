"""Retention: how long a payload outlives its job, by how the job ended and of what kind it is.

Kinds with periods of their own have a *class* of their own: payloads that are to go at about the same time lie under
one bucket key, so that few keys must be wrapped anew when the bucket ends. A bucket's number is the first millisecond
of its hour plus the number of its class, which the store gives a kind once and for ever; class 0 is all other kinds.
A changed period counts for what is stored already, too: payloads are judged by the periods of today.
"""

from collections.abc import Mapping
from typing import Final

import apsw
from attrs import field, frozen

from spooler.model.job import JobState

from .rows import fetch

#: How long one bucket key is used: law 6's hour.
BUCKET_MS: Final = 3_600_000
#: Classes that there may be: far more than kinds, and below the milliseconds of a bucket.
_CLASSES: Final = 1000


@frozen
class Keep:
    """Milliseconds after the end of a job, by its final state."""

    completed_ms: int
    canceled_ms: int
    aborted_ms: int

    def of(self, state: str) -> int:
        """For one of the final states."""
        if state == JobState.COMPLETED:
            return self.completed_ms
        return self.canceled_ms if state == JobState.CANCELED else self.aborted_ms


@frozen
class Retention:
    """How long payloads stay after their job ended."""

    completed_ms: int  # printed: for a reprint after a failed inspection
    failed_ms: int  # canceled, aborted; where these two have no period of their own
    canceled_ms: int | None = None
    aborted_ms: int | None = None
    kinds: Mapping[str, Keep] = field(factory=dict)  # kinds with periods of their own

    def keep(self, kind: str) -> Keep:
        """The periods of a kind."""
        own = self.kinds.get(kind)
        if own is not None:
            return own
        canceled = self.failed_ms if self.canceled_ms is None else self.canceled_ms
        aborted = self.failed_ms if self.aborted_ms is None else self.aborted_ms
        return Keep(self.completed_ms, canceled, aborted)

    def bucket(self, now_ms: int, number: int) -> int:
        """The bucket of a class at a time."""
        return now_ms - now_ms % BUCKET_MS + number

    def ends(self, bucket: int) -> int:
        """When nothing more is put under it."""
        return self.bucket(bucket, 0) + BUCKET_MS


def read_classes(sql: apsw.Cursor, retention: Retention) -> dict[str, int]:
    """kind -> number of its class, of the kinds with one; new ones are given theirs. ValueError past _CLASSES."""
    classes: dict[str, int] = dict(fetch(sql, "SELECT kind, number FROM retention_classes"))
    for kind in sorted(retention.kinds.keys() - classes.keys()):
        number = classes[kind] = len(classes) + 1
        if number >= _CLASSES:
            raise ValueError("too many retention classes for one spool")
        sql.execute("INSERT INTO retention_classes VALUES (?, ?)", (kind, number))
    return {kind: classes[kind] for kind in retention.kinds}
