"""Retention by kind, legal holds and persons by keyed hash, as the store keeps them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spooler.model.commands import Shred
from spooler.model.ids import JobId
from spooler.model.job import Job, JobEvent
from spooler.model.privacy import HoldPayload, NoteSearch, PayloadHold, ReleasePayload
from spooler.model.verdict import Verdict
from spooler.store import Keep, Retention, open_store, persons, shred
from store_contract import DAY, HOUR, STEP_MAX, WALL, Bench, facts, place

NIK, OTHER, KK = "2171115001900001", "2171115001900002", "2171110101200001"
MINUTE = 60_000
BY_KIND = Retention(
    completed_ms=HOUR, failed_ms=DAY, aborted_ms=2 * DAY, kinds={"kia-0-5": Keep(MINUTE, 2 * HOUR, 3 * DAY)}
)


def open_with(directory: Path, retention: Retention = BY_KIND) -> Bench:
    return Bench(open_store(directory, node="test", place=place, retention=retention, clock_step_max_ms=STEP_MAX))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = open_with(tmp_path / "spool")
    yield bench
    bench.store.close()


def shredded(bench: Bench) -> list[str]:
    return [str(told["job"]) for event, told in facts(bench.apply(Shred())) if event == "shredded"]


def ended(bench: Bench, kind: str, how: str) -> Job:
    job = bench.submit(f"{kind} {how}", kind=kind)
    if how == "completed":
        return bench.settle(bench.intend(bench.claim(job)), Verdict.PRINTED)
    return bench.change(job, JobEvent(how), "bad-picture" if how == "aborted" else None)


# -- retention -------------------------------------------------------------------------------------------------


def test_each_outcome_and_kind_has_its_time(bench: Bench) -> None:
    bench.attach()
    due = {
        ("kia-0-5", "completed"): MINUTE, ("ktp", "completed"): HOUR, ("kia-0-5", "canceled"): 2 * HOUR,
        ("ktp", "canceled"): DAY, ("ktp", "aborted"): 2 * DAY, ("kia-0-5", "aborted"): 3 * DAY,
    }  # fmt: skip
    jobs = {key: ended(bench, *key) for key in due}
    for key, keep_ms in due.items():
        bench.wall = jobs[key].changed_ms + keep_ms - 1001
        assert jobs[key].id not in shredded(bench)
        bench.wall = max(bench.wall, jobs[key].changed_ms + keep_ms - 1000)
        assert jobs[key].id in shredded(bench), key
    assert all(bench.read.content(job.id) is None for job in jobs.values())


def test_a_kind_with_periods_of_its_own_has_buckets_of_its_own(bench: Bench, tmp_path: Path) -> None:
    lives = bench.submit("lives")
    child = bench.submit("child", kind="kia-0-5")
    keys = tmp_path / "spool" / "keys"
    assert {path.name for path in keys.glob("bucket-*")} == {f"bucket-{WALL}.key", f"bucket-{WALL + 1}.key"}
    bench.change(child, JobEvent.CANCELED)
    bench.wall += 3 * HOUR
    told = facts(bench.apply(Shred()))
    assert [event for event, _ in told] == ["shredded", "bucket-destroyed"]
    assert told[0][1]["bucket"] == told[1][1]["bucket"] == WALL + 1
    assert {path.name for path in keys.glob("bucket-*")} == {f"bucket-{WALL}.key"}, "nobody else's key had to move"
    assert bench.read.content(lives.id) is not None


def test_a_key_that_moves_stays_in_its_class_and_a_class_keeps_its_number(bench: Bench, tmp_path: Path) -> None:
    gone, lives = bench.submit("gone", kind="kia-0-5"), bench.submit("lives", kind="kia-0-5")
    bench.change(gone, JobEvent.CANCELED)
    bench.wall = WALL + 3 * HOUR
    bench.apply(Shred())
    keys = tmp_path / "spool" / "keys"
    assert {path.name for path in keys.glob("bucket-*")} == {f"bucket-{WALL + 3 * HOUR + 1}.key"}
    assert bench.read.content(lives.id) is not None
    bench.store.close()
    other = Retention(HOUR, DAY, kinds={"ktp": Keep(1, 1, 1), "kia-0-5": Keep(1, 1, 1), "selftest": Keep(1, 1, 1)})
    again = open_with(tmp_path / "spool", other)
    again.wall = WALL + 4 * HOUR
    for kind in ("kia-0-5", "ktp", "selftest", "ktp-wna"):
        again.submit(f"late {kind}", kind=kind)
    numbers = {int(path.stem.removeprefix("bucket-")) - WALL - 4 * HOUR for path in keys.glob("bucket-*")}
    assert numbers == {1 - HOUR, 0, 1, 2, 3}
    again.store.close()


# -- legal holds -----------------------------------------------------------------------------------------------


def test_a_held_payload_outlives_its_time_and_its_bucket_until_the_last_reason_is_lifted(
    bench: Bench, tmp_path: Path
) -> None:
    job, gone = bench.submit("a"), bench.submit("b")
    for each in (job, gone):
        bench.change(each, JobEvent.CANCELED)
    for reason in ("police-request", "court-order"):
        (entry,) = facts(bench.apply(HoldPayload(job.id, "pengawas", reason)))
        told = {"actor": "pengawas", "job": job.id, "kind": "selftest", "reason": reason, "site": "21.71.11"}
        assert entry == ("payload-held", told)
    assert bench.apply(HoldPayload(job.id, "pengawas", "court-order")).entries == (), "again does nothing"
    bench.wall += 9 * DAY
    assert shredded(bench) == [gone.id]
    assert bench.read.content(job.id) is not None, "wrapped anew when its bucket ended"
    bench.store.close()
    bench = open_with(tmp_path / "spool")
    bench.wall = WALL + 10 * DAY
    held = bench.read.payload_holds(None, 10)
    assert [(hold.job, hold.reason) for hold in held] == [(job.id, "court-order"), (job.id, "police-request")]
    assert isinstance(held[0], PayloadHold)
    for reason, rest in (("police-request", []), ("court-order", [job.id])):
        (entry,) = facts(bench.apply(ReleasePayload(job.id, "pengawas", reason)))
        assert entry[0] == "payload-released"
        assert shredded(bench) == rest
    assert bench.read.payload_holds(None, 10) == []
    bench.store.close()


def test_holds_that_make_no_sense_are_refused(bench: Bench) -> None:
    job = bench.submit("a")
    bench.refused(HoldPayload(JobId("0" * 16), "x", "audit"), "unknown-job")
    bench.refused(ReleasePayload(JobId("0" * 16), "x", "audit"), "unknown-job")
    bench.refused(ReleasePayload(job.id, "x", "audit"), "bad-value")
    with pytest.raises(ValueError, match="closed list"):
        bench.apply(HoldPayload(job.id, "x", "because I say so"))
    bench.change(job, JobEvent.CANCELED)
    bench.wall += 9 * DAY
    assert shredded(bench) == [job.id]
    bench.refused(HoldPayload(job.id, "x", "audit"), "too-late")


def test_holds_come_in_pages_with_all_of_a_job_together(bench: Bench) -> None:
    jobs = [bench.submit(f"{i}") for i in range(3)]
    bench.apply(*(HoldPayload(job.id, "x", reason) for job in jobs for reason in ("audit", "court-order")))
    page = bench.read.payload_holds(None, 2)
    assert [hold.job for hold in page] == [job.id for job in jobs[:2] for _ in range(2)]
    assert [hold.job for hold in bench.read.payload_holds(page[-1].job, 2)] == [jobs[2].id] * 2


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.sampled_from(["ktp", "kia-0-5"])),
        st.tuples(st.just("cancel"), st.integers(0, 5)),
        st.tuples(st.just("hold"), st.tuples(st.integers(0, 5), st.sampled_from(["audit", "court-order"]))),
        st.tuples(st.just("lift"), st.tuples(st.integers(0, 5), st.sampled_from(["audit", "court-order"]))),
        st.tuples(st.just("wait"), st.sampled_from([MINUTE, 2 * HOUR, 25 * HOUR])),
    ),
    max_size=40,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=ACTS)
def test_what_is_shredded_is_what_is_due_and_not_held(
    acts: list[tuple[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Any course of submissions, cancels, holds and waits: a payload is there exactly as long as the rule says."""
    bench = open_with(tmp_path_factory.mktemp("any") / "spool")
    keep = {"ktp": DAY, "kia-0-5": 2 * HOUR}
    jobs: list[Job] = []
    ends: dict[str, int] = {}
    held: set[tuple[str, str]] = set()
    gone: set[str] = set()
    for what, how in acts:
        if what == "submit":
            jobs.append(bench.submit(f"t{len(jobs)}", kind=how))
        elif what == "wait":
            bench.wall += how
        elif jobs:
            job = jobs[(how if what == "cancel" else how[0]) % len(jobs)]
            if what == "cancel" and job.id not in ends:
                ends[job.id] = bench.change(job, JobEvent.CANCELED).changed_ms
            elif what == "hold" and bench.one(HoldPayload(job.id, "x", how[1])) is True:
                held.add((job.id, how[1]))
            elif what == "lift" and bench.one(ReleasePayload(job.id, "x", how[1])) is True:
                held.remove((job.id, how[1]))
        bench.apply(Shred())
        now = bench.store.last_ms if bench.store.last_ms > bench.wall else bench.wall
        gone |= {
            job.id
            for job in jobs
            if job.id in ends and ends[job.id] + keep[job.kind] <= now and not any(h[0] == job.id for h in held)
        }
        for job in jobs:
            assert (bench.read.content(job.id) is None) == (job.id in gone)
    bench.store.close()


