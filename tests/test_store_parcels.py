"""Blanks on their way between two sites: nobody's, and never lost from a city's sum."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spooler.model.citysheet import merge
from spooler.model.parcel import MOST_PARCELS
from spooler.model.remark import said
from spooler.model.stock import Act, Booked, Moved, Pile
from spooler.rules.shifts import Told, by_shift
from stockbook import DAY, HOUR, KTP, MORNING, NEXT, OTHER, SITE, Book

P1 = f"{SITE}-1"


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """A book with a hundred blanks at SITE."""
    book = Book(tmp_path / "spool")
    book.move(Act.RECEIVE, 100)
    yield book
    book.store.close()


def city(book: Book, day: str = DAY) -> tuple[int, int, int]:
    """What the city has, has on the way and has missed; and nothing else became of what it got."""
    (line,) = merge([book.sheet(day, SITE), book.sheet(day, OTHER)]).totals
    return line.closing, line.on_the_way, line.missed


def test_a_parcel_is_nobodys_until_it_is_opened_and_the_citys_sum_is_the_same(book: Book) -> None:
    sent = book.move(Act.TRANSFER, 40, to=OTHER, actor="sari", uids="04A1B200-04A1B227")
    assert sent == Booked(SITE, DAY, 60, parcel=P1)
    assert (book.blanks(), book.blanks(site=OTHER)) == (60, 0)
    assert city(book) == (60, 40, 0)
    (here, there) = (book.read.stock(site)[0] for site in (SITE, OTHER))
    assert [(p.parcel, p.site, p.to, p.amount, p.actor, p.day) for p in here.sent] == [
        (P1, SITE, OTHER, 40, "sari", DAY)
    ]
    assert there.coming == here.sent
    assert (here.coming, there.sent) == ((), ())
    book.wall += 24 * HOUR
    assert city(book, NEXT) == (60, 40, 0), "still on its way"
    assert book.open(P1, 40) == Booked(OTHER, NEXT, 40, parcel=P1)
    assert city(book) == (60, 40, 0), "as it was that day"
    assert city(book, NEXT) == (100, 0, 0)
    assert (book.line(NEXT, site=OTHER).arrived, book.line(NEXT).sent, book.line().sent) == (40, 0, 40)
    assert book.incidents() == []
    assert [facts["parcel"] for event, facts in book.events() if event in ("stock-sent", "stock-arrived")] == [P1, P1]


@pytest.mark.parametrize(("found", "signed"), [(38, "-2"), (41, "+1"), (0, "-40")])
def test_what_a_parcel_did_not_hold_is_an_incident_with_both_names(book: Book, found: int, signed: str) -> None:
    book.move(Act.TRANSFER, 40, to=OTHER, actor="sari")
    assert book.open(P1, found).blanks == found
    assert book.incidents() == [("parcel", found - 40)]
    assert city(book) == (60 + found, 0, 40 - found), "all that the city got is there, or missed by name"
    for site in (SITE, OTHER):
        (line,) = book.sheet(site=site).incidents
        assert said(line, "en") == (
            f"A parcel did not hold what was sent: KTP-el, citizen, {signed} (counted {found}), "
            f"parcel {P1}, sent by sari, by rudi"
        )
        assert "Isi paket tidak cocok dengan surat jalan" in said(line, "id")
        assert f"paket {P1}, dikirim oleh sari, oleh rudi" in said(line, "id")


def test_a_parcel_is_opened_once(book: Book) -> None:
    book.move(Act.TRANSFER, 40, to=OTHER)
    first = book.open(P1, 38)
    book.store.close()
    again = Book(book.directory)
    again.wall = book.wall
    assert again.open(P1, 38) == Booked(OTHER, DAY, first.blanks, repeat=True, parcel=P1)
    for wrong in ({"amount": 40}, {"actor": "wati"}, {"site": SITE, "actor": "sari"}):
        problem = again.refused(again.opening(P1, **{"amount": 38} | wrong), "too-late")  # type: ignore[arg-type]
        assert "opened by rudi at 21.71.01" in problem.message
        assert dict(problem.details) == {"site": OTHER, "found": 38}
    assert again.incidents() == [("parcel", -2)]
    again.store.close()


def test_a_parcel_is_taken_back_by_its_sender_and_by_nobody_else(book: Book) -> None:
    book.move(Act.TRANSFER, 40, to=OTHER)
    book.no(book.opening(P1, 40, site="21.71.05"), "parcel", "no such parcel")
    book.no(book.opening(f"{SITE}-2", 40), "parcel", "no such parcel")
    assert book.open(P1, 40, site=SITE, actor="sari").blanks == 100
    assert [event for event, _ in book.events()][-1] == "stock-taken-back"
    assert (book.line().sent, book.line().arrived, book.line().on_the_way) == (40, 40, 0)
    assert "taken back by sari" in book.refused(book.opening(P1, 40), "too-late").message
    assert book.move(Act.TRANSFER, 1, to=OTHER).parcel == f"{SITE}-2", "a name is never used again"


def test_a_day_that_its_sender_signed_keeps_what_it_said_of_the_way(book: Book) -> None:
    book.move(Act.TRANSFER, 40, to=OTHER)
    book.close_day(DAY)
    signed = book.sheet()
    book.open(P1, 39)
    assert (book.sheet().lines, book.sheet().incidents) == (signed.lines, ())
    assert signed.lines[0].on_the_way == 40
    assert book.line(NEXT).on_the_way == 0
    assert len(book.sheet(NEXT).incidents) == 1, "the sender's next day tells of it"
    assert book.line(site=OTHER).missed == 1


def test_a_parcel_that_took_a_sites_last_blanks_stands_on_its_sheet(book: Book) -> None:
    book.move(Act.TRANSFER, 100, to=OTHER)
    book.wall += 24 * HOUR
    book.close_day(DAY)
    assert book.line(NEXT).on_the_way == 100
    book.close_day(NEXT)
    closes = [facts for event, facts in book.events() if event == "day-closed" and facts["day"] == NEXT]
    assert [(facts["stock"], facts["on-the-way"]) for facts in closes] == [(KTP, 100)]


def test_a_roll_in_a_parcel_is_in_no_book(book: Book) -> None:
    book.move(Act.RECEIVE, stock="ribbon:R77")
    book.move(Act.TRANSFER, stock="ribbon:R77", to=OTHER)
    book.no(book.command(Act.RECEIVE, stock="ribbon:R77", site=OTHER), "stock", "on its way")
    book.no(book.opening(P1, 2), "amount", "of a roll 0 or 1")
    book.open(P1, 0)
    assert book.incidents() == [("parcel", -1)]
    book.move(Act.RECEIVE, stock="ribbon:R77", site=OTHER)  # it was found behind the seat


def test_damaged_cards_travel_as_such(book: Book) -> None:
    book.move(Act.SPOIL, 5, stage="chip")
    book.move(Act.TRANSFER, 5, to=OTHER, pile=Pile.SPOILED)
    book.open(P1, 4)
    assert [(h.blanks, h.spoiled) for h in book.read.stock(OTHER)[0].holdings] == [(0, 4)]
    assert book.incidents() == [("parcel", -1)]
    assert city(book) == (95, 0, 0)


def test_a_parcel_is_not_opened_before_it_was_sent(book: Book) -> None:
    book.wall += 24 * HOUR
    book.move(Act.TRANSFER, 40, to=OTHER)
    book.no(book.opening(P1, 40, day=DAY), "day", f"sent on {NEXT}")
    book.no(book.opening(P1, 40, day="2026-11-29"), "day", "today at the latest")
    book.move(Act.TRANSFER, 10, to=OTHER, day=DAY)
    assert book.open(f"{SITE}-2", 10, day=DAY).day == DAY
    assert city(book) == (100, 0, 0)


def test_a_site_has_so_many_parcels_on_their_way(book: Book) -> None:
    for _ in range(MOST_PARCELS):
        book.move(Act.TRANSFER, 1, to=OTHER)
    assert book.refused(book.command(Act.TRANSFER, 1, to=OTHER), "too-large").field == "to"
    book.open(P1, 1)
    book.move(Act.TRANSFER, 1, to=OTHER)


def test_a_transfer_of_an_old_book_was_there_at_once() -> None:
    """Entries of a spool before there were parcels, in its shifts."""
    facts = {"actor": "sari", "site": SITE, "to": OTHER, "stock": KTP, "amount": 40}
    old, damaged = (Told(MORNING, "stock-transferred", facts | more) for more in ({}, {"pile": "spoiled"}))
    starts = (MORNING - 8 * HOUR, MORNING + HOUR)
    for site, word in ((SITE, Moved.TRANSFERRED_OUT), (OTHER, Moved.TRANSFERRED_IN)):
        (sums,) = by_shift([old, damaged], site, DAY, 7 * HOUR, starts)
        assert sums[KTP] == {word: 40}
    new = Told(MORNING, "stock-sent", facts | {"parcel": P1})
    assert by_shift([new], OTHER, DAY, 7 * HOUR, starts) == [{}]
