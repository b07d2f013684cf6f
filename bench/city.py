"""A spooler in a process of its own for the benchmarks, and simulated printers in another one."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

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

#: Marks that no benchmark reaches: beyond them jobs are answered `busy`, which is faster than storing them.
UNLIMITED = """
[limits]
queued_jobs = 10000000
queued_jobs_per_site = 10000000
queued_jobs_per_submitter = 10000000
spool_bytes = 1000000000000
spool_bytes_per_site = 1000000000000
spool_bytes_per_submitter = 1000000000000
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
def spooler(uris: Sequence[str], within: Path | None = None) -> Iterator[str]:
    """A spooler with one site and printer per URI; yields the path of its socket. Its folder lies in `within`, or where
    temporary ones do."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=within) as name:
        folder = Path(name)
        sites = "".join(SITE.format(n=i + 1, letter=chr(65 + i), uri=uri) for i, uri in enumerate(uris))
        (folder / "spooler.toml").write_text(CONFIG + UNLIMITED + sites)
        with process("serve", "--config", folder / "spooler.toml") as running:
            assert running.stdout is not None
            assert running.stdout.readline().startswith("ready")
            yield str(folder / "s.sock")


@contextmanager
def simulators(count: int, dwell: float) -> Iterator[list[str]]:
    """Printers in one other process, without pictures; yields their URIs."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        options = ["--directory", name, "--printers", str(count), "--dwell", str(dwell), "--no-pictures"]
        options += ["--feeder", "1000000", "--ribbon", "1000000"]
        with process("simulate", "evolis", *options) as running:
            assert running.stdout is not None
            yield [running.stdout.readline().split()[1] for _ in range(count)]
