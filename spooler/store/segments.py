"""Closed segments: the ledger's old part, out of the database and in files of `ledger/` that are never written again.

A segment is SEGMENT_ENTRIES entries, all older than asked and before a signed checkpoint; its file is a ledger file
(ledger_file.py) with the checkpoints among them. Closing goes like this, and a crash anywhere leaves the ledger whole:

1. the file is written under another name, synced, read back, and renamed: by a reader, while the writer goes on;
2. one transaction takes the entries out and names the segment, its last hash and an entry that says so.

A crash before 2 leaves a file that nothing names; the next closing finds it and uses it if it is what it would write.
The newest entries always stay in the database. Nothing is computed from a segment: whoever keeps a balance (the stock
book) keeps it in tables of its own, so closing replays nothing and carries nothing forward.
"""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import apsw
import msgpack
from attrs import frozen

from spooler.model.commands import Command
from spooler.model.ledger_commands import CloseSegment

from .checkpoint import Signed
from .contract import Entry, StoreError
from .keys import sync_folder
from .ledger import ZERO_HASH
from .ledger_file import (
    BrokenFileError,
    EntryRecord,
    KeyRecord,
    Record,
    Start,
    file_name,
    pack_record,
    read_records,
)
from .rows import fetch
from .signing import read_keys
from .transaction import Handler, Transaction

FOLDER: Final = "ledger"
SEGMENT_ENTRIES: Final = 20_000
_TIME: Final = 2  # its place in a body


@frozen
class Segment:
    """A closed segment, as the database names it."""

    first: int
    last: int
    hash: bytes  # of the last entry

    @property
    def file(self) -> str:
        """Its file's name in `ledger/`."""
        return file_name(self.first - 1)


def segment_after(sql: apsw.Cursor, after: int) -> Segment | None:
    """The closed segment that holds the entry after a position; None where it is in the database, or nowhere."""
    rows = fetch(
        sql, "SELECT first, last, hash FROM segments WHERE first <= ? ORDER BY first DESC LIMIT 1", (after + 1,)
    )
    return Segment(*rows[0]) if rows and rows[0][1] > after else None


def besides(sql: apsw.Cursor, first: int, last: int, keys_after: int = 0) -> dict[int, list[Signed | KeyRecord]]:
    """What stands beside the entries of the database from `first` to `last`, by the position it comes behind.

    Keys that began before stand at `first`; `keys_after`: the number of one that is known already.
    """
    found: dict[int, list[Signed | KeyRecord]] = {}
    for position, key in read_keys(sql, keys_after):
        if position <= last:
            found.setdefault(max(position, first), []).append(key)
    for position, *signed in fetch(
        sql, "SELECT position, statement, key, signature FROM checkpoints WHERE position BETWEEN ? AND ?", (first, last)
    ):
        found.setdefault(position, []).append(Signed(*signed))
    return found


