"""A city's day by the order's rule: `python bench/city_day.py [seed]`.

Twelve sites of one to three printers, 40 s a card, open for 8 h. At each a school's batch of 300 comes at the opening,
a counter hands in one job after the other for as long as the site is open, and people come at random, three for every
ten cards that the printers can make, each with a class of examples/batam.toml. One site's printers work at half speed
after noon, one has a jam of 45 minutes whose card goes back to its place.

Exits 1 where one of these does not hold:
- while both have work, batch and counter have the same share of any 100 of their cards, within 5 %;
- an express job that waits alone begins with the next free printer whose last card was not express, too;
- with a patience of twenty minutes and six seconds a point of priority, so that many jobs reach their bound, nobody of
  the normal band who came after a job's bound begins before it.
What it leaves out: prices of ribbons, people who leave, officers who look at cards.
"""

import random
import statistics
import sys
from heapq import heappop, heappush
from pathlib import Path

from attrs import define, field, frozen

from spooler.config import load
from spooler.model.order import Progress
from spooler.model.policy import ClassRow, in_force
from spooler.rules.order import EXPRESS, FULL_CREDIT, NORMAL, OrderPolicy, place, waiting_bound

CARD_MS = 40_000
HOUR_MS = 3_600_000
DAY_MS = 8 * HOUR_MS
BATCH = 300
WALK_INS = 0.3  # of the cards that the printers can make
PRINTERS = (1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3)
SLOW, JAMMED = 1, 2  # sites to which something happens
WHO = {"bencana": 1, "disabilitas": 4, "hamil": 5, "lansia": 15, "pertama": 25, "hilang": 30, "perubahan": 20}


@frozen
class Card:
    """A job that waits."""

    who: str  # a class, batch or counter
    band: int
    rank: int
    number: int
    fair_start: int
    at_ms: int  # of the wall
    clock: int  # of its queue, when it came

    @property
    def key(self) -> tuple[int, int, int]:
        """Its place, lowest first."""
        return (self.band, self.rank, self.number)


@define
class Site:
    """One queue and its printers."""

    policy: OrderPolicy
    printers: int
    progress: Progress = field(factory=Progress)
    pending: list[Card] = field(factory=list)
    begun: dict[str, int] = field(factory=dict)
    number: int = 0

    def submit(self, who: str, flow: str, at_ms: int, row: ClassRow | None = None) -> None:
        """A newcomer."""
        if not self.pending:
            self.progress = self.progress.rested()
        tails = [card.fair_start for card in self.pending if card.who == flow] + [self.begun.get(flow, -CARD_MS)]
        clock, v = self.progress.clock, self.progress.v
        stands = place(self.policy, clock, v, max(tails), CARD_MS, self.printers, 50 if row is None else row.priority)
        self.number += 1
        band = EXPRESS if row is not None and row.express is not None else NORMAL
        self.pending.append(Card(who, band, stands.rank, self.number, stands.fair_start, at_ms, clock))

    def take(self, credit: int) -> tuple[Card, int]:
        """The next card and the credit after it: rules.order.pick, by the keys alone."""
        first = min(self.pending, key=lambda card: card.key)
        normal = min((card for card in self.pending if card.band == NORMAL), key=lambda card: card.key, default=None)
        share = self.policy.express_share
        if first.band == NORMAL or (normal is not None and credit + share < 100):
            assert normal is not None
            first, credit = normal, min(credit + share, FULL_CREDIT)
        elif normal is not None:
            credit += share - 100
        self.pending.remove(first)
        self.progress = self.progress.begun(first.fair_start, CARD_MS // self.printers)
        self.begun[first.who] = max(self.begun.get(first.who, 0), first.fair_start)
        return first, credit


@define
class Told:
    """What a day was like."""

    waits: dict[str, list[int]] = field(factory=dict)  # who -> ms
    worst_share: int = 0  # distance from 50 of 100
    late_express: int = 0
    past_bound: int = 0  # cards that were begun after their bound had passed
    overtaken: int = 0  # and that a later comer had gone before


def day(index: int, policy: OrderPolicy, classes: dict[str, ClassRow], dice: random.Random, told: Told) -> None:
    """One site's day."""
    site = Site(policy, PRINTERS[index])
    rate = WALK_INS * site.printers / CARD_MS
    coming = dice.expovariate(rate)
    for _ in range(BATCH):
        site.submit("batch", "batch", 0)
    free = [(0, printer) for printer in range(site.printers)]
    left = [FULL_CREDIT] * site.printers  # express credit
    last = [NORMAL] * site.printers
    two: list[str] = []  # cards of the two flows that always have work
    begun_after: list[Card] = []
    jammed = False
    while True:
        now, printer = heappop(free)
        if now >= DAY_MS:
            break
        while coming <= now:
            who = dice.choices(list(WHO), list(WHO.values()))[0]
            site.submit(who, f"person-{site.number}", int(coming), classes[who])
            coming += dice.expovariate(rate)
        if not any(card.who == "counter" for card in site.pending):
            site.submit("counter", "counter", now)
        express = [card for card in site.pending if card.band == EXPRESS]
        card, left[printer] = site.take(left[printer])
        told.late_express += len(express) == 1 and card.band != EXPRESS and last[printer] != EXPRESS
        last[printer] = card.band
        if index == JAMMED and not jammed and now >= HOUR_MS:
            jammed = True
            site.pending.append(card)
            heappush(free, (now + 45 * 60_000, printer))
            continue
        told.waits.setdefault(card.who, []).append(now - card.at_ms)
        bound = waiting_bound(policy, card.fair_start)
        if card.band == NORMAL:
            told.past_bound += site.progress.clock > bound
            told.overtaken += any(other.clock >= bound for other in begun_after)
            begun_after.append(card)
        both = {"batch", "counter"} <= {*(other.who for other in site.pending), card.who}
        if card.who in ("batch", "counter") and both:
            two = [*two, card.who][-100:]
            if len(two) == 100:
                told.worst_share = max(told.worst_share, abs(two.count("batch") - 50))
        slowness = 2 if index == SLOW and now >= DAY_MS // 2 else 1
        heappush(free, (now + slowness * CARD_MS, printer))


def city(policy: OrderPolicy, seed: int) -> Told:
    """All sites' day."""
    rows = load(Path(__file__).parents[1] / "examples" / "batam.toml").priority_classes
    classes, told = in_force(rows, "2026-11-24"), Told()
    for index in range(len(PRINTERS)):
        day(index, policy, classes, random.Random(f"{seed}-{index}"), told)
    return told


def main() -> int:
    """Print the table; 0 where all holds."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    told = city(OrderPolicy(), seed)
    print(f"{'who':<12} {'cards':>6}   wait in minutes: {'median':>7} {'p95':>7} {'max':>7}")
    for who in (*WHO, "counter", "batch"):
        times = sorted(told.waits.get(who, [0]))
        figures = (statistics.median(times), times[int(0.95 * (len(times) - 1))], times[-1])
        print(f"{who:<12} {len(times):>6}   {'':<16} {' '.join(f'{t / 60_000:7.1f}' for t in figures)}")
    short = city(OrderPolicy(patience_ms=HOUR_MS // 3, ms_per_priority=6_000), seed)
    print(f"batch beside counter: at most {told.worst_share} from 50 of any 100 cards")
    print(f"lone express cards that did not begin at once: {told.late_express}")
    print(f"with little patience: {short.past_bound} cards past their bound, {short.overtaken} overtaken after it")
    good = told.worst_share <= 5 and not told.late_express and not short.overtaken
    print("all holds" if good else "IT DOES NOT HOLD")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
