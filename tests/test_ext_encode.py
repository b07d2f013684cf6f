"""The encode kernels against NumPy, on every instruction-set level that the machine has."""

import ctypes
import threading
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spooler.ext import encode

LEVELS = encode.cpu_features()


@pytest.fixture(params=LEVELS)
def level(request):
    assert encode.use_cpu(request.param) == request.param
    yield
    encode.use_cpu()


def plane(width, height, seed):
    return np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)


def slow_rotate(pixels, x, count):
    return pixels[::-1, x : x + count].T.tobytes()


def slow_rotate_pack(pixels, x, count):
    return np.packbits(pixels[::-1, x : x + count].T >= 128, axis=1).tobytes()


def slow_pack7(data):
    """Each byte as its upper seven bits, one behind the other."""
    bits = np.unpackbits(np.frombuffer(data, np.uint8).reshape(-1, 1), axis=1)[:, :7]
    return np.packbits(bits).tobytes()


sizes = st.tuples(st.integers(1, 150), st.integers(1, 12).map(lambda n: 8 * n + n % 5), st.integers(0, 2**32 - 1))


@given(sizes, st.data())
@settings(max_examples=60, deadline=None)
def test_rotate_turns_columns_into_rows(size, data):
    width, height, seed = size
    x = data.draw(st.integers(0, width - 1))
    count = data.draw(st.integers(1, width - x))
    pixels = plane(width, height, seed)
    for level in LEVELS:
        encode.use_cpu(level)
        out = bytearray(count * height)
        encode.rotate(pixels.reshape(-1), width, height, x, count, out)
        assert out == slow_rotate(pixels, x, count)


