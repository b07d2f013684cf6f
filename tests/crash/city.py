"""The processes of a round: the spooler, which lives several times, perhaps under strace, and the printers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from .schedule import Injection

SITES: Final = ("21.71.11", "21.71.12")  # a round has the first, or both
_LABELS: Final = ("SGL", "BTA")
HERE: Final = Path(__file__).parent
KIND: Final = "kia-0-5"
STOCK: Final = "card-kia"
FEEDER: Final = 10_000  # blanks in a printer that is seen for the first time

_CONFIG: Final = """
[spool]
directory = "spool"
socket = "s.sock"
shred_interval_seconds = 3600

[city]
province = "KEPULAUAN RIAU"
name = "KOTA BATAM"

[render]
specimen = true

[limits]
render_threads = 1

[press]
card_timeout_seconds = 12
poll_seconds = 0.05
idle_poll_seconds = 0.3
backoff_first_seconds = 0.05
backoff_ceiling_seconds = 0.2

[[principal]]
name = "kantor"
rights = ["submit", "watch", "operate", "supervise", "stock"]
unix_user = "@owner"
"""
_SITE: Final = """
[[site]]
code = "{code}"
name = "{label}"
label = "{label}"
status = "open"
"""
_PRINTER: Final = """
[[printer]]
name = "{name}"
site = "{site}"
family = "evolis"
model = "primacy"
uri = "tcp://127.0.0.1:{port}"
ribbon = "{ribbon}"
kinds = ["kia-0-5"]
"""


@frozen
class Layout:
    """Where the printers stand; each is known by its number from 0."""

    places: tuple[int, ...]

    @property
    def sites(self) -> tuple[str, ...]:
        """The codes of the sites that the round has."""
        return tuple(SITES[place] for place in sorted(set(self.places)))

    @property
    def printers(self) -> dict[str, str]:
        """Each printer's site, by its name."""
        return {self.name(number): SITES[place] for number, place in enumerate(self.places)}

    def name(self, number: int) -> str:
        """As the config has it."""
        return f"{_LABELS[self.places[number]]}-{number + 1}"

    def queue(self, printer: int | None, place: int) -> dict[str, str]:
        """Where a job goes, as the wire has it: to a printer, or else to a place."""
        return {"site": SITES[place]} if printer is None else {"printer": self.name(printer)}

    @staticmethod
    def number(name: str) -> int:
        """Of a printer's name, or of a serial, also that of the one that it was swapped for."""
        return int(name.split("-")[1]) - 1

    def site_of(self, serial: str) -> str:
        """Where the printer with that serial stands."""
        return SITES[self.places[self.number(serial)]]


def strace_works() -> str | None:
    """None if strace can watch a process here, else why not."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else f"strace may not trace here: {tried.stderr.strip()[:80]}"


class Printers:
    """The printers' process, spoken to by lines. Thread-safe."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path, serials: Sequence[str]) -> None:
        self._process = process
        self._lock = threading.Lock()
        self.folder = folder
        self.serials = list(serials)
        self.ports = [int(self._line()) for _ in serials]

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the printers' process has ended: see printers.log")
        return line

    def order(self, printer: int, order: str, **more: Any) -> dict[str, Any]:
        """One order; the printer's status."""
        with self._lock:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps({"printer": printer, "order": order} | more) + "\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._line())
        return answer

    def all(self, order: str, **more: Any) -> list[dict[str, Any]]:
        """The same for each."""
        return [self.order(n, order, **more) for n in range(len(self.serials))]


@contextmanager
def printers(folder: Path, count: int) -> Iterator[Printers]:
    """Printers SIM-1, SIM-2 … with their worlds in `folder`/printers."""
    serials = [f"SIM-{n + 1}" for n in range(count)]
    worlds = folder / "printers"
    with (folder / "printers.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", HERE / "printers.py", worlds, *serials],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
    try:
        yield Printers(process, worlds, serials)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


@frozen
class Spooler:
    """One life. The process is the spooler itself, also under strace, which runs beside it."""

    process: "subprocess.Popen[str]"
    ready: bool

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)

    def end(self, seconds: float) -> bool:
        """Ask it to end; False if it has to be killed after `seconds`."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        return True


class City:
    """One spool's folder."""

    def __init__(self, folder: Path, ports: Sequence[int], ribbons: Sequence[str], layout: Layout) -> None:
        self.folder = folder
        self.log = folder / "spooler.log"
        self.address = f"unix:{folder / 's.sock'}"
        self.spool = folder / "spool"
        texts = [_SITE.format(code=code, label=_LABELS[SITES.index(code)]) for code in layout.sites]
        texts += [
            _PRINTER.format(name=name, site=site, port=port, ribbon=ribbon)
            for (name, site), port, ribbon in zip(layout.printers.items(), ports, ribbons, strict=True)
        ]
        (folder / "spooler.toml").write_text(_CONFIG + "".join(texts))

    def _trace(self, injection: Injection) -> Path:
        return self.folder / f"strace.{injection.name}"

    def injected(self, injection: Injection, spooler: "Spooler") -> bool:
        """Whether it has struck; asked before anybody else kills the spooler."""
        if injection.kills:
            return not spooler.alive
        trace = self._trace(injection)
        return trace.exists() and b"INJECTED" in trace.read_bytes()

    def start(self, injection: Injection | None = None) -> Spooler:
        """A life, from when it is ready or dead."""
        config = str(self.folder / "spooler.toml")
        command = [sys.executable, "-P", str(HERE / "hurried.py"), "serve", "--config", config]
        if injection is not None:
            when = f"{injection.first}..{injection.last}" if injection.last > injection.first else str(injection.first)
            command = [
                # with --seccomp-bpf strace 6.1 delivers no signal, and without it each system call is a stop
                "strace", "-D", "-f", *([] if injection.kills else ["--seccomp-bpf"]),
                "-qq", "-o", str(self._trace(injection)),
                "-e", f"trace={injection.calls}", "-e", f"inject={injection.calls}:{injection.action}:when={when}",
                *command,
            ]  # fmt: skip
        with self.log.open("a") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        ready = process.stdout.readline().startswith("ready")
        process.stdout.close()
        return Spooler(process, ready)
