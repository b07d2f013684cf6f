"""The embedded store: the contract, and what only a directory with a lock and a database can do wrong."""

import os
import resource
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import apsw
import pytest

from spooler.model.commands import Attach
from spooler.model.ids import JobId, decode_id
from spooler.model.job import JobEvent, JobState
from spooler.model.verdict import Verdict
from spooler.store import (
    EmbeddedStore,
    Retention,
    StoreError,
    StoreLockedError,
    Submitted,
    open_store,
    payload_files,
    payloads,
    verify,
)
from spooler.store.reader import HEADS
from store_contract import RETENTION, STEP_MAX, WALL, Bench, StoreContract, place, selftest


def open_spool(directory: Path, retention: Retention = RETENTION) -> EmbeddedStore:
    return open_store(directory, node="test", place=place, retention=retention, clock_step_max_ms=STEP_MAX)


def everything_in_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other home of payloads, also for the smallest and for a lone one."""
    monkeypatch.setattr(payloads, "LARGE", 1)
    monkeypatch.setattr(payloads, "TOGETHER", 1)
    monkeypatch.setattr(payload_files, "SEGMENT", 1 << 20)


class TestEmbedded(StoreContract):
    def open(self, directory: Path, retention: Retention = RETENTION) -> EmbeddedStore:
        return open_spool(directory, retention)


class TestInSegments(TestEmbedded):
    @pytest.fixture(autouse=True)
    def in_segments(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
        everything_in_segments(monkeypatch)
        yield
        db = apsw.Connection(str(tmp_path / "spool" / "spool.db"))
        assert db.execute("SELECT count(*) FROM payloads").get == 0
        db.close()


def test_a_second_opening_is_refused(tmp_path: Path) -> None:
    store = open_spool(tmp_path / "spool")
    with pytest.raises(StoreLockedError, match="open in another process"):
        open_spool(tmp_path / "spool")
    store.close()
    store.close()
    open_spool(tmp_path / "spool").close()


_HOLD = """
import sys; from pathlib import Path; from test_store_embedded import open_spool
store = open_spool(Path(sys.argv[1])); print("open", flush=True); sys.stdin.read()
"""


def test_the_lock_ends_with_its_holder_however_that_ends(tmp_path: Path) -> None:
    here = str(Path(__file__).parent)
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path / "spool")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])},
    )  # fmt: skip
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(StoreLockedError):
            open_spool(tmp_path / "spool")
        holder.kill()
    open_spool(tmp_path / "spool").close()


def test_nobody_else_can_read_the_directory(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir(mode=0o755)
    store = open_spool(tmp_path / "spool")
    reader = store.reader()
    store.apply(WALL, [selftest("a")])
    reader.counts()
    files = [tmp_path / "spool", *(tmp_path / "spool").rglob("*")]
    names = {path.name for path in files}
    assert {"lock", "spool.db", "spool.db-wal", "spool.db-shm", "keys", "spool.key"} <= names
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path.name
    store.close()


def test_a_directory_with_other_files_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "letters").touch()
    with pytest.raises(StoreError, match="is no spool"):
        open_spool(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letters"]


def test_a_newer_format_is_refused_in_a_sentence(tmp_path: Path) -> None:
    open_spool(tmp_path / "spool").close()
    db = apsw.Connection(str(tmp_path / "spool" / "spool.db"))
    db.pragma("user_version", 999)
    db.close()
    with pytest.raises(StoreError, match=r"format 999 .* run the newer program"):
        open_spool(tmp_path / "spool")


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    db = apsw.Connection(str(tmp_path / "spool" / "spool.db"))
    db.execute("CREATE TABLE letters (text)")
    db.close()
    with pytest.raises(StoreError, match="not a spool's"):
        open_spool(tmp_path / "spool")


def test_a_spool_without_its_key_is_refused(tmp_path: Path) -> None:
    store = open_spool(tmp_path / "spool")
    store.apply(WALL, [selftest("a")])
    store.close()
    key = tmp_path / "spool" / "keys" / "spool.key"
    key.chmod(0o640)
    with pytest.raises(StoreError, match="mode 0600"):
        open_spool(tmp_path / "spool")
    key.unlink()
    with pytest.raises(StoreError, match="put it back"):
        open_spool(tmp_path / "spool")


def test_a_full_disk_stores_nothing_and_later_goes_on(tmp_path: Path) -> None:
    store = open_spool(tmp_path / "spool")
    bench = Bench(store)
    bench.submit("before")
    before = bench.snapshot()
    pages = store._db.pragma("page_count")
    store._db.pragma("max_page_count", pages + 2)
    with pytest.raises(StoreError, match="full") as caught:
        bench.apply(*(selftest(f"t{i}") for i in range(50)))
    assert caught.value.full
    assert bench.snapshot() == before
    store._db.pragma("max_page_count", 1 << 30)
    outcomes = bench.apply(*(selftest(f"t{i}") for i in range(50))).outcomes
    assert all(isinstance(o, Submitted) and not o.repeat for o in outcomes)
    assert verify(bench.read) is None
    assert len({job.number for job in bench.jobs()}) == 51
    store.close()


def test_a_disk_that_refuses_to_write_stores_nothing_and_later_goes_on(tmp_path: Path) -> None:
    store = open_spool(tmp_path / "spool")
    bench = Bench(store)
    bench.submit("before")
    before = bench.snapshot()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "spool" / "spool.db-wal").stat().st_size + 5000, hard))
    try:
        with pytest.raises(StoreError, match="look at the disk"):
            bench.apply(*(selftest(f"t{i}") for i in range(50)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert bench.snapshot() == before
    job = bench.submit("t1")
    store.close()
    again = Bench(open_spool(tmp_path / "spool"))
    assert [j.id for j in again.jobs()][1:] == [job.id]
    assert verify(again.read) is None
    again.store.close()


def test_ids_outlive_their_records(tmp_path: Path) -> None:
    """The last id and the ticket's first answer are kept apart from the record, which may be gone one day."""
    bench = Bench(open_spool(tmp_path / "spool"))
    job = bench.submit("t1", authorisation="a1", group="SDN 1")
    bench.attach()
    job = bench.settle(bench.intend(bench.claim(job)), Verdict.PRINTED)
    bench.store.close()
    db = apsw.Connection(str(tmp_path / "spool" / "spool.db"))
    db.execute("DELETE FROM jobs")
    db.close()
    again = Bench(open_spool(tmp_path / "spool"))
    answer = again.one(selftest("t1", authorisation="a1", group="SDN 1"))
    assert isinstance(answer, Submitted)
    assert answer.repeat
    assert (answer.job.id, answer.job.state, answer.job.number) == (job.id, JobState.COMPLETED, job.number)
    problem = again.refused(selftest("t2", authorisation="a1"), "authorisation-spent")
    assert dict(problem.details) == {
        "id": job.id, "site": "21.71.11", "submitted_ms": job.submitted_ms, "state": "completed",
    }  # fmt: skip
    assert again.read.by_ticket("counter", "t1") is None
    again.wall = WALL - 1
    assert decode_id(again.submit("t3").id) > decode_id(job.id)
    again.store.close()


