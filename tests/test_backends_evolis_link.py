"""The Evolis language's conversations, against canned replies."""

import pytest

from evolis_replies import (
    BUSY,
    CARD,
    CARD_BYTES,
    CLAIM,
    COUNTER,
    FIRMWARE,
    HANDED_OVER,
    HANDS_OFF,
    HANDS_ON,
    LET_GO,
    PRINTING,
    RESERVE,
    RIBBON,
    SERIAL,
    SOFT_RESET,
    TYPE,
    Device,
    reply,
)  # fmt: skip
from language_contract import drive
from spooler.backends.contract import Exchange, InUseError, LanguageError, Pause, Report
from spooler.backends.evolis import FAMILY
from spooler.backends.evolis_container import RELEASE
from spooler.backends.evolis_link import CLAIM_POLLS, SESSION
from spooler.backends.pacing import Pacing
from spooler.model.printer import PrinterState, Supply
from spooler.rules.care import ready

FEEDER_EMPTY, COVER_OPEN, MECHANICAL = 0x01000000, 0x00020000, 0x01000000
RESET_BIT = 0x00010000
FREE = {}  # nobody has reserved it
OURS = {"session": SESSION}
THEIRS = {"session": 2}
POLL = b""


def language():
    return FAMILY.language("primacy", "YMCKO")


# --- facts


@pytest.mark.parametrize("appends", [False, True])
def test_inquire_reads_every_fact(appends):
    steps, facts = Device(appends=appends).run(language().inquire())
    assert (facts.serial, facts.model, facts.firmware, facts.counter) == ("1000123456", "Primacy", "1.2", 41)
    assert facts.supplies == (Supply("ribbon", 99, 300),)
    assert facts.quiet
    assert all(step.moves_at is None for step in steps)


@pytest.mark.parametrize(("appends", "status"), [(False, POLL), (True, SERIAL)])
def test_the_counter_is_read_after_the_status(appends, status):
    """Else a card that leaves between the two would be seen as: idle, and not counted."""
    device = Device(appends=appends)
    device.run(language().inquire())
    assert device.asked.index(status) < device.asked.index(COUNTER)
    assert (POLL in device.asked) is not appends


def test_what_cannot_change_is_asked_once():
    asked = language()
    first, second = Device(appends=True), Device(appends=True)
    before = first.run(asked.inquire())[1]
    assert second.run(asked.inquire())[1] == before
    assert first.asked == [SERIAL, FIRMWARE, RIBBON, COUNTER]
    assert second.asked == [SERIAL, RIBBON, COUNTER]


@pytest.mark.parametrize("change", ["another printer", "switched on anew"])
def test_it_is_asked_again_of_a_machine_that_may_be_another(change):
    asked = language()
    Device().run(asked.inquire())
    device = Device({"information": RESET_BIT} if change == "switched on anew" else {})
    device.answers[FIRMWARE] = "2.0"
    if change == "another printer":
        device.answers[SERIAL] = "1000999999"
    facts = device.run(asked.inquire())[1]
    assert facts.firmware == "2.0"
    assert facts.serial == device.answers[SERIAL]


@pytest.mark.parametrize(
    ("configuration", "model", "asks"),
    [
        (0x80002000, "Primacy", False),
        (0x82002000, "Primacy 2", False),
        (0x40002000, "Zenius", False),
        (0x10002000, "Elypso", False),
        (0x81002000, "KC200", False),
        (0x00002000, "Tattoo", True),
    ],
)
def test_the_model_is_what_its_bits_say(configuration, model, asks):
    device = Device({"configuration": configuration})
    device.answers[TYPE] = "Tattoo"
    assert device.run(language().inquire())[1].model == model
    assert (TYPE in device.asked) is asks


def test_a_printer_without_a_ribbon_count_has_no_supply():
    device = Device()
    device.answers[RIBBON] = "ERROR CDE"
    assert device.run(language().inquire())[1].supplies == ()


@pytest.mark.parametrize("question", [SERIAL, COUNTER])
@pytest.mark.parametrize(
    "text",
    [
        *("ERROR CDE", "ERR RIB DETECTION", "OPTION NOT AVAILABLE", "", "BUSY", "a\nb", "\x07", "x" * 65),
        *("NEED CLEANING", "FEEDER EMPTY", "HOPPER FULL", "HOPPER DOOR", "COVER OPEN", "CARD JAM", "NO CARD"),
    ],
)
def test_serial_and_counter_must_be_told(question, text):
    device = Device()
    device.answers[question] = text
    with pytest.raises(LanguageError):
        device.run(language().inquire())


def test_an_appended_block_that_is_none_is_refused():
    script = language().inquire()
    next(script)
    with pytest.raises(LanguageError, match="status block"):
        script.send(b"1000123456\0\0\x15\x10")


# --- a card


