"""The benchmarks' arithmetic: a ratio is taken within a round, and the spread says how far to trust it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paired import Spread, by_turns, ratio, spread


def test_the_spread_is_median_and_quartiles() -> None:
    assert spread([5, 1, 4, 2, 3]) == Spread(3, 2, 4)
    assert spread([7]) == Spread(7, 7, 7)


def test_no_rounds_have_no_spread() -> None:
    with pytest.raises(ValueError, match="no rounds"):
        spread([])


def test_a_machine_that_slows_down_does_not_change_the_ratio() -> None:
    drift = [1.0, 1.5, 4.0, 2.0]
    assert ratio([3 * d for d in drift], [2 * d for d in drift]) == Spread(1.5, 1.5, 1.5)


def test_rounds_of_different_races_have_no_ratio() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratio([1.0, 2.0], [1.0])


@given(st.lists(st.floats(0.001, 1000), min_size=1, max_size=40))
def test_the_median_lies_between_the_quartiles(values: list[float]) -> None:
    found = spread(values)
    assert min(values) <= found.low <= found.median <= found.high <= max(values)


def test_everybody_runs_once_a_round_and_goes_first_in_turn() -> None:
    order: list[str] = []
    contestants = {name: lambda name=name: order.append(name) or float(len(order)) for name in "abc"}
    figures = by_turns(contestants, 3)
    assert "".join(order) == "abc" + "bca" + "cab"
    assert figures == {"a": [1.0, 6.0, 8.0], "b": [2.0, 4.0, 9.0], "c": [3.0, 5.0, 7.0]}
