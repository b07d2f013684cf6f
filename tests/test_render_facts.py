"""Header facts: right for pictures, None for everything else, and never an exception."""

from io import BytesIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from invented import photo, signature
from spooler.model.request import PictureFacts
from spooler.render import measure

JPEG, PNG = photo(30, 40), signature(40, 18)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (300, 400), (1200, 7)])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"comment": b"x" * 70}])
def test_jpeg(width, height, options):
    out = BytesIO()
    Image.new("RGB", (width, height)).save(out, "JPEG", **options)
    data = out.getvalue()
    one_scan = not options.get("progressive", False)
    assert measure(data) == PictureFacts("jpeg", width, height, len(data), True, one_scan=one_scan)


def test_a_scan_of_some_of_the_components_is_not_the_whole_picture():
    for mode in ("L", "RGB"):
        out = BytesIO()
        Image.new(mode, (16, 16)).save(out, "JPEG")
        data = bytearray(out.getvalue())
        facts = measure(bytes(data))
        assert facts is not None
        assert facts.one_scan
        data[data.index(b"\xff\xda") + 4] ^= 2
        facts = measure(bytes(data))
        assert facts is not None
        assert not facts.one_scan


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("value", [1, 3, 6, 8])
def test_a_photo_that_lies_turned_says_so(order, value):
    exif = Image.Exif()
    exif.endian = order
    exif[0x10F] = "a camera"
    exif[0x112] = value
    out = BytesIO()
    Image.new("RGB", (30, 40)).save(out, "JPEG", exif=exif)
    facts = measure(out.getvalue())
    assert facts is not None
    assert (facts.width, facts.height, facts.orientation) == (30, 40, value)


@given(st.binary(max_size=60), st.sampled_from([b"II*\0", b"MM\0*", b""]))
def test_any_exif_is_survived(tiff, order):
    segment = b"Exif\0\0" + order + tiff
    data = JPEG[:2] + b"\xff\xe1" + (2 + len(segment)).to_bytes(2, "big") + segment + JPEG[2:]
    facts = measure(data)
    assert facts is not None
    assert 1 <= facts.orientation <= 8


def test_png():
    assert measure(PNG) == PictureFacts("png", 40, 18, len(PNG), True)


def test_a_picture_that_was_cut_off_is_not_complete():
    for data in (JPEG, PNG):
        facts = measure(data[:-1])
        assert facts is not None
        assert not facts.complete


@given(st.binary(max_size=200))
@example(b"")
@example(b"\xff\xd8\xff")
@example(b"\xff\xd8" + b"\xff" * 5000)
@example(b"\xff\xd8" + b"\xff\xe0\x00\x02" * 50000 + JPEG[2:])
@example(b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x00\x00\x00\x03")
def test_other_bytes_are_no_picture(data):
    assert measure(data) is None


@given(st.sampled_from([JPEG, PNG]), st.integers(0, 700), st.binary(max_size=4), st.integers(0, 900))
def test_damage_is_survived(data, at, other, end):
    damaged = (data[:at] + other + data[at + len(other) :])[:end]
    facts = measure(damaged)
    assert facts is None or (facts.size == len(damaged) and facts.width > 0 and facts.height > 0)
