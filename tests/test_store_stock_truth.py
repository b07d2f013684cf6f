"""Wrong answers put right: once every answer is true, the book has what is really there, whatever was counted, written
off, signed, or told by the printer's counter in between.

The model is the site itself: blanks that lie there, and a device that counts cards. The people of the model answer
wrongly, count, sign days, print from the panel and put answers right; the book knows only what they tell it.
"""

import shutil
import tempfile
from itertools import permutations
from pathlib import Path

import msgpack
import pytest
from attrs import define
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from spooler.model.commands import Change, Claim, Intend, Resolve, Settle
from spooler.model.correction import Correct
from spooler.model.ids import JobId
from spooler.model.job import FINAL, Job, JobEvent
from spooler.model.parcel import OpenParcel
from spooler.model.problem import Problem
from spooler.model.stock import Act, Booked, CloseDay, StockCount, StockMove, carried, local_day
from spooler.model.verdict import Judgement, Verdict
from spooler.store import Submitted, verify
from store_contract import Bench, selftest
from test_store_stock_machine import HOUR, OFFSET, STOCK, open_book

SITE, OTHER, PRINTER, SERIAL = "21.71.11", "21.71.01", "SGL-1", "S1"
ANSWERS = ("printed", "spoiled", "no-card")


@define
class Card:
    """A card that somebody answered for."""

    job: JobId
    said: str
    truth: str


