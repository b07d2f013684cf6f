"""Short words for cards that people answer for, order again and correct, in a store under test."""

import msgpack

from spooler.model.commands import Resolve
from spooler.model.correction import Correct
from spooler.model.job import Job, JobEvent
from spooler.model.reprint import Reprint
from spooler.model.verdict import Verdict
from store_contract import Bench

TODAY = "2027-01-15"


def order(job: Job, reason: str = "lost", **changes: object) -> Reprint:
    asked = {
        "version": job.version,
        "actor": "officer",
        "label": "SGL",
        "day": TODAY,
        "limit": None,
        "awaits": False,
    } | changes
    return Reprint(job.id, reason=reason, **asked)  # type: ignore[arg-type]


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


def correct(job: Job, answer: str, stage: str | None = None) -> Correct:
    return Correct(job.id, job.version, answer, "chief", stage)
