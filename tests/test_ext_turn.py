"""The kernel of upright cards against NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.ext import turn

sides = st.integers(1, 150)


@given(st.integers(0, 2**32), sides, sides, st.data())
def test_rectangles_are_turned_clockwise_and_nothing_else_changes(seed, width, height, data):
    plane = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    columns, rows = data.draw(st.integers(1, width - x)), data.draw(st.integers(1, height - y))
    marked = np.full((height, width), 9, np.uint8)
    marked[y : y + rows, x : x + columns] = plane[y : y + rows, x : x + columns]
    landscape = np.full(width * height, 9, np.uint8)
    turn.turn(plane.reshape(-1), width, height, [(x, y, columns, rows)], landscape)
    assert (landscape.reshape(width, height) == np.rot90(marked, -1)).all()


@pytest.mark.parametrize("box", [(-1, 0, 1, 1), (0, 0, 0, 1), (0, 0, 5, 1), (0, 7, 1, 1), (1, 0, 4, 1), (0, 2, 1, 6)])
def test_bad_rectangles(box):
    with pytest.raises(ValueError, match="inside"):
        turn.turn(bytes(28), 4, 7, [box], bytearray(28))


@pytest.mark.parametrize(("upright", "landscape"), [(27, 28), (28, 27)])
def test_bad_planes(upright, landscape):
    with pytest.raises(ValueError, match="plane"):
        turn.turn(bytes(upright), 4, 7, [], bytearray(landscape))
