"""Inspections and reprints in the embedded store: links both ways, one card each, and nothing edited."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reprinting import answered, doubted, entries, now, order, printed, spoiled
from spooler.model.card import CardState, Inspect
from spooler.model.commands import Change, Resolve, Shred
from spooler.model.doubt import View
from spooler.model.ids import JobId
from spooler.model.job import JobEvent, JobState
from spooler.model.problem import Problem
from spooler.model.reprint import Approve
from spooler.model.verdict import Verdict
from spooler.store import Submitted, verify
from store_contract import CONTENT, DAY, Bench, facts, selftest
from test_store_embedded import everything_in_segments, open_spool


@pytest.fixture(params=["rows", "segments"])
def bench(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    if request.param == "segments":
        everything_in_segments(monkeypatch)
    store = open_spool(tmp_path / "spool")
    yield Bench(store)
    store.close()


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


def test_an_order_for_a_spoiled_card_needs_one_that_is_spoiled(bench: Bench) -> None:
    """Two officers at once: one says `printed`, the other `spoiled` and orders another card. The second's answer came
    too late, and with it goes its order, though its version fits by chance."""
    job = doubted(bench)
    good = Resolve(job.id, job.version, JobEvent.RESOLVED_PRINTED, "first")
    bad = Resolve(job.id, job.version, JobEvent.RESOLVED_SPOILED, "second", "print")
    outcomes = bench.apply(good, bad, order(job, "spoiled-print", version=job.version + 1)).outcomes
    assert [isinstance(outcome, Problem) and outcome.code for outcome in outcomes] == [False, "stale", "stale"]
    assert now(bench, job).reprinted_by is None
    bench.refused(order(now(bench, job), "spoiled-inspection"), "stale")
    other = answered(bench, doubted(bench, "t2", None), JobEvent.RESOLVED_SPOILED, "print")
    bench.refused(order(other, "lost"), "stale")
