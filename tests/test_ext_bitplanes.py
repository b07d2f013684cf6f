"""The kernel of bit planes against NumPy, on every instruction-set level that the machine has."""

from array import array

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spooler.ext import bitplanes

LEVELS = bitplanes.cpu_features()


def slow(pixels, rows, planes, x, count):
    """Straight NumPy: look each bit's row up, turn, take the bits apart, pack."""
    wanted = np.array(rows)
    line = np.where((wanted >= 0)[:, None], pixels[wanted, x : x + count], 0).T  # row -1 is taken, and dropped
    bits = [line >> (8 - planes + plane) & 1 for plane in range(planes)]
    return np.packbits(np.stack(bits, axis=1), axis=2).tobytes()


@given(
    size=st.tuples(st.integers(1, 150), st.integers(1, 90), st.integers(0, 2**32 - 1)),
    length=st.integers(1, 40),
    planes=st.lists(st.integers(1, 8), min_size=1, max_size=3),
    data=st.data(),
)
@settings(max_examples=80, deadline=None)
def test_lines_are_numpys(size, length, planes, data):
    width, height, seed = size
    noise = np.random.default_rng(seed)
    pixels = noise.integers(0, 256, (height, width), np.uint8)
    rows = array("h", noise.integers(-1, height, 8 * length).tolist())
    columns = st.integers(0, width - 1).flatmap(lambda x: st.tuples(st.just(x), st.integers(1, width - x)))
    spans = [(depth, *data.draw(columns)) for depth in planes]
    for level in LEVELS:
        bitplanes.use_cpu(level)
        outs = [bytearray(b"\xaa" * (count * depth * length)) for depth, _, count in spans]
        work = [(pixels.reshape(-1), *span, out) for span, out in zip(spans, outs, strict=True)]
        printed = bitplanes.bit_planes(width, height, rows, work)
        assert printed == [any(out) for out in outs]
        assert outs == [slow(pixels, rows, depth, x, count) for depth, x, count in spans]
    bitplanes.use_cpu()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("length", [1, 84, 96, 256])
def test_a_whole_card(level, length):
    noise = np.random.default_rng(length)
    pixels = noise.integers(0, 256, (642, 1016), np.uint8)
    rows = array("h", noise.integers(-1, 642, 8 * length).tolist())
    bitplanes.use_cpu(level)
    out = bytearray(1016 * 6 * length)
    bitplanes.bit_planes(1016, 642, rows, [(pixels.reshape(-1), 6, 0, 1016, out)])
    bitplanes.use_cpu()
    assert out == slow(pixels, rows, 6, 0, 1016)


@pytest.mark.parametrize("level", LEVELS)
def test_a_single_pixel_is_seen_and_a_blank_plane_is_not(level):
    bitplanes.use_cpu(level)
    rows = array("h", [*range(70), -1, -1])
    for at, value, seen in [(None, 0, False), (0, 4, True), (69 * 70 + 69, 4, True), (65, 4, True), (65, 3, False)]:
        pixels = bytearray(70 * 70)
        if at is not None:
            pixels[at] = value
        assert bitplanes.bit_planes(70, 70, rows, [(pixels, 6, 0, 70, bytearray(70 * 54))]) == [seen]
    bitplanes.use_cpu()


GOOD = {"width": 16, "height": 8, "rows": range(8), "size": 128, "planes": 6, "x": 0, "count": 16, "out": 96}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"width": 0}, "from 1 to"),
        ({"height": -8}, "from 1 to"),
        ({"width": 2**62}, "from 1 to"),
        ({"height": 32768}, "from 1 to"),
        ({"rows": range(7)}, "a multiple of 8"),
        ({"rows": []}, "a multiple of 8"),
        ({"rows": [0] * 2056}, "to 2048"),
        ({"rows": [0, 1, 2, 3, 4, 5, 6, 8]}, "bit 7 of a line is to hold row 8"),
        ({"size": 127}, "needs? 128"),
        ({"planes": 0}, "from 1 to 8"),
        ({"planes": 9}, "from 1 to 8"),
        ({"x": -1}, "not inside"),
        ({"x": 1}, "not inside"),
        ({"count": 0}, "not inside"),
        ({"count": 2**62}, "not inside"),
        ({"out": 95}, "the output has 95"),
    ],
)
def test_sizes_that_do_not_fit_are_refused_before_a_byte_is_written(changes, said):
    sizes = GOOD | changes
    first, out = bytearray(96), bytearray(sizes["out"])
    pixels, rows = b"\xff" * sizes["size"], array("h", sizes["rows"])
    good = (b"\xff" * 128, 6, 0, 16, first)
    with pytest.raises(ValueError, match=said):
        bitplanes.bit_planes(
            sizes["width"], sizes["height"], rows, [good, (pixels, sizes["planes"], sizes["x"], sizes["count"], out)]
        )
    assert not any(first)


def test_what_is_no_buffer_of_the_kind_is_refused():
    rows, pixels = array("h", range(8)), bytes(128)
    with pytest.raises((TypeError, ValueError)):
        bitplanes.bit_planes(16, 8, None, [])
    with pytest.raises(ValueError, match="Buffer dtype mismatch"):
        bitplanes.bit_planes(16, 8, array("i", range(8)), [])
    with pytest.raises(BufferError):
        bitplanes.bit_planes(16, 8, rows, [(pixels, 6, 0, 16, bytes(96))])  # the output is read-only
    with pytest.raises(ValueError, match="256 spans"):
        bitplanes.bit_planes(16, 8, rows, [(pixels, 6, 0, 16, bytearray(96))] * 257)
    bitplanes.bit_planes(16, 8, rows, [])
