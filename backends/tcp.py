"""Printers on a TCP port: one connection per exchange. Connect, send, half-close, read to the end.

The half-close before reading matters: what is sent to a printer that has closed is lost by a reset, and a printer
knows the end of its data by it. An exchange that breaks off resets the connection, so that nothing that still lies in
the system's buffer follows, and the printer cannot take the half for a whole.
"""

import errno
import os
import socket
import struct
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import trio

from .contract import Buffer, Exchange, LinkError, NoChannelError, Transport

DEFAULT_PORT = 9100
CONNECT_SECONDS = 5.0  # name and connection: a printer that is off must not cost what a card may take
_SILENCE: Final = f"nobody answered within {CONNECT_SECONDS:g} s"
_BUFFERS = 64  # handed to the system at a time; its own limit is 1024
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, no seconds
_UNDER_WAY: Final = frozenset({errno.EINPROGRESS, errno.EALREADY, errno.EINTR})


class TcpTransport:
    """A printer at host and port. Holds nothing between exchanges."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._family = _family(host)

    def __repr__(self) -> str:
        return f"tcp://{self._host}:{self._port}"

    async def exchange(self, step: Exchange) -> bytes:
        """Send and read the reply. Raises LinkError with the bytes handed to the system; cancelling resets the link."""
        if step.channel is not None:
            raise NoChannelError(f"{self!r}: a socket has no status channel beside the data")
        progress = _Progress()
        try:
            with trio.move_on_after(step.timeout) as limit:
                sock = await self._connect()
                try:
                    reply = await _converse(sock, step, progress)
                except BaseException:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    raise
                finally:
                    sock.close()
        except OSError as error:
            raise LinkError(f"{self!r}: {error.strerror or error}", sent=progress.sent) from error
        if limit.cancelled_caught:
            raise LinkError(f"{self!r} did not finish within {step.timeout:g} s", sent=progress.sent)
        if len(reply) > step.reply_limit:
            raise LinkError(f"{self!r} sent more than {step.reply_limit} bytes", sent=progress.sent)
        if not reply and step.whole is not None:  # a reset may look like that, too
            raise LinkError(f"{self!r} closed the connection without an answer", sent=progress.sent)
        return reply

    async def _connect(self) -> socket.socket:
        """To the address, or to the first of the name's addresses that answers. Raises OSError."""
        if self._family is not None:
            return await _connect(self._family, (self._host, self._port))
        with trio.move_on_after(CONNECT_SECONDS):
            stream = await trio.open_tcp_stream(self._host, self._port)
            sock = socket.socket(fileno=stream.socket.detach())
            sock.setblocking(False)
            return sock
        raise OSError(_SILENCE)

    async def aclose(self) -> None:
        """Nothing is held."""
        await trio.lowlevel.checkpoint()


class _Progress:
    sent = 0


def _family(host: str) -> socket.AddressFamily | None:
    """Of an address; None for a name, which has to be looked up each time."""
    try:
        return socket.AF_INET if ip_address(host).version == 4 else socket.AF_INET6
    except ValueError:
        return None


async def _connect(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    """To one address, without the tasks that a race between many would take. Raises OSError."""
    sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        error = sock.connect_ex(address)
        if error in _UNDER_WAY:
            error = sock.connect_ex(address)  # a near one has answered meanwhile, and needs no waiting
        if error in _UNDER_WAY:
            with trio.move_on_after(CONNECT_SECONDS) as limit:
                await trio.lowlevel.wait_writable(sock)
            if limit.cancelled_caught:
                raise OSError(_SILENCE)
            error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))
    except BaseException:
        sock.close()
        raise
    return sock


async def _converse(sock: socket.socket, step: Exchange, progress: _Progress) -> bytes:
    """The reply, or reply_limit + 1 bytes of it."""
    await _send(sock, step.parts, progress)
    sock.shutdown(socket.SHUT_WR)
    reply = bytearray()
    await trio.lowlevel.wait_readable(sock)  # nobody has answered yet: an attempt would be in vain
    while len(reply) <= step.reply_limit:
        try:
            data = sock.recv(min(65536, step.reply_limit + 1 - len(reply)))
        except BlockingIOError:
            await trio.lowlevel.wait_readable(sock)
            continue
        if not data:
            break
        reply += data
    return bytes(reply)


async def _send(sock: socket.socket, parts: tuple[Buffer, ...], progress: _Progress) -> None:
    """All parts, without joining them: `sent` grows with what each call to the system took."""
    waiting = [memoryview(part).cast("B") for part in reversed(parts) if len(part)]
    while waiting:
        try:
            taken = sock.sendmsg(waiting[: -_BUFFERS - 1 : -1])
        except BlockingIOError:
            await trio.lowlevel.wait_writable(sock)
            continue
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
