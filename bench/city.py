"""A spooler in a process of its own for the benchmarks, and a load driver that costs as little as Python can."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgpack
import trio

CONFIG = """
[spool]
directory = "spool"
socket = "s.sock"

[city]
province = "KEPULAUAN RIAU"
name = "KOTA BATAM"

[render]
specimen = true

[[principal]]
name = "bench"
rights = ["submit", "watch"]
unix_user = "@owner"
"""

SITE = """
[[site]]
code = "21.71.{n:02}"
name = "Situs {n}"
label = "S{letter}X"
status = "open"

[[printer]]
name = "S{n}"
site = "21.71.{n:02}"
family = "evolis"
model = "primacy"
uri = "{uri}"
ribbon = "YMCKO"
kinds = ["ktp", "selftest"]
"""


@contextmanager
def process(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """A `spooler` command, stopped at the end."""
    command = [sys.executable, "-P", "-m", "spooler.cli", *map(str, arguments)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield running
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
        assert running.stdout is not None
        running.stdout.close()


@contextmanager
def spooler(uris: Sequence[str]) -> Iterator[str]:
    """A spooler with one site and printer per URI; yields the path of its socket."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        sites = "".join(SITE.format(n=i + 1, letter=chr(65 + i), uri=uri) for i, uri in enumerate(uris))
        (folder / "spooler.toml").write_text(CONFIG + sites)
        with process("serve", "--config", folder / "spooler.toml") as running:
            assert running.stdout is not None
            assert running.stdout.readline().startswith("ready")
            yield str(folder / "s.sock")


def submissions(jobs: Sequence[dict[str, Any]]) -> list[bytes]:
    """One message per job."""
    return [msgpack.packb([0, n, "submit", [{"jobs": [job]}]]) for n, job in enumerate(jobs)]


def drive(socket: str, messages: Sequence[bytes], connections: int, window: int) -> None:
    """Send every message over `connections`, each with at most `window` unanswered; returns when all are answered.

    Raises AssertionError if a job was refused: a refusal is faster than a job and must not count as one.
    """
    trio.run(_drive, socket, messages, connections, window)


async def _drive(socket: str, messages: Sequence[bytes], connections: int, window: int) -> None:
    async with trio.open_nursery() as nursery:
        for n in range(connections):
            nursery.start_soon(_connection, socket, messages[n::connections], window)


async def _connection(socket: str, messages: Sequence[bytes], window: int) -> None:
    unpacker = msgpack.Unpacker()
    async with await trio.open_unix_socket(socket) as stream:
        sent = min(window, len(messages))
        await stream.send_all(b"".join(messages[:sent]))
        answered = 0
        while answered < len(messages):
            unpacker.feed(await stream.receive_some(65536))
            before = answered
            for _, _, error, results in unpacker:
                assert error is None, error
                assert "error" not in results[0], results[0]
                answered += 1
            more = messages[sent : sent + answered - before]
            if more:
                sent += len(more)
                await stream.send_all(b"".join(more))
