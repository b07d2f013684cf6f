"""A simulated printer on a TCP port: one connection is one command, ended by the sender's half-close.

A connection that breaks before that leaves nothing. What the world's Cable says is obeyed here.
"""

import socket
import struct
from typing import Final

import trio

from .cable import Hearing
from .machine import Machine
from .place import Place

CONNECTIONS: Final = 4  # served at a time; others wait in the backlog
CONNECTION_SECONDS: Final = 120.0
_DEAF_SECONDS: Final = 0.01  # between looks of a deaf printer
_PEEK: Final = 64
_RESET: Final = struct.pack("ii", 1, 0)
_HALF_CLOSED: Final = 8  # TCP_CLOSE_WAIT: everything that the sender had to say is in the buffer


def _break(stream: trio.SocketStream) -> None:
    """Its close will be a reset."""
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


class TcpFront:
    """Brings a place what comes over TCP."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._line = trio.CapacityLimiter(CONNECTIONS)

    async def serve(self, stream: trio.SocketStream) -> None:
        """One connection: receive to the end, act, answer, close."""
        async with stream, self._line:
            try:
                with trio.move_on_after(CONNECTION_SECONDS):
                    machine = self._place.machine
                    data = await self._receive(stream, machine)
                    if data is None or machine is not self._place.machine:
                        return _break(stream)
                    sender = str(stream.socket.getpeername()[0])
                    answer = machine.world.spoken(await machine.handle(data, sender))
                    await trio.sleep(machine.world.answer_delay_seconds)
                    if machine.world.reachable():
                        await stream.send_all(answer)
                    else:
                        _break(stream)
            except (trio.BrokenResourceError, OSError):
                pass  # the sender is gone: what it sent in part is dropped

    async def _receive(self, stream: trio.SocketStream, machine: Machine) -> bytes | None:
        data = bytearray()
        world = machine.world
        if not world.reachable():
            return None
        await self._turn_deaf(stream, machine)
        while chunk := await stream.receive_some(int(world.bytes_per_second or 0) or None):
            data += chunk
            if world.cuts(len(data)) or len(data) > machine.longest or not world.reachable():
                return None
            if world.bytes_per_second is not None:
                await trio.sleep(len(chunk) / world.bytes_per_second)
        return bytes(data) if world.reachable() else None

    async def _turn_deaf(self, stream: trio.SocketStream, machine: Machine) -> None:
        """Wait while nothing is read; it begins, where that was asked for, with the next card's first bytes."""
        world = machine.world

        def is_(hearing: Hearing) -> bool:  # it may change while we wait
            return world.hearing == hearing

        card = False
        if is_("armed"):
            first = await stream.socket.recv(_PEEK, socket.MSG_PEEK)
            card = is_("armed") and machine.is_card(first)
            if card:
                world.hearing = "deaf"
        while is_("deaf"):
            if card and stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _HALF_CLOSED:
                card = False
                world.on_moment("buffered")
            await trio.sleep(_DEAF_SECONDS)


async def serve_tcp(place: Place, *, host: str = "127.0.0.1", port: int = 0, task_status: trio.TaskStatus[int]) -> None:
    """The printer at `place` until cancelled; starts with its port. Raises OSError if it cannot listen."""
    listeners = await trio.open_tcp_listeners(port, host=host)
    task_status.started(listeners[0].socket.getsockname()[1])
    await trio.serve_listeners(TcpFront(place).serve, listeners)
