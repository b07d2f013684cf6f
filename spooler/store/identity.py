"""Is this the store that it was, where it was? Asked at each opening, before anything is written.

The database holds a random store id and a keyed hash of the machine's id (/etc/machine-id, hashed with a salt of the
store's own, as machine-id(5) asks for); the file `adopted` beside it holds the store id and the epoch of the last
opening. Three things are found out by this: a directory that was copied to another machine, the database of a backup
put in place by hand, and an older database put back under a folder that has seen a later opening. Moving the
directory on its machine changes nothing.

What it cannot see: two machines with one machine-id (cloned images), a machine without any, a whole directory copied
on the same machine, a database put back that was copied since the last opening.
"""

import hashlib
import hmac
import os
from pathlib import Path
from typing import Final

import apsw
from attrs import frozen

from spooler.model.restored import Cause

from .contract import StoreError
from .keys import sync_folder
from .rows import fetch

MACHINE_ID: Final = Path("/etc/machine-id")
#: What stands in place of the machine's hash …
NEW: Final = "new"  # … before the first opening
COPY: Final = "copy"  # … in a backup
RESTORED: Final = "restored"  # … after `spooler restore`
_LONGEST: Final = 4096  # bytes of a machine id's file

_SENTENCES: Final = {
    Cause.COPY: "The database of this spool is a backup that was put in place by hand",
    Cause.OTHER_MACHINE: "This spool belongs to another machine: it was copied here, or the system was installed anew",
    Cause.OLDER_DATABASE: "The database of this spool is older than its directory: a copy was put in its place",
    Cause.OTHER_DATABASE: "The database of this spool is not the one that its directory was opened with last",
}


@frozen
class Identity:
    """Which store, and where."""

    store: str
    salt: bytes
    machine: str
    copied_ms: int | None  # in a backup: when it was made
    epoch: int


def read_machine(path: Path = MACHINE_ID) -> str:
    """This machine's id; empty where it has none."""
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST).decode(errors="replace").strip()
    except OSError:
        return ""


def machine_hash(salt: bytes, machine: str) -> str:
    """What a store keeps of a machine's id."""
    return hmac.digest(salt, machine.encode(), hashlib.sha256).hex()[:32]


def read_identity(sql: apsw.Cursor) -> Identity:
    """As committed."""
    (row,) = fetch(sql, "SELECT i.store, i.salt, i.machine, i.copied_ms, s.epoch FROM identity i, spool s")
    return Identity(*row)


def cause_of(identity: Identity, here: str, mark: tuple[str, int] | None, *, adopt: bool) -> Cause | None:
    """Why the store begins the restored state now; None where all is as it was.

    `here`: the hash of this machine's id; `mark`: what `adopted` holds. Raises StoreError where `adopt` is needed.
    """
    if identity.machine == RESTORED:
        return Cause.BACKUP
    cause = _suspicion(identity, here, mark)
    if cause is None:
        return Cause.ASKED if adopt and identity.machine != NEW else None
    if not adopt:
        raise StoreError(
            f"{_SENTENCES[cause]}. If the other copy prints too, a card is made twice: make sure that it never runs "
            "again, then start this one with `spooler serve --adopt`; its jobs wait until a supervisor has compared "
            "the printers' counters."
        )
    return cause


def _suspicion(identity: Identity, here: str, mark: tuple[str, int] | None) -> Cause | None:
    if identity.machine == COPY:
        return Cause.COPY
    if identity.machine == NEW:
        return None if mark is None or mark[0] == identity.store else Cause.OTHER_DATABASE
    if identity.machine != here:
        return Cause.OTHER_MACHINE
    if mark is None or mark[0] != identity.store:
        return Cause.OTHER_DATABASE
    # one behind: a crash between the commit of an opening and its mark
    return None if mark[1] in (identity.epoch, identity.epoch - 1) else Cause.OLDER_DATABASE


def read_mark(path: Path) -> tuple[str, int] | None:
    """(store, epoch) of an `adopted` file; None where there is none, or it says something else."""
    try:
        words = path.read_text().split()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return (words[0], int(words[1])) if len(words) == 2 and words[1].isdecimal() else None


def write_mark(path: Path, store: str, epoch: int) -> None:
    """Whole or not at all, and durable."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, f"{store} {epoch}\n".encode())
        os.fsync(fd)
    finally:
        os.close(fd)
    new.rename(path)
    sync_folder(path.parent)
