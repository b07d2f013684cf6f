"""A backup becomes a spool again: checked first, put in place whole or not at all, and marked as restored.

The mark makes the first opening begin the restored state (restored.py): nothing prints before a supervisor says so.
"""

import fcntl
import os
from contextlib import closing
from pathlib import Path

import apsw

from .backup import KEYS, copy_files, whole
from .contract import StoreError, StoreLockedError
from .errors import disk_errors
from .identity import RESTORED
from .manifest import DATABASE, FOLDERS


def restore(backup: Path, to: Path, keys: Path | None) -> None:
    """Make the spool `to` from a backup that was found good.

    Raises StoreError for a place that holds anything, StoreLockedError for a spool that is open.
    """
    with disk_errors():
        _refuse(to)
        with whole(to) as folder:
            copy_files(backup, folder, only=DATABASE)
            for name in FOLDERS:
                if (backup / name).is_dir():
                    (folder / name).mkdir(mode=0o700)
                    copy_files(backup / name, folder / name)
            (folder / KEYS).mkdir(mode=0o700)
            if keys is not None:
                copy_files(keys, folder / KEYS)
            with closing(apsw.Connection(str(folder / DATABASE))) as db:
                db.execute("UPDATE identity SET machine = ?", (RESTORED,))


def _refuse(to: Path) -> None:
    if not to.exists():
        return
    try:
        fd = os.open(to / "lock", os.O_RDWR | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        pass
    else:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreLockedError(f"The spool {to} is open in another process: stop that one first.") from None
        finally:
            os.close(fd)
    if not to.is_dir() or any(to.iterdir()):
        raise StoreError(
            f"{to} is not empty: a restore goes to a new directory, and the old spool stays for comparison."
        )
