"""What a printer's model takes in time and asks for in care, as facts that its family states.

Theory: a card is fed, each panel of the ribbon passes under the head, and the card goes out; the sum is what ordering
and polling begin with, until the press has seen the printer itself. Care is what offices learnt the hard way: a unit
that is driven without rest, given the wrong stock or left for months breaks, and is repaired far away.

Limits: a family says beside each number where it comes from. None means that nobody here knows it, and then nothing is
decided by it. What stands here as a default of Pace is an assumption: no figure of a maker was at hand.
"""

from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

#: Seconds for each panel under the head. Assumed: dye is slow and resin fast; with the rest 20 s for YMCKO.
_PANELS: Final = {"y": 4.0, "m": 4.0, "c": 4.0, "k": 2.0, "f": 2.0, "o": 2.0}


@frozen
class Pace:
    """The time model of one card; all in seconds."""

    feed: float = 2.0
    panels: Mapping[str, float] = field(factory=_PANELS.copy)  # ink -> one panel of it
    flip: float = 2.0  # between front and back
    eject: float = 2.0
    warm_up: float = 0.0  # from switched on to ready; 0: not known

    def card(self, inks: str, back: str = "") -> float:
        """From the feeder to the exit of a warm printer. `back`: the inks of the other side, if it has one.

        Raises KeyError for an ink without a time.
        """
        side = sum(self.panels[ink] for ink in inks + back)
        return self.feed + side + (self.flip if back else 0.0) + self.eject


@frozen
class Care:
    """What a unit must not be asked for. None: not known, and no limit."""

    cards_per_day: int | None = None  # of the site's local day
    rest_after_cards: int | None = None  # so many without a pause of rest_minutes between any two
    rest_minutes: float = 10.0
    ready_celsius: tuple[float, float] | None = None  # the roller's, where the device tells it: from, to
    cleaning_cards: int | None = None  # between two cleanings
    idle_days: int | None = None  # after so long without a card a test card is advised
