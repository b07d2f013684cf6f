"""Pauses and the day's cards in the store: one write, exact in every order of events, there after a restart."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spooler.model.commands import Change, Claim, Resolve, Return
from spooler.model.gate import Pause, Paused, SetPause
from spooler.model.job import Job, JobEvent, JobState
from spooler.model.problem import Problem
from spooler.model.stock import local_day
from spooler.model.verdict import Verdict
from store_contract import DAY, Bench, facts, selftest
from test_store_embedded import open_spool

SITE = "21.71.11"
KEY = (SITE, "card-test")
LANE = (f"site:{SITE}", "selftest")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = open_spool(tmp_path / "spool")
    yield Bench(store)
    store.close()


def begun(bench: Bench) -> int:
    """Cards of today, as the store counts them."""
    (n,) = bench.read.begun(local_day(bench.wall, 7 * 3_600_000), [KEY])
    return n


def claim(bench: Bench, job: Job, most: int | None, printer: str = "SGL-1") -> Job | Problem:
    outcome = bench.one(Claim(job.id, job.version, printer, bench.epochs[printer], most))
    assert isinstance(outcome, Job | Problem)
    return outcome


def test_a_pause_is_one_write_with_one_entry_and_is_there_after_a_restart(tmp_path: Path) -> None:
    bench = Bench(open_spool(tmp_path / "spool"))
    bench.apply(*(selftest(f"{n}") for n in range(1000)))
    applied = bench.apply(SetPause("officer", SITE, "SGL-1", "maintenance"))
    since = applied.now_ms
    assert applied.outcomes == (Paused({"printer:SGL-1": Pause("maintenance", "officer", since)}),)
    assert facts(applied) == [
        ("paused", {"actor": "officer", "printer": "SGL-1", "reason": "maintenance", "site": SITE})
    ]  # fmt: skip
    assert applied.changed == ()
    assert bench.apply(SetPause("other", SITE, "SGL-1", "maintenance")).entries == ()
    bench.apply(SetPause("chief", SITE, None, "instructed"))
    bench.store.close()
    again = Bench(open_spool(tmp_path / "spool"))
    again.wall = bench.wall
    assert again.read.pauses()["printer:SGL-1"] == Pause("maintenance", "officer", since)
    assert set(again.read.pauses()) == {"printer:SGL-1", f"site:{SITE}"}
    resumed = again.apply(SetPause("chief", SITE), SetPause("chief", SITE))
    assert [event for event, _ in facts(resumed)] == ["resumed"]
    assert set(again.read.pauses()) == {"printer:SGL-1"}
    with pytest.raises(ValueError, match="closed list"):
        again.apply(SetPause("officer", SITE, "SGL-1", "lunch"))
    again.store.close()


@pytest.mark.parametrize("paused", [SetPause("o", SITE, "SGL-1", "quality"), SetPause("o", SITE, None, "quality")])
def test_once_a_pause_is_answered_no_claim_passes(bench: Bench, paused: SetPause) -> None:
    bench.attach()
    job = bench.submit("a")
    bench.one(paused)
    bench.refused(Claim(job.id, job.version, "SGL-1", bench.epochs["SGL-1"]), "busy")
    bench.one(SetPause("o", SITE, paused.printer))
    bench.claim(job)


def test_a_claim_over_the_ration_changes_nothing(bench: Bench) -> None:
    bench.attach("SGL-1")
    bench.attach("SGL-2")
    first, second = bench.submit("a"), bench.submit("b")
    applied = bench.apply(  # two printers that saw the same number, in one transaction
        Claim(first.id, 1, "SGL-1", bench.epochs["SGL-1"], 1), Claim(second.id, 1, "SGL-2", bench.epochs["SGL-2"], 1)
    )
    assert isinstance(applied.outcomes[0], Job)
    assert isinstance(applied.outcomes[1], Problem)
    bench.refused(Claim(second.id, second.version, "SGL-2", bench.epochs["SGL-2"], 1), "busy")
    assert begun(bench) == 1
    bench.wall += DAY
    assert isinstance(claim(bench, second, 1, "SGL-2"), Job)
    assert begun(bench) == 1


#: What can become of a job's card, step by step, and whether one counts in the end.
ROADS = {
    "returned": False, "held": False, "canceled": False, "aborted": False, "printed": True, "not-printed": False,
    "doubted": True, "resolved-printed": True, "resolved-spoiled": True, "resolved-no-card": False, "claimed": True,
}  # fmt: skip


def walk(bench: Bench, job: Job, road: str) -> None:
    epoch = bench.epochs["SGL-1"]
    match road:
        case "claimed":
            pass
        case "returned":
            bench.step(Return(job.id, job.version, "SGL-1", epoch))
        case "held" | "canceled" | "aborted":
            reason = {"held": "option-missing", "aborted": "bad-picture"}.get(road)
            bench.step(Change(job.id, job.version, JobEvent(road), "press:SGL-1", reason))
        case "printed" | "not-printed":
            bench.settle(bench.intend(job), Verdict(road))
        case _:
            doubted = bench.settle(bench.intend(job), Verdict.UNKNOWN)
            if road != "doubted":
                bench.step(Resolve(doubted.id, doubted.version, JobEvent(road), "officer"))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.lists(st.sampled_from([*ROADS, "restart"]), max_size=14))
def test_the_days_cards_are_those_that_were_not_surely_none(most: int, roads: list[str]) -> None:
    with TemporaryDirectory() as folder:
        bench = Bench(open_spool(Path(folder) / "spool"))
        bench.attach()
        cards = 0
        for n, road in enumerate(roads):
            if road == "restart":
                bench.store.close()
                wall, bench = bench.wall, Bench(open_spool(Path(folder) / "spool"))
                bench.wall = wall
                held = [job for job in bench.jobs() if job.state is JobState.PROCESSING]
                bench.attach()  # what was taken and not begun goes back
                cards -= len(held)
            else:
                taken = claim(bench, bench.submit(f"{n}"), most)
                assert isinstance(taken, Job) == (cards < most)
                if isinstance(taken, Job):
                    walk(bench, taken, road)
                    cards += ROADS[road]
            assert begun(bench) == cards <= most
        bench.store.close()


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 100)), max_size=30), st.integers(51, 100))
@settings(max_examples=40, deadline=None)
def test_the_urgent_jobs_of_a_lane_are_those_of_all_in_order(jobs: list[tuple[int, int]], least: int) -> None:
    with TemporaryDirectory() as folder:
        bench = Bench(open_spool(Path(folder) / "spool"))
        for n, (band, priority) in enumerate(jobs):
            bench.submit(f"{n}", band=band, priority=priority)
        bench.submit("elsewhere", destination="printer:SGL-1", priority=100)
        everything = bench.read.heads(LANE[0], [LANE[1]], None, 100)
        expected = [job for job in everything if job.band == 0 or job.priority >= least]
        assert bench.read.urgent(LANE, least, 100) == expected
        assert bench.read.urgent(LANE, least, 2) == expected[:2]
        bench.store.close()
