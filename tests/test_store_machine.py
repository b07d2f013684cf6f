"""Any sequence of commands, legal or not, over re-openings and clock steps, against a model made of dicts.

The model is written from the laws, not from the store: it knows no SQL, no index and no batch; legality alone it
takes from the one table that both must obey. The printers' counters stand still here: what they tell of the blanks is
in test_store_stock_machine.py.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from loads_counted import loads_are_true
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
    Submit,
    SuspectClock,
)
from spooler.model.ids import JobId
from spooler.model.job import FINAL, Job, JobEvent, JobState, next_state
from spooler.model.order import Progress
from spooler.model.problem import Problem
from spooler.model.verdict import Judgement, Verdict
from spooler.store import Submitted, verify
from store_contract import STEP_MAX, WALL, Bench, place, selftest
from test_store_embedded import open_spool

PRINTERS = ("SGL-1", "SGL-2")
EVENTS = {Verdict.PRINTED: "printed", Verdict.NOT_PRINTED: "not-printed", Verdict.UNKNOWN: "doubted"}


class Naive:
    """What a store should know, as dicts; each method says what the outcome must be."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}  # by ticket, in order of submission
        self.by_id: dict[str, dict[str, Any]] = {}
        self.epochs: dict[str, int] = {}
        self.queues: dict[str, Progress] = {}
        self.flows: dict[tuple[str, str], tuple[int, int]] = {}  # the last card that a flow has begun: start and end
        self.events: list[str] = []

    def submit(self, s: Submit) -> str | dict[str, Any]:
        content = (s.site, s.priority, s.flow, s.authorisation)
        if s.ticket in self.jobs:
            return self.jobs[s.ticket] if self.jobs[s.ticket]["content"] == content else "conflict"
        if s.authorisation and any(
            j["authorisation"] == s.authorisation and not j["freed"] for j in self.jobs.values()
        ):
            return "authorisation-spent"
        tails = [
            j["fair_start"]
            for j in self.jobs.values()
            if j["state"] == "pending" and j["flow"] == s.flow and j["site"] == s.site
        ]
        if (s.site, s.flow) in self.flows:
            tails.append(self.flows[s.site, s.flow][0])
        queue = self.queues.get(s.site, Progress())
        if not any(j["state"] == "pending" and j["site"] == s.site for j in self.jobs.values()):
            queue = queue.rested()
        self.queues[s.site] = queue
        spot = place(queue.clock, queue.v, max(tails, default=None), s.cost_ms, s.printers, s.priority)
        same_day = sum(j["site"] == s.site for j in self.jobs.values())
        job = {
            "content": content, "authorisation": s.authorisation, "freed": False, "version": 1,
            "state": "pending-held" if s.hold else "pending", "reason": s.hold, "detail": s.detail,
            "flow": s.flow, "site": s.site, "destination": s.destination, "fair_start": spot.fair_start,
            "rank": spot.rank, "printer": None, "attempt": 0, "intent_open": False,
            "number": f"SGL-{same_day + 1:04d}", "cards": [],
        }  # fmt: skip
        self.jobs[s.ticket] = job
        self.events.append("submitted")
        return job

    def attach(self, printer: str) -> int:
        self.epochs[printer] = self.epochs.get(printer, 0) + 1
        self.events.append("attached")
        for job in self.jobs.values():
            if job["state"] == "processing" and job["printer"] == printer and not job["intent_open"]:
                self.enter(job, JobEvent.RETURNED, "pending")
        return self.epochs[printer]

    def enter(
        self, job: dict[str, Any], event: JobEvent, state: str, reason: str | None = None, detail: str | None = None
    ) -> dict[str, Any]:
        job |= {"state": state, "version": job["version"] + 1, "reason": reason, "detail": detail}
        job["intent_open"] = event is JobEvent.INTENDED or state == "processing-stopped"
        if state in ("pending", "pending-held", "canceled") or event is JobEvent.ABORTED:
            job["printer"] = None
        if event in (JobEvent.CANCELED, JobEvent.ABORTED):
            job["freed"] = True
        self.events.append(event)
        return job

    def act(self, c: Any) -> str | dict[str, Any]:
        job = self.by_id.get(c.job)
        if job is None:
            return "unknown-job"
        if job["version"] != c.version:
            return "stale"
        pressing = isinstance(c, Claim | Return | Intend | Settle)
        if pressing and self.epochs.get(c.printer) != c.epoch:
            return "stale"
        if pressing and not isinstance(c, Claim) and job["printer"] != c.printer:
            return "stale"
        event = (
            JobEvent(EVENTS[c.judgement.verdict]) if isinstance(c, Settle)
            else {Claim: JobEvent.CLAIMED, Return: JobEvent.RETURNED, Intend: JobEvent.INTENDED}.get(type(c))
            or c.event
        )  # fmt: skip
        state = next_state(JobState(job["state"]), event, intent_open=job["intent_open"])
        if event is JobEvent.HELD and job["state"] == "pending-held":
            return "too-late"  # for another reason
        if state is None:
            return "stale" if pressing else "too-late"
        reason = detail = None
        if isinstance(c, Claim):
            job["printer"] = c.printer
            site, began = job["site"], job["fair_start"]
            self.queues[site] = self.queues[site].begun(began, 40_000)
            was = self.flows.get((site, job["flow"]), (began, began))
            self.flows[site, job["flow"]] = max(was[0], began), max(was[1], began + 40_000)
            over = [key for key, (_, ends) in self.flows.items() if key[0] == site and ends <= self.queues[site].v]
            for key in over:
                del self.flows[key]
        elif isinstance(c, Intend):
            job["attempt"] += 1
        elif isinstance(c, Change):
            reason, detail = c.reason, c.detail
        if event in (JobEvent.PRINTED, JobEvent.RESOLVED_PRINTED):
            job["cards"].append((job["attempt"], "printed"))
        if event is JobEvent.RESOLVED_SPOILED:
            job["cards"].append((job["attempt"], "spoiled"))
            reason = "spoiled"
        if event is JobEvent.DOUBTED:
            reason = "inspect-card"
        return self.enter(job, event, state, reason, detail)


