"""Which printers take from which lanes: a printer of a pool that turns out unable to draw a kind leaves it to the rest.

What a kind needs is checked at the start (hardware.py); what shows only on the drawn card, dye beyond a half panel, is
found here, once for each printer and kind. Limits: it is forgotten at the next start, and `explain` goes on counting
the printer among those that may print the kind.
"""

from collections.abc import Sequence

from .lanes import Lane


class Takers:
    """By lane, the names of its printers."""

    def __init__(self) -> None:
        self._of: dict[Lane, set[str]] = {}

    def join(self, printer: str, lanes: Sequence[Lane]) -> None:
        """It takes from these."""
        for lane in lanes:
            self._of.setdefault(lane, set()).add(printer)

    def leave(self, printer: str, lane: Lane) -> bool:
        """It takes no more from this one, if another does; False, and nothing changes, for the last."""
        takers = self._of[lane]
        if takers == {printer}:
            return False
        takers.discard(printer)
        return True
