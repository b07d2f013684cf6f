"""A large backlog beside an empty store: opening, memory, submissions and claims (`python bench/bench_backlog.py`).

A store with JOBS waiting over twelve destinations is built by the store itself, in lists of 500, and kept where
`--spool` says, so that the next run need not build it again. Then, by turns, in one run:

- the daemon is started on the one and on the other: seconds from the start of its process to the first accepted
  submission, and the memory it holds after a hundred submissions (anonymous memory and all of it);
- the store alone takes lists of 100 submissions and lists of 100 claims of the heads of a queue, on each: the ratio is
  taken inside each round.

Printers do not answer, so nothing is printed. Payloads are of 1 kB and stay in their rows.
"""

import argparse
import compileall
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from bench_store import SITES, WALL, place, submissions
from city import CONFIG, SITE, UNLIMITED, process
from paired import by_turns, ratio, spread

import spooler.backends
from spooler.client import connect
from spooler.model.commands import Attach, Claim
from spooler.store import EmbeddedStore, Retention, open_store

GROUP = 100
_BUILD = 500


def opened(directory: Path) -> EmbeddedStore:
    """The store, as the daemon opens it but for the order's rule."""
    return open_store(directory, node="bench", place=place, retention=Retention(900_000, 86_400_000))


def build(directory: Path, jobs: int) -> float:
    """Fill a store up to `jobs` jobs; jobs a second, 0 where they are there already."""
    store = opened(directory)
    reader = store.reader()
    there = sum(reader.counts().values())
    serial, started = count(there), time.perf_counter()
    for n in range(there, jobs, _BUILD):
        store.apply(WALL + n, submissions("selftest", min(_BUILD, jobs - n), serial))
        if n % 50_000 == 0:
            print(f"  {n:,} jobs, {time.perf_counter() - started:.0f} s", file=sys.stderr)
    store.close()
    return max(0, jobs - there) / (time.perf_counter() - started)


class Contestant:
    """One store's figures."""

    def __init__(self, folder: Path, name: str) -> None:
        self.spool = folder / "spool"
        self.config = folder / "spooler.toml"
        sites = "".join(SITE.format(n=i + 1, letter=chr(65 + i), uri=f"tcp://127.0.0.1:{i + 1}") for i in range(12))
        self.config.write_text(CONFIG + UNLIMITED + sites)
        self.name = name
        self.serial = count(time.time_ns())  # tickets that no earlier run used
        self.store: EmbeddedStore | None = None
        self.clock = count(WALL + 10_000_000, 10)

    def start(self) -> tuple[float, float, float]:
        """Start the daemon: (seconds to the first accepted submission, anonymous MB, all MB)."""
        began = time.perf_counter()
        with process("serve", "--config", self.config) as running:
            assert running.stdout is not None
            address = running.stdout.readline().removeprefix("ready ").strip()
            with connect(address, application="bench") as client:
                client.submit([self._job(began, 0)])
                seconds = time.perf_counter() - began
                for n in range(1, GROUP + 1):
                    client.submit([self._job(began, n)])
                client.call("sites", {})
                client.call("jobs", {"limit": 100})
            status = Path(f"/proc/{running.pid}/status").read_text()
        held = {name: int(value.split()[0]) / 1000 for name, _, value in (x.partition(":") for x in status.splitlines())
                if name in ("RssAnon", "VmRSS")}  # fmt: skip
        return seconds, held["RssAnon"], held["VmRSS"]

    def _job(self, began: float, n: int) -> dict[str, Any]:
        fields = {"title": "CONTOH", "line_1": "uji"}
        return {"ticket": f"{began}-{n}", "site": SITES[n % 12], "kind": "selftest", "fields": fields}

    def open(self) -> float:
        """Open the store alone: seconds."""
        began = time.perf_counter()
        self.store = opened(self.spool)
        self.reader = self.store.reader()
        seconds = time.perf_counter() - began
        self.epoch = self.store.apply(next(self.clock), [Attach("S1")]).outcomes[0]
        return seconds

    def submit(self) -> float:
        """Jobs a second of one list of GROUP submissions, durable."""
        assert self.store is not None
        jobs = submissions("selftest", GROUP, self.serial)
        return self._timed(lambda: self.store.apply(next(self.clock), jobs))  # type: ignore[union-attr]

    def claim(self) -> float:
        """Jobs a second: the heads of a queue read, and claimed in one list of GROUP."""
        assert self.store is not None
        site = f"site:{SITES[next(self.serial) % 12]}"

        def heads_and_claim() -> None:
            heads = self.reader.heads(site, ["selftest"], None, GROUP)
            claims = [Claim(job.id, job.version, "S1", self.epoch) for job in heads]  # type: ignore[arg-type]
            outcomes = self.store.apply(next(self.clock), claims).outcomes  # type: ignore[union-attr]
            assert len(outcomes) == GROUP
            assert all(getattr(outcome, "printer", None) == "S1" for outcome in outcomes)

        return self._timed(heads_and_claim)

    def _timed(self, act: Callable[[], object]) -> float:
        began = time.perf_counter()
        act()
        return GROUP / (time.perf_counter() - began)


def run(full: Contestant, empty: Contestant, rounds: int) -> dict[str, list[float]]:
    """Everything by turns; the names say whose figure it is."""
    both = (full, empty)
    starts = by_turns({c.name: c.start for c in both}, 3)  # type: ignore[arg-type]
    figures: dict[str, list[float]] = {}
    for c in both:
        values: list[Any] = starts[c.name]
        figures |= {
            f"{c.name} {what}": [value[i] for value in values]
            for i, what in enumerate(("start s", "anonymous MB", "memory MB"))
        }
        figures[f"{c.name} open s"] = [c.open()]
    # what a claim takes a submission must give: three lists in, one out, and the empty store stays nearly so
    for c in both:
        for _ in range(24):
            c.submit()
    turns = by_turns({f"{c.name} {act.__name__}": act for c in both for act in (c.submit, c.claim)}, rounds)
    return figures | turns


def report(figures: dict[str, list[float]], asked: argparse.Namespace, built: float) -> None:
    """A line for each figure, the ratio for those that were taken by turns."""
    load = os.getloadavg()
    print(f"{asked.jobs:,} jobs over {len(SITES)} destinations, {asked.rounds} rounds; load {load[0]:.1f}")
    if built:
        print(f"built at {built:,.0f} jobs a second")
    for what in ("open s", "start s", "anonymous MB", "memory MB", "submit", "claim"):
        full, empty = figures[f"full {what}"], figures[f"empty {what}"]
        line = f"{what:12} full {spread(full)}   empty {spread(empty)}"
        print(line + (f"   full / empty {ratio(full, empty)}" if what in ("submit", "claim") else ""))
    if asked.json:
        asked.json.write_text(json.dumps({"jobs": asked.jobs, "load": load, **figures}) + "\n")


def main() -> None:
    """Build, run by turns, print and write the figures."""
    for folder in (*spooler.__path__, *spooler.backends.__path__):  # as an installation does
        compileall.compile_dir(folder, quiet=1)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--spool", type=Path, help="a folder for the full store, kept; the tests' own by default")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="backlog-"))
    try:
        full_folder = asked.spool or scratch / "full"
        (scratch / "empty").mkdir()
        full_folder.mkdir(parents=True, exist_ok=True)
        built = build(full_folder / "spool", asked.jobs)
        report(run(Contestant(full_folder, "full"), Contestant(scratch / "empty", "empty"), asked.rounds), asked, built)
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