class StoreMachine(RuleBasedStateMachine):
    """Commands pile up in a list and are applied together; then all that can be read is compared."""

    @initialize()
    def begin(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="spool-machine-"))
        self.bench = Bench(open_spool(self.directory / "spool"))
        self.naive = Naive()
        self.wall = WALL
        self.seen_wall = 0  # the latest that was committed, or confirmed
        self.suspect = False
        self.last_ids: list[str] = []

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            assert verify(self.bench.read) is None
            self.bench.store.close()
            shutil.rmtree(self.directory)

    # building lists

    def apply(self, commands: list[Command]) -> None:
        now = max(self.wall, self.bench.store.last_ms + 1)
        expected: list[Any] = []
        applied = self.bench.store.apply(self.wall, commands)
        assert applied.now_ms == now
        if not self.suspect and self.wall < max(self.seen_wall, self.wall) - STEP_MAX:
            self.suspect = True
            self.naive.events.append("clock-suspect")
        for command, outcome in zip(commands, applied.outcomes, strict=True):
            match command:
                case Submit():
                    expected = self.naive.submit(command)  # type: ignore[assignment]
                    if isinstance(outcome, Submitted) and not outcome.repeat:
                        assert not self.last_ids or outcome.job.id > self.last_ids[-1]
                        self.last_ids.append(outcome.job.id)
                        self.naive.by_id[outcome.job.id] = expected  # type: ignore[assignment]
                case Attach(printer):
                    expected = self.naive.attach(printer)  # type: ignore[assignment]
                case SuspectClock():
                    expected = True  # type: ignore[assignment]
                    if not self.suspect:
                        self.naive.events.append("clock-suspect")
                    self.suspect = True
                case ConfirmClock():
                    expected = True  # type: ignore[assignment]
                    if self.suspect:
                        self.naive.events.append("clock-confirmed")
                        self.seen_wall = self.wall
                    self.suspect = False
                case _:
                    expected = self.naive.act(command)  # type: ignore[assignment]
            self.check(outcome, expected)
        if applied.entries:
            self.seen_wall = max(self.seen_wall, self.wall)

    def check(self, outcome: object, expected: object) -> None:
        match expected:
            case str(code):
                assert isinstance(outcome, Problem), (outcome, code)
                assert outcome.code == code
            case dict():
                job = outcome.job if isinstance(outcome, Submitted) else outcome
                assert isinstance(job, Job), (outcome, expected)
                assert self.naive.by_id[job.id] is expected
            case _:
                assert outcome == expected

    def version(self, job_id: str, stale: bool) -> int:
        job = self.naive.by_id.get(job_id)
        return (job["version"] if job else 1) + stale

    submits = st.builds(
        lambda ticket, site, priority, flow, authorisation, hold: selftest(
            ticket,
            site=site,
            destination=f"site:{site}",
            priority=priority,
            flow=flow,
            authorisation=authorisation,
            hold=hold,
            detail=hold and "fields.nik nik-month",
        ),
        st.sampled_from([f"t{i}" for i in range(12)]),
        st.sampled_from(["21.71.11", "21.71.01"]),
        st.sampled_from([50, 50, 90]),
        st.sampled_from(["a", "b"]),
        st.sampled_from([None, "x", "y", "z"]),
        st.sampled_from([None, None, None, "check-record"]),
    )

    @rule(commands=st.lists(submits, min_size=1, max_size=6))
    def submit(self, commands: list[Command]) -> None:
        self.apply(commands)

    @rule(printer=st.sampled_from(PRINTERS))
    def attach(self, printer: str) -> None:
        self.apply([Attach(printer)])

    @rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        """One to three commands on any jobs, each seen as it was before the list; so the later ones may be stale."""
        commands: list[Command] = []
        for _ in range(data.draw(st.integers(1, 3), "how many")):
            job_id = JobId(data.draw(st.sampled_from([*self.last_ids, "0" * 16]), "job"))
            version = self.version(job_id, data.draw(st.integers(0, 9)) == 0)
            job = self.naive.by_id.get(job_id)
            printer = data.draw(st.sampled_from(PRINTERS), "printer")
            if job is not None and job["printer"] and data.draw(st.integers(0, 3)):
                printer = job["printer"]
            epoch = self.naive.epochs.get(printer, 0) + (data.draw(st.integers(0, 9)) == 0)
            if epoch == 0:
                epoch = 1  # never attached
            verdict = data.draw(st.sampled_from(list(EVENTS)))
            commands.append(
                data.draw(
                    st.sampled_from(
                        [
                            Claim(job_id, version, printer, epoch),
                            Return(job_id, version, printer, epoch),
                            Intend(job_id, version, printer, epoch, "S", 1),
                            Settle(job_id, version, printer, epoch, Judgement(verdict, "row"), 1),
                            Change(job_id, version, JobEvent.HELD, "officer"),
                            Change(job_id, version, JobEvent.HELD, "press", "text-does-not-fit", "fields.nama"),
                            Change(job_id, version, JobEvent.RELEASED, "officer"),
                            Change(job_id, version, JobEvent.CANCELED, "officer"),
                            Change(job_id, version, JobEvent.ABORTED, "press", "bad-picture"),
                            Resolve(job_id, version, JobEvent.RESOLVED_PRINTED, "officer"),
                            Resolve(job_id, version, JobEvent.RESOLVED_SPOILED, "officer"),
                            Resolve(job_id, version, JobEvent.RESOLVED_NO_CARD, "officer"),
                        ]
                    )
                )
            )
        self.apply(commands)

    @rule(data=st.data(), steps=st.integers(1, 4))
    def press(self, data: st.DataObject, steps: int) -> None:
        """A press that does its work, so that the deep states are reached often."""
        printer = data.draw(st.sampled_from(PRINTERS))
        epoch = self.naive.epochs.get(printer, 0)
        waiting = [i for i in self.last_ids if self.naive.by_id[i]["state"] == "pending"]
        if not waiting or not epoch:
            return
        job = JobId(data.draw(st.sampled_from(waiting)))
        version = self.naive.by_id[job]["version"]
        judgement = Judgement(data.draw(st.sampled_from(list(EVENTS))), "row")
        answer = data.draw(st.sampled_from(["resolved-printed", "resolved-spoiled", "resolved-no-card"]))
        work: list[Command] = [
            Claim(job, version, printer, epoch),
            Intend(job, version + 1, printer, epoch, "S", 1),
            Settle(job, version + 2, printer, epoch, judgement, 1),
            Resolve(job, version + 3, JobEvent(answer), "officer"),
        ]
        self.apply(work[:steps])

    @rule(command=st.sampled_from([SuspectClock(1_000_000), ConfirmClock("officer")]))
    def clock(self, command: Command) -> None:
        self.apply([command])

    @rule(step=st.sampled_from([1, 1000, 60_000, 0, -1, -1000, -STEP_MAX - 1_000_000]))
    def tick(self, step: int) -> None:
        self.wall += step

    @rule()
    def reopen(self) -> None:
        self.bench.store.close()
        self.bench = Bench(open_spool(self.directory / "spool"))

    # comparing

    @invariant()
    def nothing_differs(self) -> None:
        if not hasattr(self, "bench"):
            return
        read, naive = self.bench.read, self.naive
        assert self.bench.store.clock_suspect == self.suspect
        jobs = {job.id: job for job in self.bench.jobs()}
        assert list(jobs) == self.last_ids
        for job_id, job in jobs.items():
            model = naive.by_id[job_id]
            for name in (
                "state",
                "version",
                "printer",
                "attempt",
                "intent_open",
                "reason",
                "detail",
                "rank",
                "fair_start",
                "number",
            ):
                assert getattr(job, name) == model[name], (name, job, model)
            assert [(card.attempt, card.state.value) for card in read.cards(job.id)] == model["cards"]
        for destination in ("site:21.71.11", "site:21.71.01"):
            waiting = [j for j in jobs.values() if j.state == "pending" and j.destination == destination]
            assert read.heads(destination, ("selftest",), None, 100) == sorted(waiting, key=lambda j: j.key)
        counts: dict[tuple[str, str], int] = {}
        for job in jobs.values():
            counts[job.site, job.state.value] = counts.get((job.site, job.state.value), 0) + 1
        assert read.counts() == counts
        loads_are_true(self.directory / "spool")
        for printer in PRINTERS:
            opened = {intent.job for intent in read.open_intents(printer)}
            assert opened == {j.id for j in jobs.values() if j.intent_open and j.printer == printer}
        for ticket, model in naive.jobs.items():
            found = read.by_ticket("counter", ticket)
            assert found is not None
            assert naive.by_id[found.id] is model
        assert len(read.entries(0, 10_000)) == len(naive.events)
        live = [m for m in naive.jobs.values() if m["authorisation"] and not m["freed"]]
        assert len({m["authorisation"] for m in live}) == len(live), "one authorisation, at most one job"
        assert all(JobState(m["state"]) in FINAL for m in naive.jobs.values() if m["freed"])


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
