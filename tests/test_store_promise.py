"""What shredding promises, tried by a thief: he has the master key and every file that is left, and looks everywhere.

He holds a copy of the database from the time when all was readable, so he knows the sealed payload and its wrapped
key; what he needs is the bucket's key or the job's own. He tries every 32 bytes that lie anywhere in any file as
either, and every place where the master key's id stands as a wrapped key. What he may have beyond that, a copy of the
key files from before the shredding, is where the promise ends: that is shown, too.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from attrs import frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from spooler.model.commands import Shred
from spooler.model.job import Content, Job, JobEvent
from spooler.store import Master, Retention, StoreError, keyfile, open_store, pack_payload
from spooler.store.master import NO_MASTER
from store_contract import HOUR, STEP_MAX, Bench, facts, place

MASTER = Master(bytes(range(32)))
RUNS = re.compile(rb"(.)\1{63,}", re.S)
#: Distinct bytes that any key has, but for one in more than 10**9: most of a database's pages have fewer.
DISTINCT = 16


def open_with(directory: Path, master: Master) -> Bench:
    at_once = Retention(0, 0)
    return Bench(
        open_store(directory, node="test", place=place, retention=at_once, clock_step_max_ms=STEP_MAX, master=master)
    )


@frozen
class Loot:
    """What the thief knows of one payload from an old copy of the database."""

    job: bytes
    sealed: bytes
    wrapped: bytes
    bucket: int


def loot(spool: Path, job: Job) -> Loot:
    db = apsw.Connection(str(spool / "spool.db"), flags=apsw.SQLITE_OPEN_READONLY)
    query = "SELECT p.sealed, j.wrapped, j.bucket FROM jobs j JOIN payloads p ON p.id = j.payload WHERE j.id = ?"
    (row,) = db.execute(query, (job.id,)).fetchall()
    db.close()
    return Loot(job.id.encode(), *row)


def windows(data: bytes) -> Iterator[bytes]:
    """Every 32 bytes that could be a key. What lies wholly in a run of one byte, as most of the reserve, could not."""
    begin = 0
    for run in (*RUNS.finditer(data), None):
        end = len(data) if run is None else run.start() + 31
        for start in range(begin, min(end, len(data)) - 31):
            window = data[start : start + 32]
            if len(set(window)) >= DISTINCT:
                yield window
        begin = 0 if run is None else run.end() - 31


def candidates(folders: list[Path], master: Master, bucket: int) -> Iterator[bytes]:
    """Every key that the files below these folders could hold."""
    seen: set[bytes] = set()
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        start = data.find(master.id) if master != NO_MASTER else -1
        while start >= 0:
            record = data[start : start + keyfile.RECORD_BYTES]
            start = data.find(master.id, start + 1)
            if len(record) == keyfile.RECORD_BYTES:
                try:
                    yield master.unwrap(f"bucket-{bucket}.key", record)
                except StoreError:
                    pass
        for window in windows(data):
            if window not in seen:
                seen.add(window)
                yield window


def fits(key: bytes, text: bytes, job: bytes) -> bytes | None:
    try:
        return AESGCM(key).decrypt(text[:12], text[12:], job)
    except InvalidTag:
        return None


def steals(folders: list[Path], master: Master, target: Loot) -> bytes | None:
    """The payload, if anything in these folders opens it."""
    for key in candidates(folders, master, target.bucket):
        job_key = fits(key, target.wrapped, target.job) or key
        if (payload := fits(job_key, target.sealed, target.job)) is not None:
            return payload
    return None


@pytest.mark.parametrize("master", [MASTER, NO_MASTER], ids=["master key", "no master key"])
def test_no_shredded_payload_opens_with_every_file_that_is_left(tmp_path: Path, master: Master) -> None:
    spool, bare, whole = tmp_path / "spool", tmp_path / "without-keys", tmp_path / "with-keys"
    payload = pack_payload(Content({"nama": "SITI CONTOH RAHAYU", "nik": "2171115001900001"}))
    bench = open_with(spool, master)
    gone = bench.submit("gone", payload=payload)
    lives = bench.submit("lives", payload=payload)
    target, other = loot(spool, gone), loot(spool, lives)
    shutil.copytree(spool, whole)  # a backup of everything, taken in time
    shutil.copytree(spool, bare, ignore=shutil.ignore_patterns("keys"))

    assert steals([spool], master, target) == payload, "the thief knows his trade"
    assert steals([bare], master, target) is None, "a backup without keys opens nothing at any time"
    bench.change(gone, JobEvent.CANCELED)
    assert [event for event, _ in facts(bench.apply(Shred()))] == ["shredded"]
    assert steals([spool, bare], master, target) == payload, "deleted, and its bucket not yet destroyed: `deleted`"
    bench.wall += 2 * HOUR
    assert [event for event, _ in facts(bench.apply(Shred()))] == ["bucket-destroyed"]

    left = [spool, bare]  # database, log, free pages, key files, and the copies of the database from before
    assert {path.name for path in spool.iterdir()} >= {"spool.db", "spool.db-wal", "keys"}
    assert steals(left, master, target) is None
    bench.store.close()
    assert steals(left, master, target) is None, "nor when the log was written back"
    bench = open_with(spool, master)
    assert bench.read.content(lives.id) is not None
    again = loot(spool, lives)
    assert again.wrapped != other.wrapped
    assert steals([spool], master, again) == payload, "what lives can be read by who has it all"
    bench.store.close()

    # where the promise ends: key files that were copied before, with the master key
    assert steals([whole], master, target) == payload
    if master != NO_MASTER:
        assert steals([whole], NO_MASTER, target) is None, "and without the master key not even they"
