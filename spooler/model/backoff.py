"""When to try a dead link again: bounded back-off with decorrelated jitter.

A site whose switch comes back would otherwise meet all its presses in the same instant, again and again. The formula
is that of M. Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): each delay is drawn evenly from
first … 3 x the one before, so it grows without two presses ever falling into step.
"""

from typing import Final

from attrs import field, frozen, validators

GROWTH: Final = 3


@frozen
class Backoff:
    """The bounds of the delay, in milliseconds. Raises ValueError if the ceiling lies below the first."""

    first_ms: int = field(default=250, validator=validators.ge(1))
    ceiling_ms: int = field(default=10_000)

    @ceiling_ms.validator
    def _(self, _attribute: object, value: int) -> None:
        if value < self.first_ms:
            raise ValueError("the ceiling of a back-off lies below its first delay")

    def next_delay(self, previous_ms: int, dice: float) -> int:
        """The delay before the next attempt. `previous_ms`: 0 after a success. `dice`: random, 0 <= dice < 1."""
        widest = max(self.first_ms, previous_ms * GROWTH)
        return min(self.ceiling_ms, self.first_ms + int(dice * (widest - self.first_ms)))
