"""Methods by which people decide about jobs: cancel, release, resolve; and about the clock."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import evolve

from spooler.model.commands import Change, Command, ConfirmClock, Resolve
from spooler.model.correction import ANSWERS
from spooler.model.job import Job, JobEvent, JobState
from spooler.model.problem import Problem, Refused
from spooler.model.reprint import REASON_OF_STAGE
from spooler.model.site import Right
from spooler.wire.views import job_map

from .carding import check_stage
from .changing import change
from .reads import Reads
from .reprinting import Reprinting, with_reprint
from .session import Handler, Session
from .writer import Writer

_EVENTS: Final = {answer: JobEvent(f"resolved-{answer}") for answer in ANSWERS}


class Deciding:
    """`cancel`, `resolve`, `release`, `confirm-clock`."""

    def __init__(self, reads: Reads, writer: Writer, reprinting: Reprinting) -> None:
        self._reads = reads
        self._writer = writer
        self._reprinting = reprinting
        self.handlers: Mapping[str, Handler] = {
            "cancel": self._cancel,
            "resolve": self._resolve,
            "release": self._release,
            "confirm-clock": self._confirm_clock,
        }

    async def _cancel(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = session.principal
        assert principal is not None

        async def plan(job: Job) -> Sequence[Command]:
            if not principal.owns(job.submitter, job.site) and not principal.may(Right.OPERATE, job.site):
                raise Refused(Problem("forbidden", "only its submitter or an operator may cancel a job"))
            return [Change(job.id, job.version, JobEvent.CANCELED, principal.name)]

        job, _ = await change(self._reads, self._writer, session, params, plan)
        return job_map(job)

    async def _resolve(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = session.principal
        assert principal is not None
        answer, stage, defect = params["answer"], params.get("stage"), params.get("defect")
        check_stage("resolve", answer, stage, defect)
        if params["reprint"] and answer != "spoiled":
            raise Refused(Problem("bad-params", "Only a spoiled card is printed again.", "reprint"))

        async def plan(job: Job) -> Sequence[Command]:
            if not principal.may(Right.OPERATE, job.site):
                raise Refused(Problem("forbidden", "you may not answer for this site"))
            said = Resolve(job.id, job.version, _EVENTS[answer], principal.name, stage, defect)
            if not params["reprint"]:
                return [said]
            after = evolve(job, version=job.version + 1)
            order = self._reprinting.order(principal, after, True, REASON_OF_STAGE[params["stage"]])
            assert not isinstance(order, Problem), "an officer of the site may replace a spoiled card"
            return [said, order]

        job, outcomes = await change(self._reads, self._writer, session, params, plan)
        return with_reprint(job, outcomes[1]) if len(outcomes) > 1 else job_map(job)

    async def _release(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = session.principal
        assert principal is not None

        async def plan(job: Job) -> Sequence[Command]:
            if not principal.may(Right.OPERATE, job.site):
                raise Refused(Problem("forbidden", "you may not release jobs of this site"))
            if job.state is not JobState.PENDING_HELD:
                raise Refused(Problem("too-late", f"only a job that is held can be released; this one is {job.state}"))
            return [Change(job.id, job.version, JobEvent.RELEASED, principal.name)]

        job, _ = await change(self._reads, self._writer, session, params, plan)
        return job_map(job)

    async def _confirm_clock(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        assert session.principal is not None
        if not (
            session.principal.may(Right.OPERATE, "*") or session.principal.may(Right.ADMIN, "*")
        ):  # from here on all sites' data is destroyed again
            raise Refused(Problem("forbidden", "the clock is all sites': one who operates all of them confirms it"))
        await self._writer.do(ConfirmClock(session.principal.name))
        return {}
