"""The methods of the protocol: what each request does. Their parameters are checked by the wire's method table.

Submissions of one read become one posting to the store, whose callback encodes the replies: no task and no wait per
job. Reads and waits run as short tasks of their connection.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

import structlog
import trio

from spooler import __version__
from spooler.config import Config
from spooler.model.commands import Change, Command, ConfirmClock, Resolve, Submit
from spooler.model.ids import JobId, parse_id
from spooler.model.job import FINAL, Job, JobEvent, JobState
from spooler.model.problem import Problem, Refused
from spooler.model.site import Principal, Right
from spooler.store.contract import Outcome, StoreError
from spooler.wire import METHODS, PROTOCOL_VERSION, Limits, Request, check_params
from spooler.wire.views import job_map, printer_map, site_map

from .checking import Checker
from .feed import Board, Feed
from .intake import Intake
from .peers import Doorman
from .reads import Reads
from .session import Session
from .submissions import Submissions, answers
from .writer import Writer

T = TypeVar("T")
log = structlog.get_logger()

ANSWERS: Final = {
    "printed": JobEvent.RESOLVED_PRINTED,
    "spoiled": JobEvent.RESOLVED_SPOILED,
    "no-card": JobEvent.RESOLVED_NO_CARD,
}
#: How often a change is tried again on a job that changed under it; each try reads it anew.
STALE_TRIES: Final = 5
#: Answers that are long or cost drawings: a connection has one in the making, and none while it does not read.
LONG_ANSWERS: Final = frozenset({"jobs", "sites", "check", "submit"})
#: Seconds between two notifications of state: it is latest-only, and more often than this nobody can read.
STATE_INTERVAL: Final = 0.2


class Methods:
    """Carries out requests."""

    def __init__(
        self, *, config: Config, writer: Writer, reads: Reads, feed: Feed, board: Board, intake: Intake,
        doorman: Doorman, checker: Checker,
    ) -> None:  # fmt: skip
        self.doorman = doorman
        self.limits = Limits(unanswered=config.limits.unanswered_per_connection)
        self._config = config
        self._writer = writer
        self._reads = reads
        self._feed = feed
        self._board = board
        self._submissions = Submissions(intake, checker, self.limits)
        self._waiting: dict[JobId, list[trio.Event]] = {}
        self._tasks: dict[str, Callable[[Session, dict[str, Any]], Awaitable[Any]]] = {
            "submit": self._submit_checked,
            "check": self._check,
            "job": self._job,
            "jobs": self._jobs,
            "cancel": self._cancel,
            "resolve": self._resolve,
            "release": self._release,
            "confirm-clock": self._confirm_clock,
            "watch": self._watch,
            "sites": self._sites,
        }

    def handle(self, session: Session, requests: Sequence[Request], size: int) -> None:
        """Start everything that one read brought; `size`: its bytes."""
        if not requests:
            return
        share = size // len(requests)
        submissions: list[tuple[int, list[Submit | Problem]]] = []
        for request in requests:
            session.opened(share)
            try:
                params = self._params(session, request)
                if request.method == "hello":
                    session.reply(share, request.msgid, self._hello(session, params))
                elif request.method == "submit" and params["check"] == "fast":
                    assert session.principal is not None
                    submissions.append((request.msgid, self._submissions.judge(params["jobs"], session.principal)))
                elif request.method == "printers":
                    printers = [printer_map(status) for status in self._board.printers()]
                    session.reply(share, request.msgid, {"printers": printers})
                else:
                    assert session.nursery is not None
                    if request.method == "watch":  # here, since tasks begin in any order: the last one asked for stays
                        params["scope"] = session.watch_anew()
                    session.nursery.start_soon(self._task, session, request, params, share)
            except Refused as refused:
                session.reply(share, request.msgid, refused.problem)
        if submissions:
            self._submit(session, submissions, share)

    def committed(self, job: Job) -> None:
        """A job changed: wake those who wait for it."""
        for event in self._waiting.pop(job.id, ()):
            event.set()

    # -- who may -----------------------------------------------------------------------------------------------

    def _params(self, session: Session, request: Request) -> dict[str, Any]:
        """The checked parameters. Raises Refused."""
        method = METHODS.get(request.method)
        if method is None:
            raise Refused(Problem("unknown-method", f"there is no such method; there are: {', '.join(METHODS)}"))
        refusal = method.refusal(session.principal)
        if refusal is not None:
            raise Refused(refusal)
        params = check_params(request.method, request.params, self.limits)
        if isinstance(params, Problem):
            raise Refused(params)
        return params

    def _hello(self, session: Session, params: dict[str, Any]) -> dict[str, Any] | Problem:
        if PROTOCOL_VERSION not in params["versions"]:
            return Problem("unsupported-version", f"this spooler speaks version {PROTOCOL_VERSION}", "versions")
        token = params.get("token")
        if token is not None:
            principal = self.doorman.by_token(token)
            if principal is None:
                return Problem("unauthorised", "the token is not known here", "token")
            session.principal = principal
            session.known.set()
        known = session.principal
        log.info("hello", principal=known.name if known else None)
        return {
            "version": PROTOCOL_VERSION,
            "server": "ktp-spooler",
            "release": __version__,
            "node": self._config.spool.node,
            "principal": known.name if known else None,
            "rights": sorted(right.value for right in known.rights) if known else [],
            "limits": self.limits.as_wire(),
        }

    # -- submit ------------------------------------------------------------------------------------------------

    async def _submit_checked(self, session: Session, params: dict[str, Any]) -> list[dict[str, Any]]:
        """`submit` with a full check: each card is drawn and looked at before any is stored."""
        assert session.principal is not None
        judged = await self._submissions.judge_fully(params["jobs"], session.principal)
        commands = [item for item in judged if isinstance(item, Submit)]
        return answers(judged, iter(await self._writer.do(*commands) if commands else ()))

    async def _check(self, session: Session, params: dict[str, Any]) -> list[dict[str, Any]]:
        assert session.principal is not None
        return await self._submissions.check(params["jobs"], session.principal, full=params["full"])

    def _submit(self, session: Session, submissions: list[tuple[int, list[Submit | Problem]]], share: int) -> None:
        """One posting for all submissions of a read; the replies are encoded when it is durable."""
        commands = [item for _, judged in submissions for item in judged if isinstance(item, Submit)]

        def done(outcomes: Sequence[Outcome] | StoreError) -> None:
            if isinstance(outcomes, StoreError):
                problem = store_problem(outcomes)
                for msgid, _ in submissions:
                    session.reply(share, msgid, problem)
                return
            stored = iter(outcomes)
            for msgid, judged in submissions:
                session.reply(share, msgid, answers(judged, stored))

        if commands:
            self._writer.post(commands, done)
        else:
            done([])

    # -- tasks of a connection ---------------------------------------------------------------------------------

    async def _task(self, session: Session, request: Request, params: dict[str, Any], share: int) -> None:
        try:
            if request.method in LONG_ANSWERS:
                async with session.asking:
                    await session.flowing()  # who does not read its answers is not given more of them
                    result = await self._tasks[request.method](session, params)
            else:
                result = await self._tasks[request.method](session, params)
        except Refused as refused:
            result = refused.problem
        except StoreError as error:
            result = store_problem(error)
        except Exception:
            incident = secrets.token_hex(4)
            log.exception("internal fault", incident=incident, method=request.method)
            result = Problem("internal", f"a fault of the spooler; it is in the log under {incident}")
        session.reply(share, request.msgid, result)

    async def _job(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        wait_ms, version = params.get("wait_ms", 0), params.get("version")
        job = await self._find(session, params)
        with trio.move_on_after(wait_ms / 1000):
            while wait_ms and (job.version <= version if version is not None else job.state not in FINAL):
                changed = trio.Event()
                waiting = self._waiting.setdefault(job.id, [])
                waiting.append(changed)
                try:
                    # the job may have changed between the read and this registration: read again first
                    again = await self._by_id(job.id)
                    if again is not None and again.version > job.version:
                        job = again
                        continue
                    await changed.wait()
                finally:
                    if changed in self._waiting.get(job.id, ()):
                        self._waiting[job.id].remove(changed)
                        if not self._waiting[job.id]:
                            del self._waiting[job.id]
                job = await self._by_id(job.id) or job
        return job_map(job)

    async def _jobs(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = session.principal
        assert principal is not None
        limit = params.get("limit", 100)
        after = _id(params["after"], "after") if params.get("after") is not None else None
        jobs = await self._reads.do(
            lambda reader: reader.query(
                site=params.get("site"),
                state=params.get("state"),
                submitter=None if _sees_all(principal) else principal.name,
                group=params.get("group"),
                after=after,
                limit=limit,
            )
        )
        return {"jobs": [job_map(job) for job in jobs], "next": jobs[-1].id if len(jobs) == limit else None}

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

    async def _sites(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        return {"sites": await self._site_maps()}

    async def _watch(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        """Start (or restart) this connection's watch. The reply holds the cursor it begins at."""
        cursor = params.get("cursor")
        position = self._feed.position if cursor is None else await self._feed.locate(cursor)
        if position is None:
            raise Refused(Problem("bad-cursor", "this cursor is not of this spooler's ledger", "cursor"))
        assert session.nursery is not None
        begin = await self._feed.cursor(position)
        session.nursery.start_soon(self._watching, session, params["scope"], params, position)
        return {"cursor": begin}

    async def _watching(
        self, session: Session, scope: trio.CancelScope, params: dict[str, Any], position: int
    ) -> None:  # fmt: skip
        with scope:
            async with trio.open_nursery() as nursery:
                if params.get("entries", True):
                    nursery.start_soon(self._send_entries, session, scope, position)
                if params.get("state", False):
                    nursery.start_soon(self._send_state, session, scope)

    async def _send_entries(self, session: Session, scope: trio.CancelScope, position: int) -> None:
        while True:
            entries = await self._feed.after(position, self.limits.watch_batch)
            position = entries[-1].position
            cursor = await self._feed.cursor(position)
            if session.watcher is not scope:
                return  # watched anew meanwhile: nothing of the old watch may follow the new one's reply
            session.send(session.connection.notify_entries(cursor, [entry.body for entry in entries]))
            await session.flowing()

    async def _send_state(self, session: Session, scope: trio.CancelScope) -> None:
        revision = -1
        while True:
            revision = await self._board.changed(revision)
            printers = [printer_map(status) for status in self._board.printers()]
            sites = await self._site_maps()
            if session.watcher is not scope:
                return
            session.send(session.connection.notify("state", {"printers": printers, "sites": sites}))
            await session.flowing()
            await trio.sleep(STATE_INTERVAL)

    # -- helpers -----------------------------------------------------------------------------------------------

    async def _site_maps(self) -> list[dict[str, Any]]:
        counts = await self._reads.do(lambda reader: reader.counts())
        printers = self._config.city.printers.values()
        return [
            site_map(
                site,
                [printer.name for printer in printers if printer.site == site.code],
                {state: n for (code, state), n in counts.items() if code == site.code},
            )
            for site in self._config.city.sites.values()
        ]

    async def _find(self, session: Session, params: dict[str, Any]) -> Job:
        """The job that `id` or `ticket` names, if this principal may see it. Raises Refused."""
        principal = session.principal
        assert principal is not None
        if params.get("ticket") is not None:
            job = await self._reads.do(lambda reader: reader.by_ticket(principal.name, params["ticket"]))
        else:
            job = await self._by_id(_id(params["id"], "id"))
        if job is None or not _may_see(principal, job):
            raise Refused(
                Problem("unknown-job", "there is no such job of yours", "ticket" if "ticket" in params else "id")
            )
        return job

    async def _by_id(self, job_id: JobId) -> Job | None:
        (job,) = await self._reads.do(lambda reader: reader.jobs([job_id]))
        return job

    async def _change(
        self, session: Session, params: dict[str, Any], change: Callable[[Job], Command]
    ) -> dict[str, Any]:
        """Change a job at the version it has now; a job that changes under us is read again, a few times."""
        for _ in range(STALE_TRIES):
            job = await self._find(session, params)
            (outcome,) = await self._writer.do(change(job))
            if isinstance(outcome, Job):
                return job_map(outcome)
            if isinstance(outcome, Problem) and outcome.code != "stale":
                raise Refused(outcome)
        raise Refused(Problem("stale", "the job changes all the time: try again"))


def _sees_all(principal: Principal) -> bool:
    return principal.may(Right.WATCH) or principal.may(Right.OPERATE)


def _may_see(principal: Principal, job: Job) -> bool:
    return job.submitter == principal.name or _sees_all(principal)


def _id(text: str, field: str) -> JobId:
    try:
        return parse_id(text)
    except ValueError:
        raise Refused(Problem("bad-value", "a job id has 16 letters and digits, shown as 4-4-4-4", field)) from None


def store_problem(error: StoreError) -> Problem:
    """What a client is told when the disk refuses: nothing of its request was stored."""
    log.error("the store refuses", error=str(error))
    if error.full:
        return Problem("busy", "the spool's disk is full; nothing was stored", retry_after_ms=30_000)
    return Problem("internal", "the spool's disk refuses; nothing was stored", retry_after_ms=5_000)
