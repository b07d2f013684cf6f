"""One round: lives of the spooler with misfortunes, then quiet, and then the judge."""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import define, evolve, field

from spooler.client import BlockingClient, ConnectionLost, ServerError, connect

from .blanks import Blanks, inside, judge_blanks, used
from .city import STOCK, City, Layout, Printers, Spooler, printers
from .judge import Asked, Lies, Said, judge, listen, table
from .moves import Moves, ask_for_second_cards, judge_moves
from .people import Desk, Officer, Person
from .schedule import KILLS, Life, Plan

DRAIN_SECONDS: Final = 90.0  # of quiet, on a busy machine
END_SECONDS: Final = 30.0
AFTERMATH_SECONDS: Final = 0.7
LIFE_SECONDS: Final = 20.0  # for a blow to find its moment, on a busy machine
_FINAL: Final = frozenset({"completed", "canceled", "aborted"})


@define
class Outcome:
    """What became of a round."""

    plan: Plan
    seconds: float = 0.0
    violations: list[str] = field(factory=list)
    reached: Counter[str] = field(factory=Counter)  # misfortunes that struck
    counts: Counter[str] = field(factory=Counter)  # cards, verdicts, answers …
    timeline: list[str] = field(factory=list)
    folder: Path | None = None  # kept where something is wrong


