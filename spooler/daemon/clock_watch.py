"""Whether the wall clock has stepped since it was read last.

Between two readings the monotonic clock says how far the wall clock should have come. The writer reads for each of its
transactions, and the transaction bears the very time that was looked at: nothing is shredded or released by a time that
nobody has checked. Not seen: a step while the spooler was down forwards, and one that is not greater than
`clock_step_max_seconds`.
"""

import trio

from spooler.model.clock import clock_suspect

from .clock import Clock


class ClockWatch:
    """Made inside a trio run, read in any thread; each reading is compared with the one before."""

    def __init__(self, clock: Clock, step_max_ms: int) -> None:
        self._clock = clock
        self._step_max_ms = step_max_ms
        self._monotonic_clock = trio.lowlevel.current_clock()
        self._wall, self._monotonic = clock.wall_ms(), self._monotonic_clock.current_time()

    def read(self) -> tuple[int, int | None]:
        """The wall clock in milliseconds, and how far it has stepped; None where it went on as it should."""
        wall, monotonic = self._clock.wall_ms(), self._monotonic_clock.current_time()
        expected = self._wall + int((monotonic - self._monotonic) * 1000)
        self._wall, self._monotonic = wall, monotonic
        return wall, wall - expected if clock_suspect(wall, expected, self._step_max_ms) else None
