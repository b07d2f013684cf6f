"""300 printers at 20 s a card on one spooler, the printers in other processes: what it costs the spooler.

    python bench/bench_many_printers.py [--printers 300] [--seconds 20] [--measure 120]

Every printer has cards waiting the whole time. Measured is the spooler's process alone: processor time over wall time
as a share of one core, its threads included, and its greatest resident memory. The printers speak real TCP on loopback
and draw no pictures. Cards that came out are counted by the printers' own ledgers: at 20 s each 300 printers make 15 a
second, and a share that was bought by printing less would show there.

It is no pytest suite: it measures minutes, and a machine that is busy with other things makes the share larger (caches,
hyperthreads), so the load average stands beside the figure. `--dump N` has py-spy sample the spooler for N seconds.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from attrs import frozen
from city import CONFIG, process

from spooler.cli.people import job
from spooler.client import connect

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PROCESSES: Final = 3  # that the printers are spread over
_SITES: Final = 30  # as many as a big kabupaten has, each with its share of the printers
_WARM_UP: Final = 1.5  # cards of each printer before measuring: plates are made, paces are learnt
_SITE: Final = """
[[site]]
code = "21.71.{n:02}"
name = "Situs {n}"
label = "S{first}{second}"
status = "open"
"""
_PRINTER: Final = """
[[printer]]
name = "P{n}"
site = "21.71.{site:02}"
family = "evolis"
model = "primacy"
uri = "{uri}"
ribbon = "YMCKO"
kinds = ["ktp", "selftest"]
"""


@frozen
class Cost:
    """Of one process, at one moment."""

    at: float
    seconds: float  # of processor time, all threads
    resident: int  # bytes, the most so far
    cards: int  # that left the printers


def cost(pid: int, folders: list[Path]) -> Cost:
    """What the process has used up to now."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    cards = sum(sum(1 for _ in path.open("rb")) for folder in folders for path in folder.glob("*/cards.jsonl"))
    return Cost(time.monotonic(), (int(fields[11]) + int(fields[12])) / _TICKS, peak, cards)


@contextmanager
def printers(count: int, seconds: float, folder: Path) -> Iterator[list[str]]:
    """Simulated printers in one process of their own; yields their URIs."""
    options = ["--directory", str(folder), "--printers", str(count), "--dwell", str(seconds), "--no-pictures"]
    options += ["--feeder", "1000000", "--ribbon", "1000000"]
    with process("simulate", "evolis", *options) as running:
        assert running.stdout is not None
        yield [running.stdout.readline().split()[1] for _ in range(count)]


def config(uris: list[str]) -> str:
    """One spooler with all of them."""
    sites = "".join(_SITE.format(n=n + 1, first=chr(65 + n // 26), second=chr(65 + n % 26)) for n in range(_SITES))
    units = "".join(_PRINTER.format(n=n + 1, site=n % _SITES + 1, uri=uri) for n, uri in enumerate(uris))
    return CONFIG + sites + units


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--printers", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=20.0, help="that a card takes")
    parser.add_argument("--measure", type=float, default=120.0, help="for so many seconds")
    parser.add_argument(
        "--dump", type=int, default=0, metavar="N", help="py-spy samples N seconds into many_printers.txt"
    )
    asked = parser.parse_args()
    files = 8 * asked.printers + 1000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(files, hard)), hard))
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folders = [folder / f"printers{n}" for n in range(_PROCESSES)]
        uris: list[str] = []
        for n, path in enumerate(folders):
            share = asked.printers // _PROCESSES + (n < asked.printers % _PROCESSES)
            uris += stack.enter_context(printers(share, asked.seconds, path))
        (folder / "spooler.toml").write_text(config(uris))
        running = stack.enter_context(process("serve", "--config", folder / "spooler.toml"))
        assert running.stdout is not None
        assert running.stdout.readline().startswith("ready")
        warm = _WARM_UP * asked.seconds
        each = int((warm + asked.measure) / asked.seconds) + 3
        people = [job(n, f"21.71.{n % _SITES + 1:02}") for n in range(90)]
        with connect(f"unix:{folder / 's.sock'}", application="bench") as client:
            for start in range(0, each * asked.printers, 90):
                tickets = [{"ticket": f"t{start + n}", "authorisation": f"t{start + n}"} for n in range(90)]
                client.submit([person | ticket for person, ticket in zip(people, tickets, strict=True)])
        time.sleep(warm)
        before = cost(running.pid, folders)
        if asked.dump:
            spy = [str(Path(sys.executable).with_name("py-spy")), "record", "-p", str(running.pid), "-f", "raw"]
            subprocess.run([*spy, "-d", str(asked.dump), "-o", "many_printers.txt"], check=True)
        time.sleep(max(0.0, asked.measure - (time.monotonic() - before.at)))
        after = cost(running.pid, folders)
        with connect(f"unix:{folder / 's.sock'}", application="bench") as client:
            paces = [p["seconds_per_card"] for p in client.call("printers", {})["printers"] if p["seconds_per_card"]]
    seconds, cards = after.at - before.at, after.cards - before.cards
    print(f"{asked.printers} printers at {asked.seconds:g} s a card, over {seconds:.0f} s")
    print(f"cards a second   {cards / seconds:.1f}; the printers could make {asked.printers / asked.seconds:.1f}")
    print(f"seconds a card   {median(paces):.1f}, the slowest printer {max(paces):.1f}")
    print(f"of one core      {(after.seconds - before.seconds) / seconds:.1%}")
    print(f"a card           {(after.seconds - before.seconds) / max(cards, 1) * 1000:.1f} ms of processor time")
    print(f"resident, peak   {after.resident / 2**20:.0f} MiB")
    print(f"load average     {', '.join(f'{load:.1f}' for load in os.getloadavg())} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
