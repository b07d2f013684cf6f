"""What a simulated printer of any family offers to those who bring it bytes: the TCP front, the fake USB front, a test.

A front receives, knows by `whole` where a command ends (or by the half-close of a connection), hands it to `handle` and
sends the answer back. It obeys the world's Cable: reachable, hearing, cuts, bytes_per_second, answer_delay_seconds,
spoken. What a machine does with a card is its Mechanism's affair.
"""

from typing import Any, Protocol

from .mechanism import Mechanism
from .world import World


class Machine(Protocol):
    """One printer."""

    world: World
    mechanism: Mechanism
    #: bytes of the longest command; whoever sends more is cut off
    longest: int
    #: what the model is called
    model: str

    async def handle(self, data: bytes, sender: str = "") -> bytes:
        """Obey one whole command, or a whole card, and answer it. `sender`: who sent it, for a reservation; an address.

        b"" asks for the status, where the family has that.
        """
        ...

    def whole(self, data: bytes) -> int:
        """How many bytes at the beginning of `data` are one command; 0 if it has not all come yet."""
        ...

    def is_card(self, first: bytes) -> bool:
        """Whether these first bytes (64 or less) may begin a card."""
        ...

    def forget(self) -> None:
        """The power has gone: what it held in its memory is lost (the mechanism's part is power_off)."""
        ...

    def shown(self) -> dict[str, Any]:
        """What its display would say, for a table: closed words and numbers."""
        ...
