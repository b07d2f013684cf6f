"""Reads of committed state, in a worker thread, over a connection of their own: they never wait for a commit."""

from collections.abc import Callable
from typing import TypeVar

import trio

from spooler.store.contract import Reader

T = TypeVar("T")


class Reads:
    """One reader, one read at a time."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._limiter = trio.CapacityLimiter(1)

    async def do(self, read: Callable[[Reader], T]) -> T:
        """`read(reader)`. It sees every transaction whose outcomes were handed out before."""
        return await trio.to_thread.run_sync(read, self._reader, limiter=self._limiter)
