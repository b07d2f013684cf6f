"""The verdict table: what became of an intent, from what was observed (DESIGN.md, law 2).

One literal, first match wins. What it guards, in this order: a card must never be made twice for one authorisation,
so `not-printed` (which prints again) needs proof that no card came and none can still come; `printed` needs evidence
that nobody else could have left; the rest is `unknown` and waits for an officer, or `wait` while proof may still come.

The limit of the proof: `quiet` means idle and empty after a reset, for the family's settle_seconds. A device that
takes a whole card into a buffer of its own, leaves it unread for longer than that while it answers other connections,
and prints it then (a print server may), is beyond it. No software on this side can see such a card.
"""

from enum import StrEnum
from typing import Final

from attrs import frozen

from spooler.model.verdict import Grade, Judgement, Observation, Reach, Verdict


class Move(StrEnum):
    """What the printer's counter did since the intent."""

    ABSENT = "absent"  # there is no counter, or it could not be read
    BACK = "back"
    STILL = "still"
    ONE = "one"
    MANY = "many"


@frozen
class Row:
    """One row. A column of None takes anything; a tuple takes any of its values."""

    name: str
    verdict: Verdict
    same_serial: bool | None
    reach: tuple[Reach, ...] | None
    move: tuple[Move, ...] | None
    fault: bool | None
    ended: bool | None
    quiet: bool | None
    grade: tuple[Grade, ...] | None
    accountable: bool | None


_ANY: Final = None
_YES: Final = True
_NO: Final = False
_PRINTED, _NOT_PRINTED, _UNKNOWN, _WAIT = Verdict.PRINTED, Verdict.NOT_PRINTED, Verdict.UNKNOWN, Verdict.WAIT
_NONE: Final = (Reach.NONE,)
_PART: Final = (Reach.PART,)
_WHOLE: Final = (Reach.WHOLE,)
_FULL: Final = (Reach.WHOLE, Reach.MAYBE)
_STILL: Final = (Move.STILL,)
_ONE: Final = (Move.ONE,)
_BACK: Final = (Move.BACK,)
_MANY: Final = (Move.MANY,)
_ABSENT: Final = (Move.ABSENT,)
_UNMOVED: Final = (Move.ABSENT, Move.STILL)
_REPORTS: Final = (Grade.DEVICE_REPORTED,)
_COUNTS: Final = (Grade.CARD_COUNTED,)
_HOPES: Final = (Grade.QUEUE_ACCEPTED, Grade.SENT)

