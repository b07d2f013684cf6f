"""How fast something drains, from what has gone so far: an average that forgets.

Each amount counts with the weight exp(-age / MEMORY_MS), so the sum over MEMORY_MS is the rate; the beginning, when
there is less than that to look back on, is corrected for. A card takes half a minute at one printer, so minutes are
remembered: with less a single printer would seem to stop between two cards. After a jam the rate is still too high for
some minutes; who asks is then told to come back too early, which costs one more question.
"""

from math import exp
from typing import Final

#: Milliseconds after which what has gone counts a third.
MEMORY_MS: Final = 300_000
#: The rate of less time than this is not told apart from that of one burst.
_LEAST_MS: Final = 1000


class Drain:
    """Amounts that went. Times are milliseconds of one clock that never goes back."""

    __slots__ = ("_at", "_began", "_weight")

    def __init__(self, now_ms: int) -> None:
        self._began = self._at = now_ms
        self._weight = 0.0

    def went(self, amount: int, now_ms: int) -> None:
        """So much went."""
        self._weight = self._weight * exp((self._at - now_ms) / MEMORY_MS) + amount
        self._at = now_ms

    def per_second(self, now_ms: int) -> float:
        """The rate; 0 as long as nothing has gone."""
        watched = max(_LEAST_MS, now_ms - self._began)
        weight = self._weight * exp((self._at - now_ms) / MEMORY_MS)
        return weight * 1000 / (MEMORY_MS * (1 - exp(-watched / MEMORY_MS)))
