"""The simulator's decoder: it gives the vendor's pictures back, and takes nothing that is not a whole card."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from spooler.backends.simulator.evolis_decoder import GarbageError, decode

DATA = Path(__file__).parent / "data"


def reference(name):
    return gzip.decompress((DATA / f"{name}.prn.gz").read_bytes())


@pytest.mark.parametrize(
    ("name", "picture"),
    [("primacy_ymcko", "card_in"), ("primacy_ko", "back_in"), ("primacy_kblack", "back_in")],
)
def test_the_vendors_stream_is_its_input_picture(name, picture):
    with Image.open(DATA / f"{picture}.png") as original:
        expected = original.convert("RGB")
    image = decode(reference(name)).image()
    assert image.size == (1016, 648)
    assert ImageChops.difference(image, expected).getbbox() is None


def test_planes_are_landscape_bytes():
    planes = decode(reference("primacy_ymcko")).planes
    assert list(planes) == list("ymcko")
    assert {len(plane) for plane in planes.values()} == {1016 * 648}
    assert set(planes["k"]) == {0, 255}
    assert set(planes["o"]) == {255}


HEADER_DAMAGE = [
    (b"Psk;10", b"Psk;11"),
    (b"Pr;100;t", b"Pr;101;t"),
    (b"300;300;100\r", b"300;300;000\r"),
    (b"\x1bSs\r", b"\x1bSs "),
    (b"Size=82305", b"Size=82304"),
    (b"Db;k;2;", b"Db;o;2;"),
    (b"Db;k;2;", b"Db;k;9;"),
    (b"\x1bSe\r", b""),
    (b"</CARD>", b"<CARD>"),
    (b"<END>", b"<END/>"),
    (b"\r</BINARY>", b"\n</BINARY>"),
]


@pytest.mark.parametrize(("old", "new"), HEADER_DAMAGE)
def test_one_changed_command_is_garbage(old, new):
    stream = reference("primacy_kblack")
    assert old in stream
    with pytest.raises(GarbageError):
        decode(stream.replace(old, new))


def test_dyes_come_in_their_order_and_all():
    stream = reference("primacy_ymcko")
    for old, new in ((b"Db;y;256;", b"Db;m;256;"), (b"Db;c;256;", b"Db;k;256;"), (b"Pida;51;38;38;37\r", b"Pida;51\r")):
        with pytest.raises(GarbageError):
            decode(stream.replace(old, new, 1))


def test_a_panel_that_the_ribbon_does_not_have_is_garbage():
    stream = reference("primacy_ko").replace(b"Pr;1;t", b"Pr;100;t").replace(b"300;300;1\r", b"300;300;100\r")
    with pytest.raises(GarbageError):
        decode(stream)


@given(st.floats(0, 1), st.binary(max_size=20))
@settings(max_examples=80)
def test_a_cut_stream_is_garbage(share, tail):
    stream = reference("primacy_kblack")
    part_1 = stream.rindex(b"\x1bPcla;0")
    cut = int(share * (part_1 - 1))
    with pytest.raises(GarbageError):
        decode(stream[:cut] + tail.replace(b"\0", b"x"))
