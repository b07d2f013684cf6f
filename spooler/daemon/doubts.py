"""How many cards in doubt a printer may have waiting, and what lets it go on beside one (`[press] on_unknown`).

With `stop-printer` one doubt stops the printer until an officer has answered. With `go-on` the doubt's job waits alone:
the printer is reset, has to be quiet for as long as the family asks of a proof (settle_seconds), and takes further
cards, until `doubt_limit` doubts wait. The proof is needed because the next card begins from a fresh count: a card of
the doubt that came out late would else be taken for the next one's.

What remains is what remains of any such proof (rules.verdict): a device that keeps a whole card for longer than that,
unread, while it says that it is empty.
"""

from spooler.config import PressConfig


def most_doubts(config: PressConfig) -> int:
    """So many doubts stop the printer."""
    return 1 if config.on_unknown == "stop-printer" else config.doubt_limit


class Calm:
    """Whether a printer has been quiet since its reset for long enough. Times in seconds."""

    def __init__(self, settle_seconds: float) -> None:
        self._settle = settle_seconds
        self._wanted = False
        self._since: float | None = None

    def want(self) -> None:
        """A doubt is left alone: calm has to be proved from a reset on."""
        self._wanted, self._since = True, None

    def enough(self) -> None:
        """No card is in doubt any more."""
        self._wanted = False

    def hear(self, now: float, *, quiet: bool) -> bool:
        """One reading after the reset. True: nothing keeps the printer from the next card."""
        if not self._wanted:
            return True
        if not quiet:
            self._since = None
        elif self._since is None:
            self._since = now
        if self._since is None or now - self._since < self._settle:
            return False
        self._wanted = False
        return True

    def lost_sight(self) -> bool:
        """The link failed: what was seen proves nothing. True: a new reset is needed."""
        self._since = None
        return self._wanted
