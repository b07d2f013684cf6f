"""Where a ledger can be read from without a spooler: a spool's directory, or files of records. Nothing is written.

A spool's directory may be in use: each batch is one read transaction of its own, so the writer is not held up, its log
is not kept from being copied back, and what is closed meanwhile is found in its segment's file. Memory holds one batch.
A source raises LedgerFault where what should be there is not, and OSError or StoreError where it cannot be read.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

import apsw

from .checkpoint import Signed, read_signing_key
from .contract import StoreError
from .errors import disk_errors
from .ledger import ZERO_HASH, find_cursor
from .ledger_file import SUFFIX, BrokenFileError, KeyRecord, Record, Start, read_records
from .rows import fetch
from .schema import APPLICATION, FORMAT, connect
from .segments import FOLDER, ClosedSegments, Segment, besides, segment_after
from .signing import read_keys
from .walk import LedgerFault

BATCH: Final = 2000  # entries
Row = tuple[int, bytes, bytes]  # position, body, hash


class Source(Protocol):
    """Records in the order of ledger_file.py, a header first."""

    def records(self) -> Iterator[Record]:
        """From the beginning."""
        ...

    def names_chain(self, position: int, chain: str) -> bool:
        """Whether what is known beside the entries, if anything, has this chain begin at this position."""
        ...


class FileSource:
    """A ledger file, or a folder of them in order."""

    def __init__(self, path: Path) -> None:
        self.files = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]

    def records(self) -> Iterator[Record]:
        """From the first file's header on. Raises LedgerFault where a file is no ledger or breaks off."""
        for file in self.files:
            try:
                yield from read_records(file)
            except BrokenFileError as error:
                raise LedgerFault(0, str(error)) from error

    def names_chain(self, position: int, chain: str) -> bool:
        """A file has no other word on it than its entries'."""
        return True


