"""Large payloads in files of their own: `payloads/<number>.seg`, really written before they are used.

SQLite writes a blob twice, to its log and to its pages. A segment is written once, in order, over blocks that the disk
has given already, and is on the disk before the transaction whose rows name it commits: there is one commit point, and
a payload whose row never got there lies in free space. bench/bench_payloads.py has what that is worth: nothing for a
lone job, which waits for the disk twice; much for jobs that arrive together.

    000001.seg     a segment; which parts are free follows from the rows alone (extents.py)
    000002.new     one in the making: removed at the next opening

At most AHEAD empty segments stay; more are removed when the store has time, and then also missing ones are made ready.
What is shredded stays in its segment, sealed, until it is written over: its key is what was destroyed (law 6).

Not measured: disks other than the one here; file systems that copy on write, where writing ahead gains nothing.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import apsw

from .contract import UnreadableError
from .extents import BLOCK, Extent, Extents, blocks
from .keys import sync_folder
from .rows import fetch

MIB: Final = 1 << 20
SEGMENT: Final = 16 * MIB
#: Empty segments that are kept for what comes next.
AHEAD: Final = 2
_VECTOR: Final = 512  # buffers in one write: half of what Linux takes
_PADDING: Final = bytes(BLOCK)


class PayloadFiles:
    """The folder `payloads/` as its writer sees it. Every method but `close` and `read` may raise OSError."""

    def __init__(self, folder: Path, sql: apsw.Cursor) -> None:
        self._folder = folder
        self._extents = Extents()
        self._open: dict[int, int] = {}  # segments written to in this transaction, or last: their descriptors
        self._unsynced: set[int] = set()
        for path in folder.glob("*.new"):
            path.unlink()
        for path in folder.glob("*.seg"):
            self._extents.add(int(path.stem), path.stat().st_size)
        for row in fetch(
            sql,
            "SELECT segment, count(*), sum((length + ?1 - 1) / ?1 * ?1), max(start + (length + ?1 - 1) / ?1 * ?1) "
            "FROM extents GROUP BY segment",
            (BLOCK,),
        ):
            self._extents.found(*row)

    def write(self, texts: Sequence[bytes], *, grow: bool = True) -> list[Extent]:
        """Write them, not yet durable: `sync` before the commit. After an OSError none of them takes space.

        `grow`: a new segment is made where there is no room; otherwise only the first ones that have room are written.
        """
        extents: list[Extent] = []
        try:
            for text in texts:
                extent = self._extents.place(len(text))
                if extent is None and grow:
                    self._make(max(SEGMENT, blocks(len(text))))
                    extent = self._extents.place(len(text))
                if extent is None:
                    break
                extents.append(extent)
            self._write_all(extents, texts)
        except OSError:
            self.free(extents)
            raise
        return extents

    def _write_all(self, extents: Sequence[Extent], texts: Sequence[bytes]) -> None:
        first = 0
        for i in range(1, len(extents) + 1):
            full = i - first == _VECTOR // 2
            if i == len(extents) or full or extents[i].segment != extents[first].segment:
                self._write(extents[first], texts[first:i])
                first = i

    def read(self, extent: Extent) -> bytes:
        """The bytes of an extent, to be moved. Raises UnreadableError."""
        return read(self._folder, extent)

    def sync(self) -> None:
        """Make durable what was written since the last one."""
        for segment in self._unsynced:
            os.fdatasync(self._open[segment])
        self._unsynced.clear()

    def free(self, extents: Iterable[Extent]) -> None:
        """The rows of these are deleted in this transaction."""
        self._extents.free(extents)

    def commit(self) -> None:
        """The transaction is durable."""
        self._extents.commit()
        self._let_go()

    def rollback(self, *, written: bool) -> None:
        """The transaction failed; `written`: it may be on the disk all the same."""
        self._extents.rollback(written=written)
        self._unsynced.clear()
        self._let_go()

    def sparse(self) -> int | None:
        """The segment to empty next, if any."""
        return self._extents.sparse()

    def leave(self, segment: int) -> None:
        """It cannot be emptied until the store is opened anew: part of it cannot be read."""
        self._extents.leave(segment)

    def tend(self, ahead: int) -> None:
        """Between transactions: see that so many empty segments wait, neither more nor, once there are any, fewer."""
        empty = self._extents.empty()
        for segment in empty[ahead:]:
            self._extents.remove(segment)
            self._path(segment).unlink(missing_ok=True)
        if self._extents.names():
            for _ in range(ahead - len(empty)):
                self._make(SEGMENT)

    def close(self) -> None:
        """Let the files go."""
        for fd in self._open.values():
            os.close(fd)
        self._open.clear()

    def _make(self, size: int) -> None:
        """A new segment: written, synced, renamed, and the folder synced; a disk that is full gets its space back."""
        names = self._extents.names()
        segment = names[-1] + 1 if names else 1
        path = self._path(segment)
        new = path.with_suffix(".new")
        fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            zeros = bytes(min(size, MIB))
            for start in range(0, size, len(zeros)):
                write_all(fd, [zeros[: size - start]], start)
            os.fsync(fd)
            new.rename(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        finally:
            os.close(fd)
        sync_folder(self._folder)
        self._extents.add(segment, size)

    def _write(self, first: Extent, texts: Sequence[bytes]) -> None:
        """Texts that lie one behind the other, each filled up to whole blocks."""
        fd = self._open.get(first.segment)
        if fd is None:
            fd = os.open(self._path(first.segment), os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            self._open[first.segment] = fd
        buffers: list[bytes] = []
        for text in texts:
            buffers.append(text)
            if padding := blocks(len(text)) - len(text):
                buffers.append(_PADDING[:padding])
        self._unsynced.add(first.segment)
        write_all(fd, buffers, first.start)

    def _let_go(self) -> None:
        """Keep one file open: the one that is written to most likely."""
        while len(self._open) > 1:
            os.close(self._open.pop(next(iter(self._open))))

    def _path(self, segment: int) -> Path:
        return path_of(self._folder, segment)


def path_of(folder: Path, segment: int) -> Path:
    """The file of a segment."""
    return folder / f"{segment:06}.seg"


def read(folder: Path, extent: Extent) -> bytes:
    """The bytes of an extent: fewer where the file is cut. Raises UnreadableError."""
    path = path_of(folder, extent.segment)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return os.pread(fd, extent.length, extent.start)
        finally:
            os.close(fd)
    except FileNotFoundError:
        raise UnreadableError(
            f"The file payloads/{path.name} is missing: put it back, or cancel the jobs in it and submit them anew."
        ) from None
    except OSError as error:
        raise UnreadableError(
            f"The file payloads/{path.name} cannot be read ({error.strerror}): look at the disk, then release the job, "
            "or cancel it and submit it anew."
        ) from error


def write_all(fd: int, buffers: Sequence[bytes], start: int) -> None:
    """Write the buffers one behind the other. A disk that takes only a part refuses the rest when asked again."""
    total = sum(map(len, buffers))
    written = os.pwritev(fd, buffers, start)
    while written < total:
        written += os.pwrite(fd, b"".join(buffers)[written:], start + written)
