"""What a Magicard printer says: the answer to REQ,INF, and what its error numbers mean for the spooler.

Format (PRINTERS.md 2.3, read in the vendor's CUPS driver, never seen from a device): 01 "STA", two characters, then
fields ended by a comma, a colon or 03, known by their place. Nothing in it says whether the printer is busy, or where
a card lies; only the counter and the error numbers move.
"""

import re
from typing import Final

from attrs import frozen

from spooler.model.printer import Facts, PrinterState, Supply
from spooler.model.reasons import worst_first

from .contract import LanguageError

#: it waits for somebody, or for itself, and no card is lost
WAITS: Final[dict[int, str]] = {
    1025: "media-empty",  # hopper empty
    1046: "marker-supply-missing",  # dye film not found
    1047: "film-missing",  # transfer film not found
    1049: "marker-supply-missing",  # no film fitted
    2050: "cooling",  # too hot to clean
    2051: "cooling",  # too hot for a soak test
    2052: "cleaning-required",  # no cleaning card
    2053: "cleaning-required",  # that was no cleaning card
}
#: advice only
ADVICE: Final[dict[int, str]] = {2048: "cleaning-required"}  # cleaning overdue
#: the card in progress is lost, or may be: what is not sure stands here
LOST: Final[dict[int, str]] = {
    1024: "option-missing",  # feature not available
    1026: "media-jam",  # card jam
    1027: "media-jam",  # flipper jam
    1028: "job-data",  # bad job option
    1032: "ribbon-fault",  # dye panel not found
    1033: "marker-supply-wrong",  # a panel that this film does not have
    1034: "ribbon-fault",  # transfer panel not found
    1038: "cover-open",  # cover opened during a job
    1041: "film-empty",  # transfer film used up
    1042: "marker-supply-empty",  # dye film used up
    1043: "marker-supply-empty",  # both
    1048: "marker-supply-wrong",  # film where none should be
    1050: "head-fault",  # head did not reach its temperature
    2054: "media-jam",  # cleaning card jam
    2055: "media-jam",  # cleaning card not ejected
    9000: "over-temperature",  # heated roller
    9001: "over-temperature",  # print head
    9003: "head-fault",  # head's sensor
}
#: every other number is a fault that a technician must name: nothing is silent
_OTHER: Final = "device-fault"

_ANSWER: Final = re.compile(rb"\x01STA..([\x20-\x7e]{1,2048})(?:\x1c?\x03)?", re.DOTALL)
_WORD: Final = re.compile(r"[\x21-\x2b\x2d-\x39\x3b-\x7e][\x20-\x2b\x2d-\x39\x3b-\x7e]{0,63}", re.ASCII)
_MODEL, _SERIAL, _FIRMWARE, _CARDS = 1, 3, 6, 9
_SINCE_CLEAN, _CLEAN_EVERY, _MAJOR, _MINOR, _SHOTS, _USED = 14, 15, 19, 20, 22, 23


@frozen
class Status:
    """One answer."""

    model: str
    serial: str
    firmware: str
    cards: int  # ever printed
    error: int  # 0: none
    cleaning_due: bool
    since_cleaning: int | None  # cards
    shots: int | None  # on the film when it was new
    shots_used: int | None

    @property
    def fault(self) -> bool:
        """The card in progress is lost, or may be."""
        return self.error not in (0, *WAITS, *ADVICE)

    @property
    def waits(self) -> bool:
        """It goes on once somebody has acted, or it has cooled."""
        return self.error in WAITS

    @property
    def facts(self) -> Facts:
        """In the spooler's words."""
        words = {"cleaning-required"} if self.cleaning_due else set()
        if self.error:
            words.add({**WAITS, **ADVICE, **LOST}.get(self.error, _OTHER))
        left = None if self.shots is None or self.shots_used is None else max(0, self.shots - self.shots_used)
        return Facts(
            serial=self.serial,
            model=self.model,
            firmware=self.firmware,
            counter=self.cards,
            state=PrinterState.STOPPED if self.fault or self.waits else PrinterState.IDLE,
            reasons=worst_first(words),
            card_in_path=False,  # it does not say: settle_seconds makes up for that
            fault=self.fault,
            since_cleaning=self.since_cleaning,
            supplies=(Supply("ribbon", left, self.shots),) if left is not None else (),
        )


def parse_status(reply: bytes) -> Status:
    """The answer to REQ,INF. Raises LanguageError for anything that is not exactly one."""
    match = _ANSWER.fullmatch(reply)
    if match is None:
        raise LanguageError("the printer's reply is no answer to REQ,INF")
    fields = re.split("[,:]", match[1].decode("ascii"))

    def word(at: int, what: str) -> str:
        text = fields[at].strip() if at < len(fields) else ""
        if not _WORD.fullmatch(text):
            raise LanguageError(f"the printer does not tell its {what}")
        return text

    def number(at: int, what: str) -> int:
        text = word(at, what)
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII):
            raise LanguageError(f"the printer's {what} is no number")
        return int(text)

    def perhaps(at: int) -> int | None:
        text = fields[at].strip() if at < len(fields) else ""
        return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else None

    since, every = perhaps(_SINCE_CLEAN), perhaps(_CLEAN_EVERY)
    shots = perhaps(_SHOTS)
    return Status(
        model=word(_MODEL, "model"),
        serial=word(_SERIAL, "serial number"),
        firmware=word(_FIRMWARE, "firmware"),
        cards=number(_CARDS, "count of cards"),
        error=number(_MAJOR, "error number") or number(_MINOR, "minor error number"),
        cleaning_due=since is not None and bool(every) and since >= (every or 0),
        since_cleaning=since,
        shots=shots or None,
        shots_used=perhaps(_USED),
    )
