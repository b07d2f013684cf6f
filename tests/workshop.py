"""A spooler in this process whose printers' worlds the test holds: it can empty feeders, jam cards and cut lines."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import define, evolve, field

from running import write_config
from spooler.backends import evolis, pacing
from spooler.backends.simulator import evolis as evolis_simulator
from spooler.backends.simulator.world import World
from spooler.client import AsyncClient, ConnectionLost, open_client
from spooler.config import load
from spooler.daemon import Addresses, serve
from spooler.daemon.clock import Clock

DWELL = 0.05  # seconds a card takes

SECOND_PRINTER = """
[[printer]]
name = "SGL-2"
site = "21.71.11"
family = "evolis"
model = "primacy"
uri = "tcp://127.0.0.1:{port}"
ribbon = "YMCKO"
kinds = ["ktp", "selftest"]
"""


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The printer's own times made short: polls, and how long it must be quiet before that proves anything."""
    monkeypatch.setattr(pacing, "STOPPED_SECONDS", 0.05)
    model = evolve(evolis.FAMILY.models["primacy"], settle_seconds=0.3)
    monkeypatch.setitem(evolis.FAMILY.models, "primacy", model)


async def let_pass() -> bool:
    """The gate that is open."""
    await trio.lowlevel.checkpoint()
    return True


@define
class Line:
    """The cable between a spooler and one printer: each connection asks `gate` whether it gets through."""

    world: World
    gate: Callable[[], Awaitable[bool]] = let_pass
    port: int = 0
    _printer_port: int = 0
    _nursery: trio.Nursery | None = field(default=None, init=False)
    _power: trio.CancelScope = field(factory=trio.CancelScope, init=False)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        async with trio.open_nursery() as self._nursery:
            await self.plug_in(self.world)
            listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
            self.port = listeners[0].socket.getsockname()[1]
            task_status.started()
            await trio.serve_listeners(self._relay, listeners)

    async def plug_in(self, world: World) -> None:
        """This printer stands at the end of the line from now on, and no other."""
        self._power.cancel()
        self.world, self._power = world, trio.CancelScope()
        assert self._nursery is not None
        self._printer_port = await self._nursery.start(self._printer)

    async def _printer(self, task_status: trio.TaskStatus[int]) -> None:
        with self._power:
            await evolis_simulator.serve(self.world, dwell_seconds=DWELL, pictures=False, task_status=task_status)

    async def _relay(self, near: trio.SocketStream) -> None:
        async with near:
            try:
                if not await self.gate():
                    return
            except ConnectionLost:
                return  # the test is over
            try:
                far = await trio.open_tcp_stream("127.0.0.1", self._printer_port)
                async with far, trio.open_nursery() as nursery:
                    nursery.start_soon(_copy, far, near)
                    await _copy(near, far)
            except* (trio.BrokenResourceError, OSError):
                pass


async def _copy(come: trio.SocketStream, go: trio.SocketStream) -> None:
    async for data in come:
        await go.send_all(data)
    await go.send_eof()


@define
class Workshop:
    """What a test has in its hands."""

    client: AsyncClient
    lines: Sequence[Line]
    folder: Path

    @property
    def world(self) -> World:
        return self.lines[0].world

    async def submit(self, raw: dict[str, Any]) -> str:
        (answer,) = await self.client.submit([raw])
        assert "error" not in answer, answer
        return str(answer["id"])

    async def job(self, job: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.client.call("job", {"id": job})
        return found

    async def until_job(self, job: str, *states: str) -> dict[str, Any]:
        """The job, as soon as it is in one of these states."""
        with trio.fail_after(15):
            found = await self.job(job)
            while found["state"] not in states:
                found = await self.client.call("job", {"id": job, "wait_ms": 15_000, "version": found["version"]})
        return found

    async def until_printer(self, state: str, *reasons: str) -> dict[str, Any]:
        """The first printer, as soon as it is shown like this."""
        with trio.fail_after(15):
            async with self.client.watch(entries=False, state=True) as notes:
                async for note in notes:
                    printer: dict[str, Any] = note.params["printers"][0]
                    if (printer["state"], tuple(printer["reasons"])) == (state, reasons):
                        return printer
        raise AssertionError("the watch ended")

    async def events(self, job: str) -> list[str]:
        """What the ledger says of a job, from the beginning."""
        async with self.client.watch(cursor="") as notes:
            async for note in notes:
                return [entry[3] for entry in note.params["entries"] if entry[4].get("job") == job]
        raise AssertionError("the watch ended")


@asynccontextmanager
async def workshop(
    folder: Path,
    *extra: str,
    printers: int = 1,
    feeder: int = 20,
    clock: Clock | None = None,
    overrides: Sequence[tuple[str, str]] = (),
) -> AsyncIterator[Workshop]:
    """A spooler with its printers; `extra` goes to the end of the config; `clock`: of another day."""
    async with trio.open_nursery() as nursery:
        lines = [Line(World(folder / f"P{n}", f"SIM-{n}", feeder=feeder)) for n in range(1, printers + 1)]
        for line in lines:
            await nursery.start(line.run)
        more = [
            SECOND_PRINTER.replace("SGL-2", f"SGL-{n}").format(port=line.port) for n, line in enumerate(lines[1:], 2)
        ]
        config = load(write_config(folder, lines[0].port, *more, *extra), overrides)
        stop = trio.Event()
        async with trio.open_nursery() as spooler:
            addresses: Addresses = await spooler.start(partial(serve, config, stop=stop, clock=clock))
            async with open_client(f"unix:{addresses.socket}", application="tests") as client:
                yield Workshop(client, lines, folder)
                for line in lines:
                    line.gate = let_pass
            stop.set()
        nursery.cancel_scope.cancel()
