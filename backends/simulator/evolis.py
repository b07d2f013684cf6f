"""A simulated Evolis Primacy on a TCP port: it answers, prints into a World, runs out of cards and jams.

It knows the format (PRINTERS.md 1.7, 1.8, 9) and nothing of the spooler's own language. One connection is one
command. A card begins when the whole of it has come and the sender has half-closed; a connection that breaks before
that leaves nothing. Its words for a busy printer are its own: no source has the device's. What goes wrong, and when, is
told it through its World; each moment of a card is told to the World, so that a test can strike at that very moment.
"""

import os
import re
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

import trio
from PIL import Image

from .evolis_decoder import LONGEST, RELEASE, Card, GarbageError, develop, read
from .world import RIBBON_SIZE, World

CONNECTIONS: Final = 4  # served at a time; others wait in the backlog
CONNECTION_SECONDS: Final = 120.0
_WAIT_SECONDS: Final = 0.1  # between looks at an empty feeder
_DEAF_SECONDS: Final = 0.01  # between looks of a deaf printer
_RESET: Final = struct.pack("ii", 1, 0)
_HALF_CLOSED: Final = 8  # TCP_CLOSE_WAIT: everything that the sender had to say is in the buffer
#: no command begins like a card, and none is so long
_CARD_BEGINS: Final = b"\x1bPsync;1;0\r"

_CFG: Final = 0x80000000 | 0x00002000  # X01 (Primacy), FEED_BY_FEEDER
_CLAIM, _CARD_PRINT, _RIBBON_LOW, _PRINTING, _BUSY = 0x80000000, 0x02000000, 0x00080000, 0x00000080, 0x00000001
_FEEDER_EMPTY, _RIBBON_ENDED, _COVER_OPEN = 0x01000000, 0x00080000, 0x00020000
_MECHANICAL: Final = 0x01000000

#: what the judge reads on a card: see `serve`
ReadMark = Callable[[Card], str | None]

_COMMAND: Final = re.compile(rb"\x1b([ -~]{1,64})\r")

#: Turning a card into its PNG is work for a thread: as many at a time, over all simulators, as there are processors.
_threads: trio.lowlevel.RunVar[trio.CapacityLimiter] = trio.lowlevel.RunVar("simulator_threads")


def _limiter() -> trio.CapacityLimiter:
    try:
        return _threads.get()
    except LookupError:
        limiter = trio.CapacityLimiter(os.cpu_count() or 1)
        _threads.set(limiter)
        return limiter


def _break(stream: trio.SocketStream) -> None:
    """Its close will be a reset."""
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


