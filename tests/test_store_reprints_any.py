"""Law 2 over any history of answers, inspections, reprints and corrections."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from reprinting import answered, correct, doubted, entries, order, printed
from spooler.model.card import GOOD, Inspect
from spooler.model.commands import Change, Command, Resolve, Shred
from spooler.model.job import Job, JobEvent
from spooler.model.reprint import Approve
from spooler.model.verdict import Verdict
from spooler.store import verify
from store_contract import DAY, Bench, selftest
from test_store_embedded import open_spool

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
