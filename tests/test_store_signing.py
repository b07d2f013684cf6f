"""The key that signs checkpoints: closed to others, changed without a gap, whatever a crash leaves of it."""

from pathlib import Path

import pytest

from ledgers import look, sign
from spooler.model.ledger_commands import MakeCheckpoint, RotateSigningKey
from spooler.store import Signed, StoreError, read_checkpoint
from store_contract import HOUR, Bench, facts
from test_store_embedded import open_spool


def reopened(bench: Bench, directory: Path) -> Bench:
    wall = bench.wall + HOUR
    bench.store.close()
    again = Bench(open_spool(directory))
    again.wall = wall
    return again


def key_files(directory: Path) -> set[str]:
    return {path.name for path in (directory / "keys").glob("signing-*")}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(open_spool(tmp_path / "spool"))
    bench.submit("a")
    return bench


def test_a_checkpoint_says_what_the_ledger_says(bench: Bench, tmp_path: Path) -> None:
    (first,) = bench.read.entries(0, 10)
    applied = bench.apply(MakeCheckpoint("auditor"))
    signed = bench.read.checkpoint()
    assert signed is not None
    assert signed.genuine()
    point = read_checkpoint(signed.statement)
    assert (point.node, point.chain, point.n, point.position) == ("test", first.chain, 1, 1)
    assert (point.hash, point.at_ms) == (first.hash, applied.now_ms)
    ((event, told),) = facts(applied)
    assert (event, told["actor"], told["position"]) == ("checkpointed", "auditor", 1)
    # again, with nothing new: the same one
    again = bench.apply(MakeCheckpoint("auditor"))
    assert (again.outcomes, again.entries) == ((1,), ())
    # after a restart, before anything was written: of the chain before
    bench = reopened(bench, tmp_path / "spool")
    bench.apply(RotateSigningKey("officer"))
    bench.apply(MakeCheckpoint("officer"))
    bench = reopened(bench, tmp_path / "spool")
    bench.submit("b")
    bench = reopened(bench, tmp_path / "spool")
    assert read_checkpoint(sign(bench).statement).chain == "test-3"
    assert look(tmp_path / "spool").fault is None
    bench.store.close()


def test_in_one_transaction_with_other_things(bench: Bench, tmp_path: Path) -> None:
    """What stands before the checkpoint in the list is in it, what stands behind is not; key changes on both sides."""
    bench.apply(MakeCheckpoint("x"), RotateSigningKey("x"), RotateSigningKey("x"), MakeCheckpoint("x"))
    assert key_files(tmp_path / "spool") == {"signing-3.key"}
    found = look(tmp_path / "spool")
    assert (found.fault, found.checkpoints, found.last) == (None, 2, 5)
    bench.store.close()


def test_nobody_else_can_read_the_key(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "spool" / "keys" / "signing-1.key"
    assert path.stat().st_mode & 0o777 == 0o600
    bench.store.close()
    path.chmod(0o640)
    with pytest.raises(StoreError, match="mode 0600"):
        open_spool(tmp_path / "spool")


def test_a_crash_before_the_commit_of_a_key_change(bench: Bench, tmp_path: Path) -> None:
    """The new key's file is there and nothing names it: the old one signs on, and the next change makes its own."""
    (tmp_path / "spool" / "keys" / "signing-2.key").write_bytes(bytes(32))
    bench = reopened(bench, tmp_path / "spool")
    old = sign(bench).key
    bench.apply(RotateSigningKey("officer"))
    bench.submit("b")
    new = sign(bench)
    assert isinstance(new, Signed)
    assert new.key != old
    assert (tmp_path / "spool" / "keys" / "signing-2.key").read_bytes() != bytes(32)
    found = look(tmp_path / "spool", pinned=old)
    assert (found.fault, found.trusted) == (None, read_checkpoint(new.statement).position)
    bench.store.close()


def test_a_crash_after_the_commit_of_a_key_change(bench: Bench, tmp_path: Path) -> None:
    """The old key's file is still there: the next opening destroys it."""
    path = tmp_path / "spool" / "keys" / "signing-1.key"
    seed = path.read_bytes()
    bench.apply(RotateSigningKey("officer"))
    assert not path.exists()
    path.write_bytes(seed)
    path.chmod(0o600)
    bench = reopened(bench, tmp_path / "spool")
    assert key_files(tmp_path / "spool") == {"signing-2.key"}
    sign(bench)
    assert look(tmp_path / "spool").fault is None
    bench.store.close()


def test_a_key_file_of_another_spool_is_not_taken_for_its_own(bench: Bench, tmp_path: Path) -> None:
    sign(bench)
    bench.store.close()
    (tmp_path / "spool" / "keys" / "signing-1.key").write_bytes(bytes(range(32)))
    bench = Bench(open_spool(tmp_path / "spool"))
    bench.wall += HOUR
    bench.submit("b")
    sign(bench)
    found = look(tmp_path / "spool")
    assert (found.fault, found.lost_keys) == (None, (2,))
    bench.store.close()