class _Printer:
    """The machine between the line and the world."""

    def __init__(
        self, world: World, dwell_seconds: float, pictures: bool, read_mark: ReadMark | None, nursery: trio.Nursery
    ) -> None:
        self._world = world
        self._dwell = dwell_seconds
        self._pictures = pictures
        self._read_mark = read_mark
        self._nursery = nursery
        self._line = trio.CapacityLimiter(CONNECTIONS)
        self._session = 0
        self._claimed = False
        self._waiting: trio.CancelScope | None = None  # a job that was given and has not begun
        self._printing = False
        self._jammed = world.fault == "jam"  # a card lay in it when it was switched on

    async def serve(self, stream: trio.SocketStream) -> None:
        """One connection: receive to the end, act, answer, close."""
        async with stream, self._line:
            try:
                with trio.move_on_after(CONNECTION_SECONDS):
                    data = await self._receive(stream)
                    if data is None:
                        return
                    answer = self._answer(data)
                    await trio.sleep(self._world.answer_delay_seconds)
                    if self._world.plugged:
                        await stream.send_all(answer * self._world.answers)
                    else:
                        _break(stream)
            except trio.BrokenResourceError:
                pass  # the sender is gone: what it sent in part is dropped

    async def _receive(self, stream: trio.SocketStream) -> bytes | None:
        data = bytearray()
        await self._turn_deaf(stream)
        while chunk := await stream.receive_some():
            data += chunk
            cut = self._world.cut_after
            if cut is not None and len(data) >= cut:
                self._world.cut_after = None
            elif len(data) <= LONGEST and self._world.plugged:
                continue
            _break(stream)
            return None
        return bytes(data)

    async def _turn_deaf(self, stream: trio.SocketStream) -> None:
        """Wait while nothing is read; it begins, where that was asked for, with the next card's first bytes."""
        world = self._world
        if world.hearing == "hears":
            return
        card = False
        if world.hearing == "armed":
            first = await stream.socket.recv(len(_CARD_BEGINS), socket.MSG_PEEK)
            card = world.hearing == "armed" and first == _CARD_BEGINS
            if card:
                world.hearing = "deaf"
        while world.hearing == "deaf":
            if card and stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _HALF_CLOSED:
                card = False
                world.on_moment("buffered")
            await trio.sleep(_DEAF_SECONDS)

    def _answer(self, data: bytes) -> bytes:
        body = data.rstrip(b"\0")
        text = self._obey(body) if body else ""
        words = (_CFG, self._information(), self._warning(), _MECHANICAL if self._stuck else 0)
        status = b"\x10" + struct.pack(">4I", *words) + b"\x02" + struct.pack(">H", self._session)
        return text.encode("ascii") + b"\0" + b"\x00\x15" + status

    @property
    def _stuck(self) -> bool:
        """A jam lasts until somebody has taken the card out."""
        self._jammed = self._jammed and self._world.fault == "jam"
        return self._jammed

    def _information(self) -> int:
        return (
            (_CLAIM if self._claimed else 0)
            | (_PRINTING if self._printing else 0)
            | (_BUSY if self._printing or self._waiting else 0)
            | (_CARD_PRINT if self._printing or self._stuck else 0)
            | (_RIBBON_LOW if self._world.ribbon < RIBBON_SIZE // 10 else 0)
        )

    def _warning(self) -> int:
        world = self._world
        return (
            (_FEEDER_EMPTY if world.fault == "feeder-empty" or world.feeder < 1 else 0)
            | (_RIBBON_ENDED if world.fault == "ribbon-ended" or world.ribbon < 1 else 0)
            | (_COVER_OPEN if world.fault == "cover-open" else 0)
        )

    def _obey(self, body: bytes) -> str:
        if body.startswith(_CARD_BEGINS):
            return self._take_card(body)
        if RELEASE.fullmatch(body):
            self._claimed = False
            return "OK"
        command = _COMMAND.fullmatch(body)
        return self._command(command[1].decode("ascii")) if command else "ERROR CDE"

    def _command(self, command: str) -> str:
        world = self._world
        match command.split(";"):
            case ["Rsn"]:
                return world.serial
            case ["Rfv"]:
                return "SIM 1.0"
            case ["Rtp"]:
                return "Primacy"
            case ["Rco", "card"]:
                return str(world.counter)
            case ["Rrt", "count"]:
                return str(max(world.ribbon, 0))
            case ["Rrt", "qty"]:
                return str(RIBBON_SIZE)
            case ["Rrt", "all"]:
                return f"count: {max(world.ribbon, 0)}\r\nqty: {RIBBON_SIZE}\r\ntype: YMCKO"
            case ["Srs"]:
                self._claimed = False
                if self._waiting is not None:
                    self._waiting.cancel()
                return "OK"
            case ["Psid", session, seconds] if session.isdecimal() and seconds.isdecimal():
                self._session = int(session) & 0xFFFF
                return "OK"
            case ["Rem", "1"]:
                return "0;0"
            case ["Pem", "0" | "2"] | ["Scs"]:
                return "OK"
        return "ERROR CDE"

    def _take_card(self, body: bytes) -> str:
        if self._stuck:
            return "ERROR MECHANICAL"
        if self._claimed or self._printing or self._waiting is not None:
            return "BUSY"
        try:
            card = read(body)
        except GarbageError:
            return "ERROR CDE"
        self._claimed = not card.released
        self._waiting = trio.CancelScope()
        self._world.at_rest = False
        self._nursery.start_soon(self._print, card, self._waiting)
        self._world.on_moment("taken")
        return "OK"

    async def _print(self, card: Card, waiting: trio.CancelScope) -> None:
        mark: str | None = None
        with waiting:
            if self._read_mark is not None:
                mark = await trio.to_thread.run_sync(self._read_mark, card, limiter=_limiter())
            while self._warning():  # noqa: ASYNC110 - whoever fills the feeder rings no bell
                await trio.sleep(_WAIT_SECONDS)
        self._waiting = None
        if waiting.cancel_called:
            self._world.at_rest = True
            return
        self._world.take(mark)
        self._printing = True
        self._world.on_moment("fed")
        pictures: list[Image.Image] = []

        async def look() -> None:
            image = await trio.to_thread.run_sync(lambda: develop(card).image(), limiter=_limiter())
            pictures.append(image)

        async with trio.open_nursery() as nursery:
            if self._pictures:
                nursery.start_soon(look)
            await trio.sleep(self._dwell / 2)
            self._world.on_moment("half")
            await trio.sleep(self._dwell / 2)
        if self._world.fault == "jam":
            self._jammed = True
            self._claimed = False
            self._world.spoil()
        else:
            picture = pictures[0] if pictures else None
            await trio.to_thread.run_sync(self._world.leave, picture, limiter=_limiter())
            self._world.on_moment("out")
        self._printing = False
        self._world.at_rest = True


async def serve(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    dwell_seconds: float = 1.0,
    pictures: bool = True,
    read_mark: ReadMark | None = None,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
) -> None:
    """A printer in `world` until cancelled; starts with its port. Without `pictures` it counts cards and draws none.

    `read_mark` is given each card before it is fed, in a thread; what it reads on it goes into the world's record.
    Raises OSError if it cannot listen.
    """
    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(port, host=host)
        printer = _Printer(world, dwell_seconds, pictures, read_mark, nursery)
        task_status.started(listeners[0].socket.getsockname()[1])
        await trio.serve_listeners(printer.serve, listeners)


async def simulate(
    *,
    directory: Path,
    host: str = "127.0.0.1",
    port: int = 0,
    serial: str,
    dwell_seconds: float = 1.0,
    feeder: int = 100,
    ribbon: int = RIBBON_SIZE,
    pictures: bool = True,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
) -> None:
    """The printer of the world in `directory` (a new one gets `feeder` and `ribbon`) until cancelled."""
    world = World(directory, serial, feeder=feeder, ribbon=ribbon)
    await serve(world, host=host, port=port, dwell_seconds=dwell_seconds, pictures=pictures, task_status=task_status)
