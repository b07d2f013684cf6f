"""Reprints, inspections and corrections in the embedded store: links both ways, one card each, and nothing edited."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from spooler.model.card import GOOD, CardState, Inspect
from spooler.model.commands import Change, Command, Resolve, Shred
from spooler.model.correction import Correct
from spooler.model.doubt import View
from spooler.model.ids import JobId
from spooler.model.job import Job, JobEvent, JobState
from spooler.model.problem import Problem
from spooler.model.reprint import Approve, Reprint
from spooler.model.verdict import Verdict
from spooler.store import Submitted, verify
from store_contract import CONTENT, DAY, Bench, facts, selftest
from test_store_embedded import everything_in_segments, open_spool

TODAY = "2027-01-15"


@pytest.fixture(params=["rows", "segments"])
def bench(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    if request.param == "segments":
        everything_in_segments(monkeypatch)
    store = open_spool(tmp_path / "spool")
    yield Bench(store)
    store.close()


def order(job: Job, reason: str = "lost", **changes: object) -> Reprint:
    asked = {"actor": "officer", "day": TODAY, "limit": None, "awaits": False} | changes
    return Reprint(job.id, job.version, reason, **asked)  # type: ignore[arg-type]


def printed(bench: Bench, ticket: str = "t1", **changes: object) -> Job:
    if not bench.epochs:
        bench.attach()
    job = bench.submit(ticket, **{"authorisation": "a1", **changes})
    return bench.settle(bench.intend(bench.claim(job)), Verdict.PRINTED)


def doubted(bench: Bench, ticket: str = "t1", authorisation: str | None = "a1") -> Job:
    if not bench.epochs:
        bench.attach()
    return bench.settle(bench.intend(bench.claim(bench.submit(ticket, authorisation=authorisation))), Verdict.UNKNOWN)


def answered(bench: Bench, job: Job, event: JobEvent, stage: str | None = None) -> Job:
    return bench.step(Resolve(job.id, job.version, event, "officer", stage))


def spoiled(bench: Bench, ticket: str = "t1") -> Job:
    return answered(bench, doubted(bench, ticket), JobEvent.RESOLVED_SPOILED, "print")


def now(bench: Bench, job: Job) -> Job:
    (found,) = bench.read.jobs([job.id])
    assert found is not None
    return found


def entries(bench: Bench, event: str) -> list[dict[str, object]]:
    bodies = [msgpack.unpackb(entry.body) for entry in bench.read.entries(0, 10_000)]
    return [body[4] for body in bodies if body[3] == event]


# what an answer books


def test_a_spoiled_answer_books_the_card_with_its_stage(bench: Bench) -> None:
    job = doubted(bench)
    applied = bench.apply(Resolve(job.id, job.version, JobEvent.RESOLVED_SPOILED, "officer", "chip", "chip-dead"))
    (card,) = bench.read.cards(job.id)
    assert (card.state, card.stage, card.defect) == (CardState.SPOILED, "chip", "chip-dead")
    ((event, said),) = facts(applied)
    assert event == "resolved-spoiled"
    assert {"stock", "site", "printer", "serial"} <= set(said)
    assert (said["stage"], said["defect"]) == ("chip", "chip-dead")


@pytest.mark.parametrize(("stage", "defect"), [("yesterday", None), ("print", "BUDI")])
def test_open_words_are_a_programming_error(bench: Bench, stage: str, defect: str | None) -> None:
    job = doubted(bench)
    with pytest.raises(ValueError, match="closed list"):
        bench.apply(Resolve(job.id, job.version, JobEvent.RESOLVED_SPOILED, "officer", stage, defect))
    with pytest.raises(ValueError, match="only a spoiled card"):
        bench.apply(Resolve(job.id, job.version, JobEvent.RESOLVED_PRINTED, "officer", "print"))


def test_a_doubt_says_what_is_known(bench: Bench) -> None:
    job = doubted(bench)
    doubt = bench.read.doubt(job.id)
    assert doubt is not None
    assert (doubt.row, doubt.attempt, doubt.printer, doubt.serial) == ("row-unknown", 1, "SGL-1", "SERIAL1")
    assert (doubt.counter_before, doubt.counter_after) == (7, 8)
    assert (doubt.intended_ms, doubt.doubted_ms) == (job.changed_ms - 1000, job.changed_ms)
    done = answered(bench, job, JobEvent.RESOLVED_PRINTED)
    assert bench.read.doubt(done.id) is None


def test_a_view_is_an_entry_and_changes_nothing(bench: Bench) -> None:
    job = doubted(bench)
    applied = bench.apply(View(job.id, "officer", "doubt"))
    assert applied.outcomes == (True,)
    assert facts(applied) == [
        ("viewed", {"actor": "officer", "job": job.id, "kind": "selftest", "site": "21.71.11",
                    "state": "processing-stopped", "version": job.version, "what": "doubt"}),
    ]  # fmt: skip
    assert now(bench, job) == job
    bench.refused(View(JobId("0" * 16), "officer", "doubt"), "unknown-job")


# inspection


def test_a_card_passes_or_fails_inspection(bench: Bench) -> None:
    job = printed(bench)
    passed = bench.step(Inspect(job.id, job.version, True, "officer"))
    assert (passed.state, passed.reason, passed.version) == (JobState.COMPLETED, None, job.version + 1)
    assert [card.state for card in bench.read.cards(job.id)] == [CardState.PASSED]
    bench.refused(Inspect(job.id, passed.version, True, "officer"), "too-late")
    applied = bench.apply(Inspect(job.id, passed.version, False, "officer", "smudged"))
    ((event, said),) = facts(applied)
    assert event == "inspected-spoiled"
    assert (said["stage"], said["defect"], said["stock"], said["serial"], said["printer"], said["attempt"]) == (
        "inspection", "smudged", "card-test", "SERIAL1", "SGL-1", 1,
    )  # fmt: skip
    failed = now(bench, job)
    assert (failed.state, failed.reason) == (JobState.COMPLETED, "spoiled")
    bench.refused(Inspect(job.id, failed.version, False, "officer"), "too-late")
    assert bench.read.counts() == {("21.71.11", "completed"): 1}


def test_only_a_printed_card_is_inspected(bench: Bench) -> None:
    job = bench.submit("t1")
    bench.refused(Inspect(job.id, job.version, True, "officer"), "too-late")
    bench.refused(Inspect(job.id, job.version + 1, True, "officer"), "stale")
    job = spoiled(bench, "t2")
    bench.refused(Inspect(job.id, job.version, True, "officer"), "too-late")


# reprints


def test_a_reprint_is_printed_from_the_sealed_data_at_the_old_place(bench: Bench) -> None:
    job = spoiled(bench)
    later = [bench.submit(f"later{n}", flow="school") for n in range(3)]
    new = bench.step(order(job, "spoiled-print"))
    old = now(bench, job)
    assert (new.state, new.reprint_of, old.reprinted_by) == (JobState.PENDING, job.id, new.id)
    assert (new.rank, new.fair_start, new.submitter, new.number) == (job.rank, job.fair_start, "counter", "SGL-0005")
    assert (old.state, old.reason) == (JobState.ABORTED, "spoiled")
    assert bench.read.content(new.id) == CONTENT
    assert bench.heads()[0] == new.id, "before those that came after its card was begun"
    assert later[0].id in bench.heads()
    ((said,),) = [entries(bench, "reprinted")]
    assert (said["job"], said["reprinted_by"], said["why"], said["actor"]) == (
        job.id, new.id, "spoiled-print", "officer",
    )  # fmt: skip
    assert entries(bench, "submitted")[-1]["reprint_of"] == job.id
    assert verify(bench.read) is None


def test_the_authorisation_goes_over_and_comes_back(bench: Bench) -> None:
    job = spoiled(bench)

    def holder() -> object:
        return dict(bench.refused(selftest("other", authorisation="a1"), "authorisation-spent").details)["id"]

    assert holder() == job.id
    new = bench.step(order(job, "spoiled-print"))
    assert holder() == new.id
    bench.change(new, JobEvent.CANCELED)
    assert holder() == job.id, "the spoiled card is still there: its authorisation is not free"
    again = bench.step(order(now(bench, job), "spoiled-print"))
    assert again.id != new.id
    assert now(bench, job).reprinted_by == again.id
    bench.settle(bench.intend(bench.claim(again)), Verdict.PRINTED)
    assert holder() == again.id


def test_each_reprint_opens_one_card(bench: Bench) -> None:
    job = printed(bench)
    bench.refused(order(bench.submit("waiting"), "lost"), "no-reprint")
    new = bench.step(order(job))
    problem = bench.refused(order(now(bench, job)), "no-reprint")
    assert dict(problem.details)["id"] == new.id
    bench.refused(order(new), "no-reprint")
    new = bench.settle(bench.intend(bench.claim(new)), Verdict.PRINTED)
    bench.refused(order(now(bench, job)), "no-reprint")
    assert bench.step(order(new)).reprint_of == new.id
    bench.refused(order(job), "stale")


def test_an_officer_replaces_so_many_cards_a_day(bench: Bench) -> None:
    jobs = [spoiled(bench)] + [
        answered(bench, doubted(bench, f"x{n}", f"b{n}"), JobEvent.RESOLVED_SPOILED, "print") for n in range(3)
    ]
    for job in jobs[:2]:
        bench.step(order(job, "spoiled-print", limit=2))
    problem = bench.refused(order(jobs[2], "spoiled-print", limit=2), "reprint-limit")
    assert dict(problem.details)["limit"] == 2
    bench.step(order(jobs[2], "spoiled-print", limit=2, day="2027-01-16"))
    bench.step(order(jobs[3], "spoiled-print", limit=2, actor="colleague"))


def test_a_second_card_may_need_two_persons(bench: Bench) -> None:
    job = printed(bench)
    new = bench.step(order(job, awaits=True, note="Surat kehilangan dari Polsek"))
    assert (new.state, new.reason) == (JobState.PENDING_HELD, "awaits-approval")
    bench.refused(Change(new.id, new.version, JobEvent.RELEASED, "officer"), "forbidden")
    bench.refused(Approve(new.id, new.version, "officer"), "forbidden")
    record = bench.read.reprint(new.id)
    assert record is not None
    assert (record.old, record.new, record.awaits, record.approver) == (job.id, new.id, True, None)
    assert record.note == "Surat kehilangan dari Polsek"
    approved = bench.step(Approve(new.id, new.version, "chief"))
    assert (approved.state, approved.reason) == (JobState.PENDING, None)
    bench.refused(Approve(new.id, approved.version, "another"), "too-late")
    record = bench.read.reprint(job.id)
    assert record is not None
    assert record.approver == "chief"


def test_a_note_is_sealed_and_goes_with_the_data(bench: Bench, tmp_path: Path) -> None:
    job = printed(bench)
    new = bench.step(order(job, note="Foto milik SUDARSONO"))
    assert b"SUDARSONO" not in b"".join(p.read_bytes() for p in (tmp_path / "spool").glob("spool.db*"))
    assert all(b"SUDARSONO" not in entry.body for entry in bench.read.entries(0, 1000))
    assert "SUDARSONO" not in repr(bench.read.reprint(new.id))
    bench.settle(bench.intend(bench.claim(new)), Verdict.PRINTED)
    bench.wall += 2 * DAY
    bench.apply(Shred())
    record = bench.read.reprint(new.id)
    assert record is not None
    assert record.note is None
    assert record.reason == "lost"


def test_without_data_the_application_submits_the_reprint(bench: Bench) -> None:
    job = printed(bench)
    filler = selftest("t2", authorisation="a1", reprint_of=job.id)
    bench.refused(filler, "no-reprint")
    bench.wall += 2 * DAY
    bench.apply(Shred())
    bench.refused(order(now(bench, job), note="x"), "bad-value")
    opened = bench.step(order(now(bench, job)))
    assert (opened.id, opened.reprinted_by) == (job.id, None)
    bench.refused(order(opened), "no-reprint")
    bench.refused(selftest("t2", authorisation="a1", reprint_of=job.id, submitter="kiosk"), "no-reprint")
    bench.refused(selftest("t2", authorisation="a2", reprint_of=job.id), "bad-value")
    bench.refused(selftest("t2", authorisation="a1", reprint_of=job.id, kind="ktp"), "bad-value")
    bench.refused(selftest("t2", authorisation="a1"), "authorisation-spent")
    first, second = bench.apply(filler, selftest("t3", authorisation="a1", reprint_of=job.id)).outcomes
    assert isinstance(first, Submitted)
    assert isinstance(second, Problem)
    assert second.code == "no-reprint"
    assert now(bench, job).reprinted_by == first.job.id
    assert bench.one(filler) == Submitted(first.job, repeat=True)
    bench.refused(selftest("t2", authorisation="a1"), "conflict")
    events = [event for event, _ in facts(bench.apply(View(job.id, "x", "note")))]
    assert events == ["viewed"]
    assert len(entries(bench, "reprint-opened")) == 1


def test_changed_data_is_never_printed_from_the_old(bench: Bench) -> None:
    job = printed(bench)
    opened = bench.step(order(job, "data-changed", awaits=True))
    assert opened.id == job.id
    bench.refused(Approve(opened.id, opened.version, "officer"), "forbidden")
    held = bench.submit("t2", authorisation="a1", reprint_of=job.id)
    assert (held.state, held.reason) == (JobState.PENDING_HELD, "awaits-approval")
    assert bench.step(Approve(held.id, held.version, "chief")).state is JobState.PENDING


def test_an_open_reprint_may_be_approved_before_it_is_submitted(bench: Bench) -> None:
    opened = bench.step(order(printed(bench), "data-changed", awaits=True))
    bench.step(Approve(opened.id, opened.version, "chief"))
    assert bench.submit("t2", authorisation="a1", reprint_of=opened.id).state is JobState.PENDING


def test_a_record_that_preflight_holds_needs_both(bench: Bench) -> None:
    opened = bench.step(order(printed(bench), "data-changed", awaits=True))
    held = bench.submit(
        "t2", authorisation="a1", reprint_of=opened.id, hold="check-record", detail="fields.nik nik-month"
    )
    bench.refused(Change(held.id, held.version, JobEvent.RELEASED, "officer"), "forbidden")
    approved = bench.step(Approve(held.id, held.version, "chief"))
    assert (approved.state, approved.reason, approved.detail) == (
        JobState.PENDING_HELD, "check-record", "fields.nik nik-month",
    )  # fmt: skip
    assert bench.change(approved, JobEvent.RELEASED).state is JobState.PENDING


# corrections


def correct(job: Job, answer: str, stage: str | None = None) -> Correct:
    return Correct(job.id, job.version, answer, "chief", stage)


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


# law 2 over any history


class Reprinting(RuleBasedStateMachine):
    """Anything that officers and presses do about one authorisation: cards never outnumber what was opened."""

    @initialize(answer=st.sampled_from(["", "resolved-printed", "resolved-spoiled", "resolved-no-card"]))
    def begin(self, answer: str) -> None:
        """One job with a first card, or without."""
        self.folder = tempfile.TemporaryDirectory(prefix="spool-reprints-")
        self.bench = Bench(open_spool(Path(self.folder.name) / "spool"))
        self.bench.attach()
        self.wrong = False  # somebody has corrected: from there on an incident tells what a person did
        self.tickets = 0
        if not answer:
            printed(self.bench, "first", authorisation="a")
        else:
            job = doubted(self.bench, "first", "a")
            answered(self.bench, job, JobEvent(answer), "print" if answer == "resolved-spoiled" else None)

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            assert verify(self.bench.read) is None
            self.bench.store.close()
            self.folder.cleanup()

    def pick(self, data: st.DataObject, *states: str) -> Job | None:
        """One in such a state, the latest more often than the others."""
        jobs = [job for job in self.bench.jobs() if not states or job.state in states]
        return data.draw(st.sampled_from([*jobs, *jobs[-1:] * len(jobs)])) if jobs else None

    def has_or_may_get_one(self, job: Job) -> bool:
        """A good card: it, or what replaces its spoiled one."""
        if any(card.state in GOOD for card in self.bench.read.cards(job.id)):
            return True
        if job.state not in ("completed", "canceled", "aborted"):
            return True
        (newer,) = self.bench.read.jobs([job.reprinted_by]) if job.reprinted_by is not None else (None,)
        record = None if newer is None else self.bench.read.reprint(newer.id)
        return newer is not None and record is not None and record.spoiled and self.has_or_may_get_one(newer)

    def apply(self, *commands: Command) -> None:
        self.bench.apply(*commands)
        jobs = self.bench.jobs()
        good = sum(card.state in GOOD for job in jobs for card in self.bench.read.cards(job.id))
        live = sum(job.state not in ("completed", "canceled", "aborted") for job in jobs)
        beside = 0
        for job in jobs:
            record = self.bench.read.reprint(job.id)
            assert (record is not None and record.new == job.id) == (job.reprint_of is not None)
            if job.reprint_of is not None:
                assert record is not None
                assert record.old == job.reprint_of
                beside += not record.spoiled and self.has_or_may_get_one(job)
        told = any(said["reason"] == "two-cards" for said in entries(self.bench, "incident"))
        if not told:
            assert good + live <= 1 + beside, "more cards than were opened, and nobody was told"
        assert self.wrong or not told

    @rule(reprint=st.booleans(), data=st.data())
    def submit(self, reprint: bool, data: st.DataObject) -> None:
        self.tickets += 1
        old = self.pick(data) if reprint else None
        before = self.bench.jobs()
        free = all(job.state in ("canceled", "aborted") and not self.bench.read.cards(job.id) for job in before)
        self.apply(selftest(f"t{self.tickets}", authorisation="a", reprint_of=None if old is None else old.id))
        if old is None:
            assert (len(self.bench.jobs()) > len(before)) == free, "spent by any job but one that ended without a card"

    @rule(verdict=st.sampled_from([Verdict.PRINTED, Verdict.UNKNOWN, Verdict.NOT_PRINTED]), data=st.data())
    def print_one(self, verdict: Verdict, data: st.DataObject) -> None:
        job = self.pick(data, "pending")
        if job is not None:
            self.apply(self.bench.settle_command(self.bench.intend(self.bench.claim(job)), verdict))

    @rule(answer=st.sampled_from(["printed", "spoiled", "no-card"]), data=st.data())
    def resolve(self, answer: str, data: st.DataObject) -> None:
        job = self.pick(data, "processing-stopped")
        if job is not None:
            stage = "print" if answer == "spoiled" else None
            self.apply(Resolve(job.id, job.version, JobEvent(f"resolved-{answer}"), "officer", stage))

    @rule(passed=st.booleans(), data=st.data())
    def inspect(self, passed: bool, data: st.DataObject) -> None:
        job = self.pick(data, "completed")
        if job is not None:
            self.apply(Inspect(job.id, job.version, passed, "officer"))

    @rule(new_data=st.booleans(), awaits=st.booleans(), data=st.data())
    def reprint(self, new_data: bool, awaits: bool, data: st.DataObject) -> None:
        job = self.pick(data, "completed", "aborted")
        cards = [] if job is None else self.bench.read.cards(job.id)
        if job is None or not cards:
            return
        reason = "spoiled-print" if cards[-1].stage else "data-changed" if new_data else "lost"
        self.apply(order(job, reason, awaits=awaits and not cards[-1].stage))

    @rule(data=st.data())
    def approve(self, data: st.DataObject) -> None:
        job = self.pick(data)
        if job is not None:
            self.apply(Approve(job.id, job.version, "chief"))

    @rule(event=st.sampled_from([JobEvent.CANCELED, JobEvent.RELEASED]), data=st.data())
    def change(self, event: JobEvent, data: st.DataObject) -> None:
        job = self.pick(data)
        if job is not None:
            self.apply(Change(job.id, job.version, event, "officer"))

    @rule(answer=st.sampled_from(["printed", "spoiled", "no-card"]), data=st.data())
    def correct(self, answer: str, data: st.DataObject) -> None:
        job = self.pick(data)
        if job is not None:
            self.wrong = True
            self.apply(correct(job, answer, "print" if answer == "spoiled" else None))

    def go_on(self, data: st.DataObject) -> None:
        """Something that can be done with the latest job, so that the deep states are reached often."""
        job = self.bench.jobs()[-1]
        if job.state == "pending" and data.draw(st.booleans(), "cancel it"):
            self.change(JobEvent.CANCELED, data)
        elif job.state == "pending":
            self.print_one(data.draw(st.sampled_from([Verdict.PRINTED, Verdict.UNKNOWN])), data)
        elif job.state == "pending-held":
            self.approve(data)
        elif job.state == "processing-stopped":
            self.resolve(data.draw(st.sampled_from(["printed", "spoiled", "no-card"])), data)
        elif job.state == "canceled" or data.draw(st.integers(0, 3), "submit another") == 0:
            self.submit(data.draw(st.booleans(), "as a reprint"), data)
        else:
            self.reprint(data.draw(st.integers(0, 3)) == 0, data.draw(st.integers(0, 3)) == 0, data)

    @rule(data=st.data())
    def go_on_once(self, data: st.DataObject) -> None:
        self.go_on(data)

    @rule(data=st.data(), steps=st.integers(2, 5))
    def go_on_often(self, data: st.DataObject, steps: int) -> None:
        for _ in range(steps):
            self.go_on(data)

    @rule(data=st.data(), steps=st.integers(2, 5))
    def go_on_further(self, data: st.DataObject, steps: int) -> None:
        self.go_on_often(data, steps)

    @rule(often=st.integers(0, 3))
    def days_go_by(self, often: int) -> None:
        if often:
            return
        self.bench.wall += 2 * DAY
        self.apply(Shred())


TestReprinting = Reprinting.TestCase
TestReprinting.settings = settings(
    max_examples=30, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


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
