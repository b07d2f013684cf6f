"""After a failed fsync nothing unsynced is trusted: the store is dead, and the daemon opens it anew and goes on.

The disk is a layer between SQLite and the system that refuses to sync on demand (apsw's VFS).
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
import trio
from attrs import define

import spooler.store.keyfile
from running import cards, selftest
from spooler.client import ConnectionLost, open_client
from spooler.daemon import engine
from spooler.store import StoreDeadError, Submitted
from store_contract import Bench
from store_contract import selftest as command
from test_store_embedded import open_spool
from workshop import Workshop, hurry, workshop


@define
class Disk:
    """`failing`: so many syncs of files whose name ends like `of` fail."""

    failing: int = 0
    of: str = "-wal"


@pytest.fixture
def disk() -> Iterator[Disk]:
    state = Disk()

    class File(apsw.VFSFile):
        def __init__(self, name: apsw.URIFilename | None, flags: list[int]) -> None:
            self._name = name if isinstance(name, str) or name is None else name.filename()
            super().__init__("unix", name, flags)

        def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
            if state.failing and (self._name or "").endswith(state.of):
                state.failing -= 1
                error = apsw.IOError("the disk is gone")
                error.extendedresult = apsw.SQLITE_IOERR_FSYNC  # type: ignore[attr-defined]
                raise error
            super().xSync(flags)

    class Layer(apsw.VFS):
        def __init__(self) -> None:
            super().__init__("failing", "unix", makedefault=True)

        def xOpen(self, name: apsw.URIFilename | None, flags: list[int]) -> File:  # noqa: N802 - SQLite's name
            return File(name, flags)

    layer = Layer()
    yield state
    layer.unregister()


def acknowledged(bench: Bench, *tickets: str) -> dict[str, str]:
    return {
        ticket: outcome.job.id
        for ticket, outcome in zip(tickets, bench.apply(*map(command, tickets)).outcomes, strict=True)
        if isinstance(outcome, Submitted)
    }


def test_a_store_whose_log_was_not_synced_does_nothing_more_and_opens_with_all_that_was_acknowledged(
    tmp_path: Path, disk: Disk
) -> None:
    bench = Bench(open_spool(tmp_path / "spool"))
    known = acknowledged(bench, "a", "b")
    disk.failing = 1
    with pytest.raises(StoreDeadError, match="opened anew"):
        bench.apply(command("c"))
    with pytest.raises(StoreDeadError):
        bench.apply(command("d"))  # the disk would take it
    bench.store.close()

    bench = Bench(open_spool(tmp_path / "spool"))
    assert bench.store.fault() is None
    for ticket, job in known.items():
        found = bench.read.by_ticket("counter", ticket)
        assert found is not None
        assert found.id == job
    assert bench.read.by_ticket("counter", "d") is None
    assert len(acknowledged(bench, "c", "d")) == 2
    bench.store.close()


_LEAVE_A_LOG = """
import os, sys; from pathlib import Path; from store_contract import Bench, selftest
from test_store_embedded import open_spool
Bench(open_spool(Path(sys.argv[1]))).apply(selftest("a")); os._exit(0)
"""


def test_what_is_only_in_the_log_is_made_durable_before_a_store_is_open(tmp_path: Path, disk: Disk) -> None:
    """Pages that an earlier life could not sync are clean to the system: only writing them again proves anything."""
    here = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    subprocess.run(
        [sys.executable, "-c", _LEAVE_A_LOG, tmp_path / "spool"], check=True, env={**os.environ, "PYTHONPATH": here}
    )
    assert (tmp_path / "spool" / "spool.db-wal").stat().st_size > 0
    disk.of, disk.failing = "spool.db", 100  # whatever it tries
    with pytest.raises(StoreDeadError):
        open_spool(tmp_path / "spool")
    disk.failing = 0
    bench = Bench(open_spool(tmp_path / "spool"))
    assert bench.read.by_ticket("counter", "a") is not None
    bench.store.close()


def test_a_key_that_was_not_synced_wraps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(open_spool(tmp_path / "spool"))
    real = spooler.store.keyfile.sync_folder

    def gone(folder: Path) -> None:
        raise OSError(5, "the disk is gone")

    monkeypatch.setattr(spooler.store.keyfile, "sync_folder", gone)
    with pytest.raises(StoreDeadError):
        bench.apply(command("a"))
    monkeypatch.setattr(spooler.store.keyfile, "sync_folder", real)
    (left,) = (tmp_path / "spool" / "keys").glob("bucket-*.key")
    doubtful = left.read_bytes()
    bench.store.close()
    bench = Bench(open_spool(tmp_path / "spool"))
    acknowledged(bench, "a")
    assert left.read_bytes() != doubtful
    bench.store.close()


async def test_the_daemon_opens_a_dead_store_anew_and_prints_what_was_acknowledged(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    openings = []
    really = engine._open_again

    def open_again(*arguments: object) -> object:
        openings.append(arguments)
        return really(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "_open_again", open_again)
    async with workshop(tmp_path) as shop:
        first = await shop.submit(selftest("a"))
        disk.failing = 1
        with pytest.raises(ConnectionLost):
            await submit_until_it_fails(shop)
        with trio.fail_after(15):
            await printed_by_the_next(tmp_path / "s.sock", first)
    assert len(openings) == 1
    assert len(cards(tmp_path / "P1")) == 2


async def submit_until_it_fails(shop: Workshop) -> None:
    """The failed sync may be another's: the press's, say."""
    while True:
        await shop.submit(selftest("b"))


async def printed_by_the_next(socket: Path, first: str) -> None:
    """As soon as somebody answers again, b is submitted anew; it and the first one end."""
    while True:
        try:
            async with open_client(f"unix:{socket}", application="tests") as client:
                (answer,) = await client.submit([selftest("b")])
                for job in (first, answer["id"]):
                    ended = await client.call("job", {"id": job, "wait_ms": 15_000})
                    assert ended["state"] == "completed"
            return
        except OSError:
            await trio.lowlevel.checkpoint()