class Round:
    """Runs a plan."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        self._folder = folder
        self._layout = Layout(plan.places)
        self._begun = time.monotonic()
        self.outcome = Outcome(plan)

    def say(self, what: str) -> None:
        self.outcome.timeline.append(f"{time.monotonic() - self._begun:7.3f} {what}")

    def run(self) -> None:
        """To the end; everything that is wrong is in the outcome."""
        with printers(self._folder, len(self._plan.ribbons)) as machines:
            city = City(self._folder, machines.ports, self._plan.ribbons, self._layout)
            desk = Desk(city.address, self.say, self._plan.steps, self._layout)
            officer = Officer(city.address, self.say, machines, lambda: {v: k for k, v in desk.acknowledged.items()})
            with _at_work(desk, officer):
                for life in self._plan.lives:
                    self._live(city, machines, desk, life)
                self._quiet(city, machines, desk)
            for person in (desk, officer):
                if person.fault is not None:
                    raise person.fault
            self._judge(city, machines, desk)
        self.outcome.counts.update(desk.counts)
        self.outcome.counts.update({f"answered-{answer}": n for answer, n in officer.answers.items()})

    # -- lives -------------------------------------------------------------------------------------------------

    def _live(self, city: City, machines: Printers, desk: Desk, life: Life) -> None:
        """Until its misfortune has struck and has had some time, or has nothing more to strike at."""
        self.say(f"a life: {life.name}")
        spooler = city.start(life.injection)
        for printer, blow in life.blows:
            machines.order(printer, "arm", **(blow | {"pid": spooler.process.pid}))
        until = time.monotonic() + (LIFE_SECONDS if life.seconds is None else life.seconds)
        waiting = life.seconds is None
        while spooler.alive and time.monotonic() < until:
            time.sleep(0.05)
            if waiting and (self._struck(city, machines, spooler, life) or self._nothing_left(city, desk)):
                waiting = False
                until = time.monotonic() + AFTERMATH_SECONDS
        machines.all("disarm")
        self._note_end(city, spooler, life)

    def _struck(self, city: City, machines: Printers, spooler: Spooler, life: Life) -> bool:
        if life.injection is not None:
            return city.injected(life.injection, spooler)
        return not any(machines.order(printer, "look")["armed"] for printer, _ in life.blows)

    def _nothing_left(self, city: City, desk: Desk) -> bool:
        return not desk.is_alive() and self._open_jobs(city) == []

    def _note_end(self, city: City, spooler: Spooler, life: Life) -> None:
        opened_anew = "the store is dead; it is opened anew" in city.log.read_text()
        if (
            life.injection is not None
            and city.injected(life.injection, spooler)
            and (life.injection.name != "fsync-eio" or opened_anew)  # it may have struck at the opening
        ):
            self.outcome.reached[life.injection.name] += 1
        if not spooler.alive:
            code = spooler.process.wait()
            self.say(f"the spooler is gone: {code}")
            # one whose disk refuses while it opens its spool says so and ends
            if code not in ((1,) if life.injection is not None and not life.injection.kills else (-9,)):
                self.outcome.violations.append(f"the spooler fell over with {code}")
        elif life.killed:
            spooler.kill()
            self.outcome.reached["kill-random"] += 1
            self.say("the spooler is killed")
        else:
            self._end(spooler, may_be_killed=life.injection is not None and life.injection.kills)

    def _end(self, spooler: Spooler, *, may_be_killed: bool = False) -> None:
        """Ask it to end; a blow that was meant for its life may fall just then."""
        if not spooler.end(END_SECONDS):
            self.outcome.violations.append("the spooler did not end when it was asked to")
        elif spooler.process.returncode != 0 and not (may_be_killed and spooler.process.returncode == -9):
            self.outcome.violations.append(f"the spooler ended with {spooler.process.returncode}")
        self.say("the spooler has ended")

    # -- quiet -------------------------------------------------------------------------------------------------

    def _quiet(self, city: City, machines: Printers, desk: Desk) -> None:
        """Everything is mended by now, or mends itself; what was taken is printed or answered for."""
        self.say("quiet")
        spooler = city.start()
        if not spooler.ready:
            self.outcome.violations.append("the spooler does not start")
            return
        until = time.monotonic() + DRAIN_SECONDS
        while True:
            open_jobs = self._open_jobs(city)
            if not desk.is_alive() and open_jobs == []:
                break
            if time.monotonic() > until:
                self.outcome.violations.append(f"it does not drain: {open_jobs}; printers {machines.all('look')}")
                break
            time.sleep(0.2)
        try:
            with connect(city.address, "campaign", timeout=10) as client:
                refused, wrong = ask_for_second_cards(client, desk.second_cards())
                self.outcome.counts["second cards refused"] += refused
                self.outcome.violations += wrong
                for site in self._layout.sites:
                    self._count_and_sign(client, site, desk.received[site] - used(self._worlds(machines, site)))
        except (ConnectionLost, ServerError, OSError) as error:
            self.outcome.violations.append(f"the day cannot be counted and signed: {error}")
        self._end(spooler)

    def _worlds(self, machines: Printers, site: str) -> list[Path]:
        return [world for world in machines.folder.iterdir() if self._layout.site_of(world.name) == site]

    def _count_and_sign(self, client: BlockingClient, site: str, left: int) -> None:
        """An office's day ends: what is there by the feeders is counted, and the days are signed."""
        client.call("stock-count", {"site": site, "stock": STOCK, "amount": left})
        (book,) = client.call("stock", {"site": site})["sites"]
        for day in book["open_days"]:
            client.call("close-day", {"site": site, "day": day})

    def _open_jobs(self, city: City) -> list[str] | None:
        """What has not ended; None if nobody can tell."""
        try:
            with connect(city.address, "campaign", timeout=10) as client:
                jobs: list[dict[str, Any]] = client.call("jobs", {"limit": 1000})["jobs"]
        except (ConnectionLost, ServerError, OSError):
            return None
        return [f"{job['state']} {job['reason']}" for job in jobs if job["state"] not in _FINAL]

    # -- the judge ---------------------------------------------------------------------------------------------

    def _judge(self, city: City, machines: Printers, desk: Desk) -> None:
        stations = machines.all("look")
        for station in stations:
            self.outcome.reached.update(station["hits"])
        log = city.log.read_text()
        self.outcome.counts["stores opened anew"] += log.count("the store is dead; it is opened anew")
        quiet = {self._layout.name(number) for number, each in enumerate(stations) if _unharmed(each["hits"])}
        asked = Asked(
            desk.acknowledged, desk.authorisations, frozenset(desk.canceled),
            tuple(mark for station in stations for mark in station["ejected"]), frozenset(quiet),
            cancels=frozenset(desk.cancels),
        )  # fmt: skip
        said, lies = listen(city.spool, list(desk.authorisations), self._layout.sites), table(machines.folder)
        moves = Moves(self._layout, desk.asked, desk.moved, desk.numbers)
        self.outcome.violations += desk.violations + judge(said, lies, asked) + judge_moves(said, moves)
        for site in self._layout.sites:
            hits = [hit for n, name in enumerate(self._layout.printers) if self._layout.printers[name] == site
                    for hit in stations[n]["hits"]]  # fmt: skip
            worlds = self._worlds(machines, site)
            away = [world for world in worlds if world.name not in {station["serial"] for station in stations}]
            blanks = evolve(
                self._blanks(site, said, lies, desk.received[site], used(worlds), hits), inside=inside(away)
            )
            self.outcome.violations += [f"{site}: {wrong}" for wrong in judge_blanks(said.books[site], blanks)]
        self.outcome.counts["moved to another site"] += sum(event == "moved" and "to" in facts
                                                            for event, facts in said.events)  # fmt: skip
        self.outcome.counts.update(f"event-{event}" for event, _ in said.events)
        self.outcome.counts.update(f"row-{facts['row']}" for _, facts in said.events if "row" in facts)
        self.outcome.counts["cards"] += len(lies.good)
        self.outcome.counts["spoiled"] += len(lies.spoiled)
        self.outcome.counts["ejected unseen"] += len(asked.ejected)
        if self.outcome.violations:
            for number, station in enumerate(stations):
                self.say(f"printer {number + 1}: {station}")

    def _blanks(self, site: str, said: Said, lies: Lies, received: int, used: int, hits: list[str]) -> Blanks:
        """What became of a site's."""

        def booked(name: str) -> int:
            return sum(event == name and facts["site"] == site for event, facts in said.events)

        good = sum(self._layout.site_of(serial) == site for _, serial in lies.good)
        spoiled = sum(self._layout.site_of(serial) == site for _, serial in lies.spoiled)
        return Blanks(
            received, used, good, booked("inspected-spoiled"), spoiled,
            max(0, spoiled - booked("resolved-spoiled")),  # which of them nobody could see is judged ticket by ticket
            hits.count("counts-two"),
        )  # fmt: skip


def _unharmed(hits: list[str]) -> bool:
    """Whether nothing happened to a printer but the spooler's death: then its counter must settle every card."""
    return all(hit == "deaf" or hit in KILLS for hit in hits)


@contextmanager
def _at_work(*people: Person) -> Iterator[None]:
    for person in people:
        person.start()
    try:
        yield
    finally:
        for person in people:
            person.leave.set()
        for person in people:
            person.join(30)


def run(plan: Plan, *, keep: bool = False) -> Outcome:
    """Run a round in a folder of its own, which stays if something is wrong, or with `keep`."""
    folder = Path(tempfile.mkdtemp(prefix=f"crash-{plan.seed}-{plan.number}-"))
    begun = time.monotonic()
    it = Round(plan, folder)
    try:
        it.run()
    except Exception as error:  # noqa: BLE001 - a round that falls over is a finding, and the others go on
        it.outcome.violations.append(f"the round fell over: {type(error).__name__}: {error}")
    it.outcome.seconds = time.monotonic() - begun
    if it.outcome.violations or keep:
        it.outcome.folder = folder
    else:
        shutil.rmtree(folder)
    return it.outcome
