"""What the disk can do to us, as StoreError. Any other error of SQLite is a fault of this program and stays itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import apsw

from .contract import StoreError
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


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn the disk's errors inside the block into StoreError."""
    try:
        yield
    except _DISK as error:
        raise _sentence(error) from error


def disk_full() -> StoreError:
    """For lack of space, or of what a quota leaves."""
    return StoreError("The spool's disk is full: free some space; nothing of this was stored.", full=True)


def _sentence(error: Exception) -> StoreError:
    if isinstance(error, apsw.FullError) or (isinstance(error, OSError) and error.errno in LACK_OF_SPACE):
        return disk_full()
    return StoreError(
        f"The spool's disk refused ({type(error).__name__}): look at the disk and the system's log; "
        "nothing of this was stored."
    )