class Truth(RuleBasedStateMachine):
    """One site, one printer, one stock; and another site that parcels come from and go to."""

    @initialize(counts=st.booleans())
    def begin(self, counts: bool) -> None:
        """`counts`: the device has a counter."""
        self.directory = Path(tempfile.mkdtemp(prefix="stock-truth-"))
        self.bench = Bench(open_book(self.directory / "spool"))
        self.epoch = self.bench.attach(PRINTER)
        self.has_counter, self.counter = counts, 100
        self.real, self.n = 0, 0
        self.unread = (
            False  # a doubt was answered since the last reading: a card from the panel would look like its own
        )
        self.cards: list[Card] = []
        self.sheets: dict[str, object] = {}
        self.receive(50)
        self.good_card()

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            self.everything_is_told()
            assert verify(self.bench.read) is None
            self.bench.store.close()
            shutil.rmtree(self.directory)

    # -- what happens --------------------------------------------------------------------------------------------

    @rule(amount=st.integers(1, 20))
    def receive(self, amount: int) -> None:
        self.n += 1
        assert isinstance(self.bench.one(StockMove("h", f"t{self.n}", Act.RECEIVE, SITE, STOCK, amount)), Booked)
        self.real += amount

    @rule(amount=st.integers(1, 20), found=st.integers(0, 20))
    def parcel_comes(self, amount: int, found: int) -> None:
        """From the other site, with what somebody finds in it."""
        for act, to in ((Act.RECEIVE, None), (Act.TRANSFER, SITE)):
            self.n += 1
            sent = self.bench.one(StockMove("h", f"t{self.n}", act, OTHER, STOCK, amount, to=to))
            assert isinstance(sent, Booked)
        assert sent.parcel is not None
        assert isinstance(self.bench.one(OpenParcel("sari", SITE, sent.parcel, found)), Booked)
        self.real += found

    @precondition(lambda self: self.real > 0)
    @rule(back=st.booleans())
    def parcel_goes(self, back: bool) -> None:
        """To the other site; `back`: it is taken back at once."""
        self.n += 1
        sent = self.bench.one(StockMove("h", f"t{self.n}", Act.TRANSFER, SITE, STOCK, 1, to=OTHER))
        if isinstance(sent, Problem):  # by the book nothing is left, as a wrong answer took it
            return
        assert isinstance(sent, Booked)
        assert sent.parcel is not None
        self.real -= 1
        if back:
            assert isinstance(self.bench.one(OpenParcel("h", SITE, sent.parcel, 1)), Booked)
            self.real += 1

    @rule()
    def good_card(self) -> None:
        job = self.begun()
        self.counter, self.real = self.counter + 1, self.real - 1
        self.settle(job, Verdict.PRINTED)

    @rule(truth=st.sampled_from(ANSWERS), said=st.sampled_from(ANSWERS), counted=st.booleans(), night=st.booleans())
    def doubt(self, truth: str, said: str, counted: bool, night: bool) -> None:
        """`counted`: the device counts a spoiled card; `night`: it is answered the next day."""
        job = self.begun()
        if truth == "printed" or (truth == "spoiled" and counted):
            self.counter += 1
        self.real -= truth != "no-card"
        self.settle(job, Verdict.UNKNOWN)
        if night:
            self.bench.wall += 24 * HOUR
        (job,) = [j for j in self.bench.jobs() if j.id == job.id]
        stage = "print" if said == "spoiled" else None
        job = self.bench.step(Resolve(job.id, job.version, JobEvent(f"resolved-{said}"), "sari", stage))
        if job.state not in FINAL:
            self.bench.step(Change(job.id, job.version, JobEvent.CANCELED, "sari"))
        self.cards.append(Card(job.id, said, truth))
        self.unread = True

    @precondition(lambda self: self.has_counter and not self.unread)
    @rule(cards=st.integers(1, 2))
    def somebody_prints_from_the_panel(self, cards: int) -> None:
        self.counter, self.real = self.counter + cards, self.real - cards

    @precondition(lambda self: self.cards)
    @rule(data=st.data(), answer=st.sampled_from(ANSWERS), right=st.booleans())
    def correct(self, data: st.DataObject, answer: str, right: bool) -> None:
        card = data.draw(st.sampled_from(self.cards))
        self.say(card, card.truth if right else answer)

    @rule()
    def count(self) -> None:
        outcome = self.bench.one(StockCount("hasan", SITE, STOCK, self.real))
        assert isinstance(outcome, Booked)
        assert outcome.blanks == self.real, "nothing is in doubt"

    @rule()
    def sign(self) -> None:
        """All days up to today."""
        today = local_day(self.bench.wall + 1000, OFFSET * HOUR)
        (stock,) = self.bench.read.stock(SITE)
        for day in (*(day for day in stock.open_days if day <= today), today):
            outcome = self.bench.one(CloseDay("hasan", SITE, day))
            if isinstance(outcome, Booked) and not outcome.repeat:
                self.sheets[day] = self.bench.read.book_day(SITE, day).sums

    @rule(hours=st.sampled_from([1, 7, 24]))
    def time_goes_by(self, hours: int) -> None:
        self.bench.wall += hours * HOUR

    # -- what must hold ------------------------------------------------------------------------------------------

    def everything_is_told(self) -> None:
        """Every answer is put right, and the counter is read."""
        for card in self.cards:
            self.say(card, card.truth)
        self.good_card()
        assert self.blanks() == self.real
        read = self.bench.read
        opening = 0
        days = {local_day(self.bench.wall + 48 * HOUR, OFFSET * HOUR), *self.sheets, *read.stock(SITE)[0].open_days}
        for day in sorted(days):
            for _, sums in read.book_day(SITE, day).sums:
                assert sums.get("opening", 0) == opening, day
                opening = carried(sums)
        assert opening == self.real
        for day, signed in self.sheets.items():
            assert read.book_day(SITE, day).sums == signed, "a day that was signed does not change"
        alone = 0
        for entry in read.entries(0, 100_000):
            event, facts = msgpack.unpackb(entry.body)[3:]
            if facts.get("site") != SITE:
                continue
            if event in ("stock-received", "stock-written-off", "stock-arrived", "stock-taken-back"):
                alone += facts["amount"]
            elif event in ("stock-sent", "stock-outside", "printed", "resolved-printed", "resolved-spoiled"):
                alone -= facts.get("amount", 1)
            elif event.startswith("corrected-"):
                alone += (facts["was"] != "no-card") - (facts["answer"] != "no-card")
        assert alone == self.real, "the ledger, read alone, says the same"

    # -- helpers -------------------------------------------------------------------------------------------------

    def blanks(self) -> int:
        return self.bench.read.stock(SITE)[0].holdings[0].blanks

    def say(self, card: Card, answer: str) -> None:
        if card.said == answer:
            return
        (job,) = [j for j in self.bench.jobs() if j.id == card.job]
        outcome = self.bench.one(
            Correct(job.id, job.version, answer, "chief", "print" if answer == "spoiled" else None)
        )
        assert not isinstance(outcome, Problem), outcome
        card.said = answer
        (job,) = [j for j in self.bench.jobs() if j.id == card.job]
        if job.state not in FINAL:  # it would be printed now: that is another card
            self.bench.step(Change(job.id, job.version, JobEvent.CANCELED, "sari"))

    def begun(self) -> Job:
        self.n += 1
        (submitted,) = self.bench.apply(
            selftest(f"job{self.n}", kind="ktp", stock=STOCK, site=SITE, destination=f"site:{SITE}")
        ).outcomes
        assert isinstance(submitted, Submitted)
        job = self.bench.step(Claim(submitted.job.id, 1, PRINTER, self.epoch))
        reading = self.counter if self.has_counter else None
        self.unread = False
        return self.bench.step(Intend(job.id, job.version, PRINTER, self.epoch, SERIAL, reading))

    def settle(self, job: Job, verdict: Verdict) -> None:
        reading = self.counter if self.has_counter else None
        self.bench.step(Settle(job.id, job.version, PRINTER, self.epoch, Judgement(verdict, "row"), reading))


@pytest.mark.parametrize("signed", ["signed", "open"])
@pytest.mark.parametrize("steps", list(permutations(("count", "read", "correct"))), ids="-".join)
@pytest.mark.parametrize("said", ANSWERS)
@pytest.mark.parametrize("truth", ["printed", "spoiled", "spoiled-uncounted", "no-card"])
def test_a_wrong_answer_in_every_order(truth: str, said: str, steps: tuple[str, ...], signed: str) -> None:
    site = Truth()
    site.begin(counts=True)
    site.doubt(truth=truth.removesuffix("-uncounted"), said=said, counted=truth == "spoiled", night=False)
    for step in steps:
        if step == "count":
            site.count()
        elif step == "read":
            site.good_card()
        else:
            site.say(site.cards[0], site.cards[0].truth)
        if signed == "signed":
            site.sign()
            site.time_goes_by(24)
    site.teardown()


TestTruth = Truth.TestCase
TestTruth.settings = settings(
    max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
