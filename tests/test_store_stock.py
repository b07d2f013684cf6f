"""The stock book in the store: what people move, days, late facts and counts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledgers import close, sign
from spooler.model.commands import ConfirmClock, SuspectClock
from spooler.model.job import JobEvent
from spooler.model.stock import Act, Booked, CloseDay, Pile, StockCount
from spooler.model.verdict import Verdict
from stockbook import DAY, HOUR, KTP, MORNING, NEXT, OTHER, SITE, TEST, THIRD, Book


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """A new book at 08:00, with a printer attached."""
    book = Book(tmp_path / "spool")
    book.attach("SGL-1")
    yield book
    book.store.close()


# -- what people move --------------------------------------------------------------------------------------------


def test_a_day_adds_up_and_the_next_opens_with_its_closing(book: Book) -> None:
    book.move(Act.RECEIVE, 500, uids="04A1B2C3-04A1B4B6")
    book.move(Act.TRANSFER, 100, to=OTHER)
    book.move(Act.LOAD, 90, printer="SGL-1")
    book.move(Act.SPOIL, 2, stage="before-print", printer="SGL-1")
    book.move(Act.TEST, 3)
    book.move(Act.RETURN, 10)
    book.move(Act.DESTROY, 5)
    book.move(Act.UNLOAD, 8, printer="SGL-1")
    book.card(7)
    line = book.line()
    assert (line.received, line.good, line.spoilt, line.test, line.returned, line.destroyed, line.closing) == (
        500, 1, (2, 0, 0, 0), 3, 10, 5, 379,
    )  # fmt: skip
    assert (line.sent, line.on_the_way) == (100, 100)
    book.open(f"{SITE}-1", 100)
    assert (book.line().sent, book.line().on_the_way) == (100, 0)
    (held,) = book.read.stock(SITE)[0].holdings
    assert (held.blanks, held.spoiled, held.loaded) == (379, 2, (("SGL-1", 79),))
    assert book.line(site=OTHER).arrived == 100
    assert book.line(NEXT).opening == 379
    book.wall += 24 * HOUR
    book.move(Act.RECEIVE, 1)
    assert (book.line(NEXT).opening, book.line(NEXT).closing) == (379, 380)
    assert book.line(NEXT, site=OTHER).opening == 100


def test_the_same_ticket_is_booked_once_also_after_a_restart(book: Book) -> None:
    command = book.command(Act.RECEIVE, 500)
    book.one(command)
    book.store.close()
    again = Book(book.directory)
    again.wall = book.wall
    assert again.one(command) == Booked(SITE, DAY, 500, repeat=True)
    assert again.blanks() == 500
    again.attach()
    again.refused(again.command(Act.RECEIVE, 501, ticket=command.ticket), "conflict")
    assert again.one(again.command(Act.RECEIVE, 500, ticket=command.ticket, actor="sari")) == Booked(SITE, DAY, 1000)
    again.store.close()


def test_nobody_moves_more_than_the_book_has(book: Book) -> None:
    book.move(Act.RECEIVE, 100)
    book.move(Act.LOAD, 60, printer="SGL-1")
    book.no(book.command(Act.TRANSFER, 41, to=OTHER), "amount", "fewer")
    book.no(book.command(Act.LOAD, 41, printer="SGL-1"), "amount", "fewer")
    book.no(book.command(Act.UNLOAD, 61, printer="SGL-1"), "amount", "fewer")
    book.no(book.command(Act.SPOIL, 41, stage="chip"), "amount", "fewer")
    book.no(book.command(Act.DESTROY, 1, pile=Pile.SPOILED), "amount", "fewer")
    book.move(Act.SPOIL, 61, stage="chip", printer="SGL-1")
    assert book.blanks() == 39


@pytest.mark.parametrize(
    ("act", "more", "field"),
    [
        (Act.RECEIVE, {"stock": "plain-a4"}, "stock"), (Act.RECEIVE, {"stock": "ribbon:budi santoso"}, "stock"),
        (Act.RECEIVE, {"amount": 0}, "amount"), (Act.RECEIVE, {"amount": 1_000_001}, "amount"),
        (Act.RECEIVE, {"stock": "ribbon:R1", "amount": 2}, "amount"), (Act.TRANSFER, {}, "to"),
        (Act.TRANSFER, {"to": SITE}, "to"), (Act.RECEIVE, {"to": OTHER}, "to"), (Act.LOAD, {}, "printer"),
        (Act.RETURN, {"printer": "SGL-1"}, "printer"), (Act.SPOIL, {}, "stage"), (Act.TEST, {"stage": "chip"}, "stage"),
        (Act.RECEIVE, {"pile": Pile.SPOILED}, "pile"), (Act.RECEIVE, {"uids": "04A1B2C3", "amount": 2}, "uids"),
        (Act.RECEIVE, {"day": "2026-11-26"}, "day"), (Act.RECEIVE, {"day": "kemarin"}, "day"),
        (Act.TEST, {"stock": "ribbon:R1"}, "move"), (Act.LOAD, {"stock": "film:F1", "printer": "SGL-1"}, "stock"),
    ],
)  # fmt: skip
def test_a_movement_without_sense_is_refused(book: Book, act: Act, more: dict[str, Any], field: str) -> None:
    book.no(book.command(act, **{"amount": 1} | more), field, "")


def test_a_roll_is_in_one_place(book: Book) -> None:
    book.move(Act.RECEIVE, stock="ribbon:R77")
    book.no(book.command(Act.RECEIVE, stock="ribbon:R77", site=OTHER), "stock", "already")
    book.move(Act.LOAD, stock="ribbon:R77", printer="SGL-1")
    book.no(book.command(Act.LOAD, stock="ribbon:R77", printer="SGL-2"), "amount", "fewer")
    book.move(Act.DESTROY, stock="ribbon:R77")
    assert (book.blanks("ribbon:R77"), book.line(stock="ribbon:R77").destroyed) == (0, 1)
    assert [h.stock for h in book.read.stock(SITE)[0].holdings] == [], "nothing is left of it"


def test_damaged_cards_wait_for_the_fire_and_are_no_blanks(book: Book) -> None:
    book.move(Act.RECEIVE, 10)
    book.move(Act.SPOIL, 3, stage="chip", uids="04A1B2C3-04A1B2C5")
    book.move(Act.TRANSFER, 2, pile=Pile.SPOILED, to=OTHER)
    assert book.line().on_the_way == 0, "they are no blanks"
    book.open(f"{SITE}-1", 2)
    book.move(Act.DESTROY, 1, pile=Pile.SPOILED)
    assert [(s.site, h.blanks, h.spoiled) for s in book.read.stock(None) for h in s.holdings] == [
        (OTHER, 0, 2), (SITE, 7, 0),
    ]  # fmt: skip
    assert (book.line().destroyed, book.line().closing) == (0, 7)
    assert [(one.stage, one.uid, one.actor) for one in book.sheet().spoiled] == [
        ("chip", uid, "kantor") for uid in ("04A1B2C3", "04A1B2C4", "04A1B2C5")
    ], "each is burned by itself"


# -- days --------------------------------------------------------------------------------------------------------


def test_a_day_ends_at_the_sites_midnight(book: Book) -> None:
    book.wall = MORNING + 16 * HOUR - 3000  # 23:59:57 and a second for each
    assert book.move(Act.RECEIVE, 5).day == DAY
    book.wall += 2000
    assert book.move(Act.RECEIVE, 5).day == NEXT


def test_a_card_belongs_to_the_day_in_which_it_was_begun(book: Book) -> None:
    book.move(Act.RECEIVE, 10)
    book.wall = MORNING + 16 * HOUR - 4000
    job = book.begin(7)
    book.wall += 60_000
    book.end(job, Verdict.PRINTED, 8)
    assert (book.line().good, book.line().counter_delta) == (1, 1)
    assert (book.line(NEXT).opening, book.line(NEXT).good) == (9, 0)
    assert book.events()[-1][1]["day"] == DAY


def test_a_signed_day_never_changes_and_what_comes_late_is_a_correction(book: Book) -> None:
    book.move(Act.RECEIVE, 100)
    doubt = book.end(book.begin(7), Verdict.UNKNOWN, None)
    book.close_day(DAY)
    signed = book.sheet()
    assert (signed.lines[0].doubts, signed.closed_by, signed.lines[0].closing) == (1, "hasan", 100)
    book.wall += 24 * HOUR
    book.answer(doubt, JobEvent.RESOLVED_PRINTED)
    late = book.move(Act.SPOIL, 1, stage="chip", day=DAY)
    assert (late.day, late.late) == (NEXT, True)
    after = book.sheet()
    assert (after.lines, after.spoiled, after.corrections) == (signed.lines, signed.spoiled, ())
    now = book.sheet(NEXT)
    assert (now.lines[0].opening, now.lines[0].good, now.lines[0].spoilt, now.lines[0].doubts) == (
        100, 1, (0, 1, 0, 0), 0,
    )  # fmt: skip
    assert [text.split()[:2] for text in now.corrections] == [
        ["resolved-printed", f"about={DAY}"],
        ["stock-spoiled", f"about={DAY}"],
    ]


def test_a_fact_about_an_earlier_day_that_is_open_stands_there(book: Book) -> None:
    book.move(Act.RECEIVE, 100)
    book.wall += 24 * HOUR
    book.move(Act.RECEIVE, 10)
    assert book.move(Act.SPOIL, 2, stage="before-print", day=DAY) == Booked(SITE, DAY, 108)
    assert (book.line().closing, book.line(NEXT).opening, book.line(NEXT).closing) == (98, 98, 108)


def test_a_transfer_of_a_past_day_changes_no_signed_day_at_either_end(book: Book) -> None:
    book.move(Act.RECEIVE, 100)
    book.move(Act.RECEIVE, 100, site=OTHER)
    book.count(40, site=OTHER)  # fifty went back to SITE and nobody wrote it down; ten are really lost
    book.close_day(DAY, OTHER)
    book.close_day(DAY)
    signed = [(book.read.book_day(site, DAY).sums, book.read.book_day(site, DAY).marks) for site in (SITE, OTHER)]
    book.wall += 24 * HOUR
    late = book.move(Act.TRANSFER, 40, site=OTHER, to=SITE, day=DAY)
    assert (late.day, late.late, late.blanks) == (NEXT, True, 40), "it was missed at the count"
    assert book.line(NEXT, site=OTHER).on_the_way == 40
    there = book.open(f"{OTHER}-1", 40, site=SITE, day=DAY)
    assert (there.day, there.late, there.blanks) == (NEXT, True, 140)
    assert [(book.read.book_day(s, DAY).sums, book.read.book_day(s, DAY).marks) for s in (SITE, OTHER)] == signed
    assert (book.line(NEXT).opening, book.line(NEXT).closing) == (100, 140)
    line = book.line(NEXT, site=OTHER)
    assert (line.opening, line.received, line.sent, line.closing, line.on_the_way) == (40, 40, 40, 40, 0)
    told = [text.split()[:2] for text in book.sheet(NEXT, OTHER).corrections]
    assert told == [
        ["stock-sent", f"about={DAY}"], ["stock-written-off", f"about={DAY}"], ["stock-arrived", f"about={DAY}"],
    ]  # fmt: skip
    assert [text.split()[:2] for text in book.sheet(NEXT).corrections] == [["stock-arrived", f"about={DAY}"]]


def test_a_slip_in_the_date_is_no_day_of_long_ago(book: Book) -> None:
    book.move(Act.RECEIVE, 100)
    book.no(book.command(Act.TRANSFER, 10, to=OTHER, day="2026-10-24"), "day", "more than 31 days ago")
    assert book.move(Act.TRANSFER, 10, to=OTHER, day="2026-10-25").day == "2026-10-25"
    book.wall += 90 * 24 * HOUR
    assert book.close_day("2026-10-25"), "an old day can still be signed"


def test_days_are_signed_in_order_and_a_quiet_one_needs_no_signature(book: Book) -> None:
    book.move(Act.RECEIVE, 100)
    book.wall += 48 * HOUR
    book.move(Act.RECEIVE, 100)
    assert book.read.stock(SITE)[0].open_days == (DAY, THIRD)
    book.no(CloseDay("hasan", SITE, THIRD), "day", f"{DAY} is still open")
    book.no(CloseDay("hasan", SITE, "2026-11-28"), "day", "today at the latest")
    book.close_day(DAY)
    assert book.close_day(THIRD) == Booked(SITE, THIRD)
    assert book.close_day(THIRD) == Booked(SITE, THIRD, repeat=True)
    book.no(CloseDay("hasan", SITE, NEXT), "day", "later day")
    assert book.read.stock(SITE)[0].closed == THIRD
    assert book.read.stock(OTHER)[0].closed is None, "each site signs for itself"


def test_what_happens_after_todays_signature_is_tomorrows(book: Book) -> None:
    book.move(Act.RECEIVE, 100)
    book.close_day(DAY)
    book.card(7)
    assert book.line().good == 0
    assert (book.line(NEXT).good, book.sheet(NEXT).corrections[0].split()[:2]) == (1, ["printed", f"about={DAY}"])


def test_the_close_writes_each_line_into_the_ledger(book: Book) -> None:
    book.move(Act.RECEIVE, 100)
    book.card(7, kind="selftest", stock=TEST)
    book.count(99)
    book.close_day(DAY)
    closes = [facts for event, facts in book.events() if event == "day-closed"]
    assert [(f["stock"], f.get("received", 0), f.get("test", 0), f["closing"], f.get("gap")) for f in closes] == [
        (KTP, 100, 0, 100, -1), (TEST, 0, 1, -1, None),
    ]  # fmt: skip
    sheet = book.sheet()
    assert (sheet.chain, sheet.n) == (book.store.chain, len(book.events()))
    assert sheet.head == book.read.entries(book.read.head() - 1, 1)[0].hash.hex()


def test_a_sheet_outlives_the_closing_of_its_ledgers_segment(book: Book) -> None:
    book.move(Act.RECEIVE, 10)
    book.move(Act.SPOIL, 1, stage="chip")
    book.count(8)
    before = book.sheet()
    sign(book)
    book.apply(SuspectClock(1), ConfirmClock("hasan"))
    assert close(book, size=book.read.head() - 4)
    assert [e.position for e in book.read.entries(0, 1)] == [1]
    after = book.sheet()
    assert (after.lines, after.spoiled, after.incidents) == (before.lines, before.spoiled, before.incidents)
    assert before.spoiled, "there is something to lose"
    assert before.incidents


# -- counts ------------------------------------------------------------------------------------------------------


def test_a_gap_is_an_incident_with_a_name_once(book: Book) -> None:
    book.move(Act.RECEIVE, 100)
    assert book.count(97).blanks == 97
    assert book.incidents() == [("gap", -3)]
    book.count(97)
    book.card(7)
    book.close_day(DAY)
    assert book.incidents() == [("gap", -3)], "what was told is told once"
    line = book.line()
    assert (line.closing, line.counted, line.gap) == (99, 96, -3), "a card after the count moves both"
    assert book.line(NEXT).opening == 96
    assert book.sheet().incidents == (f"incident reason=gap stock={KTP} amount=-3 counted=97 actor=hasan",)


def test_a_forgotten_movement_is_booked_and_counted_again(book: Book) -> None:
    book.move(Act.RECEIVE, 100)
    book.count(97)
    book.move(Act.SPOIL, 2, stage="before-print")
    book.move(Act.TEST, 1)
    book.count(97)
    assert (book.line().gap, book.blanks()) == (0, 97)
    assert [facts["amount"] for event, facts in book.events() if event == "stock-written-off"] == [-3, 3]


def test_a_late_fact_of_a_counted_day_closes_its_gap(book: Book) -> None:
    book.move(Act.RECEIVE, 100)
    book.wall += 10 * HOUR
    book.count(98)
    book.wall += 14 * HOUR
    book.move(Act.SPOIL, 2, stage="chip", day=DAY)
    line = book.line()
    assert (line.closing, line.counted, line.gap, book.blanks()) == (98, 98, 0, 98)


@pytest.mark.parametrize(
    ("answer", "gap", "blanks"),
    [(JobEvent.RESOLVED_PRINTED, 0, 99), (JobEvent.RESOLVED_SPOILED, 0, 99), (JobEvent.RESOLVED_NO_CARD, -1, 99)],
)
def test_a_missing_blank_waits_for_the_answer_to_a_doubt(book: Book, answer: JobEvent, gap: int, blanks: int) -> None:
    book.move(Act.RECEIVE, 100)
    doubt = book.end(book.begin(7), Verdict.UNKNOWN, None)
    book.count(99)
    assert (book.line().doubts, book.line().gap, book.incidents()) == (1, -1, [])
    book.answer(doubt, answer)
    book.close_day(DAY)
    assert (book.line().gap, book.blanks()) == (gap, blanks)
    assert book.incidents() == ([("gap", gap)] if gap else [])


def test_a_count_for_yesterday_holds_while_nothing_has_moved(book: Book) -> None:
    book.move(Act.RECEIVE, 100)
    book.wall += 24 * HOUR
    assert book.count(99, day=DAY).day == DAY
    book.move(Act.RECEIVE, 1)
    book.no(StockCount("hasan", SITE, KTP, 99, DAY), "day", "have moved")
    book.close_day(DAY)
    book.no(StockCount("hasan", SITE, KTP, 99, DAY), "day", "closed")


# -- rolls -------------------------------------------------------------------------------------------------------


def put_in(book: Book, roll: str) -> None:
    book.move(Act.RECEIVE, stock=roll)
    book.move(Act.LOAD, stock=roll, printer="SGL-1")


def ribbon_card(book: Book, counter: int, left: int, verdict: Verdict = Verdict.PRINTED) -> None:
    """A card that takes one of the ribbon, which has 200 when it is new; a spoiled one is not counted."""
    job = book.begin(counter, panels=left, rated=200)
    book.end(job, verdict, counter + (verdict is Verdict.PRINTED), left - 1, rated=200)


def test_a_roll_is_metered_by_its_serial_beside_what_it_is_rated(book: Book) -> None:
    put_in(book, "ribbon:R1")
    put_in(book, "film:F1")
    ribbon_card(book, 7, 200)
    ribbon_card(book, 8, 199)
    ribbon_card(book, 9, 198, Verdict.NOT_PRINTED)
    film, ribbon = sorted(book.read.stock(SITE)[0].rolls, key=lambda roll: roll.roll)
    assert (ribbon.roll, ribbon.cards, ribbon.used, ribbon.rated, ribbon.printer) == ("ribbon:R1", 2, 3, 200, "SGL-1")
    assert (film.roll, film.cards, film.used, film.rated, film.printer) == ("film:F1", 2, None, None, "SGL-1")
    assert (ribbon.first, ribbon.last) == (DAY, DAY)
    assert book.blanks("ribbon:R1") == 1, "used is not gone: it is returned or destroyed"


def test_a_roll_that_is_put_in_takes_the_last_one_out(book: Book) -> None:
    put_in(book, "ribbon:R1")
    ribbon_card(book, 7, 2)
    ribbon_card(book, 8, 1)
    put_in(book, "ribbon:R2")
    book.wall += 24 * HOUR
    ribbon_card(book, 9, 200)
    new, old = book.read.stock(SITE)[0].rolls
    assert (new.roll, new.cards, new.used, new.first, new.printer) == ("ribbon:R2", 1, 1, NEXT, "SGL-1")
    assert (old.roll, old.cards, old.used, old.last, old.printer) == ("ribbon:R1", 2, 2, DAY, None)
    book.move(Act.DESTROY, stock="ribbon:R1")
    assert book.blanks("ribbon:R1") == 0
    assert [roll.cards for roll in book.read.stock(SITE)[0].rolls] == [1, 2], "what it gave stays known"


def test_a_roll_is_credited_with_a_card_of_a_printer_that_does_not_count(book: Book) -> None:
    put_in(book, "ribbon:R1")
    for left in (10, 9):
        book.end(book.begin(None, panels=left, rated=10), Verdict.PRINTED, None, left - 1, rated=10)
    (roll,) = book.read.stock(SITE)[0].rolls
    assert (roll.cards, roll.used, roll.rated) == (2, 2, 10)


def test_nothing_is_metered_without_a_roll_in_the_book(book: Book) -> None:
    ribbon_card(book, 7, 200)
    assert book.read.stock(SITE)[0].rolls == ()
    assert book.line().panels == 1
