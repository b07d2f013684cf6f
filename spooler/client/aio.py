"""The client for trio: calls from any number of tasks share one connection, and none waits for another's reply.

One task reads and one writes, so that a cancelled call can never leave half a message on the wire. A call that was
cancelled after its bytes were handed over may have been carried out: as after a lost connection, repeat it with the
same tickets.
"""

import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import trio
from attrs import Factory, define

from spooler.wire import Notification, Reply

from .core import ClientCore, Watch, hello_params, is_tls, parse_address, result_of, submit_params
from .errors import ConnectionLost

READ_SIZE: Final = 256 * 1024
#: Bytes waiting to be sent beyond which calls wait before they add theirs.
UNSENT_BYTES: Final = 1024 * 1024
#: Seconds to go on reading after sending has failed: the spooler's last word may still be on its way.
LAST_WORD_SECONDS: Final = 1


@define(eq=False)
class _Call:
    """A request under way."""

    watch: Watch | None  # which one the reply begins
    done: trio.Event = Factory(trio.Event)
    reply: Reply | None = None


class AsyncClient:
    """A connection that has said hello.

    Methods raise ServerError for a refusal and ConnectionLost when the connection ends; they wait as long as it
    stands, so put a deadline around them where one is needed.
    """

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._core = ClientCore()
        self._calls: dict[int, _Call] = {}
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._filled = trio.Event()
        self._emptied = trio.Event()
        self._turn = trio.StrictFIFOLock()
        self._watch: Watch | None = None
        self._noted = trio.Event()
        self._lost: ConnectionLost | None = None
        self._over = trio.Event()
        self.server: dict[str, Any] = {}  # what the spooler said of itself in hello

    async def call(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """One request and its result."""
        return await self._ask(method, params or {}, None)

    async def submit(self, jobs: Sequence[dict[str, Any]], *, full: bool = False) -> list[dict[str, Any]]:
        """Hand jobs over; an answer for each, in order: {id, number, state, repeat} or {error}, perhaps findings.

        With `full` each card is drawn and looked at before its job is taken.
        """
        answers: list[dict[str, Any]] = await self.call("submit", submit_params(jobs, full=full))
        return answers

    async def check(self, jobs: Sequence[dict[str, Any]], *, full: bool = False) -> list[dict[str, Any]]:
        """What would be found in jobs, for each {ok, findings}; nothing is stored."""
        answers: list[dict[str, Any]] = await self.call("check", {"jobs": list(jobs), "full": full})
        return answers

    async def job(
        self, *, id: str | None = None, ticket: str | None = None, wait_ms: int = 0, version: int | None = None,  # noqa: A002
    ) -> dict[str, Any]:  # fmt: skip
        """A job, by id or ticket; with `wait_ms` as soon as it has ended, or is newer than `version`."""
        params = {"id": id, "ticket": ticket, "wait_ms": wait_ms, "version": version}
        job: dict[str, Any] = await self.call("job", params)
        return job

    def watch(self, *, cursor: str | None = None, entries: bool = True, state: bool = False) -> "Watching":
        """Batches of ledger entries after `cursor` (from now on without one, from the beginning with ""), and states.

            async with client.watch(state=True) as notes:
                async for note in notes: ...

        Other methods may be called between two notes. A connection has one watch: a second one ends the first.
        """
        return Watching(self, Watch(entries, state), cursor)

    @property
    def lost(self) -> ConnectionLost | None:
        """Why the connection is over; None while it stands."""
        return self._lost

    async def until_lost(self) -> None:
        """Wait until the connection is over."""
        await self._over.wait()

    # -- tasks -------------------------------------------------------------------------------------------------

    async def run_reader(self) -> None:
        """Hand out what arrives, until the connection is over."""
        try:
            while True:
                data = await self._stream.receive_some(READ_SIZE)
                if not data:
                    return self._end(ConnectionLost("the spooler closed the connection"))
                for event in self._core.receive(bytes(data)):
                    self._take(event)
                if self._core.lost is not None:
                    return self._end(self._core.lost)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._end(ConnectionLost("the connection broke"))

    async def run_writer(self) -> None:
        """Send what has gathered, in one write."""
        try:
            while True:
                while not self._unsent:
                    await self._filled.wait()
                data = b"".join(self._unsent)
                self._unsent.clear()
                self._unsent_bytes = 0
                self._filled = trio.Event()
                self._emptied.set()
                self._emptied = trio.Event()
                await self._stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            with trio.move_on_after(LAST_WORD_SECONDS):
                await self._over.wait()
            self._end(ConnectionLost("the connection broke"))

    # -- their parts -------------------------------------------------------------------------------------------

    async def _ask(self, method: str, params: dict[str, Any], watch: Watch | None) -> Any:
        if self._unsent_bytes >= UNSENT_BYTES or self._turn.locked():
            async with self._turn:  # who came first is sent first
                while self._unsent_bytes >= UNSENT_BYTES and self._lost is None:
                    await self._emptied.wait()
        if self._lost is not None:
            await trio.lowlevel.checkpoint()
            raise ConnectionLost(self._lost.sentence, self._lost.last_word)
        msgid = self._post(method, params)
        self._calls[msgid] = call = _Call(watch)
        try:
            await call.done.wait()
        finally:
            del self._calls[msgid]
        if call.reply is None:
            assert self._lost is not None
            raise ConnectionLost(self._lost.sentence, self._lost.last_word)
        return result_of(call.reply)

    def _post(self, method: str, params: dict[str, Any]) -> int:
        """Hand a request to the writer; its msgid."""
        msgid, request = self._core.request(method, params)
        self._unsent.append(request)
        self._unsent_bytes += len(request)
        self._filled.set()
        return msgid

    def _take(self, event: Reply | Notification) -> None:
        if isinstance(event, Notification):
            if self._watch is not None:
                self._watch.offer(event)
                self._noted.set()
                self._noted = trio.Event()
        elif (call := self._calls.get(event.msgid)) is not None:
            call.reply = event
            call.done.set()
            if call.watch is not None and event.error is None:
                call.watch.begun(event.result)

    def _end(self, lost: ConnectionLost) -> None:
        if self._lost is None:
            self._lost = lost
        for call in self._calls.values():
            call.done.set()
        for event in (self._over, self._emptied, self._noted):
            event.set()


class Watching(AsyncIterator[Notification]):
    """A watch: it begins where its block is entered and ends where it is left."""

    def __init__(self, client: AsyncClient, watch: Watch, cursor: str | None) -> None:
        self._client = client
        self._watch = watch
        self._cursor = cursor

    @property
    def cursor(self) -> str:
        """Where the watch began; a note's own `cursor` says how far it has come."""
        return self._watch.cursor

    async def __aenter__(self) -> "Watching":
        self._client._watch = self._watch
        await self._client._ask("watch", self._watch.first_params(self._cursor), self._watch)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._client._watch is self._watch:
            self._client._watch = None
            self._client._post("watch", {"entries": False, "state": False})

    async def __anext__(self) -> Notification:
        client, watch = self._client, self._watch
        await trio.lowlevel.checkpoint()
        while client._watch is watch:
            note = watch.take()
            if note is not None:
                return note
            if watch.lagging:
                await client._ask("watch", watch.params(), watch)
            elif client._lost is not None:
                raise ConnectionLost(client._lost.sentence, client._lost.last_word)
            else:
                await client._noted.wait()
        raise StopAsyncIteration


async def _open_stream(address: str, tls: ssl.SSLContext | None) -> trio.abc.Stream:
    target = parse_address(address)
    if isinstance(target, str):
        return await trio.open_unix_socket(target)
    if not is_tls(address):
        return await trio.open_tcp_stream(*target)
    if tls is None:
        raise ValueError(f"{address} needs a TLS context: see tls_context")
    stream = await trio.open_ssl_over_tcp_stream(*target, ssl_context=tls, https_compatible=True)
    try:
        await stream.do_handshake()
    except trio.BrokenResourceError as error:
        await trio.aclose_forcefully(stream)
        raise ConnectionError(f"no TLS with {address}: {error.__cause__}") from error
    return stream


@contextmanager
def as_it_was() -> Iterator[None]:
    """What comes out of a nursery with one exception in it, as that exception: our tasks raise nothing of their own."""
    try:
        yield
    except BaseExceptionGroup as group:
        if len(group.exceptions) == 1:
            raise group.exceptions[0] from group.exceptions[0].__cause__
        raise


@asynccontextmanager
async def open_client(
    address: str, application: str, token: str | None = None, tls: ssl.SSLContext | None = None,
    on_behalf_of: str | None = None,
) -> AsyncIterator[AsyncClient]:  # fmt: skip
    """A client of the spooler at `unix:/path`, `tcp:host:port` or `tls:host:port`, for an `async with` block.

    `application` says who you are, for the spooler's log; `token` who may, over TCP; `tls` a context for `tls:`
    (tls_context); `on_behalf_of` the officer for whom you speak. Raises ValueError for an address that is none, OSError
    where nobody listens or TLS fails, ServerError where hello is refused.
    """
    stream = await _open_stream(address, tls)
    client = AsyncClient(stream)
    try:
        with as_it_was():
            async with stream, trio.open_nursery() as nursery:
                nursery.start_soon(client.run_reader)
                nursery.start_soon(client.run_writer)
                client.server = await client.call("hello", hello_params(application, token, on_behalf_of))
                yield client
                nursery.cancel_scope.cancel()
    finally:
        client._end(ConnectionLost("the connection was closed here"))
