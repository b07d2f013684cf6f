"""The Evolis language: its streams against the vendor's, its conversations against canned replies."""

import gzip
import re
import struct
from pathlib import Path

import pytest

from language_contract import TIME, LanguageContract, drive, joined, random_planes, whole
from spooler.backends.contract import EncodedCard, Exchange, LanguageError, Pause, Report
from spooler.backends.evolis import CLAIM_POLLS, FAMILY, RELEASE
from spooler.backends.simulator.evolis_decoder import decode
from spooler.model.picture import Picture, Planes, Plate, Rectangle
from spooler.model.printer import PrinterState, Supply

DATA = Path(__file__).parent / "data"
CLAIM, PRINTING, BUSY, CARD = 0x80000000, 0x80, 0x01, 0x02000000
FEEDER_EMPTY, COVER_OPEN, MECHANICAL = 0x01000000, 0x00020000, 0x01000000


class TestEvolisKeepsTheContract(LanguageContract):
    family = FAMILY


def reference(name):
    return gzip.decompress((DATA / f"{name}.prn.gz").read_bytes())


@pytest.mark.parametrize(
    ("name", "ribbon"), [("primacy_ymcko", "YMCKO"), ("primacy_ko", "KO"), ("primacy_kblack", "K")]
)
def test_the_vendors_stream_comes_back_byte_for_byte(name, ribbon):
    stream = reference(name)
    language = FAMILY.language("primacy", ribbon)
    inks = language.model.inks[ribbon]
    decoded = decode(stream)
    planes = Planes(language.model.geometry, inks, tuple(bytearray(decoded.planes[ink]) for ink in inks))
    time = int(re.search(rb"Ppws;(\d+)", stream)[1])

    plate = Plate("reference", planes)
    card = language.splice(language.compile(plate), Picture(plate, planes, ()), time)
    assert joined(card) + RELEASE == stream
    assert stream[card.moves_at :].startswith(b"\x1bSs\r")

    # and as nothing but changes to an empty plate
    blank = Plate("blank", Planes.blank(planes.geometry, inks))
    areas = (Rectangle(0, 0, 500, 648), Rectangle(500, 0, 516, 648))
    card = language.splice(language.compile(blank), Picture(blank, planes, areas), time)
    assert joined(card) + RELEASE == stream


def test_blank_panels_are_left_out():
    language = FAMILY.language("primacy", "YMCKO")
    planes = Planes.blank(language.model.geometry, "ymcko")
    planes["o"][:] = b"\xff" * len(planes["o"])
    stream = joined(whole(language, planes))
    assert b"\x1bPida;100;0;0;0\r<BINARY Size=82305>\x1bDb;o;2;" in stream  # as the vendor's library has it
    assert stream.count(b"<BINARY") == 1

    planes["m"][5] = 1  # one pixel of one dye: all three dyes are sent
    stream = joined(whole(language, planes))
    assert b"\x1bPida;100;0;0;0\r<BINARY Size=1975137>\x1bDb;y;256;" in stream
    assert set(decode(stream).planes) == set("ymco")


def test_a_rectangle_can_blank_a_panel():
    language = FAMILY.language("primacy", "K")
    marked = Planes.blank(language.model.geometry, "k")
    marked["k"][648 * 10 + 3] = 255
    plate = Plate("marked", marked)
    empty = Planes.blank(language.model.geometry, "k")
    area = (Rectangle(0, 0, 1016, 648),)
    card = language.splice(language.compile(plate), Picture(plate, empty, area), TIME)
    assert joined(card) == joined(whole(language, empty))
    assert b"BINARY" not in joined(card)


def test_only_changed_rows_are_encoded_anew():
    language = FAMILY.language("primacy", "YMCKO")
    planes = random_planes(language.model.geometry, "ymcko", 3)
    plate = Plate("p", planes)
    areas = (Rectangle(100, 7, 30, 9), Rectangle(130, 300, 20, 2), Rectangle(110, 0, 5, 5), Rectangle(900, 0, 10, 1))
    card = language.splice(language.compile(plate), Picture(plate, planes, areas), TIME)
    fresh = [len(part) for part in card.parts if isinstance(part, memoryview) and not part.readonly]
    assert fresh == [50 * 648, 10 * 648] * 3 + [50 * 81, 10 * 81] * 2


# --- conversations


def reply(text="", information=0, warning=0, error=0):
    words = struct.pack(">4I", 0x80002000, information, warning, error)
    return text.encode() + b"\0\0\x15\x10" + words + b"\x02\0\0"


ANSWERS = {
    b"\x1bRsn\r\0": "1000123456",
    b"\x1bRfv\r\0": "1.2",
    b"\x1bRtp\r\0": "Primacy",
    b"\x1bRco;card\r\0": "41",
    b"\x1bRrt;all\r\0": "count: 99\r\nqty: 300",
    b"\x1bSrs\r\0": "OK",
    RELEASE + b"\0": "OK",
}
CARD_BYTES = EncodedCard((b"HEAD", b"\x1bSs\rTAIL"), 12, 4)


class Device:
    """Answers questions; status polls take the next of `statuses`, the last for ever."""

    def __init__(self, *statuses, **answers):
        self.statuses = list(statuses) or [{}]
        self.answers = {**ANSWERS, b"HEAD\x1bSs\rTAIL\0": answers.get("card", "OK")}
        self.asked = []

    def run(self, script, limit=400):
        steps, answer = [], None
        while len(steps) < limit:
            try:
                step = script.send(answer)
            except StopIteration as stop:
                return steps, stop.value
            steps.append(step)
            answer = self.answer(step) if isinstance(step, Exchange) else None
        script.close()
        return steps, None

    def answer(self, step):
        sent = b"".join(step.parts)
        self.asked.append(sent)
        if sent:
            return self.answers[sent].encode() + b"\0"  # no status block: none is needed
        return reply(**(self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]))


