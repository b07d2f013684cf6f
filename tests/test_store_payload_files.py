"""Segments on a real disk: synced before the commit, found again after a crash, used again after shredding."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random

import apsw
import pytest

from spooler.model.commands import Shred
from spooler.model.ids import JobId
from spooler.model.job import Content, JobEvent
from spooler.store import StoreError, Submitted, pack_payload, payload_files, payloads, verify
from spooler.store.backup import back_up
from spooler.store.backup_check import check_backup
from spooler.store.extents import BLOCK, Extent
from spooler.store.manifest import read_manifest
from store_contract import DAY, HOUR, WALL, Bench, selftest
from test_store_embedded import CountingFile, CountingVFS, everything_in_segments, open_spool

PHOTO = Random(1).randbytes(100_000)  # the same in a child process
PHOTOS = pack_payload(Content({"title": "CONTOH"}, PHOTO))
TAKES = -(-len(PHOTOS) // BLOCK) * BLOCK


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    everything_in_segments(monkeypatch)
    bench = Bench(open_spool(tmp_path / "spool"))
    yield bench
    bench.store.close()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "spool" / "payloads").iterdir())


def submit(bench: Bench, *tickets: str) -> list[JobId]:
    outcomes = bench.apply(*(selftest(ticket, payload=PHOTOS) for ticket in tickets)).outcomes
    return [outcome.job.id for outcome in outcomes if isinstance(outcome, Submitted)]


def cancel(bench: Bench, jobs: list[JobId]) -> None:
    for job in bench.read.jobs(jobs):
        assert job is not None
        bench.change(job, JobEvent.CANCELED)


def shred(bench: Bench) -> None:
    bench.wall += 2 * DAY
    bench.apply(Shred())


def opens(bench: Bench, jobs: list[JobId]) -> bool:
    contents = [bench.read.content(job) for job in jobs]
    return all(content is not None and content.photo == PHOTO for content in contents)


def test_only_large_payloads_that_come_together_leave_their_rows(tmp_path: Path) -> None:
    bench = Bench(open_spool(tmp_path / "spool"))
    small, (lone,) = bench.submit("small"), submit(bench, "lone")
    together = submit(bench, "a", "b", "c")
    rows = bench.store._db.execute("SELECT payload FROM extents").fetchall()  # type: ignore[attr-defined]
    assert [payload for (payload,) in rows] == [3, 4, 5], "one wait for the disk is less than two"
    assert opens(bench, [lone, *together])
    assert bench.read.content(small.id) is not None
    bench.store.close()


def test_a_store_of_rows_is_read_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payloads, "TOGETHER", 1 << 40)
    bench = Bench(open_spool(tmp_path / "spool"))
    old = submit(bench, "a", "b", "c")
    bench.store.close()
    monkeypatch.undo()
    bench = Bench(open_spool(tmp_path / "spool"))
    assert opens(bench, old + submit(bench, "d", "e", "f"))
    assert files(tmp_path) == ["000001.seg"]
    bench.store.close()


def test_a_segment_is_synced_before_the_log_and_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    vfs = CountingVFS()
    fdatasync, sync = os.fdatasync, CountingFile.xSync

    def synced(fd: int) -> None:
        said.append(Path(os.readlink(f"/proc/self/fd/{fd}")).name)
        fdatasync(fd)

    def sql_synced(self: CountingFile, flags: int) -> None:
        said.append(self.kind)
        sync(self, flags)

    monkeypatch.setattr(os, "fdatasync", synced)
    monkeypatch.setattr(CountingFile, "xSync", sql_synced)
    try:
        directory = bench.store._directory  # type: ignore[attr-defined]
        bench.store.close()
        store = open_spool(directory)
        other = Bench(store)
        submit(other, "first")
        said.clear()
        submit(other, *(f"t{i}" for i in range(5)))
        assert said == ["000001.seg", "wal"]
        store.close()
    finally:
        vfs.unregister()


def test_space_is_used_again_and_not_more_of_it_taken(bench: Bench, tmp_path: Path) -> None:
    """Many times what a segment holds goes through; what stays on the disk is a few segments."""
    for day in range(12):
        jobs = submit(bench, *(f"{day}-{i}" for i in range(25)))
        assert opens(bench, jobs)
        cancel(bench, jobs)
        shred(bench)
        assert len(files(tmp_path)) <= 3 + payload_files.AHEAD
    assert 12 * 25 * TAKES > 20 * payload_files.SEGMENT


def test_what_lives_on_is_moved_together(bench: Bench, tmp_path: Path) -> None:
    per_segment = payload_files.SEGMENT // TAKES
    lasting: list[JobId] = []
    for i in range(12):
        first, *rest = submit(bench, *(f"{i}-{k}" for k in range(per_segment)))
        lasting.append(first)
        cancel(bench, rest)
    assert len(files(tmp_path)) >= 12
    for _ in range(14):
        shred(bench)
        assert opens(bench, lasting)
    assert len(files(tmp_path)) <= 4 * 2 + payload_files.AHEAD
    bench.store.close()
    again = Bench(open_spool(tmp_path / "spool"))
    assert opens(again, lasting)
    again.store.close()


def test_a_reader_follows_a_payload_that_moves(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row was read, and before the bytes are, they were moved and others written in their place."""
    job, other = submit(bench, "a", "b")
    db = bench.store._db  # type: ignore[attr-defined]
    places = dict(db.execute("SELECT payload, start FROM extents").fetchall())
    read, moves = bench.read._read, iter([True])  # type: ignore[attr-defined]

    def slow(extent: Extent) -> bytes:
        if next(moves, False):
            db.execute("UPDATE extents SET start = ? WHERE payload = 1", (places[1],))
        return read(extent)  # type: ignore[no-any-return]

    db.execute("UPDATE extents SET start = ? WHERE payload = 1", (places[2],))
    monkeypatch.setattr(bench.read, "_read", slow)
    assert opens(bench, [job, other])


