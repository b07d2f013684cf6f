"""What an Evolis printer says: replies, the binary status block, and what its bits mean for the spooler.

Format (PRINTERS.md 1.8, found by trying the vendor's own client against a simulator): ASCII text, 00, two bytes of
unknown meaning, then length-prefixed blocks: 10 + CFG INF WAR ERR (u32, big-endian), 02 + session id, and up to four
times 04 + an extension word. The bit names are the vendor's.
"""

import re
from typing import Final

from attrs import frozen

from spooler.model.printer import PrinterState
from spooler.model.reasons import worst_first

from .contract import LanguageError

INF_CLAIM: Final = 0x80000000  # a job holds the printer
INF_BUSY: Final = 0x00000001
#: printing, encoding, cleaning, updating its firmware, busy: something is going on
INF_WORKING: Final = 0x00000080 | 0x00000040 | 0x00000020 | 0x00000002 | INF_BUSY
#: a card in the flipper, at the contactless or smart station, under the head or in the exit. CARD_FEEDER and
#: CARD_HOPPER are resting places: a full feeder must not look like a card under way.
INF_CARD: Final = 0x10000000 | 0x08000000 | 0x04000000 | 0x02000000 | 0x01000000

#: advice only: the printer goes on
ADVICE: Final[dict[int, str]] = {
    0x00080000: "marker-supply-low",  # RIBBON_LOW
    0x00040000: "cleaning-required",  # CLEANING_MANDATORY
    0x00000100: "cleaning-required",  # CLEANING_REQUIRED
}
#: the next card waits until somebody acts; RIBBON_COMPATIBLE (200) and EPS_NO_AUTO (1) are no stops
WARNINGS: Final[dict[int, str]] = {
    0x40000000: "marker-supply-missing",  # REMOVE_RIBBON
    0x10000000: "cover-open",  # RECEPTACLE_OPEN
    0x08000000: "output-area-full",  # REJECT_BOX_FULL
    0x04000000: "output-area-full",  # CARD_ON_EJECT
    0x02000000: "media-empty",  # WAIT_CARD
    0x01000000: "media-empty",  # FEEDER_EMPTY
    0x00200000: "cooling",  # COOLING
    0x00100000: "output-area-full",  # HOPPER_FULL
    0x00080000: "marker-supply-empty",  # RIBBON_ENDED
    0x00020000: "cover-open",  # COVER_OPEN
    0x00010000: "marker-supply-missing",  # NO_RIBBON
    0x00008000: "marker-supply-missing",  # UNSUPPORTED_RIBBON
    0x00000400: "cover-open",  # REJECT_BOX_COVER_OPEN
    0x00000100: "cover-open",  # FEEDER_OPEN
}
_NO_STOP: Final = 0x00000200 | 0x00000001
#: the card in progress is lost
ERRORS: Final[dict[int, str]] = {
    0x08000000: "media-jam",  # FEEDER_ERROR
    0x02000000: "cover-open",  # COVER_OPEN
    0x01000000: "media-jam",  # MECHANICAL
    0x00800000: "output-area-full",  # REJECT_BOX_FULL
    0x00400000: "marker-supply-missing",  # BAD_RIBBON
    0x00200000: "marker-supply-empty",  # RIBBON_ENDED
    0x00100000: "output-area-full",  # HOPPER_FULL
    0x00000400: "cover-open",  # REJECT_BOX_COVER_OPEN
    0x00000200: "output-area-full",  # CARD_ON_EJECT
    0x00000100: "media-empty",  # NO_CARD_INSERTED
    0x00000080: "cover-open",  # FEEDER_OPEN
}
#: what has no line above is a fault that a technician must name: nothing is silent
_OTHER: Final = "device-fault"


def _words(bits: int, table: dict[int, str]) -> set[str]:
    words = {word for mask, word in table.items() if bits & mask}
    return words | {_OTHER} if bits & ~sum(table) else words