def language():
    return FAMILY.language("primacy", "YMCKO")


def test_inquire_reads_every_fact():
    steps, facts = Device().run(language().inquire())
    assert (facts.serial, facts.model, facts.firmware, facts.counter) == ("1000123456", "Primacy", "1.2", 41)
    assert facts.supplies == (Supply("ribbon", 99, 300),)
    assert facts.quiet
    assert all(step.moves_at is None for step in steps)


def test_the_counter_is_read_after_the_status():
    """Else a card that leaves between the two would be seen as: idle, and not counted."""
    device = Device()
    device.run(language().inquire())
    assert device.asked.index(b"") < device.asked.index(b"\x1bRco;card\r\0")


def test_a_printer_without_a_ribbon_count_has_no_supply():
    device = Device()
    device.answers[b"\x1bRrt;all\r\0"] = "ERROR CDE"
    assert device.run(language().inquire())[1].supplies == ()


@pytest.mark.parametrize("question", [b"\x1bRsn\r\0", b"\x1bRco;card\r\0"])
@pytest.mark.parametrize("text", ["ERROR CDE", "", "BUSY", "a\nb", "\x07", "x" * 65])
def test_serial_and_counter_must_be_told(question, text):
    device = Device()
    device.answers[question] = text
    with pytest.raises(LanguageError):
        device.run(language().inquire())


def test_a_card_goes_out_as_one_exchange_and_the_printer_is_released_once():
    busy = {"information": CLAIM | PRINTING | BUSY | CARD}
    device = Device({}, busy, busy, {"information": PRINTING | BUSY | CARD}, {"information": CARD}, {})
    steps, facts = device.run(language().print_card(CARD_BYTES))
    assert steps[0].parts == (*CARD_BYTES.parts, b"\0")
    assert steps[0].moves_at == 4
    assert [step.moves_at for step in steps[1:] if isinstance(step, Exchange)] == [None] * (len(device.asked) - 1)
    assert device.asked.count(RELEASE + b"\0") == 1
    assert device.asked.index(RELEASE + b"\0") == device.asked.index(b"") + 6 + 1  # at the first poll with the claim
    assert facts.quiet
    assert not facts.fault
    assert [step.seconds for step in steps if isinstance(step, Pause)] == [0.02, 0.04, 0.08, 0.16, 0.25]


def test_a_stop_is_waited_out_and_said_at_every_look():
    waiting = {"information": CLAIM | BUSY, "warning": FEEDER_EMPTY}
    working = {"information": CLAIM | BUSY | PRINTING}
    device = Device(waiting, waiting, waiting, working, working, {})
    steps, facts = device.run(language().print_card(CARD_BYTES))
    reports = [(step.facts.state, step.facts.reasons) for step in steps if isinstance(step, Report)]
    assert reports == [(PrinterState.STOPPED, ("media-empty",))] * 3 + [(PrinterState.PROCESSING, ())]
    assert facts.state is PrinterState.IDLE


def test_a_printer_that_waits_for_somebody_is_asked_for_ever():
    steps, facts = Device({"warning": COVER_OPEN}).run(language().print_card(CARD_BYTES), limit=2000)
    assert facts is None
    assert len(steps) == 2000


def test_an_error_ends_the_card_as_a_fault():
    device = Device({"information": CLAIM | PRINTING}, {"information": CARD, "error": MECHANICAL})
    _, facts = device.run(language().print_card(CARD_BYTES))
    assert facts.fault
    assert facts.reasons == ("media-jam",)
    assert facts.card_in_path


def test_an_error_that_is_gone_when_the_facts_are_read_is_still_a_fault():
    device = Device({"information": CLAIM}, {"error": MECHANICAL}, {})
    _, facts = device.run(language().print_card(CARD_BYTES))
    assert facts.fault
    assert facts.reasons == ("device-fault",)


@pytest.mark.parametrize("text", ["BUSY", "ERROR CDE", "ERR RIB DETECTION"])
def test_a_refused_card_is_a_fault_and_releases_nobody(text):
    device = Device({"information": CLAIM | PRINTING | BUSY}, card=text)
    _, facts = device.run(language().print_card(CARD_BYTES))
    assert facts.fault
    assert RELEASE + b"\0" not in device.asked


def test_a_printer_that_never_claims_the_card_has_not_taken_it():
    device = Device({})
    steps, facts = device.run(language().print_card(CARD_BYTES))
    assert facts.fault
    assert sum(isinstance(step, Pause) for step in steps) == CLAIM_POLLS - 1
    assert RELEASE + b"\0" not in device.asked


def test_reset_resets_then_reads():
    device = Device()
    _, facts = device.run(language().reset())
    assert device.asked[0] == b"\x1bSrs\r\0"
    assert facts.quiet


def test_the_driver_of_the_contract_suite_reaches_the_end():
    """The suite's any-reply test would prove nothing if its scripts never got beyond their first step."""
    answers = [reply(), b"1\0", b"1\0", b"1\0", b"1\0", b"1\0"]
    assert drive(language().inquire(), iter(answers))[1].counter == 1
