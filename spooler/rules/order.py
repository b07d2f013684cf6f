"""Order: who is printed next (DESIGN.md 4). Start-time fair queueing with a bound on how long one is overtaken.

    key        = (band, rank, id), lowest first
    rank       = fair start - (priority - 50) * ms_per_priority
    fair start = max(v, now - patience, tail + cost / (weight * printers))

v is the greatest fair start that the queue has begun; tail the greatest of the same flow's still pending jobs and of
the last card that it has begun. So a batch spreads out one card's time apart, a newcomer starts beside the card in the
printer, and whoever cancels leaves no debt, because a tail is only ever read from jobs that stand or were begun.
Without the last card begun, a counter that hands in one job after the other would have no tail, start beside the last
card each time, and leave nothing for a batch (tests/test_rules_shares.py). Two flows share evenly until a batch has
waited its patience; from then on newcomers stand behind it: that is the bound. Not mended: where some of a flow's jobs
are canceled or held in the midst of it, the rest keep their distances, and the flow takes less for that stretch. The
idea is Goyal, Vin and Cheng, "Start-time Fair Queuing" (SIGCOMM 1996); the floor `now - patience` is ours: without it,
newcomers could overtake for ever.

All times are integer milliseconds of the queue's own clock (model.order), never of the wall.

The defaults were chosen with bench/order_day.py (40 s a card, 30 % walk-ins):
- patience 40 h, a working week of one printer. It must cover what others take while a batch is printed: the group of
  2,000 takes 31.5 h, of which 9.3 h go to others. With 4 h the walk-ins of the third day waited 83 min in the median,
  behind the group. Without a bound, the group would wait for as long as walk-ins keep all printers busy.
- a point of priority is a minute of the printer's time, which is easy to tell a citizen and small beside the patience:
  the whole range, 99 points, moves the bound by 1 h 39 min.
- express takes at most every second card while others wait.
"""

from collections.abc import Sequence
from typing import Final

from attrs import field, frozen, validators

from spooler.model.job import Job
from spooler.model.order import Place
from spooler.model.request import DEFAULT_PRIORITY

from .neighbours import Run, neighbour

EXPRESS: Final = 0
NORMAL: Final = 1
#: The widest distance between two priorities (1 … 100).
PRIORITY_SPAN: Final = 99
#: An express credit to begin with: the first express card goes at once.
FULL_CREDIT: Final = 99


@frozen
class OrderPolicy:
    """The numbers of the order. Raises ValueError for impossible ones."""

    patience_ms: int = field(default=40 * 3_600_000, validator=validators.ge(0))
    ms_per_priority: int = field(default=60_000, validator=validators.ge(0))
    express_share: int = field(default=50, validator=[validators.ge(1), validators.le(100)])  # per cent of the cards
    group_slack_ms: int = field(default=0, validator=validators.ge(0))  # for a card like the last: rules.neighbours


def place(
    policy: OrderPolicy, now: int, v: int, tail: int | None, cost_ms: int, printers: int, priority: int, weight: int = 1
) -> Place:
    """Where a new job stands. With the policy bound (functools.partial) it is a store's PlaceRule.

    `now`, `v`: the queue's clock and v (model.order.Progress). `tail`: the greatest fair start of the flow's pending
    jobs in this queue, None without any. `cost_ms`: expected machine time of one card. `printers` and `weight` are at
    least 1.
    """
    fair_start = max(v, now - policy.patience_ms)
    if tail is not None:
        fair_start = max(fair_start, tail + cost_ms // (weight * printers))
    return Place(fair_start, fair_start - (priority - DEFAULT_PRIORITY) * policy.ms_per_priority)


def waiting_bound(policy: OrderPolicy, fair_start: int) -> int:
    """From this moment of the queue's clock on, no newcomer of the normal band can overtake a job of `fair_start`,
    whatever the priority of either."""
    return fair_start + policy.patience_ms + PRIORITY_SPAN * policy.ms_per_priority + policy.group_slack_ms


@frozen
class Pick:
    """The job to print next, and what to hand in for the pick after it: the express credit, and the run."""

    job: Job
    credit: int
    run: Run | None = None


def pick(policy: OrderPolicy, heads: Sequence[Job], credit: int = FULL_CREDIT, run: Run | None = None) -> Pick | None:
    """The next job among the heads of the lanes, None where there are none.

    Express goes first, but takes at most `express_share` per cent of the cards while others wait. `credit` (0 … 99) is
    what the share has left over: each normal card adds the share, each contested express card costs 100. It may be
    forgotten at a restart, at the price of one express card too early. `run`: what was printed before.
    """
    express = min((job for job in heads if job.band == EXPRESS), key=_key, default=None)
    others = [job for job in heads if job.band != EXPRESS]
    normal, after = min(others, key=_key, default=None), run
    if normal is not None and run is not None:
        first, normal = normal, neighbour(others, normal, run, policy.group_slack_ms)
        after = run.then(normal, first)
    if express is None:
        return None if normal is None else Pick(normal, min(credit + policy.express_share, FULL_CREDIT), after)
    if normal is not None and credit + policy.express_share < 100:
        return Pick(normal, credit + policy.express_share, after)
    left = credit if normal is None else credit + policy.express_share - 100
    return Pick(express, left, None if run is None else run.express(express))


def _key(job: Job) -> tuple[int, int, str]:
    return job.key
