"""A card's own record: it outlives its job, because a blank is accountable until it is handed over or destroyed."""

from enum import StrEnum
from typing import Final

from attrs import frozen

from .ids import JobId


class CardState(StrEnum):
    """Where a blank stands in its life."""

    LOADED = "loaded"
    PRINTED = "printed"
    PASSED = "passed"
    SPOILED = "spoiled"
    HANDED_OVER = "handed-over"
    RETURNED = "returned"
    DESTROYED = "destroyed"


_C = CardState

#: There is a card that may be in a citizen's hands.
GOOD: Final = frozenset({_C.PRINTED, _C.PASSED, _C.HANDED_OVER})

#: state -> the states that may follow.
CARD_TRANSITIONS: Final[dict[CardState, frozenset[CardState]]] = {
    _C.LOADED: frozenset({_C.PRINTED, _C.SPOILED}),
    _C.PRINTED: frozenset({_C.PASSED, _C.SPOILED}),
    _C.PASSED: frozenset({_C.HANDED_OVER, _C.SPOILED}),
    _C.SPOILED: frozenset({_C.RETURNED, _C.DESTROYED}),
    _C.HANDED_OVER: frozenset({_C.RETURNED}),
    _C.RETURNED: frozenset({_C.DESTROYED}),
    _C.DESTROYED: frozenset(),
}


@frozen
class Card:
    """One blank that a job used."""

    job: JobId
    copy: int
    attempt: int
    state: CardState
    stock: str
    printer: str
    serial: str  # of the printer
    at_ms: int
    stage: str | None = None  # where it was spoiled: one of model.daysheet.STAGES
    defect: str | None = None  # what is wrong with it: a keyword of DEFECTS
    uid: str | None = None  # its chip's number, where somebody told it


@frozen
class Defect:
    """What can be wrong with a card, as the destruction list has it."""

    keyword: str
    indonesian: str
    english: str


DEFECTS: Final[dict[str, Defect]] = {
    defect.keyword: defect
    for defect in (
        Defect("not-stated", "Tidak disebutkan.", "Not stated."),
        Defect("jammed", "Macet atau tertekuk di printer.", "Jammed or bent in the printer."),
        Defect("incomplete", "Cetakan tidak lengkap.", "Printed in part only."),
        Defect("colour", "Warna pudar atau bergaris.", "Colours faded or striped."),
        Defect("offset", "Cetakan bergeser.", "Printed out of place."),
        Defect("smudged", "Kotor atau tergores.", "Smudged or scratched."),
        Defect("wrong-person", "Foto atau data milik orang lain.", "Somebody else's photo or data."),
        Defect("chip-dead", "Cip tidak terbaca.", "The chip cannot be read."),
        Defect("blank-faulty", "Blangko cacat dari pabrik.", "The blank was faulty."),
    )
}


@frozen
class Inspect:
    """A command: somebody has looked at the job's latest card. `passed` or spoiled, then with what is wrong."""

    job: JobId
    version: int
    passed: bool
    actor: str
    defect: str | None = None


@frozen
class TellUid:
    """A command: the chip in the job's latest card has this number, 8 to 20 capital hexadecimal digits."""

    job: JobId
    version: int
    uid: str
    actor: str


@frozen
class NoteSameChip:
    """A command: somebody was refused, as another card has this number."""

    job: JobId
    uid: str
    actor: str