class SpoolSource:
    """A spool's directory, read only, also while a spooler has it open."""

    def __init__(self, directory: Path) -> None:
        with disk_errors():
            self._db = _open(directory / "spool.db")
        self._sql = self._db.cursor()
        self._folder = directory / FOLDER
        try:
            with disk_errors():
                if self._db.pragma("application_id") != APPLICATION:
                    raise StoreError("The file spool.db is not a spool's.")
                found = self._db.pragma("user_version")
            if found != FORMAT:
                raise StoreError(
                    f"The spool has format {found} and this program reads format {FORMAT}: "
                    "use the program that last had it open, or open it once with this one."
                )
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._db.close()

    def position(self, cursor: str) -> int | None:
        """Of a cursor (ledger.py); None where it is not of this ledger."""
        with disk_errors():
            return find_cursor(self._sql, cursor, ClosedSegments(self._folder).entries)

    def head(self) -> int:
        """The position of the last entry."""
        with disk_errors():
            return int(fetch(self._sql, "SELECT coalesce(max(position), 0) FROM ledger")[0][0])

    def start(self, after: int) -> Start:
        """A header for what follows a position. Raises LedgerFault where there is no such entry."""
        if after == 0:
            return Start(0, ZERO_HASH)
        with disk_errors():
            rows = fetch(self._sql, "SELECT hash FROM ledger WHERE position = ?", (after,))
            older = [] if rows else ClosedSegments(self._folder).entries(self._sql, after - 1, 1)
        if not rows and not older:
            raise LedgerFault(after, "the entry is missing")
        return Start(after, rows[0][0] if rows else older[0].hash)

    def records(self) -> Iterator[Record]:
        """From the beginning; at the end once more the keys that the database has, which must be those of the files."""
        yield self.start(0)
        last = 0
        for record in self.records_after(0):
            if isinstance(record, KeyRecord):
                last = _number(record) or last
            yield record
        with disk_errors():
            keys = [key for _, key in read_keys(self._sql, 0, last)]
        yield from keys

    def records_after(self, after: int, key: int = 0, checkpoint: int = -1) -> Iterator[Record]:
        """What follows a position, as far as it is committed when it is reached, without a header.

        `key`: number of the last signing key that is known already, `checkpoint`: position of the last checkpoint.
        """
        while True:
            segment, rows, beside = self._batch(after, key)
            position = after
            for record in _stored(after, rows, beside) if segment is None else self._closed(segment, after):
                if isinstance(record, tuple):
                    position += 1
                elif isinstance(record, Signed):
                    if position <= checkpoint:
                        continue
                    checkpoint = position
                elif isinstance(record, KeyRecord):
                    number = _number(record)
                    if number is not None and number <= key:
                        continue
                    key = number or key
                yield record
            if position == after:
                return
            after = position

    def names_chain(self, position: int, chain: str) -> bool:
        """Whether the table by which cursors are found has this chain begin at this position."""
        with disk_errors():
            return fetch(self._sql, "SELECT name FROM chains WHERE first = ?", (position,)) == [(chain,)]

    def _batch(self, after: int, key: int) -> tuple[Segment | None, list[Row], dict[int, list[Signed | KeyRecord]]]:
        """The closed segment that holds the next entry; or the next rows, and what stands beside them."""
        with disk_errors():
            self._sql.execute("BEGIN")
            try:
                segment = segment_after(self._sql, after)
                if segment is not None:
                    return segment, [], {}
                rows: list[Row] = fetch(
                    self._sql,
                    "SELECT position, body, hash FROM ledger WHERE position > ? ORDER BY position LIMIT ?",
                    (after, BATCH),
                )
                # what stands behind the last one is of the next batch: it may come with the entry after it
                return None, rows, besides(self._sql, after, rows[-1][0] - 1 if rows else 1 << 62, key)
            finally:
                self._sql.execute("COMMIT")

    def _closed(self, segment: Segment, after: int) -> Iterator[Record]:
        """A segment's records after a position. Raises LedgerFault where the file is not what it should be."""
        position, digest = segment.first - 1, b""
        try:
            for record in read_records(self._folder / segment.file):
                if isinstance(record, tuple):
                    position, digest = position + 1, record[1]
                    if position > after:
                        yield record
                elif not isinstance(record, Start) and (position >= after or isinstance(record, KeyRecord)):
                    yield record
        except FileNotFoundError:
            raise LedgerFault(
                segment.first, f"the file {FOLDER}/{segment.file} with the entries up to {segment.last} is missing"
            ) from None
        except BrokenFileError as error:
            raise LedgerFault(position + 1, str(error)) from error
        if (position, digest) != (segment.last, segment.hash):
            raise LedgerFault(position, f"the file {FOLDER}/{segment.file} is not the segment that the database names")


def _stored(after: int, rows: list[Row], beside: dict[int, list[Signed | KeyRecord]]) -> Iterator[Record]:
    """Rows of the database and what stands beside them. Raises LedgerFault for one that is missing."""
    yield from beside.pop(after, ())
    expected = after
    for position, body, digest in rows:
        expected += 1
        if position != expected:
            raise LedgerFault(expected, "the entry is missing")
        yield body, digest
        if beside:
            yield from beside.pop(position, ())
    for left in beside.values():  # of entries that are not there
        yield from left


def _number(record: KeyRecord) -> int | None:
    """The key's number; None for a forged record, which the walk will name."""
    try:
        return read_signing_key(record.statement).number
    except ValueError:
        return None


def _open(database: Path) -> apsw.Connection:
    """Read only. On a medium that cannot be written SQLite must be told so: nobody else can write there either."""
    try:
        db = connect(str(database), readonly=True)
        db.execute("SELECT 1 FROM sqlite_schema").fetchall()
    except apsw.CantOpenError:
        if not database.exists() or os.access(database.parent, os.W_OK):
            raise
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        return apsw.Connection(f"{database.resolve().as_uri()}?immutable=1", flags=flags)
    return db
