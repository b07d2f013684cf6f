"""The master key: where it comes from, what it wraps, what a wrong one may do (nothing), and its rotation."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spooler.model.commands import Shred
from spooler.model.job import JobEvent
from spooler.store import (
    Master,
    StoreError,
    StoreLockedError,
    keyfile,
    master_from_credential,
    master_from_file,
    master_from_passphrase,
    open_store,
    pack_payload,
    rotate_keys,
)
from spooler.store.master import NO_MASTER, RECIPE
from store_contract import CONTENT, DAY, HOUR, RETENTION, STEP_MAX, Bench, place

OLD, NEW, OTHER = Master(bytes(range(32))), Master(bytes(range(32, 64))), Master(bytes(32))
#: A recipe whose passphrase is quick to work out, for the tests alone.
QUICK = b'{"n": 16, "r": 8, "p": 1, "salt": "00112233445566778899aabbccddeeff"}'


def open_with(directory: Path, master: Master = NO_MASTER) -> Bench:
    store = open_store(
        directory, node="test", place=place, retention=RETENTION, clock_step_max_ms=STEP_MAX, master=master
    )
    return Bench(store)


def filled(directory: Path, master: Master, hours: int = 3) -> None:
    """A spool with a job in each of so many buckets."""
    bench = open_with(directory, master)
    for hour in range(hours):
        bench.wall += HOUR
        bench.submit(f"t{hour}")
    bench.store.close()


def contents(directory: Path, master: Master) -> list[bytes]:
    """All payloads, opened. Raises StoreError where the master does not fit."""
    bench = open_with(directory, master)
    try:
        return [pack_payload(bench.read.content(job.id)) for job in bench.jobs()]  # type: ignore[arg-type]
    finally:
        bench.store.close()


def opens(directory: Path, master: Master, scratch: Path) -> bool:
    """Whether a copy of the spool opens whole; a copy, since opening ends a rotation."""
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(directory, scratch)
    try:
        found = contents(scratch, master)
    except StoreError:
        return False
    assert found == [pack_payload(CONTENT)] * len(found)
    return True


def tree(directory: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its mode and bytes."""
    return {
        str(p.relative_to(directory)): (p.stat().st_mode, p.read_bytes()) for p in directory.rglob("*") if p.is_file()
    }


# -- what it wraps ---------------------------------------------------------------------------------------------


