"""What the clock does to jobs that wait: a class ranked anew, a held job's time; with entries, and after a restart."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reprinting import order, printed
from spooler.model.commands import Change, ConfirmClock, SuspectClock
from spooler.model.holding import LONGEST_HOLD_MS, UNTIL, ReleaseDue
from spooler.model.job import Job, JobEvent, JobState
from spooler.model.policy import ClassRow, Rerank
from spooler.model.problem import Problem
from spooler.model.queue_commands import Express, Reorder
from spooler.store import Submitted
from store_contract import DAY, HOUR, WALL, Bench, facts, selftest
from test_store_embedded import open_spool

LANSIA = ClassRow("lansia", "2026-01-01", 70)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = open_spool(tmp_path / "spool")
    yield Bench(store)
    store.close()


def reopened(bench: Bench, tmp_path: Path) -> Bench:
    bench.store.close()
    later = Bench(open_spool(tmp_path / "spool"))
    later.wall = bench.wall
    return later


def place_of(bench: Bench, job: Job) -> tuple[int, int, int]:
    (now,) = bench.read.jobs([job.id])
    assert now is not None
    return now.priority, now.band, now.rank - now.fair_start


# -- classes


def test_waiting_jobs_of_a_class_go_where_the_table_puts_them_now(bench: Bench) -> None:
    assert bench.one(Rerank(LANSIA, 9)) == 0
    waiting = [bench.submit(f"w{n}", priority=70, priority_class="lansia", flow=str(n)) for n in range(3)]
    held = bench.change(bench.submit("h", priority=70, priority_class="lansia"), JobEvent.HELD, "check-record")
    other = bench.submit("o", priority=70)
    applied = bench.apply(Rerank(ClassRow("lansia", "2027-01-01", 80), 9))
    assert applied.outcomes == (4,)
    said = [told for event, told in facts(applied) if event == "reordered"]
    assert {told["job"] for told in said} == {job.id for job in (*waiting, held)}
    assert all((told["actor"], told["class"], told["was_priority"]) == ("policy", "lansia", 70) for told in said)
    assert {place_of(bench, job) for job in (*waiting, held)} == {(80, 1, -30 * 6_000)}
    assert place_of(bench, other) == (70, 1, -20 * 6_000)
    (still,) = bench.read.jobs([held.id])
    assert still is not None
    assert (still.state, still.reason) == (JobState.PENDING_HELD, "check-record")
    assert bench.apply(Rerank(ClassRow("lansia", "2027-01-01", 80), 9)).entries == ()


def test_what_a_person_has_put_elsewhere_stays_there(bench: Bench) -> None:
    bench.one(Rerank(LANSIA, 9))
    raised, express = (bench.submit(t, priority=70, priority_class="lansia", flow=t) for t in "ab")
    bench.step(Reorder(raised.id, raised.version, "officer", 90, "medical"))
    bench.step(Express(express.id, express.version, "chief", True, "travel"))
    assert bench.one(Rerank(ClassRow("lansia", "2027-01-01", 40), 9)) == 0
    assert place_of(bench, raised)[:2] == (90, 1)
    assert place_of(bench, express)[:2] == (70, 0)


def test_a_class_becomes_express_and_is_it_no_more(bench: Bench) -> None:
    bench.one(Rerank(LANSIA, 9))
    job = bench.submit("a", priority=70, priority_class="lansia")
    applied = bench.apply(Rerank(ClassRow("lansia", "2027-01-01", 70, "disaster"), 9))
    assert facts(applied)[0][1]["band"] == "express"
    assert place_of(bench, job)[:2] == (70, 0)
    assert bench.one(Rerank(ClassRow("lansia", "2027-02-01", 70), 9)) == 1
    assert place_of(bench, job)[:2] == (70, 1)


def test_a_pass_that_was_broken_off_goes_on_though_the_table_has_changed_again(bench: Bench, tmp_path: Path) -> None:
    """Two of five are at the first new place when the store is closed; all go on to the second."""
    bench.one(Rerank(LANSIA, 9))
    jobs = [bench.submit(f"w{n}", priority=70, priority_class="lansia", flow=str(n)) for n in range(5)]
    assert bench.one(Rerank(ClassRow("lansia", "2027-01-01", 80), 2)) == 2
    bench = reopened(bench, tmp_path)
    last = ClassRow("lansia", "2027-02-01", 60)
    counts = [bench.one(Rerank(last, 2)) for _ in range(3)]
    assert counts == [2, 2, 1]
    assert {place_of(bench, job)[0] for job in jobs} == {60}
    bench.store.close()


def test_a_ticket_of_a_class_is_the_same_job_after_the_table_has_changed(bench: Bench) -> None:
    job = bench.submit("a", priority=70, priority_class="lansia")
    again = bench.one(selftest("a", priority=80, band=0, express=None, priority_class="lansia"))
    assert isinstance(again, Submitted)
    assert (again.job.id, again.repeat) == (job.id, True)
    for changed in ({"priority_class": "hamil"}, {"priority": 70}, {"hold_until_ms": 1, "priority_class": "lansia"}):
        problem = bench.one(selftest("a", **changed))
        assert isinstance(problem, Problem)
        assert problem.code == "conflict"


def test_another_card_in_its_place_keeps_the_class(bench: Bench) -> None:
    bench.one(Rerank(LANSIA, 9))
    again = bench.step(order(printed(bench, "a", priority=70, priority_class="lansia")))
    assert (again.priority_class, again.priority) == ("lansia", 70)
    assert bench.one(Rerank(ClassRow("lansia", "2027-01-01", 80), 9)) == 1
    assert place_of(bench, again)[0] == 80


# -- express


def test_an_express_job_goes_first_with_a_name_and_a_reason(bench: Bench) -> None:
    first, second = (bench.submit(t, flow=t) for t in "ab")
    applied = bench.apply(Express(second.id, second.version, "chief", True, "medical"))
    ((event, told),) = facts(applied)
    assert (event, told["actor"], told["band"], told["why"]) == ("reordered", "chief", "express", "medical")
    assert bench.heads() == [second.id, first.id]
    (job,) = bench.read.jobs([second.id])
    assert job is not None
    again = bench.apply(Express(job.id, job.version, "chief", True, "medical"))
    assert (again.outcomes, again.entries) == ((job,), ()), "an answer that was lost is asked for again"
    bench.step(Express(job.id, job.version, "chief", False, "correction"))
    assert bench.heads() == [first.id, second.id]
    with pytest.raises(ValueError, match="closed list"):
        bench.apply(Express(job.id, job.version + 1, "chief", True, "because I say so"))


def test_a_submission_says_why_it_is_express(bench: Bench) -> None:
    applied = bench.apply(selftest("a", band=0, express="disaster", priority=90, priority_class="bencana"))
    ((_, told),) = facts(applied)
    assert (told["band"], told["why"], told["class"], told["priority"]) == ("express", "disaster", "bencana", 90)


# -- held until a time


def test_a_held_job_is_released_when_its_time_comes_and_not_before(bench: Bench) -> None:
    due = WALL + HOUR
    job = bench.submit("a", hold_until_ms=due)
    assert (job.state, job.reason, job.hold_until_ms) == (JobState.PENDING_HELD, UNTIL, due)
    forever = bench.change(bench.submit("b"), JobEvent.HELD, UNTIL)
    assert bench.read.next_due() == due
    bench.wall = due - 1001  # the bench's clock goes on by a second
    assert bench.one(ReleaseDue(9)) == 0
    applied = bench.apply(ReleaseDue(9))
    assert applied.outcomes == (1,)
    ((event, told),) = facts(applied)
    assert (event, told["job"], told["actor"], told["state"]) == ("released", job.id, "hold-until", "pending")
    assert bench.read.next_due() is None
    (released, still) = bench.read.jobs([job.id, forever.id])
    assert released is not None
    assert still == forever
    assert (released.state, released.reason, released.hold_until_ms) == (JobState.PENDING, None, None)
    bench.wall += 10 * DAY
    assert bench.one(ReleaseDue(9)) == 0


def test_after_a_restart_and_in_chunks(bench: Bench, tmp_path: Path) -> None:
    jobs = [bench.submit(f"{n}", hold_until_ms=WALL + HOUR + n, flow=str(n)) for n in range(5)]
    bench = reopened(bench, tmp_path)
    assert bench.read.next_due() == WALL + HOUR
    bench.wall = WALL + 2 * HOUR
    assert [bench.one(ReleaseDue(2)) for _ in range(3)] == [2, 2, 1]
    assert bench.heads() == [job.id for job in jobs]
    bench.store.close()


def test_while_the_clock_is_suspect_nothing_is_released(bench: Bench) -> None:
    bench.submit("a", hold_until_ms=WALL + HOUR)
    bench.wall += 2 * HOUR
    bench.apply(SuspectClock(2 * HOUR))
    assert bench.one(ReleaseDue(9)) == 0
    assert bench.one(Rerank(LANSIA, 9)) == 0
    bench.apply(ConfirmClock("officer"))
    assert bench.one(ReleaseDue(9)) == 1


def test_a_time_that_is_over_holds_nothing_and_a_late_repeat_is_the_first_answer(bench: Bench) -> None:
    job = bench.submit("a", hold_until_ms=WALL)
    assert (job.state, job.hold_until_ms) == (JobState.PENDING, None)
    early = bench.submit("b", hold_until_ms=WALL + HOUR)
    bench.wall += 2 * HOUR
    again = bench.one(selftest("b", hold_until_ms=WALL + HOUR))
    assert isinstance(again, Submitted)
    assert (again.job.id, again.repeat) == (early.id, True)


def test_a_hold_can_be_given_another_time_or_none(bench: Bench) -> None:
    job = bench.submit("a")

    def hold(until: int | None) -> Change:
        (now,) = bench.read.jobs([job.id])
        assert now is not None
        return Change(now.id, now.version, JobEvent.HELD, "officer", UNTIL, until_ms=until)

    assert bench.step(hold(bench.wall + HOUR)).hold_until_ms == bench.wall - 1000 + HOUR
    assert bench.step(hold(None)).hold_until_ms is None
    bench.refused(hold(bench.wall), "bad-value")
    bench.refused(hold(bench.wall + LONGEST_HOLD_MS + HOUR), "bad-value")
    checked = bench.change(bench.submit("b"), JobEvent.HELD, "check-record")
    bench.refused(Change(checked.id, checked.version, JobEvent.HELD, "officer", UNTIL), "too-late")


def test_what_is_held_for_another_reason_waits_for_both(bench: Bench) -> None:
    due = WALL + HOUR
    job = bench.submit("a", hold="check-record", hold_until_ms=due)
    assert (job.reason, job.hold_until_ms) == ("check-record", due)
    assert bench.read.next_due() is None
    late = bench.submit("b", hold="check-record", hold_until_ms=due, flow="b")
    applied = bench.apply(Change(job.id, job.version, JobEvent.RELEASED, "chief"))
    assert [event for event, _ in facts(applied)] == ["released", "held"]
    (held,) = bench.read.jobs([job.id])
    assert held is not None
    assert applied.outcomes == (held,)
    assert (held.state, held.reason, held.hold_until_ms) == (JobState.PENDING_HELD, UNTIL, due)
    bench.wall = due
    assert bench.one(ReleaseDue(9)) == 1
    assert bench.change(late, JobEvent.RELEASED).state is JobState.PENDING, "its time has come meanwhile"


def test_a_hold_that_ended_otherwise_leaves_no_date(bench: Bench) -> None:
    for event in (JobEvent.CANCELED, JobEvent.RELEASED):
        job = bench.submit(event, hold_until_ms=WALL + HOUR)
        assert bench.change(job, event).hold_until_ms is None
    assert bench.read.next_due() is None
