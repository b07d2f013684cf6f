"""What clients watch: ledger entries (all of them, in order) and printer state (the latest only).

Nobody is waited for. An entry watcher keeps its own position and reads on from there, out of a bounded tail in memory
or, when it has fallen behind, out of the store; a state watcher is told that something changed and looks.
"""

from collections import deque
from collections.abc import Sequence

import trio

from spooler.model.printer import PrinterStatus
from spooler.store.contract import Entry

from .reads import Reads


class Feed:
    """Ledger entries as they are committed."""

    def __init__(self, reads: Reads, position: int, tail: int) -> None:
        """`tail`: entries kept in memory: watchers that keep up never cost a read."""
        self._reads = reads
        self._tail: deque[Entry] = deque(maxlen=tail)
        self._grown = trio.Event()
        self.position = position  # of the last committed entry

    def committed(self, entries: Sequence[Entry]) -> None:
        """A transaction's entries, in order."""
        if not entries:
            return
        self._tail.extend(entries)
        self.position = entries[-1].position
        self._grown.set()
        self._grown = trio.Event()

    async def after(self, position: int, limit: int) -> list[Entry]:
        """At most `limit` entries after `position`; waits until there is one."""
        while position >= self.position:
            await self._grown.wait()
        if self.holds(position):
            first = self._tail[0].position
            start = position + 1 - first
            return [self._tail[i] for i in range(start, min(start + limit, len(self._tail)))]
        return await self._reads.do(lambda reader: reader.entries(position, limit))

    def holds(self, position: int) -> bool:
        """Whether all entries after `position` are in memory."""
        return position >= self.position or bool(self._tail and self._tail[0].position <= position + 1)

    @property
    def kept(self) -> int:
        """Entries in memory."""
        return len(self._tail)

    async def locate(self, cursor: str) -> int | None:
        """The position of a client's cursor; None if it is not of this ledger."""
        return await self._reads.do(lambda reader: reader.position(cursor))

    async def cursor(self, position: int) -> str:
        """The cursor for a position."""
        return await self._reads.do(lambda reader: reader.cursor(position))


class Board:
    """The printers' state, latest only."""

    def __init__(self) -> None:
        self._printers: dict[str, PrinterStatus] = {}
        self._changed = trio.Event()
        self.revision = 0

    def put(self, status: PrinterStatus) -> None:
        """Note a printer's state; watchers wake only where it differs."""
        if self._printers.get(status.name) == status:
            return
        self._printers[status.name] = status
        self.touch()

    def touch(self) -> None:
        """Something that watchers are shown beside the printers has changed: the sites' queues."""
        self.revision += 1
        self._changed.set()
        self._changed = trio.Event()

    def printers(self) -> list[PrinterStatus]:
        """All printers, by name."""
        return [self._printers[name] for name in sorted(self._printers)]

    async def changed(self, revision: int) -> int:
        """Wait until the board is newer than `revision`; returns the new one."""
        while self.revision <= revision:
            await self._changed.wait()
        return self.revision
