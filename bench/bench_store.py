"""The store alone, in one thread: lists of submissions to durable answers, and the head of a long queue.

Each round is one `apply`, one fsync in it; `jobs_per_second` is the size of the list by the median round. Sealing,
keyed hashes, ledger and all indexes are in it; the wire and admission are not.
"""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from spooler.model.commands import Submit
from spooler.model.job import Content
from spooler.model.order import Place
from spooler.store import EmbeddedStore, Retention, open_store, pack_payload

WALL = 1_800_000_000_000
SITES = [f"21.71.{i:02d}" for i in range(1, 13)]
PAYLOADS = {
    "selftest": pack_payload(
        Content({"title": "CONTOH", **{f"line_{i}": "x" * 100 for i in range(1, 9)}, "note": "x" * 80})
    ),
    "ktp": pack_payload(Content({"nama": "CONTOH", "alamat": "x" * 600}, os.urandom(39_000))),
}


def place(now: int, v: int, tail: int | None, cost_ms: int, printers: int, priority: int) -> Place:
    """Stands in for spooler.rules.order, which this room may not import."""
    fair_start = max(v, now - 600_000, 0 if tail is None else tail + cost_ms // printers)
    return Place(fair_start, fair_start - (priority - 50) * 6_000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    """A new store on the disk of tmp_path."""
    store = open_store(tmp_path / "spool", node="bench", place=place, retention=Retention(1, 1))
    yield store
    store.close()


def submissions(kind: str, size: int, serial: Iterator[int]) -> list[Submit]:
    """A list as ten applications would fill it, over twelve sites; a KTP stands under an authorisation."""
    payload = PAYLOADS[kind]
    return [
        Submit(
            submitter=f"app-{i % 10}", ticket=f"ticket-{i}", kind=kind, stock="card-test", site=SITES[i % 12],
            destination=f"site:{SITES[i % 12]}", priority=50, band=1, flow=f"app-{i % 10}", group=None,
            authorisation=f"authorisation-{i}" if kind == "ktp" else None, payload=payload, label="SGL",
            day="2027-01-15", cost_ms=40_000, printers=1,
        )
        for i in (next(serial) for _ in range(size))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "size", "rounds"), [("selftest", 64, 200), ("selftest", 640, 40), ("ktp", 10, 60), ("ktp", 64, 30)]
)
def test_submit(benchmark: BenchmarkFixture, store: EmbeddedStore, kind: str, size: int, rounds: int) -> None:
    """One list of `size` submissions, durable."""
    serial = count()
    wall = count(WALL, 10)

    def prepare() -> tuple[tuple[int, list[Submit]], dict[str, object]]:
        return (next(wall), submissions(kind, size, serial)), {}

    benchmark.pedantic(store.apply, setup=prepare, rounds=rounds, warmup_rounds=3)
    benchmark.extra_info["jobs_per_second"] = round(size / benchmark.stats.stats.median)


@pytest.mark.parametrize("waiting", [1_000, 20_000])
def test_heads(benchmark: BenchmarkFixture, store: EmbeddedStore, waiting: int) -> None:
    """The first 20 jobs of one of twelve queues: as fast with 20,000 jobs waiting as with 1,000."""
    serial = count()
    for i in range(waiting // 500):
        store.apply(WALL + i, submissions("selftest", 500, serial))
    reader = store.reader()
    heads = benchmark(reader.heads, "site:21.71.01", ["ktp", "selftest"], None, 20)
    assert len(heads) == 20
