"""A terminal of whole pages: keys one by one, without echo, and the screen given back as it was."""

import os
import sys
import termios
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import trio


@contextmanager
def keys_alone() -> Iterator[int]:
    """Keys come as they are pressed; Ctrl-C still interrupts. Gives the descriptor; the terminal's own ways return
    at the end. Raises termios.error where standard input is no terminal."""
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    tty.setcbreak(fd)
    try:
        yield fd
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


async def keys(fd: int) -> AsyncIterator[str]:
    """Each key; arrows and their like, which send several characters, are left out. Ends with the terminal."""
    while True:
        await trio.lowlevel.wait_readable(fd)
        data = os.read(fd, 64)
        if not data:
            return
        if len(data) > 1 and data[0] == 0x1B:
            continue
        for key in data.decode(errors="ignore"):
            yield key