@frozen
class Status:
    """One status block. The words are as the vendor names them; the properties are what they mean here."""

    configuration: int
    information: int
    warning: int
    error: int
    session: int
    extensions: tuple[int, ...]

    @property
    def claimed(self) -> bool:
        """A job holds the printer."""
        return bool(self.information & INF_CLAIM)

    @property
    def working(self) -> bool:
        """Something moves, or is about to."""
        return bool(self.information & INF_WORKING)

    @property
    def card_in_path(self) -> bool:
        """A card lies between the feeder and the exit."""
        return bool(self.information & INF_CARD)

    @property
    def stopped(self) -> bool:
        """It waits for somebody, or for its head to cool."""
        return bool(self.warning & ~_NO_STOP)

    @property
    def fault(self) -> bool:
        """The card in progress is lost."""
        return bool(self.error)

    @property
    def state(self) -> PrinterState:
        """In IPP's words."""
        if self.fault or self.stopped:
            return PrinterState.STOPPED
        return PrinterState.PROCESSING if self.claimed or self.working else PrinterState.IDLE

    @property
    def reasons(self) -> tuple[str, ...]:
        """Keywords of model.reasons, the worst first."""
        advice = {word for mask, word in ADVICE.items() if self.information & mask}
        return worst_first(_words(self.error, ERRORS) | _words(self.warning & ~_NO_STOP, WARNINGS) | advice)


def parse_status(reply: bytes) -> Status:
    """The status block behind a reply's text. Raises LanguageError for anything that is not exactly one."""
    text, zero, rest = reply.partition(b"\0")
    if not zero or not text.isascii():
        raise LanguageError("the printer's reply is no text ended by 00")
    blocks = []
    at = 2
    while at < len(rest):
        block = rest[at + 1 : at + 1 + rest[at]]
        if len(block) != rest[at]:
            raise LanguageError("the printer's status block is cut off")
        blocks.append(block)
        at += 1 + len(block)
    sizes = [len(block) for block in blocks]
    if sizes[:2] != [16, 2] or len(sizes) > 6 or any(size != 4 for size in sizes[2:]):
        raise LanguageError(f"the printer's status block has parts of {sizes[:8]} bytes: 16, 2 and up to four of 4")
    words = [int.from_bytes(blocks[0][i : i + 4], "big") for i in range(0, 16, 4)]
    return Status(
        *words, session=int.from_bytes(blocks[1], "big"), extensions=tuple(int.from_bytes(b, "big") for b in blocks[2:])
    )


def has_status(reply: bytes) -> bool:
    """Whether the reply has come to its end: a status block stands behind the text. Without one nobody can say."""
    try:
        parse_status(reply)
    except LanguageError:
        return False
    return True


_PLAIN: Final = re.compile(rb"[\x20-\x7e\r\n\t]{0,4096}", re.ASCII)
_NUMBER: Final = re.compile(r"(?:\w+\s*[:;=]?\s+|\w+\s*[:;=])?(\d{1,10})", re.ASCII)
_PAIR: Final = re.compile(r"(\w+)\s*[:;= ]\s*(\S.*)", re.ASCII)


def parse_text(reply: bytes) -> str:
    """A reply's text without its end. Raises LanguageError if it is no short printable text."""
    text = reply.partition(b"\0")[0]
    if not _PLAIN.fullmatch(text):
        raise LanguageError("the printer's reply is no printable text")
    return text.decode("ascii").strip()


def refusal(text: str) -> bool:
    """Whether the text says that a command was not taken: ERROR CDE, ERR RIB DETECTION, BUSY …"""
    return text.startswith(("ERR", "BUSY", "OPTION NOT"))


def parse_word(reply: bytes, what: str) -> str:
    """One short line, such as a serial number. Raises LanguageError for a refusal or anything longer."""
    text = parse_text(reply)
    if not text or refusal(text) or len(text) > 64 or "\n" in text or "\r" in text:
        raise LanguageError(f"the printer does not tell its {what}")
    return text


def parse_number(reply: bytes, what: str) -> int:
    """A count, alone or after its key. Raises LanguageError."""
    match = _NUMBER.fullmatch(parse_word(reply, what))
    if match is None:
        raise LanguageError(f"the printer's {what} is no number")
    return int(match[1])


def parse_pairs(reply: bytes) -> dict[str, str]:
    """Lines "key value" or "key: value"; other lines are passed over. Raises LanguageError for no text."""
    matches = (_PAIR.fullmatch(line.strip()) for line in parse_text(reply).splitlines())
    return {match[1]: match[2] for match in matches if match}
