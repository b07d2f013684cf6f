"""When to look at a printer that makes a card: seldom while nothing can have happened, often near its expected end.

Theory: a look costs both sides a connection, and only two moments matter: that the printer has taken the card, soon
after it was handed over, and that the card is out. So looks begin close together and thin out; they are a quarter of
the expected time apart at most (a jam must not stay unseen), and an eightieth just before the end. A card that is late
is looked for ever less often, by a tenth of its lateness. The end is the median of this printer's last cards; before
there are any, its model's time, and then early looks grow with the time since, as a model may be far off.

The number of looks at one card is bounded by this whatever the card does: 12 for one of 20 s that keeps its time, and
never more than 80 and one each five seconds (tests/test_backends_pacing.py).

Limits: scripts know no clock, so time is the sum of the pauses; exchanges make the real one a little longer, for the
cards that were learnt from as well.
"""

from collections import deque
from statistics import median
from typing import Final

FIRST_SECONDS: Final = 0.02  # a fast answer is not slept through
DENSE_SECONDS: Final = 0.25  # as the vendor's library does
SPARSE_SECONDS: Final = 5.0
STOPPED_SECONDS: Final = 1.0  # while it waits for somebody
_LEARNT: Final = 5  # cards
#: Looks are dense for so much before the expected end, in parts of it and in seconds at most.
_BEFORE: Final = (0.05, 2.5)


def soon(elapsed: float) -> float:
    """Seconds until the next look at a card that was handed over `elapsed` seconds ago and is not taken yet."""
    return min(DENSE_SECONDS, elapsed + FIRST_SECONDS)


def pause(elapsed: float, expected: float, *, learnt: bool) -> float:
    """The same for one that the printer works on, and that is `expected` to be out after so many seconds."""
    dense = min(DENSE_SECONDS, max(FIRST_SECONDS, expected / 80))
    begins = expected - min(_BEFORE[0] * expected, _BEFORE[1])
    if elapsed < begins:
        wait = max(dense, min(begins - elapsed, expected / 4, SPARSE_SECONDS))
        return wait if learnt else min(wait, max(soon(elapsed), elapsed / 4))
    return min(SPARSE_SECONDS, dense + max(0.0, elapsed - expected) / 10)


class Pacing:
    """What one printer's cards have taken so far."""

    def __init__(self, seconds: float) -> None:
        """`seconds`: of a card, by the model."""
        self._model = seconds
        self._last: deque[float] = deque(maxlen=_LEARNT)

    def watch(self) -> "Watch":
        """A card is handed over."""
        return Watch(self)

    @property
    def expected(self) -> float:
        """Seconds from handed over to out."""
        return median(self._last) if self._last else self._model

    @property
    def learnt(self) -> bool:
        """Whether that was seen, and is not the model's."""
        return bool(self._last)

    def learn(self, seconds: float) -> None:
        """A card took so long, and nobody was waited for."""
        self._last.append(seconds)


class Watch:
    """The looks at one card: ask for each pause, with what the last look showed."""

    def __init__(self, pacing: Pacing) -> None:
        self._pacing = pacing
        self._elapsed = 0.0  # since it was handed over
        self._standing = 0.0  # since it was seen to wait for somebody
        self._stood = False

    def next_pause(self, *, taken: bool, stopped: bool) -> float:
        """Seconds. `taken`: the printer has the card and works on it; `stopped`: it waits for somebody."""
        if stopped:
            self._stood = True
            wait = min(STOPPED_SECONDS, self._standing + FIRST_SECONDS)
            self._standing += wait
            return wait
        if taken:
            wait = pause(self._elapsed, self._pacing.expected, learnt=self._pacing.learnt)
        else:
            wait = soon(self._elapsed)
        self._standing = 0.0
        self._elapsed += wait
        return wait

    def out(self) -> None:
        """The card was seen to be out."""
        if not self._stood:
            self._pacing.learn(self._elapsed)
