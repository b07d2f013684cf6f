"""A store with a stock book, and short words for what happens to it."""

from pathlib import Path
from typing import Any

import msgpack

from spooler.model.commands import Claim, Command, Intend, Resolve, Settle
from spooler.model.daysheet import DaySheet, Line
from spooler.model.job import Job, JobEvent
from spooler.model.parcel import OpenParcel
from spooler.model.site import City, Site, SiteStatus
from spooler.model.stock import Act, Booked, CloseDay, StockCount, StockMove
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

    def open(self, parcel: str, amount: int, **more: Any) -> Booked:
        """At OTHER, unless a site is named."""
        outcome = self.one(self.opening(parcel, amount, **more))
        assert isinstance(outcome, Booked), outcome
        return outcome

    def opening(self, parcel: str, amount: int, **more: Any) -> OpenParcel:
        return OpenParcel(**{"actor": "rudi", "site": OTHER, "parcel": parcel, "amount": amount} | more)

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
