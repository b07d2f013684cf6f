"""What people ask of jobs that wait: another place in the order, another queue."""

from attrs import frozen

from .ids import JobId
from .override import NOT_GIVEN


@frozen
class Reorder:
    """Another priority: the rank is made anew from the parts that were stored with the job, so its age stays."""

    job: JobId
    version: int
    actor: str
    priority: int  # 1 … 100
    why: str = NOT_GIVEN  # a word of model.override


@frozen
class Express:
    """Into the express band, or out of it. The rank stays; a job that is there already is left as it is."""

    job: JobId
    version: int
    actor: str
    express: bool
    why: str  # a word of model.override


@frozen
class Move:
    """To another destination, at the same site or at another one. It keeps its band and its age.

    `share_ms`: expected machine time of its card there, over the printers that share the destination.
    """

    job: JobId
    version: int
    actor: str
    site: str
    destination: str
    share_ms: int


@frozen
class Standing:
    """Where a job that waits stands, read at one moment. Milliseconds are the queue's clock: see model.order."""

    ahead: int  # jobs that go before it at the printers that may print it
    machine_ms: int  # their expected machine time, each over the printers that share it
    capped: bool  # more go before it than were counted
    clock: int  # of its queue
    v: int
    express: int = 0  # of those that go before it, how many are in the express band


@frozen
class GroupState:
    """How far a group has come: jobs by state, at the sites that were asked for."""

    states: dict[str, int]
    sites: tuple[str, ...]