def test_a_card_goes_out_as_one_exchange_and_the_printer_is_released_once():
    busy = {"information": CLAIM | PRINTING | BUSY | CARD}
    asked = language()
    Device().run(asked.inquire())
    device = Device({}, {}, busy, busy, {"information": PRINTING | BUSY | CARD}, {"information": CARD}, {})
    steps, facts = device.run(asked.print_card(CARD_BYTES))
    (moving,) = [step for step in steps if isinstance(step, Exchange) and step.moves_at is not None]
    assert moving.parts == (*CARD_BYTES.parts, b"\0")
    assert moving.moves_at == 4
    assert device.asked.count(RELEASE + b"\0") == 1
    assert facts.quiet
    assert not facts.fault
    assert device.asked[:4] == [RESERVE, POLL, HANDS_OFF, HANDED_OVER]
    assert device.asked[-3:] == [COUNTER, HANDS_ON, LET_GO]  # the counter is read while nobody else may print
    assert [step.seconds for step in steps if isinstance(step, Pause)] == [0.02, 0.04, 0.08, 0.16, 0.25]


def test_how_few_connections_a_card_takes():
    """On a printer that appends its status and has been asked before."""
    printing = {"information": CLAIM | PRINTING | BUSY | CARD, **OURS}
    asked = language()
    device = Device(OURS, appends=True)
    device.run(asked.inquire())
    device = Device(printing, OURS, appends=True)
    device.run(asked.inquire())
    _, facts = device.run(asked.print_card(CARD_BYTES))
    assert facts.counter == 41
    assert len(device.asked) == 3 + 3 + 3 + 3 + 2  # facts; opening and the card; polls and release; facts; let go


class Swift(Device):
    """A printer whose card is out, and counted, when it has answered for the card's release; or not quite yet."""

    def __init__(self, *, counts):
        super().__init__({"information": CLAIM | PRINTING | BUSY | CARD, **OURS}, OURS, appends=True)
        self.counts = counts  # with the release, or at the first look after it

    def answer(self, step):
        if b"".join(step.parts) == RELEASE + b"\0":
            self.statuses = [OURS]
            self.answers[COUNTER] = "42" if self.counts else "41"
        elif not step.parts:
            self.answers[COUNTER] = "42"
        return super().answer(step)


def test_a_card_that_is_out_with_its_release_is_not_looked_for():
    asked = language()
    Device(OURS, appends=True).run(asked.inquire())
    device = Swift(counts=True)
    steps, facts = device.run(asked.print_card(CARD_BYTES))
    assert (facts.counter, facts.quiet) == (42, True)
    assert POLL not in device.asked
    assert not [step for step in steps if isinstance(step, Pause)]
    assert len(device.asked) == 3 + 1 + 3 + 2  # opening and the card; release; facts; let go


def test_a_status_that_says_so_before_the_card_is_counted_is_not_believed():
    asked = language()
    Device(OURS, appends=True).run(asked.inquire())
    device = Swift(counts=False)
    _, facts = device.run(asked.print_card(CARD_BYTES))
    assert (facts.counter, facts.fault) == (42, False)
    assert device.asked.count(POLL) == 1
    assert device.asked.count(COUNTER) == 2


def test_a_stop_is_waited_out_and_said_at_every_look():
    waiting = {"information": CLAIM | BUSY, "warning": FEEDER_EMPTY}
    working = {"information": CLAIM | BUSY | PRINTING}
    asked = language()
    Device().run(asked.inquire())
    device = Device({}, waiting, waiting, waiting, working, working, {})
    steps, facts = device.run(asked.print_card(CARD_BYTES))
    reports = [(step.facts.state, step.facts.reasons) for step in steps if isinstance(step, Report)]
    assert reports == [(PrinterState.STOPPED, ("media-empty",))] * 3 + [(PrinterState.PROCESSING, ())]
    assert facts.state is PrinterState.IDLE
    assert device.asked.count(COUNTER) == 1  # what is only shown needs no reading


def test_a_report_without_a_reading_before_it_reads():
    steps, _ = Device({}, {"information": CLAIM}, {"information": CLAIM}, {}).run(language().print_card(CARD_BYTES))
    assert [step.facts.serial for step in steps if isinstance(step, Report)] == ["1000123456"]


