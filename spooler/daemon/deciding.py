"""Methods by which people decide about jobs: cancel, release, resolve; and about the clock."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from spooler.model.commands import Change, Command, ConfirmClock, Resolve
from spooler.model.job import Job, JobEvent, JobState
from spooler.model.problem import Problem, Refused
from spooler.model.site import Right
from spooler.wire.views import job_map

from .finding_jobs import find_job
from .reads import Reads
from .session import Handler, Session
from .writer import Writer

ANSWERS: Final = {
    "printed": JobEvent.RESOLVED_PRINTED,
    "spoiled": JobEvent.RESOLVED_SPOILED,
    "no-card": JobEvent.RESOLVED_NO_CARD,
}
#: How often a change is tried again on a job that changed under it; each try reads it anew.
STALE_TRIES: Final = 5


class Deciding:
    """`cancel`, `resolve`, `release`, `confirm-clock`."""

    def __init__(self, reads: Reads, writer: Writer) -> None:
        self._reads = reads
        self._writer = writer
        self.handlers: Mapping[str, Handler] = {
            "cancel": self._cancel,
            "resolve": self._resolve,
            "release": self._release,
            "confirm-clock": self._confirm_clock,
        }

    async def _cancel(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = session.principal
        assert principal is not None

        def change(job: Job) -> Command:
            if job.submitter != principal.name and not principal.may(Right.OPERATE, job.site):
                raise Refused(Problem("forbidden", "only its submitter or an operator may cancel a job"))
            return Change(job.id, job.version, JobEvent.CANCELED, principal.name)

        return await self._change(session, params, change)

    async def _resolve(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = session.principal
        assert principal is not None

        def change(job: Job) -> Command:
            if not principal.may(Right.OPERATE, job.site):
                raise Refused(Problem("forbidden", "you may not answer for this site"))
            return Resolve(job.id, job.version, ANSWERS[params["answer"]], principal.name)

        return await self._change(session, params, change)

    async def _release(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = session.principal
        assert principal is not None

        def change(job: Job) -> Command:
            if not principal.may(Right.OPERATE, job.site):
                raise Refused(Problem("forbidden", "you may not release jobs of this site"))
            if job.state is not JobState.PENDING_HELD:
                raise Refused(Problem("too-late", f"only a job that is held can be released; this one is {job.state}"))
            return Change(job.id, job.version, JobEvent.RELEASED, principal.name)

        return await self._change(session, params, change)

    async def _confirm_clock(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        assert session.principal is not None
        await self._writer.do(ConfirmClock(session.principal.name))
        return {}

    async def _change(
        self, session: Session, params: dict[str, Any], change: Callable[[Job], Command]
    ) -> dict[str, Any]:
        """Change a job at the version it has now; a job that changes under us is read again, a few times."""
        for _ in range(STALE_TRIES):
            job = await find_job(self._reads, session, params)
            (outcome,) = await self._writer.do(change(job))
            if isinstance(outcome, Job):
                return job_map(outcome)
            if isinstance(outcome, Problem) and outcome.code != "stale":
                raise Refused(outcome)
        raise Refused(Problem("stale", "the job changes all the time: try again"))
