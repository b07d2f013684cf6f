"""Printers on a TCP port: one connection per exchange. Connect, send, half-close, read to the end.

The half-close before reading matters: what is sent to a printer that has closed is lost by a reset, and a printer
knows the end of its data by it. An exchange that breaks off resets the connection, so that nothing that still lies in
the system's buffer follows, and the printer cannot take the half for a whole.
"""

import socket
import struct
from urllib.parse import urlsplit

import trio

from .contract import Buffer, Exchange, LinkError, NoChannelError, Transport

DEFAULT_PORT = 9100
_BUFFERS = 64  # handed to the system at a time; its own limit is 1024
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, no seconds


class TcpTransport:
    """A printer at host and port. Holds nothing between exchanges."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port

    def __repr__(self) -> str:
        return f"<TcpTransport {self._host}:{self._port}>"

    async def exchange(self, step: Exchange) -> bytes:
        """Send and read the reply. Raises LinkError with the bytes handed to the system; cancelling resets the link."""
        if step.channel is not None:
            raise NoChannelError(f"{self!r}: a socket has no status channel beside the data")
        progress = _Progress()
        try:
            with trio.fail_after(step.timeout):
                stream = await trio.open_tcp_stream(self._host, self._port)
                try:
                    reply = await _converse(stream.socket, step, progress)
                except BaseException:
                    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    raise
                finally:
                    stream.socket.close()
        except trio.TooSlowError:
            raise LinkError(f"{self!r} did not finish within {step.timeout:g} s", sent=progress.sent) from None
        except OSError as error:
            raise LinkError(f"{self!r}: {error.strerror or error}", sent=progress.sent) from error
        if len(reply) > step.reply_limit:
            raise LinkError(f"{self!r} sent more than {step.reply_limit} bytes", sent=progress.sent)
        return reply

    async def aclose(self) -> None:
        """Nothing is held."""
        await trio.lowlevel.checkpoint()


class _Progress:
    sent = 0


async def _converse(sock: trio.socket.SocketType, step: Exchange, progress: _Progress) -> bytes:
    """The reply, or reply_limit + 1 bytes of it."""
    await _send(sock, step.parts, progress)
    sock.shutdown(socket.SHUT_WR)
    reply = bytearray()
    while len(reply) <= step.reply_limit:
        data = await sock.recv(min(65536, step.reply_limit + 1 - len(reply)))
        if not data:
            break
        reply += data
    return bytes(reply)


async def _send(sock: trio.socket.SocketType, parts: tuple[Buffer, ...], progress: _Progress) -> None:
    """All parts, without joining them: `sent` grows with what each call to the system took."""
    waiting = [memoryview(part).cast("B") for part in reversed(parts) if len(part)]
    while waiting:
        taken = await sock.sendmsg(waiting[: -_BUFFERS - 1 : -1])
        progress.sent += taken
        while waiting and taken >= len(waiting[-1]):
            taken -= len(waiting.pop())
        if taken:
            waiting[-1] = waiting[-1][taken:]


def open_transport(uri: str) -> Transport:
    """tcp://host[:port], port 9100 if none is named. Raises ValueError for anything more, or less."""
    parts = urlsplit(uri)
    port = parts.port  # itself a ValueError where it is no port
    if parts.scheme != "tcp" or not parts.hostname or parts.username or parts.path or parts.query or parts.fragment:
        raise ValueError(f"{uri!r} is no printer address: write tcp://host:port")
    return TcpTransport(parts.hostname, DEFAULT_PORT if port is None else port)
