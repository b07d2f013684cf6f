"""Where the daemon gets its time: injected, so that tests own it."""

import time
from typing import Protocol


class Clock(Protocol):
    """The wall clock. Waiting is trio's affair; this is only for what is written down."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970, as the computer's clock has it."""
        ...


class SystemClock:
    """The computer's clock."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970."""
        return time.time_ns() // 1_000_000
