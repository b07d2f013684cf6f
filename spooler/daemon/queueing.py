"""Methods about jobs that wait: hold, priority, move, explain; and a group as one.

A group may have thousands of jobs, so what is done to it goes in chunks, each a transaction of its own. If that breaks
off it is asked again: what was done is not done twice, because only jobs that it still concerns are taken.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from attrs import evolve

from spooler.model.commands import Change, Command
from spooler.model.holding import UNTIL
from spooler.model.job import FINAL, Job, JobEvent, JobState
from spooler.model.override import NOT_GIVEN
from spooler.model.problem import Problem, Refused
from spooler.model.queue_commands import Express, Move, Reorder
from spooler.model.site import ALL_SITES, City, Principal, Right, printer_destination, site_destination
from spooler.rules.explaining import explain
from spooler.rules.order import OrderPolicy
from spooler.rules.routing import Media, Route, able_at, reroute
from spooler.wire.views import explanation_map, job_map

from .changing import change
from .feed import Board
from .finding_jobs import find_job, reads_at, sees
from .gating import Gates
from .reads import Reads
from .session import Handler, Session
from .writer import Writer

CHUNK: Final = 100

#: From a destination's route to the expected machine time of a card there, over its printers, in milliseconds.
ShareOf = Callable[[Route], int]
_GroupPlan = Callable[[Job], Command]
_WAITING: Final = (JobState.PENDING, JobState.PENDING_HELD)


class Queueing:
    """`explain`, `hold`, `priority`, `express`, `move`; of groups `group`, `group-hold`, `group-release`,
    `group-cancel`, `group-move`."""

    def __init__(
        self,
        city: City,
        policy: OrderPolicy,
        reads: Reads,
        writer: Writer,
        board: Board,
        media: Media,
        share_of: ShareOf,
        gates: Gates,
    ) -> None:
        self._city = city
        self._policy = policy
        self._reads = reads
        self._writer = writer
        self._board = board
        self._media = media
        self._share_of = share_of
        self._gates = gates
        self.handlers: Mapping[str, Handler] = {
            "explain": self._explain,
            "hold": self._hold,
            "priority": self._priority,
            "express": self._express,
            "move": self._move,
            "group": self._group,
            "group-hold": self._group_hold,
            "group-release": self._group_release,
            "group-cancel": self._group_cancel,
            "group-move": self._group_move,
        }

    async def _explain(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        job = await find_job(self._reads, session, params)
        able = self._able(job)
        statuses = [status for status in self._board.printers() if status.name in able]
        standing = shut = None
        if job.state is JobState.PENDING:
            lanes = [
                (destination, kind)
                for name in able
                for kind in self._city.printers[name].kinds
                for destination in self._city.printers[name].destinations
            ]
            shut = await self._gates.of_job(job, able)
            standing = await self._reads.do(lambda reader: reader.standing(job, lanes))
        return explanation_map(job, explain(job, standing, statuses, self._policy, shut))

    def _able(self, job: Job) -> tuple[str, ...]:
        """The printers that take from the job's destination and may print its kind."""
        at_site = able_at(self._city, job.kind, job.site, self._media)
        if job.destination == site_destination(job.site):
            return at_site
        return tuple(name for name in at_site if printer_destination(name) == job.destination)

    async def _hold(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = _principal(session)

        async def plan(job: Job) -> Sequence[Command]:
            _own_or_operate(principal, job)
            if principal.may(Right.OPERATE, job.site):
                _waits(job, "held", *_WAITING)  # also until another time
            else:
                _waits(job, "held", JobState.PENDING)
            return [evolve(_held(job, principal), until_ms=params.get("until_ms"))]

        job, _ = await change(self._reads, self._writer, session, params, plan)
        return job_map(job)

    async def _priority(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = _principal(session)
        priority: int = params["priority"]
        if priority > principal.priority_cap:
            most = f"this connection may give priority {principal.priority_cap} at most"
            raise Refused(Problem("forbidden", most, "priority"))

        async def plan(job: Job) -> Sequence[Command]:
            if not principal.may(Right.OPERATE, job.site):
                raise Refused(Problem("forbidden", "you may not change the order at this site"))
            _waits(job, "given another priority", *_WAITING)
            return [Reorder(job.id, job.version, principal.name, priority, params.get("reason", NOT_GIVEN))]

        job, _ = await change(self._reads, self._writer, session, params, plan)
        return job_map(job)

    async def _express(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = _principal(session)

        async def plan(job: Job) -> Sequence[Command]:
            if not principal.may(Right.EXPRESS, job.site):
                raise Refused(Problem("forbidden", "you may not let jobs of this site go first"))
            _waits(job, "put before others", *_WAITING)
            return [Express(job.id, job.version, principal.name, params["express"], params["reason"])]

        job, _ = await change(self._reads, self._writer, session, params, plan)
        return job_map(job)

    async def _move(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = _principal(session)

        async def plan(job: Job) -> Sequence[Command]:
            _waits(job, "moved", *_WAITING)
            return [self._moved(job, principal, params)]

        job, _ = await change(self._reads, self._writer, session, params, plan)
        return job_map(job)

    def _moved(self, job: Job, principal: Principal, params: dict[str, Any]) -> Move:
        way = reroute(job, self._city, self._media, params.get("site"), params.get("printer"))
        if isinstance(way, Problem):
            raise Refused(way)
        if not principal.may(Right.OPERATE, job.site):
            raise Refused(Problem("forbidden", "you may not move jobs of this site"))
        if way.site != job.site and not (
            principal.may(Right.SUPERVISE, job.site) and principal.may(Right.SUPERVISE, way.site)
        ):
            raise Refused(Problem("forbidden", "only a supervisor of both sites moves a job from one to the other"))
        return Move(job.id, job.version, principal.name, way.site, way.destination, self._share_of(way))

    # -- groups ------------------------------------------------------------------------------------------------

    async def _group(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal, group = _principal(session), params["group"]
        whose: str | None = principal.owner
        sites = reads_at(principal)
        if principal.via is not None and principal.sites != ALL_SITES:
            whose, sites = None, sites or principal.sites  # of the program's jobs his sites' alone
        found = await self._reads.do(lambda reader: reader.group(group, whose, sites))
        if not found.states:
            raise Refused(Problem("unknown-job", "there is no such group of yours, or at your sites", "group"))
        ended = sum(n for state, n in found.states.items() if state in FINAL)
        return {
            "group": group, "jobs": found.states, "sites": list(found.sites), "ended": ended,
            "all": sum(found.states.values()),
        }  # fmt: skip

    async def _group_hold(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = _principal(session)
        return await self._each(session, params, (JobState.PENDING,), lambda job: _held(job, principal))

    async def _group_release(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = _principal(session)

        def released(job: Job) -> Command:
            if job.reason != UNTIL:
                raise Refused(Problem("forbidden", "it is held for another reason, which somebody must look at"))
            if job.hold_until_ms is not None:
                raise _ThereAlready  # its own time comes
            return Change(job.id, job.version, JobEvent.RELEASED, principal.name)

        return await self._each(session, params, (JobState.PENDING_HELD,), released)

    async def _group_cancel(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = _principal(session)

        def canceled(job: Job) -> Command:
            return Change(job.id, job.version, JobEvent.CANCELED, principal.name)

        return await self._each(session, params, _WAITING, canceled)

    async def _group_move(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = _principal(session)
        destination = site_destination(params["site"]) if "site" in params else printer_destination(params["printer"])

        def moved(job: Job) -> Command:
            if job.destination == destination:
                raise _ThereAlready
            return self._moved(job, principal, params)

        return await self._each(session, params, _WAITING, moved, operate_only=True)

    async def _each(
        self, session: Session, params: dict[str, Any], states: Sequence[JobState], plan: _GroupPlan,
        *, operate_only: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """Carry the plan out for each job of the group in these states: {changed, refused, error}.

        `error` is that of the first job that was refused.
        """
        principal, group = _principal(session), params["group"]
        changed, refused, first, after = 0, 0, None, None
        while True:
            page = await self._reads.do(lambda reader: reader.group_page(group, states, after, CHUNK))  # noqa: B023
            commands: list[Command] = []
            for job in page:
                try:
                    if not sees(principal, job):
                        continue
                    if operate_only and not principal.may(Right.OPERATE, job.site):
                        raise Refused(Problem("forbidden", "you may not move jobs of this site"))
                    if not operate_only:
                        _own_or_operate(principal, job)
                    commands.append(plan(job))
                except _ThereAlready:
                    continue
                except Refused as refusal:
                    refused, first = refused + 1, first or refusal.problem
            for outcome in await self._writer.do(*commands) if commands else ():
                if isinstance(outcome, Problem):
                    refused, first = refused + 1, first or outcome
                else:
                    changed += 1
            if len(page) < CHUNK:
                return {"changed": changed, "refused": refused, "error": first.as_wire() if first else None}
            after = page[-1].id


class _ThereAlready(Exception):  # noqa: N818 - nothing is wrong
    """Nothing to do for this job."""


def _principal(session: Session) -> Principal:
    assert session.principal is not None
    return session.principal


def _own_or_operate(principal: Principal, job: Job) -> None:
    """Raises Refused."""
    if not principal.owns(job.submitter, job.site) and not principal.may(Right.OPERATE, job.site):
        raise Refused(Problem("forbidden", "only its submitter or an operator of its site may do this"))


def _waits(job: Job, what: str, *states: JobState) -> None:
    """Raises Refused with the state that it has."""
    if job.state not in states:
        raise Refused(Problem("too-late", f"only a job that is {states[0]} can be {what}; this one is {job.state}"))


def _held(job: Job, principal: Principal) -> Change:
    return Change(job.id, job.version, JobEvent.HELD, principal.name, UNTIL)
