"""The numbers of the chips in cards: one chip, one card."""

from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest

from spooler.model.card import Inspect, NoteSameChip, TellUid
from spooler.model.commands import Resolve
from spooler.model.correction import Correct
from spooler.model.job import Job, JobEvent
from spooler.model.remark import said
from spooler.model.stock import Act
from spooler.model.verdict import Verdict
from stockbook import SITE, Book

CHIP, OTHER_CHIP = "04A1B2C3D4E580", "04A1B2C3D4E581"


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """A book with blanks, and a printer attached."""
    book = Book(tmp_path / "spool")
    book.attach("SGL-1")
    book.move(Act.RECEIVE, 100)
    yield book
    book.store.close()


def tell(job: Job, uid: str) -> TellUid:
    return TellUid(job.id, job.version, uid, "sari")


def test_a_cards_chip_is_known_with_the_card_and_on_the_list_for_the_fire(book: Book) -> None:
    job = book.card(7)
    book.step(tell(job, CHIP))
    assert [card.uid for card in book.read.cards(job.id)] == [CHIP]
    assert [card.uid for card, _ in book.read.latest_cards(SITE, 10)] == [CHIP]
    book.step(Inspect(job.id, job.version, False, "sari", "colour"))
    assert [(one.uid, one.stage) for one in book.sheet().spoiled] == [(CHIP, "inspection")]


def test_one_chip_is_in_one_card(book: Book) -> None:
    first, second = book.card(7), book.card(8)
    book.step(tell(first, CHIP))
    problem = book.refused(tell(second, CHIP), "conflict")
    assert dict(problem.details) == {"id": first.id}
    assert book.sheet().incidents == ()
    assert book.one(NoteSameChip(second.id, CHIP, "sari")) is True
    (told,) = book.sheet().incidents
    assert said(told, "id").startswith("Nomor chip sudah ada pada kartu lain: ")
    assert [card.uid for job in (first, second) for card in book.read.cards(job.id)] == [CHIP, None]
    book.store.close()
    again = Book(book.directory)
    again.wall = book.wall
    again.refused(tell(second, CHIP), "conflict")
    again.store.close()


def test_a_number_told_again_is_told_once_and_another_one_takes_its_place(book: Book) -> None:
    first, second = book.card(7), book.card(8)
    for _ in range(2):
        assert book.step(tell(first, CHIP)) == first
    assert [event for event, _ in book.events()].count("uid-told") == 1
    book.step(tell(first, OTHER_CHIP))
    book.step(tell(second, CHIP))  # which the first one was wrongly said to have
    assert [card.uid for job in (first, second) for card in book.read.cards(job.id)] == [OTHER_CHIP, CHIP]
    assert book.incidents() == []


def test_a_chip_stays_with_its_card_when_an_answer_about_it_is_put_right(book: Book) -> None:
    job = book.end(book.begin(7), Verdict.UNKNOWN, 7)
    job = book.step(Resolve(job.id, job.version, JobEvent.RESOLVED_PRINTED, "sari"))
    job = book.step(tell(job, CHIP))
    book.step(Correct(job.id, job.version, "spoiled", "hasan", "chip", "chip-dead"))
    assert [(one.uid, one.reason) for one in book.sheet().spoiled] == [(CHIP, "chip-dead")]


def test_what_is_no_number_or_has_no_card_is_refused(book: Book) -> None:
    job = book.card(7)
    for bad in ("04a1b2c3", "04A1B2C", "04A1B2C3-04A1B2C4", "04A1B2C3 04A1B2C4", "0" * 21, "BUDI SANTOSO", ""):
        assert book.refused(tell(job, bad), "bad-value").field == "uid"
    waits = book.begin(8)
    book.refused(tell(waits, CHIP), "too-late")
    book.refused(TellUid(job.id, job.version - 1, CHIP, "sari"), "stale")


def test_the_ledger_does_not_lead_from_a_chip_to_a_job(book: Book) -> None:
    job = book.card(7)
    book.step(tell(job, CHIP))
    book.one(NoteSameChip(book.card(8).id, CHIP, "sari"))
    assert len(book.sheet().incidents) == 1
    for entry in book.read.entries(0, 1000):
        assert CHIP not in repr(msgpack.unpackb(entry.body))
