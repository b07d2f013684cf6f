"""A printer that only repeats a recorded session: for a language, a bug report, a machine that nobody has here.

The host may ask more often or less often than the recorded one did. A question is answered by the next recording of it,
unless something other than a question stands between: then by the last one again. A card fits a recording whose panels
were not kept if it has the same commands and sizes. What was never recorded is not answered.
"""

import re
from collections.abc import Sequence
from typing import Final

import trio

from .session import Piece, Recorded, Shown

_LONGEST: Final = 16 << 20
_CONNECTION_SECONDS: Final = 120.0
#: what differs from one time to the next and says nothing: the time of a card, and the means of its dyes
_VARIES: Final = re.compile(rb"(?<=\x1bPpws;)\d{1,12}(?=\r)|(?<=\x1bPida;)[\d;]{1,20}(?=\r)")
_ANY: Final = rb"[\d;]{1,20}"
_READ: Final = re.compile(rb"\0*(?:\x1bR[!-~]{1,64}\r\0*)?")


def pattern(pieces: Sequence[Piece]) -> "re.Pattern[bytes]":
    """What is taken for these pieces, as far as they were kept."""
    parts: list[bytes] = []
    means = False  # the last text ended where the means begin
    for piece in pieces:
        if isinstance(piece, Shown):
            parts += [_ANY.join(map(re.escape, _VARIES.split(piece.data)))]
            means = piece.data.endswith(b"\x1bPida;")
        else:
            parts.append(_ANY if means else b".{%d}" % piece.size)
            means = False
    return re.compile(b"".join(parts), re.DOTALL)


class Replay:
    """The session, and how far it has come."""

    def __init__(self, recorded: Sequence[Recorded]) -> None:
        self._recorded = recorded
        self._patterns = [pattern(one.sent) for one in recorded]
        self._at = 0  # the next one
        self.unknown = 0  # questions that were never recorded

    def answer(self, data: bytes) -> Recorded | None:
        """What is said to `data` now."""
        for at in range(self._at, len(self._recorded)):
            if self._patterns[at].fullmatch(data):
                self._at = at + 1
                return self._recorded[at]
            if not _asks(self._recorded[at]):
                break
        for at in reversed(range(self._at)):
            if self._patterns[at].fullmatch(data):
                return self._recorded[at]
        return self._later(data)

    def _later(self, data: bytes) -> Recorded | None:
        """A question that the recorded host asked only later, or never."""
        if _READ.fullmatch(data):
            for at in range(self._at, len(self._recorded)):
                if self._patterns[at].fullmatch(data):
                    return self._recorded[at]
        self.unknown += 1
        return None


def _asks(one: Recorded) -> bool:
    """Whether it was a question, or came to nothing: it may be passed over."""
    return one.broken or all(isinstance(piece, Shown) and _READ.fullmatch(piece.data) for piece in one.sent)


async def replay(
    recorded: Sequence[Recorded],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Answer on a port as was recorded, each answer after the time that it took; starts with the port.

    Raises OSError if it cannot listen.
    """
    session = Replay(recorded)

    async def serve(stream: trio.SocketStream) -> None:
        async with stream:
            data = bytearray()
            try:
                with trio.move_on_after(_CONNECTION_SECONDS):
                    async for chunk in stream:
                        data += chunk
                        if len(data) > _LONGEST:
                            return
                    one = session.answer(bytes(data))
                    if one is not None and not one.broken:
                        await trio.sleep(one.took)
                        for piece in one.answer:
                            await stream.send_all(piece.data if isinstance(piece, Shown) else bytes(piece.size))
            except trio.BrokenResourceError:
                pass  # the host is gone

    listeners = await trio.open_tcp_listeners(port, host=host)
    task_status.started(listeners[0].socket.getsockname()[1])
    await trio.serve_listeners(serve, listeners)
