"""Links without a printer: file:///path appends what is sent to a file, null://name lets it go. Neither says a word.

They are for families that ask their printer nothing: to keep a stream for a comparison, to measure what everything but
the printer costs. A family that asks is answered like by a printer that takes everything and says nothing, which it
cannot use; for that there are the simulators (`spooler simulate`).

A file holds pictures of people in the clear, so the daemon takes it for specimen cards alone (daemon.hardware). It is a
regular file of its owner's, and ends at `MOST` bytes: then the link is broken, as one to a printer would be.
"""

import os
import stat
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import trio

from .contract import Buffer, Exchange, LinkError, NoChannelError, Transport

MOST: Final = 1 << 30  # bytes
_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class NullTransport:
    """Takes everything."""

    async def exchange(self, step: Exchange) -> bytes:
        """Nothing, at once. Raises NoChannelError for a status channel."""
        if step.channel is not None:
            raise NoChannelError(f"{self!r} has no status channel beside the data")
        await trio.lowlevel.checkpoint()
        return b""

    def __repr__(self) -> str:
        return "<NullTransport>"

    async def aclose(self) -> None:
        """Nothing is held."""
        await trio.lowlevel.checkpoint()


class FileTransport:
    """Appends to a file, which is made when there is something to write."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __repr__(self) -> str:
        return f"<FileTransport {self._path}>"

    async def exchange(self, step: Exchange) -> bytes:
        """Append the parts; no reply. Raises LinkError with the bytes written.

        Once begun it is not cancelled: half of it would be no use to anybody.
        """
        if step.channel is not None:
            raise NoChannelError(f"{self!r} has no status channel beside the data")
        sent = [0]
        try:
            await trio.to_thread.run_sync(partial(_append, self._path, step.parts, sent))
        except OSError as error:
            raise LinkError(f"{self!r}: {error.strerror or error}", sent=sent[0]) from error
        return b""

    async def aclose(self) -> None:
        """Nothing is held."""
        await trio.lowlevel.checkpoint()


def _append(path: Path, parts: tuple[Buffer, ...], sent: list[int]) -> None:
    size = sum(len(memoryview(part).cast("B")) for part in parts)
    file = os.open(path, _FLAGS, 0o600)
    try:
        there = os.fstat(file)
        if not stat.S_ISREG(there.st_mode):
            raise OSError("this is no regular file: a device has a transport of its own")
        if there.st_size + size > MOST:
            raise OSError(f"the file would grow beyond {MOST} bytes")
        for part in parts:
            rest = memoryview(part).cast("B")
            while rest:
                written = os.write(file, rest)
                sent[0] += written
                rest = rest[written:]
    finally:
        os.close(file)


def open_file(uri: str) -> Transport:
    """file:///absolute/path. Raises ValueError for anything else."""
    parts = urlsplit(uri)
    path = unquote(parts.path)
    if not uri.startswith("file:///") or parts.query or parts.fragment or path.endswith("/") or "\0" in path:
        raise ValueError(f"{uri!r} is no file's address: write file:///absolute/path")
    return FileTransport(Path(path))


def open_null(uri: str) -> Transport:
    """null://name, whatever the name: it tells one from another. Raises ValueError without one."""
    if not uri.removeprefix("null://").strip("/"):
        raise ValueError(f"{uri!r} names nothing: write null://name")
    return NullTransport()