@given(st.integers(1, 150), st.integers(1, 30).map(lambda n: 8 * n), st.integers(0, 2**32 - 1), st.data())
@settings(max_examples=60, deadline=None)
def test_rotate_pack_takes_128_as_the_first_one(width, height, seed, data):
    x = data.draw(st.integers(0, width - 1))
    count = data.draw(st.integers(1, width - x))
    pixels = plane(width, height, seed)
    pixels[0, x] = data.draw(st.sampled_from([0, 127, 128, 255]))
    for level in LEVELS:
        encode.use_cpu(level)
        out = bytearray(count * height // 8)
        encode.rotate_pack(pixels.reshape(-1), width, height, x, count, out)
        assert out == slow_rotate_pack(pixels, x, count)


def test_a_whole_card(level):
    pixels = plane(1016, 648, 1)
    out = bytearray(1016 * 648)
    encode.rotate(pixels.reshape(-1), 1016, 648, 0, 1016, out)
    assert out == slow_rotate(pixels, 0, 1016)
    out = bytearray(1016 * 81)
    encode.rotate_pack(pixels.reshape(-1), 1016, 648, 0, 1016, out)
    assert out == slow_rotate_pack(pixels, 0, 1016)


@pytest.mark.parametrize("size", [0, 1, 7, 31, 648, 65535, 65536, 65537, 200_000])
def test_tally_and_ones(level, size):
    dyes = np.random.default_rng(size).integers(0, 256, (3, size), np.uint8)
    dyes[:, ::3] = 0
    sums = (*(int(dye.sum()) for dye in dyes), int((dyes == 0).all(axis=0).sum()))
    assert encode.tally(*dyes) == sums
    assert encode.ones(dyes[0]) == int(np.unpackbits(dyes[0]).sum())


@given(st.integers(0, 60), st.integers(0, 7), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_seven_bits_follow_each_other_without_a_gap(groups, offset, seed):
    """At any address, for any number of groups of eight, and not a byte beyond."""
    data = np.random.default_rng(seed).integers(0, 256, offset + 8 * groups, np.uint8).tobytes()
    for level in LEVELS:
        encode.use_cpu(level)
        out = bytearray(b"\xa5" * (offset + 7 * groups + 2))
        encode.pack7(memoryview(data)[offset:], memoryview(out)[offset : offset + 7 * groups])
        assert out == b"\xa5" * offset + slow_pack7(data[offset:]) + b"\xa5" * 2


def test_seven_bits_need_whole_groups():
    for size, room in ((7, 7), (8, 8), (8, 6), (12, 10)):
        with pytest.raises(ValueError, match="eight bytes become seven"):
            encode.pack7(bytes(size), bytearray(room))
    with pytest.raises(ValueError, match="6 bits a sample"):
        encode.rotate_spans(8, 8, [], [], 6)
    with pytest.raises(ValueError, match="8 divides the height"):
        encode.rotate_spans(8, 9, [], [], 7)


def test_tally_of_full_dye_does_not_overflow(level):
    full = b"\xff" * 658_368
    assert encode.tally(full, full, full) == (255 * 658_368,) * 3 + (0,)


@pytest.mark.parametrize("kernel", [encode.rotate, encode.rotate_pack])
@pytest.mark.parametrize(
    ("size", "width", "height", "x", "count", "out", "said"),
    [
        (127, 16, 8, 0, 16, 128, "needs? 128"),
        (128, 16, 8, 0, 17, 136, "not inside"),
        (128, 16, 8, -1, 4, 32, "not inside"),
        (128, 16, 8, 16, 1, 8, "not inside"),
        (128, 16, 8, 0, 0, 0, "not inside"),
        (128, 16, 8, 1, 2**62, 8, "not inside"),
        (128, 16, 8, 0, 16, 127, "the output has 127"),
        (0, 0, 8, 0, 0, 0, "from 1 to"),
        (128, 16, -8, 0, 16, 128, "from 1 to"),
        (0, 2**62, 8, 0, 1, 8, "from 1 to"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(kernel, size, width, height, x, count, out, said):
    with pytest.raises(ValueError, match=said):
        kernel(bytes(size), width, height, x, count, bytearray(out))


def test_packing_needs_whole_bytes_and_a_bounded_height():
    with pytest.raises(ValueError, match="multiple of 8"):
        encode.rotate_pack(bytes(16 * 9), 16, 9, 0, 16, bytearray(16))
    with pytest.raises(ValueError, match="at most 4096"):
        encode.rotate_pack(bytes(4104), 1, 4104, 0, 1, bytearray(513))
    out = bytearray(512)
    encode.rotate_pack(b"\xff" * 4096, 1, 4096, 0, 1, out)
    assert out == b"\xff" * 512


def test_buffers_of_the_wrong_kind_are_refused():
    with pytest.raises(ValueError, match="equally long"):
        encode.tally(b"ab", b"ab", b"a")
    with pytest.raises((TypeError, BufferError)):
        encode.rotate(bytes(128), 16, 8, 0, 16, bytes(128))  # the output is read-only
    with pytest.raises((TypeError, ValueError)):
        encode.ones(None)


@given(st.integers(1, 150), st.integers(1, 12).map(lambda n: 8 * n), st.integers(0, 2**32 - 1), st.data())
@settings(max_examples=40, deadline=None)
def test_spans_of_a_card_are_the_kernels_one_by_one(width, height, seed, data):
    planes = [plane(width, height, seed + n) for n in range(4)]
    flat = [pixels.reshape(-1) for pixels in planes]
    columns = st.integers(0, width - 1).flatmap(lambda x: st.tuples(st.just(x), st.integers(1, width - x)))
    dyed, packed = (data.draw(st.lists(columns, max_size=3)) for _ in range(2))
    for level, depth in product(LEVELS, (8, 7)):
        encode.use_cpu(level)
        dyes = [(*flat[:3], x, n, *(bytearray(n * height * depth // 8) for _ in range(3))) for x, n in dyed]
        bits = [(flat[3], x, n, bytearray(n * height // 8)) for x, n in packed]
        sums, ones = encode.rotate_spans(width, height, dyes, bits, depth)
        for (*_, x, n, a, b, c), found in zip(dyes, sums, strict=True):
            rows = [slow_rotate(pixels, x, n) for pixels in planes[:3]]
            assert [a, b, c] == (rows if depth == 8 else [slow_pack7(part) for part in rows])
            cut = np.array([pixels[:, x : x + n] for pixels in planes[:3]], int)
            assert found == (*(int(part.sum()) for part in cut), int((cut.max(axis=0) == 0).sum()))
        for (_, x, n, out), found in zip(bits, ones, strict=True):
            assert out == slow_rotate_pack(planes[3], x, n)
            assert found == (int((planes[3][:, x : x + n] >= 128).sum()),)


def test_spans_that_do_not_fit_are_refused_before_any_is_turned():
    good, out = bytes(8 * 8), bytearray(8)
    with pytest.raises(ValueError, match="columns"):
        encode.rotate_spans(8, 8, [(good, good, good, 8, 1, out, out, out)], [])
    with pytest.raises(ValueError, match="output"):
        encode.rotate_spans(8, 8, [(good, good, good, 0, 1, out, out, bytearray(7))], [])
    with pytest.raises(ValueError, match="multiple of 8"):
        encode.rotate_spans(8, 7, [], [(bytes(56), 0, 1, out)])
    with pytest.raises(ValueError, match="256 spans"):
        encode.rotate_spans(8, 8, [], [(good, 0, 1, bytearray(1))] * 257)
    with pytest.raises(BufferError):
        encode.rotate_spans(8, 8, [], [(good, 0, 1, bytes(1))])


def test_rows_are_lent_again_only_when_nobody_looks_at_them():
    rows = encode.Rows(100_000)
    view = memoryview(rows)[10:20]
    view[:] = b"a citizen."
    del rows
    others = [encode.Rows(100_000) for _ in range(5)]
    for other in others:
        memoryview(other)[:] = bytes(100_000)
    assert bytes(view) == b"a citizen."
    before = encode.pooled_bytes()
    del view
    assert encode.pooled_bytes() == before + (1 << 17)  # its class: 128 KiB
    again = encode.Rows(131_072)
    assert encode.pooled_bytes() == before
    assert len(memoryview(again)) == 131_072


def test_a_thread_gets_its_own_memory_back_before_anybody_elses():
    size = 3 << 19
    kept = []  # what other tests gave back: with it the pool may be too full to keep another block
    while encode.pooled_bytes():
        kept += [encode.Rows(1 << n) for n in range(16, 24)]

    def place(rows):
        return ctypes.addressof(ctypes.c_char.from_buffer(rows))

    lent = threading.Event()
    given_back = threading.Event()
    theirs = []

    def borrow():
        rows = encode.Rows(size)
        theirs.append(place(rows))
        lent.set()
        given_back.wait(10)
        del rows  # the last to come back

    ours = encode.Rows(size)
    address = place(ours)
    other = threading.Thread(target=borrow)
    other.start()
    assert lent.wait(10)
    del ours
    given_back.set()
    other.join()
    again = encode.Rows(size)
    assert place(again) == address != theirs[0]
    assert place(encode.Rows(size)) == theirs[0]  # rather than new memory


def test_rows_keep_a_bounded_memory():
    for size in (0, 1, 65_535, 65_536, 70_000, 8 << 20, (8 << 20) + 1, 20 << 20):
        rows = encode.Rows(size)
        assert len(rows) == len(memoryview(rows)) == size
    many = [encode.Rows(4 << 20) for _ in range(12)]
    del many, rows
    assert encode.pooled_bytes() <= 16 << 20
    with pytest.raises(ValueError, match="-1 bytes"):
        encode.Rows(-1)
    with pytest.raises(BufferError):
        encode.rotate(bytes(8), 1, 8, 0, 1, bytes(8))  # what is read-only is no place for rows
