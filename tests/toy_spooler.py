"""A spooler's outside for client tests: the real wire on a real Unix socket, and behind it only a list of entries."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgpack
import trio

from spooler.model.problem import Problem
from spooler.wire import METHODS, Connection, Limits, ProtocolError, Request, check_params


class Toy:
    """What the tests steer and look at."""

    def __init__(self) -> None:
        self.entries: list[bytes] = []
        self.grown = trio.Event()
        self.tickets: dict[str, str] = {}
        self.connections = 0
        self.held = trio.Event()  # `job` with wait_ms answers when it is set
        self.batch = 2

    def add(self, count: int) -> None:
        """So many more ledger entries."""
        for _ in range(count):
            n = len(self.entries) + 1
            self.entries.append(msgpack.packb(["toy-1", n, 1000 + n, "submitted", {"job": f"{n:016}"}]))
        self.grown.set()
        self.grown = trio.Event()

    async def serve(self, stream: trio.SocketStream) -> None:
        """One connection."""
        self.connections += 1
        connection = Connection(Limits())
        lock = trio.Lock()

        async def send(data: bytes) -> None:
            async with lock:
                await stream.send_all(data)

        async def entries(position: int, scope: trio.CancelScope) -> None:
            with scope:
                while True:
                    while position >= len(self.entries):
                        await self.grown.wait()
                    bodies = self.entries[position : position + self.batch]
                    position += len(bodies)
                    async with lock:
                        if scope.cancel_called:
                            return  # after the reply that begins another watch nothing of this one may come
                        with trio.CancelScope(shield=True):  # half a message would be nobody's fault but this toy's
                            await stream.send_all(connection.notify_entries(str(position), bodies))

        try:
            async with stream, trio.open_nursery() as nursery:
                watcher = trio.CancelScope()

                async def answer(request: Request) -> None:
                    nonlocal watcher
                    if request.method not in METHODS:
                        return await send(connection.fail(request.msgid, Problem("unknown-method", "No such method.")))
                    params = check_params(request.method, request.params, Limits())
                    if isinstance(params, Problem):
                        return await send(connection.fail(request.msgid, params))
                    if request.method == "watch":
                        watcher.cancel()
                        watcher = trio.CancelScope()
                        position = int(params.get("cursor") or 0) if "cursor" in params else len(self.entries)
                        await send(connection.reply(request.msgid, {"cursor": str(position)}))
                        if params["entries"]:
                            nursery.start_soon(entries, position, watcher)
                        if params["state"]:
                            await send(connection.notify("state", {"printers": [{"name": "SGL-1"}], "sites": []}))
                        return None
                    if request.method == "job" and params["wait_ms"]:
                        await self.held.wait()
                    return await send(connection.reply(request.msgid, self.result(request.method, params)))

                while data := await stream.receive_some(65536):
                    for event in connection.receive_data(data):
                        if isinstance(event, ProtocolError):
                            await send(connection.farewell())
                        elif isinstance(event, Request) and event.method == "watch":
                            await answer(event)
                        elif isinstance(event, Request):
                            nursery.start_soon(answer, event)
                    if connection.dead:
                        break
                nursery.cancel_scope.cancel()
        except* (trio.BrokenResourceError, trio.ClosedResourceError):
            pass

    def result(self, method: str, params: dict[str, Any]) -> Any:
        """What the toy answers."""
        if method == "hello":
            return {"version": 1, "principal": params.get("token", "toy")}
        if method == "submit":
            return [self._submitted(job) for job in params["jobs"]]
        return {"id": params.get("id"), "ticket": params.get("ticket"), "limit": params.get("limit")}

    def _submitted(self, job: dict[str, Any]) -> dict[str, Any]:
        repeat = job["ticket"] in self.tickets
        job_id = self.tickets.setdefault(job["ticket"], f"{len(self.tickets) + 1:016}")
        return {"id": job_id, "number": "SGL-0001", "state": "pending", "repeat": repeat}


@asynccontextmanager
async def toy_spooler(folder: Path) -> AsyncIterator[tuple[Toy, str]]:
    """A running toy and its address."""
    path = str(folder / "toy.sock")
    toy = Toy()
    with trio.socket.socket(trio.socket.AF_UNIX) as listener:
        await listener.bind(path)
        listener.listen()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.serve_listeners, toy.serve, [trio.SocketListener(listener)])
            yield toy, f"unix:{path}"
            nursery.cancel_scope.cancel()
