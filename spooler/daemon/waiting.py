"""Waiting between looks at a printer that answers. How one is waited for that does not is circuit.py's."""

import trio

from spooler.config import PressConfig


class Waiter:
    """The waits of one press."""

    def __init__(self, config: PressConfig, stop: trio.Event) -> None:
        """`stop`: ends every wait at once."""
        self._stop = stop
        self._poll_seconds = config.poll_seconds
        self._rest_seconds = config.idle_poll_seconds

    async def poll(self) -> None:
        """The printer answers but is not ready: look again soon."""
        await self._sleep(self._poll_seconds)

    async def rest(self) -> None:
        """Its own rules let it rest: nothing is gained by asking it often."""
        await self._sleep(self._rest_seconds)

    async def _sleep(self, seconds: float) -> None:
        with trio.move_on_after(seconds):
            await self._stop.wait()
