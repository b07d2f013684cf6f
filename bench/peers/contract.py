"""What a peer is to the race: how it is started, how a job becomes its message, how its answers are counted.

A peer serves on a Unix socket in a folder of its own, as durable as it can be: its answer may not leave before the disk
has the job. All meet the same load driver, connections, windows and bytes.
"""

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from shutil import which
from socket import socket
from time import monotonic, sleep
from typing import Final

from attrs import frozen
from driver import Address, Answers, DriverError, connect

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 10.0


class CannotServeError(Exception):
    """A peer that is there does not come up: a sentence for a person."""


@frozen
class Peer:
    """One contestant."""

    name: str
    programs: tuple[str, ...]  # commands that it needs
    package: str  # Debian's
    durable: str  # what makes its answer mean that the job is on the disk
    serve: Callable[[Path], AbstractContextManager[Address]]  # in an empty folder, until the end of the block
    message: Callable[[int, bytes], bytes]  # the n-th message of a connection, and its job
    answers: Callable[[], Answers]
    greeting: bytes = b""
    greetings: int = 0  # answers to it

    def missing(self) -> str | None:
        """Why it cannot take part here, or None."""
        absent = [program for program in self.programs if which(program) is None]
        return f"no {', '.join(absent)}: apt-get install {self.package}" if absent else None


@contextmanager
def running(
    command: Sequence[str], folder: Path, address: str, knock: Callable[[str], socket] = connect
) -> Iterator[str]:
    """A server in the foreground, from the first `knock` that is answered to the end of the block.

    Raises CannotServeError.
    """
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _wait(server, folder, lambda: knock(address))
        yield address
    finally:
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(server: "subprocess.Popen[bytes]", folder: Path, knock: Callable[[], socket]) -> None:
    end = monotonic() + START_SECONDS
    while monotonic() < end and server.poll() is None:
        try:
            knock().close()
        except DriverError:
            sleep(0.02)
        else:
            return
    last = (folder / "log").read_text("utf-8", errors="replace").strip().splitlines()
    raise CannotServeError(f"{server.args[0]} does not answer: {last[-1] if last else 'no word from it'}")


def as_user(user: str, folder: Path) -> list[str]:
    """What to put before a command that refuses to run as root; the folder becomes that user's."""
    if os.geteuid() != 0:
        return []
    subprocess.run(["chown", "-R", user, str(folder)], check=True)
    return ["runuser", "-u", user, "--"]
