"""The tries of a job in the store: counted over printers and restarts, forgotten by a person alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from spooler.model.commands import Resolve
from spooler.model.job import Job, JobEvent, JobState
from spooler.model.verdict import Verdict
from spooler.store.tries import USED_UP
from store_contract import Bench, facts, selftest
from test_store_embedded import open_spool

MOST = 3


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = open_spool(tmp_path / "spool")
    yield Bench(store)
    store.close()


def tried(bench: Bench, job: Job, verdict: Verdict, hold_at: int | None, printer: str = "SGL-1") -> Job:
    """One card of a pending job, to its verdict."""
    bench.attach(printer)
    job = bench.intend(bench.claim(job, printer), printer, counter=8)
    return bench.step(evolve(bench.settle_command(job, verdict, printer), hold_at=hold_at))


def test_the_last_try_holds_the_job_with_a_reason_in_the_same_transaction(bench: Bench) -> None:
    job = bench.submit("a")
    for printer in ("SGL-1", "SGL-2"):
        job = tried(bench, job, Verdict.NOT_PRINTED, MOST, printer)
        assert (job.state, job.reason) == (JobState.PENDING, None)
        assert bench.heads() == [job.id]
    bench.attach()
    job = bench.intend(bench.claim(job), counter=8)
    applied = bench.apply(evolve(bench.settle_command(job, Verdict.NOT_PRINTED), hold_at=MOST))
    (held,) = applied.outcomes
    assert isinstance(held, Job)
    assert (held.state, held.reason, held.printer, held.attempt) == (JobState.PENDING_HELD, USED_UP, None, 3)
    assert bench.heads() == []
    assert bench.read.counts() == {("21.71.11", "pending-held"): 1}
    assert [(event, entry.get("reason")) for event, entry in facts(applied)] == [
        ("not-printed", None), ("held", USED_UP),
    ]  # fmt: skip
    assert facts(applied)[1][1]["actor"] == "press:SGL-1"
    assert bench.read.by_ticket("counter", "a") == held


def test_whoever_releases_it_gives_it_all_its_tries_again(bench: Bench) -> None:
    job = bench.submit("a")
    for _ in range(MOST):
        job = tried(bench, job, Verdict.NOT_PRINTED, MOST)
    job = bench.change(job, JobEvent.RELEASED)
    for _ in range(MOST):
        assert job.state is JobState.PENDING
        job = tried(bench, job, Verdict.NOT_PRINTED, MOST)
    assert job.state is JobState.PENDING_HELD
    assert job.attempt == 2 * MOST, "attempts are counted for ever"


def test_a_restart_forgets_no_try(tmp_path: Path) -> None:
    for n in range(MOST):
        store = open_spool(tmp_path / "spool")
        bench = Bench(store)
        (job,) = bench.jobs() or [bench.submit("a")]
        bench.wall += n * 100_000
        job = tried(bench, job, Verdict.NOT_PRINTED, MOST)
        store.close()
    assert job.state is JobState.PENDING_HELD


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.sampled_from(["link", "operator", "no-card", "release", "hold", "other"]), min_size=1, max_size=14
    ),
    st.integers(1, 4),
)  # fmt: skip
def test_only_tries_that_count_are_counted(
    tmp_path_factory: pytest.TempPathFactory, story: list[str], most: int
) -> None:
    """A doubt that an officer resolves as no card, and a card that waited for somebody, cost no try; another job's
    tries are its own."""
    store = open_spool(tmp_path_factory.mktemp("story") / "spool")
    try:
        bench = Bench(store)
        job, tries = bench.submit("a"), 0
        for n, what in enumerate(story):
            if what == "release" and job.state is JobState.PENDING_HELD:
                job, tries = bench.change(job, JobEvent.RELEASED), 0
            if what == "other":
                tried(bench, bench.submit(f"other{n}", priority=90), Verdict.NOT_PRINTED, most)
            if what == "hold" and job.state is JobState.PENDING:
                job = bench.change(job, JobEvent.HELD, "check-record")
            if job.state is not JobState.PENDING:
                continue
            if what == "link":
                job, tries = tried(bench, job, Verdict.NOT_PRINTED, most), tries + 1
            if what == "operator":
                job = tried(bench, job, Verdict.NOT_PRINTED, None)
            if what == "no-card":
                job = tried(bench, job, Verdict.UNKNOWN, most)
                job = bench.step(Resolve(job.id, job.version, JobEvent.RESOLVED_NO_CARD, "officer"))
            if what in ("link", "operator", "no-card"):
                expected = JobState.PENDING_HELD if what == "link" and tries == most else JobState.PENDING
                assert (job.state, job.reason) == (expected, USED_UP if expected is JobState.PENDING_HELD else None)
    finally:
        store.close()


def test_a_printed_card_and_a_doubt_hold_nothing(bench: Bench) -> None:
    job = tried(bench, bench.submit("a"), Verdict.PRINTED, 1)
    assert job.state is JobState.COMPLETED
    job = tried(bench, bench.submit("b"), Verdict.UNKNOWN, 1)
    assert (job.state, job.reason) == (JobState.PROCESSING_STOPPED, "inspect-card")
    assert bench.one(selftest("b"))
