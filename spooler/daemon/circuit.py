"""A printer's breaker at work: it keeps the press from a printer that fails, and says when it is tried again.

Which failures count is rules.retry's, what they lead to rules.breaker's. Time is trio's; the wall clock is asked only
for what people are shown. Dice are thrown for each printer by itself, so that a switch that comes back does not meet
all its printers in the same instant.
"""

import random
from collections.abc import Callable

import trio

from spooler.backends.contract import InUseError, LanguageError, LinkError
from spooler.config import PressConfig
from spooler.model.backoff import Backoff
from spooler.model.printer import Retry
from spooler.rules.breaker import GOOD, BreakerPolicy, Stage
from spooler.rules.retry import TABLE, Fault

from .clock import Clock


def breaker_policy(config: PressConfig) -> BreakerPolicy:
    """The config's numbers, in the rule's units."""
    return BreakerPolicy(
        failures=config.breaker_failures,
        within_ms=int(config.breaker_seconds * 1000),
        rest_ms=int(config.breaker_rest_seconds * 1000),
        backoff=Backoff(
            first_ms=int(config.backoff_first_seconds * 1000), ceiling_ms=int(config.backoff_ceiling_seconds * 1000)
        ),
    )


class Circuit:
    """One printer's."""

    def __init__(
        self, config: PressConfig, clock: Clock, stop: trio.Event, throw: Callable[[], float] = random.random
    ) -> None:  # fmt: skip
        """`stop` ends every wait at once; `throw` gives the dice, from 0 to below 1."""
        self._policy = breaker_policy(config)
        self._tries = config.tries_per_job
        self._clock = clock
        self._stop = stop
        self._throw = throw
        self._breaker = GOOD
        self._next_ms: int | None = None  # on the wall

    @property
    def probing(self) -> bool:
        """Only a question may be asked."""
        return self._breaker.stage(_now_ms()) is not Stage.CLOSED

    @property
    def shown(self) -> Retry:
        """For people."""
        breaker = self._breaker
        return Retry(breaker.stage(_now_ms()).value, len(breaker.failed_ms), self._next_ms)

    def failed(self, fault: Fault, *, card: bool = False) -> None:
        """A try has failed. `card`: an intent's, and surely no card came out: whatever the fault, that counts."""
        if not (card or TABLE[fault].trips):
            return
        now = _now_ms()
        self._breaker = self._breaker.failed(self._policy, now, self._throw(), card=card)
        self._next_ms = self._clock.wall_ms() + self._breaker.wait_left(now)

    def lost(self, error: LinkError | LanguageError) -> str:
        """It could not be asked. Returns the reason that it is shown with."""
        in_use = isinstance(error, InUseError)
        self.failed(Fault.IN_USE if in_use else Fault.LINK)
        return "in-use" if in_use else "connecting-to-device"

    def answered(self) -> None:
        """It answers, and nobody else has it."""
        self._breaker, self._next_ms = self._breaker.answered(), None

    def printed(self) -> None:
        """A card came through."""
        self._breaker, self._next_ms = GOOD, None

    def used_up(self, fault: Fault) -> None:
        """A job's tries were used up here; where it was not the program that failed, the printer is to blame."""
        if TABLE[fault].trips:
            self._breaker = self._breaker.blame()

    def hold_at(self, fault: Fault) -> int | None:
        """A job whose card failed for this is held at so many such tries; None: it costs the job none.

        A printer that is to blame costs no job a try.
        """
        return self._tries if TABLE[fault].uses_try and not self._breaker.to_blame else None

    async def until_due(self) -> None:
        """Wait until the next try may be made, or the spooler stops."""
        with trio.move_on_after(self._breaker.wait_left(_now_ms()) / 1000):
            await self._stop.wait()


def _now_ms() -> int:
    return int(trio.current_time() * 1000)
