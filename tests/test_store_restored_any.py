"""Any past, any lost time, any order of what people do after a restore: never a second card for an authorisation.

What the property supposes is what docs/backup.md asks of people: the supervisor answers truly whether a job's card
exists, and the applications ask again for what they submitted in the lost time before the restored state ends. The
officer at the printer knows less: he may see no card where there was one.
"""

import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from spooler.model.commands import Change, Resolve
from spooler.model.job import FINAL, Job, JobEvent, JobState
from spooler.model.restored import EndRestored, FoundPrinted, ReleaseRestored
from spooler.model.verdict import Verdict
from spooler.store import Submitted, verify
from store_contract import HOUR, Bench, selftest
from test_store_restored import open_on

PEOPLE: Final = "ABC"
STAGES: Final = ("nothing", "waiting", "held", "claimed", "intended", "doubted", "printed", "canceled")
ACTS: Final = ("again", "other-ticket", "cancel", "officer", "supervisor", "print", "end")


class World:
    """The cards as they lie there, and a store."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.cards: Counter[str] = Counter()
        self.of_job: dict[str, str] = {}

    def ask(self, person: str, ticket: str) -> Job | None:
        outcome = self.bench.one(selftest(ticket, authorisation=person))
        if not isinstance(outcome, Submitted):
            return None
        self.of_job[outcome.job.id] = person
        return outcome.job

    def print(self, job: Job) -> None:
        self.bench.settle(self.bench.intend(self.bench.claim(job)), Verdict.PRINTED)
        self.cards[self.of_job[job.id]] += 1

    def live(self) -> list[Job]:
        return [job for job in self.bench.jobs() if job.state not in FINAL]


def to_stage(world: World, person: str, stage: str) -> None:
    if stage == "nothing":
        return
    bench, job = world.bench, world.ask(person, person)
    assert job is not None
    if stage == "held":
        bench.change(job, JobEvent.HELD, "check-record")
    elif stage == "canceled":
        bench.change(job, JobEvent.CANCELED)
    elif stage == "printed":
        world.print(job)
    elif stage != "waiting":
        job = bench.claim(job)
        if stage != "claimed":
            job = bench.intend(job)
        if stage == "doubted":
            bench.settle(job, Verdict.UNKNOWN)


def lose(world: World, person: str) -> None:
    """In the time that is lost the person gets a card, on whatever way leads there."""
    bench = world.bench
    job = bench.read.by_ticket("counter", person)
    if job is None or job.state is JobState.CANCELED:
        job = world.ask(person, f"{person}-lost")
        assert job is not None
    if job.state is JobState.PENDING_HELD:
        job = bench.change(job, JobEvent.RELEASED)
    if job.state is JobState.PROCESSING_STOPPED:
        job = bench.step(Resolve(job.id, job.version, JobEvent.RESOLVED_NO_CARD, "petugas"))
    if job.intent_open:
        job = bench.settle(job, Verdict.NOT_PRINTED)
    if job.state is JobState.PROCESSING:
        job = bench.settle(bench.intend(job), Verdict.NOT_PRINTED)
    if job.state is JobState.PENDING:
        world.print(job)


def act(world: World, what: str, person: str, n: int) -> None:
    bench = world.bench
    mine = [job for job in world.live() if world.of_job[job.id] == person]
    if what == "again":
        world.ask(person, person)
    elif what == "other-ticket":
        world.ask(person, f"{person}-{n}")
    elif what == "cancel":
        bench.apply(*(Change(job.id, job.version, JobEvent.CANCELED, "loket") for job in mine))
    elif what == "officer":
        for job in mine:
            if job.intent_open:
                seen = JobEvent.RESOLVED_PRINTED if world.cards[person] and n % 2 else JobEvent.RESOLVED_NO_CARD
                bench.apply(Resolve(job.id, job.version, seen, "petugas"))
    elif what == "supervisor":
        for job in bench.read.waiting(None, 100):
            if world.of_job[job.id] == person:
                exists = world.cards[person] > 0
                bench.apply(
                    FoundPrinted(job.id, job.version, "penyelia", "SGL-1", "SERIAL1")
                    if exists
                    else ReleaseRestored(job.id, job.version, "penyelia")
                )
    elif what == "print":
        for job in bench.read.heads("site:21.71.11", ("selftest",), None, 10):
            world.print(job)
    else:
        bench.apply(EndRestored("penyelia", ()))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    stages=st.tuples(*(st.sampled_from(STAGES) for _ in PEOPLE)),
    lost=st.sets(st.sampled_from(PEOPLE)),
    acts=st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(PEOPLE)), max_size=25),
)
@example(  # canceled while nobody knew, and asked for anew when all seemed well
    stages=("waiting", "nothing", "nothing"),
    lost={"A"},
    acts=[("cancel", "A"), ("end", "A"), ("other-ticket", "A"), ("print", "A")],
)
@example(  # the officer looks at a printer whose card was made at another try
    stages=("intended", "nothing", "nothing"), lost={"A"}, acts=[("officer", "A"), ("print", "A")]
)
@example(  # asked for again, and printed before anybody looked
    stages=("nothing", "nothing", "nothing"), lost={"A"}, acts=[("print", "A")]
)
def test_never_a_second_card(stages: tuple[str, ...], lost: set[str], acts: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Bench(open_on(Path(folder) / "spool")))
        world.bench.attach()
        for person, stage in zip(PEOPLE, stages, strict=True):
            to_stage(world, person, stage)
        world.bench.store.close()
        shutil.copytree(Path(folder) / "spool", Path(folder) / "copy")
        known = dict(world.of_job)
        world.bench = _reopened(Path(folder) / "spool", world.bench.wall)
        for person in sorted(lost):
            lose(world, person)
        world.bench.store.close()

        world.of_job = known
        world.bench = _reopened(Path(folder) / "copy", world.bench.wall + HOUR, adopt=True)
        for person in sorted(lost):  # the applications ask again
            world.ask(person, f"{person}-lost")
        for n, (what, person) in enumerate(acts):
            act(world, what, person, n)
            assert max(world.cards.values(), default=0) <= 1, (what, person)
        assert verify(world.bench.read) is None
        world.bench.store.close()


def _reopened(directory: Path, wall: int, *, adopt: bool = False) -> Bench:
    bench = Bench(open_on(directory, adopt=adopt, wall_ms=wall))
    bench.wall = wall
    bench.attach()
    return bench
