"""What the ledger says of asking itself: refusals, and how often somebody read."""

from attrs import frozen


@frozen
class NoteRefusal:
    """Somebody asked for what he may not do. `method` and `code` are the protocol's words."""

    actor: str
    method: str
    code: str
    via: str | None = None  # the application through which he asked


@frozen
class NoteReads:
    """What somebody did on a day without changing anything: reads, and refusals that have no entry of their own."""

    actor: str
    day: str  # local, "2026-01-05"
    reads: int
    refusals: int = 0
    via: str | None = None
