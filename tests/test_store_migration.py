"""Databases that older programs wrote: brought up to this format with nothing lost, whenever that is broken off."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from loads_counted import loads_are_true
from old_spools import OLD, STATES, old_spool
from spooler.model.problem import Problem
from spooler.store import StoreError, Submitted, verify
from spooler.store.migration import keep_copy
from spooler.store.schema import FORMAT
from store_contract import CONTENT, WALL, Bench, selftest
from test_store_embedded import open_spool

LATER = WALL + 60_000


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


def is_whole(spool: Path, ledger: list[tuple[object, ...]]) -> None:
    """The spool of `old_spool`, opened by this program: every job, ticket, authorisation, payload and entry."""
    bench = Bench(open_spool(spool))
    bench.wall = LATER
    for ticket, state in STATES.items():
        job = bench.read.by_ticket("counter", ticket)
        assert job is not None
        assert job.state == state
        assert bench.read.content(job.id) == CONTENT
    for i in range(3):
        again = bench.one(selftest(f"waiting-{i}", authorisation=f"auth-{i}", group="SDN 1"))
        assert isinstance(again, Submitted)
        assert again.repeat
    for spent in ("auth-printed", "auth-0"):
        refusal = bench.one(selftest("new", authorisation=spent))
        assert isinstance(refusal, Problem)
        assert refusal.code == "authorisation-spent"
    bench.submit("freed", authorisation="auth-canceled")
    assert [intent.counter for intent in bench.read.open_intents("SGL-2")] == [40]
    assert verify(bench.read) is None
    entries = [(e.position, e.body, e.hash) for e in bench.read.entries(0, len(ledger))]
    assert entries == ledger
    bench.store.close()
    assert sum(jobs for jobs, _ in loads_are_true(spool).values()) > 3
    assert rows(spool / "spool.db", "PRAGMA user_version") == [(FORMAT,)]


@pytest.mark.parametrize("number", OLD)
def test_an_old_spool_keeps_everything_and_a_copy_of_what_it_was(tmp_path: Path, number: int) -> None:
    spool = old_spool(tmp_path / "spool", number)
    ledger = rows(spool / "spool.db", "SELECT position, body, hash FROM ledger ORDER BY position")
    assert len(ledger) > 20
    is_whole(spool, ledger)
    (kept,) = spool.glob("*.bak")
    assert kept.name == f"spool.db.format-{number}.bak"
    assert kept.stat().st_mode & 0o077 == 0
    assert rows(kept, "PRAGMA user_version") == [(number,)]
    assert rows(kept, "PRAGMA integrity_check") == [("ok",)]
    assert rows(kept, "SELECT position, body, hash FROM ledger ORDER BY position") == ledger
    open_spool(spool).close()  # and with the copy beside it it opens again


def test_one_copy_is_kept(tmp_path: Path) -> None:
    spool = old_spool(tmp_path / "spool", OLD[0])
    (spool / "spool.db.format-0.bak").touch()
    (spool / "spool.db.format-1.new").touch()
    open_spool(spool).close()
    assert [path.name for path in spool.glob("spool.db.*")] == [f"spool.db.format-{OLD[0]}.bak"]


def test_without_room_for_the_copy_nothing_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = old_spool(tmp_path / "spool", OLD[-1])
    before = (spool / "spool.db").read_bytes()

    def no_room(db: apsw.Connection, found: int) -> Path:
        raise apsw.FullError

    monkeypatch.setattr("spooler.store.schema.keep_copy", no_room)
    with pytest.raises(StoreError, match="full"):
        open_spool(spool)
    assert (spool / "spool.db").read_bytes() == before
    monkeypatch.setattr("spooler.store.schema.keep_copy", keep_copy)
    open_spool(spool).close()


_KILLED = """
import os, signal, sys; from pathlib import Path; import apsw
from test_store_embedded import open_spool
left = int(sys.argv[2])
def trace(cursor, sql, bindings):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return True
apsw.connection_hooks.append(lambda db: db.set_exec_trace(trace))
open_spool(Path(sys.argv[1])).close()
print(int(sys.argv[2]) - left)
"""


def killed_at(spool: Path, statement: int) -> subprocess.CompletedProcess[str]:
    """Open the spool in a process that kills itself right before its n-th statement."""
    here = str(Path(__file__).parent)
    return subprocess.run(
        [sys.executable, "-c", _KILLED, str(spool), str(statement)], text=True, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])},
    )  # fmt: skip


def test_killed_at_any_statement_of_a_migration_it_opens_again(tmp_path: Path) -> None:
    whole = killed_at(old_spool(tmp_path / "all", OLD[0]), 1_000_000)
    assert whole.returncode == 0, whole.stderr
    statements = int(whole.stdout)
    assert statements > 20
    migrated = set()
    for statement in range(0, statements, 3):
        spool = old_spool(tmp_path / str(statement), OLD[0])
        ledger = rows(spool / "spool.db", "SELECT position, body, hash FROM ledger ORDER BY position")
        assert killed_at(spool, statement).returncode == -signal.SIGKILL
        migrated.add(rows(spool / "spool.db", "PRAGMA user_version")[0][0])
        is_whole(spool, ledger)
    assert migrated == {OLD[0], FORMAT}, "killed before its commit and after it, and nothing in between"
