"""Listeners and connections: bytes from sockets to the wire's state machine, requests to the methods, replies back.

One read, one decode loop, one batch of requests, one write: nothing is awaited per message. Every connection has a
window of requests under way; beyond it the server stops reading, and the sender's socket fills: that is the push
back. All windows together stay below the bound in total, since each is at most an equal share of that. What a read
of some size brings is decoded and judged in one step, so such reads wait for each other: between two of them everybody
else gets his turn, and a lone request does not wait for a flood of them. A connection that sends rubbish gets one error
and is closed; nobody else notices.
"""

import os
import socket as stdlib_socket
import ssl
import stat
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import structlog
import trio
from attrs import frozen

from spooler.config import Config
from spooler.model.problem import Problem
from spooler.rules.pressure import share
from spooler.wire import Connection, Request

from .methods import Methods
from .peers import peer_uid
from .plain import PlainStream
from .session import Session
from .tls import common_name, greet, server_context

log = structlog.get_logger()

READ_SIZE: Final = 64 * 1024
BACKLOG: Final = 128
#: Bytes of a read from which on it may be some milliseconds' work.
LARGE_READ: Final = 4096
#: Seconds in which a connection must have said hello with a valid token, if nothing else says who it is.
HELLO_SECONDS: Final = 10
#: Seconds for the last word to a connection that is ended.
LAST_WORD_SECONDS: Final = 1
_LEFT: Final = Problem("unauthorised", "this principal is not in the configuration any more")
_CHANGED: Final = Problem("unauthorised", "this principal's rights have changed: connect again", retry_after_ms=100)
#: Seconds in which what was answered must reach a client that does not read, before its connection is given up.
SEND_TIMEOUT: Final = 60


@frozen
class Addresses:
    """Where the running spooler listens."""

    socket: Path
    tcp: tuple[str, int] | None
    tls: tuple[str, int] | None = None


