"""Evolis replies: any bytes give a Status or a LanguageError, and every bit has a meaning."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.backends.contract import LanguageError
from spooler.backends.evolis_status import (
    ADVICE,
    ERRORS,
    WARNINGS,
    Status,
    parse_number,
    parse_pairs,
    parse_status,
    parse_word,
)
from spooler.model.printer import PrinterState
from spooler.model.reasons import REASONS

words = st.lists(st.integers(0, 2**32 - 1), min_size=4, max_size=4)


def block(cfg=0, inf=0, war=0, err=0, session=0, extensions=(), text=b"OK"):
    tail = b"".join(b"\x04" + struct.pack(">I", word) for word in extensions)
    return text + b"\0\0\x15\x10" + struct.pack(">4I", cfg, inf, war, err) + b"\x02" + struct.pack(">H", session) + tail


@given(words, st.integers(0, 65535), st.lists(st.integers(0, 2**32 - 1), max_size=4))
def test_what_is_packed_is_parsed(four, session, extensions):
    status = parse_status(block(*four, session, extensions))
    assert status == Status(*four, session=session, extensions=tuple(extensions))
    assert all(reason in REASONS for reason in status.reasons)
    assert status.fault == bool(four[3])
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


@pytest.mark.parametrize(("mask", "reason"), WARNINGS.items())
def test_each_warning_stops_the_printer(mask, reason):
    status = parse_status(block(war=mask))
    assert (status.state, status.reasons, status.fault) == (PrinterState.STOPPED, (reason,), False)


@pytest.mark.parametrize(("mask", "reason"), ERRORS.items())
def test_each_error_is_a_fault(mask, reason):
    status = parse_status(block(err=mask))
    assert (status.state, status.reasons, status.fault) == (PrinterState.STOPPED, (reason,), True)


@pytest.mark.parametrize(("mask", "reason"), ADVICE.items())
def test_advice_stops_nothing(mask, reason):
    status = parse_status(block(inf=mask))
    assert (status.state, status.reasons) == (PrinterState.IDLE, (reason,))


@pytest.mark.parametrize("mask", [0x80000000, 0x00040000, 0x00800000])
def test_a_warning_without_a_line_of_its_own_is_a_device_fault(mask):
    assert parse_status(block(war=mask)).reasons == ("device-fault",)


@pytest.mark.parametrize("mask", [0x00000200, 0x00000001])
def test_remarks_among_the_warnings_stop_nothing(mask):
    status = parse_status(block(war=mask))
    assert (status.state, status.reasons) == (PrinterState.IDLE, ())


@pytest.mark.parametrize("mask", [0x80000000, 0x80, 0x40, 0x20, 0x02, 0x01])
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
