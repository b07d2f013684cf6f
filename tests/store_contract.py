"""What every implementation of spooler.store.contract promises: one suite, run by a class that knows how to open."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import msgpack
import pytest
from attrs import evolve

from spooler.model.card import Card, CardState
from spooler.model.commands import (
    Attach,
    Change,
    Claim,
    Command,
    ConfirmClock,
    Intend,
    Resolve,
    Return,
    Settle,
    Shred,
    Submit,
    SuspectClock,
)
from spooler.model.finding import find
from spooler.model.ids import JobId
from spooler.model.job import Content, Job, JobEvent, JobState
from spooler.model.order import Place
from spooler.model.problem import Problem
from spooler.model.verdict import Intent, Judgement, Verdict
from spooler.store import Applied, Retention, Store, Submitted, pack_payload, verify

WALL = 1_800_000_000_000 - 1_800_000_000_000 % 3_600_000  # the beginning of an hour
HOUR = 3_600_000
DAY = 24 * HOUR
RETENTION = Retention(completed_ms=2 * DAY, failed_ms=DAY)
STEP_MAX = 300_000
CONTENT = Content({"title": "CONTOH", "line_1": "satu"})


def place(now: int, v: int, tail: int | None, cost_ms: int, printers: int, priority: int) -> Place:
    """An order rule as simple as can be that uses every argument."""
    fair_start = max(v, now - 600_000, 0 if tail is None else tail + cost_ms // printers)
    return Place(fair_start, fair_start - (priority - 50) * 6_000)


def selftest(ticket: str, **changes: object) -> Submit:
    """A submission of the 1 kB kind, with changes."""
    job = Submit(
        submitter="counter", ticket=ticket, kind="selftest", stock="card-test", site="21.71.11",
        destination="site:21.71.11", priority=50, band=1, flow="counter", group=None, authorisation=None,
        payload=pack_payload(CONTENT), label="SGL", day="2027-01-15", cost_ms=40_000, printers=1,
    )  # fmt: skip
    return evolve(job, **changes)


def facts(applied: Applied) -> list[tuple[str, dict[str, str | int]]]:
    """(event, facts) of each entry."""
    return [tuple(msgpack.unpackb(entry.body)[3:]) for entry in applied.entries]  # type: ignore[misc]


class Bench:
    """A store under test with a clock of its own: every apply is one second after the one before."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.read = store.reader()
        self.wall = WALL
        self.epochs: dict[str, int] = {}

    def apply(self, *commands: Command) -> Applied:
        self.wall += 1000
        return self.store.apply(self.wall, commands)

    def one(self, command: Command) -> object:
        return self.apply(command).outcomes[0]

    def submit(self, ticket: str, **changes: object) -> Job:
        outcome = self.one(selftest(ticket, **changes))
        assert isinstance(outcome, Submitted), outcome
        return outcome.job

    def step(self, command: Command) -> Job:
        outcome = self.one(command)
        assert isinstance(outcome, Job), outcome
        assert self.read.jobs([outcome.id]) == [outcome], "what is answered is what is stored"
        return outcome

    def attach(self, printer: str = "SGL-1") -> int:
        epoch = self.one(Attach(printer))
        assert type(epoch) is int
        self.epochs[printer] = epoch
        return epoch

    def claim(self, job: Job, printer: str = "SGL-1") -> Job:
        return self.step(Claim(job.id, job.version, printer, self.epochs[printer]))

    def intend(self, job: Job, printer: str = "SGL-1", counter: int | None = 7) -> Job:
        return self.step(Intend(job.id, job.version, printer, self.epochs[printer], "SERIAL1", counter))

    def settle_command(self, job: Job, verdict: Verdict, printer: str = "SGL-1") -> Settle:
        judgement = Judgement(verdict, f"row-{verdict}")
        return Settle(job.id, job.version, printer, self.epochs[printer], judgement, 8)

    def settle(self, job: Job, verdict: Verdict, printer: str = "SGL-1") -> Job:
        return self.step(self.settle_command(job, verdict, printer))

    def change(self, job: Job, event: JobEvent, reason: str | None = None) -> Job:
        return self.step(Change(job.id, job.version, event, "officer", reason))

    def refused(self, command: Command, code: str) -> Problem:
        """Apply a command that must be refused, and see that it left nothing behind."""
        before = self.snapshot()
        applied = self.apply(command)
        problem = applied.outcomes[0]
        assert isinstance(problem, Problem), problem
        assert problem.code == code
        assert applied.entries == ()
        assert self.snapshot() == before
        return problem

    def snapshot(self) -> object:
        jobs = self.jobs()
        intents = [self.read.open_intents(printer) for printer in self.epochs]
        return jobs, intents, self.read.counts(), self.read.entries(0, 10_000), [self.read.cards(j.id) for j in jobs]

    def jobs(self, **filters: str) -> list[Job]:
        asked: dict[str, str | None] = {"site": None, "state": None, "submitter": None, "group": None, **filters}
        return self.read.query(**asked, after=None, limit=10_000)  # type: ignore[arg-type]

    def heads(self, kinds: Sequence[str] = ("selftest",), limit: int = 100) -> list[JobId]:
        return [job.id for job in self.read.heads("site:21.71.11", kinds, None, limit)]