class Server:
    """Serves the Unix socket and, where configured, TCP on loopback and TLS on any network."""

    def __init__(self, config: Config, methods: Methods) -> None:
        """Raises TlsFileError."""
        self._config = config
        self._methods = methods
        self._open = 0
        self._sessions: dict[Session, trio.CancelScope] = {}
        self._strangers = 0  # connections without a principal; they leave three quarters of the places to the known
        self._most_strangers = max(1, config.limits.max_connections // 4)
        self._turn = trio.StrictFIFOLock()  # of who has a large read to be carried out
        self._tls = server_context(config.tls) if config.tls.listen is not None else None

    async def run(self, task_status: trio.TaskStatus[Addresses] = trio.TASK_STATUS_IGNORED) -> None:
        """Listen and serve until cancelled."""
        path = Path(self._config.spool.socket)
        with _unix_listener(path) as unix:
            await self._listen(unix, path, task_status)

    async def _listen(self, unix: trio.SocketListener, path: Path, task_status: trio.TaskStatus[Addresses]) -> None:
        with ExitStack() as opened:  # what was opened before an address that cannot be had is let go again

            async def listen(address: tuple[str, int]) -> tuple[trio.SocketListener, tuple[str, int]]:
                host, port = address
                (listener,) = await trio.open_tcp_listeners(port, host=host, backlog=BACKLOG)
                opened.callback(listener.socket.close)
                return listener, (host, int(listener.socket.getsockname()[1]))

            plain, tcp, tls = [unix], None, None
            if self._config.spool.tcp is not None:
                listener, tcp = await listen(self._config.spool.tcp)
                plain.append(listener)
            secure: list[trio.SocketListener] = []
            if self._config.tls.listen is not None:
                listener, tls = await listen(self._config.tls.listen)
                secure.append(listener)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.serve_listeners, self._serve, plain)
                if secure:
                    nursery.start_soon(trio.serve_listeners, partial(self._serve, tls=self._tls), secure)
                task_status.started(Addresses(path, tcp, tls))

    async def _serve(self, stream: trio.SocketStream, tls: ssl.SSLContext | None = None) -> None:
        is_unix = stream.socket.family == stdlib_socket.AF_UNIX
        if self._open >= self._config.limits.max_connections or not (is_unix or self._strangers < self._most_strangers):
            problem = Problem("busy", "too many connections", retry_after_ms=1000)
            if tls is None:
                with trio.move_on_after(1):
                    await stream.send_all(Connection(self._methods.limits).fail(0, problem))
            await stream.aclose()
            return
        self._open += 1
        try:
            limits, doorman = self._methods.limits, self._methods.doorman
            if is_unix:
                uid = peer_uid_of(stream)
                known = doorman.by_uid(uid)
                await self._keep(Session(Connection(limits), known, f"uid {uid}", ("uid", uid)), stream)
                return
            place = stream.socket.getpeername()[0]
            if tls is None:
                await self._keep(Session(Connection(limits), None, place), stream)
                return
            with self._stranger():  # nobody is known before the handshake
                secured = await greet(stream, tls, HELLO_SECONDS)
            name = common_name(secured)
            known = None if name is None else doorman.by_certificate(name)
            proof = None if known is None or name is None else ("certificate", name)
            await self._keep(Session(Connection(limits), known, place, proof), secured)
        except* (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # the client left; what was acknowledged is stored, the rest was never promised
        except* Exception:
            log.exception("internal fault in a connection")
        finally:
            self._open -= 1

    @contextmanager
    def _stranger(self) -> Iterator[None]:
        """A connection of which nobody knows yet whose it is."""
        self._strangers += 1
        try:
            yield
        finally:
            self._strangers -= 1

    async def _keep(self, session: Session, stream: trio.abc.Stream) -> None:
        try:
            await self._converse(session, stream)
        finally:
            self._sessions.pop(session, None)

    async def _converse(self, session: Session, stream: trio.abc.Stream) -> None:
        large = False
        async with stream, trio.open_nursery() as nursery:
            session.nursery = nursery
            self._sessions[session] = nursery.cancel_scope
            nursery.start_soon(_send, session, stream)
            receive: Callable[[int], Awaitable[bytes | bytearray]] = stream.receive_some
            if isinstance(stream, trio.SocketStream):
                plain = PlainStream(stream)
                receive, session.send_now = plain.receive_some, plain.send_now
            if session.principal is None:
                nursery.start_soon(self._hello_in_time, session, nursery.cancel_scope)
            while True:
                await session.room(self._window)
                data = await receive(READ_SIZE)
                if not data:
                    break
                # the end of a large message is small, and all of the message is judged then
                large, was_large = len(data) >= LARGE_READ, large
                if large or was_large:
                    async with self._turn:
                        requests = _requests(session, data)
                        hello = any(request.method == "hello" for request in requests)
                        long = None if hello else await self._methods.handle(session, requests, len(data))
                        await trio.lowlevel.checkpoint()
                    if hello:  # a token is checked for as long as a hash takes: nobody waits for that
                        long = await self._methods.handle(session, requests, len(data))
                else:
                    long = await self._methods.handle(session, _requests(session, data), len(data))
                while long is not None:
                    long = await self._methods.ship(session, long)
                if session.connection.dead:
                    session.send(session.connection.farewell())
                    break
            await session.drained()
            nursery.cancel_scope.cancel()

    def _window(self) -> tuple[int, int]:
        """Requests and bytes that one connection may have under way now."""
        limits = self._config.limits
        return (
            share(limits.unanswered_per_connection, limits.unanswered_in_total, self._open),
            share(limits.unanswered_bytes_per_connection, limits.unanswered_bytes_in_total, self._open),
        )

    def used(self) -> dict[str, int]:
        """How far the limits of connections are used, by their keys in [limits]."""
        under_way = [session.under_way for session in self._sessions]
        requests, sizes = [n for n, _ in under_way], [size for _, size in under_way]
        return {
            "max_connections": self._open,
            "unanswered_per_connection": max(requests, default=0),
            "unanswered_bytes_per_connection": max(sizes, default=0),
            "unanswered_in_total": sum(requests),
            "unanswered_bytes_in_total": sum(sizes),
        }

    def rights_changed(self) -> None:
        """The doorman knows other principals: whose rights are not the same any more loses them at once, with what he
        watches, and may connect again."""
        for session, scope in self._sessions.items():
            had = session.principal
            if (
                had is None
                or session.proof is None
                or (has := self._methods.doorman.still(session.proof, session.officer)) == had
            ):
                continue
            session.principal = session.proof = None
            if session.watcher is not None:
                session.watcher.cancel()
            session.send(session.connection.fail(0, _LEFT if has is None else _CHANGED))
            scope.deadline = trio.current_time() + LAST_WORD_SECONDS

    async def _hello_in_time(self, session: Session, everything: trio.CancelScope) -> None:
        """A stranger has a few seconds to say who it is; and strangers never fill the house."""
        with self._stranger():
            if self._strangers <= self._most_strangers:
                with trio.move_on_after(HELLO_SECONDS):
                    await session.known.wait()
        if not session.known.is_set():
            everything.cancel()


def _requests(session: Session, data: bytes | bytearray) -> list[Request]:
    """What one read brought."""
    return [event for event in session.connection.receive_data(bytes(data)) if isinstance(event, Request)]


async def _send(session: Session, stream: trio.abc.Stream) -> None:
    """The connection's writing half: whatever has gathered leaves in one write."""
    while True:
        data = await session.outgoing()
        with trio.move_on_after(SEND_TIMEOUT) as scope:
            await stream.send_all(data)
        if scope.cancelled_caught:
            raise trio.BrokenResourceError("the client does not read its answers")
        session.sent()


def peer_uid_of(stream: trio.SocketStream) -> int:
    """The uid behind a Unix stream."""
    with stdlib_socket.socket(fileno=os.dup(stream.socket.fileno())) as raw:
        return peer_uid(raw)


@contextmanager
def _unix_listener(path: Path) -> Iterator[trio.SocketListener]:
    """A listening Unix socket at `path`, mode 0660. The store's lock says that a socket found there is nobody's."""
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        path.unlink()
    with stdlib_socket.socket(stdlib_socket.AF_UNIX, stdlib_socket.SOCK_STREAM) as sock:
        sock.setblocking(False)
        sock.bind(str(path))
        path.chmod(0o660)
        sock.listen(BACKLOG)
        try:
            yield trio.SocketListener(trio.socket.from_stdlib_socket(sock))
        finally:
            path.unlink(missing_ok=True)
