"""Key files: the only place where keys lie, and outside the database on purpose.

`spool.key` keys the hashes for the spool's whole life. `bucket-<number>.key` wraps the job keys of one hour and one
retention class (retention.py); when the bucket ends the file is overwritten and removed, and every copy of the
database that anybody kept stays shut. `signing-<number>.key` is the Ed25519 seed that signs checkpoints, the greatest
number the one in use. A file is 0600, ours, and on the disk before anything that needs it is committed. A master key,
where there is one, wraps them all (master.py, keyfile.py).

The folder must not be backed up together with the database, and least of all without a master key: a copy of a bucket
key that was taken in time opens that hour for ever.
"""

import os
from pathlib import Path
from threading import Lock
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .contract import StoreError
from .keyfile import (
    CLEAR_ID,
    ID_BYTES,
    KEY_BYTES,
    KeyGoneError,
    destroy_file,
    read_records,
    sweep_new,
    sync_folder,
    write_file,
    write_records,
)
from .master import NO_MASTER, RECIPE, Master

__all__ = ["KeyGoneError", "KeyRing", "sync_folder"]

SPOOL_KEY: Final = "spool.key"
_CACHED: Final = 64  # opened bucket keys


class KeyRing:
    """The folder `keys/`, shared by the writer and its readers."""

    def __init__(self, folder: Path, master: Master = NO_MASTER) -> None:
        self._folder = folder
        self._master = master
        self._buckets: dict[int, AESGCM] = {}
        self._lock = Lock()

    def check(self) -> None:
        """Whether this master key opens what is there. Changes nothing. Raises StoreError with what to do."""
        for path in key_files(self._folder):
            records = read_records(path) if path.name == SPOOL_KEY else _records_if_whole(path)
            ids = {record[:ID_BYTES] for record in records}
            if records and self._master.id not in ids:
                raise StoreError(_wrong_master(path.name, self._master, ids))
            if path.name == SPOOL_KEY:
                self._read(SPOOL_KEY)

    def settle(self) -> None:
        """A rotation that did not end is ended: what opens the keys now is all that opens them. `check` comes first."""
        for path in key_files(self._folder):
            records = _records_if_whole(path)
            if len(records) > 1:
                write_records(path, [record for record in records if record[:ID_BYTES] == self._master.id])

    def spool_key(self, *, create: bool) -> bytes:
        """The key of the hashes. Without `create` a missing file raises StoreError: old tickets could not be known."""
        if create and not (self._folder / SPOOL_KEY).exists():
            if self._master.recipe is not None:
                write_file(self._folder / RECIPE, self._master.recipe)
            self._write(SPOOL_KEY)
        try:
            return self._read(SPOOL_KEY)
        except KeyGoneError:
            raise StoreError(
                "The spool's key file keys/spool.key is missing: put it back from where it was moved; "
                "without it no ticket and no authorisation of this spool can be recognised."
            ) from None

    def bucket(self, number: int) -> AESGCM:
        """The key of a bucket. Raises KeyGoneError."""
        with self._lock:
            key = self._buckets.get(number)
            if key is None:
                key = self._keep(number, AESGCM(self._read(_name(number))))
            return key

    def ensure_bucket(self, number: int) -> AESGCM:
        """The same, made and put on the disk if it is new."""
        with self._lock:
            key = self._buckets.get(number)
            if key is None:
                name = _name(number)
                if not (self._folder / name).exists():
                    self._write(name)
                key = self._keep(number, AESGCM(self._read(name)))
            return key

    def destroy(self, number: int) -> None:
        """Overwrite and remove the bucket's key. Doing it again does no harm: a crash may lie between."""
        with self._lock:
            self._buckets.pop(number, None)
            destroy_file(self._folder / _name(number))

    def signing_seed(self, number: int, *, create: bool) -> bytes:
        """The seed of a key that signs checkpoints. Raises KeyGoneError.

        With `create` it is a new one, in place of what a crash may have left of it: nothing was signed with that.
        """
        name = f"signing-{number}.key"
        if create:
            destroy_file(self._folder / name)
            self._write(name)
        return self._read(name)

    def destroy_signing(self, before: int) -> None:
        """Destroy the signing keys with a smaller number."""
        for path in self._folder.glob("signing-*.key"):
            if int(path.stem.removeprefix("signing-")) < before:
                destroy_file(path)

    def stored_buckets(self) -> set[int]:
        """The buckets that have a key file."""
        return {int(p.stem.removeprefix("bucket-")) for p in self._folder.glob("bucket-*.key")}

    def sweep(self) -> None:
        """Destroy what a crash left half written: it never wrapped anything, or stands whole in its own file."""
        sweep_new(self._folder)

    def _read(self, name: str) -> bytes:
        for record in read_records(self._folder / name):
            if record[:ID_BYTES] == self._master.id:
                return self._master.unwrap(name, record)
        raise StoreError(_wrong_master(name, self._master, set()))

    def _write(self, name: str) -> None:
        write_records(self._folder / name, [self._master.wrap(name, os.urandom(KEY_BYTES))])

    def _keep(self, number: int, key: AESGCM) -> AESGCM:
        if len(self._buckets) >= _CACHED:
            self._buckets.clear()
        self._buckets[number] = key
        return key


def key_files(folder: Path) -> list[Path]:
    """All key files, spool.key first."""
    spool = folder / SPOOL_KEY
    others = [*sorted(folder.glob("bucket-*.key")), *sorted(folder.glob("signing-*.key"))]
    return [*([spool] if spool.exists() else []), *others]


def _name(number: int) -> str:
    return f"bucket-{number}.key"


def _records_if_whole(path: Path) -> list[bytes]:
    """A bucket's key that is damaged shuts its own jobs, and is told with them; not the whole spool."""
    try:
        return read_records(path)
    except StoreError:
        return []


def _wrong_master(name: str, master: Master, ids: set[bytes]) -> str:
    if master.id == CLEAR_ID:
        return (
            f"The key file keys/{name} is wrapped by a master key and none was given: "
            "name it in [seal]; nothing was changed."
        )
    if CLEAR_ID in ids:
        return (
            f"The key file keys/{name} is not wrapped by any master key yet: "
            "run `spooler keys rotate --old-none` once; nothing was changed."
        )
    return (
        f"This is not the master key of the spool (keys/{name} is wrapped by another one): give the right one, "
        "or run `spooler keys rotate` if it is to be changed; nothing was changed."
    )
