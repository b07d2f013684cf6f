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
