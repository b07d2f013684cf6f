"""Jobs that wait get another place: their age stays, and what was begun at a site stays there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spooler.model.job import JobState
from spooler.model.queue_commands import Move, Reorder
from spooler.model.verdict import Verdict
from store_contract import Bench
from test_store_embedded import open_spool

SITE, OTHER = "21.71.11", "21.71.01"
HERE = [(f"site:{SITE}", "selftest")]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = open_spool(tmp_path / "spool")
    yield Bench(store)
    store.close()


def move(job, site=OTHER, destination=None):
    return Move(job.id, job.version, "chief", site, destination or f"site:{site}", 40_000)


def test_a_priority_is_a_distance_from_the_age_that_stays(bench: Bench) -> None:
    job = bench.submit("a")
    high = bench.step(Reorder(job.id, job.version, "officer", 90))
    assert (high.fair_start, high.rank) == (job.fair_start, job.fair_start - 40 * 6_000)
    assert bench.step(Reorder(job.id, high.version, "officer", 50)).rank == job.rank
    bench.refused(Reorder(job.id, job.version, "officer", 60), "stale")


def test_a_moved_job_is_counted_where_it_is(bench: Bench) -> None:
    job = bench.submit("a")
    there = bench.step(move(job))
    assert bench.read.counts() == {(OTHER, "pending"): 1}
    assert [found.id for found in bench.read.heads(f"site:{OTHER}", ("selftest",), None, 9)] == [job.id]
    assert bench.read.heads(f"site:{SITE}", ("selftest",), None, 9) == []
    assert bench.step(move(there, SITE)).rank == job.rank  # there and back: as if nothing had been
    bench.refused(move(job), "stale")


def test_a_job_that_was_begun_stays_at_the_site_whose_book_has_the_blank(bench: Bench) -> None:
    bench.attach()
    job = bench.settle(bench.intend(bench.claim(bench.submit("a"))), Verdict.NOT_PRINTED)
    assert (job.state, job.attempt) == (JobState.PENDING, 1)
    bench.refused(move(job), "too-late")
    assert bench.step(move(job, SITE, "printer:SGL-2")).destination == "printer:SGL-2"


def test_what_a_printer_has_is_not_moved(bench: Bench) -> None:
    bench.attach()
    job = bench.claim(bench.submit("a"))
    bench.refused(move(job), "too-late")
    bench.refused(Reorder(job.id, job.version, "officer", 90), "too-late")


def test_a_standing_counts_what_goes_before(bench: Bench) -> None:
    jobs = [bench.submit(str(n), flow=str(n), priority=50 - n) for n in range(5)]
    assert [bench.read.standing(job, HERE).ahead for job in jobs] == [0, 1, 2, 3, 4]
    assert bench.read.standing(jobs[4], HERE).machine_ms == 4 * 40_000
