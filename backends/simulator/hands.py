"""What people do at a printer: they load it, change its ribbon, open its cover, take cards out."""

from .state import State
from .things import REFUSALS, RIBBON_SIZE, UNKNOWN_KIND, Roll, Trouble


class HandError(ValueError):
    """What a hand cannot do now; the text is a sentence for whoever tried."""


class Hands(State):
    """Each call is one movement, and is written down at once."""

    def load(self, cards: int) -> None:
        """Put blanks into the feeder."""
        if cards < 1:
            raise HandError(f"{cards} blanks cannot be put into the feeder")
        self.says.discard("feeder-empty")
        self.feeder += cards
        self.loaded += cards
        self.save()

    def change_ribbon(self, cards: int = RIBBON_SIZE, kind: str | None = None, serial: str | None = None) -> None:
        """Put another ribbon in: for so many cards, of the kind of the last one if none is named."""
        if cards < 0:
            raise HandError(f"a ribbon for {cards} cards does not exist")
        if kind is None:
            kind = "" if self.roll is None or self.roll.kind == UNKNOWN_KIND else self.roll.kind
        self._rolls += 1
        self.roll = Roll(serial or f"{self.serial}-R{self._rolls}", kind, max(cards, RIBBON_SIZE), cards)
        self.says -= {"ribbon-ended", "no-ribbon", "unknown-ribbon", "wrong-ribbon"}
        self.save()

    def remove_ribbon(self) -> None:
        """Take the ribbon out."""
        self.roll = None
        self.save()

    def open_cover(self) -> None:
        """A card that is being printed waits, or is lost: that is the machine's affair."""
        self.cover_open = True
        self.save()

    def close_cover(self) -> None:
        """Close it."""
        self.cover_open = False
        self.says.discard("cover-open")
        self.save()

    def clear(self) -> int:
        """Take out what lies in the path, and put right what the printer calls an error; returns how many cards.

        Raises HandError while a card is being printed.
        """
        if self.path is not None and self.path.lost is None:
            raise HandError("a card is being printed: wait until it is out")
        cards = 0 if self.path is None else self.path.cards
        self.taken_away += cards
        self.path = None
        self.jams_next = False
        self.says -= REFUSALS
        self.save()
        return cards

    def empty_hopper(self) -> int:
        """Take the cards out of the output hopper; returns how many."""
        return self._empty("hopper", "hopper-full")

    def empty_rejects(self) -> int:
        """Take the cards out of the reject bin; returns how many."""
        return self._empty("rejects", "reject-full")

    def _empty(self, which: str, trouble: Trouble) -> int:
        cards: int = getattr(self, which)
        setattr(self, which, 0)
        self.taken_away += cards
        self.says.discard(trouble)
        self.save()
        return cards

    def clean(self) -> None:
        """Run a cleaning card through."""
        self.says.discard("cleaning-due")
