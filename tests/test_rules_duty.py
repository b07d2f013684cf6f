"""Duty and rest: no unit makes more in a day, or in a row, than its care allows; and every stop ends by itself."""

from itertools import pairwise

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from spooler.model.care import Care
from spooler.rules.duty import Tally, count, enough, unused

CARE = Care(cards_per_day=100, rest_after_cards=3, rest_minutes=10.0, idle_days=30)
TODAY, TOMORROW = "2026-11-24", "2026-11-25"


def after(*times: float, care: Care = CARE, day: str = TODAY) -> Tally:
    tally = Tally()
    for at in times:
        tally = count(tally, care, at, day)
    return tally


def test_after_so_many_in_a_row_it_rests_and_then_goes_on() -> None:
    assert enough(after(0, 20), CARE, 20, TODAY) is None
    tired = after(0, 20, 40)
    assert enough(tired, CARE, 40, TODAY) == "resting"
    assert enough(tired, CARE, 639, TODAY) == "resting"
    assert enough(tired, CARE, 640, TODAY) is None
    assert count(tired, CARE, 700, TODAY).in_row == 1, "the row begins anew"


def test_a_pause_that_happens_by_itself_is_a_rest() -> None:
    assert enough(after(0, 20, 620), CARE, 620, TODAY) is None
    assert enough(after(0, 20, 619), CARE, 619, TODAY) == "resting"


def test_the_days_limit_ends_with_the_day() -> None:
    care = evolve(CARE, cards_per_day=2, rest_after_cards=None)
    worked = after(0, 20, care=care)
    assert enough(worked, care, 1e6, TODAY) == "duty-reached"
    assert enough(worked, care, 1e6, TOMORROW) is None
    assert count(worked, care, 1e6, TOMORROW).today == 1
    assert enough(count(worked, care, 1e6, TOMORROW), care, 1e6, TOMORROW) is None


def test_without_care_nothing_stops() -> None:
    tally = after(*range(5000), care=Care())
    assert enough(tally, Care(), 5000, TODAY) is None
    assert not unused(tally, Care(), 1e12)


def test_a_test_card_is_advised_after_long_idleness() -> None:
    assert not unused(Tally(), CARE, 1e12), "nothing is known of it"
    assert not unused(after(0), CARE, 30 * 86_400 - 1)
    assert unused(after(0), CARE, 30 * 86_400)


@given(
    st.lists(st.tuples(st.integers(0, 2000), st.booleans()), max_size=60),
    st.integers(1, 8), st.integers(1, 20), st.integers(0, 20),
)  # fmt: skip
def test_a_press_that_obeys_never_drives_a_unit_too_hard(
    steps: list[tuple[int, bool]], in_row: int, a_day: int, minutes: int
) -> None:
    care = Care(cards_per_day=a_day, rest_after_cards=in_row, rest_minutes=minutes)
    tally, now, days = Tally(), 0, 0
    made: list[tuple[int, float]] = []
    for wait, midnight in steps:
        now, days = now + wait, days + midnight
        if enough(tally, care, now, str(days)) is None:
            tally = count(tally, care, now, str(days))
            made.append((days, now))
    for day in range(days + 1):
        assert sum(of == day for of, _ in made) <= a_day
    row = 1
    for (_, before), (_, at) in pairwise(made):
        row = 1 if at - before >= minutes * 60 else row + 1
        assert row <= in_row
    assert enough(tally, care, now + minutes * 60, str(days + 1)) is None, "it always ends"
