"""A tone's tables: the curve at every amount of dye."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.model.picture import STRAIGHT, Tone

amounts = st.integers(0, 255)


@st.composite
def curves(draw):
    inside = sorted(draw(st.sets(st.integers(1, 254), max_size=6)))
    sent = sorted(draw(st.lists(amounts, min_size=len(inside) + 2, max_size=len(inside) + 2)))
    return tuple(zip([0, *inside, 255], sent, strict=True))


@given(curves(), curves())
def test_a_table_is_its_curve_rounded(yellow, cyan):
    tone = Tone("t", yellow=yellow, cyan=cyan)
    assert tone.tables == tone.table("y") + tone.table("m") + tone.table("c")
    assert tone.table("m") == bytes(range(256))
    for ink, curve in (("y", yellow), ("c", cyan)):
        exact = np.interp(np.arange(256), *zip(*curve, strict=True))
        assert np.abs(np.frombuffer(tone.table(ink), np.uint8) - exact).max() <= 0.5 + 1e-9  # interp itself rounds


def test_straight_changes_nothing_and_resin_has_no_curve():
    assert Tone("t", STRAIGHT).tables == bytes(range(256)) * 3
    with pytest.raises(ValueError, match="not found"):
        Tone("t").table("k")
