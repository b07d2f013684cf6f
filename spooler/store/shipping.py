"""A copy of the ledger in a second place: a folder on another disk or mount that only ever grows.

The folder holds ledger files of FILE_ENTRIES entries each. Shipping again reads the last file, sees that the spool's
ledger continues it, and appends; a file that broke off within a record is completed, since its next bytes are known.
Nothing there is written over, cut or removed: where the spool's ledger is not the continuation of what is there (an
older backup was restored, the ledger was made anew), that is said and nothing is done. So a copy out of reach of
whoever holds the machine is a witness against him, as a checkpoint is, and with every entry in it.

One process ships to a folder at a time (a lock in it). Each batch is flushed to the disk; the folder, too, when a file
begins. What a network file system makes of a flush was not measured.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import define, field, frozen

from .checkpoint import Signed, read_signing_key
from .keys import sync_folder
from .ledger import ZERO_HASH
from .ledger_file import SUFFIX, BrokenFileError, KeyRecord, Start, file_name, pack_record, read_records
from .ledger_source import SpoolSource

FILE_ENTRIES: Final = 20_000
_FLUSH: Final = 1 << 20  # bytes


class ShippingError(Exception):
    """The copy and the spool's ledger do not fit: a sentence for a person."""


@frozen
class Shipped:
    """What one round did. Positions of the last entry."""

    was: int
    now: int


@define
class _Copy:
    """The last file of a copy, and what is still to be written to it."""

    path: Path
    after: int  # the file's header
    position: int
    hash: bytes
    checkpoint: int  # position of the last checkpoint
    keys: list[KeyRecord] = field(factory=list)  # all so far, in order
    torn: bytes = b""  # what stands after the last whole record
    pending: bytearray = field(factory=bytearray)


def ship(source: SpoolSource, folder: Path) -> Shipped:
    """Append what is new. Raises ShippingError, OSError, StoreError, and LedgerFault for a ledger with a gap."""
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        copy = _read_copy(folder)
        head = source.head()
        if copy.position > head:
            raise ShippingError(
                f"The copy has entries up to position {copy.position}, the spool only up to {head}: was an older "
                "backup restored? Nothing was written. Keep the copy as it is, and ship to another folder from here on."
            )
        if source.start(copy.position).hash != copy.hash:
            raise ShippingError(
                f"The spool's ledger is not the one that was shipped: position {copy.position} differs. Nothing was "
                "written. Keep the copy as it is: `spooler ledger verify` on both tells where each stands."
            )
        was = copy.position
        return Shipped(was, _append(source, copy))


def export(source: SpoolSource, path: Path, after: int = 0) -> int:
    """Write what follows a position into a new file; the number of entries. Raises FileExistsError, OSError."""
    count = 0
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(fd, "wb") as file:
        file.write(pack_record(source.start(after)))
        for record in source.records_after(after):
            file.write(pack_record(record))
            count += isinstance(record, tuple)
        file.flush()
        os.fsync(fd)
    sync_folder(path.absolute().parent)
    return count


def _append(source: SpoolSource, copy: _Copy) -> int:
    """Write from where the copy stands; the last position."""
    number = read_signing_key(copy.keys[-1].statement).number if copy.keys else 0
    for record in source.records_after(copy.position, number, copy.checkpoint):
        if isinstance(record, tuple):
            if copy.position - copy.after >= FILE_ENTRIES:
                _flush(copy)
                copy = _begin(copy.path.parent, copy)
            copy.position, copy.hash = copy.position + 1, record[1]
        elif isinstance(record, KeyRecord):
            copy.keys.append(record)
        elif isinstance(record, Signed):
            copy.checkpoint = copy.position
        copy.pending += pack_record(record)
        if len(copy.pending) >= _FLUSH:
            _flush(copy)
    _flush(copy)
    return copy.position


def _begin(folder: Path, before: _Copy | None, torn: bytes = b"") -> _Copy:
    """The next file: its header and the keys so far."""
    after, digest = (0, ZERO_HASH) if before is None else (before.position, before.hash)
    copy = _Copy(folder / file_name(after), after, after, digest, after, torn=torn)
    if before is not None:
        copy.keys = before.keys
    copy.pending += pack_record(Start(after, digest)) + b"".join(map(pack_record, copy.keys))
    return copy


def _flush(copy: _Copy) -> None:
    """Append, and wait for the disk."""
    if not copy.pending.startswith(copy.torn):
        raise ShippingError(
            f"The copy's last file {copy.path.name} ends within a record, and not as the ledger goes on: its disk has "
            "lost something. Nothing was written. Keep it as it is, and ship to another folder from here on."
        )
    new = not copy.path.exists()
    fd = os.open(copy.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with open(fd, "ab") as file:
        file.write(copy.pending[len(copy.torn) :])
        file.flush()
        os.fsync(fd)
    if new:
        sync_folder(copy.path.parent)
    copy.pending.clear()
    copy.torn = b""


def _read_copy(folder: Path) -> _Copy:
    """Where the copy stands, by its last file, or by the two last where that one broke off in its header."""
    files = sorted(folder.glob(f"*{SUFFIX}"))
    copy = None
    for path in files[-2:]:
        before, size = copy, path.stat().st_size
        copy, whole = _read_file(path)
        if copy is None:
            copy = _begin(folder, before, path.read_bytes())
            if copy.path != path or path != files[-1]:
                raise ShippingError(f"The copy's file {path.name} is no ledger file: nothing was written.")
        elif whole < size:
            with path.open("rb") as file:
                file.seek(whole)
                copy.torn = file.read()
    return copy or _begin(folder, None)


def _read_file(path: Path) -> tuple[_Copy | None, int]:
    """What its whole records say (None where not even the header is whole), and how many bytes those have."""
    copy = None
    try:
        for record in read_records(path):
            if isinstance(record, Start):
                # the checkpoint of the entry before stands in the file before: a file begins with an entry
                copy = _Copy(path, record.after, record.after, record.hash, record.after)
            elif copy is not None and isinstance(record, tuple):
                copy.position, copy.hash = copy.position + 1, record[1]
            elif copy is not None and isinstance(record, KeyRecord):
                copy.keys.append(record)
            elif copy is not None:
                copy.checkpoint = copy.position
    except BrokenFileError as error:
        return copy, error.whole
    return copy, path.stat().st_size


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Only one process ships to a folder."""
    fd = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ShippingError(f"Another process ships to {folder}: wait for it, or stop it.") from None
    finally:
        os.close(fd)
