"""Is a backup good? Everything is read: hashes, the database's own check, the ledger from its first entry to its head.

The word of a check goes as far as the manifest: who can write both can forge both. An outside checkpoint of the
ledger goes further.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

import apsw
import msgpack
from attrs import frozen

from .backup import read_head_of
from .contract import Entry
from .errors import disk_errors
from .ledger import read_entries, verify
from .manifest import DATABASE, NAME, Manifest, digest_of
from .rows import fetch
from .schema import FORMAT
from .segments import FOLDER, ClosedSegments

_FAULTS: Final = 20  # of one kind that are told


@frozen
class Finding:
    """One sentence."""

    good: bool
    sentence: str


class _Copy:
    """What the ledger's walk needs of a reader."""

    def __init__(self, sql: apsw.Cursor, folder: Path) -> None:
        self._sql = sql
        self._closed = ClosedSegments(folder / FOLDER)

    def entries(self, after: int, limit: int) -> list[Entry]:
        """In order."""
        return read_entries(self._sql, after, limit, self._closed.entries)


def check_backup(folder: Path, manifest: Manifest, keys: Path | None = None) -> Iterator[Finding]:
    """Sentence by sentence; all of them, whatever is found. `keys`: the keys that were copied apart."""
    with disk_errors():
        files = list(_files(folder, manifest))
        yield from files
        if all(finding.good for finding in files):
            yield from _database(folder / DATABASE, manifest, keys)


def _files(folder: Path, manifest: Manifest) -> Iterator[Finding]:
    wrong = []
    for name, file in manifest.files.items():
        path = folder / name
        if not path.is_file():
            wrong.append(f"{name} is missing.")
        elif digest_of(path) != file:
            wrong.append(f"{name} is not the file that was copied: it was changed, or the disk has lost some of it.")
    there = {os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names}
    wrong += [f"{name} does not belong to the backup." for name in sorted(there - manifest.files.keys() - {NAME})]
    if wrong:
        yield from (Finding(False, sentence) for sentence in wrong[:_FAULTS])
    else:
        size = sum(file.bytes for file in manifest.files.values())
        yield Finding(True, f"{len(manifest.files)} files, {size} bytes, are as they were copied.")


def _database(path: Path, manifest: Manifest, keys: Path | None) -> Iterator[Finding]:
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    with closing(apsw.Connection(f"file:{quote(str(path.resolve()))}?immutable=1", flags=flags)) as db:
        sql = db.cursor()
        if (found := db.pragma("user_version")) != manifest.format or found > FORMAT:
            yield Finding(False, f"The database has format {found}: this program knows formats up to {FORMAT}.")
            return
        said = [row[0] for row in fetch(sql, "PRAGMA integrity_check(3)")]
        if said != ["ok"]:
            yield Finding(False, f"The database is damaged: {'; '.join(said)}.")
            return
        yield Finding(True, "The database is sound.")
        yield _ledger(sql, path.parent, manifest)
        yield _counts(sql, manifest)
        if keys is not None:
            yield _keys(sql, keys)


def _ledger(sql: apsw.Cursor, folder: Path, manifest: Manifest) -> Finding:
    try:
        broken = verify(_Copy(sql, folder))  # type: ignore[arg-type]
    except (ValueError, msgpack.UnpackException):
        return Finding(False, "The ledger holds an entry that is none.")
    if broken is not None:
        return Finding(False, f"The ledger does not hold together at entry {broken}.")
    head = read_head_of(sql)
    if head != manifest.head:
        return Finding(False, "The ledger does not end where the manifest says.")
    if head is None:
        return Finding(True, "The ledger is empty.")
    end = f"{head.chain}, {head.n}, {head.hash[:16]}"
    return Finding(True, f"The ledger holds from its first entry to its head ({end}): {head.position} entries.")


def _counts(sql: apsw.Cursor, manifest: Manifest) -> Finding:
    jobs = Counter(dict(fetch(sql, "SELECT state, count(*) FROM jobs INDEXED BY jobs_state GROUP BY state")))
    if jobs != Counter(manifest.jobs):
        return Finding(False, "The jobs are not as many as the manifest says.")
    ((lost,),) = fetch(sql, "SELECT count(*) FROM jobs j LEFT JOIN tickets t ON t.hash = j.ticket WHERE t.job IS NULL")
    if lost:
        return Finding(False, f"{lost} jobs have no ticket.")
    told = ", ".join(f"{n} {state}" for state, n in sorted(jobs.items())) or "none"
    return Finding(True, f"{jobs.total()} jobs: {told}.")


def _keys(sql: apsw.Cursor, keys: Path) -> Finding:
    """Whether the keys that the payloads need are there; not whether they fit, which takes the master key."""
    if not (keys / "spool.key").is_file():
        return Finding(False, f"{keys} has no spool.key: without it no ticket and no authorisation is recognised.")
    needed = {start for (start,) in fetch(sql, "SELECT start FROM buckets WHERE live > 0 AND NOT doomed")}
    stored = {path.name for path in keys.iterdir()}
    missing = sum(f"bucket-{start}.key" not in stored for start in needed)
    if missing:
        return Finding(False, f"Of {len(needed)} hours' keys {missing} are missing: their jobs must be submitted anew.")
    return Finding(True, f"The keys of all {len(needed)} hours with payloads are there.")
