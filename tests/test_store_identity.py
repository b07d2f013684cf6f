"""Is it the same store on the same machine? On real directories: moved, copied, rolled back, broken off."""

import shutil
from pathlib import Path

import apsw
import pytest

from spooler.model.job import JobState
from spooler.store import Applied, EmbeddedStore, StoreError, open_store, read_machine
from spooler.store.identity import Identity, cause_of, machine_hash
from store_contract import RETENTION, Bench, facts, place

HERE, THERE = "a" * 32, "b" * 32


def open_on(directory: Path, machine: str, *, adopt: bool = False) -> EmbeddedStore:
    return open_store(directory, node="test", place=place, retention=RETENTION, machine=machine, adopt=adopt)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """With a job that waits."""
    bench = Bench(open_on(tmp_path / "spool", HERE))
    bench.submit("a")
    bench.store.close()
    return tmp_path / "spool"


def state_of(store: EmbeddedStore) -> tuple[JobState, str | None]:
    job = store.reader().by_ticket("counter", "a")
    assert job is not None
    return job.state, job.reason


def refused(spool: Path, machine: str, match: str) -> None:
    """Refused in a sentence, with nothing changed; and adopted it holds its jobs and says why in the ledger."""
    before = {path.name: path.read_bytes() for path in spool.iterdir() if path.is_file()}
    keys = {path.name for path in (spool / "keys").iterdir()}
    with pytest.raises(StoreError, match=f"{match}.*serve --adopt"):
        open_on(spool, machine)
    assert {path.name: path.read_bytes() for path in spool.iterdir() if path.is_file()} == before
    assert {path.name for path in (spool / "keys").iterdir()} == keys
    store = open_on(spool, machine, adopt=True)
    assert state_of(store) == (JobState.PENDING_HELD, "restored")
    store.close()
    store = open_on(spool, machine)  # it belongs here now, and its jobs still wait
    assert state_of(store) == (JobState.PENDING_HELD, "restored")
    assert store.reader().restored() is not None
    store.close()


def test_a_directory_that_is_moved_is_no_copy(spool: Path) -> None:
    spool.rename(spool.parent / "elsewhere")
    store = open_on(spool.parent / "elsewhere", HERE)
    assert state_of(store) == (JobState.PENDING, None)
    store.close()


def test_a_copy_on_another_machine_is_refused(spool: Path) -> None:
    copy = shutil.copytree(spool, spool.parent / "copy")
    refused(copy, THERE, "belongs to another machine")
    open_on(spool, HERE).close()  # the first one never notices


def test_a_machine_that_was_installed_anew_is_another_machine(spool: Path) -> None:
    refused(spool, "", "belongs to another machine")


def test_an_older_database_put_back_is_refused(spool: Path) -> None:
    old = (spool / "spool.db").read_bytes()
    open_on(spool, HERE).close()
    (spool / "spool.db").write_bytes(old)
    refused(spool, HERE, "older than its directory")


def test_a_database_without_its_directorys_mark_is_refused(spool: Path) -> None:
    (spool / "adopted").unlink()
    refused(spool, HERE, "not the one that its directory was opened with")


def test_a_database_that_vanished_is_not_quietly_begun_anew(spool: Path) -> None:
    """All tickets would be forgotten."""
    (spool / "spool.db").unlink()
    with pytest.raises(StoreError, match="not the one that its directory was opened with"):
        open_on(spool, HERE)
    with pytest.raises(StoreError, match="serve --adopt"):
        open_on(spool, HERE)


def test_an_opening_that_was_broken_off_before_its_mark_opens_again(spool: Path) -> None:
    mark = (spool / "adopted").read_bytes()
    open_on(spool, HERE).close()
    (spool / "adopted").write_bytes(mark)  # as a crash between the commit and the mark leaves it
    store = open_on(spool, HERE)
    assert state_of(store) == (JobState.PENDING, None)
    store.close()


def test_a_first_opening_that_was_broken_off_opens_again(tmp_path: Path) -> None:
    open_on(tmp_path / "spool", HERE).close()
    db = apsw.Connection(str(tmp_path / "spool" / "spool.db"))
    ((store,),) = db.execute("SELECT store FROM identity").fetchall()
    db.execute("UPDATE identity SET machine = 'new'; UPDATE spool SET epoch = 0")
    db.close()
    (tmp_path / "spool" / "adopted").write_text(f"{store} 0\n")
    open_on(tmp_path / "spool", HERE).close()


def test_adopting_what_needs_no_adoption_holds_too(spool: Path) -> None:
    """A whole directory copied on one machine cannot be told: the operator can."""
    store = open_on(spool, HERE, adopt=True)
    assert state_of(store) == (JobState.PENDING_HELD, "restored")
    entries = [facts_ for event, facts_ in _entries(store) if event == "restore-began"]
    assert entries == [{"cause": "asked"}]
    store.close()


def test_a_new_store_adopts_nothing(tmp_path: Path) -> None:
    store = open_on(tmp_path / "spool", HERE, adopt=True)
    assert store.reader().restored() is None
    store.close()


def test_chains_of_the_lost_store_are_not_named_again(spool: Path) -> None:
    copy = shutil.copytree(spool, spool.parent / "copy")
    lost = set()
    for _ in range(5):
        store = open_on(spool, HERE)
        lost.add(store.chain)
        store.close()
    store = open_store(
        copy, node="test", place=place, retention=RETENTION, machine=THERE, adopt=True, wall_ms=1_800_000_000_000
    )
    assert store.chain == "test-1800000000"
    store.close()
    store = open_on(copy, THERE)
    assert store.chain == "test-1800000001"
    assert store.chain not in lost
    store.close()


def test_the_machines_id_is_not_kept_in_clear(spool: Path) -> None:
    held = b"".join(path.read_bytes() for path in spool.rglob("*") if path.is_file())
    assert HERE.encode() not in held
    assert machine_hash(b"x" * 16, HERE) != machine_hash(b"y" * 16, HERE)


def test_a_machine_id_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "id").write_text(f"{HERE}\n")
    assert read_machine(tmp_path / "id") == HERE
    assert read_machine(tmp_path / "none") == ""


def test_a_damaged_mark_is_no_mark() -> None:
    identity = Identity("s", b"", HERE, None, 4)
    assert cause_of(identity, HERE, ("s", 4), adopt=False) is None
    for mark in (None, ("t", 4), ("s", 5), ("s", 2)):
        with pytest.raises(StoreError):
            cause_of(identity, HERE, mark, adopt=False)


def _entries(store: EmbeddedStore) -> list[tuple[str, dict[str, str | int]]]:
    return facts(Applied(0, (), tuple(store.reader().entries(0, 1000))))
