"""A small city for end-to-end tests: real sockets, a real store, simulated printers; in this process or in others."""

import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import trio

from spooler.backends.registry import simulator
from spooler.cli.people import job
from spooler.client import AsyncClient, open_client
from spooler.config import load
from spooler.daemon import Addresses, serve

SITE = "21.71.11"
#: A port (discard) where no printer answers: jobs stay where they are.
NOBODY = 9

CONFIG = """
[spool]
directory = "spool"
socket = "s.sock"
shred_interval_seconds = 3600

[city]
province = "KEPULAUAN RIAU"
name = "KOTA BATAM"

[render]
specimen = true

[press]
card_timeout_seconds = 20
poll_seconds = 0.1
idle_poll_seconds = 0.5
backoff_first_seconds = 0.05
backoff_ceiling_seconds = 0.2

[[site]]
code = "21.71.11"
name = "Sagulung"
label = "SGL"
status = "open"

[[site]]
code = "21.71.05"
name = "Bulang"
label = "BLG"
status = "preparing"

[[printer]]
name = "SGL-1"
site = "21.71.11"
family = "evolis"
model = "primacy"
uri = "tcp://127.0.0.1:{port}"
ribbon = "YMCKO"
kinds = ["ktp", "selftest"]

[[principal]]
name = "kantor"
rights = ["submit", "watch", "operate"]
unix_user = "@owner"
"""


def write_config(folder: Path, port: int, *extra: str) -> Path:
    """The config of one site with one printer on `port`."""
    path = folder / "spooler.toml"
    path.write_text(CONFIG.format(port=port) + "\n".join(extra))
    return path


def secret_file(path: Path, text: str) -> Path:
    """A token's file, which nobody else may read."""
    path.write_text(text)
    path.chmod(0o600)
    return path


class SetClock:
    """A wall clock that stands until the test moves it."""

    def __init__(self, ms: int) -> None:
        self.ms = ms

    def wall_ms(self) -> int:
        """Milliseconds since 1970."""
        return self.ms


def selftest(ticket: str, **more: Any) -> dict[str, Any]:
    """A small job."""
    fields = {"title": "CONTOH", "line_1": f"tiket {ticket}"}
    return {"ticket": ticket, "site": SITE, "kind": "selftest", "fields": fields} | more


def ktp(n: int, **more: Any) -> dict[str, Any]:
    """Citizen n's card."""
    return job(n, SITE) | more


# -- in this process -------------------------------------------------------------------------------------------


@asynccontextmanager
async def printing_city(
    folder: Path, *extra: str, overrides: Sequence[tuple[str, str]] = (), **simulation: Any
) -> AsyncIterator[tuple[AsyncClient, Path]]:
    """A spooler and a simulated printer in this process: (a client that has said hello, the printer's folder)."""
    async with trio.open_nursery() as nursery:
        printer = folder / "printer"
        options = {"serial": "SIM-0001", "dwell_seconds": 0.2} | simulation
        port = await nursery.start(partial(simulator("evolis"), directory=printer, **options))
        config = load(write_config(folder, port, *extra), overrides)
        stop = trio.Event()
        async with trio.open_nursery() as spooler:
            addresses: Addresses = await spooler.start(partial(serve, config, stop=stop))
            async with open_client(f"unix:{addresses.socket}", application="tests") as client:
                yield client, printer
            stop.set()
        nursery.cancel_scope.cancel()


def cards(printer: Path) -> list[dict[str, Any]]:
    """The device's own ledger: a line for every card that left it."""
    path = printer / "cards.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


# -- in processes of their own ---------------------------------------------------------------------------------


@contextmanager
def process(*arguments: str | Path, log: Path) -> Iterator[subprocess.Popen[str]]:
    """A `spooler` command as a process; killed at the end if it still runs."""
    command = [sys.executable, "-P", "-m", "spooler.cli", *map(str, arguments)]
    with log.open("a") as errors:
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        yield running
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGKILL)
        running.wait()
        assert running.stdout is not None
        running.stdout.close()


def line(running: subprocess.Popen[str], log: Path) -> str:
    """The next line a process says."""
    assert running.stdout is not None
    said = running.stdout.readline()
    assert said, log.read_text()
    return said.strip()
