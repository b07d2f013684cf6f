"""Recording a live session: a proxy between a host and a printer that writes down every connection.

A live session carries citizens' cards. So pictures are not kept, but for their sizes (a family's redactor decides what
is a picture: what it does not understand is one), unless the caller says that the cards are specimens. A connection is
written down when it has ended; only until then is it in memory.
"""

import hashlib
import os
import secrets
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final, TextIO

import trio

from . import evolis_redact
from .session import Hidden, Piece, Recorded, Shown, head, line

Redact = Callable[[bytes, Callable[[bytes], str]], tuple[tuple[Piece, ...], bool]]
#: families whose sessions can be recorded
REDACTORS: Final[dict[str, Redact]] = {"evolis": evolis_redact.redact}
_LONGEST: Final = 16 << 20  # bytes of one connection, each way; more ends it
_RESET: Final = struct.pack("ii", 1, 0)


class Recorder:
    """Writes connections into a file that must not exist yet, readable by its owner alone. Raises OSError."""

    def __init__(self, path: Path, family: str, *, pictures: bool = False) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file: TextIO = os.fdopen(descriptor, "w")
        self._file.write(head(family, pictures=pictures))
        self._redact = REDACTORS[family]
        self._pictures = pictures
        self._key = secrets.token_bytes(32)  # never written: see session.py
        self.connections = 0

    def _mark(self, data: bytes) -> str:
        return hashlib.blake2b(data, key=self._key, digest_size=8).hexdigest()

    def write(self, at: float, took: float, sent: bytes, answer: bytes, *, broken: bool) -> None:
        """One connection."""
        pieces, understood = self._redact(sent, self._mark)
        answered: tuple[Piece, ...] = (Shown(answer),) if answer else ()
        if self._pictures:
            pieces = (Shown(sent),) if sent else ()
        elif answer and not understood:
            answered = (Hidden(len(answer), self._mark(answer)),)
        self._file.write(line(Recorded(at, took, pieces, answered, broken)))
        self._file.flush()
        self.connections += 1

    def close(self) -> None:
        """The session has ended."""
        self._file.close()


class Proxy:
    """Passes on every connection, byte for byte and as it comes."""

    def __init__(self, host: str, port: int, recorder: Recorder) -> None:
        self._host, self._port = host, port
        self._recorder = recorder
        self._begun = trio.current_time()

    async def serve(self, near: trio.SocketStream) -> None:
        """One connection; it is written down however it ends."""
        at = trio.current_time()
        talk = _Talk()
        try:
            async with near:
                try:
                    await talk.hold(near, self._host, self._port)
                except* (trio.BrokenResourceError, OSError):
                    _reset(near)
        finally:
            took = trio.current_time() - at
            self._recorder.write(
                at - self._begun, took, bytes(talk.sent), bytes(talk.answer), broken=not talk.ended
            )  # fmt: skip


class _Talk:
    """What was said on one connection."""

    def __init__(self) -> None:
        self.sent, self.answer = bytearray(), bytearray()
        self.ended = False  # with the printer's end

    async def hold(self, near: trio.SocketStream, host: str, port: int) -> None:
        async with await trio.open_tcp_stream(host, port) as far:
            try:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(_pass_on, near, far, self.sent)
                    await _pass_on(far, near, self.answer)
                    self.ended = True
            except BaseException:
                _reset(far)
                raise


async def _pass_on(come: trio.SocketStream, go: trio.SocketStream, kept: bytearray) -> None:
    async for data in come:
        kept += data
        if len(kept) > _LONGEST:
            raise trio.BrokenResourceError
        await go.send_all(data)
    await go.send_eof()


def _reset(stream: trio.SocketStream) -> None:
    """Its close will be a reset, so that nobody takes a part for the whole."""
    if stream.socket.fileno() >= 0:
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


async def capture(
    recorder: Recorder,
    *,
    host: str,
    port: int,
    listen_host: str = "127.0.0.1",
    listen_port: int = 0,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Stand before the printer at host and port until cancelled; starts with the port that is to be used instead.

    Raises OSError if it cannot listen.
    """
    listeners = await trio.open_tcp_listeners(listen_port, host=listen_host)
    task_status.started(listeners[0].socket.getsockname()[1])
    await trio.serve_listeners(Proxy(host, port, recorder).serve, listeners)
