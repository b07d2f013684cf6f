"""What the disk can do to us, as StoreError. Any other error of SQLite is a fault of this program and stays itself.

A failed fsync is of its own kind. The system may have dropped the pages and call them clean, so that the next fsync
succeeds without them: nothing that was not synced before is trusted, and the store is dead (StoreDeadError). A failed
write of SQLite's is not: what it wrote is written again, or rolled back. Nor is a failed read, which loses nothing:
where a key or a payload is read that is an UnreadableError, and a reader's errors never are the store's death.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import apsw

from .contract import StoreDeadError, StoreError
from .reserve import LACK_OF_SPACE

_DISK: Final = (
    OSError,
    apsw.FullError,
    apsw.IOError,
    apsw.CantOpenError,
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.ReadOnlyError,
    apsw.BusyError,
    apsw.NoMemError,
)


_SYNCS: Final = frozenset({apsw.SQLITE_IOERR_FSYNC, apsw.SQLITE_IOERR_DIR_FSYNC})


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn the disk's errors inside the block into StoreError."""
    try:
        yield
    except _DISK as error:
        raise _sentence(error) from error


@contextmanager
def read_errors() -> Iterator[None]:
    """The same for a block that writes nothing."""
    try:
        yield
    except _DISK as error:
        raise StoreError(
            f"The spool's disk could not be read ({type(error).__name__}): look at the disk and the system's log."
        ) from error


def _sync_failed(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno == errno.EIO  # a key's fsync, or a segment's
    return isinstance(error, apsw.IOError) and error.extendedresult in _SYNCS  # type: ignore[attr-defined]


def _sentence(error: Exception) -> StoreError:
    if _sync_failed(error):
        return StoreDeadError(
            f"The spool's disk failed to keep data ({type(error).__name__}): look at the disk and the system's log; "
            "the spool must be opened anew."
        )
    if isinstance(error, apsw.FullError) or (isinstance(error, OSError) and error.errno in LACK_OF_SPACE):
        return disk_full()
    return StoreError(
        f"The spool's disk refused ({type(error).__name__}): look at the disk and the system's log; "
        "nothing of this was stored."
    )


def disk_full() -> StoreError:
    """For lack of space, or of what a quota leaves."""
    return StoreError("The spool's disk is full: free some space; nothing of this was stored.", full=True)
