"""Why a job waits, and for how long: from where it stands and from what its printers do.

The expected time is the machine time of the cards before it, as the order knows it, spread over the printers that work
of those that may print it. What a printer loses to jams, empty feeders and closing time nobody knows beforehand, so it
is a lower bound of an estimate, and said to be one.
"""

from collections.abc import Sequence

from spooler.model.explanation import Explanation
from spooler.model.gate import Gate
from spooler.model.holding import UNTIL
from spooler.model.job import FINAL, Job, JobState
from spooler.model.printer import PrinterState, PrinterStatus, why_stopped
from spooler.model.queue_commands import Standing
from spooler.model.request import DEFAULT_PRIORITY

from .order import EXPRESS, FULL_CREDIT, OrderPolicy, waiting_bound


def explain(
    job: Job, standing: Standing | None, able: Sequence[PrinterStatus], policy: OrderPolicy, shut: Gate | None = None
) -> Explanation:
    """What to tell of it. `standing`: of a pending job; `able`: the printers that may print it, as they are now.
    `shut`: of the gates that keep it from all of them the one that opens first."""
    working = [status for status in able if status.state is not PrinterState.STOPPED]
    stops = why_stopped(able)
    if standing is None:
        return Explanation(_at_rest(job), able=len(able), working=len(working), stops=stops)
    ahead = _ahead(job, standing, policy)
    bound = max(0, waiting_bound(policy, job.fair_start) - standing.clock)
    expected: int | None = None
    if working:
        # share_ms is a card's time over all printers of its destination: those that stand still do not share
        in_hand = any(status.job is not None for status in working)
        spread = standing.machine_ms * ahead // max(standing.ahead, 1) * len(able) // len(working)
        expected = spread + (_card_ms(working) // 2 if in_hand and len(working) == 1 else 0)
    why = _why(job, standing, able, working, bound)
    if shut is not None and shut.reason is not None:
        expected = None  # nobody knows what stands before it by then
        why = [shut.reason, *(word for word in why if word != "printers-stopped")]
    return Explanation(
        tuple(why), ahead, standing.capped, expected, bound, len(able), len(working), stops,
        None if shut is None else shut.until_ms,
    )  # fmt: skip


def _ahead(job: Job, standing: Standing, policy: OrderPolicy) -> int:
    """Cards that go before it: of the express ones no more than their share lets through beside the others."""
    if job.band == EXPRESS or policy.express_share == 100:
        return standing.ahead
    normal = standing.ahead - standing.express
    share = policy.express_share
    return normal + min(standing.express, (FULL_CREDIT + (normal + 1) * share) // (100 - share))


def _at_rest(job: Job) -> tuple[str, ...]:
    if job.state in FINAL:
        return ("ended",)
    if job.state is JobState.PROCESSING:
        return ("in-printer",)
    if job.state is JobState.PROCESSING_STOPPED:
        return ("officer-asked",)
    return ("held",) if job.hold_until_ms is None or job.reason != UNTIL else ("held-until",)


def _why(
    job: Job, standing: Standing, able: Sequence[PrinterStatus], working: Sequence[PrinterStatus], bound: int
) -> list[str]:
    why: list[str] = []
    if not able:
        return ["no-printer"]
    if not working:
        why.append("printers-stopped")
    if job.band == EXPRESS:
        why.append("express")
    if not standing.ahead:
        return [*why, "next"]
    why.append("others-first")
    if job.band != EXPRESS and standing.express:
        why.append("express-first")
    if job.fair_start > standing.clock:  # the clock has not come to it: jobs of its own flow stand before it
        why.append("batch")
    if job.priority < DEFAULT_PRIORITY:
        why.append("low-priority")
    if not bound:
        why.append("aged")
    return why


def _card_ms(working: Sequence[PrinterStatus]) -> int:
    seconds = [status.seconds_per_card for status in working if status.seconds_per_card is not None]
    return int(max(seconds, default=0.0) * 1000)
