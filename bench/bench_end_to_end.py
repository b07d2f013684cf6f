"""Submitted, drawn, encoded, sent to 12 printers in another process, verdicts durable: cards per second.

    python bench/bench_end_to_end.py [--cards 600] [--rounds 5]

The printers (discard.py) take no time and keep nothing, so what is measured is the software alone; a real card takes
many seconds. A round ends when the last job of each printer is `completed`; then every job is looked at, and the run
fails where one is not, or the printers' counters do not say as many cards. As a program it prints for each round the
cards a second, and what a card costs in processor time: the spooler's process, all its threads, submission included;
and the printers' process, which is no part of the spooler but runs on the same cores. On a busy machine only the
second means anything, and it grows with the load, too: caches and hyperthreads are shared. Submission is in the
seconds: 200 jobs a message, a photo and a signature in each.
"""

import argparse
import itertools
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

import pytest
from attrs import frozen
from bench_many_printers import cost
from city import CONFIG, SITE, process
from pytest_benchmark.fixture import BenchmarkFixture

from spooler.cli.people import job
from spooler.client import connect

PRINTERS: Final = 12
CARDS: Final = 240
_MESSAGE: Final = 200  # jobs; a message has a limit
_PEOPLE: Final = [job(n, f"21.71.{n % PRINTERS + 1:02}") for n in range(PRINTERS * 10)]
_run = itertools.count()


@frozen
class City:
    """A spooler and its printers, each a process of its own."""

    socket: str
    spooler: int  # process ids
    printers: int
    uris: Sequence[str]

    def counted(self) -> int:
        """Cards, as all printers count them."""
        return sum(map(_counter, self.uris))

    def print_all(self, cards: int) -> list[str]:
        """Submit so many and wait for the last verdict of each printer; returns the jobs' ids."""
        run = next(_run)
        people = itertools.islice(itertools.cycle(_PEOPLE), cards)
        jobs = [raw | {"ticket": f"{run}-{n}", "authorisation": f"{run}-{n}"} for n, raw in enumerate(people)]
        with connect(f"unix:{self.socket}", application="bench") as client:
            answers = [a for at in range(0, cards, _MESSAGE) for a in client.submit(jobs[at : at + _MESSAGE])]
            ids = [str(answer["id"]) for answer in answers]
            for last in ids[-PRINTERS:]:
                assert client.call("job", {"id": last, "wait_ms": 60_000})["state"] == "completed"
        return ids

    def check(self, ids: Sequence[str], before: int) -> None:
        """Raises AssertionError where a job has not printed its one card. `before`: what was counted until then."""
        with connect(f"unix:{self.socket}", application="bench") as client:
            assert all(client.call("job", {"id": name})["state"] == "completed" for name in ids)
        assert self.counted() - before == len(ids)


def _counter(uri: str) -> int:
    with socket.create_connection((urlsplit(uri).hostname, urlsplit(uri).port)) as link:
        link.sendall(b"\x1bRco;card\r\0")
        link.shutdown(socket.SHUT_WR)
        return int(link.recv(1024).partition(b"\0")[0])


@contextmanager
def discarding(count: int) -> Iterator[tuple[int, list[str]]]:
    """Printers that discard; yields their process and URIs."""
    command = [sys.executable, "-P", str(Path(__file__).with_name("discard.py")), str(count)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        yield running.pid, [running.stdout.readline().split()[1] for _ in range(count)]
    finally:
        running.kill()
        running.communicate()


@contextmanager
def city() -> Iterator[City]:
    """All of it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, discarding(PRINTERS) as (printers, uris):
        folder = Path(name)
        sites = "".join(SITE.format(n=i + 1, letter=chr(65 + i), uri=uri) for i, uri in enumerate(uris))
        (folder / "spooler.toml").write_text(CONFIG + sites)
        with process("serve", "--config", folder / "spooler.toml") as running:
            assert running.stdout is not None
            assert running.stdout.readline().startswith("ready")
            yield City(str(folder / "s.sock"), running.pid, printers, uris)


@pytest.fixture(scope="module")
def twelve() -> Iterator[City]:
    with city() as running:
        yield running


def test_12_printers(benchmark: BenchmarkFixture, twelve: City) -> None:
    before, printed = twelve.counted(), list[str]()
    benchmark.pedantic(lambda: printed.extend(twelve.print_all(CARDS)), rounds=3, warmup_rounds=1)
    twelve.check(printed, before)
    benchmark.extra_info["cards_per_second"] = round(CARDS / benchmark.stats.stats.median)


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cards", type=int, default=600, help="in each round")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with city() as running:
        running.print_all(PRINTERS * 4)  # plates are made, glyphs are cut
        print("cards/s   ms a card: spooler, printers   load")
        for _ in range(asked.rounds):
            counted = running.counted()
            before = [cost(pid, []).seconds for pid in (running.spooler, running.printers)]
            began = monotonic()
            printed = running.print_all(asked.cards)
            seconds = monotonic() - began
            after = [cost(pid, []).seconds for pid in (running.spooler, running.printers)]
            ours, theirs = ((end - start) / asked.cards * 1000 for start, end in zip(before, after, strict=True))
            load = os.getloadavg()[0]
            running.check(printed, counted)
            print(f"{asked.cards / seconds:7.0f}   {ours:18.2f} {theirs:9.2f}   {load:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
