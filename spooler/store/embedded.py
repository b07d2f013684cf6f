"""The embedded store: one directory, one SQLite database in it, one writer.

    <directory>/lock       held by the process that has the store open
    <directory>/spool.db   with its -wal and -shm
    <directory>/keys/      see keys.py

One `apply` is one transaction and one fsync of the log (journal_mode=WAL, synchronous=FULL); a list that changes
nothing commits nothing. After a failed commit the transaction was rolled back and its frames are written over by the
next one.
"""

import fcntl
import os
import stat
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

import apsw

from spooler.model import clock
from spooler.model.commands import Command, Shred, Submit, SuspectClock
from spooler.model.ids import JobId, decode_id

from . import clockwork, corrections, lifecycle, people, reprints
from .contract import Applied, Entry, Outcome, PlaceRule, StoreError, StoreLockedError
from .errors import disk_errors
from .hashes import Hashes
from .keys import KeyRing, sync_folder
from .ledger import Draft, read_head
from .reader import EmbeddedReader
from .rows import fetch
from .schema import connect, ensure
from .shred import shred
from .submit import submit
from .transaction import Handler, Means, Retention, Spool, Transaction

CLOCK_STEP_MAX_MS: Final = 300_000
_OURS: Final = frozenset({"lock", "spool.db", "spool.db-wal", "spool.db-shm", "keys"})


def open_store(
    directory: Path,
    *,
    node: str,
    place: PlaceRule,
    retention: Retention,
    clock_step_max_ms: int = CLOCK_STEP_MAX_MS,
) -> "EmbeddedStore":
    """Open the store in `directory`, which is made if need be, as its only writer; a new chain of the ledger begins.

    `node`: this machine's name, for the chain. Raises StoreLockedError where another process has it open, StoreError
    for a newer format, a missing or exposed key, somebody else's directory, or a disk that refuses.
    """
    with disk_errors():
        _prepare(directory)
        lock = _lock(directory / "lock")
        try:
            return EmbeddedStore(directory, lock, node, place, retention, clock_step_max_ms)
        except BaseException:
            os.close(lock)
            raise


