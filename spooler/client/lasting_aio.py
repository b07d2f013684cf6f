"""The lasting client for trio: it connects again by itself, and sends again what may be sent again."""

import random
import ssl
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from functools import partial
from typing import Any, Final

import trio
from attrs import evolve

from spooler.wire import Notification

from .aio import AsyncClient, as_it_was, open_client
from .core import parse_address, submit_params
from .errors import ConnectionLost, ServerError
from .lasting import Attempts, Batch, Batching, Cutter, Patience, Progress

#: Messages of one submission that are under way, or answered and not yet taken by the caller.
AHEAD: Final = 4

Job = dict[str, Any]


class LastingClient:
    """A client that outlives connections. Methods raise what `lasting.Attempts` does not wait out."""

    def __init__(
        self, nursery: trio.Nursery, opener: Callable[[], AbstractAsyncContextManager[AsyncClient]], patience: Patience
    ) -> None:
        self._nursery = nursery
        self._open = opener
        self._patience = patience
        self._client: AsyncClient | None = None
        self._connecting = trio.Lock()

    async def call(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """One request and its result."""
        attempts = Attempts(method, self._patience)
        while True:
            client = await self._connected(attempts)
            try:
                return await client.call(method, params)
            except (ConnectionLost, ServerError) as error:
                await self._rest(attempts, error)

    async def submit(self, jobs: list[Job], *, full: bool = False) -> list[dict[str, Any]]:
        """Hand jobs over in one message; an answer for each, in order, after as many tries as it takes."""
        return [answer for _, answer in await self._submit(jobs, full=full)]

    @asynccontextmanager
    async def submit_all(
        self, jobs: Iterable[Job] | AsyncIterable[Job], *, full: bool = False, batching: Batching | None = None
    ) -> AsyncIterator["Submitting"]:
        """Hand over as many jobs as come, in messages that the spooler takes, with bounded memory.

            async with client.submit_all(jobs) as answers:
                async for job, answer in answers: ...

        Messages are sent in the jobs' order, and each job comes with its answer in that order, too. Nothing is read
        from `jobs` while AHEAD messages are under way or wait to be taken. Leaving the block early ends the
        submission: what was sent may have been stored, and its tickets tell.
        """
        limits = (await self._connected(Attempts("hello", self._patience))).server.get("limits", {})
        send, receive = trio.open_memory_channel[_Slot](AHEAD)
        answers = Submitting(receive)
        places = trio.Semaphore(AHEAD)
        answers.taken = places.release

        async def one(batch: list[Job], slot: _Slot, task_status: trio.TaskStatus[None]) -> None:
            task_status.started()  # nothing is waited for from here until the message is posted: they go in order
            slot.pairs = await self._submit(batch, full=full)
            slot.filled.set()

        async def feed(nursery: trio.Nursery) -> None:
            with send:  # not `async`: an error here must not give way to the cancelling that closing it brings about
                async with aclosing(_batches(jobs, (batching or Batching()).within(limits))) as batches:
                    async for batch in batches:
                        await places.acquire()
                        answers.progress = evolve(answers.progress, taken=answers.progress.taken + len(batch))
                        slot = _Slot()
                        await send.send(slot)
                        await nursery.start(one, batch, slot)

        with as_it_was():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(feed, nursery)
                yield answers
                nursery.cancel_scope.cancel()

    async def watch(
        self, *, cursor: str | None = None, entries: bool = True, state: bool = False
    ) -> AsyncIterator[Notification]:
        """Batches of ledger entries without a gap, over lost connections too, and states.

        Close it when you leave it early (contextlib.aclosing). A second watch ends the first.
        """
        attempts = Attempts("watch", self._patience)
        while True:
            client = await self._connected(attempts)
            try:
                async with client.watch(cursor=cursor, entries=entries, state=state) as notes:
                    cursor = notes.cursor
                    attempts.well()
                    async for note in notes:
                        cursor = note.params.get("cursor", cursor)
                        yield note
                return
            except (ConnectionLost, ServerError) as error:
                await self._rest(attempts, error)

    # -- their parts -------------------------------------------------------------------------------------------

    async def _submit(self, jobs: list[Job], *, full: bool) -> list[tuple[Job, dict[str, Any]]]:
        batch = Batch(jobs)
        attempts = Attempts("submit", self._patience)
        while open_jobs := batch.open:
            again = batch.answered(await self.call("submit", submit_params(open_jobs, full=full)))
            if again is not None:
                await self._rest(attempts, again)
        return batch.results()

    async def _connected(self, attempts: Attempts) -> AsyncClient:
        while True:
            if self._client is not None and self._client.lost is None:
                return self._client
            try:
                async with self._connecting:
                    if self._client is None or self._client.lost is not None:
                        self._client = await self._nursery.start(self._hold)
                    return self._client
            except (OSError, ConnectionLost, ServerError) as error:
                await self._rest(attempts, error, connecting=True)

    async def _hold(self, task_status: trio.TaskStatus[AsyncClient]) -> None:
        async with self._open() as client:
            task_status.started(client)
            await client.until_lost()

    @staticmethod
    async def _rest(attempts: Attempts, error: Exception, *, connecting: bool = False) -> None:
        await trio.sleep(attempts.pause(error, trio.current_time(), random.random(), connecting=connecting))


class _Slot:
    """Where one message's answers come to lie."""

    def __init__(self) -> None:
        self.pairs: list[tuple[Job, dict[str, Any]]] = []
        self.filled = trio.Event()


class Submitting(AsyncIterator[tuple[Job, dict[str, Any]]]):
    """The answers of a submission, in order; `progress` says how far it is."""

    def __init__(self, channel: "trio.MemoryReceiveChannel[_Slot]") -> None:
        self.progress = Progress()
        self.taken: Callable[[], None] = lambda: None  # told of each message whose answers were taken
        self._channel = channel
        self._ready: list[tuple[Job, dict[str, Any]]] = []

    async def __anext__(self) -> tuple[Job, dict[str, Any]]:
        if not self._ready:
            try:
                slot = await self._channel.receive()
            except trio.EndOfChannel:
                raise StopAsyncIteration from None
            await slot.filled.wait()
            self.progress = self.progress.after(answer for _, answer in slot.pairs)
            self.taken()
            self._ready = slot.pairs[::-1]
        return self._ready.pop()


async def _batches(jobs: Iterable[Job] | AsyncIterable[Job], batching: Batching) -> AsyncGenerator[list[Job], None]:
    if isinstance(jobs, AsyncIterable):
        cutter = Cutter(batching)
        async for job in jobs:
            if full := cutter.add(job):
                yield full
        if rest := cutter.rest():
            yield rest
    else:
        for batch in batching.batches(jobs):
            yield batch


@asynccontextmanager
async def open_lasting_client(
    address: str, application: str, token: str | None = None, patience: Patience | None = None,
    tls: ssl.SSLContext | None = None, on_behalf_of: str | None = None,
) -> AsyncIterator[LastingClient]:  # fmt: skip
    """A lasting client of the spooler at `unix:/path`, `tcp:host:port` or `tls:host:port`, for an `async with` block.

    Nothing is connected before the first call, which waits for a spooler that is not there yet as `patience` says.
    Raises ValueError for an address that is none.
    """
    parse_address(address)
    with as_it_was():
        async with trio.open_nursery() as nursery:
            opener = partial(open_client, address, application, token, tls, on_behalf_of)
            yield LastingClient(nursery, opener, patience or Patience())
            nursery.cancel_scope.cancel()
