"""One process at a time: the lock of a spool's directory."""

import fcntl
import os
from pathlib import Path

from .contract import StoreLockedError


def lock(path: Path) -> int:
    """The lock's descriptor. The system lets it go with the process, however that ends. Raises StoreLockedError."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise StoreLockedError(
            f"The spool {path.parent} is open in another process: stop that one first, or name another directory."
        ) from None
    return fd
