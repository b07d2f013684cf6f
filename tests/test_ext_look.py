"""The look at a photo against a NumPy twin that reads the description, not the kernel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.ext import look

Box = tuple[int, int, int, int]


def twin(planes: list[np.ndarray], box: Box, step: int) -> tuple[int, int, tuple[int, int, int]]:
    left, top, across, down = box
    blue, green, red = (255 - p[top : top + down : step, left : left + across : step].astype(int) for p in planes)
    level = (2 * red + 5 * green + blue) // 8
    counts = np.bincount(level.ravel() // 4, minlength=64)
    commonest = np.convolve(counts, [1, 1, 1, 1], "valid").max()
    columns, rows = np.arange(0, across, step), np.arange(0, down, step)
    side = ((columns < across // 8) | (columns >= across - across // 8))[None, :] & (rows * 5 < down * 2)[:, None]
    medians = []
    for channel in (red, green, blue):
        there = np.sort(channel[side] // 4 * 4 + 2)
        medians.append(int(there[len(there) // 2]) if len(there) else 0)
    return level.sum() // level.size, commonest * 1000 // level.size, tuple(medians)  # type: ignore[return-value]


@st.composite
def looks(draw: st.DrawFn) -> tuple[list[np.ndarray], Box, int]:
    width, height = draw(st.integers(1, 70)), draw(st.integers(1, 70))
    left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    across, down = draw(st.integers(1, width - left)), draw(st.integers(1, height - top))
    noise = np.random.default_rng(draw(st.integers(0, 2**32)))
    most = draw(st.sampled_from([1, 9, 256]))
    base = draw(st.sampled_from([0, 128, 255]))
    planes = [np.clip(base + noise.integers(0, most, (height, width)), 0, 255).astype(np.uint8) for _ in "ymc"]
    return planes, (left, top, across, down), draw(st.integers(1, 5))


@given(looks())
def test_a_look_is_the_twins(case: tuple[list[np.ndarray], Box, int]) -> None:
    planes, box, step = case
    height, width = planes[0].shape
    assert look.photo(*(p.tobytes() for p in planes), width, height, box, step) == twin(planes, box, step)


def test_pixels_outside_the_box_are_not_looked_at() -> None:
    plane = np.full((40, 40), 255, np.uint8)
    plane[10:30, 8:32] = 0
    data = plane.tobytes()
    assert look.photo(data, data, data, 40, 40, (8, 10, 24, 20), 1) == (255, 1000, (254, 254, 254))


@pytest.mark.parametrize(
    ("size", "width", "height", "box", "step"),
    [
        (99, 10, 10, (0, 0, 5, 5), 1), (100, 10, 10, (6, 0, 5, 5), 1), (100, 10, 10, (0, 6, 5, 5), 1),
        (100, 10, 10, (-1, 0, 5, 5), 1), (100, 10, 10, (0, -1, 5, 5), 1), (100, 10, 10, (0, 0, 0, 5), 1),
        (100, 10, 10, (0, 0, 5, 0), 1), (100, 10, 10, (0, 0, 5, 5), 0), (0, 0, 10, (0, 0, 1, 1), 1),
    ],
)  # fmt: skip
def test_sizes_that_do_not_fit_are_refused(size: int, width: int, height: int, box: Box, step: int) -> None:
    data = bytes(size)
    with pytest.raises(ValueError, match=r"pixels|box|planes|step"):
        look.photo(data, data, data, width, height, box, step)


def test_all_three_planes_must_fit() -> None:
    with pytest.raises(ValueError, match="planes of"):
        look.photo(bytes(100), bytes(100), bytes(99), 10, 10, (0, 0, 5, 5), 1)
