"""One key file: its bytes, and how it is written, replaced and destroyed.

A file holds one 256-bit key. Without a master key these are its 32 bytes and nothing else; with one they are

    "KTPSKEY1", then records of 8 + 12 + 48 bytes: id of the master key, nonce, sealed key

Two records, the old master's and the new one's, stand there only while a rotation is under way (rotate.py). A record
whose id is zero holds the key in clear, for a rotation from or to no master key.

Whatever is replaced or destroyed is overwritten first. That is the most a program can do: a copy-on-write file system,
a flash drive's spare blocks or a backup of the folder keep what was there.
"""

import os
import stat
from pathlib import Path
from typing import Final

from .contract import StoreError, UnreadableError

KEY_BYTES: Final = 32
ID_BYTES: Final = 8
RECORD_BYTES: Final = ID_BYTES + 12 + KEY_BYTES + 16
CLEAR_ID: Final = bytes(ID_BYTES)
_MAGIC: Final = b"KTPSKEY1"
_LONGEST: Final = len(_MAGIC) + 2 * RECORD_BYTES


class KeyGoneError(Exception):
    """The key file does not exist: destroyed, or lost."""


def pack_records(records: list[bytes]) -> bytes:
    """A file's bytes; one record in clear is the key alone."""
    if len(records) == 1 and records[0][:ID_BYTES] == CLEAR_ID:
        return records[0][ID_BYTES + 12 :][:KEY_BYTES]
    return _MAGIC + b"".join(records)


def clear_record(key: bytes) -> bytes:
    """The record that hides nothing."""
    return CLEAR_ID + bytes(12) + key + bytes(16)


def read_records(path: Path) -> list[bytes]:
    """A file's records. Raises KeyGoneError, or StoreError for one that is exposed, damaged or unreadable."""
    try:
        data = _read(path)
    except FileNotFoundError:
        raise KeyGoneError(path.name) from None
    except OSError as error:
        raise UnreadableError(
            f"The key file keys/{path.name} cannot be read ({error.strerror}): look at the disk; without it no job of "
            "this bucket can be opened."
        ) from error
    if len(data) == KEY_BYTES:
        return [clear_record(data)]
    body = data.removeprefix(_MAGIC)
    if len(data) - len(body) != len(_MAGIC) or len(body) not in (RECORD_BYTES, 2 * RECORD_BYTES):
        raise StoreError(
            f"The key file keys/{path.name} is damaged: it should hold {KEY_BYTES} bytes, or {KEY_BYTES} wrapped ones."
        )
    return [body[start : start + RECORD_BYTES] for start in range(0, len(body), RECORD_BYTES)]


def _read(path: Path) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        status = os.fstat(fd)
        if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
            raise StoreError(
                f"The key file keys/{path.name} must belong to the spooler's user and have mode 0600: "
                "correct owner and mode, and find out who could read it."
            )
        return os.read(fd, _LONGEST + 1)
    finally:
        os.close(fd)


def write_records(path: Path, records: list[bytes]) -> None:
    """Make or replace a key file, whole or not at all: written beside, synced, renamed, and the folder synced.

    What stood there before is then overwritten; a crash just before that leaves its blocks to the file system.
    """
    write_file(path, pack_records(records))


def write_file(path: Path, data: bytes) -> None:
    """The same for any small file of the folder."""
    new = path.with_suffix(".new")
    destroy_file(new)
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)
    try:
        old = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        old = -1
    try:
        new.rename(path)
        sync_folder(path.parent)
        if old >= 0:
            _overwrite(old)
    finally:
        if old >= 0:
            os.close(old)


def destroy_file(path: Path) -> None:
    """Overwrite and remove. Doing it again does no harm: a crash may lie between."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        _overwrite(fd)
    finally:
        os.close(fd)
    path.unlink()
    sync_folder(path.parent)


def sweep_new(folder: Path) -> None:
    """Destroy what writes that did not end have left."""
    for path in folder.glob("*.new"):
        destroy_file(path)


def sync_folder(folder: Path) -> None:
    """Make the folder's entries durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _overwrite(fd: int) -> None:
    os.write(fd, os.urandom(os.fstat(fd).st_size))
    os.fsync(fd)
