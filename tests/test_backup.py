"""Backups of a spool that is written meanwhile; what is wrong with a bad one; and the way back. Real files."""

import json
import shutil
import stat
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import apsw
import pytest

from running import write_config
from spooler.cli import main
from spooler.model.commands import Shred
from spooler.model.job import JobEvent
from spooler.model.restored import Cause
from spooler.store import StoreError, StoreLockedError, Submitted
from spooler.store.backup import back_up
from spooler.store.backup_check import check_backup
from spooler.store.manifest import Manifest, read_manifest
from spooler.store.restore import restore
from store_contract import CONTENT, DAY, HOUR, WALL, Bench, selftest
from test_store_embedded import open_spool
from test_store_restored import job_of, state_of

AT = WALL + HOUR


def copy(spool: Path, to: Path, keys: Path | None = None, rest: Callable[[float], None] = lambda _: None) -> Manifest:
    return back_up(spool, to, node="test", at_ms=AT, keys_to=keys, rest=rest)


def bad(folder: Path, keys: Path | None = None) -> list[str]:
    """The sentences that say what is wrong."""
    return [f.sentence for f in check_backup(folder, read_manifest(folder), keys) if not f.good]


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """A closed spool: one job printed long ago, two that wait."""
    bench = Bench(open_spool(tmp_path / "spool"))
    bench.change(bench.submit("a", authorisation="A"), JobEvent.CANCELED)
    bench.submit("b", authorisation="B")
    bench.submit("c")
    bench.store.close()
    return tmp_path / "spool"


@pytest.fixture
def backup(spool: Path, tmp_path: Path) -> Path:
    copy(spool, tmp_path / "backup", tmp_path / "keys")
    return tmp_path / "backup"


def test_the_copy_is_one_moment_however_much_is_written_meanwhile(tmp_path: Path) -> None:
    bench = Bench(open_spool(tmp_path / "spool"))
    payload = bytes(8_000)  # small enough for the database, and not for a segment
    bench.apply(*(selftest(f"t{i}", payload=payload) for i in range(800)))
    before, head = len(bench.jobs()), bench.read.head()
    steps = 0

    def write(_: float) -> None:
        """Between two steps the writer commits at once: nobody holds it up."""
        nonlocal steps
        steps += 1
        (outcome,) = bench.apply(selftest(f"meanwhile-{steps}", payload=payload)).outcomes
        assert isinstance(outcome, Submitted)

    manifest = copy(tmp_path / "spool", tmp_path / "backup", rest=write)
    assert steps > 5, "in many small steps"
    assert manifest.jobs == {"pending": before}
    assert manifest.head is not None
    assert manifest.head.position == head
    assert bad(tmp_path / "backup") == []
    assert len(bench.jobs()) == before + steps
    bench.store.close()


def test_a_copy_of_a_spool_that_a_crash_left_holds_what_is_in_the_log(tmp_path: Path) -> None:
    bench = Bench(open_spool(tmp_path / "spool"))
    bench.submit("a")
    shutil.copytree(tmp_path / "spool", tmp_path / "crashed")  # as a kill leaves it: the log is not copied back yet
    bench.store.close()
    assert (tmp_path / "crashed" / "spool.db-wal").stat().st_size > 0
    assert copy(tmp_path / "crashed", tmp_path / "backup").jobs == {"pending": 1}
    assert bad(tmp_path / "backup") == []


