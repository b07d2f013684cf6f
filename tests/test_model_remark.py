"""A day's remarks: lines for machines that come back as they went out, and sentences without a machine's word."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.model import words
from spooler.model.job import JobEvent
from spooler.model.remark import TOLD, Remark, parse_remark, remark, said
from spooler.model.stock import Act
from spooler.store.stock_moves import _WAYS

EVENTS = st.sampled_from([*words.EVENT_WORDS, "incident"])
FACTS = st.dictionaries(st.sampled_from(TOLD), st.text(max_size=20))


@given(EVENTS, FACTS)
def test_a_line_comes_back(event: str, facts: dict[str, str]) -> None:
    made = remark(event, facts, None)
    line = made.line()
    assert "\n" not in line
    assert parse_remark(line) == made


@given(st.text(max_size=60))
def test_what_is_no_remark_is_said_as_it_is(text: str) -> None:
    if parse_remark(text) is None:
        assert said(text, "id") == text


def test_sentences_are_words_and_tell_everything() -> None:
    gap = {"reason": "gap", "stock": "card-ktp-wni", "amount": -2, "counted": 455, "actor": "hasan", "site": "21.71.11"}
    line = remark("incident", gap, None).line()
    assert line == "incident reason=gap stock=card-ktp-wni amount=-2 counted=455 actor=hasan"
    assert said(line, "id") == "Hitungan tidak cocok dengan buku: KTP-el WNI, -2 (dihitung 455), oleh hasan"
    assert said(line, "en") == "The count is not the book's: KTP-el, citizen, -2 (counted 455), by hasan"
    late = {
        "about": "2026-11-23", "stock": "card-kia", "job": "1M883HTKDPDGWH11", "was": "spoiled", "answer": "printed",
        "stage": "chip", "actor": "hasan",
    }  # fmt: skip
    sentence = remark("corrected-completed", late, "SGL-0002").sentence("id")
    assert sentence == "Jawaban dikoreksi: untuk 23-11-2026, rusak → baik, KIA, saat isi chip, SGL-0002, oleh hasan"
    two = {"reason": "two-cards", "job": "1M883HTKDPDGWH11", "other": "1M883HTKDPDGWH12"}
    assert remark("incident", two, None).sentence("id") == (
        "Dua kartu untuk satu izin cetak: 1M88-3HTK-DPDG-WH11, 1M88-3HTK-DPDG-WH12"
    )


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_event_that_a_sheet_may_tell_has_words(language: words.Language) -> None:
    """Those by which a card or a blank moves: a late one of them is a correction."""
    moved = {event for event in JobEvent if re.match("printed|found|resolved-[ps]|inspected-s|corrected", event)}
    told = {word.value for word in moved} | {_WAYS[act].event for act in Act}
    assert told <= set(words.EVENT_WORDS)
    for event in told:
        sentence = Remark(event, {"stock": "ribbon:R-1"}).sentence(language)
        assert not sentence.startswith(event)
        assert ("Pita R-1" if language == "id" else "Ribbon R-1") in sentence
