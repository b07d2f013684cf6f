"""Key files: the only place where keys lie, and outside the database on purpose.

`spool.key` keys the hashes for the spool's whole life. `bucket-<start>.key` wraps the job keys of one hour; when the
bucket ends the file is overwritten and removed, and every copy of the database that anybody kept stays shut.
`signing-<number>.key` is the Ed25519 seed that signs checkpoints, the greatest number the one in use. A file is 32
random bytes, 0600, ours, and on the disk before anything that needs it is committed.

Overwriting in place is the most a program can do: a copy-on-write file system or a backup of `keys/` keeps what was
there, so the folder must not be backed up together with the database.
"""

import os
import stat
from pathlib import Path
from threading import Lock
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .contract import StoreError

KEY_BYTES: Final = 32
_CACHED: Final = 64  # opened bucket keys


class KeyGoneError(Exception):
    """The bucket's key file does not exist: destroyed, or lost."""


class KeyRing:
    """The folder `keys/`, shared by the writer and its readers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._buckets: dict[int, AESGCM] = {}
        self._lock = Lock()

    def spool_key(self, *, create: bool) -> bytes:
        """The key of the hashes. Without `create` a missing file raises StoreError: old tickets could not be known."""
        path = self._folder / "spool.key"
        if create and not path.exists():
            _write(path)
        try:
            return _read(path)
        except KeyGoneError:
            raise StoreError(
                "The spool's key file keys/spool.key is missing: put it back from where it was moved; "
                "without it no ticket and no authorisation of this spool can be recognised."
            ) from None

    def bucket(self, start: int) -> AESGCM:
        """The key of the bucket that starts at `start` ms. Raises KeyGoneError."""
        with self._lock:
            key = self._buckets.get(start)
            if key is None:
                key = self._keep(start, AESGCM(_read(self._path(start))))
            return key

    def ensure_bucket(self, start: int) -> AESGCM:
        """The same, made and put on the disk if it is new."""
        with self._lock:
            key = self._buckets.get(start)
            if key is None:
                path = self._path(start)
                if not path.exists():
                    _write(path)
                key = self._keep(start, AESGCM(_read(path)))
            return key

    def destroy(self, start: int) -> None:
        """Overwrite and remove the bucket's key. Doing it again does no harm: a crash may lie between."""
        with self._lock:
            self._buckets.pop(start, None)
            _destroy(self._path(start))

    def signing_seed(self, number: int, *, create: bool) -> bytes:
        """The seed of a key that signs checkpoints. Raises KeyGoneError.

        With `create` it is a new one, in place of what a crash may have left of it: nothing was signed with that.
        """
        path = self._folder / f"signing-{number}.key"
        if create:
            _destroy(path)
            _write(path)
        return _read(path)

    def destroy_signing(self, before: int) -> None:
        """Destroy the signing keys with a smaller number."""
        for path in self._folder.glob("signing-*.key"):
            if int(path.stem.removeprefix("signing-")) < before:
                _destroy(path)

    def stored_buckets(self) -> set[int]:
        """The buckets that have a key file."""
        return {int(p.stem.removeprefix("bucket-")) for p in self._folder.glob("bucket-*.key")}

    def sweep(self) -> None:
        """Remove what a crash left half written: such a key never wrapped anything."""
        for path in self._folder.glob("*.new"):
            path.unlink()

    def _keep(self, start: int, key: AESGCM) -> AESGCM:
        if len(self._buckets) >= _CACHED:
            self._buckets.clear()
        self._buckets[start] = key
        return key

    def _path(self, start: int) -> Path:
        return self._folder / f"bucket-{start}.key"


def sync_folder(folder: Path) -> None:
    """Make the folder's entries durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _destroy(path: Path) -> None:
    """Overwrite and remove a key file, where there is one."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        os.write(fd, os.urandom(KEY_BYTES))
        os.fsync(fd)
    finally:
        os.close(fd)
    path.unlink()
    sync_folder(path.parent)


def _write(path: Path) -> None:
    """A new key, whole or not at all: written beside, synced, renamed, and the folder synced."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, os.urandom(KEY_BYTES))
        os.fsync(fd)
    finally:
        os.close(fd)
    new.rename(path)
    sync_folder(path.parent)


def _read(path: Path) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise KeyGoneError(path.name) from None
    try:
        status = os.fstat(fd)
        if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
            raise StoreError(
                f"The key file keys/{path.name} must belong to the spooler's user and have mode 0600: "
                "correct owner and mode, and find out who could read it."
            )
        key = os.read(fd, KEY_BYTES + 1)
    finally:
        os.close(fd)
    if len(key) != KEY_BYTES:
        raise StoreError(f"The key file keys/{path.name} is damaged: it should hold {KEY_BYTES} bytes.")
    return key