def test_no_key_lies_in_clear_under_a_master_key(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    filled(spool, NO_MASTER)
    clear = {path.name: path.read_bytes() for path in (spool / "keys").iterdir()}
    rotate_keys(spool, NO_MASTER, OLD)
    for path in (spool / "keys").iterdir():
        assert len(clear[path.name]) == 32
        assert clear[path.name] not in path.read_bytes()
    assert contents(spool, OLD) == [pack_payload(CONTENT)] * 3
    bench = open_with(spool, OLD)
    bench.wall += 9 * HOUR
    job = bench.submit("late")
    new = max((spool / "keys").glob("bucket-*.key"))
    assert new.read_bytes().startswith(b"KTPSKEY1" + OLD.id), "a key made later is wrapped, too"
    bench.change(job, JobEvent.CANCELED)
    bench.wall += 2 * DAY
    bench.apply(Shred())
    assert not new.exists()
    bench.store.close()


def test_two_key_files_cannot_change_places(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    filled(spool, OLD, hours=2)
    a, b = sorted((spool / "keys").glob("bucket-*.key"))
    first, second = a.read_bytes(), b.read_bytes()
    a.write_bytes(second)
    b.write_bytes(first)
    with pytest.raises(StoreError, match="was another file"):
        contents(spool, OLD)


@pytest.mark.parametrize(
    ("made", "given", "sentence"),
    [
        (OLD, NEW, "not the master key of the spool"),
        (OLD, NO_MASTER, "none was given"),
        (NO_MASTER, OLD, "spooler keys rotate --old-none"),
    ],
)
def test_a_wrong_master_key_is_told_and_nothing_is_made_or_destroyed(
    tmp_path: Path, made: Master, given: Master, sentence: str
) -> None:
    spool = tmp_path / "spool"
    filled(spool, made)
    (spool / "keys" / "bucket-7.new").write_bytes(b"left by a crash")
    before = tree(spool)
    with pytest.raises(StoreError, match=sentence) as told:
        open_with(spool, given)
    assert "\n" not in str(told.value)
    assert tree(spool) == before
    with pytest.raises(StoreError, match="nothing was changed"):
        rotate_keys(spool, given, OTHER)
    assert tree(spool) == before
    assert contents(spool, made) == [pack_payload(CONTENT)] * 3


# -- where it comes from ---------------------------------------------------------------------------------------


def test_a_file_must_be_ours_alone_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "master"
    path.write_bytes(bytes(range(32)))
    path.chmod(0o600)
    assert master_from_file(path) == OLD
    path.chmod(0o640)
    with pytest.raises(StoreError, match="readable by nobody else"):
        master_from_file(path)
    path.chmod(0o600)
    for wrong in (b"", bytes(31), bytes(33)):
        path.write_bytes(wrong)
        with pytest.raises(StoreError, match="exactly 32 random bytes"):
            master_from_file(path)
    with pytest.raises(StoreError, match="cannot be read"):
        master_from_file(tmp_path / "absent")
    if os.geteuid() == 0:
        path.write_bytes(bytes(range(32)))
        os.chown(path, 1000, 1000)
        with pytest.raises(StoreError, match="must belong to"):
            master_from_file(path)


def test_a_credential_comes_from_systemds_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(StoreError, match="LoadCredentialEncrypted=ktp-master"):
        master_from_credential("ktp-master")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "ktp-master").write_bytes(bytes(range(32)))
    (tmp_path / "ktp-master").chmod(0o440)  # as it shows where an access list lets the service's user in
    assert master_from_credential("ktp-master") == OLD
    (tmp_path / "ktp-master").chmod(0o444)
    with pytest.raises(StoreError, match="readable by nobody else"):
        master_from_credential("ktp-master")


def test_a_passphrase_gives_the_same_key_again_by_the_stored_recipe(tmp_path: Path) -> None:
    spool, keys = tmp_path / "spool", tmp_path / "spool" / "keys"
    master = master_from_passphrase("sebelas angsa hijau", keys)
    assert not spool.exists(), "working out a key leaves nothing behind"
    filled(spool, master)
    assert b"angsa" not in b"".join(data for _, data in tree(spool).values())
    assert master_from_passphrase("sebelas angsa hijau", keys) == master
    assert master_from_passphrase("sebelas angsa merah", keys).id != master.id
    for damaged in (b"", b"{}", b'{"n": 1099511627776, "r": 8, "p": 1, "salt": "00"}', b'{"n": "x"}'):
        (keys / RECIPE).write_bytes(damaged)
        with pytest.raises(StoreError, match="damaged"):
            master_from_passphrase("sebelas angsa hijau", keys)


# -- rotation --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("old", "new"), [(OLD, NEW), (NO_MASTER, NEW), (OLD, NO_MASTER), (OLD, OLD)])
def test_rotation_leaves_one_key_that_opens_everything_and_touches_no_payload(
    tmp_path: Path, old: Master, new: Master
) -> None:
    spool = tmp_path / "spool"
    filled(spool, old)
    before = (spool / "spool.db").read_bytes()
    held = {path.name: os.open(path, os.O_RDONLY) for path in (spool / "keys").iterdir()}
    records = {path.name: path.read_bytes() for path in (spool / "keys").iterdir()}
    assert rotate_keys(spool, old, new) == 5
    assert (spool / "spool.db").read_bytes() == before
    assert opens(spool, new, tmp_path / "copy")
    assert opens(spool, old, tmp_path / "copy") == (old == new)
    for name, fd in held.items():
        left = os.pread(fd, 1000, 0)
        assert (left == records[name]) == (old == new), "what was replaced is overwritten"
        os.close(fd)
    after = tree(spool / "keys")
    assert rotate_keys(spool, old, new) == 5, "again does no harm"
    assert tree(spool / "keys") == after


def test_a_rotation_waits_for_the_spooler_to_end(tmp_path: Path) -> None:
    filled(tmp_path / "spool", OLD)
    bench = open_with(tmp_path / "spool", OLD)
    with pytest.raises(StoreLockedError):
        rotate_keys(tmp_path / "spool", OLD, NEW)
    bench.store.close()
    with pytest.raises(StoreError, match="There is no spool"):
        rotate_keys(tmp_path / "nowhere", OLD, NEW)


class Killed(BaseException):
    pass


@pytest.mark.parametrize(("old", "new"), [(OLD, NEW), (NO_MASTER, NEW), (OLD, NO_MASTER)])
@pytest.mark.parametrize("moment", ["before the rename", "after the rename"])
def test_a_rotation_that_dies_at_any_file_opens_with_one_of_both_and_ends_when_it_runs_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: Master, new: Master, moment: str
) -> None:
    """Three files, so six replacements at most: it dies in each of them, before and after its rename."""
    origin = tmp_path / "origin"
    filled(origin, old, hours=2)
    rename = Path.rename
    seen = set()
    for fatal in range(7):
        spool, scratch = tmp_path / "spool", tmp_path / "scratch"
        shutil.rmtree(spool, ignore_errors=True)
        shutil.copytree(origin, spool)
        count = 0

        def renaming(self: Path, target: Path) -> Path:
            nonlocal count
            count += 1
            if count == fatal + 1:  # noqa: B023
                if moment == "after the rename":
                    rename(self, target)
                raise Killed
            return rename(self, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", renaming)
            try:
                rotate_keys(spool, old, new)
            except Killed:
                pass
        which = (opens(spool, old, scratch), opens(spool, new, scratch))
        seen.add(which)
        assert any(which), fatal
        for master, fits in zip((old, new), which, strict=True):
            if fits:  # a spooler that is started instead ends it for its own key
                opens(spool, master, scratch)
                assert not opens(scratch, new if master is old else old, tmp_path / "other")
        assert rotate_keys(spool, old, new) == 4
        assert opens(spool, new, scratch)
        assert not opens(spool, old, scratch)
    assert seen == {(True, False), (True, True), (False, True)}, "all phases were met"


_ROTATE = """
import sys; from pathlib import Path
from spooler.store import Master, keyfile, rotate, rotate_keys
def slow(path, records, write=keyfile.write_records):
    write(path, records); print(path.name, flush=True); sys.stdin.readline()
rotate.write_records = slow
rotate_keys(Path(sys.argv[1]), Master(bytes(range(32))), Master(bytes(range(32, 64))))
"""


@pytest.mark.parametrize("files", [1, 5, 6, 10])
def test_a_rotation_killed_with_9_ends_when_it_runs_again(tmp_path: Path, files: int) -> None:
    """The process waits after each file until it is told to go on, and is killed there: 6 files, 12 replacements."""
    spool = tmp_path / "spool"
    filled(spool, OLD, hours=4)
    with subprocess.Popen(
        [sys.executable, "-c", _ROTATE, str(spool)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for n in range(files):
            if n:
                process.stdin.write("\n")
                process.stdin.flush()
            assert process.stdout.readline().endswith(".key\n")
        process.send_signal(signal.SIGKILL)
    assert [opens(spool, master, tmp_path / "copy") for master in (OLD, NEW)] == [files <= 6, files >= 6]
    assert rotate_keys(spool, OLD, NEW) == 6
    assert contents(spool, NEW) == [pack_payload(CONTENT)] * 4


def test_a_passphrase_is_changed_under_the_same_recipe(tmp_path: Path) -> None:
    spool, keys = tmp_path / "spool", tmp_path / "spool" / "keys"
    filled(spool, NO_MASTER)
    (keys / RECIPE).write_bytes(QUICK)
    first, second = (master_from_passphrase(words, keys) for words in ("kata sandi satu", "kata sandi dua"))
    rotate_keys(spool, NO_MASTER, first)
    rotate_keys(spool, first, second)
    assert (keys / RECIPE).read_bytes() == QUICK
    assert opens(spool, master_from_passphrase("kata sandi dua", keys), tmp_path / "copy")
    assert not opens(spool, first, tmp_path / "copy")
    rotate_keys(spool, second, OLD)
    assert not (keys / RECIPE).exists()
    assert opens(spool, OLD, tmp_path / "copy")


def test_a_key_file_is_parsed_or_damaged() -> None:
    assert keyfile.RECORD_BYTES == 68
    record = OLD.wrap("spool.key", bytes(32))
    assert len(record) == keyfile.RECORD_BYTES
    assert OLD.unwrap("spool.key", record) == bytes(32)
    with pytest.raises(StoreError):
        OLD.unwrap("bucket-0.key", record)


def test_without_spool_key_a_wrong_master_key_still_destroys_nothing(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    filled(spool, OLD)
    (spool / "keys" / "spool.key").unlink()
    before = tree(spool)
    for given, sentence in ((NEW, "not the master key"), (NO_MASTER, "none was given")):
        with pytest.raises(StoreError, match=sentence):
            open_with(spool, given)
        assert tree(spool) == before
