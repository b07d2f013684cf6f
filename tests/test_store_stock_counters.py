"""The stock book in the store: what the printers' counters tell."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spooler.model.correction import Correct
from spooler.model.job import JobEvent
from spooler.model.problem import Problem
from spooler.model.stock import Act, CloseDay
from spooler.model.verdict import Verdict
from stockbook import DAY, HOUR, KTP, NEXT, OTHER, SITE, Book


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """A new book at 08:00, with a printer attached."""
    book = Book(tmp_path / "spool")
    book.attach("SGL-1")
    yield book
    book.store.close()


# -- the printers' counters --------------------------------------------------------------------------------------


def test_a_counter_that_moved_without_a_job_is_outside_and_an_incident(book: Book) -> None:
    book.move(Act.RECEIVE, 100)
    book.move(Act.LOAD, 50, printer="SGL-1")
    book.card(7)
    book.card(11)
    line = book.line()
    assert (line.good, line.outside, line.closing, line.counter_delta) == (2, 3, 95, 5)
    assert book.incidents() == [("outside", 3)]
    assert book.read.stock(SITE)[0].holdings[0].loaded == (("SGL-1", 45),)
    (told,) = [facts for event, facts in book.events() if event == "stock-outside"]
    assert told == {"amount": 3, "printer": "SGL-1", "serial": "S1", "site": SITE, "stock": KTP}


@pytest.mark.parametrize(
    ("answer", "moved", "outside"),
    [
        (JobEvent.RESOLVED_PRINTED, 1, 0), (JobEvent.RESOLVED_PRINTED, 2, 1), (JobEvent.RESOLVED_SPOILED, 0, 0),
        (JobEvent.RESOLVED_SPOILED, 1, 0), (JobEvent.RESOLVED_SPOILED, 2, 1), (JobEvent.RESOLVED_NO_CARD, 0, 0),
        (JobEvent.RESOLVED_NO_CARD, 1, 1),
    ],
)  # fmt: skip
def test_a_card_that_an_officer_answered_for_is_not_outside(
    book: Book, answer: JobEvent, moved: int, outside: int
) -> None:
    book.answer(book.end(book.begin(7), Verdict.UNKNOWN, 7 + moved), answer)
    book.card(7 + moved)
    assert book.line().outside == outside
    assert book.incidents() == ([("outside", outside)] if outside else [])


def test_cards_between_the_last_job_and_a_restart_are_found(book: Book) -> None:
    book.card(7)
    book.store.close()
    again = Book(book.directory)
    again.wall, again.n = book.wall, book.n
    again.attach("SGL-1")
    again.card(10)
    assert again.line().outside == 2
    again.store.close()


def test_a_counter_that_goes_back_or_leaps_begins_anew(book: Book) -> None:
    book.card(7)
    book.card(3)
    book.card(5_000_000)
    assert book.incidents() == [("counter-back", -5), ("counter-leapt", 4_999_996)]
    assert (book.line().outside, book.line().good) == (0, 3)
    book.card(5_000_003)
    assert book.line().outside == 2


def test_another_printer_in_its_place_has_a_counter_of_its_own(book: Book) -> None:
    book.card(7)
    book.card(500, serial="S2")
    book.card(9, serial="S1")
    assert (book.line().outside, book.incidents()) == (1, [("outside", 1)])


def test_a_lent_printer_brings_no_cards_of_the_other_site(book: Book) -> None:
    book.card(7)
    book.card(20, site=OTHER)
    assert book.incidents() == [("counter-elsewhere", 12)]
    assert book.line(site=OTHER).outside == 0


def test_the_ribbon_is_told_beside_the_cards_where_the_device_counts_it(book: Book) -> None:
    book.end(book.begin(7, panels=300), Verdict.PRINTED, 8, panels=299)
    book.end(book.begin(8, panels=500), Verdict.PRINTED, 9, panels=498)
    assert (book.line().panels, book.line().counter_delta) == (3, 2)
    book.wall += 24 * HOUR
    book.end(book.begin(None), Verdict.PRINTED, None)
    assert (book.line(NEXT).panels, book.line(NEXT).counter_delta) == (None, None)


def test_plain_paper_is_not_in_the_book(book: Book) -> None:
    book.card(7, stock="plain-a4")
    book.card(12, stock="plain-a4")
    assert book.read.stock(None) == []
    assert "stock-outside" not in dict(book.events())


def test_refused_commands_leave_the_book_alone(book: Book) -> None:
    book.move(Act.RECEIVE, 10)
    before = (book.read.stock(SITE), book.sheet())
    assert isinstance(book.one(book.command(Act.RETURN, 11)), Problem)
    assert isinstance(book.one(CloseDay("hasan", SITE, "2027-01-01")), Problem)
    assert (book.read.stock(SITE), book.sheet()) == before


# -- the counters and the counts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("signed", [False, True])
def test_a_card_from_the_panel_that_a_count_has_missed_is_gone_once(book: Book, signed: bool) -> None:
    book.move(Act.RECEIVE, 100)
    book.card(7)
    book.count(98)  # and the book expects 99
    if signed:
        book.close_day(DAY)
    book.wall += 24 * HOUR
    book.begin(9)
    line, after = book.line(), book.line(NEXT)
    assert line.counted == 98, "what a person counted stays what it was"
    assert (line.outside, line.gap) == ((0, -1) if signed else (1, 0))
    assert (after.opening, after.closing, book.blanks()) == (98, 98, 98)
    assert "incident reason=outside" in "".join(book.sheet(NEXT if signed else DAY).incidents)


@pytest.mark.parametrize("signed", [False, True])
def test_a_card_from_the_panel_went_after_the_count_where_a_wrong_answer_explains_the_gap(
    book: Book, signed: bool
) -> None:
    book.move(Act.RECEIVE, 100)
    wrong = book.answer(book.end(book.begin(7), Verdict.UNKNOWN, 7), JobEvent.RESOLVED_NO_CARD)
    book.card(7)
    book.count(98)  # the book expects 99: the card in doubt was spoiled
    if signed:
        book.close_day(DAY)
    book.wall += 24 * HOUR
    book.card(9)  # and here one went from the panel
    assert book.blanks() == 97, "as long as the answer stands, the card from the panel is the one that was missed"
    wrong = next(job for job in book.jobs() if job.id == wrong.id)
    book.step(Correct(wrong.id, wrong.version, "spoiled", "chief", "print"))
    assert book.blanks() == 96
    assert (book.line().counted is not None, book.line(NEXT).closing) == (True, 96)


def test_a_card_that_was_begun_after_a_count_explains_nothing_of_its_gap(book: Book) -> None:
    book.move(Act.RECEIVE, 100)
    book.wall += 24 * HOUR
    book.count(98)
    book.begin(7)
    book.move(Act.SPOIL, 1, stage="chip", day=DAY)
    assert (book.line(NEXT).gap, book.blanks()) == (-1, 98), "one of the two is missing all the same"
