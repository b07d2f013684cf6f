"""Many rounds, and what they reached together.

Whether a blow falls is a matter of time: a life may end before its tenth fsync. So a campaign that is long enough to
have every misfortune goes on with further rounds of those that never struck, a few times over. Their numbers go on,
too: each can be run again by itself.
"""

import compileall
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from attrs import define, field

import spooler.backends

from .city import strace_works
from .round import Outcome, run
from .schedule import INJECTED, MISFORTUNES, Plan, main_of, plan

TRIES: Final = 4  # further rounds for a misfortune that has not struck


@define
class Tally:
    """What the rounds came to."""

    seed: int
    rounds: int = 0
    skipped: int = 0  # rounds that need strace, where there is none
    seconds: float = 0.0
    reached: Counter[str] = field(factory=Counter)
    counts: Counter[str] = field(factory=Counter)
    failed: list[Outcome] = field(factory=list)

    def add(self, outcome: Outcome) -> None:
        self.rounds += 1
        self.seconds += outcome.seconds
        self.reached.update(outcome.reached)
        self.counts.update(outcome.counts)
        if outcome.violations:
            self.failed.append(outcome)

    def missing(self) -> list[str]:
        """The misfortunes that no round reached, but for those that cannot be reached here."""
        return [name for name in MISFORTUNES if not self.reached[name] and not (self.skipped and name in INJECTED)]

    def table(self) -> str:
        """Counts, a line each."""
        lines = [f"{self.rounds} rounds of seed {self.seed}, {self.skipped} skipped, {len(self.failed)} failed"]
        for title, counter in (("reached", self.reached), ("came to", self.counts)):
            lines.append(f"{title}:")
            lines += [f"  {name:28} {n:7}" for name, n in sorted(counter.items())]
        return "\n".join(lines)


def report(outcome: Outcome) -> str:
    """A failed round, so that it can be run again."""
    plan = outcome.plan
    lines = [
        f"round {plan.number} of seed {plan.seed} ({plan.main})",
        f"again: make crash ROUNDS=1 SEED={plan.seed} FIRST={plan.number}",
        f"its folder: {outcome.folder}",
        *(f"  WRONG: {violation}" for violation in outcome.violations),
        *outcome.timeline,
    ]
    return "\n".join(lines)


def campaign(
    rounds: int, seed: int, *, first: int = 1, parallel: int = 2, keep: bool = False,
    tell: Callable[[Outcome], None] = lambda outcome: None,
) -> Tally:  # fmt: skip
    """Run rounds `first` … of `seed`, `parallel` at a time; `tell` hears of each as it ends.

    KeyboardInterrupt ends it early: the tally is of the rounds before.
    """
    for folder in (*spooler.__path__, *spooler.backends.__path__):  # else each life may compile them anew
        compileall.compile_dir(folder, quiet=1)
    tally = Tally(seed)
    without_strace = strace_works() is not None
    with ThreadPoolExecutor(parallel) as pool:

        def play(numbers: Sequence[int]) -> None:
            plans = [plan(seed, number) for number in numbers]
            able: list[Plan] = [each for each in plans if not (without_strace and each.needs_strace)]
            tally.skipped += len(plans) - len(able)
            for outcome in pool.map(partial(run, keep=keep), able):
                tally.add(outcome)
                tell(outcome)

        try:
            play(range(first, first + rounds))
            last = first + rounds - 1
            for _ in range(TRIES if rounds >= len(MISFORTUNES) else 0):
                further = range(last + 1, last + 1 + len(MISFORTUNES))
                play([number for number in further if main_of(seed, number) in tally.missing()])
                last += len(MISFORTUNES)
        except KeyboardInterrupt:  # rounds under way end, and are not counted
            pool.shutdown(wait=False, cancel_futures=True)
    return tally
