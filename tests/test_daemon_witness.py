"""The witness: proof of quiet needs a reset and then an unbroken stretch of silence."""

from attrs import evolve

from spooler.backends.contract import Model
from spooler.daemon.witness import Witness
from spooler.model.ids import JobId
from spooler.model.picture import Geometry
from spooler.model.printer import Facts, PrinterState
from spooler.model.verdict import Grade, Intent, Reach, Verdict

QUIET = Facts("S1", "m", "1", 7, PrinterState.IDLE, (), card_in_path=False, fault=False)
BUSY = evolve(QUIET, state=PrinterState.PROCESSING, card_in_path=True)
MODEL = Model(
    "m", Geometry("g", 1016, 648, 300, 0.2, 0.4), {"YMCKO": "ymcko"}, Grade.CARD_COUNTED, settle_seconds=5.0,
    resumes_by_itself=False,
)  # fmt: skip
INTENT = Intent(JobId("0" * 16), 1, 1, "P", 1, "S1", 7, 0)


def witness(reach: Reach = Reach.MAYBE, *, fault: bool = False) -> Witness:
    return Witness(INTENT, MODEL, True, reach, fault=fault)


def test_silence_counts_only_after_a_reset_and_only_unbroken() -> None:
    w = witness()
    assert w.hear(QUIET, 0.0).verdict is Verdict.WAIT
    assert w.hear(QUIET, 100.0).verdict is Verdict.WAIT, "silence before a reset proves nothing"
    assert w.wants_reset
    w.was_reset()
    assert w.hear(QUIET, 101.0).verdict is Verdict.WAIT
    assert w.hear(BUSY, 103.0).verdict is Verdict.WAIT
    assert w.hear(QUIET, 105.0).verdict is Verdict.WAIT
    assert w.hear(QUIET, 109.9).verdict is Verdict.WAIT
    assert w.hear(QUIET, 110.0).verdict is Verdict.NOT_PRINTED


def test_a_lost_link_begins_the_proof_anew() -> None:
    w = witness()
    w.hear(QUIET, 0.0)
    w.was_reset()
    w.hear(QUIET, 1.0)
    w.lost_sight()
    assert w.hear(QUIET, 50.0).verdict is Verdict.WAIT
    assert w.wants_reset


def test_one_more_on_the_counter_is_the_card() -> None:
    assert witness().hear(evolve(QUIET, counter=8), 0.0).verdict is Verdict.PRINTED


def test_a_fault_seen_once_is_remembered() -> None:
    w = witness()
    w.hear(evolve(BUSY, fault=True), 0.0)
    assert w.hear(evolve(QUIET, counter=8), 1.0).verdict is Verdict.UNKNOWN


def test_another_printer_on_the_same_address_is_no_witness() -> None:
    judgement = witness().hear(evolve(QUIET, serial="S2", counter=8), 0.0)
    assert (judgement.verdict, judgement.row) == (Verdict.UNKNOWN, "printer-swapped")
