"""What a Fargo says of itself: the one answer that was captured, errors, and conversations that end in nothing worse
than a LanguageError."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language_contract import drive, whole
from spooler.backends.contract import Exchange, LanguageError, NoChannelError, Pause, Report
from spooler.backends.fargo import FAMILY, NOT_TOLD, POLL_SECONDS
from spooler.backends.fargo_packets import QUESTION, packet, payload
from spooler.backends.fargo_status import FAULTS, STOPS, SUCCESS, Status, parse_status
from spooler.model.picture import Planes
from spooler.model.printer import PrinterState
from spooler.model.reasons import REASONS

SENSORS = "DH:1;IH:0;LM:0;FL:1;MG:0;SM:0;SG:0;DS:0;SC:0;MF:0;HD:0;IC:0;PE:0;"
LANGUAGE = FAMILY.language("dtc4500e", "K")
CARD = whole(LANGUAGE, Planes.blank(LANGUAGE.model.geometry, "k"))


def said(result=SUCCESS, sensors=SENSORS):
    return packet(b"Fg", 0, f"{result}\0{sensors}\0".encode())


WELL = said()


def reading(answer):
    return parse_status(payload(answer))


def test_the_question_is_the_captured_one():
    assert QUESTION.hex() == "000000" + "466700002000" + "00" * 32 + "6550"
    assert len(QUESTION) == 43


def test_the_captured_answer_is_a_printer_that_is_well():
    status = reading(WELL)
    assert (status.state, status.reasons, status.fault) == (PrinterState.IDLE, (), False)
    assert status.sensors["FL"] == 1
    assert len(status.sensors) == 13


@pytest.mark.parametrize(("was", "is_", "reason"), [("DH:1", "DH:0", "cover-open"), ("PE:0", "PE:1", "media-empty")])
def test_the_two_sensors_that_were_guessed_stop_it_and_lose_nothing(was, is_, reason):
    status = reading(said(sensors=SENSORS.replace(was, is_)))
    assert (status.state, status.reasons, status.fault) == (PrinterState.STOPPED, (reason,), False)


@pytest.mark.parametrize("number", [*STOPS, *FAULTS])
def test_every_error_number_is_one_reason(number):
    status = reading(said(f"ERROR {number}"))
    assert status.error == number
    assert status.reasons == ((STOPS | FAULTS)[number],)
    assert status.reasons[0] in REASONS
    assert status.fault is (number in FAULTS)
    assert status.state is PrinterState.STOPPED


@pytest.mark.parametrize("result", ["USR_CMD_FAILED", "ERROR 7", "ERROR 110 99", "ERROR 11099", "usr_cmd_successful"])
def test_what_nobody_knows_is_a_fault_of_the_device(result):
    status = reading(said(result))
    assert (status.error, status.reasons, status.fault) == (None, ("device-fault",), True)


def test_the_same_number_twice_is_one():
    assert reading(said("ERROR 110 (110)")).reasons == ("media-jam",)


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"Fg", WELL[:-1], WELL[:40], WELL + b"x", b"\0" + WELL, WELL.replace(b"Fg", b"Fs"),
        WELL.replace(b"eP", b"eQ"), packet(b"Fg", 1, payload(WELL)), packet(b"Fg", 0, b""), packet(b"Fg", 0, b"a\0b\0"),
        packet(b"Fg", 0, f"{SUCCESS}\0{SENSORS}".encode()), packet(b"Fg", 0, f"{SUCCESS}\0DH:1234;\0".encode()),
        packet(b"Fg", 0, f"{SUCCESS}\0DH:1;\0x".encode()), packet(b"Fg", 0, f"{'x' * 200}\0{SENSORS}\0".encode()),
    ],
)  # fmt: skip
def test_answers_that_are_none(answer):
    with pytest.raises(LanguageError):
        reading(answer)


def test_zeros_after_the_packet_are_passed_over():
    assert reading(WELL + bytes(520 - len(WELL))) == reading(WELL)


@given(st.binary(max_size=600) | st.binary(max_size=512).map(lambda data: packet(b"Fg", 0, data)))
def test_any_bytes_are_a_status_or_a_language_error(data):
    try:
        status = reading(data)
    except LanguageError:
        return
    assert status.reasons or status.state is PrinterState.IDLE


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=128),
    st.dictionaries(st.text("ABCDEFGH", min_size=2, max_size=2), st.integers(0, 999), min_size=1, max_size=13),
)
def test_whatever_it_says_in_its_own_words_comes_back(result, sensors):
    strings = "".join(f"{name}:{value};" for name, value in sensors.items())
    assert reading(said(result, strings)) == Status(result, sensors)


# -- conversations ---------------------------------------------------------------------------------------------


def test_an_inquiry_over_usb_is_one_question_beside_the_data():
    steps, facts = drive(LANGUAGE.inquire(), iter([WELL]))
    assert [(step.parts, step.channel.out_type, step.channel.in_type, step.moves_at) for step in steps] == [
        ((QUESTION,), 0x41, 0xC1, None)
    ]
    assert (facts.serial, facts.counter, facts.quiet, facts.supplies) == (NOT_TOLD, None, True, ())


def without_channel(script):
    """Its steps and facts on a link that carries data only, and says nothing."""
    steps, answer = [], None
    try:
        step = next(script)
        while True:
            steps.append(step)
            if isinstance(step, Exchange) and step.channel is not None:
                step = script.throw(NoChannelError("none"))
            else:
                answer = b"" if isinstance(step, Exchange) else None
                step = script.send(answer)
    except StopIteration as stop:
        return steps, stop.value


def test_over_a_socket_an_inquiry_only_sees_whether_the_address_answers():
    steps, facts = without_channel(LANGUAGE.inquire())
    assert (steps[-1].parts, steps[-1].channel, steps[-1].reply_limit, steps[-1].moves_at) == ((), None, 0, None)
    assert facts.quiet


def test_over_a_socket_a_card_is_sent_and_given_its_time():
    steps, facts = without_channel(LANGUAGE.print_card(CARD))
    assert steps[0].parts == CARD.parts
    assert steps[0].reply_limit == 0
    assert steps[-1] == Pause(LANGUAGE.model.card_seconds("K"))
    assert not facts.fault


def test_over_usb_a_card_is_watched_for_its_time():
    steps, facts = drive(LANGUAGE.print_card(CARD), iter([b"", *[WELL] * 400]))
    assert sum(step.seconds for step in steps if isinstance(step, Pause)) == LANGUAGE.model.card_seconds("K")
    assert sum(isinstance(step, Report) for step in steps) == 1
    assert not facts.fault


def test_while_it_waits_for_somebody_it_is_reported_again_and_again_and_then_given_its_time():
    empty = said(sensors=SENSORS.replace("PE:0", "PE:1"))
    steps, _ = drive(LANGUAGE.print_card(CARD), iter([b"", *[empty] * 100, *[WELL] * 400]))
    reports = [step.facts.reasons for step in steps if isinstance(step, Report)]
    assert reports == [("media-empty",)] * 100 + [()]
    pauses = sum(isinstance(step, Pause) for step in steps)
    assert pauses == 100 + LANGUAGE.model.card_seconds("K") / POLL_SECONDS - 1


def test_a_lost_card_ends_the_conversation():
    steps, facts = drive(LANGUAGE.print_card(CARD), iter([b"", WELL, said("ERROR 110"), *[WELL] * 400]))
    assert facts.fault
    assert facts.reasons == ("media-jam",)
    assert not facts.quiet
    assert sum(isinstance(step, Exchange) for step in steps) == 3
