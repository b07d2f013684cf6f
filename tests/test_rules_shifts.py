"""A day by shifts: made from a real store's ledger, it adds up to the day whatever happened, and hands over."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from spooler.daemon.shifting import opened_ms, shifts_of, told_between
from spooler.model.card import Inspect
from spooler.model.commands import Resolve
from spooler.model.correction import Correct
from spooler.model.daysheet import STAGES, Line, Shift
from spooler.model.job import JobEvent, JobState
from spooler.model.problem import Problem
from spooler.model.stock import Act, CloseDay, Moved, Noted, Pile, spoiled
from spooler.model.verdict import Verdict
from spooler.rules.balance import line
from spooler.rules.shifts import by_shift
from stockbook import DAY, HOUR, KTP, MORNING, NEXT, OTHER, SITE, Book

OFFSET = 7 * HOUR
CHANGES = ("12:00", "16:00")
#: Together: an entry that corrects an earlier day's answer does not say at which stage that card was spoiled.
SPOILED = frozenset(map(spoiled, STAGES))
AMOUNTS = ("received", "arrived", "good", "test", "outside", "returned", "sent", "destroyed")


def seen(book: Book, day: str = DAY, changes: tuple[str, ...] = CHANGES, site: str = SITE) -> tuple[Shift, ...]:
    return shifts_of(book.read, site, day, dict(book.read.book_day(site, day).sums), changes, OFFSET)


def of(book: Book, n: int, stock: str = KTP, **more: str) -> Line:
    return next(line for line in seen(book, **more)[n].lines if line.stock == stock)  # type: ignore[arg-type]


def open_book(folder: str) -> Book:
    book = Book(Path(folder) / "spool")
    book.attach("SGL-1")
    return book


def test_a_shift_hands_over_what_it_leaves(tmp_path: Path) -> None:
    book = open_book(str(tmp_path))
    book.move(Act.RECEIVE, 100)
    book.card(7)
    book.wall = MORNING + 5 * HOUR  # 13:00
    book.card(8)
    book.move(Act.SPOIL, 2, stage="chip")
    book.move(Act.TRANSFER, 10, to=OTHER)
    book.open(f"{SITE}-1", 9)
    book.wall = MORNING + 9 * HOUR  # 17:00
    book.card(9)
    first, second, last = seen(book)
    assert [(shift.begins, shift.ends) for shift in (first, second, last)] == [
        ("00:00", "12:00"), ("12:00", "16:00"), ("16:00", "24:00"),
    ]  # fmt: skip
    assert [(s.lines[0].opening, s.lines[0].good, s.lines[0].closing) for s in (first, second, last)] == [
        (0, 1, 99), (99, 1, 86), (86, 1, 85),
    ]  # fmt: skip
    assert second.lines[0].spoilt == (0, 2, 0, 0)
    assert of(book, 1, site=OTHER).arrived == 9
    assert (of(book, 0, site=OTHER).arrived, of(book, 2, site=OTHER).arrived) == (0, 0)
    assert (of(book, 1).sent, of(book, 1).on_the_way) == (10, 0)
    assert last.lines[0].closing == book.line().closing
    book.store.close()


def test_a_gap_is_the_shifts_that_counted_it_and_the_next_opens_with_what_is_there(tmp_path: Path) -> None:
    book = open_book(str(tmp_path))
    book.move(Act.RECEIVE, 100)
    book.count(97)
    book.wall = MORNING + 5 * HOUR
    book.card(7)
    book.count(95)
    assert [(s.lines[0].opening, s.lines[0].closing, s.lines[0].gap) for s in seen(book)] == [
        (0, 100, -3), (97, 96, -1), (95, 95, None),
    ]  # fmt: skip
    assert book.line().gap == -4
    book.wall = MORNING + 9 * HOUR
    book.count(95)
    assert [s.lines[0].gap for s in seen(book)] == [-3, -1, 0]
    book.store.close()


def test_an_answer_counts_when_it_is_given(tmp_path: Path) -> None:
    book = open_book(str(tmp_path))
    book.move(Act.RECEIVE, 100)
    job = book.end(book.begin(7), Verdict.UNKNOWN, 7)
    book.wall = MORNING + 5 * HOUR
    job = book.step(Resolve(job.id, job.version, JobEvent.RESOLVED_SPOILED, "sari", "before-print", "jammed"))
    assert [s.lines[0].spoilt for s in seen(book)] == [(0, 0, 0, 0), (1, 0, 0, 0), (0, 0, 0, 0)]
    book.wall = MORNING + 9 * HOUR
    book.step(Correct(job.id, job.version, "printed", "hasan"))
    assert [s.lines[0].spoilt for s in seen(book)] == [(0, 0, 0, 0), (1, 0, 0, 0), (-1, 0, 0, 0)]
    assert [s.lines[0].good for s in seen(book)] == [0, 0, 1]
    book.store.close()


def test_without_changes_a_day_is_one_shift(tmp_path: Path) -> None:
    book = open_book(str(tmp_path))
    book.move(Act.RECEIVE, 100)
    (whole,) = seen(book, changes=())
    assert (whole.begins, whole.ends, whole.lines) == ("00:00", "24:00", book.sheet().lines)
    book.store.close()


ACTS = st.sampled_from(["card", "doubt", "inspect", "correct", "move", "open", "count", "wait", "close"])


def act(book: Book, what: str, n: int) -> None:
    """One of the things that happen in an office; what cannot happen does not."""
    jobs = book.read.query(site=SITE, state=None, submitter=None, group=None, after=None, limit=100)
    job = jobs[n % len(jobs)] if jobs else None
    if what == "card":
        book.card(100 + 10 * len(jobs))
    elif what == "doubt":
        book.end(book.begin(100 + 10 * len(jobs)), Verdict.UNKNOWN, None)
        (job,) = book.read.query(
            site=SITE, state=JobState.PROCESSING_STOPPED, submitter=None, group=None, after=None, limit=9
        )
        answer = (JobEvent.RESOLVED_PRINTED, JobEvent.RESOLVED_SPOILED, JobEvent.RESOLVED_NO_CARD)[n % 3]
        stage = STAGES[n % 3] if answer is JobEvent.RESOLVED_SPOILED else None
        job = book.step(Resolve(job.id, job.version, answer, "sari", stage))
        if answer is JobEvent.RESOLVED_NO_CARD:
            book.change(job, JobEvent.CANCELED)
    elif what == "inspect" and job is not None:
        book.one(Inspect(job.id, job.version, n % 2 == 0, "sari", None))
    elif what == "correct" and job is not None:
        answer_word = ("printed", "spoiled", "no-card")[n % 3]
        moved = book.one(Correct(job.id, job.version, answer_word, "hasan", STAGES[n % 4] if n % 3 == 1 else None))
        if not isinstance(moved, Problem) and moved.state is JobState.PENDING:  # type: ignore[union-attr]
            book.change(moved, JobEvent.CANCELED)  # type: ignore[arg-type]
    elif what == "move":
        acts = (Act.RECEIVE, Act.TRANSFER, Act.RETURN, Act.DESTROY, Act.TEST, Act.OUTSIDE, Act.SPOIL)
        chosen = acts[n % len(acts)]
        more = {"to": OTHER} if chosen is Act.TRANSFER else {"stage": STAGES[n % 4]} if chosen is Act.SPOIL else {}
        pile = {"pile": Pile.SPOILED} if n > 6 and chosen in (Act.TRANSFER, Act.RETURN, Act.DESTROY) else {}
        book.one(book.command(chosen, 1 + n, **more, **pile))
    elif what == "open" and (sent := book.read.stock(SITE)[0].sent):
        book.one(book.opening(sent[0].parcel, max(0, sent[0].amount + n % 4 - 2), site=(SITE, OTHER)[n % 2]))
    elif what == "count":
        book.count(max(0, book.blanks() - n % 3))
    elif what == "close" and (open_days := book.read.stock(SITE)[0].open_days):
        book.one(CloseDay("hasan", SITE, open_days[0]))
    elif what == "wait":
        book.wall += n * HOUR // 2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(ACTS, st.integers(0, 11)), max_size=25))
@example([("card", 0), ("count", 1), ("close", 0), ("card", 0)])  # what a signed day wrote off is found in the next
def test_what_the_ledger_says_of_a_day_is_what_the_book_has(acts: list[tuple[str, int]]) -> None:
    """All of a day folded from its entries gives the book's own sums; and any shifts add up to the day."""
    with TemporaryDirectory() as folder:
        book = open_book(folder)
        book.move(Act.RECEIVE, 50)
        for what, n in acts:
            act(book, what, n)
        for site in (SITE, OTHER):
            for day in (DAY, NEXT):
                sums = dict(book.read.book_day(site, day).sums)
                whole = (opened_ms(book.read, site, day, OFFSET), book.wall + 1)  # late facts of an open day, too
                (found,) = by_shift(told_between(book.read, *whole), site, day, OFFSET, whole)
                for stock, words in sums.items():
                    mine = found.get(stock, {})
                    for word in {*Moved, Noted.WRITTEN_OFF, Noted.REGAINED} - SPOILED:
                        assert mine.get(word, 0) == words.get(word, 0), (site, day, stock, word)
                    assert sum(mine.get(word, 0) for word in SPOILED) == sum(words.get(word, 0) for word in SPOILED)
                parts = [dict(zip(sums, shift.lines, strict=True)) for shift in seen(book, day, site=site)]
                for stock, words in sums.items():
                    lines, all_day = [part[stock] for part in parts], line(stock, words)
                    for name in AMOUNTS:
                        assert sum(getattr(one, name) for one in lines) == getattr(all_day, name)
                    assert tuple(map(sum, zip(*(one.spoilt for one in lines), strict=True))) == all_day.spoilt
                    assert lines[0].opening == all_day.opening
        book.store.close()
