"""The columns that changed, and panels woven of old lines and new."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.backends.spans import MOST_SPANS, touched, woven
from spooler.model.picture import Rectangle

WIDTH = 400
boxes = st.tuples(st.integers(0, WIDTH - 1), st.integers(0, 30), st.integers(0, 5), st.sampled_from(["k", "ymc", "o"]))


@given(st.lists(boxes, max_size=12), st.sampled_from(["k", "ymc", "ymcko"]))
def test_spans_are_the_touched_columns_apart_from_each_other(found, inks):
    areas = [Rectangle(x, 0, min(width, WIDTH - x), height, of) for x, width, height, of in found]
    wanted = {x for a in areas if set(a.inks) & set(inks) and a.height for x in range(a.x, a.x + a.width)}
    spans = touched(areas, inks, WIDTH)
    assert [x for begin, end in spans for x in range(begin, end)] == sorted(wanted)
    assert all(a[1] < b[0] for a, b in pairwise(spans))


def test_many_spans_become_one():
    areas = [Rectangle(6 * n, 0, 3, 1) for n in range(MOST_SPANS + 1)]
    assert len(touched(areas[1:], "k", WIDTH)) == MOST_SPANS
    assert touched(areas, "k", WIDTH) == [(0, 6 * MOST_SPANS + 3)]


@pytest.mark.parametrize("area", [Rectangle(-1, 0, 5, 1), Rectangle(WIDTH - 4, 0, 5, 1)])
def test_what_is_not_on_the_card_is_refused(area):
    with pytest.raises(ValueError, match="is not on a card 400 pixels wide"):
        touched([area, Rectangle(5, 5, 5, 5)], "k", WIDTH)


@given(st.lists(boxes, max_size=6), st.integers(1, 4))
def test_a_woven_panel_is_the_new_panel(found, line):
    areas = [Rectangle(x, 0, min(width, WIDTH - x), height, of) for x, width, height, of in found]
    spans = touched(areas, "ymcko", WIDTH)
    old = memoryview(b"o" * WIDTH * line)
    new = bytearray(old)
    for begin, end in spans:
        new[begin * line : end * line] = b"n" * ((end - begin) * line)
    fresh = [memoryview(b"n" * ((end - begin) * line)) for begin, end in spans]
    parts = list(woven(old, line, spans, fresh))
    assert b"".join(parts) == new
    assert all(len(part) for part in parts)