def test_a_printer_that_waits_for_somebody_is_asked_for_ever_and_stays_reserved():
    device = Device({}, {"warning": COVER_OPEN})
    steps, facts = device.run(language().print_card(CARD_BYTES), limit=3000)
    assert facts is None
    assert len(steps) == 3000
    waited = sum(step.seconds for step in steps if isinstance(step, Pause))
    assert device.asked.count(RESERVE) == 1 + int(waited // 60)
    assert waited > 180


def test_an_error_ends_the_card_as_a_fault():
    device = Device({}, {"information": CLAIM | PRINTING}, {"information": CARD, "error": MECHANICAL})
    _, facts = device.run(language().print_card(CARD_BYTES))
    assert facts.fault
    assert facts.reasons == ("media-jam",)
    assert facts.card_in_path
    assert device.asked[-2:] == [HANDS_ON, LET_GO]


def test_an_error_that_is_gone_when_the_facts_are_read_is_still_a_fault():
    device = Device({}, {"information": CLAIM}, {"information": CLAIM}, {"error": MECHANICAL}, {})
    _, facts = device.run(language().print_card(CARD_BYTES))
    assert facts.fault
    assert facts.reasons == ("device-fault",)


REFUSALS = """BUSY|ERROR CDE|ERROR PARAMETRES|ERR RIB DETECTION|ERROR HOPPER|ERROR RIBBON|ERROR HEAD|ERROR MECHANICAL
ERROR MECA|ERROR CARD|ERROR FEEDER|ERROR TIME OUT|ERROR MAGN|OPTION NOT AVAILABLE""".replace("\n", "|").split("|")


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refused_card_is_a_fault_and_releases_nobody(text):
    device = Device({}, {"information": CLAIM | PRINTING | BUSY}, card=text)
    _, facts = device.run(language().print_card(CARD_BYTES))
    assert facts.fault
    assert RELEASE + b"\0" not in device.asked
    assert device.asked[-2:] == [HANDS_ON, LET_GO]


@pytest.mark.parametrize("text", ["FEEDER EMPTY", "COVER OPEN", "NEED CLEANING"])
def test_a_complaint_is_no_refusal_the_status_says_what_becomes_of_the_card(text):
    waiting = {"information": CLAIM, "warning": FEEDER_EMPTY}
    device = Device({}, waiting, waiting, {"information": CLAIM}, {}, card=text)
    _, facts = device.run(language().print_card(CARD_BYTES))
    assert not facts.fault
    assert RELEASE + b"\0" in device.asked


def test_a_printer_that_never_claims_the_card_has_not_taken_it():
    device = Device({})
    steps, facts = device.run(language().print_card(CARD_BYTES))
    assert facts.fault
    assert sum(isinstance(step, Pause) for step in steps) == CLAIM_POLLS - 1
    assert RELEASE + b"\0" not in device.asked


# --- reservations


def test_a_printer_that_another_host_has_is_not_ready():
    _, facts = Device(THEIRS).run(language().inquire())
    assert facts.reasons == ready(facts) == ("in-use",)
    _, facts = Device(OURS).run(language().inquire())
    assert ready(facts) == ()


@pytest.mark.parametrize("appends", [False, True])
def test_a_card_for_a_printer_that_another_host_was_quicker_to_reserve_is_not_sent(appends):
    device = Device(THEIRS, appends=appends)
    steps, facts = device.run(language().print_card(CARD_BYTES))
    assert facts.reasons == ("in-use",)
    assert not facts.fault
    assert all(step.moves_at is None for step in steps)
    assert not {HANDED_OVER, HANDS_OFF, HANDS_ON, LET_GO} & set(device.asked)


def test_a_printer_that_knows_no_sessions_prints_without_one():
    device = Device({}, {"information": CLAIM}, {})
    device.answers |= dict.fromkeys((RESERVE, HANDS_OFF, HANDS_ON, LET_GO), "ERROR CDE")
    assert device.run(language().print_card(CARD_BYTES))[1].quiet


def test_what_the_printer_says_cannot_keep_it_reserved():
    """An answer that makes no sense ends the conversation; the printer is free before that is told."""
    device = Device({}, {"information": CLAIM}, {})
    device.answers[COUNTER] = "many"
    with pytest.raises(LanguageError, match="no number"):
        device.run(language().print_card(CARD_BYTES))
    assert device.asked[-2:] == [HANDS_ON, LET_GO]


def test_reset_resets_then_reads():
    device = Device()
    _, facts = device.run(language().reset())
    assert device.asked[:2] == [POLL, SOFT_RESET]
    assert facts.quiet
    assert LET_GO not in device.asked  # nobody had it


def test_reset_lets_go_of_what_an_earlier_life_reserved():
    device = Device(OURS)
    device.run(language().reset())
    assert device.asked[1:4] == [SOFT_RESET, HANDS_ON, LET_GO]


def test_reset_leaves_another_hosts_card_alone():
    device = Device(THEIRS)
    with pytest.raises(InUseError):
        device.run(language().reset())
    assert device.asked == [POLL]


# --- polls


def test_looks_at_a_card_follow_what_the_last_cards_took():
    asked = language()
    Device().run(asked.inquire())
    claimed, printing = {"information": CLAIM | PRINTING}, {"information": PRINTING}

    def pauses(polls):
        steps, _ = Device({}, claimed, *[printing] * polls, {}).run(asked.print_card(CARD_BYTES))
        return [step.seconds for step in steps if isinstance(step, Pause)]

    pacing = Pacing(asked.model.card_seconds(asked.ribbon))
    for polls in (9, 9):  # the second card is expected when the first was out
        watch = pacing.watch()
        taken = [True] * (polls + 1)  # the first status is the one that shows the reservation
        assert pauses(polls) == [watch.next_pause(taken=known, stopped=False) for known in taken]
        watch.out()


def test_the_driver_of_the_contract_suite_reaches_the_end():
    """The suite's any-reply test would prove nothing if its scripts never got beyond their first step."""
    answers = [b"1\0", reply(), b"1\0", b"1\0", b"1\0"]
    assert drive(language().inquire(), iter(answers))[1].counter == 1
