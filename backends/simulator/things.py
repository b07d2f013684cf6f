"""The things in a printer's world, and the closed list of what can be out of order there."""

from typing import Final, Literal

from attrs import frozen

#: What happens to a card, in this order: the whole of it lies unread in the buffer of a printer that is deaf,
#: it was taken, it was fed, it is half done, it is out and the counter has moved.
Moment = Literal["buffered", "taken", "fed", "half", "out"]

#: The card in the path is lost, and lies there until a hand takes it out.
Loss = Literal["jam", "ribbon-ended-in-card", "ribbon-broken", "cover-opened-in-card", "head-hot"]
#: No card has moved, and the job is dropped.
Refusal = Literal["feed-failed", "wrong-ribbon"]
#: The next card waits.
Wait = Literal[
    "feeder-empty", "cover-open", "no-ribbon", "unknown-ribbon", "ribbon-ended", "film-ended", "hopper-full",
    "reject-full", "cooling",
]  # fmt: skip
#: Everything goes on.
Advice = Literal["ribbon-low", "cleaning-due"]
Trouble = Loss | Refusal | Wait | Advice

LOSSES: Final[frozenset[Loss]] = frozenset(
    ("jam", "ribbon-ended-in-card", "ribbon-broken", "cover-opened-in-card", "head-hot")
)
REFUSALS: Final[frozenset[Refusal]] = frozenset(("feed-failed", "wrong-ribbon"))
WAITS: Final[frozenset[Wait]] = frozenset(
    ("feeder-empty", "cover-open", "no-ribbon", "unknown-ribbon", "ribbon-ended", "film-ended", "hopper-full",
     "reject-full", "cooling")
)  # fmt: skip
ADVICE: Final[frozenset[Advice]] = frozenset(("ribbon-low", "cleaning-due"))

RIBBON_SIZE: Final = 300  # cards on a new ribbon
#: the kind of a ribbon that the printer does not know
UNKNOWN_KIND: Final = "?"


@frozen
class Roll:
    """A ribbon or a transfer film: `left` whole sets of panels, and `begun` panels of the set under the head.

    `kind`: the vendor's word, a letter per panel, such as "YMCKO" (a last S says that the colour panels are short);
    "" is a roll that is right for any work.
    """

    serial: str
    kind: str = ""
    size: int = RIBBON_SIZE  # sets, when it was new
    left: int = RIBBON_SIZE
    begun: int = 0

    @property
    def per_set(self) -> int:
        """Panels of a set; 1 for a roll without a kind."""
        return max(len(self.kind.rstrip("S")), 1)

    @property
    def panels(self) -> int:
        """Panels that can still be used."""
        return self.left * self.per_set + self.begun

    @property
    def low(self) -> bool:
        """Less than a tenth of a usual roll is left."""
        return self.left < min(self.size, RIBBON_SIZE) // 10


@frozen
class InPath:
    """What lies between the feeder and the exit."""

    cards: int  # 2 where two were fed
    number: int  # the line that the first of them will be in cards.jsonl
    mark: str | None = None  # what the judge reads on it
    lost: Loss | None = None
