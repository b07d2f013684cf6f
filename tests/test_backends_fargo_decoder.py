"""The simulated Fargo's decoder: HID's own jobs come out as sane pictures, and whatever is no job is found out.

Sane: the panels of the ribbon, each of 1009 x 634; what HID drew to be seen is seen: both bar codes are read by a
reader that knows nothing of printers, in all three jobs; the resin-only jobs are the colour job in black and white; the
three dyes go together where the face is; there is little dye under the resin; the overlay is one value everywhere.
"""

import struct

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from fargo_streams import HID, colour_card, hid, ours
from language_contract import joined, random_planes, whole
from spooler.backends.fargo import FAMILY
from spooler.backends.simulator.fargo_decoder import CutShortError, GarbageError, read

GEOMETRY = FAMILY.models["dtc4500e"].geometry
LANGUAGE = FAMILY.language("dtc4500e", "YMCKO")
FACE = np.s_[140:490, 680:960]


def arrays(job):
    return {ink: np.frombuffer(plane, np.uint8).reshape(634, 1009) for ink, plane in job.planes(1).items()}


def small(job):
    """The card in grey, so coarse that dither is grey too."""
    return np.asarray(job.image().convert("L").resize((100, 63)), float).ravel()


@pytest.mark.parametrize("name", HID)
def test_hids_bar_codes_are_read_off_the_decoded_picture(name):
    stream = hid(name)
    job, end = read(stream)
    assert end == len(stream)
    codes = {code.text: code for code in zxingcpp.read_barcodes(job.image())}
    assert set(codes) == {"TEST", "TESTESTEST"}
    assert codes["TEST"].position.top_left.x < 150, "upright, at the left"
    assert codes["TESTESTEST"].position.top_left.y > 500, "along the bottom"


def test_hids_colour_job_is_a_sane_picture():
    panels = arrays(read(hid("YMCKO"))[0])
    assert list(panels) == list("ymcko")
    assert set(np.unique(panels["o"])) == {128}
    resin = panels["k"] > 127
    assert 0.02 < resin.mean() < 0.2
    for ink in "ymc":
        assert 80 < panels[ink].mean() < 140
        assert panels[ink][resin].mean() < 0.3 * panels[ink][~resin].mean()
    assert np.corrcoef([panels[ink][FACE].ravel() for ink in "ymc"]).min() > 0.85


def test_hids_resin_jobs_are_its_colour_job_in_black_and_white():
    jobs = {name: read(hid(name))[0] for name in HID}
    assert jobs["KO"].planes(1)["k"] == jobs["K_STD"].planes(1)["k"]
    assert np.corrcoef(small(jobs["K_STD"]), small(jobs["YMCKO"]))[0, 1] > 0.9
    assert set(np.unique(arrays(jobs["K_STD"])["k"])) == {0, 255}


def test_the_colour_card_comes_back_pixel_for_pixel():
    planes = colour_card(GEOMETRY)
    job, _ = read(ours())
    for ink in "ymck":
        assert job.planes(1)[ink] == planes[ink]
    assert set(job.planes(1)["o"]) == {128}


# -- what is no job ----------------------------------------------------------------------------------------------

HEAD_BYTES = 8 + 16 + 56  # two sessions, the job section
PANEL = HEAD_BYTES + 6  # the first panel's section


def changed(at, *data):
    stream = bytearray(ours())
    stream[at : at + len(data)] = bytes(data)
    return bytes(stream)


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (ours()[24:], "begins with a session"),
        (ours()[8:24] + ours()[24:], "begins with a session"),
        (changed(24, 0x47), "no packet"),
        (changed(28, 1, 2), "no packet"),
        (changed(24 + 6 + 14, 9), "ribbon that is not known"),
        (changed(24 + 6 + 14, 5), "no section of panel 4"),
        (changed(24 + 6 + 8, 35), "no job section"),
        (changed(24 + 6 + 16, 1), "fields that are not known"),
        (changed(24 + 6 + 40, 31), "fields that are not known"),
        (changed(24 + 6 + 30, 1), "fields that are not known"),
        (changed(PANEL + 14, 2), "no section of panel 1"),
        (changed(PANEL + 10, 1), "no section of panel 1"),
        (changed(PANEL + 20, 0xF2), "number of lines"),
        (changed(PANEL + 22, 1), "data length"),
        (changed(PANEL + 18, 10), "only resin begins later"),
        (changed(PANEL + 30, 17), "no record"),
        (changed(PANEL + 38, 0, 0), "no record"),
        (changed(PANEL + 41, 1), "ink beside"),
        (changed(PANEL + 40, 0x7E), "a line of 784 dots"),
        (changed(len(ours()) - 10, 1), "no end section"),
    ],
)
def test_what_is_no_job_is_found_out(stream, said):
    with pytest.raises(GarbageError, match=said):
        read(stream)


def test_a_section_that_ends_with_a_full_packet_runs_into_the_next():
    """Why the encoder must avoid it: this decoder, too, knows a section's end only by a shorter packet."""
    sections = struct.pack("<2sHH", b"Fg", 1, 512) + bytes(512) + b"eP"
    with pytest.raises(CutShortError):
        read(ours()[:24] + sections)


@given(st.integers(0, len(ours()) - 1))
@settings(max_examples=120, deadline=None)
def test_a_job_that_is_cut_short_is_waited_for(size):
    with pytest.raises(CutShortError):
        read(ours()[:size])


@given(st.integers(0, len(ours()) - 1), st.integers(1, 255))
@settings(max_examples=200, deadline=None)
def test_one_wrong_byte_is_another_picture_or_found_out(at, flip):
    """Never anything but GarbageError or CutShortError; and a picture that is the same would be a byte not read."""
    stream = bytearray(ours())
    stream[at] ^= flip
    try:
        job, _ = read(bytes(stream))
    except (GarbageError, CutShortError):
        return
    assert job.planes(1) != read(ours())[0].planes(1)


@given(st.binary(max_size=600) | st.binary(max_size=200).map(lambda data: ours()[:24] + data))
def test_any_bytes_are_a_job_or_not(data):
    try:
        read(data)
    except (GarbageError, CutShortError):
        return
    raise AssertionError("noise is no job")


@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_what_the_language_sends_is_what_is_seen(seed):
    planes = random_planes(GEOMETRY, "ymcko", seed)
    job, end = read(joined(whole(LANGUAGE, planes)) + b"more")
    assert end == whole(LANGUAGE, planes).size
    for ink in "ymck":
        assert job.planes(1)[ink] == planes[ink]
    assert job.planes(1)["o"] == bytes(planes["o"]).replace(b"\xff", b"\x80")
