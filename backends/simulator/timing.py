"""How long a card takes, and how warm the head gets: plain functions of seconds.

A card takes the sum of its steps: feed, one time per panel, flip, eject. A head gains degrees with each panel and loses
them as every warm thing does, by a share of what it has above the room; at `hot` it must rest until it is at `rested`.
The figures of REALISTIC were not measured on any printer: a colour card takes about the 20 s that the language guesses
at first, and a head that never rests is hot after about a hundred of them, which is where offices say that theirs stop.
"""

from math import exp
from typing import Final

from attrs import field, frozen


@frozen
class Pace:
    """Seconds and degrees Celsius."""

    warm_up: float = 0.0  # from the switch to the first card
    feed: float = 0.0
    flip: float = 0.0
    eject: float = 0.0
    dye: float = 0.0  # y, m and c, each
    other: float = 0.0  # every other panel
    body: float | None = None  # all panels together, however many; then `dye` and `other` say nothing
    dye_heat: float = 0.0  # degrees that a panel leaves in the head
    other_heat: float = 0.0
    room: float = 28.0  # degrees
    hot: float = 72.0
    rested: float = 58.0
    cools_in: float = 1800.0  # after so many seconds a third (1/e) is left of what the head has above the room

    def panel(self, ink: str, panels: int) -> float:
        """Seconds of one of a card's `panels`."""
        if self.body is not None:
            return self.body / panels
        return self.dye if ink in "ymc" else self.other

    def card(self, inks: str, *, flips: bool = False) -> float:
        """Seconds from the feeder to the exit."""
        body = sum(self.panel(ink, len(inks)) for ink in inks) if inks else self.body or 0.0
        return self.feed + body + (self.flip if flips else 0.0) + self.eject

    def heat(self, ink: str) -> float:
        """Degrees that a panel leaves in the head."""
        return self.dye_heat if ink in "ymc" else self.other_heat

    def cooled(self, degrees: float, seconds: float) -> float:
        """What is left of `degrees` after `seconds` at rest."""
        return self.room + (degrees - self.room) * exp(-seconds / self.cools_in)


#: see the head of this module for where the figures come from
REALISTIC: Final = Pace(
    warm_up=15.0, feed=2.0, flip=2.5, eject=1.5, dye=4.0, other=2.0, dye_heat=0.19, other_heat=0.08
)  # fmt: skip


def steady(seconds: float) -> Pace:
    """Every card takes `seconds`, from cold and for ever: for tests and campaigns."""
    return Pace(body=seconds)


@frozen
class Head:
    """A head's warmth, as it was at a moment; frozen, so that asking changes nothing."""

    pace: Pace
    degrees: float = field()
    at: float = 0.0  # seconds of whatever clock the caller has
    resting: bool = False  # it was too hot, and prints nothing until it is rested

    @degrees.default
    def _room(self) -> float:
        return self.pace.room

    def then(self, now: float, more: float = 0.0) -> "Head":
        """The head at `now`, with `more` degrees."""
        degrees = self.pace.cooled(self.degrees, max(now - self.at, 0.0)) + more
        resting = degrees >= self.pace.hot or (self.resting and degrees > self.pace.rested)
        return Head(self.pace, degrees, now, resting)
