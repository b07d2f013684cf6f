"""The methods of the protocol: what each request does. Their parameters are checked by the wire's method table.

Submissions of one read become one posting to the store, whose callback encodes the replies: no task and no wait per
job. Reads and waits run as short tasks of their connection.
"""

import secrets
from collections.abc import Sequence
from typing import Any, Final

import structlog
import trio
from attrs import frozen

from spooler import __version__
from spooler.config import Config
from spooler.model.commands import Submit
from spooler.model.job import Job
from spooler.model.problem import Problem, Refused
from spooler.model.site import Principal
from spooler.store.contract import Outcome, StoreDeadError, StoreError
from spooler.wire import METHODS, PROTOCOL_VERSION, VERSIONS, Limits, Request, agree, check_params
from spooler.wire.limits import CONFIGURED

from .asking import Asking
from .auditing import Auditing
from .carding import Carding
from .checking import Checker
from .clock import Clock
from .deciding import Deciding
from .feed import Board, Feed
from .gating import Gates
from .intake import Intake
from .ledger_desk import LedgerDesk
from .pausing import Pausing
from .peers import Doorman
from .pressure import Admission
from .queueing import Queueing
from .reads import Reads
from .reprinting import Reprinting
from .restoring import Restoring
from .session import Handler, Session
from .shipments import STEP, Shipments
from .statistics import Statistics
from .stocktaking import Stocktaking
from .submissions import Submissions, answers
from .tally import Tally
from .watching import Watching
from .writer import VIA, Writer

log = structlog.get_logger()

#: Answers that are long or cost drawings: a connection has one in the making, and none while it does not read.
LONG_ANSWERS: Final = frozenset(
    {
        "jobs", "cards", "sites", "check", "submit", "doubt", "stock", "day-sheet", "whereis", "breach-report",
        "payload-holds", "stats",
    }
)  # fmt: skip


@frozen
class Long:
    """A submission of so many jobs that it is carried out in steps, and the requests that came behind it."""

    request: Request
    params: dict[str, Any]
    rest: Sequence[Request]
    share: int  # of the bytes of its read
    principal: Principal  # who asked, whatever he is by the time it is carried out


