"""Redis with its append-only file, flushed before every answer (`appendfsync always`): XADD, answered with an id."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .contract import Peer, running
from .lines import by_lines


@contextmanager
def _serve(folder: Path) -> Iterator[str]:
    path = folder / "s.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(path), "--dir", str(folder), "--save", ""]
    with running([*command, "--appendonly", "yes", "--appendfsync", "always"], folder, str(path)) as address:
        yield address


def _message(_: int, job: bytes) -> bytes:
    return b"*5\r\n$4\r\nXADD\r\n$4\r\njobs\r\n$1\r\n*\r\n$1\r\nj\r\n$%d\r\n%b\r\n" % (len(job), job)


def _judge(line: bytes) -> str | None:
    return None if line.startswith(b"$") else line.decode("ascii", "replace")


PEER = Peer(
    name="Redis",
    programs=("redis-server",),
    package="redis-server",
    durable="appendfsync always: an fsync for what came together",
    serve=_serve,
    message=_message,
    answers=by_lines(_judge, each=2),
)
