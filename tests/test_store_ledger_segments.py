"""Closed segments: entries leave the database for a file, no reader of the ledger notices, and no crash loses one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledgers import SEGMENT, close, entries, live, look, sign
from spooler.model.commands import SuspectClock
from spooler.model.ledger_commands import CloseSegment
from spooler.store import FileSource, StoreError, audit, verify
from store_contract import HOUR, WALL, Bench
from test_store_embedded import open_spool


def filled(directory: Path, jobs: int = 40) -> Bench:
    """Enough entries for two segments, and a checkpoint behind them."""
    bench = Bench(open_spool(directory))
    for n in range(jobs):
        bench.submit(f"{n}")
    sign(bench)
    return bench


def test_readers_go_on_over_files_and_database(tmp_path: Path) -> None:
    bench = filled(tmp_path / "spool")
    before = bench.read.entries(0, 1000)
    cursors = [bench.read.cursor(position) for position in range(len(before) + 1)]
    assert close(bench)
    assert close(bench)
    assert not close(bench), "fewer than a segment are left"
    assert entries(tmp_path / "spool")[0][0] == 2 * SEGMENT + 1
    again: list[object] = []
    while page := bench.read.entries(len(again), 7):
        again += page
    assert again[: len(before)] == before
    assert len(again) == len(before) + 2, "each closing has an entry of its own"
    assert [bench.read.cursor(position) for position in range(len(cursors))] == cursors
    assert [bench.read.position(cursor) for cursor in cursors] == list(range(len(cursors)))
    assert bench.read.head() == len(again)
    assert verify(bench.read, batch=4) is None
    bench.store.close()
    bench = Bench(open_spool(tmp_path / "spool"))
    assert bench.read.entries(0, 1) == before[:1]
    assert look(tmp_path / "spool").fault is None
    bench.store.close()


def test_what_is_young_or_not_signed_stays(tmp_path: Path) -> None:
    bench = Bench(open_spool(tmp_path / "spool"))
    for n in range(SEGMENT + 3):
        bench.submit(f"{n}")
    assert bench.read.prepare_segment(bench.wall + 1, SEGMENT) is None, "there is no checkpoint behind them"
    sign(bench)
    old = WALL + 1000 * SEGMENT  # the time of the last one
    assert bench.read.prepare_segment(old, SEGMENT) is None
    command = bench.read.prepare_segment(old + 1, SEGMENT)
    assert command is not None
    bench.apply(SuspectClock(400_000))
    assert bench.one(command) is False, "nothing leaves while nobody knows how late it is"
    assert len(entries(tmp_path / "spool")) == SEGMENT + 5
    bench.store.close()


def test_a_command_that_does_not_fit_takes_nothing_out(tmp_path: Path) -> None:
    bench = filled(tmp_path / "spool")
    good = bench.read.prepare_segment(bench.wall, SEGMENT)
    assert good is not None
    for bad in (
        CloseSegment(2, good.last, good.hash, good.size),
        CloseSegment(1, good.last - 1, good.hash, good.size),
        CloseSegment(1, good.last, bytes(32), good.size),
        CloseSegment(1, good.last, good.hash, good.size - 1),
    ):
        assert bench.one(bad) is False
    (tmp_path / "spool" / "ledger" / "000000000000.ktpl").rename(tmp_path / "elsewhere")
    assert bench.one(good) is False
    (tmp_path / "elsewhere").rename(tmp_path / "spool" / "ledger" / "000000000000.ktpl")
    assert bench.one(good) is True
    assert bench.one(good) is False, "once"
    bench.store.close()


def test_another_file_of_that_name_is_not_written_over(tmp_path: Path) -> None:
    bench = filled(tmp_path / "spool")
    folder = tmp_path / "spool" / "ledger"
    folder.mkdir()
    (folder / "000000000000.ktpl").write_bytes(b"a letter")
    with pytest.raises(StoreError, match="is not the ledger's next segment"):
        close(bench)
    assert (folder / "000000000000.ktpl").read_bytes() == b"a letter"
    assert len(entries(tmp_path / "spool")) == bench.read.head()
    bench.store.close()


def test_a_segment_that_is_gone_is_told_to_whoever_reads_it(tmp_path: Path) -> None:
    bench = filled(tmp_path / "spool")
    assert close(bench)
    (file,) = (tmp_path / "spool" / "ledger").iterdir()
    file.unlink()
    with pytest.raises(StoreError, match=r"ledger/000000000000\.ktpl is missing or damaged"):
        bench.read.entries(3, 5)
    assert bench.read.entries(SEGMENT, 1)[0].position == SEGMENT + 1
    bench.store.close()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["jobs", "sign", "close", "reopen"]), max_size=25))
def test_however_it_lived_the_ledger_is_one(tmp_path_factory: pytest.TempPathFactory, steps: list[str]) -> None:
    """Whatever order: nothing is lost or changed, and all of it verifies."""
    directory = tmp_path_factory.mktemp("steps") / "spool"
    bench = Bench(open_spool(directory))
    seen: list[object] = []
    for number, step in enumerate(steps):
        if step == "jobs":
            for n in range(4):
                bench.submit(f"{number}-{n}")
        elif step == "sign" and seen:
            sign(bench)
        elif step == "close":
            close(bench, 5)
        elif step == "reopen":
            wall = bench.wall
            bench.store.close()
            bench = Bench(open_spool(directory))
            bench.wall = wall
        now: list[object] = []
        while page := bench.read.entries(len(now), 3):
            now += page
        assert now[: len(seen)] == seen
        seen = now
        assert look(directory).fault is None
        assert verify(bench.read) is None
    bench.store.close()


# -- killed in the middle --------------------------------------------------------------------------------------

#: Where the child stops, and how the next opening finds it: (segment files, those half written, entries closed).
STOPS = {
    "written": (0, 1, False),  # the file is on the disk under its other name
    "renamed": (1, 0, False),  # and under its own; nothing of it is in the database
    "before-commit": (1, 0, False),  # everything is said, nothing committed
    "after-commit": (1, 0, True),
}


def child(directory: Path, stop: str) -> None:
    """Close a segment and stay at one point for ever."""
    from spooler.store import segments
    from spooler.store.transaction import Transaction

    def stay(*_: object) -> None:
        print("here", flush=True)
        sys.stdin.read()

    bench = filled(directory)
    if stop == "written":
        Path.rename = stay  # type: ignore[assignment, method-assign]
    elif stop == "renamed":
        segments._check = stay  # type: ignore[assignment]
    elif stop == "before-commit":
        write = Transaction.write

        def write_and_stay(tx: Transaction) -> object:
            if not any(b"segment-closed" in entry.body for entry in tx.draft.entries):
                return write(tx)
            write(tx)
            return stay()

        Transaction.write = write_and_stay  # type: ignore[assignment, method-assign]
    close(bench)
    stay()


@pytest.mark.parametrize("stop", STOPS)
def test_a_kill_anywhere_in_a_closing_leaves_the_ledger_whole(tmp_path: Path, stop: str) -> None:
    here = str(Path(__file__).parent)
    directory = tmp_path / "spool"
    process = subprocess.Popen(
        [sys.executable, __file__, str(directory), stop],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])},
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        files, half, closed = STOPS[stop]
        assert len(list(directory.glob("ledger/*.ktpl"))) == files
        assert len(list(directory.glob("ledger/*.new"))) == half
        process.kill()
    assert look(directory).fault is None
    bench = Bench(open_spool(directory))
    assert list(directory.glob("ledger/*.new")) == []
    assert (entries(directory)[0][0] == SEGMENT + 1) == closed
    bench.wall += HOUR
    everything = bench.read.entries(0, 1000) if not closed else []
    assert close(bench), "the next one, or the same once more"
    assert close(bench) is not closed
    assert verify(bench.read) is None
    kept = [entry for after in (0, SEGMENT, 2 * SEGMENT) for entry in bench.read.entries(after, SEGMENT)]
    assert kept[: len(everything)] == everything[: len(kept)]
    assert look(directory).fault is None
    bench.store.close()


def test_each_file_is_a_ledger_for_itself(tmp_path: Path) -> None:
    live(tmp_path / "spool")
    folder = tmp_path / "spool" / "ledger"
    assert [audit(FileSource(path)).fault for path in sorted(folder.iterdir())] == [None, None]
    whole = audit(FileSource(folder))
    assert (whole.fault, whole.last, whole.checkpoints) == (None, 2 * SEGMENT, 3)


def test_the_files_are_as_closed_as_the_rest(tmp_path: Path) -> None:
    live(tmp_path / "spool")
    folder = tmp_path / "spool" / "ledger"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


if __name__ == "__main__":
    child(Path(sys.argv[1]), sys.argv[2])
