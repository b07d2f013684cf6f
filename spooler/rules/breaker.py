"""A printer's circuit breaker: when it may be spoken to again, and whether a card may be sent.

Theory: every failed try is noted. Below `failures` of them within `within_ms` the breaker is closed, and the next try
only waits for its back-off (model.backoff). At that many it opens: until the wait is over nothing is sent at all, then
one harmless question may be asked (half-open), and a good answer closes it. What was noted stays noted until it is
older than `within_ms` or a card has come through: a link that answers every question and breaks with every card opens
it again at the first failure, with a longer wait. A printer that has not answered since its last failure is forgiven
nothing by time alone, else one whose tries take long to fail would never open it.

A printer that has used up a job's tries and has printed nothing since is itself to blame (`blame`): from then on a card
that fails costs it `rest_ms` or half of that at least, and no job a try. A bad cable so sets one job aside, and not the
whole queue one after the other.

Limits: it lives in memory: a spooler that begins anew knows nothing against its printers. Times are milliseconds of
one clock that never goes back, handed in.
"""

from enum import StrEnum
from typing import Final

from attrs import evolve, field, frozen, validators

from spooler.model.backoff import Backoff


class Stage(StrEnum):
    """What may be sent."""

    CLOSED = "closed"  # cards
    OPEN = "open"  # nothing
    HALF_OPEN = "half-open"  # one question that moves nothing


@frozen
class BreakerPolicy:
    """The numbers. `rest_ms`: after a failed card of a printer that is to blame, half of it to the whole."""

    failures: int = field(default=5, validator=validators.ge(1))
    within_ms: int = field(default=60_000, validator=validators.ge(1))
    rest_ms: int = field(default=300_000, validator=validators.ge(2))
    backoff: Backoff = field(factory=Backoff)


@frozen
class Breaker:
    """What is held against one printer. The first value of each is that of a printer of which nothing is known."""

    failed_ms: tuple[int, ...] = ()  # the latest failures that still count, oldest first; never more than `failures`
    silent: bool = False  # no good answer since the last of them
    opened: bool = False
    due_ms: int | None = None  # nothing is sent before
    wait_ms: int = 0  # how long the last wait was: the next one grows from it
    to_blame: bool = False

    def stage(self, now_ms: int) -> Stage:
        """Where it stands."""
        if not self.opened:
            return Stage.CLOSED
        return Stage.OPEN if self.wait_left(now_ms) else Stage.HALF_OPEN

    def wait_left(self, now_ms: int) -> int:
        """Milliseconds until the next try may be made; also a closed one waits for its back-off."""
        return 0 if self.due_ms is None else max(0, self.due_ms - now_ms)

    def failed(self, policy: BreakerPolicy, now_ms: int, dice: float, *, card: bool = False) -> "Breaker":
        """A try has failed. `card`: it was a card's, and surely none came out. `dice`: random, 0 <= dice < 1."""
        since = now_ms - policy.within_ms
        known = self.failed_ms if self.silent else tuple(at for at in self.failed_ms if at > since)
        wait = policy.backoff.next_delay(self.wait_ms if known else 0, dice)
        due = now_ms + wait
        if card and self.to_blame:
            half = policy.rest_ms // 2
            due = now_ms + max(wait, half + int(dice * (policy.rest_ms - half)))
        failed = (*known, now_ms)[-policy.failures :]
        opened = self.opened or len(failed) >= policy.failures or (card and self.to_blame)
        return evolve(self, failed_ms=failed, silent=True, opened=opened, due_ms=due, wait_ms=wait)

    def answered(self) -> "Breaker":
        """A question had a good answer: closed, and what happened is remembered."""
        return evolve(self, silent=False, opened=False, due_ms=None)

    def blame(self) -> "Breaker":
        """A job's tries were used up here."""
        return evolve(self, to_blame=True)


#: After a card that came through: nothing is held against the printer.
GOOD: Final = Breaker()
