"""Any sequence of movements, parcels, cards, counts and closes, over days and re-openings: no blank is made or lost.

The model knows what went in and out; the ledger, read alone, and the days' sheets must tell the same, and a sheet that
was signed never changes. The printers' counters are those of devices on which somebody else prints, too.
"""

import shutil
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgpack
from attrs import define
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from spooler.model.commands import Claim, Intend, Resolve, Settle
from spooler.model.daysheet import Line
from spooler.model.job import JobEvent
from spooler.model.parcel import OpenParcel
from spooler.model.problem import Problem
from spooler.model.stock import Act, Booked, CloseDay, Pile, StockCount, StockMove, carried, local_day
from spooler.model.verdict import Judgement, Verdict
from spooler.rules.balance import line
from spooler.store import EmbeddedStore, Submitted, open_store, verify
from store_contract import RETENTION, Bench, place, selftest

HOUR = 3_600_000
OFFSET = 7
STOCK = "card-ktp-wni"
SITES = ("21.71.01", "21.71.11")
PRINTERS = dict(zip(SITES, ("BTA-1", "SGL-1"), strict=True))
OUT = {Act.RETURN, Act.DESTROY, Act.TEST, Act.SPOIL}

sites = st.sampled_from(SITES)


def open_book(directory: Path) -> EmbeddedStore:
    return open_store(
        directory, node="test", place=place, retention=RETENTION, clock_step_max_ms=10**12, utc_offset_hours=OFFSET
    )


def read_alone(bench: Bench) -> dict[str, int]:
    """Each site's blanks from the ledger's entries and nothing else."""
    have = dict.fromkeys(SITES, 0)
    for entry in bench.read.entries(0, 100_000):
        event, facts = msgpack.unpackb(entry.body)[3:]
        amount = facts.get("amount", 1)
        if "stock" not in facts or facts.get("pile") == "spoiled":
            continue
        if event in ("stock-received", "stock-written-off", "stock-arrived", "stock-taken-back"):
            have[facts["site"]] += amount
        elif event in (
            "stock-sent", "stock-returned", "stock-destroyed", "stock-tested", "stock-outside", "stock-spoiled",
            "printed", "resolved-printed", "resolved-spoiled",
        ):  # fmt: skip
            have[facts["site"]] -= amount
    return have


def read_the_way(bench: Bench) -> dict[str, int]:
    """What is in the parcels that are on their way, from the ledger's entries and nothing else."""
    way = {}
    for entry in bench.read.entries(0, 100_000):
        event, facts = msgpack.unpackb(entry.body)[3:]
        if event == "stock-sent":
            way[facts["parcel"]] = facts["amount"]
        elif event in ("stock-arrived", "stock-taken-back"):
            assert way.pop(facts["parcel"]) == facts["sent"]
    return way


@define
class Sent:
    """A parcel on its way."""

    site: str
    to: str
    amount: int
    damaged: bool
    about: str


@define
class Outside:
    """Cards that a reading of the printer's counter told of: they went before it."""

    read_ms: int
    cards: int
    open: set[str]  # days whose counts may have seen them gone, or not


@define
class Site:
    """What is known of a site's blanks, and when it was so."""

    facts: list[tuple[int, int]]  # (when, blanks that came or went)
    counts: dict[str, tuple[int, int]]  # day -> (when, what a person found)
    outside: list[Outside]
    unread: set[str]  # days with a count since the last reading

    def blanks(self) -> int:
        """Told from the beginning: a count is what was there. Cards of which nobody knows whether they went before it
        are what it missed, as far as it did."""
        have, since, left = 0, -1, [group.cards for group in self.outside]
        for day, (at_ms, found) in sorted(self.counts.items(), key=lambda item: item[1]):
            have += sum(blanks for when, blanks in self.facts if since < when <= at_ms)
            for n, group in enumerate(self.outside):
                if day not in group.open and group.read_ms <= at_ms:
                    have, left[n] = have - left[n], 0
            for n, group in enumerate(self.outside):
                if day in group.open:
                    here = min(max(have - found, 0), left[n])
                    have, left[n] = have - here, left[n] - here
            have, since = found, at_ms
        return have + sum(blanks for when, blanks in self.facts if when > since) - sum(left)


