"""Space set aside for the day the disk is full: what is queued goes on, only new jobs are refused.

The file `reserve` holds nothing. When the disk refuses for lack of space it is given up, and from then on new jobs are
refused without trying, so that only verdicts and what leads to them use it; when there is room for it and some more it
is set aside again, and new jobs are taken again. So they are while the database has as much in free pages, which it
never gives back to the disk: a spool that filled its disk with jobs empties inwards. It is twice the log that SQLite
copies back at a time, so that this can always be done; from then on the log is kept short (schema.py).

Limits: somebody else's program on the same disk may take what was given up, and then nothing more can be committed
until there is space: presses wait. A file system that shares blocks between files may not keep what it promised.
"""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

RESERVE: Final = 32 << 20
_SHARE: Final = 8  # of a small disk: an eighth
_PROBE: Final = 1 << 16
#: An interval between two tries: where a quota is the limit, only trying tells.
_AGAIN_MS: Final = 1000
LACK_OF_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class Reserve:
    """The file, and whether it is there."""

    def __init__(self, directory: Path) -> None:
        """Sets it aside if it can. Raises OSError where the disk does not even tell its size."""
        self._directory = directory
        self._path = directory / "reserve"
        disk = os.statvfs(directory)
        self.size = min(RESERVE, disk.f_blocks * disk.f_frsize // _SHARE)
        self._tried_ms = 0
        self.whole = (self._path.exists() or self._has_room()) and self._fill()

    def again(self, wall_ms: int) -> bool:
        """Whether it is set aside again, if there may be room and it was not tried just now."""
        if not self.whole and self._has_room() and not 0 <= wall_ms - self._tried_ms < _AGAIN_MS:
            self._tried_ms = wall_ms
            self.whole = self._fill()
        return self.whole

    def give_up(self) -> bool:
        """Let the space go; whether there was any."""
        there, self.whole = self.whole, False
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            return False
        return there

    def probe(self) -> bool:
        """Whether the disk has no space for a small file: what SQLite calls an I/O error may be a quota's end."""
        path = self._directory / "reserve.new"
        try:
            path.write_bytes(bytes(_PROBE))
        except OSError as error:
            return error.errno in LACK_OF_SPACE
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        return False

    def _has_room(self) -> bool:
        """As far as the file system tells, which says nothing of quotas."""
        try:
            disk = os.statvfs(self._directory)
        except OSError:
            return False
        # a quarter more than it takes, or it would be given up again at once
        return disk.f_bavail * disk.f_frsize >= self.size + self.size // 4

    def _fill(self) -> bool:
        try:
            fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(fd, 0, self.size)
            except BaseException:
                os.ftruncate(fd, 0)
                raise
            finally:
                os.close(fd)
        except OSError:
            return False
        return True