def test_a_missing_file_is_named_and_hurts_nobody_else(bench: Bench, tmp_path: Path) -> None:
    (job,) = submit(bench, "a")
    bench.store.close()
    path = tmp_path / "spool" / "payloads" / "000001.seg"
    path.rename(tmp_path / "elsewhere")
    bench.store = open_spool(tmp_path / "spool")
    bench.read = bench.store.reader()
    with pytest.raises(StoreError, match=r"payloads/000001.seg is missing: put it back"):
        bench.read.content(job)
    assert opens(bench, submit(bench, "b"))
    assert files(tmp_path) == ["000002.seg"]
    cancel(bench, [job])
    shred(bench)
    assert bench.read.content(job) is None


def test_a_transaction_that_fails_gives_its_space_back(bench: Bench, tmp_path: Path) -> None:
    submit(bench, "a")
    db = bench.store._db  # type: ignore[attr-defined]
    for n in range(30):
        db.pragma("max_page_count", db.pragma("page_count"))
        with pytest.raises(StoreError, match="full"):
            bench.apply(*(selftest(f"{n}-{i}", payload=PHOTOS) for i in range(40)))
        db.pragma("max_page_count", 1 << 30)
        bench.wall += HOUR
    assert len(files(tmp_path)) <= 1 + 40 * TAKES // payload_files.SEGMENT + 1
    assert opens(bench, submit(bench, "b", "c"))
    assert verify(bench.read) is None


# -- kill -9 at a chosen moment ----------------------------------------------------------------------------------

_CHILD = """
import os, signal, sys
from pathlib import Path
import apsw
import pytest

from store_contract import Bench
from test_store_embedded import everything_in_segments, open_spool
from test_store_payload_files import submit

everything_in_segments(pytest.MonkeyPatch())
bench = Bench(open_spool(Path(sys.argv[1])))
submit(bench, "kept", "kept too")
name, number, calls = sys.argv[2], int(sys.argv[3]), 0
act = getattr(os, name)

def killed(*arguments):
    global calls
    result = act(*arguments)
    calls += 1
    if calls == number:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(os, name, killed)
submit(bench, *(f"t{i}" for i in range(20)))
"""


@pytest.mark.parametrize(
    ("call", "number"), [("pwritev", 1), ("fdatasync", 1), ("fsync", 1), ("open", 2)],
    ids=["written", "synced", "a new segment written", "a segment made"],
)  # fmt: skip
def test_a_kill_before_the_commit_leaves_free_space(
    tmp_path: Path, call: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    killed = subprocess.run(
        [sys.executable, "-c", _CHILD, tmp_path / "spool", call, str(number)], check=False, env=environment
    )
    assert killed.returncode == -signal.SIGKILL
    everything_in_segments(monkeypatch)
    bench = Bench(open_spool(tmp_path / "spool"))
    assert not [name for name in files(tmp_path) if name.endswith(".new")]
    kept = bench.jobs()
    assert [job.number for job in kept] == ["SGL-0001", "SGL-0002"]
    assert opens(bench, [job.id for job in kept])
    ((end,),) = bench.store._db.execute("SELECT max(start + length) FROM extents").fetchall()  # type: ignore[attr-defined]
    assert end < 2 * TAKES
    more = submit(bench, *(f"t{i}" for i in range(20)))
    assert opens(bench, [*more, *(job.id for job in kept)])
    starts = bench.store._db.execute("SELECT start FROM extents WHERE segment = 1 ORDER BY start").fetchall()  # type: ignore[attr-defined]
    assert [start for (start,) in starts] == list(range(0, len(starts) * TAKES, TAKES)), "nothing was wasted"
    bench.store.close()


# -- a copy for a backup -----------------------------------------------------------------------------------------


def test_a_backup_has_what_was_moved_while_it_was_made(bench: Bench, tmp_path: Path) -> None:
    """Between the database and the files: some stay, some are moved and their space used again, some are shredded."""
    per_segment = payload_files.SEGMENT // TAKES
    moves, *gone = submit(bench, *(f"a{k}" for k in range(per_segment)))
    stays = submit(bench, *(f"b{k}" for k in range(per_segment)))
    spool, backup = tmp_path / "spool", tmp_path / "backup"
    steps = iter([True])

    def meanwhile(_: float) -> None:
        if next(steps, False):
            cancel(bench, gone)
            for _ in range(3):
                shred(bench)
            submit(bench, *(f"c{k}" for k in range(5 * per_segment)))

    back_up(spool, backup, node="test", at_ms=WALL, rest=meanwhile)
    copy = apsw.Connection(str(backup / "spool.db"))
    assert copy.execute("SELECT count(*) FROM payloads").get == 1, "the one that was moved"
    living = bench.store._db.cursor()  # type: ignore[attr-defined]
    for job in (moves, *stays):
        here = payloads.find(living, partial(payload_files.read, spool / "payloads"), job)
        there = payloads.find(copy.cursor(), partial(payload_files.read, backup / "payloads"), job)
        assert here is not None
        assert there is not None
        assert here[0] == there[0]
    copy.close()
    assert all(finding.good for finding in check_backup(backup, read_manifest(backup)))
