"""Neighbours: a card like the one before it may go first, where that costs the others little.

Cards of one kind share their plate, so a press that stays with a kind draws from what it has in hand. Among the heads
of the lanes the one of the last card's kind is taken if its rank is at most the slack behind the best. So a job is
passed by no job whose rank is more than the slack greater than its own: the bound on waiting grows by the slack. And
the cards that go out of turn one after the other take no more machine time than the slack: people who came for the
same moment have the same rank, and the first of them would else wait for all who come later and are alike. Express
cards are no part of this: rules.order picks them before.

What it is worth was measured with bench/order_neighbours.py: see docs/configuration.md, [order].
"""

from collections.abc import Iterable

from attrs import frozen

from spooler.model.job import Job


@frozen
class Run:
    """What a press prints in a row. It may be forgotten at a restart."""

    card_ms: int  # expected machine time of a card
    kind: str | None = None  # of the last card
    passed: int = 0  # cards since one that was in its turn

    def then(self, job: Job, best: Job) -> "Run":
        """After `job`, where `best` was first in line."""
        return Run(self.card_ms, job.kind, 0 if job is best else self.passed + 1)

    def express(self, job: Job) -> "Run":
        """After an express card: whoever was passed is still."""
        return Run(self.card_ms, job.kind, self.passed)


def neighbour(heads: Iterable[Job], best: Job, run: Run, slack_ms: int) -> Job:
    """The head to print next: `best`, the lowest key, or one that is like the last card and close enough behind it.
    `heads`: the first jobs of lanes, of `best`'s band."""
    if best.kind == run.kind or (run.passed + 1) * run.card_ms > slack_ms:
        return best
    like = min((job for job in heads if job.kind == run.kind), key=lambda job: job.key, default=best)
    return like if like.rank <= best.rank + slack_ms else best
