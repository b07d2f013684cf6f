"""What `group_slack_seconds` is worth: `python bench/order_neighbours.py [seed]`.

One printer, 36 s a card, two weeks of opening time at 90 % load; people come at random, every third for a child's card
and the rest for a KTP, and each morning a school brings 60 children's cards. The order is spooler.rules.order, the
neighbours spooler.rules.neighbours. A change is a card of another kind than the one before it. Waits run from
submission to the moment the card begins.
"""

import random
import statistics
import sys
from collections import deque

from attrs import evolve

from spooler.model.ids import JobId
from spooler.model.job import Job, JobState
from spooler.model.order import Progress
from spooler.rules.neighbours import Run
from spooler.rules.order import FULL_CREDIT, OrderPolicy, pick, place

CARD_MS = 36_000
DAY_MS = 8 * 3_600_000
DAYS = 10
CLASS = 60


def arrivals(seed: int) -> deque[tuple[int, str, str]]:
    """(time, kind, flow), by time."""
    dice = random.Random(seed)
    come = [(day * DAY_MS, "kia-5-17", f"school-{day}") for day in range(DAYS) for _ in range(CLASS)]
    share = 0.9 - CLASS * CARD_MS / DAY_MS
    at_ms, n = 0.0, 0
    while (at_ms := at_ms + dice.expovariate(share / CARD_MS)) < DAYS * DAY_MS:
        come.append((int(at_ms), "kia-5-17" if dice.random() < 1 / 3 else "ktp", f"person-{n}"))
        n += 1
    return deque(sorted(come, key=lambda one: one[0]))


def simulate(slack_ms: int, seed: int) -> tuple[int, int, list[int]]:
    """(cards, changes of kind, the walk-ins' waits in ms)."""
    policy = evolve(OrderPolicy(), group_slack_ms=slack_ms)
    coming, pending, waits = arrivals(seed), list[Job](), list[int]()
    progress, now_ms, credit, run, cards, changes = Progress(), 0, FULL_CREDIT, Run(CARD_MS), 0, 0
    while coming or pending:
        while coming and (coming[0][0] <= now_ms or not pending):
            at_ms, what, flow = coming.popleft()
            if not pending:
                now_ms, progress = max(now_ms, at_ms), progress.rested()
            tail = max((job.fair_start for job in pending if job.flow == flow), default=None)
            stands = place(policy, progress.clock, progress.v, tail, CARD_MS, 1, 50)
            pending.append(_job(cards + len(pending), at_ms, what, flow, stands.rank, stands.fair_start))
        picked = pick(policy, pending, credit, run)
        assert picked is not None
        assert picked.run is not None
        changes += run.kind not in (None, picked.job.kind)
        job, credit, run = picked.job, picked.credit, picked.run
        pending.remove(job)
        progress = progress.begun(job.fair_start, CARD_MS)
        cards += 1
        if job.flow.startswith("person"):
            waits.append(now_ms - job.submitted_ms)
        now_ms += CARD_MS
    return cards, changes, waits


def _job(n: int, at_ms: int, kind: str, flow: str, rank: int, fair_start: int) -> Job:
    return Job(
        JobId(f"{n:016}"), 1, JobState.PENDING, None, kind, "21.71.11", "site:21.71.11", None, 50, 1, rank, fair_start,
        flow, None, "bench", f"SGL-{n:04}", 0, False, at_ms, at_ms,
    )  # fmt: skip


def main() -> None:
    """Print the table."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    print("slack s   cards  changes   walk-ins' wait in cards: median    p95    max")
    for slack in (0, 30, 60, 120, 300, 900):
        cards, changes, waits = simulate(slack * 1000, seed)
        waits.sort()
        figures = statistics.median(waits), waits[int(0.95 * (len(waits) - 1))], waits[-1]
        print(f"{slack:>7} {cards:>7} {changes:>8} {'':>26}" + " ".join(f"{ms / CARD_MS:6.1f}" for ms in figures))


if __name__ == "__main__":
    main()
