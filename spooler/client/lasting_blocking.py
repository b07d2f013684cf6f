"""The lasting client for programs without an event loop: as the one for trio, one message at a time."""

import random
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

from attrs import evolve

from spooler.wire import Notification

from .blocking import BlockingClient, connect
from .core import parse_address, submit_params
from .errors import ConnectionLost, ServerError
from .lasting import Attempts, Batch, Batching, Patience, Progress

Job = dict[str, Any]


class BlockingLastingClient:
    """A client that outlives connections. Methods raise what `lasting.Attempts` does not wait out. For one thread."""

    def __init__(self, opener: Callable[[], AbstractContextManager[BlockingClient]], patience: Patience) -> None:
        self._open = opener
        self._patience = patience
        self._connection: AbstractContextManager[BlockingClient] | None = None
        self._client: BlockingClient | None = None

    def call(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """One request and its result."""
        attempts = Attempts(method, self._patience)
        while True:
            client = self._connected(attempts)
            try:
                return client.call(method, params)
            except (ConnectionLost, ServerError) as error:
                self._failed(attempts, error)

    def submit(self, jobs: list[Job], *, full: bool = False) -> list[dict[str, Any]]:
        """Hand jobs over in one message; an answer for each, in order, after as many tries as it takes."""
        return [answer for _, answer in self._submit(jobs, full=full)]

    def submit_all(
        self, jobs: Iterable[Job], *, full: bool = False, batching: Batching | None = None,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> Iterator[tuple[Job, dict[str, Any]]]:  # fmt: skip
        """Hand over as many jobs as come, in messages that the spooler takes: each job with its answer, in order.

        `on_progress` is told after each message. One message is in memory at a time.
        """
        limits = self._connected(Attempts("hello", self._patience)).server.get("limits", {})
        progress = Progress()
        for batch in (batching or Batching()).within(limits).batches(jobs):
            pairs = self._submit(batch, full=full)
            progress = evolve(progress, taken=progress.taken + len(batch)).after(answer for _, answer in pairs)
            on_progress(progress)
            yield from pairs

    def watch(self, *, cursor: str | None = None, entries: bool = True, state: bool = False) -> Iterator[Notification]:
        """Batches of ledger entries without a gap, over lost connections too, and states. A second watch ends it."""
        attempts = Attempts("watch", self._patience)
        while True:
            client = self._connected(attempts)
            try:
                notes = client.watch(cursor=cursor, entries=entries, state=state)
                cursor = client.cursor
                attempts.well()
                for note in notes:
                    cursor = note.params.get("cursor", cursor)
                    yield note
                return
            except (ConnectionLost, ServerError) as error:
                self._failed(attempts, error)

    def close(self) -> None:
        """Let the connection go."""
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.__exit__(None, None, None)

    # -- their parts -------------------------------------------------------------------------------------------

    def _submit(self, jobs: list[Job], *, full: bool) -> list[tuple[Job, dict[str, Any]]]:
        batch = Batch(jobs)
        attempts = Attempts("submit", self._patience)
        while open_jobs := batch.open:
            again = batch.answered(self.call("submit", submit_params(open_jobs, full=full)))
            if again is not None:
                self._rest(attempts, again)
        return batch.results()

    def _connected(self, attempts: Attempts) -> BlockingClient:
        while self._client is None:
            connection = self._open()
            try:
                self._client = connection.__enter__()
                self._connection = connection
            except (OSError, ConnectionLost, ServerError) as error:
                self._rest(attempts, error, connecting=True)
        return self._client

    def _failed(self, attempts: Attempts, error: Exception) -> None:
        if isinstance(error, ConnectionLost):
            self.close()
        self._rest(attempts, error)

    @staticmethod
    def _rest(attempts: Attempts, error: Exception, *, connecting: bool = False) -> None:
        time.sleep(attempts.pause(error, time.monotonic(), random.random(), connecting=connecting))


@contextmanager
def connect_lasting(
    address: str, application: str, token: str | None = None, timeout: float = 30.0, patience: Patience | None = None,
    tls: ssl.SSLContext | None = None, on_behalf_of: str | None = None,
) -> Iterator[BlockingLastingClient]:  # fmt: skip
    """A lasting client of the spooler at `unix:/path`, `tcp:host:port` or `tls:host:port`, for a `with` block.

    `timeout`: seconds to connect and to wait for an answer, after which the connection counts as lost. Nothing is
    connected before the first call. Raises ValueError for an address that is none.
    """
    parse_address(address)
    opener = partial(connect, address, application, token, timeout, tls, on_behalf_of)
    client = BlockingLastingClient(opener, patience or Patience())
    try:
        yield client
    finally:
        client.close()
