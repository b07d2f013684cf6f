"""JPEG decoding beside Pillow's and simplejpeg's, and what is no JPEG leaves the planes as they were."""

from io import BytesIO

import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from spooler.ext.scale import Scale, decode_jpeg


def picture(width, height, mode="RGB", **save):
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([x * 255 // width, y * 255 // height, (x + y) % 256], -1).astype(np.uint8)
    data = BytesIO()
    Image.fromarray(rgb).convert(mode).save(data, "JPEG", **{"quality": 88} | save)
    return data.getvalue()


GOOD = picture(64, 48)


def decoded(data, width, height, eighths=8):
    out = bytearray(3 * width * height)
    decode_jpeg(data, eighths, width, height, out)
    return np.frombuffer(out, np.uint8).reshape(height, width, 3)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 80), st.integers(1, 80), st.sampled_from(["RGB", "L"]), st.integers(0, 2), st.booleans(),
    st.sampled_from([8, 4, 2, 1]),
)  # fmt: skip
def test_it_decodes_as_others_do(width, height, mode, subsampling, progressive, eighths):
    data = picture(width, height, mode, subsampling=subsampling, progressive=progressive)
    across, down = -(-width * eighths // 8), -(-height * eighths // 8)
    ours = decoded(data, across, down, eighths).astype(int)
    theirs = simplejpeg.decode_jpeg(data, "RGB", min_width=across, min_height=down, min_factor=8 // eighths)
    if theirs.shape == ours.shape and min(width, height) >= 16:  # it has more steps than halves, told apart by size
        assert np.abs(ours - theirs).max() <= 1
    if eighths == 8:
        pillow = np.asarray(Image.open(BytesIO(data)).convert("RGB")).astype(int)
        assert np.abs(ours - pillow).max() <= 1


def test_a_photo_of_a_jpeg_is_the_photo_of_its_pixels():
    scale, out = Scale(48, 48, 20, 20), []
    for fused in (False, True):
        planes = [bytearray(40 * 30) for _ in range(3)]
        rgb = bytearray(64 * 48 * 3)
        where = ((64, 48, 8, 0), *planes, 40, 30, 5, 5, bytes(range(256)) * 3)
        if fused:
            scale.photo_of_jpeg(GOOD, 8, rgb, *where)
        else:
            decode_jpeg(GOOD, 8, 64, 48, rgb)
            scale.photo(rgb, *where)
        out.append(planes)
    assert out[0] == out[1]
    assert any(out[1][0])


DAMAGED = [
    GOOD[: len(GOOD) // 2], GOOD[:20], GOOD[:-2] + b"\0\0", b"\xff\xd8\xff", b"nothing of the kind",
    GOOD[:400] + bytes(200) + GOOD[600:], picture(64, 48, "CMYK"),
]  # fmt: skip


@pytest.mark.parametrize("data", DAMAGED, ids=range(len(DAMAGED)))
def test_what_cannot_be_decoded_says_so_and_draws_nothing(data):
    with pytest.raises(ValueError, match="cannot be decoded"):
        decoded(data, 64, 48)
    planes = [bytearray(b"\7" * 1200) for _ in range(3)]
    with pytest.raises(ValueError, match="cannot be decoded"):
        Scale(64, 48, 20, 20).photo_of_jpeg(data, 8, bytearray(64 * 48 * 3), (64, 48, 0, 0), *planes, 40, 30, 0, 0)
    assert planes == [bytearray(b"\7" * 1200)] * 3


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_no_bytes_do_harm(changes):
    data = bytearray(GOOD)
    for at, value in changes:
        data[at] = value
    try:
        decoded(bytes(data), 64, 48)
    except ValueError:
        pass


def test_sizes_are_checked_before_anything_runs():
    for width, height, eighths, out in ((64, 48, 8, 100), (64, 48, 3, 9216), (0, 48, 8, 0), (40_000, 1, 8, 120_000)):
        with pytest.raises(ValueError, match=r"pixels|eighths"):
            decode_jpeg(GOOD, eighths, width, height, bytearray(out))
    with pytest.raises(ValueError, match="cannot be decoded"):
        decoded(GOOD, 63, 48)  # another size than the header's
    with pytest.raises(ValueError, match="no JPEG data"):
        decoded(b"", 64, 48)
