"""One exchange with an opened printer on USB, and what is done about each error. All of it blocks; no thread in it.

Before the first byte that can move a card an error is mended, and the printer gets every byte once and in order:

    EPIPE      clear the halt, go on from the first byte that was not taken
    ETIMEDOUT  ask for the port's status: a printer that answers is busy, and the bytes go on; else the link is lost
    EIO        noise on the cable: whether the last packet arrived nobody knows, so soft reset, and all from the start
    short      go on with the rest
    ENODEV     the link is lost; the printer is looked for by its serial number when next it is wanted

From that byte on nothing is ever sent twice: every error is a LinkError, and the verdict table rules. Chunks are at
most 16 KiB and never reach across that byte. How a reply ends: see contract.Exchange. A printer that stalls again and
again, or talks on and on, is a LinkError, too.
"""

import errno
import threading
import time
from bisect import bisect_right
from itertools import accumulate
from typing import Final

import usb.core

from .contract import Buffer, Control, Exchange, LinkError
from .usb_class import port_words
from .usb_session import Session

CHUNK: Final = 16384  # bytes: what a broken transfer can leave in doubt
SILENCE: Final = 0.1  # seconds after which a reply that may go on has ended
SLICE: Final = 1.0  # seconds of a transfer before anybody looks whether it is still wanted
_STALLS: Final = 3  # cleared in one exchange
_MOST_BESIDE: Final = 4096  # bytes: what Linux takes in a control transfer
_STALE_SECONDS: Final = 0.002
_STALE_READS: Final = 64
_EMPTY_SECONDS: Final = 0.01  # between looks at a printer that answers with empty packets while it has nothing to say


class StoppedError(Exception):
    """Nobody waits for this exchange any more."""


class Ticket:
    """How far an exchange has got, and whether it may go on: shared by the thread and the task that waits for it.

    `stop` and `offer` exclude each other: what stop returns is true, whatever the thread does afterwards.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._offered = 0
        self._stopped = False
        self.part_sent = False  # some of the bytes and not all: the printer has half of something
        self.asked = False  # all bytes are sent, and the answer has not come

    @property
    def left(self) -> float:
        """Seconds."""
        return self._until - time.monotonic()

    def stop(self) -> int:
        """Nothing new is sent from here on. The bytes that may have arrived."""
        with self._lock:
            self._stopped = True
            return self._offered

    def check_wanted(self) -> None:
        """Raises StoppedError."""
        if self._stopped:
            raise StoppedError

    def check(self) -> None:
        """Raises StoppedError; LinkError when the time is up."""
        self.check_wanted()
        if self.left <= 0:
            raise LinkError("it was not done in time")

    def offer(self, end: int) -> None:
        """The bytes up to `end` may be with the printer from now on. Raises StoppedError."""
        with self._lock:
            if self._stopped:
                raise StoppedError
            self._offered = end


class Stream:
    """Parts as one run of bytes, without joining them."""

    def __init__(self, parts: tuple[Buffer, ...]) -> None:
        self._views = [memoryview(part).cast("B") for part in parts if len(part)]
        self._starts = [0, *accumulate(map(len, self._views))]
        self.size = self._starts[-1]

    def __getitem__(self, span: slice) -> bytes:
        """start:stop, both given."""
        pieces, at = [], span.start
        while at < span.stop:
            i = bisect_right(self._starts, at) - 1
            first = self._starts[i]
            pieces.append(self._views[i][at - first : span.stop - first])
            at = first + len(self._views[i])
        return b"".join(pieces)


def converse(session: Session, step: Exchange, ticket: Ticket) -> bytes:
    """The reply. Raises LinkError, USBError or StoppedError; the ticket knows how far it was."""
    stream = Stream(step.parts)
    if not stream.size:
        stream = Stream((step.aloud,))
    if step.channel is not None:
        return _beside(session, stream, step.channel, step.reply_limit, ticket)
    if session.setting.back is not None:
        _forget_stale(session)
    _send(session, stream, step.moves_at, ticket)
    if session.setting.back is None or not step.reply_limit:
        return b""
    ticket.asked = True
    reply = _receive(session, step, ticket)
    ticket.asked = False
    return reply


def _beside(session: Session, stream: Stream, channel: Control, reply_limit: int, ticket: Ticket) -> bytes:
    """On the status channel: one transfer to the device and one from it, each whole or not at all."""
    if stream.size > _MOST_BESIDE:
        raise LinkError(f"the status channel takes no more than {_MOST_BESIDE} bytes")
    ticket.offer(stream.size)
    session.tell(channel, stream[0 : stream.size], ticket.left)
    ticket.check()
    answer = session.hear(channel, min(reply_limit + 1, _MOST_BESIDE), ticket.left)
    if len(answer) > reply_limit:
        raise LinkError(f"it sent more than {reply_limit} bytes")
    return answer


def _forget_stale(session: Session) -> None:
    """What an earlier exchange left unread answers nothing that is asked now."""
    assert session.setting.back is not None
    for _ in range(_STALE_READS):
        try:
            if not session.read(_STALE_SECONDS):
                return
        except usb.core.USBError as error:
            if error.errno == errno.EPIPE:
                session.clear_halt(session.setting.back)
            elif error.errno != errno.ETIMEDOUT:
                raise
            return
    raise LinkError("it talks without being asked")


def _send(session: Session, stream: Stream, moves_at: int | None, ticket: Ticket) -> None:
    at, stalls, resets = 0, 0, 0
    while at < stream.size:
        ticket.check()
        harmless = moves_at is None or at < moves_at
        end = min(at + CHUNK, moves_at if harmless and moves_at is not None else stream.size, stream.size)
        ticket.offer(end)
        ticket.part_sent = True
        try:
            at += session.write(stream[at:end], min(SLICE, ticket.left) if harmless else ticket.left)
        except usb.core.USBError as error:
            if not harmless:
                raise
            match error.errno:
                case errno.EPIPE if stalls < _STALLS:
                    stalls += 1
                    session.clear_halt(session.setting.out)
                case errno.ETIMEDOUT:
                    status = session.port_status()
                    if ticket.left <= 0:
                        raise LinkError(f"it took no more bytes in time; {port_words(status)}") from error
                case errno.EIO if not resets:
                    resets += 1
                    session.soft_reset()
                    at = 0
                case _:
                    raise
    ticket.part_sent = False


def _receive(session: Session, step: Exchange, ticket: Ticket) -> bytes:
    reply = bytearray()
    stalls = 0
    while not (reply and step.whole is not None and step.whole(bytes(reply))):
        ticket.check()
        try:
            data = session.read(min(SILENCE if reply else SLICE, ticket.left))
        except usb.core.USBError as error:
            if error.errno == errno.ETIMEDOUT:
                if reply:
                    break
                continue
            if error.errno != errno.EPIPE or stalls == _STALLS:
                raise
            stalls += 1
            assert session.setting.back is not None
            session.clear_halt(session.setting.back)
            continue
        if not data:
            if reply:
                break
            time.sleep(_EMPTY_SECONDS)
        reply += data
        if len(reply) > step.reply_limit:
            raise LinkError(f"it sent more than {step.reply_limit} bytes")
    return bytes(reply)
