"""Where the daemon gets its time: injected, so that tests own it."""

import time
from typing import Protocol

from spooler.model.clock import spool_time
from spooler.store.contract import Store


class Clock(Protocol):
    """The wall clock. Waiting is trio's affair; this is only for what is written down."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970, as the computer's clock has it."""
        ...


class SpoolTime:
    """The wall clock, as the store counts it: a clock that is set back does not bring a day back."""

    def __init__(self, clock: Clock, store: Store) -> None:
        self._clock = clock
        self._store = store

    def wall_ms(self) -> int:
        """Milliseconds since 1970."""
        return spool_time(self._clock.wall_ms(), self._store.last_ms)


class SystemClock:
    """The computer's clock."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970."""
        return time.time_ns() // 1_000_000
