"""Socket to durable reply: jobs validated, sealed, hashed, entered in the ledger and fsynced before the answer.

The spooler runs in a process of its own and its printer does not answer, so that nothing but submission is measured.
Each message holds one job; the load driver is that of load.py. `jobs_per_second`, and `server_us_per_job`, the
spooler's processor time, stand in the extra columns of the JSON (`--benchmark-json`).
"""

from collections.abc import Iterator
from typing import Any

import pytest
from city import spooler
from ours_load import KINDS, cpu_seconds, lanes, run, server_pid
from pytest_benchmark.fixture import BenchmarkFixture

SITE = "21.71.01"
ROUNDS = 5


@pytest.fixture(scope="module")
def socket() -> Iterator[str]:
    with spooler(["tcp://127.0.0.1:1"]) as path:
        yield path


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
    pid = server_pid(socket)
    assert pid is not None
    used: list[float] = []

    def setup() -> tuple[tuple[Any, ...], dict[str, Any]]:
        used.append(cpu_seconds(pid))
        return (lanes(KINDS[kind](count, SITE), connections),), {}

    def submit(messages: list[list[bytes]]) -> None:
        refusals = run(socket, messages, window).refusals
        assert not refusals, refusals  # a refusal is faster than a job and must not count as one

    benchmark.pedantic(submit, setup=setup, rounds=ROUNDS, warmup_rounds=1)
    used.append(cpu_seconds(pid))
    benchmark.extra_info["jobs_per_second"] = round(count / benchmark.stats.stats.median)
    benchmark.extra_info["server_us_per_job"] = round(1e6 * (used[-1] - used[0]) / count / (len(used) - 1))
