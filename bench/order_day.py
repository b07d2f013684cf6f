"""How long people wait at one site: `python bench/order_day.py [seed]`.

One printer, 40 s a card, days of 8 h. A school's group of 2,000 is submitted as the first day opens; beside it people
come at random, three for every ten cards that the printer can make, one in ten of them with priority 70. The order is
spooler.rules.order with its defaults. Waits run from submission to the moment the card begins, in opening time.
Exits 1 if a walk-in's wait is not about one card (median over 1.5 or p95 over 3.5 cards on any day).
"""

import random
import statistics
import sys
from collections.abc import Iterator
from heapq import heappop, heappush

from attrs import frozen

from spooler.model.order import Progress
from spooler.rules.order import OrderPolicy, place

CARD_MS = 40_000
DAY_MS = 8 * 3_600_000
GROUP = 2_000
WALK_IN_SHARE = 0.3
ELDERLY_SHARE = 0.1
WHO = ("walk-in", "priority 70", "group")


@frozen
class Arrival:
    """Somebody's order: when, of which class, in which flow."""

    at_ms: int
    who: str
    flow: str
    priority: int


@frozen
class Wait:
    """One printed card."""

    who: str
    began_ms: int
    waited_ms: int


def arrivals(seed: int) -> Iterator[Arrival]:
    """The group at once, then people for ever, by time."""
    dice = random.Random(seed)
    for _ in range(GROUP):
        yield Arrival(0, "group", "school", 50)
    at_ms = 0.0
    for n in range(1_000_000):
        at_ms += dice.expovariate(WALK_IN_SHARE / CARD_MS)
        elderly = dice.random() < ELDERLY_SHARE
        yield Arrival(int(at_ms), WHO[1] if elderly else WHO[0], f"person-{n}", 70 if elderly else 50)


def simulate(policy: OrderPolicy, seed: int) -> list[Wait]:
    """Print until the group is done."""
    queue: list[tuple[int, int, int, Arrival]] = []  # rank, id, fair start
    progress, now_ms, number, left = Progress(), 0, 0, GROUP
    tails: dict[str, int] = {}  # only the group ever has two jobs, and it is done before it could come again
    waits: list[Wait] = []
    coming = arrivals(seed)
    newcomer = next(coming)
    while left:
        while newcomer.at_ms <= now_ms or not queue:
            if not queue:
                now_ms, progress = max(now_ms, newcomer.at_ms), progress.rested()
            stands = place(policy, progress.clock, progress.v, tails.get(newcomer.flow), CARD_MS, 1, newcomer.priority)
            tails[newcomer.flow] = stands.fair_start
            heappush(queue, (stands.rank, number, stands.fair_start, newcomer))
            number, newcomer = number + 1, next(coming)
        _, _, fair_start, served = heappop(queue)
        progress = progress.begun(fair_start, CARD_MS)
        waits.append(Wait(served.who, now_ms, now_ms - served.at_ms))
        left -= served.who == "group"
        now_ms += CARD_MS
    return waits


def main() -> int:
    """Print the table; 0 if a walk-in waits about one card."""
    waits = simulate(OrderPolicy(), int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    good = True
    print(f"{'':>3}  {'':<12} {'':>6}  {'wait in cards':^26}  {'wait in minutes':^26}")
    columns = f"  {'median':>8} {'p95':>8} {'max':>8}"
    print(f"day  {'':<12} {'cards':>6}{columns}{columns}")
    for day in range(waits[-1].began_ms // DAY_MS + 1):
        for who in WHO:
            times = sorted(w.waited_ms for w in waits if w.who == who and w.began_ms // DAY_MS == day)
            if not times:
                continue
            figures = (statistics.median(times), times[int(0.95 * (len(times) - 1))], times[-1])
            cards = " ".join(f"{t / CARD_MS:8.1f}" for t in figures)
            minutes = " ".join(f"{t / 60_000:8.1f}" for t in figures)
            print(f"{day + 1:>3}  {who:<12} {len(times):>6}  {cards}  {minutes}")
            good &= who == "group" or (figures[0] <= 1.5 * CARD_MS and figures[1] <= 3.5 * CARD_MS)
    print("a walk-in waits about one card" if good else "A WALK-IN WAITS TOO LONG")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