# -- persons ---------------------------------------------------------------------------------------------------


def test_a_person_is_found_by_each_number_as_long_as_the_ledger_lives(bench: Bench, tmp_path: Path) -> None:
    first = bench.submit("a", persons=(("nik", NIK), ("nomor-kk", KK)))
    bench.submit("b", persons=(("nik", OTHER),))
    bench.submit("c")
    last = bench.submit("d", persons=(("nik", NIK),), site="21.71.01")
    bench.change(first, JobEvent.CANCELED)
    bench.wall += 9 * DAY
    bench.apply(Shred())

    def found(about: str, number: str, after: JobId | None = None, limit: int = 10) -> list[tuple[str, bool]]:
        return [(c.job, c.payload) for c in bench.read.concerning(about, number, after, limit)]

    assert found("nik", NIK) == [(first.id, False), (last.id, True)]
    assert found("nik", NIK, limit=1) == [(first.id, False)]
    assert found("nik", NIK, after=first.id) == [(last.id, True)]
    assert found("nomor-kk", KK) == [(first.id, False)]
    assert found("nik", KK) == found("nomor-kk", NIK) == [], "the two sorts of number do not meet"
    for path in (tmp_path / "spool").rglob("*"):
        assert not path.is_file() or not any(n.encode() in path.read_bytes() for n in (NIK, OTHER, KK))