class Methods:
    """Carries out requests."""

    def __init__(
        self, *, config: Config, writer: Writer, reads: Reads, feed: Feed, board: Board, intake: Intake,
        doorman: Doorman, checker: Checker, audits: Reads, reprinting: Reprinting, carding: Carding,
        queueing: Queueing, gates: Gates, admission: Admission, statistics: Statistics, clock: Clock,
    ) -> None:  # fmt: skip
        self.doorman = doorman
        self.limits = Limits(unanswered=config.limits.unanswered_per_connection)
        self._configured = {name: getattr(config.limits, name) for name in CONFIGURED}
        self._config = config
        self._today = intake.today
        self._clock = clock
        self._admission = admission
        self.tally = Tally(writer, self._today)
        self._submissions = Submissions(intake, checker, self.limits, self.tally)
        self._shipments = Shipments(self._submissions, admission, store_problem)
        self._asking = Asking(reads)
        self._watching = Watching(config, reads, feed, board, self.limits, self._serves, gates)
        desks = (
            self._asking, Deciding(reads, writer, reprinting), carding, self._watching, LedgerDesk(reads, writer),
            Auditing(config, audits, writer), Restoring(config, reads, writer, board, intake.media, intake.share_ms),
            Stocktaking(config, reads, writer), queueing, Pausing(config.city, writer), statistics,
        )  # fmt: skip
        self._handlers: dict[str, Handler] = {"submit": self._submit_checked, "check": self._check}
        for desk in desks:
            self._handlers |= desk.handlers

    async def handle(self, session: Session, requests: Sequence[Request], size: int) -> "Long | None":
        """Start everything that one read brought; `size`: its bytes. Only a token is waited for: who it is decides what
        the requests behind it may. A long submission and what stands behind it is left to `ship`."""
        if not requests:
            return None
        if session.proof is not None:  # as the config has it by now
            session.principal = self.doorman.still(session.proof, session.officer)
        share = size // len(requests)
        ordinary: list[tuple[int, list[Submit | Problem]]] = []
        urgent: list[tuple[int, list[Submit | Problem]]] = []
        for index, request in enumerate(requests):
            session.opened(share)
            try:
                params = self._params(session, request)
                if request.method == "hello":
                    session.reply(share, request.msgid, await self._hello(session, params))
                    continue
                session.acted = True
                self.tally.asked(session.principal, request.method)
                if request.method == "submit" and params["check"] == "fast":
                    assert session.principal is not None
                    if len(params["jobs"]) > STEP:
                        self._submit_all(session, urgent, ordinary, share)  # what came before it is stored before it
                        return Long(request, params, requests[index + 1 :], share, session.principal)
                    judged = self._submissions.judge(params["jobs"], session.principal)
                    (urgent if self._admission.is_urgent(judged) else ordinary).append((request.msgid, judged))
                elif request.method == "printers":
                    session.reply(share, request.msgid, self._watching.printers(session))
                else:
                    assert session.nursery is not None
                    if request.method == "watch":  # here, since tasks begin in any order: the last one asked for stays
                        params["scope"] = session.watch_anew()
                    session.nursery.start_soon(self._task, session, request, params, share)
            except Refused as refused:
                self.tally.refused(session.principal, request.method, refused.problem)
                session.reply(share, request.msgid, refused.problem)
        self._submit_all(session, urgent, ordinary, share)
        return None

    async def ship(self, session: Session, long: "Long") -> "Long | None":
        """Carry out a long submission, and what came behind it. Its connection waits for it; nobody else does."""
        try:
            result: Any = await self._shipments.ship(session, long.params["jobs"], long.principal)
        except StoreDeadError:
            return None  # it may have been stored: the connection ends without a word, and the client asks again
        except StoreError as error:
            result = store_problem(error)
        session.reply(long.share, long.request.msgid, result)
        return await self.handle(session, long.rest, long.share * len(long.rest))

    def committed(self, job: Job) -> None:
        """A job changed: wake those who wait for it."""
        self._asking.committed(job)

    # -- who may -----------------------------------------------------------------------------------------------

    def _params(self, session: Session, request: Request) -> dict[str, Any]:
        """The checked parameters. Raises Refused."""
        method = METHODS.get(request.method)
        if method is None or method.since > session.version:
            known = ", ".join(name for name, method in METHODS.items() if method.since <= session.version)
            raise Refused(Problem("unknown-method", f"there is no such method; there are: {known}"))
        principal = session.principal
        if method.rights and principal is not None and not self._serves(principal):
            raise Refused(Problem("unauthorised", "this is no day on which this principal may do anything"))
        refusal = method.refusal(principal)
        if refusal is not None:
            raise Refused(refusal)
        # a hello is of the version that it is about to agree on
        version = PROTOCOL_VERSION if request.method == "hello" else session.version
        params = check_params(request.method, request.params, self.limits, version)
        if isinstance(params, Problem):
            raise Refused(params)
        self._in_time(params)
        return params

    def _in_time(self, params: dict[str, Any]) -> None:
        """Whether anybody still waits for the answer. Raises Refused."""
        deadline = params.get("deadline_ms")
        if deadline is not None and self._clock.wall_ms() > deadline:
            raise Refused(Problem("expired", "the request's deadline had passed before it was begun", "deadline_ms"))

    def _serves(self, principal: Principal) -> bool:
        """Whether today is one of its days."""
        return (principal.first_day is None and principal.last_day is None) or principal.serves(self._today())

    async def _hello(self, session: Session, params: dict[str, Any]) -> dict[str, Any] | Problem:
        version = agree(params["versions"])
        if version is None:
            spoken = " and ".join(map(str, VERSIONS))
            return Problem("unsupported-version", f"this spooler speaks the versions {spoken}", "versions")
        if isinstance(stranger := check_params("hello", [params], self.limits, version), Problem):
            return stranger  # something that this version does not have
        officer = params.get("on_behalf_of")
        token = params.get("token")
        proof = session.proof
        if token is not None:
            now_ms = int(trio.current_time() * 1000)
            wait_ms = self.doorman.wait_ms(session.place, now_ms)
            if wait_ms:
                return Problem("busy", "too many wrong tokens came from there", "token", retry_after_ms=wait_ms)
            proof = await self.doorman.by_token(token, session.place, now_ms)
            if proof is None or self.doorman.still(proof) is None:
                log.warning("a login failed", place=session.place)
                return Problem("unauthorised", "the token is not known here", "token")
        if proof is not None:
            principal = self.doorman.still(proof, officer)
            if principal is None and officer is not None:
                log.warning("it may not speak for others", place=session.place)
                return Problem("forbidden", "this program may not speak for that principal", "on_behalf_of")
            if session.acted and principal != session.principal:
                # what it asked before is still being done in the other's name
                field = "token" if token is not None else "on_behalf_of"
                return Problem("bad-params", "hello comes first: open another connection to be somebody else", field)
            session.proof, session.officer, session.principal = proof, officer, principal
            if principal is not None:
                session.known.set()
        elif officer is not None:
            return Problem("unauthorised", "say who you are to speak for somebody: with a token", "on_behalf_of")
        known, session.version = session.principal, version
        log.info("hello", principal=known.name if known else None, version=version)
        return {
            "version": version,
            "server": "ktp-spooler",
            "release": __version__,
            "node": self._config.spool.node,
            "utc_offset_hours": self._config.utc_offset_hours,
            "principal": known.name if known else None,
            "via": known.via if known else None,
            "unit": known.unit if known else None,
            "rights": sorted(right.value for right in known.rights) if known else [],
            "limits": self.limits.as_wire() | self._configured,
        }

    # -- submit ------------------------------------------------------------------------------------------------

    async def _submit_checked(self, session: Session, params: dict[str, Any]) -> list[dict[str, Any]]:
        """`submit` with a full check: each card is drawn and looked at before any is stored."""
        assert session.principal is not None
        judged = await self._submissions.judge_fully(params["jobs"], session.principal)
        return await self._shipments.store(session, judged)

    async def _check(self, session: Session, params: dict[str, Any]) -> list[dict[str, Any]]:
        assert session.principal is not None
        return await self._submissions.check(params["jobs"], session.principal, full=params["full"])

    def _submit_all(
        self, session: Session, urgent: list[tuple[int, list[Submit | Problem]]],
        ordinary: list[tuple[int, list[Submit | Problem]]], share: int,
    ) -> None:  # fmt: skip
        self._submit(session, urgent, share, urgent=True)
        self._submit(session, ordinary, share, urgent=False)

    def _submit(
        self, session: Session, submissions: list[tuple[int, list[Submit | Problem]]], share: int, *, urgent: bool
    ) -> None:
        """One posting for all submissions of a read; the replies are encoded when it is durable."""
        if not submissions:
            return
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
            session.reply_all(share, [(msgid, answers(judged, stored)) for msgid, judged in submissions])

        if commands:
            self._admission.post(session, commands, done, urgent=urgent)
        else:
            done([])

    # -- tasks of a connection ---------------------------------------------------------------------------------

    async def _task(self, session: Session, request: Request, params: dict[str, Any], share: int) -> None:
        VIA.set(None if session.principal is None else session.principal.via)
        try:
            if request.method in LONG_ANSWERS:
                async with session.asking:
                    await session.flowing()  # who does not read its answers is not given more of them
                    self._in_time(params)
                    result = await self._handlers[request.method](session, params)
            else:
                result = await self._handlers[request.method](session, params)
        except Refused as refused:
            self.tally.refused(session.principal, request.method, refused.problem)
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
