"""The scaling of photos and signatures against twins in NumPy, on every instruction level that this machine has."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spooler.ext import scale as kernels
from spooler.ext.scale import Scale

LEVELS = kernels.cpu_features()
sides = st.integers(1, 70)


@pytest.fixture(autouse=True, scope="module")
def best_level_again():
    yield
    kernels.use_cpu()


def on_every_level(draw):
    """Run `draw` once per level; all results must be the same bytes."""
    results = []
    for level in LEVELS:
        assert kernels.use_cpu(level) == level
        results.append(draw())
    kernels.use_cpu()
    assert all(result == results[0] for result in results)
    return results[0]


def weights(n, m):
    """Rows of weights, exact: the area that each of n outputs covers of m inputs, or bilinear when n > m."""
    matrix = np.zeros((n, m))
    for i in range(n):
        if m >= n:
            low, high = i * m / n, (i + 1) * m / n
            for j in range(m):
                matrix[i, j] = max(0.0, min(high, j + 1) - max(low, j))
        else:
            at = min(max((i + 0.5) * m / n - 0.5, 0), m - 1)
            j = int(at)
            matrix[i, j] += 1 - (at - j)
            if at > j:
                matrix[i, j + 1] += at - j
    return matrix / matrix.sum(axis=1, keepdims=True)


@st.composite
def scaling(draw):
    source_width, source_height = draw(sides), draw(sides)
    x, y = draw(st.integers(0, source_width - 1)), draw(st.integers(0, source_height - 1))
    crop = (x, y, draw(st.integers(1, source_width - x)), draw(st.integers(1, source_height - y)))
    width, height = draw(sides), draw(sides)
    left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    box = (left, top, draw(st.integers(1, width - left)), draw(st.integers(1, height - top)))
    seed = draw(st.integers(0, 2**32 - 1))
    # edges of 0 and 255 find overflow and bad rounding; noise finds the rest
    values = np.random.default_rng(seed).integers(0, 256, (source_height, source_width, 3), np.uint8)
    if draw(st.booleans()):
        values = np.where(values < 128, 0, 255).astype(np.uint8)
    return values, crop, (width, height), box


@settings(max_examples=150, deadline=None)
@given(scaling(), st.booleans())
def test_photo_is_the_average_of_the_area_and_its_complement_in_dyes(case, toned):
    source, (cx, cy, cw, ch), (width, height), (x, y, w, h) = case
    #: each dye its own table, all of them their own inverse, so that the planes tell what went in
    turns = [np.arange(256, dtype=np.uint8) ^ mask for mask in ((1, 2, 255) if toned else (0, 0, 0))]
    tones = b"".join(turn.tobytes() for turn in turns) if toned else None
    scale = Scale(cw, ch, w, h)

    def draw():
        planes = [bytearray(b"\x07" * (width * height)) for _ in "ymc"]
        size = (source.shape[1], source.shape[0])
        scale.photo(source.tobytes(), (*size, cx, cy), *planes, width, height, x, y, tones)
        return planes

    drawn = [np.frombuffer(p, np.uint8).reshape(height, width).copy() for p in on_every_level(draw)]
    for plane, turn in zip(drawn, turns, strict=True):
        plane[y : y + h, x : x + w] = turn[plane[y : y + h, x : x + w]]
    yellow, magenta, cyan = drawn
    part = source[cy : cy + ch, cx : cx + cw].astype(float)
    exact = np.einsum("yj,xi,jic->yxc", weights(h, ch), weights(w, cw), part)
    for plane, channel in ((cyan, 0), (magenta, 1), (yellow, 2)):
        inside = plane[y : y + h, x : x + w].astype(float)
        assert np.abs(inside - (255 - exact[..., channel])).max() <= 0.75  # rounding, and what the taps cut off
        outside = plane.copy()
        outside[y : y + h, x : x + w] = 7
        assert (outside == 7).all()


@settings(max_examples=80, deadline=None)
@given(scaling(), st.integers(0, 256))
def test_signature_inks_what_is_darker_than_the_limit_and_leaves_the_rest(case, limit):
    source, _, (width, height), (x, y, w, h) = case
    grey = np.ascontiguousarray(source[..., 0])
    rows, columns = grey.shape
    scale = Scale(columns, rows, w, h)

    def draw():
        plane = bytearray(b"\x03" * (width * height))
        scale.signature(grey.tobytes(), plane, width, height, x, y, limit)
        return plane

    plane = np.frombuffer(on_every_level(draw), np.uint8).reshape(height, width).copy()
    exact = weights(h, rows) @ grey.astype(float) @ weights(w, columns).T
    inside = plane[y : y + h, x : x + w]
    assert (inside[exact < limit - 1.3] == 255).all()
    assert (inside[exact > limit + 1.3] == 3).all()
    assert set(np.unique(inside)) <= {3, 255}
    plane[y : y + h, x : x + w] = 3
    assert (plane == 3).all()


def test_a_flat_picture_stays_flat_at_every_scale():
    """The weights of every axis add up exactly, so white stays white: no dye on a white ground."""
    for source in (1, 2, 3, 7, 100, 255, 300, 1000):
        for target in (1, 2, 5, 83, 236, 295):
            pixels = b"\xff\x80\x00" * (source * source)
            planes = [bytearray(target * target) for _ in "ymc"]
            scale = Scale(source, source, target, target)
            scale.photo(pixels, (source, source, 0, 0), *planes, target, target, 0, 0)
            assert [set(plane) for plane in planes] == [{255}, {127}, {0}]


BAYER = np.array([[0]])
for _ in range(3):  # Bayer's matrix by its definition
    BAYER = np.block([[4 * BAYER, 4 * BAYER + 2], [4 * BAYER + 3, 4 * BAYER + 1]])


@settings(max_examples=60, deadline=None)
@given(scaling())
def test_dither_puts_dots_where_the_picture_is_darker_than_bayers_order(case):
    source, (cx, cy, cw, ch), (width, height), (x, y, w, h) = case
    scale = Scale(cw, ch, w, h)
    size = (source.shape[1], source.shape[0])

    def draw():
        plane = bytearray(b"\x07" * (width * height))
        scale.dither(source.tobytes(), (*size, cx, cy), plane, width, height, x, y)
        return plane

    plane = np.frombuffer(on_every_level(draw), np.uint8).reshape(height, width).copy()
    exact = np.einsum(
        "yj,xi,jic,c->yx", weights(h, ch), weights(w, cw), source[cy : cy + ch, cx : cx + cw], [0.299, 0.587, 0.114]
    )
    dark = 255 - exact
    limit = 4.0 * BAYER[np.ix_((np.arange(h) + y) % 8, (np.arange(w) + x) % 8)]
    inside = plane[y : y + h, x : x + w]
    assert (inside[dark > limit + 4.5] == 255).all()  # a picture's step between two dots is 4
    assert (inside[dark < limit - 1] == 0).all()
    assert set(np.unique(inside)) <= {0, 255}
    plane[y : y + h, x : x + w] = 7
    assert (plane == 7).all()


def test_dither_keeps_black_black_white_white_and_greys_in_proportion():
    for light, dots in ((0, 64), (255, 0), (128, 32), (64, 48), (192, 16)):
        plane = bytearray(64)
        Scale(1, 1, 8, 8).dither(bytes([light]) * 3, (1, 1, 0, 0), plane, 8, 8, 0, 0)
        assert abs(plane.count(255) - dots) <= 1
        assert plane.count(255) == dots or light not in (0, 255)


@pytest.mark.parametrize(
    "box", [(-1, 0, 2, 2), (0, -1, 2, 2), (9, 0, 2, 2), (0, 7, 2, 2), (0, 0, 0, 2), (0, 0, 2, 2**40)]
)
def test_nothing_runs_outside_its_buffers(box):
    plane, other = bytearray(10 * 8), bytearray(10 * 8)
    x, y, w, h = box
    if w > 0 and h > 0 and h < 2**15:
        scale = Scale(2, 2, w, h)
        with pytest.raises(ValueError, match="inside"):
            scale.signature(bytes(4), plane, 10, 8, x, y, 9)
        with pytest.raises(ValueError, match="inside"):
            scale.photo(bytes(12), (2, 2, 0, 0), plane, other, bytearray(80), 10, 8, x, y)
        with pytest.raises(ValueError, match="inside"):
            scale.dither(bytes(12), (2, 2, 0, 0), plane, 10, 8, x, y)
    else:
        with pytest.raises(ValueError, match="target side"):
            Scale(2, 2, w, h)


def test_a_crop_lies_inside_its_source():
    planes = [bytearray(80) for _ in "ymc"]
    for x, y, w, h in ((-1, 0, 2, 2), (0, 0, 5, 2), (3, 0, 2, 2), (0, 3, 2, 2)):
        with pytest.raises(ValueError, match="inside"):
            Scale(w, h, 2, 2).photo(bytes(48), (4, 4, x, y), *planes, 10, 8, 0, 0)


def test_buffers_of_the_wrong_size_are_refused():
    plane = bytearray(80)
    scale = Scale(2, 2, 10, 8)
    with pytest.raises(ValueError, match="width \\* height"):
        scale.signature(bytes(3), plane, 10, 8, 0, 0, 9)
    with pytest.raises(ValueError, match="fewer"):
        scale.photo(bytes(11), (2, 2, 0, 0), plane, plane, plane, 10, 8, 0, 0)
    with pytest.raises(ValueError, match="width \\* height"):
        scale.photo(bytes(12), (2, 2, 0, 0), plane, plane, bytearray(79), 10, 8, 0, 0)
    with pytest.raises(ValueError, match="tables of 256"):
        scale.photo(bytes(12), (2, 2, 0, 0), plane, plane, plane, 10, 8, 0, 0, bytes(256))
    with pytest.raises(ValueError, match="shrink"):
        Scale(30000, 10, 2, 2)
    with pytest.raises(ValueError, match="source side"):
        Scale(0, 10, 2, 2)
    with pytest.raises(ValueError, match="no level"):
        kernels.use_cpu("z80")
