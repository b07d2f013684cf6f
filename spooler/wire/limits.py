"""The bounds of the wire (law 4): what one message and one job may cost, whoever sends it.

A sender's bytes are cheap and the objects they decode to are not: an announced array is allocated before its elements
arrive, and an empty map of one byte becomes an object of some 80. So a message is bounded in bytes and in values, and
announced arrays, nested as deep as the parser goes (1,024), take half of what one message of full length takes.

What remains: values are counted when the array or map around them ends. A message that nests 1,000 arrays and ends
none of them was measured to hold 90 MB for 5 MB sent; that is the worst found, and it ends with the connection.
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
    max_values: int = 65_536  # array elements, map entries and containers in one message
    max_array: int = 1024  # elements; a little more than max_jobs, which is refused politely
    max_map: int = 256  # entries
    max_jobs: int = 1000  # in one submit
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
