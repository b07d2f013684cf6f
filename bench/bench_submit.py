"""Socket to durable reply: jobs validated, sealed, hashed, entered in the ledger and fsynced before the answer.

The spooler runs in a process of its own and its printer does not answer, so that nothing but submission is measured.
Each message holds one job. `jobs_per_second` stands in the extra columns of the JSON (`--benchmark-json`).
"""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from city import drive, spooler, submissions
from pytest_benchmark.fixture import BenchmarkFixture

from spooler.cli.people import job

SITE = "21.71.01"
ROUNDS = 5
_run = itertools.count()


@pytest.fixture(scope="module")
def socket() -> Iterator[str]:
    with spooler(["tcp://127.0.0.1:1"]) as path:
        yield path


def selftests(count: int) -> list[dict[str, Any]]:
    """1 kB jobs of text."""
    run = next(_run)
    fields = {"title": "CONTOH"} | {f"line_{i}": "uji cetak " * 8 for i in range(1, 9)} | {"note": "n" * 190}
    return [{"ticket": f"{run}-{n}", "site": SITE, "kind": "selftest", "fields": fields} for n in range(count)]


def ktps(count: int) -> list[dict[str, Any]]:
    """Cards with a photo: about 40 kB."""
    run = next(_run)
    people = [job(n, SITE) for n in range(20)]
    return [people[n % 20] | {"ticket": f"{run}-{n}", "authorisation": f"{run}-{n}"} for n in range(count)]


@pytest.mark.parametrize(
    ("kind", "connections", "window", "count"),
    [
        ("selftest", 1, 1, 500),
        ("selftest", 10, 1, 3000),
        ("selftest", 100, 1, 6000),
        ("selftest", 10, 64, 16000),
        ("ktp", 10, 1, 1000),
        ("ktp", 10, 8, 2000),
    ],
)
def test_submit(benchmark: BenchmarkFixture, socket: str, kind: str, connections: int, window: int, count: int) -> None:
    make = selftests if kind == "selftest" else ktps

    def setup() -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (socket, submissions(make(count)), connections, window), {}

    benchmark.pedantic(drive, setup=setup, rounds=ROUNDS, warmup_rounds=1)
    benchmark.extra_info["jobs_per_second"] = round(count / benchmark.stats.stats.median)
