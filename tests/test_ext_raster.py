"""The kernels of rectangles against twins in NumPy, on every instruction level that this machine has."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from spooler.ext import raster

LEVELS = raster.cpu_features()
sides = st.integers(1, 70)


@pytest.fixture(autouse=True, scope="module")
def best_level_again():
    yield
    raster.use_cpu()


def on_every_level(draw):
    """Run `draw` once per level; all results must be the same bytes."""
    results = []
    for level in LEVELS:
        assert raster.use_cpu(level) == level
        results.append(draw())
    raster.use_cpu()
    assert all(result == results[0] for result in results)
    return results[0]


planes_and_box = st.tuples(sides, sides).flatmap(
    lambda size: st.tuples(
        hnp.arrays(np.uint8, (size[1], size[0])),
        hnp.arrays(np.uint8, (size[1], size[0])),
        st.integers(0, size[0] - 1).flatmap(lambda x: st.tuples(st.just(x), st.integers(1, size[0] - x))),
        st.integers(0, size[1] - 1).flatmap(lambda y: st.tuples(st.just(y), st.integers(1, size[1] - y))),
    )
)


@settings(max_examples=100, deadline=None)
@given(planes_and_box, st.integers(0, 255))
def test_rectangles_are_copied_knocked_out_and_veiled(case, level):
    a, b, (x, w), (y, h) = case
    height, width = a.shape
    part = np.s_[y : y + h, x : x + w]
    box = (x, y, w, h)

    def run(kernel):
        def draw():
            to = bytearray(a.tobytes())
            kernel(to)
            return to

        return np.frombuffer(on_every_level(draw), np.uint8).reshape(a.shape)

    copied = a.copy()
    copied[part] = b[part]
    assert (run(lambda to: raster.copy_rectangles(to, b.tobytes(), width, height, [box])) == copied).all()

    resin = np.where(b > 127, 255, 0).astype(np.uint8)
    bare = a.copy()
    bare[part] = np.where(resin[part] == 255, 0, a[part])
    assert (run(lambda to: raster.knock_out(to, resin.tobytes(), width, height, [box])) == bare).all()

    veiled = a.copy()
    veiled[part] = (a[part] * (255 - b[part].astype(int)) + level * b[part].astype(int) + 127) // 255
    assert (run(lambda to: raster.veil(to, b.tobytes(), width, height, box, level)) == veiled).all()


def test_veil_divides_exactly_for_every_pair():
    plane = np.repeat(np.arange(256, dtype=np.uint8), 256)
    mask = np.tile(np.arange(256, dtype=np.uint8), 256)
    for level in (0, 1, 150, 254, 255):
        to = bytearray(plane.tobytes())
        raster.veil(to, mask.tobytes(), 256, 256, (0, 0, 256, 256), level)
        whole = (plane.astype(int) * (255 - mask.astype(int)) + level * mask.astype(int) + 127) // 255
        assert to == whole.astype(np.uint8).tobytes()


@pytest.mark.parametrize(
    "box", [(-1, 0, 2, 2), (0, -1, 2, 2), (9, 0, 2, 2), (0, 7, 2, 2), (0, 0, 0, 2), (0, 0, 2, 2**40)]
)
def test_nothing_runs_outside_its_buffers(box):
    plane, other = bytearray(10 * 8), bytearray(10 * 8)
    with pytest.raises(ValueError, match="inside"):
        raster.copy_rectangles(plane, other, 10, 8, [box])
    with pytest.raises(ValueError, match="inside"):
        raster.knock_out(plane, other, 10, 8, [box])
    with pytest.raises(ValueError, match="inside"):
        raster.veil(plane, other, 10, 8, box, 9)


def test_buffers_of_the_wrong_size_are_refused():
    plane = bytearray(80)
    with pytest.raises(ValueError, match="width \\* height"):
        raster.copy_rectangles(plane, bytearray(79), 10, 8, [])
    with pytest.raises(ValueError, match="no level"):
        raster.use_cpu("z80")