class StockMachine(RuleBasedStateMachine):
    """People and printers at two sites, one stock."""

    @initialize()
    def begin(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="stock-machine-"))
        self.bench = Bench(open_book(self.directory / "spool"))
        self.sites = {site: Site([], {}, [], set()) for site in SITES}
        self.damaged = dict.fromkeys(SITES, 0)
        self.loaded = dict.fromkeys(SITES, 0)
        self.parcels: dict[str, Sent] = {}
        self.way: dict[str, list[tuple[str, int]]] = {site: [] for site in SITES}  # by sender: (day, blanks)
        self.missed = dict.fromkeys(SITES, 0)
        self.counter = dict.fromkeys(SITES, 100)  # of the device
        self.known = dict.fromkeys(SITES, 100)  # what of it has been accounted for
        self.answers = dict.fromkeys(SITES, 0)  # cards that an officer called spoiled since the last reading
        self.closed: dict[str, str] = {}
        self.sheets: dict[tuple[str, str], object] = {}
        self.days: set[str] = set()
        self.tickets: dict[str, tuple[StockMove, Booked]] = {}
        self.seen: dict[str, int] = {}  # cards that only the device and the person at its panel know of
        self.epochs = {site: self.bench.attach(PRINTERS[site]) for site in SITES}
        self.n = 0

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            assert verify(self.bench.read) is None
            self.bench.store.close()
            shutil.rmtree(self.directory)

    def have(self, site: str) -> int:
        return self.sites[site].blanks()

    def today(self) -> str:
        return local_day(self.bench.wall + 1000, OFFSET * HOUR)

    def booked_day(self, site: str, about: str) -> str:
        closed = self.closed.get(site, "")
        if about > closed:
            return about
        return max(self.today(), local_day(_midnight(closed) + 24 * HOUR, 0))

    @rule(
        act=st.sampled_from(list(Act)), site=sites, amount=st.integers(1, 60), damaged=st.booleans(),
        back=st.sampled_from([0, 0, 0, 1, 1, 2, 5]), repeat=st.integers(0, 5),
    )  # fmt: skip
    def move(self, act: Act, site: str, amount: int, damaged: bool, back: int, repeat: int) -> None:
        if self.tickets and repeat == 0:
            first, answer = next(reversed(self.tickets.values()))
            again = self.bench.one(first)
            assert isinstance(again, Booked)
            assert (again.repeat, again.day, again.late, again.parcel) == (
                True, answer.day, answer.late, answer.parcel,
            )  # fmt: skip
            return
        other = SITES[1 - SITES.index(site)]
        about = local_day(_midnight(self.today()) - back * 24 * HOUR, 0) if back else None
        self.n += 1
        pile = Pile.SPOILED if damaged and act in (Act.TRANSFER, Act.RETURN, Act.DESTROY) else Pile.BLANK
        command = StockMove(
            "kantor", f"t{self.n}", act, site, STOCK, amount, pile,
            to=other if act is Act.TRANSFER else None,
            printer=PRINTERS[site] if act in (Act.LOAD, Act.UNLOAD) else None,
            stage="chip" if act is Act.SPOIL else None,
            day=about,
        )  # fmt: skip
        outcome = self.bench.one(command)
        room = {Act.RECEIVE: amount, Act.UNLOAD: self.loaded[site]}.get(act, self.have(site) - self.loaded[site])
        if pile is Pile.SPOILED:
            room = self.damaged[site]
        if amount > room:
            assert isinstance(outcome, Problem)
            assert outcome.code == "bad-value"
            return
        assert isinstance(outcome, Booked), outcome
        self.tickets[command.ticket] = command, outcome
        self.days.add(outcome.day)
        assert outcome.day == self.booked_day(site, about or self.today())
        assert outcome.late == ((about or self.today()) <= self.closed.get(site, ""))
        add = self.damage if pile is Pile.SPOILED else partial(self.add, about=about)
        if act is Act.RECEIVE:
            add(site, amount)
        elif act is Act.TRANSFER:
            add(site, -amount)
            assert outcome.parcel not in (None, *self.parcels)
            damaged = pile is Pile.SPOILED
            self.parcels[outcome.parcel] = Sent(site, other, amount, damaged, about or self.today())
            if not damaged:
                self.way[site].append((outcome.day, amount))
        elif act in (Act.LOAD, Act.UNLOAD):
            self.loaded[site] += amount if act is Act.LOAD else -amount
        else:
            add(site, -amount)
            self.damaged[site] += amount if act is Act.SPOIL else 0

    @precondition(lambda self: self.parcels)
    @rule(
        data=st.data(), taken_back=st.booleans(), exactly=st.booleans(), found=st.integers(0, 70),
        back=st.sampled_from([0, 0, 0, 1, 2]), by=st.sampled_from(["rudi", "wati"]),
    )  # fmt: skip
    def open_parcel(self, data: st.DataObject, taken_back: bool, exactly: bool, found: int, back: int, by: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.parcels)))
        sent = self.parcels[name]
        site = sent.site if taken_back else sent.to
        found = sent.amount if exactly else found
        about = local_day(_midnight(self.today()) - back * 24 * HOUR, 0) if back else None
        before = len(self.incidents())
        command = OpenParcel(by, site, name, found, about)
        outcome = self.bench.one(command)
        if (about or self.today()) < sent.about:
            assert isinstance(outcome, Problem), "it was not sent yet"
            return
        assert isinstance(outcome, Booked), outcome
        assert (outcome.day, outcome.parcel) == (self.booked_day(site, about or self.today()), name)
        self.days.add(outcome.day)
        del self.parcels[name]
        if sent.damaged:
            self.damage(site, found)
        else:
            self.add(site, found, about)
            self.missed[site] += sent.amount - found
            self.way[sent.site].append((self.booked_day(sent.site, about or self.today()), -sent.amount))
        told = [facts for facts in self.incidents()[before:] if facts["reason"] == "parcel"]
        wanted = [(found - sent.amount, by, "kantor", name)] if found != sent.amount else []
        assert [(f["amount"], f["actor"], f["sender"], f["parcel"]) for f in told] == wanted, "with both names, once"
        again = self.bench.one(command)
        assert isinstance(again, Booked)
        assert (again.repeat, again.day, again.late) == (True, outcome.day, outcome.late)
        other = self.bench.one(OpenParcel(by, sent.to if taken_back else sent.site, name, found))
        assert isinstance(other, Problem)
        assert other.code == "too-late", "nobody opens it twice"

    def incidents(self) -> list[dict[str, Any]]:
        entries = (msgpack.unpackb(entry.body)[3:] for entry in self.bench.read.entries(0, 100_000))
        return [facts for event, facts in entries if event == "incident"]

    def add(self, site: str, amount: int, about: str | None) -> None:
        """Blanks came or went; who counted after the day that this is about began has seen it."""
        when = self.bench.wall if about is None else _midnight(about) - OFFSET * HOUR
        self.sites[site].facts.append((when, amount))

    def damage(self, site: str, amount: int) -> None:
        self.damaged[site] += amount

    @rule(site=sites, cards=st.integers(1, 3))
    def somebody_prints_from_the_panel(self, site: str, cards: int) -> None:
        self.counter[site] += cards

    @rule(
        site=sites,
        how=st.sampled_from(["printed", "printed", "not-printed", "resolved-printed", "resolved-spoiled",
                             "resolved-no-card"]),
        moved=st.booleans(),
    )  # fmt: skip
    def card(self, site: str, how: str, moved: bool) -> None:
        """A whole card; `moved`: a card that was in doubt moved the counter."""
        self.n += 1
        (submitted,) = self.bench.apply(
            selftest(f"job{self.n}", kind="ktp", stock=STOCK, site=site, destination=f"site:{site}")
        ).outcomes
        assert isinstance(submitted, Submitted)
        job, printer, epoch = submitted.job, PRINTERS[site], self.epochs[site]
        serial = f"SIM-{printer}"
        job = self.bench.step(Claim(job.id, 1, printer, epoch))
        outside = max(0, self.counter[site] - self.known[site] - self.answers[site])
        if serial not in self.seen:
            outside = 0  # the first reading: what was before it nobody can know
        self.seen[serial] = 1
        job = self.bench.step(Intend(job.id, job.version, printer, epoch, serial, self.counter[site]))
        here = self.sites[site]
        here.outside.append(Outside(self.bench.wall, outside, here.unread))
        here.unread = set()
        self.loaded[site] = max(0, self.loaded[site] - outside)
        self.known[site], self.answers[site] = self.counter[site], 0
        verdict = {"printed": Verdict.PRINTED, "not-printed": Verdict.NOT_PRINTED}.get(how, Verdict.UNKNOWN)
        if how == "printed" or (how == "resolved-printed") or (how == "resolved-spoiled" and moved):
            self.counter[site] += 1
        reading = self.counter[site] if verdict is not Verdict.UNKNOWN else None
        job = self.bench.step(Settle(job.id, job.version, printer, epoch, Judgement(verdict, "row"), reading))
        if verdict is Verdict.PRINTED:
            self.known[site] = self.counter[site]
            self.use(site, 1)
        if verdict is Verdict.UNKNOWN:
            before = self.have(site)
            self.bench.step(Resolve(job.id, job.version, JobEvent(how), "sari"))
            if how != "resolved-no-card":
                self.answers[site] = 1
                self.use(site, 1)
            if how == "resolved-spoiled":
                self.damaged[site] += 1
            assert before - self.have(site) == (how != "resolved-no-card")

    def use(self, site: str, blanks: int) -> None:
        self.sites[site].facts.append((self.bench.wall, -blanks))
        self.loaded[site] = max(0, self.loaded[site] - blanks)

    @rule(site=sites, found=st.integers(0, 100), exactly=st.booleans())
    def count(self, site: str, found: int, exactly: bool) -> None:
        found = max(0, self.have(site)) if exactly else found
        outcome = self.bench.one(StockCount("hasan", site, STOCK, found))
        assert isinstance(outcome, Booked), outcome
        assert outcome.blanks == found, "nothing is in doubt between cards"
        here = self.sites[site]
        here.counts[outcome.day] = self.bench.wall, found
        for group in here.outside:
            group.open.discard(outcome.day)  # gone by this count, whatever the one before it on this day had seen
        if f"SIM-{PRINTERS[site]}" in self.seen:
            here.unread.add(outcome.day)

    @rule(site=sites, back=st.integers(0, 2))
    def close(self, site: str, back: int) -> None:
        day = local_day(_midnight(self.today()) - back * 24 * HOUR, 0)
        (stock,) = self.bench.read.stock(site)
        outcome = self.bench.one(CloseDay("hasan", site, day))
        if day <= self.closed.get(site, ""):
            assert isinstance(outcome, Problem) or outcome.repeat  # type: ignore[attr-defined]
        elif any(earlier < day for earlier in stock.open_days):
            assert isinstance(outcome, Problem)
        else:
            assert outcome == Booked(site, day)
            self.closed[site] = day
            self.sheets[site, day] = self.frozen(site, day)

    def frozen(self, site: str, day: str) -> object:
        book = self.bench.read.book_day(site, day)
        return book.sums, book.marks, book.closed_by, book.closed_ms

    @rule(hours=st.sampled_from([1, 7, 24, 30]))
    def time_goes_by(self, hours: int) -> None:
        self.bench.wall += hours * HOUR

    @rule()
    def reopen(self) -> None:
        wall = self.bench.wall
        self.bench.store.close()
        self.bench = Bench(open_book(self.directory / "spool"))
        self.bench.wall = wall
        self.epochs = {site: self.bench.attach(PRINTERS[site]) for site in SITES}

    @invariant()
    def the_book_balances(self) -> None:
        if not hasattr(self, "bench"):
            return
        read = self.bench.read
        for site in SITES:
            for stock in read.stock(site)[0].holdings:
                assert (stock.blanks, stock.spoiled, sum(n for _, n in stock.loaded)) == (
                    self.have(site), self.damaged[site], self.loaded[site],
                )  # fmt: skip
        assert read_alone(self.bench) == {site: self.have(site) for site in SITES}
        on_the_way = {name: sent.amount for name, sent in self.parcels.items()}
        assert read_the_way(self.bench) == on_the_way
        assert {p.parcel: p.amount for site in read.stock(None) for p in site.sent} == on_the_way
        assert {p.parcel: p.amount for site in read.stock(None) for p in site.coming} == on_the_way
        self.days |= {self.today(), *(self.booked_day(site, self.today()) for site in SITES)}
        for site in SITES:
            opening = missed = 0
            for day in sorted(self.days | {local_day(_midnight(min(self.days)) - 24 * HOUR, 0)}):
                for _, sums in read.book_day(site, day).sums:
                    of: Line = line(STOCK, sums)
                    assert of.opening == opening, (site, day)
                    assert of.on_the_way == sum(blanks for when, blanks in self.way[site] if when <= day), (site, day)
                    opening = carried(sums)
                    missed += of.missed
            assert (opening, missed) == (self.have(site), self.missed[site])
        for (site, day), signed in self.sheets.items():
            assert self.frozen(site, day) == signed, "a day that was signed does not change"


def _midnight(day: str) -> int:
    """The beginning of the day in the site's own time, as if that were UTC."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


TestStockMachine = StockMachine.TestCase
TestStockMachine.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
