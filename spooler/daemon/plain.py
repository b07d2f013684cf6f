"""A plain socket as the server uses it: reads that wait first, writes that do not wait.

trio's own stream tries each call before it waits, takes a turn of the event loop where it succeeded, and wraps what it
does several times over: with a hundred connections that ask one thing at a time this costs more than the jobs. Here a
read waits until the kernel has something, then takes it; and answers leave at once, from the callback that made them,
as far as the kernel takes them. What it does not take goes the usual way, through the connection's writing task.

Both calls go by the file's number, asked for anew each time: a closed stream has none, and is never another's.
"""

import os

import trio
from trio import SocketStream


class PlainStream:
    """Reading and writing of a Unix or TCP stream, beside the stream itself."""

    def __init__(self, stream: SocketStream) -> None:
        self._socket = stream.socket
        self._more = False  # the last read was full: there is probably more

    async def receive_some(self, most: int) -> bytes:
        """At most so many bytes; none at the end. Raises trio.BrokenResourceError, trio.ClosedResourceError."""
        while True:
            if self._more:
                await trio.lowlevel.checkpoint()
            else:
                await trio.lowlevel.wait_readable(self._socket)
            try:
                data = os.read(self._socket.fileno(), most)
            except BlockingIOError:
                self._more = False
                continue
            except OSError as error:
                raise trio.BrokenResourceError("the client left") from error
            self._more = len(data) == most
            return data

    def send_now(self, data: bytes) -> int:
        """How many bytes the kernel takes at once. A broken connection takes none: the writing task meets its fault."""
        try:
            return os.write(self._socket.fileno(), data)
        except OSError:
            return 0
