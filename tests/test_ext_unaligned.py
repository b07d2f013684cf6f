"""Every kernel on buffers that begin anywhere in memory, on every instruction-set level: the same bytes as on aligned
ones, and not a byte beside them. Planes are random, empty or full; widths are odd; blocks wider than any vector."""

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spooler.ext import bitplanes, encode, frl, look, png, qr, raster, scale, turn

GUARD = 0x5A
WIDTHS = st.integers(1, 150)
HEIGHTS = st.integers(1, 40)
OFFSETS = st.integers(0, 63)


class Memory:
    """Buffers `offset` bytes into allocations with guard bytes around them."""

    def __init__(self, offset):
        self._offset = offset
        self._lent = []

    def __call__(self, data):
        memory = bytearray(bytes([GUARD]) * self._offset + bytes(data) + bytes([GUARD]) * 64)
        self._lent.append((memory, len(data)))
        return memoryview(memory)[self._offset : self._offset + len(data)]

    def check(self):
        for memory, size in self._lent:
            beside = memory[: self._offset] + memory[self._offset + size :]
            assert set(beside) == {GUARD}, "a byte beside the buffer was written"


def planes(count, width, height, fill, seed):
    if fill is not None:
        return [bytes([fill]) * (width * height)] * count
    return [np.random.default_rng(seed + n).integers(0, 256, width * height, np.uint8).tobytes() for n in range(count)]


def box_in(width, height, seed):
    dice = np.random.default_rng(seed)
    x, y = int(dice.integers(0, width)), int(dice.integers(0, height))
    return x, y, int(dice.integers(1, width - x + 1)), int(dice.integers(1, height - y + 1))


def all_rotate(at, width, height, fill, seed):
    (plane,) = planes(1, width, height, fill, seed)
    x, _, count, _ = box_in(width, height, seed)
    out = at(bytes(count * height))
    encode.rotate(at(plane), width, height, x, count, out)
    return [out]


def all_rotate_pack(at, width, height, fill, seed):
    (plane,) = planes(1, width, 8 * height, fill, seed)
    x, _, count, _ = box_in(width, height, seed)
    out = at(bytes(count * height))
    encode.rotate_pack(at(plane), width, 8 * height, x, count, out)
    return [out]


def all_figures(at, width, height, fill, seed):
    a, b, c = map(at, planes(3, width, height, fill, seed))
    return [repr(encode.tally(a, b, c)).encode(), repr(encode.ones(a)).encode()]


def all_rectangles(at, width, height, fill, seed):
    to, source = planes(2, width, height, fill, seed)
    resin = bytes(255 if value > 127 else 0 for value in source)
    box = box_in(width, height, seed)
    copied, bare, veiled = at(to), at(to), at(to)
    raster.copy_rectangles(copied, at(source), width, height, [box])
    raster.knock_out(bare, at(resin), width, height, [box])
    raster.veil(veiled, at(source), width, height, box, 150)
    return [copied, bare, veiled]


def all_scaling(at, width, height, fill, seed):
    red, green, blue = planes(3, width, height, fill, seed)
    rgb = bytes(value for pixel in zip(red, green, blue, strict=True) for value in pixel)
    x, y, columns, rows = box_in(width, height, seed)
    scaling = scale.Scale(width, height, columns, rows)
    drawn = [at(bytes(width * height)) for _ in range(5)]
    scaling.photo(at(rgb), (width, height, 0, 0), *drawn[:3], width, height, x, y)
    scaling.dither(at(rgb), (width, height, 0, 0), drawn[3], width, height, x, y)
    scaling.signature(at(red), drawn[4], width, height, x, y, 128)
    return drawn


def all_turning(at, width, height, fill, seed):
    (plane,) = planes(1, width, height, fill, seed)
    landscape = at(bytes(width * height))
    turn.turn(at(plane), width, height, [box_in(width, height, seed)], landscape)
    return [landscape]


def all_looks(at, width, height, fill, seed):
    y, m, c = map(at, planes(3, width, height, fill, seed))
    return [repr(look.photo(y, m, c, width, height, box_in(width, height, seed), 1)).encode()]


def all_symbols(at, width, height, fill, seed):
    side = min(width, height)
    modules = np.frombuffer(at(planes(1, side, side, fill, seed)[0]), np.uint8).reshape(side, side)
    plane = at(bytes((side * 2 + 3) * (side * 2 + 1)))
    qr.enlarge(modules, 2, plane, side * 2 + 3, side * 2 + 1, 3, 1)
    return [plane]


def all_lines(at, width, height, fill, seed):
    raw = bytearray(planes(1, 1 + 3 * width, height, fill, seed)[0])
    for row in range(height):
        raw[row * (1 + 3 * width)] = row % 5  # each filter
    out = at(bytes(width * height))
    png.grey(at(zlib.compress(raw)), width, height, 8, 3, out)
    return [out]


def all_coded(at, width, height, fill, seed):
    (plane,) = planes(1, width, height, fill, seed)
    x, _, count, _ = box_in(width, height, seed)
    (lines,) = frl.encode(width, height, 127, [(at(plane), x, count, 255)])
    return [frl.section(at(bytes(30)), [(lines, 0, count)])]


def all_bit_planes(at, width, height, fill, seed):
    (plane,) = planes(1, width, height, fill, seed)
    x, _, count, _ = box_in(width, height, seed)
    length = 1 + seed % 40
    rows = np.random.default_rng(seed).integers(-1, height, 8 * length).astype(np.int16)
    outs = [at(bytes(count * depth * length)) for depth in (1, 6, 8)]
    spans = [(at(plane), depth, x, count, out) for depth, out in zip((1, 6, 8), outs, strict=True)]
    bitplanes.bit_planes(width, height, rows, spans)
    return outs


#: kernel -> how its level is set, and the levels
ENCODE = (encode.use_cpu, encode.cpu_features())
FRL = (frl.use_cpu, frl.cpu_features())
RASTER = (raster.use_cpu, raster.cpu_features())
SCALE = (scale.use_cpu, scale.cpu_features())
PLAIN = (lambda level: None, (0,))  # plain C on every machine
KERNELS = [
    (all_rotate, *ENCODE),
    (all_rotate_pack, *ENCODE),
    (all_figures, *ENCODE),
    (all_coded, *FRL),
    (all_bit_planes, bitplanes.use_cpu, bitplanes.cpu_features()),
    (all_rectangles, *RASTER),
    (all_scaling, *SCALE),
    (all_turning, *PLAIN),
    (all_looks, *PLAIN),
    (all_symbols, *PLAIN),
    (all_lines, *PLAIN),
]


@pytest.mark.parametrize(("kernel", "use", "levels"), KERNELS, ids=[kernel.__name__[4:] for kernel, _, _ in KERNELS])
@settings(max_examples=60, deadline=None)
@given(WIDTHS, HEIGHTS, OFFSETS, st.sampled_from([None, 0, 255]), st.integers(0, 2**31))
def test_where_a_buffer_begins_changes_nothing(kernel, use, levels, width, height, offset, fill, seed):
    expected = None
    try:
        for level in levels:
            use(level)
            for begin in (0, offset):
                memory = Memory(begin)
                drawn = list(map(bytes, kernel(memory, width, height, fill, seed)))
                memory.check()
                expected = expected or drawn
                assert drawn == expected
    finally:
        use(levels[-1])
