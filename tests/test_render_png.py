"""Signatures in PNG's plain forms: the same grey as Pillow's, and nothing but DamagedError for what is no picture."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from spooler.ext import png
from spooler.render.png import DamagedError, read_grey

MODES = {"1": (1, 0), "L": (8, 0), "LA": (8, 4), "RGB": (8, 2), "RGBA": (8, 6)}
BYTES = {"1": 1, "L": 1, "LA": 2, "RGB": 3, "RGBA": 4}


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(mode, width, height, lines, pieces=1):
    """A PNG file of filtered scan lines, its data in so many chunks."""
    depth, colour = MODES[mode]
    body = zlib.compress(lines)
    step = -(-len(body) // pieces)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)),
            chunk(b"tEXt", b"Author\0a signature pad"),
            *(chunk(b"IDAT", body[at : at + step]) for at in range(0, len(body), step)),
            chunk(b"IEND", b""),
        )
    )


def slow_grey(data):
    with Image.open(BytesIO(data)) as image:
        if image.mode in ("1", "L"):
            return np.asarray(image.convert("L")).astype(int)
        colour = image.convert("RGBA")
        return np.asarray(Image.alpha_composite(Image.new("RGBA", image.size, "white"), colour).convert("L")).astype(
            int
        )


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(list(MODES)),
    st.integers(1, 70),
    st.integers(1, 40),
    st.integers(1, 4),
    st.lists(st.integers(0, 4), min_size=40, max_size=40),
    st.integers(0, 2**32 - 1),
)
def test_every_plain_form_and_filter_reads_as_pillow_reads_it(mode, width, height, pieces, filters, seed):
    row = (width * BYTES[mode] * MODES[mode][0] + 7) // 8
    noise = np.random.default_rng(seed).integers(0, 256, (height, row), np.uint8)
    lines = b"".join(bytes([filters[y]]) + noise[y].tobytes() for y in range(height))  # any bytes are filtered bytes
    data = packed(mode, width, height, lines, pieces)
    grey, *size = read_grey(data)
    assert size == [width, height]
    found = np.frombuffer(grey, np.uint8).reshape(height, width).astype(int)
    assert np.abs(found - slow_grey(data)).max() <= (1 if mode == "RGBA" else 0)  # Pillow rounds alpha twice


def test_a_picture_of_many_bands_is_whole():
    image = Image.effect_noise((1000, 700), 80).convert("RGB")
    out = BytesIO()
    image.save(out, "PNG")
    grey, width, height = read_grey(out.getvalue())
    assert (np.frombuffer(grey, np.uint8).reshape(height, width) == slow_grey(out.getvalue())).all()


@pytest.mark.parametrize(
    ("mode", "options"), [("P", {}), ("I;16", {}), ("L", {"transparency": 3}), ("RGB", {"transparency": (1, 2, 3)})]
)
def test_other_forms_are_left_to_pillow(mode, options):
    out = BytesIO()
    Image.new(mode, (9, 9)).save(out, "PNG", **options)
    assert read_grey(out.getvalue()) is None


GOOD = packed("L", 20, 20, bytes(20 * 21), pieces=2)


@settings(max_examples=200, deadline=None)
@given(st.integers(33, len(GOOD) - 1), st.integers(1, 255))
def test_a_changed_byte_is_damage_or_harmless(at, mask):
    """Behind the header, whose values the caller has checked."""
    changed = bytearray(GOOD)
    changed[at] ^= mask
    try:
        found = read_grey(bytes(changed))
    except DamagedError:
        return
    assert found is None or bytes(found[0]) == bytes(400)


def test_damage_is_told():
    for data in (
        GOOD[:-1],
        GOOD[:60],
        packed("L", 20, 20, bytes(20 * 21 - 1)),
    ):
        with pytest.raises(DamagedError):
            read_grey(data)
    for more in (1, 50):
        assert bytes(read_grey(packed("L", 20, 20, bytes(20 * 21 + more)))[0]) == bytes(400)
    with pytest.raises(DamagedError, match="filter"):
        read_grey(packed("L", 20, 20, b"\5" * (20 * 21)))


def test_sizes_are_checked_before_anything_runs():
    data = zlib.compress(bytes(110))
    for width, height, depth, channels in (
        (0, 1, 8, 1),
        (32769, 1, 8, 1),
        (1, 0, 8, 1),
        (9, 1, 8, 5),
        (9, 1, 1, 3),
        (9, 1, 16, 1),
    ):
        with pytest.raises(ValueError, match=r"PNG|channels"):
            png.grey(data, width, height, depth, channels, bytearray(9))
    for out in (99, 101):
        with pytest.raises(ValueError, match="do not fit"):
            png.grey(data, 10, 10, 8, 1, bytearray(out))
    with pytest.raises(ValueError, match="no image data"):
        png.grey(b"", 10, 10, 8, 1, bytearray(100))


@pytest.mark.parametrize("width", [1, 3, 900, 12_000])
def test_pictures_of_many_bands_are_whole(width):
    """Bands are cut by bytes: the first line of each is unfiltered by the last of the one before."""
    height = min(30_000, 200_000 // width)
    rng = np.random.default_rng(width)
    picture = np.cumsum(rng.integers(0, 3, (height, width), np.uint8), axis=0, dtype=np.uint8)
    up = np.diff(picture, axis=0, prepend=np.zeros((1, width), np.uint8)).astype(np.uint8)
    lines = b"".join(b"\2" + row.tobytes() for row in up)
    grey, *size = read_grey(packed("L", width, height, lines))
    assert size == [width, height]
    assert bytes(grey) == picture.tobytes()