@pytest.mark.parametrize("stretch", [1, 2, 7, 50_000])
def test_the_entries_of_jobs_are_found_in_stretches_from_their_first_moment(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, stretch: int
) -> None:
    monkeypatch.setattr(persons, "STRETCH", stretch)
    for i in range(5):
        bench.submit(f"before {i}")
    job, other, third = (bench.submit(name) for name in "abc")
    bench.change(other, JobEvent.CANCELED)
    bench.change(third, JobEvent.CANCELED)
    bench.apply(NoteSearch("x", "nik", 0))
    bench.change(job, JobEvent.CANCELED)
    asked = [job.id, third.id]
    expected = [e for e in bench.read.entries(0, 100) if any(i.encode() in e.body for i in asked)]
    assert len(expected) == 4
    found, position, steps = [], 0, 0
    while True:
        part, following = bench.read.entries_of(asked, position, job.submitted_ms)
        found += part
        steps += 1
        if following is None:
            break
        assert following > position
        position = following
    assert found == expected
    assert steps == max(1, -(-7 // stretch)), "the five before were not looked at"


def test_one_shred_is_bounded_over_all_kinds(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shred, "SHRED_AT_MOST", 3)
    for i in range(4):
        bench.change(bench.submit(f"k{i}", kind="ktp"), JobEvent.CANCELED)
        bench.change(bench.submit(f"c{i}", kind="kia-0-5"), JobEvent.CANCELED)
    bench.wall += 9 * DAY
    assert [len(shredded(bench)) for _ in range(4)] == [3, 3, 2, 0]
