"""Ordering a reprint: the rule's inputs gathered, and its order as the store's command."""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve

from spooler.model.job import Job
from spooler.model.problem import Problem
from spooler.model.reprint import REPRINT_REASONS, Reprint
from spooler.model.site import Principal, Site
from spooler.rules.reprints import ReprintPolicy, is_spoiled, judge_reprint
from spooler.store.contract import Outcome
from spooler.wire.views import job_map

from .reads import Reads


class Reprinting:
    """Makes Reprint commands for the desks."""

    def __init__(
        self, reads: Reads, policy: ReprintPolicy, sites: Mapping[str, Site], today: Callable[[], str]
    ) -> None:
        """`today`: the sites' local date."""
        self._reads = reads
        self._policy = policy
        self._sites = sites
        self._today = today

    async def is_spoiled(self, job: Job) -> bool | None:
        """How the job's latest card is; None: it has none."""
        cards = await self._reads.do(lambda reader: reader.cards(job.id))
        return is_spoiled(cards[-1]) if cards else None

    def order(
        self, principal: Principal, job: Job, spoiled: bool | None, reason: str, note: str | None = None
    ) -> Reprint | Problem:
        """The command for the job as it is seen, or why this principal may not ask for it.

        `spoiled`: how its latest card is; None: it has none.
        """
        allowed = judge_reprint(spoiled, REPRINT_REASONS[reason], principal, job.site, self._policy)
        if isinstance(allowed, Problem):
            return allowed
        return Reprint(
            job.id, job.version, reason, principal.name, self._sites[job.site].label, self._today(), allowed.limit,
            allowed.awaits, note,
        )  # fmt: skip


def with_reprint(job: Job, outcome: Outcome) -> dict[str, Any]:
    """The answer to a request that asked for a reprint beside what it said of the card."""
    if isinstance(outcome, Problem):
        return job_map(job) | {"reprint": {"error": outcome.as_wire()}}
    assert isinstance(outcome, Job)
    if outcome.id == job.id:  # it is open: the application must submit
        return job_map(outcome) | {"reprint": None}
    linked = evolve(job, version=job.version + 1, changed_ms=outcome.changed_ms, reprinted_by=outcome.id)
    return job_map(linked) | {"reprint": job_map(outcome)}
