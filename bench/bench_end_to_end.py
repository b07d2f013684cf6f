"""Submitted, drawn, encoded, sent to printers in another process, verdicts durable: cards per second on this machine.

The printers decode nothing and take no time, so what is measured is the software alone; a real card takes many seconds.
"""

import itertools
from collections.abc import Iterator

import pytest
from city import simulators, spooler
from pytest_benchmark.fixture import BenchmarkFixture

from spooler.cli.people import job
from spooler.client import connect

PRINTERS = 12
CARDS = 240
_run = itertools.count()


@pytest.fixture(scope="module")
def socket() -> Iterator[str]:
    with simulators(PRINTERS, dwell=0.0) as uris, spooler(uris) as path:
        yield path


def test_12_printers(benchmark: BenchmarkFixture, socket: str) -> None:
    people = [job(n, f"21.71.{n % PRINTERS + 1:02}") for n in range(CARDS)]

    def print_all() -> None:
        run = next(_run)
        jobs = [raw | {"ticket": f"{run}-{n}", "authorisation": f"{run}-{n}"} for n, raw in enumerate(people)]
        with connect(f"unix:{socket}", application="bench") as client:
            answers = client.submit(jobs)
            for answer in answers:
                assert client.call("job", {"id": answer["id"], "wait_ms": 60_000})["state"] == "completed"

    benchmark.pedantic(print_all, rounds=3, warmup_rounds=1)
    benchmark.extra_info["cards_per_second"] = round(CARDS / benchmark.stats.stats.median)
