"""The stock book in the store: days, late facts, counts, and what the printers' counters tell."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack
import pytest

from ledgers import close, sign
from spooler.model.commands import Claim, Command, ConfirmClock, Intend, Resolve, Settle, SuspectClock
from spooler.model.daysheet import DaySheet, Line
from spooler.model.job import Job, JobEvent
from spooler.model.problem import Problem
from spooler.model.site import City, Site, SiteStatus
from spooler.model.stock import Act, Booked, CloseDay, Pile, StockCount, StockMove
from spooler.model.verdict import Judgement, Verdict
from spooler.rules.balance import sheet
from spooler.store import Submitted, open_store
from store_contract import RETENTION, Bench, place, selftest

SITE, OTHER = "21.71.11", "21.71.01"
KTP, TEST = "card-ktp-wni", "card-test"
HOUR = 3_600_000
MORNING = 1_795_568_400_000  # 2026-11-25 08:00 in Batam
DAY, NEXT, THIRD = "2026-11-25", "2026-11-26", "2026-11-27"
CITY = City("RIAU", "BATAM", {code: Site(code, code, "SGL", SiteStatus.OPEN) for code in (SITE, OTHER)}, {})


class Book(Bench):
    """A store with a stock book, and short words for what happens to it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        super().__init__(
            open_store(
                directory, node="test", place=place, retention=RETENTION, clock_step_max_ms=10**12, utc_offset_hours=7
            )
        )
        self.wall = MORNING
        self.n = 0

    def move(self, act: Act, amount: int = 1, **more: Any) -> Booked:
        outcome = self.one(self.command(act, amount, **more))
        assert isinstance(outcome, Booked), outcome
        return outcome

    def command(self, act: Act, amount: int = 1, **more: Any) -> StockMove:
        self.n += 1
        given = {"actor": "kantor", "ticket": f"t{self.n}", "site": SITE, "stock": KTP} | more
        return StockMove(act=act, amount=amount, **given)

    def count(self, amount: int, **more: Any) -> Booked:
        outcome = self.one(StockCount(**{"actor": "hasan", "site": SITE, "stock": KTP, "amount": amount} | more))
        assert isinstance(outcome, Booked), outcome
        return outcome

    def close_day(self, day: str, site: str = SITE) -> Booked:
        outcome = self.one(CloseDay("hasan", site, day))
        assert isinstance(outcome, Booked), outcome
        return outcome

    def no(self, command: Command, field: str, sentence: str) -> None:
        problem = self.refused(command, "bad-value")
        assert problem.field == field
        assert sentence in problem.message

    def begin(
        self,
        counter: int | None,
        *,
        serial: str = "S1",
        panels: int | None = None,
        rated: int | None = None,
        **job: Any,
    ) -> Job:
        """A job of the KTP kind with an intent, its printer at this counter."""
        self.n += 1
        given = {"kind": "ktp", "stock": KTP, "site": SITE} | job
        outcome = self.one(selftest(f"j{self.n}", **given))
        assert isinstance(outcome, Submitted)
        claimed = self.step(Claim(outcome.job.id, 1, "SGL-1", self.epochs["SGL-1"]))
        epoch = self.epochs["SGL-1"]
        return self.step(Intend(claimed.id, claimed.version, "SGL-1", epoch, serial, counter, panels, rated))

    def end(
        self, job: Job, verdict: Verdict, counter: int | None, panels: int | None = None, rated: int | None = None
    ) -> Job:
        judgement = Judgement(verdict, "row")
        return self.step(Settle(job.id, job.version, "SGL-1", self.epochs["SGL-1"], judgement, counter, panels, rated))

    def card(self, counter: int, **more: Any) -> Job:
        return self.end(self.begin(counter, **more), Verdict.PRINTED, counter + 1)

    def answer(self, job: Job, event: JobEvent) -> Job:
        return self.step(Resolve(job.id, job.version, event, "sari"))

    def sheet(self, day: str = DAY, site: str = SITE) -> DaySheet:
        return sheet(self.read.book_day(site, day), CITY, "test", 7)

    def line(self, day: str = DAY, stock: str = KTP, site: str = SITE) -> Line:
        return next(line for line in self.sheet(day, site).lines if line.stock == stock)

    def blanks(self, stock: str = KTP, site: str = SITE) -> int:
        return next((h.blanks for h in self.read.stock(site)[0].holdings if h.stock == stock), 0)

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        return [tuple(msgpack.unpackb(entry.body)[3:]) for entry in self.read.entries(0, 1000)]

    def incidents(self) -> list[tuple[str, int]]:
        return [(facts["reason"], facts["amount"]) for event, facts in self.events() if event == "incident"]


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
        500, 1, (2, 0, 0, 0), 3, 110, 5, 379,
    )  # fmt: skip
    (held,) = book.read.stock(SITE)[0].holdings
    assert (held.blanks, held.spoiled, held.loaded) == (379, 2, (("SGL-1", 79),))
    assert book.line(site=OTHER).received == 100
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
    assert [text.split()[:2] for text in now.corrections] == [["resolved-printed", DAY], ["stock-spoiled", DAY]]


def test_a_fact_about_an_earlier_day_that_is_open_stands_there(book: Book) -> None:
    book.move(Act.RECEIVE, 100)
    book.wall += 24 * HOUR
    book.move(Act.RECEIVE, 10)
    assert book.move(Act.SPOIL, 2, stage="before-print", day=DAY) == Booked(SITE, DAY, 108)
    assert (book.line().closing, book.line(NEXT).opening, book.line(NEXT).closing) == (98, 98, 108)


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
    assert (book.line(NEXT).good, book.sheet(NEXT).corrections[0].split()[:2]) == (1, ["printed", DAY])


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
    assert book.sheet().incidents == (f"incident gap {KTP} -3 97 hasan",)


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
