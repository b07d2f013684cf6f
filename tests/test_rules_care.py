"""Care: a stop is seen before an intent, and it always has a reason."""

import pytest

from spooler.model.printer import Facts, PrinterState
from spooler.model.reasons import REASONS
from spooler.rules.care import ADVISORY, ready


def facts(*reasons: str, state: PrinterState = PrinterState.IDLE, fault: bool = False) -> Facts:
    return Facts("SN1", "primacy", "1", 7, state, reasons, False, fault)


def test_an_idle_printer_without_reasons_is_ready() -> None:
    assert ready(facts()) == ()


def test_the_advisory_are_reasons_of_the_list() -> None:
    assert set(REASONS) >= ADVISORY


@pytest.mark.parametrize("keyword", REASONS)
def test_each_reason_blocks_unless_it_is_advisory(keyword: str) -> None:
    assert ready(facts(keyword)) == (() if keyword in ADVISORY else (keyword,))


def test_the_worst_comes_first_and_advice_is_left_out() -> None:
    assert ready(facts("marker-supply-low", "media-empty", "media-jam")) == ("media-jam", "media-empty")


def test_a_stop_has_a_reason() -> None:
    stopped = PrinterState.STOPPED
    assert ready(facts(state=stopped)) == ("device-fault",)
    assert ready(facts("cleaning-required", state=stopped)) == ("cleaning-required",)
    assert ready(facts("cover-open", state=stopped)) == ("cover-open",)
    assert ready(facts(fault=True)) == ("device-fault",)
    assert ready(facts("media-jam", fault=True)) == ("media-jam",)


def test_a_reason_that_we_do_not_know_blocks() -> None:
    assert ready(facts("vendor-special")) == ("device-fault",)