class ClosedSegments:
    """Entries of closed segments, for one reader: the segment read last is kept in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._at = Segment(0, 0, b"")
        self._entries: list[EntryRecord] = []

    def entries(self, sql: apsw.Cursor, after: int, limit: int) -> list[Entry]:
        """At most `limit` entries after a position, of one segment; none where no segment holds them.

        Raises StoreError for a file that is missing or broken.
        """
        segment = segment_after(sql, after)
        if segment is None:
            return []
        if segment != self._at:
            self._at, self._entries = segment, self._load(segment)
        start = after + 1 - segment.first
        found = []
        for position, (body, digest) in enumerate(self._entries[start : start + limit], after + 1):
            chain, n = msgpack.unpackb(body)[:2]
            found.append(Entry(position, chain, n, body, digest))
        return found

    def _load(self, segment: Segment) -> list[EntryRecord]:
        try:
            entries = [record for record in read_records(self._folder / segment.file) if isinstance(record, tuple)]
        except (OSError, BrokenFileError) as error:
            raise _unreadable(segment) from error
        if len(entries) != segment.last - segment.first + 1 or entries[-1][1] != segment.hash:
            raise _unreadable(segment)
        return entries


def prepare_segment(sql: apsw.Cursor, folder: Path, before_ms: int, size: int = SEGMENT_ENTRIES) -> CloseSegment | None:
    """Write the next segment's file, if it can be closed: the command that then closes it.

    None while there are not yet `size` entries that are older than `before_ms` (spool time) and lie before a
    checkpoint. Raises OSError, and StoreError where another file has the name.
    """
    (after,) = fetch(sql, "SELECT coalesce(max(last), 0) FROM segments")[0]
    last = after + size
    (signed,) = fetch(sql, "SELECT coalesce(max(position), 0) FROM checkpoints")[0]
    rows = fetch(sql, "SELECT body, hash FROM ledger WHERE position = ?", (last,))
    if signed <= last or not rows or msgpack.unpackb(rows[0][0])[_TIME] >= before_ms:
        return None
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / file_name(after)
    if not path.exists():
        _write(path, _records(sql, after, last))
    _check(path, after, size, rows[0][1])
    return CloseSegment(after + 1, last, rows[0][1], path.stat().st_size)


def close(tx: Transaction, c: CloseSegment) -> bool:
    """Take the entries out. They must be the next ones, stand in the file, and have a checkpoint after them."""
    if tx.spool.clock_suspect:
        return False
    (after,) = tx.row("SELECT coalesce(max(last), 0) FROM segments", ())
    (signed,) = tx.row("SELECT coalesce(max(position), 0) FROM checkpoints", ())
    row = tx.row("SELECT hash FROM ledger WHERE position = ?", (c.last,))
    path = tx.means.ledger / file_name(after)
    if (c.first, row) != (after + 1, (c.hash,)) or signed <= c.last or not _has_size(path, c.size):
        return False
    tx.sql.execute("INSERT INTO segments (first, last, hash) VALUES (?, ?, ?)", (c.first, c.last, c.hash))
    tx.sql.execute("DELETE FROM ledger WHERE position BETWEEN ? AND ?", (c.first, c.last))
    # a checkpoint of the last one stays: it comes before the first entry that is left, for whoever reads on from there
    tx.sql.execute("DELETE FROM checkpoints WHERE position < ?", (c.last,))
    tx.draft.add("segment-closed", {"first": c.first, "last": c.last})
    return True


def sweep(folder: Path) -> None:
    """Remove what a crash left half written."""
    for path in folder.glob("*.new"):
        path.unlink()


def _records(sql: apsw.Cursor, after: int, last: int) -> Iterator[Record]:
    """The segment's file, record by record."""
    (start,) = [digest for (digest,) in fetch(sql, "SELECT hash FROM segments WHERE last = ?", (after,))] or [ZERO_HASH]
    beside = besides(sql, after, last - 1)
    yield Start(after, start)
    yield from beside.get(after, ())
    for position, body, digest in sql.execute(
        "SELECT position, body, hash FROM ledger WHERE position > ? AND position <= ? ORDER BY position", (after, last)
    ):
        yield body, digest
        yield from beside.get(position, ())


def _write(path: Path, records: Iterator[Record]) -> None:
    """Whole or not at all."""
    new = path.with_suffix(".new")
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with open(fd, "wb") as file:
        file.writelines(map(pack_record, records))
        file.flush()
        os.fsync(fd)
    new.rename(path)
    sync_folder(path.parent)


def _check(path: Path, after: int, size: int, last: bytes) -> None:
    """The file is what the segment must be. Raises StoreError."""
    digest, count = ZERO_HASH, -1
    try:
        for record in read_records(path):
            if isinstance(record, tuple):
                digest, count = sha256(digest + record[0]).digest(), count + 1
            elif isinstance(record, Start) and record.after == after:
                digest, count = record.hash, 0
    except BrokenFileError:
        count = -1
    if (count, digest) != (size, last):
        raise StoreError(
            f"The file {FOLDER}/{path.name} is not the ledger's next segment: run `spooler ledger verify` on the "
            "spool. If that finds nothing, move the file elsewhere and keep it; until then the entries stay in the "
            "database."
        )


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _unreadable(segment: Segment) -> StoreError:
    return StoreError(
        f"The ledger's file {FOLDER}/{segment.file} is missing or damaged: put it back from a copy; "
        f"it holds the entries at positions {segment.first} to {segment.last}."
    )


HANDLERS: Final[dict[type[Command], Handler]] = {CloseSegment: close}
