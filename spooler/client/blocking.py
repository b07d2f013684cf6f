"""The client for programs without an event loop: one socket, one thread, every wait with an end."""

import select
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, overload

from spooler.wire import Limits, MessageReader, Notification, Reply

from .core import ClientCore, Watch, hello_params, is_tls, parse_address, result_of, submit_params
from .errors import ConnectionLost
from .secure import Plain, Secured

READ_SIZE: Final = 256 * 1024


class BlockingClient:
    """A connection that has said hello. Not for use from two threads at once.

    Methods raise ServerError for a refusal, and ConnectionLost when the connection ends or no answer comes within
    the timeout (plus what the request itself waits); after that the client is of no more use.
    """

    def __init__(self, connection: socket.socket, timeout: float, layer: Plain | Secured | None = None) -> None:
        """`layer`: between our bytes and the socket's; none but for TLS."""
        connection.setblocking(False)
        self._socket = connection
        self._layer = layer or Plain()
        self._timeout = timeout
        self._core = ClientCore()
        self._unsent = memoryview(b"")
        self._awaited = 0  # the msgid that `_replies` waits for
        self._replies: list[Reply] = []
        self._watch: Watch | None = None
        self._beginning = False  # the awaited reply is one to `watch`
        self._record: bytearray | None = None
        self._lost: ConnectionLost | None = None
        self.server: dict[str, Any] = {}  # what the spooler said of itself in hello

    def call(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """One request and its result."""
        return result_of(self._ask(method, params or {}))

    def submit(self, jobs: Sequence[dict[str, Any]], *, full: bool = False) -> list[dict[str, Any]]:
        """Hand jobs over; an answer for each, in order: {id, number, state, repeat} or {error}, perhaps findings.

        With `full` each card is drawn and looked at before its job is taken.
        """
        answers: list[dict[str, Any]] = self.call("submit", submit_params(jobs, full=full))
        return answers

    def check(self, jobs: Sequence[dict[str, Any]], *, full: bool = False) -> list[dict[str, Any]]:
        """What would be found in jobs, for each {ok, findings}; nothing is stored."""
        answers: list[dict[str, Any]] = self.call("check", {"jobs": list(jobs), "full": full})
        return answers

    def job(
        self, *, id: str | None = None, ticket: str | None = None, wait_ms: int = 0, version: int | None = None,  # noqa: A002
    ) -> dict[str, Any]:  # fmt: skip
        """A job, by id or ticket; with `wait_ms` as soon as it has ended, or is newer than `version`."""
        job: dict[str, Any] = self.call("job", {"id": id, "ticket": ticket, "wait_ms": wait_ms, "version": version})
        return job

    @overload
    def watch(
        self, *, cursor: str | None = None, entries: bool = True, state: bool = False, idle_seconds: None = None
    ) -> Iterator[Notification]: ...

    @overload
    def watch(
        self, *, cursor: str | None = None, entries: bool = True, state: bool = False, idle_seconds: float
    ) -> Iterator[Notification | None]: ...

    def watch(
        self, *, cursor: str | None = None, entries: bool = True, state: bool = False,
        idle_seconds: float | None = None,
    ) -> Iterator[Notification | None]:  # fmt: skip
        """Batches of ledger entries after `cursor` (from now on without one, from the beginning with ""), and states.

        With `idle_seconds` it yields None whenever nothing has come for so long, so that a loop can do other things;
        without, it waits as long as the connection stands. Other methods may be called between two notes. A
        connection has one watch: a second one ends the first.
        """
        watch = Watch(entries, state)
        self._begin(watch, watch.first_params(cursor))
        return self._notes(watch, idle_seconds)

    def raw(self, method: str, params: dict[str, Any]) -> tuple[bytes, bytes]:
        """The bytes of one request and of its reply, as they went over the wire. Not on a connection that watches."""
        if self._watch is not None:
            raise ValueError("this connection watches: its stream holds more than replies")
        self._record = record = bytearray()
        msgid, request = self._core.request(method, params)
        try:
            self._exchange(msgid, request, params)
        finally:
            self._record = None
        reader, start = MessageReader(Limits()), 0
        for message in reader.read(bytes(record)):
            if message[1] == msgid:
                break
            start = reader.offset
        return request, bytes(record[start : reader.offset])

    @property
    def cursor(self) -> str:
        """Where the watch stands: its beginning, or the end of the last batch that came."""
        return self._watch.cursor if self._watch is not None else ""

    def close(self) -> None:
        """Let the connection go."""
        self._lost = self._lost or ConnectionLost("the connection was closed here")
        self._socket.close()

    # -- one request -------------------------------------------------------------------------------------------

    def _ask(self, method: str, params: dict[str, Any]) -> Reply:
        return self._exchange(*self._core.request(method, params), params)

    def _exchange(self, msgid: int, request: bytes, params: dict[str, Any]) -> Reply:
        if self._lost is not None:
            raise ConnectionLost(self._lost.sentence, self._lost.last_word)
        self._awaited, self._unsent, self._replies = msgid, memoryview(self._layer.wrap(request)), []
        deadline = time.monotonic() + self._timeout + (params.get("wait_ms") or 0) / 1000
        try:
            while not self._replies:
                if not self._step(deadline):
                    raise self._lose(ConnectionLost(f"no answer within {self._timeout:g} seconds"))
        except BaseException:
            if self._unsent:  # half a request has left: nothing sensible can follow it
                self.close()
            raise
        return self._replies[0]

    def _begin(self, watch: Watch, params: dict[str, Any]) -> None:
        self._watch, self._beginning = watch, True
        try:
            result_of(self._ask("watch", params))
        finally:
            self._beginning = False

    def _notes(self, watch: Watch, idle_seconds: float | None) -> Iterator[Notification | None]:
        while self._watch is watch:
            note = watch.take()
            if note is not None:
                yield note
            elif watch.lagging:
                self._begin(watch, watch.params())
            else:
                if self._lost is not None:
                    raise ConnectionLost(self._lost.sentence, self._lost.last_word)
                if not self._step(None if idle_seconds is None else time.monotonic() + idle_seconds):
                    yield None

    # -- bytes -------------------------------------------------------------------------------------------------

    def _step(self, deadline: float | None) -> bool:
        """Send and receive what goes, reading even while sending: the spooler may push back until we have read.

        False if nothing went until `deadline` (monotonic seconds).
        """
        poll = select.poll()
        poll.register(self._socket, select.POLLIN | (select.POLLOUT if self._unsent else 0))
        wait = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
        ready = poll.poll(wait)
        if not ready:
            return False
        if ready[0][1] & select.POLLOUT:
            try:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
            except BlockingIOError:
                pass
            except OSError:
                self._unsent = memoryview(b"")  # why it was closed may still be there to read
        if ready[0][1] & ~select.POLLOUT:
            self._receive()
        return True

    def _receive(self) -> None:
        try:
            data = self._socket.recv(READ_SIZE)
        except OSError as error:
            raise self._lose(ConnectionLost(f"the connection broke: {error.strerror}")) from None
        if not data:
            raise self._lose(ConnectionLost("the spooler closed the connection"))
        try:
            data = self._layer.unwrap(data)
        except ConnectionLost as lost:
            raise self._lose(lost) from None
        if said := self._layer.pending():
            self._unsent = memoryview(bytes(self._unsent) + said)
        if self._record is not None:
            self._record += data
        for event in self._core.receive(data):
            if isinstance(event, Notification):
                if self._watch is not None:
                    self._watch.offer(event)
            elif event.msgid == self._awaited:
                self._replies.append(event)
                if self._beginning and self._watch is not None and event.error is None:
                    self._watch.begun(event.result)
        if self._core.lost is not None and not self._replies:
            raise self._lose(self._core.lost)
        self._lost = self._core.lost

    def _lose(self, lost: ConnectionLost) -> ConnectionLost:
        self._lost = lost
        self.close()
        return lost


def _secure(connection: socket.socket, context: ssl.SSLContext, host: str) -> Secured:
    """Shake hands. Raises OSError."""
    layer = Secured(context, host)
    data = b""
    while not layer.shake(data):
        connection.sendall(layer.pending())
        data = connection.recv(READ_SIZE)
        if not data:
            raise ConnectionError("the spooler closed the connection before the end of the handshake")
    connection.sendall(layer.pending())
    return layer


@contextmanager
def connect(
    address: str, application: str, token: str | None = None, timeout: float = 30.0, tls: ssl.SSLContext | None = None,
    on_behalf_of: str | None = None,
) -> Iterator[BlockingClient]:  # fmt: skip
    """A client of the spooler at `unix:/path`, `tcp:host:port` or `tls:host:port`, for a `with` block.

    `application` says who you are, for the spooler's log; `token` who may, over TCP; `tls` a context for `tls:`
    (tls_context). `timeout`: seconds to connect, and to wait for an answer; `on_behalf_of`: the officer for whom you
    speak. Raises ValueError for an address that is none, OSError where nobody listens or TLS fails, ServerError where
    hello is refused.
    """
    target = parse_address(address)
    if is_tls(address) and tls is None:
        raise ValueError(f"{address} needs a TLS context: see tls_context")
    layer: Secured | None = None
    if isinstance(target, str):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(timeout)
        try:
            connection.connect(target)
        except OSError:
            connection.close()
            raise
    else:
        connection = socket.create_connection(target, timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if is_tls(address) and tls is not None:
            try:
                layer = _secure(connection, tls, target[0])
            except OSError:
                connection.close()
                raise
    client = BlockingClient(connection, timeout, layer)
    try:
        client.server = client.call("hello", hello_params(application, token, on_behalf_of))
        yield client
    finally:
        client.close()
