"""Spool time: milliseconds since 1970 that never go back, whatever the wall clock does (law 5)."""


def spool_time(wall_ms: int, last_ms: int) -> int:
    """The time of the next commit: the wall clock, or 1 ms after the last commit where the wall clock is behind."""
    return wall_ms if wall_ms > last_ms else last_ms + 1


def clock_suspect(wall_ms: int, expected_ms: int, step_max_ms: int) -> bool:
    """Whether the wall clock has stepped: it lies more than `step_max_ms` from where it was expected.

    While running, `expected_ms` is the last reading plus the monotonic time since. At start only the last committed
    spool time is known, which bounds it from below: pass max(wall_ms, last_ms).
    """
    return abs(wall_ms - expected_ms) > step_max_ms
