"""Corrections in the embedded store: the right answer counts, nothing is edited, and two cards are an incident."""

from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest

from reprinting import TODAY, answered, correct, doubted, entries, now, order, printed, spoiled
from spooler.model.card import CardState, Inspect
from spooler.model.commands import Change, Shred
from spooler.model.job import Job, JobEvent, JobState
from spooler.model.verdict import Verdict
from spooler.store import Submitted, verify
from store_contract import DAY, Bench, selftest
from test_store_embedded import everything_in_segments, open_spool


@pytest.fixture(params=["rows", "segments"])
def bench(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    if request.param == "segments":
        everything_in_segments(monkeypatch)
    store = open_spool(tmp_path / "spool")
    yield Bench(store)
    store.close()


@pytest.mark.parametrize(
    ("said", "right", "state", "cards"),
    [
        ("printed", "spoiled", JobState.ABORTED, [CardState.SPOILED]),
        ("printed", "no-card", JobState.PENDING, []),
        ("spoiled", "printed", JobState.COMPLETED, [CardState.PRINTED]),
        ("spoiled", "no-card", JobState.PENDING, []),
        ("no-card", "printed", JobState.COMPLETED, [CardState.PRINTED]),
        ("no-card", "spoiled", JobState.ABORTED, [CardState.SPOILED]),
    ],
)
def test_a_corrected_job_is_where_the_right_answer_puts_it(
    bench: Bench, said: str, right: str, state: JobState, cards: list[CardState]
) -> None:
    stages: dict[str, str | None] = {"spoiled": "print"}
    job = answered(bench, doubted(bench), JobEvent(f"resolved-{said}"), stages.get(said))
    before = bench.read.entries(0, 1000)
    bench.refused(correct(job, said, stages.get(said)), "bad-value")
    moved = bench.step(correct(job, right, stages.get(right)))
    assert (moved.state, moved.key) == (state, job.key)
    assert [card.state for card in bench.read.cards(job.id)] == cards
    after = bench.read.entries(0, 1000)
    assert after[: len(before)] == before, "nothing is edited"
    assert len(after) == len(before) + 1
    entry = msgpack.unpackb(after[-1].body)[4]
    assert (entry["was"], entry["answer"], entry["actor"], entry["attempt"]) == (said, right, "chief", 1)
    assert {"stock", "printer", "serial", "site"} <= set(entry)
    assert bench.read.counts() == {("21.71.11", state.value): 1}
    problem = bench.refused(selftest("other", authorisation="a1"), "authorisation-spent")
    assert dict(problem.details)["state"] == state
    assert bench.heads() == ([job.id] if state is JobState.PENDING else [])
    assert bench.one(selftest("t1", authorisation="a1")) == Submitted(moved, repeat=True)
    assert verify(bench.read) is None


def test_a_correction_may_be_corrected(bench: Bench) -> None:
    job = answered(bench, doubted(bench), JobEvent.RESOLVED_PRINTED)
    job = bench.step(correct(job, "spoiled", "print"))
    job = bench.step(correct(job, "printed"))
    assert job.state is JobState.COMPLETED
    assert entries(bench, "incident") == []


def test_what_the_machine_saw_is_no_answer(bench: Bench) -> None:
    bench.refused(correct(printed(bench), "no-card"), "too-late")
    job = printed(bench, "t2", authorisation="a2")
    job = bench.step(Inspect(job.id, job.version, False, "officer"))
    moved = bench.step(correct(job, "printed"))
    assert (moved.state, moved.reason) == (JobState.COMPLETED, None)
    assert bench.read.cards(job.id)[0].state is CardState.PRINTED


def test_a_card_after_all_beside_the_second_attempt_is_an_incident(bench: Bench) -> None:
    job = answered(bench, doubted(bench), JobEvent.RESOLVED_NO_CARD)
    job = bench.settle(bench.intend(bench.claim(job)), Verdict.PRINTED)
    bench.step(correct(job, "printed"))
    (incident,) = entries(bench, "incident")
    assert (incident["job"], incident["reason"], incident["actor"]) == (job.id, "two-cards", "chief")
    assert len(bench.read.cards(job.id)) == 2


def test_a_card_after_all_beside_its_replacement_is_an_incident(bench: Bench) -> None:
    job = spoiled(bench)
    new = bench.step(order(job, "spoiled-print"))
    bench.settle(bench.intend(bench.claim(new)), Verdict.PRINTED)
    bench.step(correct(now(bench, job), "printed"))
    (incident,) = entries(bench, "incident")
    assert (incident["job"], incident["other"]) == (job.id, new.id)


def test_a_replacement_that_is_canceled_in_time_makes_no_incident(bench: Bench) -> None:
    job = spoiled(bench)
    new = bench.step(order(job, "spoiled-print"))
    canceled, moved = bench.apply(
        Change(new.id, new.version, JobEvent.CANCELED, "chief"), correct(now(bench, job), "printed")
    ).outcomes
    assert isinstance(canceled, Job)
    assert isinstance(moved, Job)
    assert moved.state is JobState.COMPLETED
    assert entries(bench, "incident") == []
    problem = bench.refused(selftest("other", authorisation="a1"), "authorisation-spent")
    assert dict(problem.details) | {"submitted_ms": 0} == {
        "id": job.id, "site": "21.71.11", "submitted_ms": 0, "state": "completed",
    }  # fmt: skip


def test_a_second_card_that_a_supervisor_ordered_is_no_incident(bench: Bench) -> None:
    job = answered(bench, doubted(bench), JobEvent.RESOLVED_PRINTED)
    new = bench.step(order(job, "lost"))
    bench.settle(bench.intend(bench.claim(new)), Verdict.PRINTED)
    job = bench.step(correct(now(bench, job), "spoiled", "print"))
    bench.step(correct(job, "printed"))
    assert entries(bench, "incident") == []


def given_away(bench: Bench) -> tuple[Job, Job]:
    """(a job said to have no card and canceled, the pending one that has its authorisation now)"""
    job = answered(bench, doubted(bench), JobEvent.RESOLVED_NO_CARD)
    return bench.change(job, JobEvent.CANCELED), bench.submit("other", authorisation="a1")


def test_a_card_after_all_under_an_authorisation_given_away_is_an_incident(bench: Bench) -> None:
    job, other = given_away(bench)
    bench.settle(bench.intend(bench.claim(other)), Verdict.PRINTED)
    assert bench.step(correct(job, "printed")).state is JobState.COMPLETED
    (incident,) = entries(bench, "incident")
    assert (incident["job"], incident["other"]) == (job.id, other.id)


@pytest.mark.parametrize("claimed", [False, True])
def test_a_card_after_all_stops_the_one_that_would_be_a_second(bench: Bench, claimed: bool) -> None:
    job, other = given_away(bench)
    if claimed:
        other = bench.claim(other)
    applied = bench.apply(correct(job, "printed"))
    assert [changed.id for changed in applied.changed] == [job.id, other.id], "presses and waiters are told of both"
    assert now(bench, other).state is JobState.CANCELED
    assert entries(bench, "incident") == []
    assert dict(bench.refused(selftest("third", authorisation="a1"), "authorisation-spent").details)["id"] == job.id


def test_a_card_after_all_stops_the_last_of_a_chain_of_replacements(bench: Bench) -> None:
    job = spoiled(bench)
    second = bench.settle(bench.intend(bench.claim(bench.step(order(job, "spoiled-print")))), Verdict.PRINTED)
    second = bench.step(Inspect(second.id, second.version, passed=False, actor="officer"))
    third = bench.step(order(second, "spoiled-inspection"))
    bench.step(correct(now(bench, job), "printed"))
    assert now(bench, third).state is JobState.CANCELED
    assert entries(bench, "incident") == []


def test_two_cards_stand_on_the_days_sheet(bench: Bench) -> None:
    job, other = given_away(bench)
    bench.settle(bench.intend(bench.claim(other)), Verdict.PRINTED)
    bench.step(correct(job, "printed"))
    marks = bench.read.book_day("21.71.11", TODAY).marks
    assert [mark.facts["reason"] for mark in marks if mark.event == "incident"] == ["two-cards"]


def test_no_card_where_a_replacement_was_printed_ends_the_job(bench: Bench) -> None:
    job = spoiled(bench)
    new = bench.step(order(job, "spoiled-print"))
    bench.settle(bench.intend(bench.claim(new)), Verdict.PRINTED)
    moved = bench.step(correct(now(bench, job), "no-card"))
    assert moved.state is JobState.CANCELED
    problem = bench.refused(selftest("other", authorisation="a1"), "authorisation-spent")
    assert dict(problem.details)["id"] == new.id


def test_no_card_and_no_data_gives_the_authorisation_back(bench: Bench) -> None:
    job = answered(bench, doubted(bench), JobEvent.RESOLVED_PRINTED)
    bench.wall += 2 * DAY
    bench.apply(Shred())
    moved = bench.step(correct(job, "no-card"))
    assert (moved.state, moved.reason) == (JobState.CANCELED, "payload-gone")
    assert bench.submit("other", authorisation="a1").state is JobState.PENDING


def test_while_a_card_may_move_nothing_is_corrected(bench: Bench) -> None:
    job = answered(bench, doubted(bench), JobEvent.RESOLVED_NO_CARD)
    job = bench.intend(bench.claim(job))
    bench.refused(correct(job, "printed"), "too-late")


def test_a_correction_closes_the_reprint_that_the_wrong_answer_opened(bench: Bench) -> None:
    job = spoiled(bench)
    bench.wall += 2 * DAY
    bench.apply(Shred())
    opened = bench.step(order(job, "spoiled-print"))
    bench.step(correct(opened, "printed"))
    bench.refused(selftest("t2", authorisation="a1", reprint_of=job.id), "no-reprint")
    assert entries(bench, "incident") == []


# one authorisation: who has a card under it has it, whoever else came and went


def test_a_canceled_job_does_not_free_an_authorisation_under_which_another_has_a_card(bench: Bench) -> None:
    first = answered(bench, doubted(bench), JobEvent.RESOLVED_NO_CARD)
    bench.step(Change(first.id, first.version, JobEvent.CANCELED, "officer"))
    second = bench.submit("t2", authorisation="a1")
    second = bench.intend(bench.claim(second))  # its card may move: nobody can cancel it
    bench.step(correct(now(bench, first), "printed"))
    second = bench.settle(second, Verdict.NOT_PRINTED)
    bench.step(Change(second.id, second.version, JobEvent.CANCELED, "officer"))
    problem = bench.refused(selftest("t3", authorisation="a1"), "authorisation-spent")
    assert dict(problem.details)["id"] == first.id


def test_only_the_job_that_has_the_authorisation_is_printed_again(bench: Bench) -> None:
    first = answered(bench, doubted(bench), JobEvent.RESOLVED_NO_CARD)
    bench.step(Change(first.id, first.version, JobEvent.CANCELED, "officer"))
    second = printed(bench, "t2")
    spoilt = bench.step(correct(now(bench, first), "spoiled", stage="print"))
    problem = bench.refused(order(spoilt, "spoiled-print"), "no-reprint")
    assert dict(problem.details)["id"] == second.id


def test_a_card_that_the_printer_counted_is_not_corrected_away(bench: Bench) -> None:
    job = printed(bench)
    job = bench.step(Inspect(job.id, job.version, passed=False, actor="officer"))
    bench.refused(correct(job, "no-card"), "bad-value")
