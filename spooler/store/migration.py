"""Before a store is brought up to a newer format, its database is copied beside it: the way back.

The copy is made by VACUUM INTO, so it is consistent whatever the log holds, and it is on the disk before the first
statement of the migration. One such copy is kept: the next migration's takes its place. Shredded payloads in it stay
shut, because the keys of their hours are gone.
"""

import os
from pathlib import Path
from typing import Final

import apsw

from .keys import sync_folder

#: spool.db.format-2.bak, and half of one after a crash
_KEPT: Final = "spool.db.format-*.bak"
_HALF: Final = "spool.db.format-*.new"


def keep_copy(db: apsw.Connection, found: int) -> Path:
    """Copy the database of format `found` to spool.db.format-<found>.bak, and only then drop older copies."""
    folder = Path(db.db_filename("main")).parent
    for half in folder.glob(_HALF):
        half.unlink()
    kept = folder / f"spool.db.format-{found}.bak"
    new = kept.with_suffix(".new")
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    db.execute("VACUUM INTO ?", (str(new),))
    sync_file(new)
    new.rename(kept)
    for other in folder.glob(_KEPT):
        if other != kept:
            other.unlink()
    sync_folder(folder)
    return kept


def is_copy(name: str) -> bool:
    """Whether a file of a spool's directory is such a copy, or half of one."""
    return Path(name).match(_KEPT) or Path(name).match(_HALF)


def sync_file(path: Path) -> None:
    """Put a file that somebody else wrote on the disk."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
