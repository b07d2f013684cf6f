"""Methods about a card that is there, or may be: doubt, inspect, card-uid, reprint, note, approve, correct."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve

from spooler.backends.contract import Language
from spooler.model.card import Inspect, NoteSameChip, TellUid
from spooler.model.commands import Command
from spooler.model.correction import Correct
from spooler.model.doubt import View
from spooler.model.job import Job
from spooler.model.problem import Problem, Refused
from spooler.model.reprint import Approve
from spooler.model.site import Principal, Right
from spooler.wire.views import doubt_map, job_map, reprint_map

from .changing import change
from .finding_jobs import find_job
from .proving import Prover
from .reads import Reads
from .reprinting import Reprinting, with_reprint
from .session import Handler, Session
from .writer import Writer


class Carding:
    """What people do about cards."""

    def __init__(
        self, reads: Reads, writer: Writer, reprinting: Reprinting, prover: Prover, languages: Mapping[str, Language]
    ) -> None:
        """`languages`: by the printer's name."""
        self._reads = reads
        self._writer = writer
        self._reprinting = reprinting
        self._prover = prover
        self._languages = languages
        #: what was told of already: a chip reader that asks again and again makes one incident
        self._same_chips: deque[object] = deque(maxlen=1000)
        self.handlers: Mapping[str, Handler] = {
            "doubt": self._doubt,
            "inspect": self._inspect,
            "card-uid": self._uid,
            "reprint": self._reprint,
            "note": self._note,
            "approve": self._approve,
            "correct": self._correct,
        }

    async def _doubt(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal, job = await self._asked(session, params, Right.OPERATE)
        doubt = await self._reads.do(lambda reader: reader.doubt(job.id))
        if doubt is None:
            raise Refused(Problem("too-late", f"nobody asks about this card: the job is {job.state}", "id"))
        await self._viewed(View(job.id, principal.name, "doubt"))
        language = self._languages.get(doubt.printer)
        proof = None if language is None else await self._prover.picture(job, language)
        return doubt_map(job, doubt, proof)

    async def _note(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal, job = await self._asked(session, params, Right.SUPERVISE)
        record = await self._reads.do(lambda reader: reader.reprint(job.id))
        if record is None:
            raise Refused(Problem("no-reprint", "the job is no reprint, and has none", "id"))
        await self._viewed(View(job.id, principal.name, "note"))
        return reprint_map(record)

    async def _inspect(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = _principal(session)
        passed = params["result"] == "passed"
        if passed and (params.get("defect") is not None or params["reprint"]):
            raise Refused(Problem("bad-params", "a card that has passed has no defect and no reprint", "result"))

        async def plan(job: Job) -> Sequence[Command]:
            _may(principal, Right.OPERATE, job)
            said = Inspect(job.id, job.version, passed, principal.name, params.get("defect"))
            if not params["reprint"]:
                return [said]
            after = evolve(job, version=job.version + 1)
            order = self._reprinting.order(principal, after, True, "spoiled-inspection")
            assert not isinstance(order, Problem), "an officer of the site may replace a spoiled card"
            return [said, order]

        job, outcomes = await change(self._reads, self._writer, session, params, plan)
        return with_reprint(job, outcomes[1]) if len(outcomes) > 1 else job_map(job)

    async def _uid(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = _principal(session)
        asked: list[Job] = []

        async def plan(job: Job) -> Sequence[Command]:
            _may(principal, Right.OPERATE, job)
            asked.append(job)
            return [TellUid(job.id, job.version, params["uid"], principal.name)]

        try:
            job, _ = await change(self._reads, self._writer, session, params, plan)
        except Refused as refusal:
            found = asked[-1].id if asked else None, refusal.problem.details
            if refusal.problem.code == "conflict" and found not in self._same_chips:
                self._same_chips.append(found)
                await self._writer.do(NoteSameChip(asked[-1].id, params["uid"], principal.name))
            raise
        return job_map(job)

    async def _reprint(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = _principal(session)
        asked: list[Job] = []

        async def plan(job: Job) -> Sequence[Command]:
            asked.append(job)
            spoiled = await self._reprinting.is_spoiled(job)
            order = self._reprinting.order(principal, job, spoiled, params["reason"], params.get("note"))
            if isinstance(order, Problem):
                raise Refused(order)
            return [order]

        job, _ = await change(self._reads, self._writer, session, params, plan)
        old = asked[-1].id
        return {"old": old, "job": None if job.id == old else job_map(job)}

    async def _approve(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = _principal(session)

        async def plan(job: Job) -> Sequence[Command]:
            _may(principal, Right.SUPERVISE, job)
            return [Approve(job.id, job.version, principal.name)]

        job, _ = await change(self._reads, self._writer, session, params, plan)
        return job_map(job)

    async def _correct(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = _principal(session)
        answer, stage = params["answer"], params.get("stage")
        check_stage("correct", answer, stage, params.get("defect"))

        async def plan(job: Job) -> Sequence[Command]:
            _may(principal, Right.SUPERVISE, job)
            return [Correct(job.id, job.version, answer, principal.name, stage, params.get("defect"))]

        job, _ = await change(self._reads, self._writer, session, params, plan)
        return job_map(job)

    async def _asked(self, session: Session, params: dict[str, Any], right: Right) -> tuple[Principal, Job]:
        principal = _principal(session)
        job = await find_job(self._reads, session, params)
        _may(principal, right, job)
        return principal, job

    async def _viewed(self, view: View) -> None:
        (outcome,) = await self._writer.do(view)
        if isinstance(outcome, Problem):
            raise Refused(outcome)


def check_stage(method: str, answer: str, stage: str | None, defect: str | None) -> None:
    """A spoiled card has a stage, and only that has one. Raises Refused."""
    if answer == "spoiled" and stage is None:
        raise Refused(Problem("missing-field", f"{method} needs stage for a card that is spoiled.", "stage"))
    if answer != "spoiled" and (stage is not None or defect is not None):
        name = "stage" if stage is not None else "defect"
        raise Refused(Problem("bad-params", f"Only a spoiled card has a {name}.", name))


def _principal(session: Session) -> Principal:
    assert session.principal is not None
    return session.principal


def _may(principal: Principal, right: Right, job: Job) -> None:
    if not principal.may(right, job.site):
        raise Refused(Problem("forbidden", f"you may not do this at this site: it needs the right to {right}"))
