"""Whether the wall clock has stepped since it was looked at last: one watch, whoever looks.

Between two readings the monotonic clock says how far the wall clock should have come. Not seen: a step while the
spooler was down forwards, and one that is not greater than `clock_step_max_seconds`.
"""

import trio

from spooler.model.clock import clock_suspect

from .clock import Clock


class ClockWatch:
    """Made inside a trio run; each reading is compared with the one before."""

    def __init__(self, clock: Clock, step_max_ms: int) -> None:
        self._clock = clock
        self._step_max_ms = step_max_ms
        self._wall, self._monotonic = clock.wall_ms(), trio.current_time()

    def step_ms(self) -> int | None:
        """How far the clock has stepped since the last reading; None where it went on as it should."""
        wall, monotonic = self._clock.wall_ms(), trio.current_time()
        expected = self._wall + int((monotonic - self._monotonic) * 1000)
        self._wall, self._monotonic = wall, monotonic
        return wall - expected if clock_suspect(wall, expected, self._step_max_ms) else None
