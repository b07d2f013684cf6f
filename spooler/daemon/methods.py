"""The methods of the protocol: what each request does. Their parameters are checked by the wire's method table.

Submissions of one read become one posting to the store, whose callback encodes the replies: no task and no wait per
job. Reads and waits run as short tasks of their connection.
"""

import secrets
from collections.abc import Sequence
from typing import Any, Final

import structlog
import trio

from spooler import __version__
from spooler.config import Config
from spooler.model.commands import Submit
from spooler.model.job import Job
from spooler.model.problem import Problem, Refused
from spooler.model.site import Principal
from spooler.store.contract import Outcome, StoreDeadError, StoreError
from spooler.wire import METHODS, PROTOCOL_VERSION, Limits, Request, check_params

from .asking import Asking
from .auditing import Auditing
from .carding import Carding
from .checking import Checker
from .deciding import Deciding
from .feed import Board, Feed
from .gating import Gates
from .intake import Intake
from .ledger_desk import LedgerDesk
from .pausing import Pausing
from .peers import Doorman
from .queueing import Queueing
from .reads import Reads
from .reprinting import Reprinting
from .restoring import Restoring
from .session import Handler, Session
from .stocktaking import Stocktaking
from .submissions import Submissions, answers
from .watching import Watching
from .writer import Writer

log = structlog.get_logger()

#: Answers that are long or cost drawings: a connection has one in the making, and none while it does not read.
LONG_ANSWERS: Final = frozenset(
    {
        "jobs", "cards", "sites", "check", "submit", "doubt", "stock", "day-sheet", "whereis", "breach-report",
        "payload-holds",
    }
)  # fmt: skip


class Methods:
    """Carries out requests."""

    def __init__(
        self, *, config: Config, writer: Writer, reads: Reads, feed: Feed, board: Board, intake: Intake,
        doorman: Doorman, checker: Checker, audits: Reads, reprinting: Reprinting, carding: Carding,
        queueing: Queueing, gates: Gates,
    ) -> None:  # fmt: skip
        self.doorman = doorman
        self.limits = Limits(unanswered=config.limits.unanswered_per_connection)
        self._config = config
        self._today = intake.today
        self._writer = writer
        self._submissions = Submissions(intake, checker, self.limits)
        self._asking = Asking(reads)
        self._watching = Watching(config, reads, feed, board, self.limits, self._serves, gates)
        desks = (
            self._asking, Deciding(reads, writer, reprinting), carding, self._watching, LedgerDesk(reads, writer),
            Auditing(config, audits, writer), Restoring(config, reads, writer, board, intake.media, intake.share_ms),
            Stocktaking(config, reads, writer), queueing, Pausing(config.city, writer),
        )  # fmt: skip
        self._handlers: dict[str, Handler] = {"submit": self._submit_checked, "check": self._check}
        for desk in desks:
            self._handlers |= desk.handlers

    async def handle(self, session: Session, requests: Sequence[Request], size: int) -> None:
        """Start everything that one read brought; `size`: its bytes. Only a token is waited for: who it is decides what
        the requests behind it may."""
        if not requests:
            return
        if session.proof is not None:  # as the config has it by now
            session.principal = self.doorman.still(session.proof)
        share = size // len(requests)
        submissions: list[tuple[int, list[Submit | Problem]]] = []
        for request in requests:
            session.opened(share)
            try:
                params = self._params(session, request)
                if request.method == "hello":
                    session.reply(share, request.msgid, await self._hello(session, params))
                    continue
                session.acted = True
                if request.method == "submit" and params["check"] == "fast":
                    assert session.principal is not None
                    submissions.append((request.msgid, self._submissions.judge(params["jobs"], session.principal)))
                elif request.method == "printers":
                    session.reply(share, request.msgid, self._watching.printers(session))
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
        self._asking.committed(job)

    # -- who may -----------------------------------------------------------------------------------------------

    def _params(self, session: Session, request: Request) -> dict[str, Any]:
        """The checked parameters. Raises Refused."""
        method = METHODS.get(request.method)
        if method is None:
            raise Refused(Problem("unknown-method", f"there is no such method; there are: {', '.join(METHODS)}"))
        principal = session.principal
        if method.rights and principal is not None and not self._serves(principal):
            raise Refused(Problem("unauthorised", "this is no day on which this principal may do anything"))
        refusal = method.refusal(principal)
        if refusal is not None:
            raise Refused(refusal)
        params = check_params(request.method, request.params, self.limits)
        if isinstance(params, Problem):
            raise Refused(params)
        return params

    def _serves(self, principal: Principal) -> bool:
        """Whether today is one of its days."""
        return (principal.first_day is None and principal.last_day is None) or principal.serves(self._today())

    async def _hello(self, session: Session, params: dict[str, Any]) -> dict[str, Any] | Problem:
        if PROTOCOL_VERSION not in params["versions"]:
            return Problem("unsupported-version", f"this spooler speaks version {PROTOCOL_VERSION}", "versions")
        token = params.get("token")
        if token is not None:
            now_ms = int(trio.current_time() * 1000)
            wait_ms = self.doorman.wait_ms(session.place, now_ms)
            if wait_ms:
                return Problem("busy", "too many wrong tokens came from there", "token", retry_after_ms=wait_ms)
            proof = await self.doorman.by_token(token, session.place, now_ms)
            principal = None if proof is None else self.doorman.still(proof)
            if proof is None or principal is None:
                log.warning("a login failed", place=session.place)
                return Problem("unauthorised", "the token is not known here", "token")
            if session.acted and principal != session.principal:
                # what it asked before is still being done in the other's name
                return Problem("bad-params", "hello comes first: open another connection to be somebody else", "token")
            session.proof = proof
            session.principal = principal
            session.known.set()
        known = session.principal
        log.info("hello", principal=known.name if known else None)
        return {
            "version": PROTOCOL_VERSION,
            "server": "ktp-spooler",
            "release": __version__,
            "node": self._config.spool.node,
            "utc_offset_hours": self._config.utc_offset_hours,
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
            if isinstance(outcomes, StoreDeadError):
                return  # it may have been stored: the connection ends without a word, and the client asks again
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
                    result = await self._handlers[request.method](session, params)
            else:
                result = await self._handlers[request.method](session, params)
        except Refused as refused:
            result = refused.problem
        except StoreDeadError:
            return  # as above
        except StoreError as error:
            result = store_problem(error)
        except Exception:
            incident = secrets.token_hex(4)
            log.exception("internal fault", incident=incident, method=request.method)
            result = Problem("internal", f"a fault of the spooler; it is in the log under {incident}")
        session.reply(share, request.msgid, result)


def store_problem(error: StoreError) -> Problem:
    """What a client is told when the disk refuses: nothing of its request was stored."""
    log.error("the store refuses", error=str(error))
    if error.full:
        return Problem("spool-full", "the spool's disk is full; nothing was stored", retry_after_ms=30_000)
    return Problem("internal", "the spool's disk refuses; nothing was stored", retry_after_ms=5_000)
