"""The link to a printer, as far as it can be disturbed: what is here holds for every front, TCP or USB."""

from typing import Literal

#: Whether the printer reads what it is sent: "armed" stops it at the next card's first bytes.
Hearing = Literal["hears", "armed", "deaf"]


class Cable:
    """Set the attributes, at any time."""

    plugged: bool = True  #: without it connections are reset, and the machine goes on
    powered: bool = True  #: without it too, and nothing goes on
    hearing: Hearing = "hears"
    cut_after: int | None = None  #: reset the connection on which so many bytes have come, once
    bytes_per_second: float | None = None  #: that it reads; None: as many as come
    answers: int = 1  #: each answer is sent so many times
    answer_delay_seconds: float = 0.0  #: after so many seconds
    garbled: int = 0  #: so many of the next answers are rubbish
    refuses: int = 0  #: so many of the next cards are refused, as by a printer that is busy

    def reachable(self) -> bool:
        """Whether anybody answers."""
        return self.plugged and self.powered

    def spoken(self, answer: bytes) -> bytes:
        """What an answer becomes on its way."""
        if self.garbled > 0:
            self.garbled -= 1
            answer = bytes(byte ^ 0xFF for byte in answer)
        return answer * self.answers

    def cuts(self, received: int) -> bool:
        """Whether the connection breaks now that so many bytes have come on it."""
        if self.cut_after is None or received < self.cut_after:
            return False
        self.cut_after = None
        return True

    def mend(self) -> None:
        """The cable is in, the ears are open, and answers come once, whole and at once."""
        self.plugged, self.hearing, self.cut_after, self.bytes_per_second = True, "hears", None, None
        self.answers, self.answer_delay_seconds, self.garbled, self.refuses = 1, 0.0, 0, 0
