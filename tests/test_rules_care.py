"""Care: a stop is seen before an intent, and it always has a reason."""

import pytest
from attrs import evolve

from spooler.model.care import Care
from spooler.model.kinds import ACCOUNTABLE, Stock
from spooler.model.printer import Facts, PrinterState, Supply
from spooler.model.reasons import REASONS
from spooler.model.site import PrinterConfig
from spooler.rules.care import ADVISORY, advice, care_of, media_of, ready


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


@pytest.mark.parametrize(
    ("supply", "reasons"),
    [
        (Supply("ribbon", 1, 300), ()),
        (Supply("ribbon", 0, 300), ("marker-supply-empty",)),
        (Supply("ribbon", 5, 1000, per_card=5), ()),
        (Supply("ribbon", 4, 1000, per_card=5), ("ribbon-too-short",)),
        (Supply("ribbon", 0, 1000, per_card=5), ("marker-supply-empty",)),
        (Supply("ribbon", None, 300), ()),
        (Supply("ribbon", 0, None), ()),
        (Supply("ribbon", 0, 0), ()),
        (Supply("ribbon", -1, 300), ()),
        (Supply("film", 0, 1500), ("film-empty",)),
        (Supply("film", 1, 1500, per_card=2), ("film-empty",)),
        (Supply("laminate", 0, 100), ()),
    ],
)
def test_a_supply_that_cannot_finish_a_card_stops_and_half_known_counts_do_not(
    supply: Supply, reasons: tuple[str, ...]
) -> None:
    assert ready(evolve(facts(), supplies=(supply,))) == reasons


def test_an_empty_ribbon_is_told_once() -> None:
    ended = evolve(facts("marker-supply-empty"), supplies=(Supply("ribbon", 0, 300),))
    assert ready(ended) == ("marker-supply-empty",)


@pytest.mark.parametrize(
    ("celsius", "reasons"),
    [(None, ()), (159.0, ("warming-up",)), (160.0, ()), (170.0, ()), (170.5, ("cooling",))],
)
def test_a_roller_must_be_warm_and_not_hot(celsius: float | None, reasons: tuple[str, ...]) -> None:
    now = evolve(facts(), celsius=celsius)
    assert ready(now, Care(ready_celsius=(160.0, 170.0))) == reasons
    assert ready(now) == ()


def test_a_cleaning_is_due_after_so_many_cards() -> None:
    care = Care(cleaning_cards=1000)
    assert advice(evolve(facts(), since_cleaning=999), care) == ()
    assert advice(evolve(facts(), since_cleaning=1000), care) == ("cleaning-required",)
    assert advice(evolve(facts(), since_cleaning=5000), Care()) == ()
    assert advice(facts(), care) == ()


def test_the_config_has_the_last_word_on_a_unit() -> None:
    plain = PrinterConfig("P", "21.71.11", "evolis", "primacy", "tcp://127.0.0.1:1", "YMCKO", ("ktp",))
    own = evolve(plain, media=(Stock.CARD_KIA,), duty_cards_per_day=80, rest_minutes=0)
    known = Care(cards_per_day=100, rest_after_cards=50, rest_minutes=15.0, idle_days=30)
    assert care_of(plain, known) == known
    assert care_of(own, known) == evolve(known, cards_per_day=80, rest_minutes=0)
    assert media_of(plain, ACCOUNTABLE) == ACCOUNTABLE
    assert media_of(own, ACCOUNTABLE) == {Stock.CARD_KIA}
