"""Looks at a card: few, bounded whatever happens, and close together where the card comes out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.backends.pacing import DENSE_SECONDS, SPARSE_SECONDS, STOPPED_SECONDS, Pacing, pause


def looks(pacing: Pacing, seconds: float) -> list[float]:
    """When a card that takes so long is looked at, the last time after its end."""
    watch = pacing.watch()
    at = [0.0]
    while at[-1] < seconds:
        at.append(at[-1] + watch.next_pause(taken=True, stopped=False))
    watch.out()
    return at


def seen(pacing: Pacing, *seconds: float) -> list[float]:
    for one in seconds:
        found = looks(pacing, one)
    return found


def test_a_card_that_keeps_its_time_is_looked_at_a_dozen_times() -> None:
    at = seen(Pacing(20.0), *[20.0] * 6)
    assert len(at) <= 12, "80 with a look each quarter of a second"
    assert at[-1] - 20.0 <= DENSE_SECONDS
    assert sum(one >= 19.0 for one in at) >= len(at) / 2, "most of them near the end"


def test_the_end_is_learnt_where_the_model_is_wrong() -> None:
    for really in (3.0, 8.0, 55.0):
        pacing = Pacing(20.0)
        at = seen(pacing, *[really] * 12)
        assert at[-1] - really < 0.06 * really
        assert pacing.expected == pytest.approx(really, rel=0.08)
        assert len(at) <= 24


def test_a_first_card_is_not_slept_through() -> None:
    for really in (0.05, 1.0, 5.0, 12.0):
        at = looks(Pacing(20.0), really)
        assert at[-1] - really <= max(0.05, really / 4)
        assert len(at) <= 40


def test_before_it_is_taken_looks_come_soon_and_while_it_waits_for_somebody_each_second() -> None:
    watch = Pacing(20.0).watch()
    waits = [watch.next_pause(taken=False, stopped=False) for _ in range(8)]
    assert waits[:4] == [0.02, 0.04, 0.08, 0.16]
    assert waits[-1] == DENSE_SECONDS
    waits = [watch.next_pause(taken=False, stopped=True) for _ in range(8)]
    assert waits[-1] == STOPPED_SECONDS


def test_a_card_that_waited_for_somebody_teaches_nothing() -> None:
    pacing = Pacing(20.0)
    watch = pacing.watch()
    watch.next_pause(taken=True, stopped=False)
    watch.next_pause(taken=True, stopped=True)
    watch.out()
    assert not pacing.learnt
    assert pacing.expected == 20.0


@given(st.floats(0.05, 300), st.floats(0.01, 30_000), st.booleans())
def test_looks_are_bounded_whatever_the_card_does(expected: float, really: float, learnt: bool) -> None:
    pacing = Pacing(expected)
    if learnt:
        pacing.learn(expected)
    at = looks(pacing, really)
    assert len(at) <= 80 + really / SPARSE_SECONDS
    assert at[-1] - really <= SPARSE_SECONDS, "and no end stays unseen for longer"


@given(st.floats(0, 1e4), st.floats(0.01, 600), st.booleans())
def test_every_pause_is_a_pause(elapsed: float, expected: float, learnt: bool) -> None:
    assert 0.02 <= pause(elapsed, expected, learnt=learnt) <= SPARSE_SECONDS
