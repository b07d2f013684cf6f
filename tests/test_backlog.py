"""100,000 jobs waiting over twelve destinations: nothing that is done often may become more work for it.

Work is counted in instructions of SQLite's machine, memory in a real spooler's process; bench/bench_backlog.py has the
times, with ten times as many jobs.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest
from bench_backlog import Contestant, build, opened
from bench_store import SITES, submissions

from spooler.model.commands import Attach, Claim, Command, Shred
from spooler.model.job import Job
from spooler.store import EmbeddedReader, EmbeddedStore, Submitted
from store_contract import WALL

JOBS = 100_000
GROUP = 100


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A store with the backlog, and one with a few jobs."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("full", "few")}
    build(folders["full"] / "spool", JOBS)
    build(folders["few"] / "spool", 12 * GROUP)
    return folders


@pytest.fixture
def stores(folders: dict[str, Path]) -> Iterator[dict[str, EmbeddedStore]]:
    stores = {name: opened(folder / "spool") for name, folder in folders.items()}
    yield stores
    for store in stores.values():
        store.close()


def work(of: EmbeddedStore | EmbeddedReader, act: Callable[[], object]) -> int:
    """Instructions of SQLite's machine, in tens."""
    tens = 0

    def step() -> bool:
        nonlocal tens
        tens += 1
        return False

    of._db.set_progress_handler(step, 10)
    act()
    of._db.set_progress_handler(None)
    return tens


def test_every_job_is_there_and_each_queue_is_in_its_order(stores: dict[str, EmbeddedStore]) -> None:
    reader = stores["full"].reader()
    assert sum(reader.counts().values()) == JOBS
    seen = 0
    for site in SITES:
        last: Job | None = None
        for _ in range(JOBS // len(SITES) // 1000 + 1):
            page = reader.heads(f"site:{site}", ["selftest"], last and last.key, 1000)
            assert [job.key for job in page] == sorted(job.key for job in page)
            assert not page or last is None or last.key < page[0].key
            last = page[-1] if page else last
            seen += len(page)
    assert seen == JOBS


def spent(store: EmbeddedStore) -> dict[str, int]:
    """The work of each thing that is done often."""
    reader, wall, serial = store.reader(), count(WALL + 10**8, 1000), count(10**9)

    def apply(commands: Sequence[Command]) -> tuple[object, ...]:
        return store.apply(next(wall), commands).outcomes

    def page(state: str, site: str, **more: str) -> int:
        asked: dict[str, str | None] = {"submitter": None, "group": None, **more}
        return work(reader, lambda: reader.query(site=site, state=state, after=None, limit=10, **asked))  # type: ignore[arg-type]

    (epoch,) = apply([Attach("S1")])
    new = submissions("selftest", GROUP, serial)
    did = {"submit": work(store, lambda: apply(new))}
    heads: list[Job] = []
    queue = f"site:{SITES[3]}"
    did["heads"] = work(reader, lambda: heads.extend(reader.heads(queue, ["ktp", "selftest"], None, GROUP)))
    claims = [Claim(job.id, job.version, "S1", epoch) for job in heads]  # type: ignore[arg-type]
    did["claim"] = work(store, lambda: apply(claims))
    assert reader.counts()[SITES[3], "processing"] == GROUP
    did["shred"] = work(store, lambda: apply([Shred()]))
    did["counts"] = work(reader, reader.counts)
    did["head"] = work(reader, reader.head)
    did["page"] = page("pending", SITES[5], submitter="app-5")
    did["page of a few among many"] = page("processing", SITES[3])
    did["page of none"] = page("processing", SITES[4])
    did["ticket"] = work(reader, lambda: reader.by_ticket("app-7", "ticket-7"))
    assert reader.by_ticket("app-7", "ticket-7") is not None
    (again,) = apply(submissions("selftest", 1, iter([7])))
    assert isinstance(again, Submitted)
    assert again.repeat
    return did


def test_nothing_that_is_done_often_is_more_work(stores: dict[str, EmbeddedStore]) -> None:
    """A rate of six tenths allows two thirds more; that an index is one level deeper is far less."""
    few, full = spent(stores["few"]), spent(stores["full"])
    for what, tens in few.items():
        assert full[what] <= tens * 5 / 3 + 20, what


def test_a_spooler_starts_on_it_in_little_memory(folders: dict[str, Path]) -> None:
    """The real process: open, take jobs, answer questions; what it holds does not grow with what waits."""
    held = {name: Contestant(folder, name).start()[2] for name, folder in folders.items()}
    assert held["full"] - held["few"] < 40, "far below the 150 MB that a backlog may cost"
