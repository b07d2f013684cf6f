"""Methods that read jobs and cards: one job, with a wait for its end, and lists."""

from collections.abc import Mapping
from typing import Any

import trio

from spooler.model.ids import JobId
from spooler.model.job import FINAL, Job
from spooler.model.problem import Problem, Refused
from spooler.wire.views import card_map, job_map

from .finding_jobs import find_job, job_by_id, reads_at
from .job_pages import job_page
from .reads import Reads
from .session import Handler, Session


class Asking:
    """`job`, `jobs`, `cards`."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._waiting: dict[JobId, list[trio.Event]] = {}
        self.handlers: Mapping[str, Handler] = {"job": self._job, "jobs": self._jobs, "cards": self._cards}

    def committed(self, job: Job) -> None:
        """A job changed: wake those who wait for it."""
        for event in self._waiting.pop(job.id, ()):
            event.set()

    async def _job(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        wait_ms, version = params.get("wait_ms", 0), params.get("version")
        job = await find_job(self._reads, session, params)
        with trio.move_on_after(wait_ms / 1000):
            while wait_ms and (job.version <= version if version is not None else job.state not in FINAL):
                changed = trio.Event()
                waiting = self._waiting.setdefault(job.id, [])
                waiting.append(changed)
                try:
                    # the job may have changed between the read and this registration: read again first
                    again = await job_by_id(self._reads, job.id)
                    if again is not None and again.version > job.version:
                        job = again
                        continue
                    await changed.wait()
                finally:
                    if changed in self._waiting.get(job.id, ()):
                        self._waiting[job.id].remove(changed)
                        if not self._waiting[job.id]:
                            del self._waiting[job.id]
                job = await job_by_id(self._reads, job.id) or job
        return job_map(job)

    async def _jobs(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        assert session.principal is not None
        jobs, after = await job_page(self._reads, session.principal, params)
        return {"jobs": [job_map(job) for job in jobs], "next": after}

    async def _cards(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        assert session.principal is not None
        sites = reads_at(session.principal)
        if sites is not None and params["site"] not in sites:
            raise Refused(Problem("forbidden", "you may not see the cards of this site", "site"))
        found = await self._reads.do(lambda reader: reader.latest_cards(params["site"], params["limit"]))
        return {"cards": [card_map(card, job) for card, job in found]}
