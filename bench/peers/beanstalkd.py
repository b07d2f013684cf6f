"""beanstalkd with its binlog, flushed at every write (`-f 0`): PUT, answered INSERTED."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .contract import Peer, running
from .lines import by_lines


@contextmanager
def _serve(folder: Path) -> Iterator[str]:
    binlog, path = folder / "binlog", folder / "s.sock"
    binlog.mkdir()
    with running(["beanstalkd", "-l", f"unix:{path}", "-b", str(binlog), "-f", "0"], folder, str(path)) as address:
        yield address


def _message(_: int, job: bytes) -> bytes:
    return b"put 0 0 60 %d\r\n%b\r\n" % (len(job), job)


def _judge(line: bytes) -> str | None:
    return None if line.startswith(b"INSERTED ") else line.decode("ascii", "replace")


PEER = Peer(
    name="beanstalkd",
    programs=("beanstalkd",),
    package="beanstalkd",
    durable="-b -f 0: an fsync for each job",
    serve=_serve,
    message=_message,
    answers=by_lines(_judge),
)
