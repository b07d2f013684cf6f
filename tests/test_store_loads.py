"""What waits and what lies in the spool, by site and submitter: exact whatever happens, in each home of a payload."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from loads_counted import loads_are_true
from spooler.model.commands import Change, Resolve, Shred
from spooler.model.correction import Correct
from spooler.model.job import JobEvent
from spooler.model.problem import Problem
from spooler.model.queue_commands import Move
from spooler.model.verdict import Verdict
from spooler.store import Submitted
from store_contract import DAY, Bench, selftest
from test_store_embedded import everything_in_segments, open_spool

SITE, OTHER = "21.71.11", "21.71.01"
BUSY = Problem("busy", "full", retry_after_ms=1000)


@pytest.fixture(params=["rows", "segments"])
def spool(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if request.param == "segments":
        everything_in_segments(monkeypatch)
    return tmp_path / "spool"


@pytest.fixture
def bench(spool: Path) -> Iterator[Bench]:
    store = open_spool(spool)
    yield Bench(store)
    store.close()


def test_a_job_counts_until_it_has_ended_and_its_bytes_until_they_are_shredded(bench: Bench, spool: Path) -> None:
    first = bench.submit("a")
    bench.submit("b", submitter="school", site=OTHER, destination=f"site:{OTHER}")
    found = loads_are_true(spool)
    assert {key: jobs for key, (jobs, _) in found.items()} == {(SITE, "counter"): 1, (OTHER, "school"): 1}
    size = found[SITE, "counter"][1]
    assert size > 50
    bench.change(first, JobEvent.CANCELED)
    assert loads_are_true(spool)[SITE, "counter"] == (0, size)
    bench.wall += 3 * DAY
    bench.one(Shred())
    assert set(loads_are_true(spool)) == {(OTHER, "school")}
    assert {(load.site, load.jobs) for load in bench.read.loads()} == {(SITE, 0), (OTHER, 1)}


def test_a_moved_job_is_the_other_sites_load(bench: Bench, spool: Path) -> None:
    job = bench.submit("a")
    before = loads_are_true(spool)[SITE, "counter"]
    bench.step(Move(job.id, job.version, "chief", OTHER, f"site:{OTHER}", 40_000))
    assert loads_are_true(spool) == {(OTHER, "counter"): before}


def test_a_corrected_answer_makes_it_wait_again(bench: Bench, spool: Path) -> None:
    bench.attach()
    job = bench.settle(bench.intend(bench.claim(bench.submit("a"))), Verdict.UNKNOWN)
    ended = bench.step(Resolve(job.id, job.version, JobEvent.RESOLVED_PRINTED, "officer"))
    assert loads_are_true(spool)[SITE, "counter"][0] == 0
    bench.step(Correct(ended.id, ended.version, "no-card", "chief"))
    assert loads_are_true(spool)[SITE, "counter"][0] == 1


def test_what_a_transaction_tells_adds_up_to_the_table(bench: Bench, spool: Path) -> None:
    told: Counter[tuple[str, str]] = Counter()
    sizes: Counter[tuple[str, str]] = Counter()
    jobs = []
    for n in range(6):
        applied = bench.apply(*(selftest(f"{n}-{i}", submitter=f"s{i}") for i in range(3)))
        jobs += [outcome.job for outcome in applied.outcomes if isinstance(outcome, Submitted)]
        for c in applied.loads:
            assert (c.jobs_came, c.jobs_went, c.bytes_went) == (1, 0, 0)
            told[c.site, c.submitter] += c.jobs_came
            sizes[c.site, c.submitter] += c.bytes_came
    gone = bench.apply(*(Change(job.id, job.version, JobEvent.CANCELED, "officer") for job in jobs[:7]))
    assert sum(c.jobs_went for c in gone.loads) == 7
    for c in gone.loads:
        told[c.site, c.submitter] -= c.jobs_went
    assert {key: (told[key], sizes[key]) for key in told} == loads_are_true(spool)


def test_over_the_mark_a_known_ticket_gets_its_first_answer_and_a_new_one_leaves_nothing(bench: Bench) -> None:
    job = bench.submit("a", authorisation="right")
    again = bench.one(selftest("a", authorisation="right", busy=BUSY))
    assert again == Submitted(job, repeat=True)
    assert bench.refused(selftest("a", authorisation="other", busy=BUSY), "conflict")
    bench.refused(selftest("b", authorisation="right", busy=BUSY), "busy")
    bench.refused(selftest("c", busy=BUSY), "busy")
    assert bench.submit("c").id != job.id, "the ticket was not used up"


def test_it_is_as_true_after_a_restart(spool: Path) -> None:
    bench = Bench(open_spool(spool))
    jobs = [bench.submit(str(n)) for n in range(5)]
    bench.change(jobs[0], JobEvent.CANCELED)
    before = bench.read.loads()
    bench.store.close()
    again = Bench(open_spool(spool))
    assert again.read.loads() == before
    loads_are_true(spool)
    again.store.close()
