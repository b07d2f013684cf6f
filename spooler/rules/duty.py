"""Duty and rest: how many cards a unit has made, and when that is enough.

Theory: heat breaks card printers. An office sets how many cards a day a unit may make, and after how many in a row it
rests; "in a row" are cards with no pause of the rest's length between them. A pause that happens by itself is a rest,
too. Times are seconds of any clock that never goes back; a day is the site's local date, as text.

Limits: cards that others print on the unit are not counted here.
"""

from typing import Final

from attrs import evolve, frozen

from spooler.model.care import Care

_DAY_SECONDS: Final = 86_400


@frozen
class Tally:
    """The cards of one unit so far."""

    day: str = ""  # of `today`
    today: int = 0
    in_row: int = 0
    last: float | None = None  # when the last one was made; None: not known


def count(tally: Tally, care: Care, at: float, day: str) -> Tally:
    """With one more card, made at `at`."""
    rested = tally.last is not None and at - tally.last >= care.rest_minutes * 60
    return evolve(
        tally,
        day=day,
        today=tally.today + 1 if day == tally.day else 1,
        in_row=1 if rested else tally.in_row + 1,
        last=at,
    )


def enough(tally: Tally, care: Care, now: float, day: str) -> str | None:
    """Why no further card may be made now: "duty-reached" until the next day, "resting" until the rest is over."""
    if care.cards_per_day is not None and tally.day == day and tally.today >= care.cards_per_day:
        return "duty-reached"
    if care.rest_after_cards is None or tally.last is None or tally.in_row < care.rest_after_cards:
        return None
    return "resting" if now - tally.last < care.rest_minutes * 60 else None


def unused(tally: Tally, care: Care, now: float) -> bool:
    """Whether a test card is advised before the next real one: "idle-too-long"."""
    return care.idle_days is not None and tally.last is not None and now - tally.last >= care.idle_days * _DAY_SECONDS