def test_keys_are_not_in_it_and_lie_apart(spool: Path, tmp_path: Path) -> None:
    copy(spool, tmp_path / "backup", tmp_path / "keys")
    keys = {path.name: path.read_bytes() for path in (spool / "keys").iterdir()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()} == keys
    held = b"".join(path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file())
    assert all(key not in held for key in keys.values())
    for path in (tmp_path / "backup", tmp_path / "keys", *(tmp_path / "keys").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    for near in (tmp_path / "more", tmp_path / "more" / "keys", tmp_path):
        with pytest.raises(StoreError, match="may not lie with the backup"):
            copy(spool, tmp_path / "more", near)
    assert not (tmp_path / "more").exists()


def test_known_folders_go_with_it_and_are_checked(spool: Path, tmp_path: Path) -> None:
    for folder in ("ledger", "payloads"):
        (spool / folder).mkdir(exist_ok=True)
        (spool / folder / "1").write_text(folder)
        (spool / folder / "2.new").write_text("half")
    manifest = copy(spool, tmp_path / "backup")
    assert set(manifest.files) == {"spool.db", "ledger/1", "payloads/1"}
    assert bad(tmp_path / "backup") == []
    restore(tmp_path / "backup", tmp_path / "again", spool / "keys")
    assert (tmp_path / "again" / "payloads" / "1").read_text() == "payloads"
    (tmp_path / "backup" / "payloads" / "1").write_text("forgeries")
    (sentence,) = bad(tmp_path / "backup")
    assert sentence.startswith("payloads/1 is not the file that was copied")


def test_places_that_are_taken_are_refused(spool: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(StoreError, match="exists already"):
        copy(spool, tmp_path / "there")
    with pytest.raises(StoreError, match="no spool in"):
        copy(tmp_path / "there", tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_a_backup_that_is_broken_off_leaves_nothing_that_looks_whole(spool: Path, tmp_path: Path) -> None:
    def broken(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(spool, tmp_path / "backup", rest=broken)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spool"]


# -- what is wrong with it ---------------------------------------------------------------------------------------


def sign_anew(folder: Path) -> None:
    """The manifest of a forger who knows how it is made."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    data = (folder / "spool.db").read_bytes()
    manifest["files"]["spool.db"] = {"bytes": len(data), "sha256": sha256(data).hexdigest()}
    path.write_text(json.dumps(manifest))


def forge(folder: Path, statement: str) -> None:
    db = apsw.Connection(str(folder / "spool.db"))
    db.execute(statement)
    db.close()
    sign_anew(folder)


def flip(folder: Path, place: int) -> None:
    with (folder / "spool.db").open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 255]))


def cut_a_page(folder: Path) -> None:
    data = (folder / "spool.db").read_bytes()
    (folder / "spool.db").write_bytes(data[:8192] + bytes(4096) + data[12288:])
    sign_anew(folder)


_DAMAGES: dict[str, Callable[[Path], object]] = {
    "is not the file that was copied": lambda folder: flip(folder, 20_000),
    "spool.db is missing": lambda folder: (folder / "spool.db").unlink(),
    "letter.txt does not belong": lambda folder: (folder / "letter.txt").touch(),
    "The database is damaged": cut_a_page,
    "does not hold together at entry 2": lambda folder: forge(
        folder, "UPDATE ledger SET hash = zeroblob(32) WHERE position = 2"
    ),
    "holds an entry that is none": lambda folder: forge(folder, "UPDATE ledger SET body = zeroblob(5)"),
    "does not end where the manifest says": lambda folder: forge(folder, "DELETE FROM ledger WHERE position = 4"),
    "not as many as the manifest says": lambda folder: forge(folder, "DELETE FROM jobs WHERE state = 'canceled'"),
    "2 jobs have no ticket": lambda folder: forge(
        folder, "DELETE FROM tickets WHERE job IN (SELECT id FROM jobs WHERE state = 'pending')"
    ),
}


@pytest.mark.parametrize("sentence", _DAMAGES)
def test_each_damage_has_its_sentence(backup: Path, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "verify", str(backup)]) == 0
    assert "BAD" not in capsys.readouterr().out
    _DAMAGES[sentence](backup)
    assert main(["backup", "verify", str(backup)]) == 1
    assert any(sentence in line for line in capsys.readouterr().out.splitlines() if line.startswith("BAD"))
    assert main(["restore", str(backup), "--to", str(backup.parent / "again")]) == 1
    assert not (backup.parent / "again").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"layout": 1}', "[" * 100_000, "null"])
def test_a_manifest_that_is_none_is_told(backup: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (backup / "manifest.json").write_text(text)
    assert main(["backup", "verify", str(backup)]) == 1
    assert "is damaged" in capsys.readouterr().err


def test_a_manifest_that_points_outside_is_not_followed(backup: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["files"]["ledger/../../spool/lock"] = {"bytes": 0, "sha256": ""}
    (backup / "manifest.json").write_text(json.dumps(manifest))
    assert main(["backup", "verify", str(backup)]) == 1
    assert "outside of the backup" in capsys.readouterr().err


def test_missing_keys_are_told(backup: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    assert bad(backup, keys) == []
    (bucket,) = keys.glob("bucket-*")
    bucket.unlink()
    assert bad(backup, keys) == ["Of 1 hours' keys 1 are missing: their jobs must be submitted anew."]
    (keys / "spool.key").unlink()
    assert bad(backup, keys)[0].endswith("without it no ticket and no authorisation is recognised.")


# -- the way back ------------------------------------------------------------------------------------------------


def test_a_restored_spool_knows_its_tickets_and_holds_its_jobs(backup: Path, tmp_path: Path) -> None:
    restore(backup, tmp_path / "again", tmp_path / "keys")
    bench = Bench(open_spool(tmp_path / "again"))
    bench.wall = WALL + DAY
    state = state_of(bench)
    assert (state.cause, state.copied_ms, state.held) == (Cause.BACKUP, AT, 2)
    assert {job_of(bench, ticket).state for ticket in "bc"} == {"pending-held"}
    assert bench.submit("b", authorisation="B").id == job_of(bench, "b").id
    bench.refused(selftest("other", authorisation="B"), "authorisation-spent")
    assert bench.read.content(job_of(bench, "b").id) == CONTENT
    bench.store.close()
    open_spool(tmp_path / "again").close()


def test_without_its_keys_it_does_not_start(backup: Path, tmp_path: Path) -> None:
    restore(backup, tmp_path / "again", None)
    with pytest.raises(StoreError, match=r"spool\.key is missing"):
        open_spool(tmp_path / "again")
    shutil.copytree(tmp_path / "keys", tmp_path / "again" / "keys", dirs_exist_ok=True)
    bench = Bench(open_spool(tmp_path / "again"))
    assert state_of(bench).held == 2, "the refused start did not use the mark up"
    bench.store.close()


def test_a_restore_never_writes_over_anything(spool: Path, backup: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not empty"):
        restore(backup, spool, None)
    store = open_spool(spool)
    with pytest.raises(StoreLockedError, match="stop that one first"):
        restore(backup, spool, None)
    store.close()
    (tmp_path / "empty").mkdir()
    restore(backup, tmp_path / "empty", tmp_path / "keys")
    open_spool(tmp_path / "empty").close()


def test_a_backups_database_put_in_place_by_hand_needs_adopting(spool: Path, backup: Path) -> None:
    shutil.copyfile(backup / "spool.db", spool / "spool.db")
    with pytest.raises(StoreError, match="a backup that was put in place by hand"):
        open_spool(spool)


def test_shredded_payloads_stay_shut_in_an_older_backup(spool: Path, tmp_path: Path) -> None:
    """The backup was made while they could be read; the keys that are left do not open them."""
    copy(spool, tmp_path / "backup")
    bench = Bench(open_spool(spool))
    bench.wall = WALL + 2 * DAY
    bench.apply(Shred())
    gone = bench.read.by_ticket("counter", "a")
    assert gone is not None
    assert bench.read.content(gone.id) is None
    bench.store.close()
    restore(tmp_path / "backup", tmp_path / "again", spool / "keys")
    again = Bench(open_spool(tmp_path / "again"))
    with pytest.raises(StoreError, match="is missing"):
        again.read.content(gone.id)
    again.store.close()


def test_the_command_says_what_it_did(spool: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = str(write_config(tmp_path, 9))
    assert main(["backup", str(tmp_path / "b"), "--config", config, "--keys", str(tmp_path / "k")]) == 0
    assert "3 jobs, ledger test-1 4" in capsys.readouterr().out
    assert main(["backup", "verify", str(tmp_path / "b"), "--keys", str(tmp_path / "k")]) == 0
    assert main(["backup", "verify", str(tmp_path / "b"), "--config", str(tmp_path / "spooler.toml")]) == 2
    assert "good  3 jobs: 1 canceled, 2 pending." in capsys.readouterr().out
    assert main(["backup", str(tmp_path / "b"), "--config", config]) == 1
    assert main(["backup", "verify"]) == 2
    assert main(["backup", "one", "two"]) == 2
    assert main(["backup", str(tmp_path / "c")]) == 2
    assert main(["backup", str(tmp_path / "c"), "--config", config]) == 0
    assert "Copy them apart with --keys" in capsys.readouterr().out
    assert main(["restore", str(tmp_path / "b"), "--to", str(tmp_path / "n"), "--keys", str(tmp_path / "k")]) == 0
    assert "until a supervisor has compared" in capsys.readouterr().out