# fmt: off
TABLE: Final[tuple[Row, ...]] = (
    #   row                      verdict       serial reach   counter   fault  ended  quiet  grade      accountable
    # Another printer answers: neither its counter nor its silence says anything about our card.
    Row("printer-swapped",       _UNKNOWN,     _NO,   _ANY,   _ANY,     _ANY,  _ANY,  _ANY,  _ANY,      _ANY),
    # No byte that can move a card has left us. If the counter moved all the same, others print here.
    Row("nothing-sent",          _NOT_PRINTED, _ANY,  _NONE,  _UNMOVED, _ANY,  _ANY,  _ANY,  _ANY,      _ANY),
    Row("moved-without-us",      _UNKNOWN,     _ANY,  _NONE,  _ANY,     _ANY,  _ANY,  _ANY,  _ANY,      _ANY),
    # A counter that says what one card of ours cannot have done.
    Row("counter-went-back",     _UNKNOWN,     _ANY,  _ANY,   _BACK,    _ANY,  _ANY,  _ANY,  _ANY,      _ANY),
    Row("counter-jumped",        _UNKNOWN,     _ANY,  _ANY,   _MANY,    _ANY,  _ANY,  _ANY,  _ANY,      _ANY),
    # One card: ours if it had all its bytes and nothing went wrong.
    Row("counted-with-fault",    _UNKNOWN,     _ANY,  _ANY,   _ONE,     _YES,  _ANY,  _ANY,  _ANY,      _ANY),
    Row("counted-on-part",       _UNKNOWN,     _ANY,  _PART,  _ONE,     _NO,   _ANY,  _ANY,  _ANY,      _ANY),
    Row("counted",               _PRINTED,     _ANY,  _FULL,  _ONE,     _NO,   _ANY,  _ANY,  _ANY,      _ANY),
    # No card on the counter, but a fault after bytes that can move one: an officer clears such a jam by hand, and only
    # he knows what he took out. A blank is gone either way.
    Row("fault-unmoved",         _UNKNOWN,     _ANY,  _ANY,   _STILL,   _YES,  _ANY,  _ANY,  _ANY,      _ANY),
    # No card: sure only once the printer has proved that none can still come.
    Row("ended-uncounted",       _UNKNOWN,     _ANY,  _ANY,   _STILL,   _NO,   _YES,  _ANY,  _ANY,      _ANY),
    Row("settling",              _WAIT,        _ANY,  _ANY,   _STILL,   _NO,   _NO,   _NO,   _ANY,      _ANY),
    Row("unmoved-and-quiet",     _NOT_PRINTED, _ANY,  _ANY,   _STILL,   _NO,   _NO,   _YES,  _ANY,      _ANY),
    # No counter to read: silence proves nothing, so nothing below is not-printed.
    Row("fault-uncounted",       _UNKNOWN,     _ANY,  _ANY,   _ABSENT,  _YES,  _ANY,  _ANY,  _ANY,      _ANY),
    Row("part-uncounted",        _UNKNOWN,     _ANY,  _PART,  _ABSENT,  _NO,   _ANY,  _ANY,  _ANY,      _ANY),
    Row("counter-unread",        _UNKNOWN,     _ANY,  _FULL,  _ABSENT,  _NO,   _ANY,  _ANY,  _COUNTS,   _ANY),
    Row("reported",              _PRINTED,     _ANY,  _FULL,  _ABSENT,  _NO,   _YES,  _ANY,  _REPORTS,  _ANY),
    Row("report-awaited",        _WAIT,        _ANY,  _FULL,  _ABSENT,  _NO,   _NO,   _NO,   _REPORTS,  _ANY),
    Row("report-missed",         _UNKNOWN,     _ANY,  _FULL,  _ABSENT,  _NO,   _NO,   _YES,  _REPORTS,  _ANY),
    Row("accountable-uncounted", _UNKNOWN,     _ANY,  _FULL,  _ABSENT,  _NO,   _ANY,  _ANY,  _HOPES,    _YES),
    Row("plain-sent",            _PRINTED,     _ANY,  _WHOLE, _ABSENT,  _NO,   _ANY,  _ANY,  _HOPES,    _NO),
    Row("plain-maybe-sent",      _UNKNOWN,     _ANY,  _FULL,  _ABSENT,  _NO,   _ANY,  _ANY,  _HOPES,    _NO),
)
# fmt: on


def move(delta: int | None) -> Move:
    """The counter's column for a difference in cards."""
    if delta is None:
        return Move.ABSENT
    if delta < 0:
        return Move.BACK
    return (Move.STILL, Move.ONE)[delta] if delta < 2 else Move.MANY


def judge(observation: Observation) -> Judgement:
    """The verdict on an open intent, and the name of the row that gave it."""
    moved = move(observation.delta)
    for row in TABLE:
        if (
            row.same_serial in (None, observation.same_serial)
            and (row.reach is None or observation.reach in row.reach)
            and (row.move is None or moved in row.move)
            and row.fault in (None, observation.fault)
            and row.ended in (None, observation.ended)
            and row.quiet in (None, observation.quiet)
            and (row.grade is None or observation.grade in row.grade)
            and row.accountable in (None, observation.accountable)
        ):
            return Judgement(row.verdict, row.name)
    raise AssertionError("the verdict table has a hole")  # the test walks the whole space
