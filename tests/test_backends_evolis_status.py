"""Evolis replies: any bytes give a Status or a LanguageError, and every bit has a meaning."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.backends import evolis_bits as bits
from spooler.backends.contract import LanguageError
from spooler.backends.evolis_status import (
    Status,
    parse_number,
    parse_pairs,
    parse_status,
    parse_word,
    status_behind,
)
from spooler.model.printer import PrinterState
from spooler.model.reasons import REASONS
from spooler.rules.care import ADVISORY

DATA = Path(__file__).parent / "data"

words = st.lists(st.integers(0, 2**32 - 1), min_size=4, max_size=4)


def block(cfg=0, inf=0, war=0, err=0, session=0, extensions=(), text=b"OK"):
    tail = b"".join(b"\x04" + struct.pack(">I", word) for word in extensions)
    return text + b"\0\0\x15\x10" + struct.pack(">4I", cfg, inf, war, err) + b"\x02" + struct.pack(">H", session) + tail


@given(words, st.integers(0, 65535), st.lists(st.integers(0, 2**32 - 1), max_size=4))
def test_what_is_packed_is_parsed(four, session, extensions):
    status = parse_status(block(*four, session, extensions))
    assert status == Status(*four, session=session, extensions=tuple(extensions))
    assert all(reason in REASONS for reason in status.reasons)
    errors = any(word & mask for word, mask in zip(extensions, (0, 0xF8, 0, 0), strict=False))
    assert status.fault == (bool(four[3]) or errors)
    assert not status.fault or (status.state is PrinterState.STOPPED and status.reasons)
    assert status.state is not PrinterState.STOPPED or status.reasons  # nothing is silent


@given(
    st.binary(max_size=80) | st.builds(lambda n, tail: block()[:n] + tail, st.integers(0, 30), st.binary(max_size=9))
)
def test_any_bytes_give_a_status_or_a_language_error(data):
    try:
        status = parse_status(data)
    except LanguageError:
        return
    assert isinstance(status, Status)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"OK",
        b"OK\0",
        b"OK\0\0\x15",
        block()[:-1],
        block() + b"\x04\0\0\0",
        block(extensions=[1] * 5),
        block() + b"\0",
        block(text=b"\xff"),
        b"\0\0\x15\x02\0\0\x10" + bytes(16),
    ],
)
def test_anything_but_one_whole_block_is_refused(data):
    with pytest.raises(LanguageError):
        parse_status(data)


def the_table():
    """The vendor's header as the facts page copied it: (word, mask, name) of every bit."""
    for number, line in enumerate((DATA / "evolis_bits.txt").read_text().splitlines()):
        for entry in line.partition(": ")[2].split("; "):
            mask, name = entry.split()
            yield number, int(mask, 16), name


TABLE = list(the_table())


def status_of(word, mask):
    words = [0] * 8
    words[word] = mask
    return parse_status(block(*words[:4], extensions=words[4:]))


def test_every_bit_has_its_vendors_name_and_no_bit_two():
    assert len(TABLE) == 32 + 32 + 21 + 25 + 32 + 32 + 32 + 3
    assert [dict(word) for word in bits.WORDS] == [
        {mask: name for number, mask, name in TABLE if number == n} for n in range(8)
    ]
    names = [name for _, _, name in TABLE]
    assert len(set(names)) == len(names)


def test_what_is_said_of_bits_is_said_of_bits_that_exist():
    names = {name for _, _, name in TABLE}
    families = {bit for bit, _ in bits.FAMILIES}
    said = {*bits.REASONS, *bits.REMARKS, *bits.FORBIDS, *bits.WORKING, *bits.CARD_INSIDE, bits.CLAIM, bits.RESET}
    assert said | families <= names
    assert set(bits.REASONS.values()) <= set(REASONS)


@pytest.mark.parametrize(("word", "mask", "name"), TABLE, ids=[name for _, _, name in TABLE])
def test_each_bit_stops_advises_or_says_nothing_and_never_two_things(word, mask, name):
    status = status_of(word, mask)
    category = name[:3]
    if category == "ERR" or (category == "WAR" and name not in bits.REMARKS) or name in bits.FORBIDS:
        (reason,) = status.reasons
        assert reason not in ADVISORY
        assert (status.state, status.fault) == (PrinterState.STOPPED, category == "ERR")
    else:
        assert status.state is not PrinterState.STOPPED
        assert not status.fault
        assert set(status.reasons) <= ADVISORY
        assert len(status.reasons) <= 1
    if category == "CFG":
        assert status.reasons == ()
        assert not status.working
        assert not status.card_in_path


