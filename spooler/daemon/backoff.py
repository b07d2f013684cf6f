"""Waiting between looks at a printer: bounded, growing while it does not answer."""

import random

import trio

from spooler.config import PressConfig
from spooler.model.backoff import Backoff


class Waiter:
    """One stretch of waiting; make a new one when things are well again."""

    def __init__(self, config: PressConfig, stop: trio.Event) -> None:
        """`stop`: ends every wait at once."""
        self._stop = stop
        self._poll_seconds = config.poll_seconds
        self._rest_seconds = config.idle_poll_seconds
        self._backoff = Backoff(first_ms=int(config.backoff_first_seconds * 1000),
                                ceiling_ms=int(config.backoff_ceiling_seconds * 1000))  # fmt: skip
        self._previous_ms = 0

    async def wait(self) -> None:
        """The link failed: wait longer each time."""
        self._previous_ms = self._backoff.next_delay(self._previous_ms, random.random())
        await self._sleep(self._previous_ms / 1000)

    async def poll(self) -> None:
        """The printer answers but is not ready: look again soon."""
        self._previous_ms = 0
        await self._sleep(self._poll_seconds)

    async def rest(self) -> None:
        """Its own rules let it rest: nothing is gained by asking it often."""
        self._previous_ms = 0
        await self._sleep(self._rest_seconds)

    async def _sleep(self, seconds: float) -> None:
        with trio.move_on_after(seconds):
            await self._stop.wait()
