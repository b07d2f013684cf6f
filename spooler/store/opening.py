"""How a directory becomes an open store: made, locked, looked through, opened.

    <directory>/lock       held by the process that has the store open
    <directory>/spool.db   with its -wal and -shm
    <directory>/keys/      see keys.py
    <directory>/ledger/    closed segments, see segments.py
    <directory>/adopted    see identity.py
    <directory>/payloads/  see payload_files.py
    <directory>/reserve    see reserve.py

An opening copies the log back and syncs that before anything else, so that what it found in the log is durable by its
own writing, whatever became of the pages that an earlier life could not sync.
"""

import os
import stat
from functools import partial
from pathlib import Path
from typing import Final

import apsw

from . import segments
from .contract import PlaceRule, StoreError
from .embedded import EmbeddedStore
from .errors import disk_errors
from .identity import read_machine
from .keys import sync_folder
from .locking import lock as take_lock
from .master import NO_MASTER, Master
from .migration import is_copy
from .retention import Retention

CLOCK_STEP_MAX_MS: Final = 300_000
#: the journal: of a spool that was killed while it was made, before its log was
_OURS: Final = frozenset(
    {"lock", "spool.db", "spool.db-wal", "spool.db-shm", "spool.db-journal", "keys", "adopted", "adopted.new",
     segments.FOLDER, "payloads", "reserve", "reserve.new"}
)  # fmt: skip


def open_store(
    directory: Path,
    *,
    node: str,
    place: PlaceRule,
    retention: Retention,
    clock_step_max_ms: int = CLOCK_STEP_MAX_MS,
    master: Master = NO_MASTER,
    machine: str | None = None,
    adopt: bool = False,
    wall_ms: int = 0,
    utc_offset_hours: int = 0,
) -> EmbeddedStore:
    """Open the store in `directory`, which is made if need be, as its only writer; a new chain of the ledger begins.

    `node`: this machine's name, for the chain; `master`: what wraps its key files; `utc_offset_hours`: of the sites'
    clocks, by which the stock book's days end. `machine`: its id, by default the system's; where it is not the store's,
    or a copy was put in place, `adopt` is needed and begins the restored state. `wall_ms`: for its entries.
    Raises StoreLockedError where another process has it open, StoreError for a newer format, a missing or exposed key,
    a wrong master key, a store that is not adopted, somebody else's directory, or a disk that refuses.
    """
    with disk_errors():
        _prepare(directory)
        lock = take_lock(directory / "lock")
        try:
            here = read_machine() if machine is None else machine
            made = partial(
                EmbeddedStore, directory, lock, node, place, retention, clock_step_max_ms, master, here, adopt, wall_ms,
                utc_offset_hours,
            )  # fmt: skip
            try:
                return made()
            except (OSError, apsw.FullError, apsw.IOError):  # for lack of space, perhaps: what is queued must go on
                if not (directory / "reserve").exists():
                    raise
                (directory / "reserve").unlink()
                return made()
        except BaseException:
            os.close(lock)
            raise


def _prepare(directory: Path) -> None:
    """The directory, its keys and an empty database, open to nobody else."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if directory.stat().st_uid != os.geteuid():
        raise StoreError(f"The spool's directory {directory} belongs to another user: run as its owner.")
    if not (directory / "spool.db").exists():  # one that is a spool may hold more: a socket that a kill left, say
        _refuse_strangers(directory)
    for folder in (directory, directory / "keys", directory / "payloads"):
        folder.mkdir(mode=0o700, exist_ok=True)
        if stat.S_IMODE(folder.stat().st_mode) != 0o700:
            folder.chmod(0o700)
    # SQLite gives its -wal and -shm the mode of the database.
    os.close(os.open(directory / "spool.db", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    (directory / "spool.db").chmod(0o600)
    sync_folder(directory.parent)


def _refuse_strangers(directory: Path) -> None:
    """A new spool is not made among other people's files."""
    strangers = sorted(
        path.name for path in directory.iterdir()
        if path.name not in _OURS and not is_copy(path.name) and not path.is_socket()
    )  # fmt: skip
    if strangers:
        named = ", ".join(strangers[:3]) + (" …" if len(strangers) > 3 else "")
        raise StoreError(f"The directory {directory} is no spool and holds other files ({named}): name an empty one.")
