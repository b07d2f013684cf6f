"""What can go wrong at a simulated printer: each fault is a frozen value, written as one word for a command line.

    jam                 the next card jams, when half of it is printed
    jam@c#3             the third card from now jams at its cyan panel
    unplugged@fed~5     the cable is out from the next card's feeding on, for five seconds
    cut=5000            the connection breaks at the 5000th byte of what is sent next

A list of them is a script. `dealt` makes one from a seed and rates, so that a random campaign can be played again.
"""

import random
import re
from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

#: When a fault strikes: at once, or in a card: the whole of it has come; it has left the feeder; half of its panels
#: are printed; all are; it is out. Or at a panel, by its ink or its place among the card's panels.
MOMENTS: Final = ("now", "taken", "fed", "half", "printed", "out")
INKS: Final = "ymckofs"


@frozen
class Kind:
    """A kind of fault: when it strikes if nothing is said, the value that it has then (None: it takes none)."""

    at: str
    sentence: str
    value: float | None = None


FAULTS: Final[dict[str, Kind]] = {
    # a card is lost, or does not come
    "jam": Kind("half", "the card sticks, and is lost"),
    "feed-fails": Kind("taken", "no card can be pulled from the feeder"),
    "two-fed": Kind("taken", "two cards are pulled at once; the second comes out blank"),
    "ribbon-ends": Kind("half", "the ribbon ends in the card, which is lost"),
    "ribbon-breaks": Kind("half", "the ribbon breaks in the card, which is lost"),
    "head-hot": Kind("half", "the head gets too hot in the card, which is lost"),
    "rejects": Kind("half", "the printer throws the card into the reject bin"),
    # the next card waits
    "cover-opens": Kind("now", "somebody opens the cover"),
    "feeder-empty": Kind("now", "the feeder says that it is empty"),
    "hopper-full": Kind("now", "the output hopper says that it is full"),
    "reject-full": Kind("now", "the reject bin says that it is full"),
    "ribbon-ended": Kind("now", "the ribbon says that it has ended"),
    "no-ribbon": Kind("now", "the ribbon is taken out"),
    "unknown-ribbon": Kind("now", "a ribbon is put in that the printer does not know"),
    "overheats": Kind("now", "the head is too hot for another card, and cools down"),
    "cleaning-due": Kind("now", "the printer asks for a cleaning card"),
    "resumes": Kind("now", "1: a job goes on when its cover is closed or its feeder filled; 0: it is forgotten", 0),
    # the link
    "unplugged": Kind("now", "the cable is out; the machine goes on"),
    "cut": Kind("now", "the connection breaks at so many bytes, once", 1000),
    "slow": Kind("now", "it reads so many bytes in a second", 65536),
    "deaf": Kind("now", "it stops reading at the next card's first bytes"),
    "busy": Kind("now", "it refuses so many cards as busy", 1),
    "late": Kind("now", "its answers come so many seconds late", 5),
    "twice": Kind("now", "its answers come so many times over", 2),
    "garbled": Kind("now", "so many of its next answers are rubbish", 1),
    # the machine as a whole
    "counts": Kind("taken", "the card moves the counter by so many (0, 2, -3)", 0),
    "power": Kind("now", "the power fails: memory and session are lost, a card in the path stays there"),
    "swapped": Kind("now", "another printer stands at this address"),
}


@frozen
class Fault:
    """One misfortune. Raises ValueError for a kind, a moment or a value that does not exist."""

    what: str
    at: str = field()
    card: int = 1  # the so-manieth card from now; nothing at "now"
    value: float | None = field()
    seconds: float | None = None  # then it mends itself; None: it stays until somebody mends it

    @at.default
    def _usual_moment(self) -> str:
        return _kind(self.what).at

    @value.default
    def _usual_value(self) -> float | None:
        return _kind(self.what).value

    def __attrs_post_init__(self) -> None:
        if self.at not in MOMENTS and not (len(self.at) == 1 and self.at in INKS) and not _PLACE.fullmatch(self.at):
            raise ValueError(f"{self.at!r} is no moment of a card: write {', '.join(MOMENTS)}, an ink or a number")
        if self.value is not None and _kind(self.what).value is None:
            raise ValueError(f"{self.what} takes no value")
        if self.card < 1 or (self.seconds is not None and self.seconds <= 0):
            raise ValueError("a fault strikes at card 1 or later, and lasts longer than 0 s")

    def __str__(self) -> str:
        value = "" if self.value is None else f"={self.value:.12g}"
        seconds = "" if self.seconds is None else f"~{self.seconds:.12g}"
        return f"{self.what}{value}@{self.at}#{self.card}{seconds}"


_PLACE: Final = re.compile(r"[1-9]|1[0-9]", re.ASCII)
_NUMBER: Final = r"-?\d{1,9}(?:\.\d{1,6})?"
_TEXT: Final = re.compile(
    rf"(?P<what>[a-z-]{{2,20}})(?:=(?P<value>{_NUMBER}))?(?:@(?P<at>\w{{1,8}}))?(?:#(?P<card>\d{{1,6}}))?"
    rf"(?:~(?P<seconds>{_NUMBER}))?",
    re.ASCII,
)


def _kind(what: str) -> Kind:
    kind = FAULTS.get(what)
    if kind is None:
        raise ValueError(f"there is no fault {what!r}; there are: {', '.join(FAULTS)}")
    return kind


def fault(text: str) -> Fault:
    """WHAT[=VALUE][@MOMENT][#CARD][~SECONDS]. Raises ValueError with a sentence."""
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no fault: write WHAT[=VALUE][@MOMENT][#CARD][~SECONDS], such as jam@c#3")
    what, value, at, card, seconds = match.group("what", "value", "at", "card", "seconds")
    kind = _kind(what)
    return Fault(
        what, at or kind.at, int(card or 1), kind.value if value is None else float(value),
        None if seconds is None else float(seconds),
    )  # fmt: skip


def dealt(rates: Mapping[str, float], seed: int, cards: int) -> list[Fault]:
    """A script for so many cards: at each of them each kind strikes with its rate (0 … 1), and mends after 1 to 20 s
    what a person or the room would mend. Raises ValueError for a kind or a rate that does not exist."""
    for what, rate in rates.items():
        _kind(what)
        if not 0 <= rate <= 1:
            raise ValueError(f"the rate of {what} is {rate:g}: it lies between 0 and 1")
    dice = random.Random(seed)
    script = []
    for card in range(1, cards + 1):
        for what in sorted(rates):
            if dice.random() < rates[what]:
                kind = FAULTS[what]
                at = dice.choice(MOMENTS[1:]) if kind.at == "now" else kind.at
                script.append(Fault(what, at, card, kind.value, round(dice.uniform(1, 20), 3)))
    return script