class StoreContract(ABC):
    """Subclass it, say how to open, and pytest runs the suite."""

    @abstractmethod
    def open(self, directory: Path, retention: Retention = RETENTION) -> Store:
        """A store in `directory`, with `place` and STEP_MAX of this module."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator["Bench"]:
        """A new store; closed at the end."""
        store = self.open(tmp_path / "spool")
        yield Bench(store)
        store.close()

    # submissions

    def test_a_submission_is_answered_stored_and_opened_again(self, bench: Bench) -> None:
        job = bench.submit("t1", group="SDN 1", flow="SDN 1")
        assert (job.state, job.version, job.number, job.attempt) == (JobState.PENDING, 1, "SGL-0001", 0)
        assert bench.read.jobs([job.id, JobId("0" * 16)]) == [job, None]
        assert bench.read.by_ticket("counter", "t1") == job
        assert bench.read.by_ticket("another", "t1") is None
        assert bench.read.content(job.id) == CONTENT
        assert bench.read.counts() == {("21.71.11", "pending"): 1}

    def test_numbers_count_per_site_and_day(self, bench: Bench) -> None:
        numbers = [
            bench.submit("a").number,
            bench.submit("b").number,
            bench.submit("c", site="21.71.01", label="BTA").number,
            bench.submit("d", day="2027-01-16").number,
            bench.submit("e").number,
        ]
        assert numbers == ["SGL-0001", "SGL-0002", "BTA-0001", "SGL-0001", "SGL-0003"]

    def test_the_same_ticket_is_the_same_job(self, bench: Bench) -> None:
        job = bench.submit("t1")
        again = bench.apply(selftest("t1", label="XXX", day="2027-02-01", cost_ms=1, printers=9))
        assert again.outcomes == (Submitted(job, repeat=True),)
        assert again.entries == ()
        canceled = bench.change(job, JobEvent.CANCELED)
        assert bench.one(selftest("t1")) == Submitted(canceled, repeat=True)
        assert bench.submit("t1", submitter="kiosk").id != job.id

    @pytest.mark.parametrize(
        "change",
        [
            {"kind": "ktp"}, {"stock": "plain-a4"}, {"site": "21.71.01"}, {"destination": "printer:SGL-1"},
            {"priority": 51}, {"band": 0}, {"flow": "x"}, {"group": "x"}, {"authorisation": "x"},
            {"payload": pack_payload(Content({"title": "CONTOH", "line_1": "dua"}))},
        ],
        ids=lambda change: next(iter(change)),
    )  # fmt: skip
    def test_a_ticket_with_other_content_is_a_conflict(self, bench: Bench, change: dict[str, object]) -> None:
        job = bench.submit("t1")
        problem = bench.refused(selftest("t1", **change), "conflict")
        assert dict(problem.details)["id"] == job.id

    def test_tickets_and_authorisations_hold_within_one_list(self, bench: Bench) -> None:
        first, repeat, conflict, other, spent = bench.apply(
            selftest("t1", authorisation="a1"),
            selftest("t1", authorisation="a1"),
            selftest("t1"),
            selftest("t2"),
            selftest("t3", authorisation="a1"),
        ).outcomes
        assert isinstance(first, Submitted)
        assert repeat == Submitted(first.job, repeat=True)
        assert isinstance(conflict, Problem)
        assert conflict.code == "conflict"
        assert isinstance(other, Submitted)
        assert isinstance(spent, Problem)
        assert spent.code == "authorisation-spent"
        assert [job.id for job in bench.jobs()] == [first.job.id, other.job.id]

    def test_ids_and_positions_grow_within_and_between_lists(self, bench: Bench) -> None:
        ids = []
        for i in range(3):
            outcomes = bench.apply(*(selftest(f"{i}-{k}") for k in range(20))).outcomes
            ids += [o.job.id for o in outcomes if isinstance(o, Submitted)]
        assert len(ids) == 60
        assert ids == sorted(set(ids))
        assert [e.position for e in bench.read.entries(0, 100)] == list(range(1, 61))

    def test_an_authorisation_is_spent_until_a_job_surely_ended_without_a_card(self, bench: Bench) -> None:
        bench.attach()
        job = bench.submit("t1", authorisation="a1")

        def spent(state: str) -> None:
            problem = bench.refused(selftest("other", authorisation="a1", submitter="kiosk"), "authorisation-spent")
            assert dict(problem.details) == {
                "id": job.id, "site": "21.71.11", "submitted_ms": job.submitted_ms, "state": state,
            }  # fmt: skip
            assert job.id in problem.message
            assert f"of site 21.71.11, submitted 2027-01-15T08:00Z and now {state}" in problem.message

        spent("pending")
        job = bench.change(job, JobEvent.HELD)
        spent("pending-held")
        job = bench.intend(bench.claim(bench.change(job, JobEvent.RELEASED)))
        spent("processing")
        job = bench.settle(job, Verdict.UNKNOWN)
        spent("processing-stopped")
        job = bench.step(Resolve(job.id, job.version, JobEvent.RESOLVED_NO_CARD, "officer"))
        spent("pending")
        bench.change(job, JobEvent.CANCELED)
        job = bench.submit("t2", authorisation="a1")
        bench.change(job, JobEvent.ABORTED, "bad-picture")
        job = bench.submit("t3", authorisation="a1")
        job = bench.settle(bench.intend(bench.claim(job)), Verdict.UNKNOWN)
        bench.step(Resolve(job.id, job.version, JobEvent.RESOLVED_SPOILED, "officer"))
        spent("aborted")

    def test_a_printed_card_spends_its_authorisation(self, bench: Bench) -> None:
        bench.attach()
        job = bench.submit("t1", authorisation="a1")
        bench.settle(bench.intend(bench.claim(job)), Verdict.PRINTED)
        problem = bench.refused(selftest("t2", authorisation="a1"), "authorisation-spent")
        assert dict(problem.details)["state"] == "completed"

    # order

    def test_a_flow_queues_behind_its_own_tail_only(self, bench: Bench) -> None:
        school = [bench.submit(f"s{i}", flow="school") for i in range(3)]
        citizen = bench.submit("c", flow="citizen")
        assert [b.fair_start - a.fair_start for a, b in pairwise(school)] == [40_000, 40_000]
        assert bench.heads()[:3] == [school[0].id, citizen.id, school[1].id]
        for job in school[1:]:
            bench.change(job, JobEvent.CANCELED)
        bench.attach()
        bench.settle(bench.intend(bench.claim(school[0])), Verdict.PRINTED)
        late = bench.submit("s9", flow="school")
        assert late.fair_start == school[1].fair_start, "behind the flow's last card, and not behind cancelled ones"
        bench.change(late, JobEvent.CANCELED)
        others = [bench.submit(f"o{i}", flow="other") for i in range(3)]
        bench.claim(others[2])
        later = bench.submit("s10", flow="school")
        assert later.fair_start == others[2].fair_start, "the queue has gone on past that card: no debt"

    def test_the_tail_is_the_same_within_one_list(self, bench: Bench) -> None:
        outcomes = bench.apply(*(selftest(f"s{i}", flow="school") for i in range(3))).outcomes
        starts = [o.job.fair_start for o in outcomes if isinstance(o, Submitted)]
        assert [b - starts[0] for b in starts] == [0, 40_000, 80_000]

    def test_claims_move_v_forwards_only(self, bench: Bench) -> None:
        bench.attach()
        jobs = [bench.submit(f"s{i}", flow="school", cost_ms=10 * HOUR) for i in range(3)]
        bench.claim(jobs[2])
        bench.claim(jobs[1])
        assert bench.submit("c", flow="citizen").fair_start == jobs[2].fair_start
        assert bench.submit("d", flow="d", destination="printer:X").fair_start == jobs[2].fair_start, "one queue a site"
        assert bench.submit("e", flow="e", site="21.71.05").fair_start < jobs[1].fair_start

    def test_an_idle_queue_catches_up_with_the_machine_time_it_gave(self, bench: Bench) -> None:
        bench.attach()
        for i in range(3):
            job = bench.submit(f"s{i}", flow="citizen", cost_ms=HOUR)
            assert job.fair_start == i * HOUR
            bench.settle(bench.intend(bench.claim(job)), Verdict.PRINTED)

    def test_heads_walk_band_rank_id_across_kinds(self, bench: Bench) -> None:
        low = bench.submit("low", priority=10)
        express = bench.submit("express", band=0, flow="x", kind="ktp")
        high = bench.submit("high", priority=90, flow="y", kind="ktp")
        bench.submit("elsewhere", destination="printer:SGL-2")
        assert bench.heads(("selftest", "ktp")) == [express.id, high.id, low.id]
        assert bench.heads(("ktp",)) == [express.id, high.id]
        rest = bench.read.heads("site:21.71.11", ("selftest", "ktp"), express.key, 1)
        assert [job.id for job in rest] == [high.id]
        bench.change(express, JobEvent.HELD)
        assert bench.heads(("selftest", "ktp"), limit=1) == [high.id]

    # the press

    def test_a_card_is_printed(self, bench: Bench) -> None:
        epoch = bench.attach()
        job = bench.claim(bench.submit("t1"))
        assert (job.state, job.printer, job.intent_open) == (JobState.PROCESSING, "SGL-1", False)
        job = bench.intend(job)
        (intent,) = bench.read.open_intents("SGL-1")
        assert intent == Intent(job.id, 1, 1, "SGL-1", epoch, "SERIAL1", 7, bench.store.last_ms)
        assert bench.read.open_intents("SGL-2") == []
        job = bench.settle(job, Verdict.PRINTED)
        assert (job.state, job.intent_open, job.printer, job.evidence) == (
            JobState.COMPLETED, False, "SGL-1", "row-printed",
        )  # fmt: skip
        assert bench.read.open_intents("SGL-1") == []
        card = Card(job.id, 1, 1, CardState.PRINTED, "card-test", "SGL-1", "SERIAL1", bench.store.last_ms)
        assert bench.read.cards(job.id) == [card]
        assert bench.read.counts() == {("21.71.11", "completed"): 1}

    def test_the_latest_cards_of_a_site_are_listed_the_newest_first(self, bench: Bench) -> None:
        bench.attach()
        printed = [bench.settle(bench.intend(bench.claim(bench.submit(f"t{i}"))), Verdict.PRINTED) for i in range(3)]
        found = bench.read.latest_cards("21.71.11", 2)
        assert [job for _, job in found] == [printed[2], printed[1]]
        assert [card.job for card, _ in found] == [printed[2].id, printed[1].id]
        assert found[0][0] == bench.read.cards(printed[2].id)[0]
        assert bench.read.latest_cards("21.71.05", 2) == []

    def test_a_printers_cards_are_told_by_the_day_and_its_last_one_always(self, bench: Bench) -> None:
        for printer in ("SGL-1", "SGL-2", "SGL-3"):
            bench.attach(printer)

        def card(ticket: str, printer: str, verdict: Verdict) -> int:
            job = bench.intend(bench.claim(bench.submit(ticket), printer), printer)
            bench.settle(job, verdict, printer)
            return job.changed_ms

        yesterday = [card(f"y{n}", "SGL-2", Verdict.PRINTED) for n in range(2)]
        since = bench.wall + 1000
        early = bench.submit("early")
        card("none", "SGL-3", Verdict.NOT_PRINTED)
        times = [card(f"t{n}", "SGL-1", verdict) for n, verdict in enumerate((Verdict.PRINTED, Verdict.UNKNOWN))]
        late = bench.intend(bench.claim(early))
        assert bench.read.cards_begun(since) == [("SGL-1", [*times, late.changed_ms]), ("SGL-2", yesterday[-1:])]

    def test_not_printed_returns_to_the_old_place(self, bench: Bench) -> None:
        bench.attach()
        first, second = bench.submit("t1"), bench.submit("t2")
        job = bench.settle(bench.intend(bench.claim(first)), Verdict.NOT_PRINTED)
        assert (job.state, job.key, job.printer, job.attempt) == (JobState.PENDING, first.key, None, 1)
        assert bench.heads() == [first.id, second.id]
        assert bench.read.open_intents("SGL-1") == []
        assert bench.read.cards(job.id) == []
        assert bench.intend(bench.claim(job)).attempt == 2

    @pytest.mark.parametrize(
        ("answer", "state", "reason", "cards"),
        [
            (JobEvent.RESOLVED_PRINTED, JobState.COMPLETED, None, [CardState.PRINTED]),
            (JobEvent.RESOLVED_SPOILED, JobState.ABORTED, "spoiled", [CardState.SPOILED]),
            (JobEvent.RESOLVED_NO_CARD, JobState.PENDING, None, []),
        ],
    )
    def test_a_doubt_waits_for_an_officer(
        self, bench: Bench, answer: JobEvent, state: JobState, reason: str | None, cards: list[CardState]
    ) -> None:
        bench.attach()
        pending = bench.submit("t1")
        job = bench.settle(bench.intend(bench.claim(pending)), Verdict.UNKNOWN)
        assert (job.state, job.reason, job.intent_open) == (JobState.PROCESSING_STOPPED, "inspect-card", True)
        assert len(bench.read.open_intents("SGL-1")) == 1
        bench.refused(bench.settle_command(job, Verdict.PRINTED), "stale")
        bench.refused(Change(job.id, job.version, JobEvent.CANCELED, "officer"), "too-late")
        job = bench.step(Resolve(job.id, job.version, answer, "officer"))
        assert (job.state, job.reason, job.intent_open, job.key) == (state, reason, False, pending.key)
        assert bench.read.open_intents("SGL-1") == []
        assert [card.state for card in bench.read.cards(job.id)] == cards
        bench.refused(Resolve(job.id, job.version, answer, "officer"), "too-late")

    def test_a_new_press_makes_the_old_one_stale_and_frees_what_it_had_not_begun(self, bench: Bench) -> None:
        old = bench.attach()
        begun = bench.intend(bench.claim(bench.submit("t1")))
        taken = bench.claim(bench.submit("t2"))
        bench.attach("SGL-2")
        elsewhere = bench.claim(bench.submit("t3"), "SGL-2")
        waiting = bench.submit("t4")
        applied = bench.apply(Attach("SGL-1"))
        assert applied.outcomes == (old + 1,)
        assert [event for event, _ in facts(applied)] == ["attached", "returned"]
        now = {job.id: job for job in bench.jobs()}
        assert now[taken.id].state is JobState.PENDING
        assert (now[begun.id], now[elsewhere.id]) == (begun, elsewhere)
        bench.refused(bench.settle_command(begun, Verdict.PRINTED), "stale")
        bench.refused(Claim(waiting.id, waiting.version, "SGL-1", old), "stale")
        bench.refused(Claim(waiting.id, waiting.version, "never attached", 1), "stale")
        bench.epochs["SGL-1"] = old + 1
        assert bench.settle(begun, Verdict.PRINTED).state is JobState.COMPLETED

    def test_a_press_acts_only_on_its_own_jobs_as_it_saw_them(self, bench: Bench) -> None:
        bench.attach()
        bench.attach("SGL-2")
        job = bench.submit("t1")
        e1, e2 = bench.epochs["SGL-1"], bench.epochs["SGL-2"]
        bench.refused(Claim(job.id, job.version + 1, "SGL-1", e1), "stale")
        bench.refused(Intend(job.id, job.version, "SGL-1", e1, "S", None), "stale")
        bench.refused(Claim(JobId("0" * 16), 1, "SGL-1", e1), "unknown-job")
        job = bench.claim(job)
        bench.refused(Claim(job.id, job.version, "SGL-2", e2), "stale")
        bench.refused(Return(job.id, job.version, "SGL-2", e2), "stale")
        bench.refused(Intend(job.id, job.version, "SGL-2", e2, "S", None), "stale")
        bench.refused(bench.settle_command(job, Verdict.PRINTED), "stale")
        back = bench.step(Return(job.id, job.version, "SGL-1", e1))
        assert (back.state, back.printer, back.key) == (JobState.PENDING, None, job.key)
        job = bench.intend(bench.claim(back), counter=None)
        assert bench.read.open_intents("SGL-1")[0].counter is None
        bench.refused(Intend(job.id, job.version, "SGL-1", e1, "S", None), "stale")
        bench.refused(Return(job.id, job.version, "SGL-1", e1), "stale")
        bench.refused(bench.settle_command(job, Verdict.PRINTED, "SGL-2"), "stale")

    def test_wait_is_no_verdict_and_takes_the_whole_list_with_it(self, bench: Bench) -> None:
        bench.attach()
        job = bench.intend(bench.claim(bench.submit("t1")))
        before = bench.snapshot()
        with pytest.raises(ValueError, match="WAIT"):
            bench.apply(selftest("t2"), bench.settle_command(job, Verdict.WAIT))
        assert bench.snapshot() == before
        assert bench.submit("t2").number == "SGL-0002"

    # people

    def test_hold_release_cancel_abort(self, bench: Bench) -> None:
        bench.attach()
        job = bench.submit("t1")
        held = bench.change(job, JobEvent.HELD, "bad-picture")
        assert (held.state, held.reason) == (JobState.PENDING_HELD, "bad-picture")
        assert bench.heads() == []
        job = bench.change(held, JobEvent.RELEASED)
        assert (job.state, job.reason) == (JobState.PENDING, None)
        bench.refused(Change(job.id, held.version, JobEvent.CANCELED, "officer"), "stale")
        bench.refused(Change(JobId("0" * 16), 1, JobEvent.CANCELED, "officer"), "unknown-job")
        bench.refused(Change(job.id, job.version, JobEvent.ABORTED, "officer", "free text"), "bad-value")
        job = bench.change(bench.claim(job), JobEvent.CANCELED)
        assert (job.state, job.printer) == (JobState.CANCELED, None)
        bench.refused(Change(job.id, job.version, JobEvent.CANCELED, "officer"), "too-late")
        aborted = bench.change(bench.submit("t2"), JobEvent.ABORTED, "bad-picture")
        assert (aborted.state, aborted.reason) == (JobState.ABORTED, "bad-picture")

    def test_a_job_can_be_held_from_its_submission_on(self, bench: Bench) -> None:
        found = (find("nik-month", "fields.nik"), find("nik-sex", "fields.nik"), find("nik-sex", "fields.nik"))
        held = selftest("a", findings=found, hold="check-record", detail="fields.nik nik-month")
        applied = bench.apply(held, selftest("b"))
        job = applied.outcomes[0].job  # type: ignore[union-attr]
        assert (job.state, job.reason, job.detail) == (JobState.PENDING_HELD, "check-record", "fields.nik nik-month")
        assert bench.read.jobs([job.id]) == [job]
        assert bench.read.counts() == {("21.71.11", "pending-held"): 1, ("21.71.11", "pending"): 1}
        (_, said), (_, other) = facts(applied)
        assert list(said) == sorted(said)
        assert said["findings"] == "nik-month nik-sex"
        assert (said["state"], said["reason"], said["detail"]) == (
            "pending-held", "check-record", "fields.nik nik-month",
        )  # fmt: skip
        assert not {"findings", "reason", "detail"} & set(other)
        # it leaves no debt: the flow's next job stands where the first would have
        assert applied.outcomes[1].job.fair_start == job.fair_start  # type: ignore[union-attr]
        assert [head.id for head in bench.read.heads("site:21.71.11", ["selftest"], None, 10)] != [job.id]
        # the rules may have become stricter or milder meanwhile: the same ticket is the same job
        repeat = bench.one(selftest("a"))
        assert repeat == Submitted(job, repeat=True)
        released = bench.one(Change(job.id, job.version, JobEvent.RELEASED, "supervisor"))
        assert isinstance(released, Job)
        assert (released.state, released.reason, released.detail) == (JobState.PENDING, None, None)

    def test_warnings_stand_in_the_ledger(self, bench: Bench) -> None:
        applied = bench.apply(selftest("a", findings=(find("name-one-word", "fields.nama"),)))
        ((_, said),) = facts(applied)
        assert said["findings"] == "name-one-word"
        assert said["state"] == "pending"

    @pytest.mark.parametrize(
        "changes",
        [
            {"hold": "because"}, {"hold": "check-record", "detail": "BUDI SANTOSO"},
            {"findings": (find("nik-sex", "fields.nik"),), "detail": "fields.nik"},
        ],
    )  # fmt: skip
    def test_open_words_are_a_programming_error(self, bench: Bench, changes: dict[str, object]) -> None:
        with pytest.raises(ValueError, match=r"closed list|field and amounts"):
            bench.apply(selftest("a", **changes))
        assert bench.read.counts() == {}

    def test_a_change_carries_its_detail_as_long_as_it_explains(self, bench: Bench) -> None:
        job = bench.submit("a")
        for detail, reason in (("BUDI SANTOSO", "text-does-not-fit"), ("fields.nama", None)):
            refused = bench.one(Change(job.id, job.version, JobEvent.HELD, "press:SGL-1", reason, detail))
            assert isinstance(refused, Problem)
            assert refused.field == "detail"
        detail = "fields.nama 61.3 mm > 38.6 mm"
        applied = bench.apply(Change(job.id, job.version, JobEvent.HELD, "press:SGL-1", "text-does-not-fit", detail))
        (held,) = applied.outcomes
        assert isinstance(held, Job)
        assert held.detail == detail
        assert bench.read.jobs([job.id]) == [held]
        assert facts(applied)[0][1]["detail"] == detail
        ended = bench.one(Change(job.id, held.version, JobEvent.CANCELED, "counter"))
        assert isinstance(ended, Job)
        assert ended.detail is None

    def test_a_cancel_before_the_intent_wins_and_after_it_is_too_late(self, bench: Bench) -> None:
        epoch = bench.attach()
        job = bench.claim(bench.submit("t1"))
        canceled, intended = bench.apply(
            Change(job.id, job.version, JobEvent.CANCELED, "officer"),
            Intend(job.id, job.version, "SGL-1", epoch, "S", 1),
        ).outcomes
        assert isinstance(canceled, Job)
        assert isinstance(intended, Problem)
        assert intended.code == "stale"
        job = bench.intend(bench.claim(bench.submit("t2")))
        bench.refused(Change(job.id, job.version, JobEvent.CANCELED, "officer"), "too-late")

    def test_query_pages_and_filters(self, bench: Bench) -> None:
        a = bench.submit("a", group="SDN 1")
        b = bench.submit("b", site="21.71.01", submitter="kiosk")
        c = bench.change(bench.submit("c", group="SDN 1", submitter="kiosk"), JobEvent.HELD)
        everything = {"site": None, "state": None, "submitter": None, "group": None}
        assert bench.jobs() == [a, b, c]
        assert bench.jobs(group="SDN 1") == [a, c]
        assert bench.jobs(group="SDN 1", state="pending") == [a]
        assert bench.jobs(site="21.71.11") == [a, c]
        assert bench.jobs(submitter="kiosk") == [b, c]
        assert bench.jobs(submitter="kiosk", site="21.71.01", state="pending") == [b]
        assert bench.jobs(state="completed") == []
        assert bench.read.query(**everything, after=a.id, limit=1) == [b]

    # the clock

    def test_spool_time_never_goes_back(self, bench: Bench) -> None:
        assert bench.store.apply(WALL, [selftest("a")]).now_ms == WALL
        assert bench.store.apply(WALL - 50, [selftest("b")]).now_ms == WALL + 1
        assert bench.store.last_ms == WALL + 1
        a, b = bench.jobs()
        assert (a.submitted_ms, b.submitted_ms) == (WALL, WALL + 1)
        assert not bench.store.clock_suspect

    def test_a_step_back_is_suspect_until_confirmed(self, bench: Bench, tmp_path: Path) -> None:
        store = bench.store
        store.apply(WALL, [selftest("a")])
        store.apply(WALL - STEP_MAX, [selftest("b")])
        assert not store.clock_suspect
        applied = store.apply(WALL - STEP_MAX - 1, [selftest("c")])
        assert store.clock_suspect
        assert [event for event, _ in facts(applied)] == ["clock-suspect", "submitted"]
        assert store.apply(WALL + 99 * DAY, [Shred()]).outcomes == (False,)
        store.close()
        bench.store = store = self.open(tmp_path / "spool")
        assert store.clock_suspect
        assert facts(store.apply(WALL - DAY, [selftest("d")]))[0][0] == "submitted", "said once"
        assert [event for event, _ in facts(store.apply(WALL - DAY, [ConfirmClock("officer")]))] == ["clock-confirmed"]
        store.apply(WALL - DAY + 1000, [selftest("e")])
        assert not store.clock_suspect, "the confirmed clock is the measure now"
        store.close()

    def test_a_reported_step_stops_shredding(self, bench: Bench) -> None:
        bench.change(bench.submit("a"), JobEvent.CANCELED)
        assert bench.one(SuspectClock(7 * DAY)) is True
        bench.wall += 7 * DAY
        assert bench.one(Shred()) is False
        assert bench.one(ConfirmClock("officer")) is True
        assert bench.one(Shred()) is True
        assert bench.read.content(bench.jobs()[0].id) is None

    # the ledger

    def test_every_change_has_an_entry_and_the_chain_holds(self, bench: Bench) -> None:
        bench.attach()
        applied = bench.apply(selftest("t1", group="SDN 1", authorisation="a1"))
        (entry,) = applied.entries
        job = bench.jobs()[0]
        assert msgpack.unpackb(entry.body) == [
            bench.store.chain, 2, applied.now_ms, "submitted",
            {
                "actor": "counter", "job": job.id, "kind": "selftest", "number": "SGL-0001", "site": "21.71.11",
                "state": "pending", "version": 1,
            },
        ]  # fmt: skip
        job = bench.settle(bench.intend(bench.claim(job)), Verdict.UNKNOWN)
        bench.step(Resolve(job.id, job.version, JobEvent.RESOLVED_SPOILED, "officer"))
        entries = bench.read.entries(0, 100)
        words = [msgpack.unpackb(entry.body)[3] for entry in entries]
        assert words == ["attached", "submitted", "claimed", "intended", "doubted", "resolved-spoiled"]
        last = msgpack.unpackb(entries[-1].body)[4]
        assert last == {
            "actor": "officer", "attempt": 1, "job": job.id, "kind": "selftest", "printer": "SGL-1",
            "reason": "spoiled", "serial": "SERIAL1", "site": "21.71.11", "state": "aborted", "stock": "card-test",
            "version": 5,
        }  # fmt: skip
        assert all(list(m := msgpack.unpackb(e.body)[4]) == sorted(m) for e in entries)
        assert verify(bench.read, batch=2) is None
        assert bench.read.entries(4, 1) == [entries[4]]

    def test_applied_entries_are_the_stored_ones(self, bench: Bench) -> None:
        written = [e for i in range(3) for e in bench.apply(selftest(f"{i}"), selftest(f"x{i}")).entries]
        assert bench.read.entries(0, 100) == written

    def test_a_cursor_is_good_across_restarts_and_strangers_are_known(self, bench: Bench, tmp_path: Path) -> None:
        bench.submit("a")
        bench.submit("b")
        cursors = [bench.read.cursor(i) for i in range(3)]
        assert cursors[0] == ""
        assert len(set(cursors)) == 3
        first = bench.store.chain
        bench.store.close()
        store = self.open(tmp_path / "spool")
        assert store.chain != first
        store.apply(WALL + HOUR, [selftest("c")])
        reader = store.reader()
        assert [reader.position(cursor) for cursor in cursors] == [0, 1, 2]
        assert reader.position(reader.cursor(3)) == 3
        assert reader.entries(2, 10)[0].n == 1
        assert verify(reader) is None
        other = self.open(tmp_path / "another")
        other.apply(WALL, [selftest("a"), selftest("b")])
        assert other.reader().position(cursors[1]) is None
        for rubbish in ("x", "%%%", "é", cursors[1] + "AAAA", cursors[1][:-3], "k" * 5000):
            assert reader.position(rubbish) is None
        store.close()
        other.close()

    # lasting

    def test_everything_is_there_after_a_restart(self, bench: Bench, tmp_path: Path) -> None:
        bench.attach()
        bench.intend(bench.claim(bench.submit("t1", authorisation="a1")))
        bench.submit("t2", flow="school", cost_ms=HOUR)
        before = bench.snapshot()
        last_id, last_ms = bench.jobs()[-1].id, bench.store.last_ms
        bench.store.close()
        again = Bench(self.open(tmp_path / "spool"))
        again.epochs = bench.epochs
        assert again.snapshot() == before
        assert again.store.last_ms == last_ms
        assert again.read.content(last_id) == CONTENT
        again.wall = WALL - DAY
        again.apply(ConfirmClock("officer"))
        again.refused(selftest("t9", authorisation="a1"), "authorisation-spent")
        job = again.submit("t3", flow="school")
        assert job.id > last_id
        assert job.number == "SGL-0003"
        assert job.fair_start == again.jobs()[1].fair_start + 40_000
        assert again.attach() == 2
        again.store.close()

    def test_payloads_are_shredded_when_their_time_is_over(self, bench: Bench) -> None:
        bench.attach()
        printed = bench.settle(bench.intend(bench.claim(bench.submit("p"))), Verdict.PRINTED)
        canceled = bench.change(bench.submit("c"), JobEvent.CANCELED)
        waiting = bench.submit("w")
        bench.wall += DAY
        applied = bench.apply(Shred())
        assert applied.outcomes == (True,)
        assert {m["job"] for event, m in facts(applied) if event == "shredded"} == {canceled.id}
        assert bench.read.content(printed.id) == CONTENT
        bench.wall += DAY
        applied = bench.apply(Shred())
        assert {m["job"] for event, m in facts(applied) if event == "shredded"} == {printed.id}
        assert [bench.read.content(j.id) for j in (printed, canceled, waiting)] == [None, None, CONTENT]
        assert bench.one(selftest("p")) == Submitted(printed, repeat=True)
        assert verify(bench.read) is None
