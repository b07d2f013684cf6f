"""A doubt: what is known of a card of which nobody can say yet whether it came out."""

from attrs import frozen

from .ids import JobId


@frozen
class Doubt:
    """The last attempt of a job in `processing-stopped`. Times are UTC milliseconds."""

    job: JobId
    row: str  # of the verdict table
    attempt: int
    printer: str
    serial: str  # of the printer that was given the card
    counter_before: int | None  # None: it has no counter
    counter_after: int | None  # None: it has none, or did not answer any more
    intended_ms: int
    doubted_ms: int


@frozen
class View:
    """A command: somebody is shown what is sealed. Its entry is durable before it is shown."""

    job: JobId
    actor: str
    what: str  # "doubt" or "note"
