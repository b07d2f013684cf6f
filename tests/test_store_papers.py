"""What a day's papers say of cards that people answered for, corrected and found twice: from a real store."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from paper_sheets import texts
from spooler.model.card import DEFECTS, Inspect
from spooler.model.commands import Resolve
from spooler.model.correction import Correct
from spooler.model.job import Job, JobEvent
from spooler.model.stock import Act
from spooler.model.verdict import Verdict
from spooler.model.words import EVENT_WORDS, INCIDENT_WORDS
from spooler.papers import daily_pdf, destruction_pdf
from stockbook import DAY, HOUR, NEXT, Book

#: What no officer should have to read.
MACHINE = re.compile("|".join(rf"\b{word}\b" for word in [*EVENT_WORDS, *INCIDENT_WORDS, *DEFECTS] if "-" in word))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """A book with blanks, and a printer attached."""
    book = Book(tmp_path / "spool")
    book.attach("SGL-1")
    book.move(Act.RECEIVE, 100)
    yield book
    book.store.close()


def spoiled(book: Book, stage: str, defect: str) -> Job:
    doubted = book.end(book.begin(7), Verdict.UNKNOWN, 7)
    return book.step(Resolve(doubted.id, doubted.version, JobEvent.RESOLVED_SPOILED, "sari", stage, defect))


def correct(book: Book, job: Job, answer: str, *more: str) -> Job:
    return book.step(Correct(job.id, job.version, answer, "hasan", *more))


def test_the_list_for_the_fire_has_the_last_word_on_each_card(book: Book) -> None:
    job = spoiled(book, "before-print", "jammed")
    card = book.card(8)
    card = book.step(Inspect(card.id, card.version, False, "sari", "colour"))
    (page,) = texts(destruction_pdf([book.sheet()]))
    page = " ".join(page.split())
    assert "sebelum cetak Macet atau tertekuk di printer." in page
    assert "saat diperiksa Warna pudar atau bergaris." in page
    correct(book, card, "printed")
    job = correct(book, job, "printed")
    assert "Tidak ada blangko rusak." in texts(destruction_pdf([book.sheet()]))[0]
    correct(book, job, "spoiled", "chip", "chip-dead")
    (page,) = texts(destruction_pdf([book.sheet()]))
    assert "saat isi chip Cip tidak terbaca." in " ".join(page.split())
    assert book.line().spoilt == (0, 1, 0, 0)
    assert not MACHINE.search(page)


def test_a_late_correction_takes_the_card_from_the_column_that_it_stood_in(book: Book) -> None:
    job = spoiled(book, "chip", "chip-dead")
    book.count(99)
    book.close_day(DAY)
    book.wall += 24 * HOUR
    correct(book, job, "printed")
    of = book.line(NEXT)
    assert (of.good, of.spoilt) == (1, (0, -1, 0, 0))
    (page,) = texts(daily_pdf(book.sheet(NEXT)))
    page = " ".join(page.split())
    assert [blank.stage for blank in book.sheet(DAY).spoiled] == ["chip"], "a signed day keeps what it said"
    (fire,) = texts(destruction_pdf([book.sheet(DAY)], later=[book.sheet(NEXT)]))
    assert "Tidak ada blangko rusak." in fire
    assert "Jawaban dikoreksi: untuk 25-11-2026, rusak → baik, KTP-el WNI" in page
    assert not MACHINE.search(page)


def test_a_card_that_fails_inspection_a_day_later_is_told_in_words(book: Book) -> None:
    card = book.card(7)
    book.close_day(DAY)
    book.wall += 24 * HOUR
    book.step(Inspect(card.id, card.version, False, "sari", "colour"))
    (page,) = texts(daily_pdf(book.sheet(NEXT)))
    page = " ".join(page.split())
    assert "• Kartu rusak saat diperiksa: untuk 25-11-2026, KTP-el WNI, saat diperiksa, printer SGL-1" in page
    assert "spoiled" not in page


def test_two_cards_stand_on_a_sheet_that_is_still_open(book: Book) -> None:
    first = book.end(book.begin(7, authorisation="a1"), Verdict.UNKNOWN, 7)
    first = book.answer(first, JobEvent.RESOLVED_NO_CARD)
    first = book.change(first, JobEvent.CANCELED)
    book.card(7, authorisation="a1")
    book.close_day(DAY)
    before = book.sheet()
    correct(book, first, "printed")
    assert book.sheet().incidents == before.incidents == ()
    (page,) = texts(daily_pdf(book.sheet(NEXT)))
    assert "Dua kartu untuk satu izin cetak" in " ".join(page.split())