def test_a_ledger_that_was_touched_is_found_out(tmp_path: Path) -> None:
    bench = Bench(open_spool(tmp_path / "spool"))
    job = bench.submit("a")
    bench.change(job, JobEvent.CANCELED)
    bench.submit("b")
    (entry,) = bench.read.entries(1, 1)
    forged = entry.body.replace(b"canceled", b"released")
    bench.store._db.execute("UPDATE ledger SET body = ? WHERE position = 2", (forged,))
    assert verify(bench.read) == 2
    bench.store._db.execute("DELETE FROM ledger WHERE position = 2")
    assert verify(bench.read) == 2
    bench.store.close()


def test_the_queue_is_a_walk_however_long_it_is(tmp_path: Path) -> None:
    """20,000 waiting jobs: the head is found by the index, without a sort, and paging reads each job once."""
    bench = Bench(open_spool(tmp_path / "spool"))
    keys = []
    for i in range(20):
        jobs = (
            selftest(f"{i}-{k}", flow=f"f{k % 50}", payload=b"x", priority=k % 100 + 1, kind=("ktp", "selftest")[k % 2])
            for k in range(1000)
        )
        keys += [o.job.key for o in bench.apply(*jobs).outcomes if isinstance(o, Submitted)]
    plan = bench.read._db.execute("EXPLAIN QUERY PLAN " + HEADS, ("site:21.71.11", "ktp", -1, -1, "", 10)).fetchall()
    assert [row[3] for row in plan] == [
        "SEARCH jobs USING INDEX jobs_pending (destination=? AND kind=? AND (band,rank,id)>(?,?,?))"
    ]
    hundreds = 0  # of instructions of SQLite's machine

    def count() -> bool:
        nonlocal hundreds
        hundreds += 1
        return False

    bench.read._db.set_progress_handler(count, 100)
    seen: list[tuple[int, int, JobId]] = []
    for _ in range(5):
        page = bench.read.heads("site:21.71.11", ("ktp", "selftest"), seen[-1] if seen else None, 10)
        seen += [job.key for job in page]
    bench.read._db.set_progress_handler(None)
    assert seen == sorted(keys)[:50]
    assert hundreds < 100, "far fewer instructions than the queue has jobs"
    bench.store.close()


class CountingFile(apsw.VFSFile):
    """A file of SQLite that counts its syncs, by the end of its name."""

    syncs: ClassVar[Counter[str]] = Counter()

    def __init__(self, name: str | apsw.URIFilename, flags: list[int]) -> None:
        super().__init__("unix", name, flags)
        self.kind = (name if isinstance(name, str) else name.filename()).rsplit("-", 1)[-1]

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        CountingFile.syncs[self.kind] += 1
        super().xSync(flags)


class CountingVFS(apsw.VFS):
    def __init__(self) -> None:
        super().__init__("counting", "unix", makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        assert name is not None
        return CountingFile(name, flags)


def test_one_apply_is_one_sync_and_a_refusal_is_none(tmp_path: Path) -> None:
    vfs = CountingVFS()
    try:
        store = open_spool(tmp_path / "spool")
        store.apply(WALL, [selftest("first")])
        CountingFile.syncs.clear()
        for i in range(5):
            store.apply(WALL + i, [*(selftest(f"{i}-{k}") for k in range(20)), Attach("SGL-1")])
        assert CountingFile.syncs == {"wal": 5}
        store.apply(WALL + 9, [selftest("first"), selftest("first", kind="ktp")])
        assert CountingFile.syncs == {"wal": 5}, "nothing changed, nothing was written"
        store.close()
    finally:
        vfs.unregister()
