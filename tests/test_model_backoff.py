"""Back-off: bounded, growing, never in step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.model.backoff import Backoff

DICE = st.floats(0, 1, exclude_max=True)


@given(st.integers(1, 10_000), st.integers(0, 100_000), st.lists(DICE, max_size=50))
def test_delays_stay_between_first_and_ceiling(first: int, more: int, throws: list[float]) -> None:
    backoff, delay = Backoff(first, first + more), 0
    for dice in throws:
        before, delay = delay, backoff.next_delay(delay, dice)
        assert first <= delay <= first + more
        assert delay <= max(first, before * 3)


def test_it_grows_to_the_ceiling_and_begins_anew_after_a_success() -> None:
    backoff, delays, delay = Backoff(250, 10_000), [], 0
    for _ in range(6):
        delay = backoff.next_delay(delay, 0.999999)
        delays.append(delay)
    assert delays[0] == 250
    assert delays == sorted(delays)
    assert delays[-1] == 10_000
    assert backoff.next_delay(0, 0.999999) == 250


def test_two_presses_fall_out_of_step() -> None:
    assert Backoff(250, 10_000).next_delay(1000, 0.2) != Backoff(250, 10_000).next_delay(1000, 0.7)


def test_a_ceiling_below_the_first_is_refused() -> None:
    with pytest.raises(ValueError, match="ceiling"):
        Backoff(1000, 999)
