"""What an Evolis printer says: replies, the binary status block, and what its bits mean for the spooler.

Format (PRINTERS.md 1.8, found by trying the vendor's own client against a simulator): ASCII text, 00, two bytes of
unknown meaning, then length-prefixed blocks: 10 + CFG INF WAR ERR (u32, big-endian), 02 + session id, and up to four
times 04 + an extension word. The bits stand in evolis_bits.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Final

from attrs import frozen

from spooler.model.printer import PrinterState
from spooler.model.reasons import worst_first

from .contract import LanguageError
from .evolis_bits import CARD_INSIDE, CLAIM, FAMILIES, FORBIDS, REASONS, REMARKS, RESET, WORDS, WORKING

_ALL: Final = 0xFFFFFFFF
#: what has no line of its own is a fault that a technician must name: nothing is silent
_OTHER: Final = "device-fault"


def _masks(names: Iterable[str]) -> tuple[int, ...]:
    """The bits with these names, a mask for each word of the block."""
    wanted = frozenset(names)
    return tuple(sum(mask for mask, name in word.items() if name in wanted) for word in WORDS)


def _prefixed(prefix: str) -> set[str]:
    return {name for word in WORDS for name in word.values() if name.startswith(prefix)}


_CLAIM: Final = _masks({CLAIM})
_RESET: Final = _masks({RESET})
_WORKING: Final = _masks(WORKING)
_CARD: Final = _masks(CARD_INSIDE)
_REMARKS: Final = _masks(REMARKS)
# a bit of WAR or ERR that nobody named is one all the same
_STOPS: Final = tuple(
    mask if i != 2 else _ALL & ~_REMARKS[2] for i, mask in enumerate(_masks(_prefixed("WAR_") | FORBIDS))
)
_FAULTS: Final = tuple(mask if i != 3 else _ALL for i, mask in enumerate(_masks(_prefixed("ERR_"))))
_TELLING: Final = tuple(
    stop | fault | advice for stop, fault, advice in zip(_STOPS, _FAULTS, _masks(REASONS), strict=True)
)
_FAMILIES: Final = tuple((_masks({bit}), name) for bit, name in FAMILIES)


def _any(words: tuple[int, ...], masks: tuple[int, ...]) -> bool:
    for word, mask in zip(words, masks, strict=False):  # noqa: SIM110 - asked often: no generator
        if word & mask:
            return True
    return False


@cache
def _keyword(word: int, mask: int) -> str:
    """The reason of a bit that has one."""
    return REASONS.get(WORDS[word].get(mask, ""), _OTHER)


def _keywords(words: tuple[int, ...]) -> set[str]:
    found = set()
    for i, (word, telling) in enumerate(zip(words, _TELLING, strict=False)):
        bits = word & telling
        while bits:
            mask = bits & -bits
            found.add(_keyword(i, mask))
            bits ^= mask
    return found


@frozen
class Status:
    """One status block. The words are as the vendor names them; the properties are what they mean here."""

    configuration: int
    information: int
    warning: int
    error: int
    session: int  # whose reservation it is: 0 nobody's
    extensions: tuple[int, ...]

    @property
    def _words(self) -> tuple[int, ...]:
        return (self.configuration, self.information, self.warning, self.error, *self.extensions)

    @property
    def claimed(self) -> bool:
        """A job holds the printer."""
        return _any(self._words, _CLAIM)

    @property
    def rebooted(self) -> bool:
        """It has just been switched on."""
        return _any(self._words, _RESET)

    @property
    def working(self) -> bool:
        """Something moves, or is about to."""
        return _any(self._words, _WORKING)

    @property
    def card_in_path(self) -> bool:
        """A card lies between the feeder and the exit."""
        return _any(self._words, _CARD)

    @property
    def stopped(self) -> bool:
        """It waits for somebody, or for its head to cool."""
        return _any(self._words, _STOPS)

    @property
    def fault(self) -> bool:
        """The card in progress is lost."""
        return _any(self._words, _FAULTS)

    @property
    def state(self) -> PrinterState:
        """In IPP's words."""
        if self.fault or self.stopped:
            return PrinterState.STOPPED
        return PrinterState.PROCESSING if self.claimed or self.working else PrinterState.IDLE

    @property
    def reasons(self) -> tuple[str, ...]:
        """Keywords of model.reasons, the worst first."""
        return worst_first(_keywords(self._words))

    @property
    def machine(self) -> str | None:
        """The model as the printer's own bits say it; None where they do not."""
        return next((name for masks, name in _FAMILIES if _any(self._words, masks)), None)


def status_behind(reply: bytes) -> Status | None:
    """The status block that newer printers append to every answer; None where there is none.

    Raises LanguageError for what is neither.
    """
    return parse_status(reply) if reply.partition(b"\0")[2] else None


def parse_status(reply: bytes) -> Status:
    """The status block behind a reply's text. Raises LanguageError for anything that is not exactly one."""
    text, zero, rest = reply.partition(b"\0")
    if not zero or not text.isascii():
        raise LanguageError("the printer's reply is no text ended by 00")
    return _parse_block(rest)


@lru_cache(maxsize=256)
def _parse_block(rest: bytes) -> Status:
    """What stands behind the text: mostly what was there a moment ago."""
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


#: What may be said in place of any answer (the classic guide's reply words). Of a card it says that the printer waits.
_COMPLAINTS: Final = frozenset({
    "NEED CLEANING", "FEEDER EMPTY", "HOPPER FULL", "HOPPER DOOR", "COVER OPEN", "CARD JAM", "NO CARD",
})  # fmt: skip


def refusal(text: str) -> bool:
    """Whether the text says that a command was not taken: ERROR CDE, ERR RIB DETECTION, BUSY …"""
    return text.startswith(("ERR", "BUSY", "OPTION NOT"))


def parse_word(reply: bytes, what: str) -> str:
    """One short line, such as a serial number. Raises LanguageError for a refusal, a complaint or anything longer."""
    text = parse_text(reply)
    if not text or refusal(text) or text in _COMPLAINTS or len(text) > 64 or "\n" in text or "\r" in text:
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
