"""Where a job stands in its queue, and how far the queue has come: what order rules and store hand each other.

A *queue* is all jobs that compete for the same printers: a site's. Its times are milliseconds of its own clock, which
counts expected machine time: it moves with each card begun and stands still at night, in a jam and over a holiday. On
the wall clock a night would use up the patience of every job that waits, and the next morning's walk-ins would stand
behind the rest of yesterday's batch.
"""

from attrs import frozen

from .hot import hot


@hot
class Place:
    """What the order rule answers for one new job, in milliseconds of the queue's clock."""

    fair_start: int
    rank: int


@frozen
class Progress:
    """How far a queue has come; kept with the queue and stored with each claim."""

    clock: int = 0  # machine time begun so far
    v: int = 0  # greatest fair start begun

    def begun(self, fair_start: int, share_ms: int) -> "Progress":
        """After a card has begun. `share_ms`: its expected machine time, divided by the printers of the queue."""
        return Progress(self.clock + share_ms, max(self.v, fair_start))

    def rested(self) -> "Progress":
        """Nothing is pending: v catches up, so that whoever comes next has the whole patience before it."""
        return Progress(self.clock, max(self.v, self.clock))