class EmbeddedStore:
    """Store of contract.py; made by `open_store`."""

    def __init__(
        self, directory: Path, lock: int, node: str, place: PlaceRule, retention: Retention, clock_step_max_ms: int
    ) -> None:
        self._directory = directory
        self._lock = lock
        self._step_max_ms = clock_step_max_ms
        self._readers: list[EmbeddedReader] = []
        self._db = connect(str(directory / "spool.db"))
        try:
            ensure(self._db)
            sql = self._db.cursor()
            keys = KeyRing(directory / "keys")
            self._tidy(sql, keys)
            row = fetch(sql, "UPDATE spool SET epoch = epoch + 1 RETURNING *")[0]
            _, epoch, last_ms, wall_ms, suspect, last_id, last_payload = row
            self.chain = f"{node}-{epoch}"
            self._spool = Spool(last_ms, wall_ms, bool(suspect), decode_id(JobId(last_id)), last_payload)
            self._head = read_head(sql, self.chain)
            self._spool_key = keys.spool_key(create=self._head.position == 0)
            self._means = Means(sql, keys, Hashes(self._spool_key), place, retention)
            sync_folder(directory)
        except BaseException:
            self._db.close()
            raise

    @property
    def last_ms(self) -> int:
        """Spool time of the last commit."""
        return self._spool.last_ms

    @property
    def clock_suspect(self) -> bool:
        """Whether shredding waits for an officer's word on the clock."""
        return self._spool.clock_suspect

    def apply(self, wall_ms: int, commands: Sequence[Command]) -> Applied:
        """Apply in order, in one transaction, durable on return. A command that is refused changes nothing.

        Raises StoreError where the disk refuses, ValueError for a command that is a programming error: then nothing
        of the list was committed.
        """
        now = clock.spool_time(wall_ms, self._spool.last_ms)
        tx = Transaction(self._means, self._spool, self._head, now, wall_ms)
        with disk_errors():
            try:
                tx.sql.execute("BEGIN IMMEDIATE")
                self._watch_clock(tx)
                outcomes = _dispatch(tx, commands)
                if tx.wrote:
                    head = tx.write()
                    tx.sql.execute("COMMIT")
                    self._spool, self._head = tx.spool, head
            finally:
                if self._db.in_transaction:
                    tx.sql.execute("ROLLBACK")
        entries = tuple(tx.draft.entries)
        if tx.doomed or any(isinstance(command, Shred) for command in commands):
            entries += self._destroy_keys()
        return Applied(now, tuple(outcomes), entries)

    def reader(self) -> EmbeddedReader:
        """A reader of its own connection, for use from one other thread at a time; closed with the store."""
        reader = EmbeddedReader(self._directory / "spool.db", self._means.keys, self._spool_key)
        self._readers.append(reader)
        return reader

    def close(self) -> None:
        """Close the readers and the database, and let the directory go. Again does no harm."""
        for reader in self._readers:
            reader.close()
        self._readers.clear()
        self._db.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _watch_clock(self, tx: Transaction) -> None:
        # Only backwards: how far the clock may go on between two lists the store cannot know.
        expected = max(tx.wall, tx.spool.wall_ms)
        if not tx.spool.clock_suspect and clock.clock_suspect(tx.wall, expected, self._step_max_ms):
            clockwork.suspect(tx, SuspectClock(tx.wall - expected))

    def _destroy_keys(self) -> tuple[Entry, ...]:
        """Destroy the files of doomed buckets and say so in the ledger: after the commit that emptied them.

        A disk that refuses here takes nothing back: the buckets stay doomed, and the next Shred or opening goes on.
        """
        sql, now = self._means.sql, self._spool.last_ms
        try:
            with disk_errors():
                doomed = [start for (start,) in fetch(sql, "SELECT start FROM buckets WHERE doomed")]
                if not doomed:
                    return ()
                draft = Draft(self._head, now)
                for start in doomed:
                    self._means.keys.destroy(start)
                    draft.add("bucket-destroyed", {"bucket": start})
                try:
                    sql.execute("BEGIN IMMEDIATE")
                    sql.execute("DELETE FROM buckets WHERE doomed")
                    head = draft.write(sql)
                    sql.execute("COMMIT")
                    self._head = head
                finally:
                    if self._db.in_transaction:
                        sql.execute("ROLLBACK")
        except StoreError:
            return ()
        return tuple(draft.entries)

    @staticmethod
    def _tidy(sql: apsw.Cursor, keys: KeyRing) -> None:
        """What a crash left: keys that nothing committed uses, and keys that were to be destroyed."""
        keys.sweep()
        needed = {start for (start,) in fetch(sql, "SELECT start FROM buckets WHERE NOT doomed")}
        for start in keys.stored_buckets() - needed:
            keys.destroy(start)


def _dispatch(tx: Transaction, commands: Sequence[Command]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for kind, run in groupby(commands, type):
        if kind is Submit:
            outcomes += submit(tx, [c for c in run if isinstance(c, Submit)])
        else:
            outcomes += [HANDLERS[kind](tx, command) for command in run]
    return outcomes


#: What carries out each command but Submit; each module of the store brings its own.
HANDLERS: Final[dict[type[Command], Handler]] = {
    **lifecycle.HANDLERS,
    **clockwork.HANDLERS,
    **people.HANDLERS,
    **reprints.HANDLERS,
    **corrections.HANDLERS,
    Shred: shred,
}


def _prepare(directory: Path) -> None:
    """The directory, its keys and an empty database, open to nobody else."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if directory.stat().st_uid != os.geteuid():
        raise StoreError(f"The spool's directory {directory} belongs to another user: run as its owner.")
    if strangers := {p.name for p in directory.iterdir()} - _OURS:
        raise StoreError(
            f"The directory {directory} holds {len(strangers)} files that are not a spool's: name an empty one."
        )
    keys = directory / "keys"
    keys.mkdir(mode=0o700, exist_ok=True)
    for folder in (directory, keys):
        if stat.S_IMODE(folder.stat().st_mode) != 0o700:
            folder.chmod(0o700)
    # SQLite gives its -wal and -shm the mode of the database.
    os.close(os.open(directory / "spool.db", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    (directory / "spool.db").chmod(0o600)
    sync_folder(directory.parent)


def _lock(path: Path) -> int:
    """The lock's descriptor. The system lets it go with the process, however that ends."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise StoreLockedError(
            f"The spool {path.parent} is open in another process: stop that one first, or name another directory."
        ) from None
    return fd
