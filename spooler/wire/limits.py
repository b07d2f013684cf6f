"""The bounds of the wire (law 4): what one message and one job may cost, whoever sends it.

A sender's bytes are cheap and the objects they decode to are not: an announced array is allocated before its elements
arrive, and an empty map of one byte becomes an object of some 80. So lengths, nesting and the number of values are
counted by their headers, before anything is made of them (spooler.ext.scan), and the largest message is bounded in
both: 16 MiB of bytes and 262,144 values.

5,000 jobs in a message of 5 MB, each of 16 values and 1 kB, take 10 MB once decoded. An array of 5,120 announced
within each of the levels that nesting allows takes 0.6 MB. Without a bound on nesting the parser's own, 1,024, was
measured to let 15 MB of small texts grow to 350 MB in arrays of that length.
"""

from typing import Final

from attrs import frozen

KIB = 1024
MIB = 1024 * KIB

#: Limits of the whole spooler that a sender meets, under the names that the config's [limits] has for them.
CONFIGURED: Final = (
    "max_connections", "unanswered_in_total", "unanswered_bytes_per_connection", "unanswered_bytes_in_total",
    "queued_jobs", "queued_jobs_per_site", "queued_jobs_per_submitter",
    "spool_bytes", "spool_bytes_per_site", "spool_bytes_per_submitter",
    "low_mark_percent", "urgent_priority", "urgent_reserve_percent", "retry_after_max_seconds", "watch_tail",
)  # fmt: skip


@frozen
class Limits:
    """What the protocol accepts; `hello` tells them to the client."""

    max_message: int = 16 * MIB  # bytes; beyond these four the connection closes
    max_values: int = 262_144  # array elements, map entries and containers in one message
    max_array: int = 5120  # elements; a little more than max_jobs, which is refused politely
    max_map: int = 256  # entries
    max_depth: int = 16  # arrays and maps within each other; no message of ours has more than eight
    max_jobs: int = 5000  # in one submit
    max_ticket: int = 128  # characters
    max_name: int = 128  # characters of any other identifier: site, kind, group, flow, authorisation, application …
    max_text: int = 2000  # characters of one field, token or cursor
    max_photo: int = MIB  # bytes
    max_signature: int = 256 * KIB  # bytes
    max_wait_ms: int = 60_000
    max_page: int = 1000  # jobs in one answer of `jobs`
    watch_batch: int = 256  # entries in one notification
    unanswered: int = 256  # requests of one connection under way; beyond them the server stops reading

    def as_wire(self) -> dict[str, int]:
        """The map that `hello` answers with."""
        return {
            "message_bytes": self.max_message,
            "message_values": self.max_values,
            "array": self.max_array,
            "map": self.max_map,
            "depth": self.max_depth,
            "jobs": self.max_jobs,
            "ticket": self.max_ticket,
            "name": self.max_name,
            "text": self.max_text,
            "photo_bytes": self.max_photo,
            "signature_bytes": self.max_signature,
            "wait_ms": self.max_wait_ms,
            "page": self.max_page,
            "watch_batch": self.watch_batch,
            "unanswered": self.unanswered,
        }
