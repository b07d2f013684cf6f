"""The time model: a card's seconds are the sum of what its ribbon and its sides take."""

import pytest
from attrs import evolve

from spooler.backends.contract import Model
from spooler.model.care import Pace
from spooler.model.picture import Geometry
from spooler.model.verdict import Grade

PACE = Pace(feed=1.0, panels={"y": 10.0, "m": 20.0, "c": 30.0, "k": 4.0, "o": 5.0}, flip=100.0, eject=2.0)


def test_a_card_is_its_feed_its_panels_and_its_eject() -> None:
    assert PACE.card("ymcko") == 72.0
    assert PACE.card("k") == 7.0


def test_a_back_is_flipped_to() -> None:
    assert PACE.card("ymcko", "k") == 72.0 + 100.0 + 4.0


def test_an_ink_without_a_time_is_no_guess() -> None:
    with pytest.raises(KeyError):
        PACE.card("ymckf")


def test_a_model_knows_its_ribbons_backs() -> None:
    model = Model(
        "m", Geometry("g", 1016, 648, 300, 0.2, 0.4), {"YMCKO": "ymcko", "YMCKOK": "ymcko"}, Grade.SENT,
        settle_seconds=1.0, resumes_by_itself=False, back_inks={"YMCKOK": "k"}, pace=PACE,
    )  # fmt: skip
    assert (model.card_seconds("YMCKO"), model.card_seconds("YMCKOK")) == (72.0, 176.0)
    assert evolve(model, pace=Pace()).card_seconds("YMCKO") == 20.0