MEANINGS = {
    "WAR_FEEDER_EMPTY": "media-empty", "WAR_COVER_OPEN": "cover-open", "WAR_NO_RIBBON": "marker-supply-missing",
    "WAR_RIBBON_ENDED": "marker-supply-empty", "WAR_HOPPER_FULL": "output-area-full", "WAR_COOLING": "cooling",
    "WAR_REJECT_BOX_FULL": "rejects-full", "WAR_UNSUPPORTED_RIBBON": "marker-supply-wrong",
    "WAR_POWER_SUPPLY": "power-fault", "WAR_LAMI_COVER_OPEN": "cover-open", "INF_WRONG_ZONE_EXPIRED":
    "marker-supply-wrong", "ERR_MECHANICAL": "media-jam", "ERR_FEEDER_ERROR": "feed-fault",
    "ERR_HEAD_TEMP": "over-temperature", "ERR_RIBBON_ERROR": "ribbon-fault", "ERR_FEATURE": "option-missing",
    "ERR_BAD_RIBBON": "marker-supply-wrong", "ERR_LAMI_MECHANICAL": "media-jam", "INF_RIBBON_LOW":
    "marker-supply-low", "INF_FEEDER_NEAR_EMPTY": "media-low", "INF_CLEANING_MANDATORY": "cleaning-required",
    "INF_CLEANING_ADVANCED": "cleaning-required", "INF_CLEAR_LOW": "film-low", "INF_HEATING": "warming-up",
    "INF_UPDATING_FIRMWARE": "firmware-update", "WAR_PRINTER_LOCKED": "printer-locked", "ERR_HARDWARE": "device-fault",
}  # fmt: skip


@pytest.mark.parametrize(("name", "reason"), MEANINGS.items())
def test_what_the_officer_is_told(name, reason):
    ((word, mask),) = [(word, mask) for word, mask, each in TABLE if each == name]
    assert status_of(word, mask).reasons == (reason,)


@pytest.mark.parametrize(("word", "mask"), [(2, 0x00800000), (2, 0x20000000), (3, 0x80000000), (3, 0x00000002)])
def test_a_stop_or_a_fault_without_a_name_is_a_device_fault(word, mask):
    status = status_of(word, mask)
    assert (status.state, status.reasons, status.fault) == (PrinterState.STOPPED, ("device-fault",), word == 3)


@pytest.mark.parametrize("mask", [0x00000200, 0x00000001])
def test_remarks_among_the_warnings_stop_nothing(mask):
    status = parse_status(block(war=mask))
    assert (status.state, status.reasons) == (PrinterState.IDLE, ())


def test_a_printer_says_what_it_is():
    words = (0x80000000, 0x81000000, 0x40000000, 0x02000000, 0x2000)
    machines = [parse_status(block(cfg=word)).machine for word in words]
    assert machines == ["Primacy", "KC200", "Zenius", "Primacy 2", None]
    assert parse_status(block(cfg=0x08000000, extensions=[0x08000000])).machine == "Dualys"


@given(words, st.text("abc", max_size=3))
def test_a_status_may_follow_any_answer(four, text):
    assert status_behind(block(*four, text=text.encode())) == parse_status(block(*four))
    assert status_behind(text.encode() + b"\0") is None
    assert status_behind(text.encode()) is None
    with pytest.raises(LanguageError):
        status_behind(text.encode() + b"\0x")


@pytest.mark.parametrize("mask", [0x80000000, 0x80, 0x40, 0x20, 0x01])
def test_claimed_or_working_is_processing(mask):
    assert parse_status(block(inf=mask)).state is PrinterState.PROCESSING


@pytest.mark.parametrize("mask", [0x10000000, 0x08000000, 0x04000000, 0x02000000, 0x01000000])
def test_a_card_inside_is_in_the_path(mask):
    assert parse_status(block(inf=mask)).card_in_path


@pytest.mark.parametrize("mask", [0x40000000, 0x20000000])
def test_cards_at_rest_are_not_in_the_path(mask):
    assert not parse_status(block(inf=mask)).card_in_path


@pytest.mark.parametrize("text", [b"12", b"card 12", b"card: 12", b"card;12", b"card=12", b"12\r\n", b" 12 "])
def test_a_count_alone_or_after_its_key(text):
    assert parse_number(text + b"\0rest", "counter") == 12


@pytest.mark.parametrize("text", [b"", b"ERROR CDE", b"12 13 14", b"-1", b"1.5", b"12345678901", b"BUSY", b"\xb2"])
def test_what_is_no_count(text):
    with pytest.raises(LanguageError):
        parse_number(text + b"\0", "counter")


@given(st.binary(max_size=200))
def test_any_bytes_give_a_word_or_a_language_error(data):
    try:
        word = parse_word(data, "serial number")
    except LanguageError:
        return
    assert word.isprintable()
    assert 0 < len(word) <= 64


def test_pairs_in_both_spellings():
    assert parse_pairs(b"count: 12\r\nqty 300\nnonsense\n\n\0") == {"count": "12", "qty": "300"}
