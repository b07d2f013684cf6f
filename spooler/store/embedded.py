"""The embedded store: one directory, one SQLite database in it, one writer.

    <directory>/lock       held by the process that has the store open
    <directory>/spool.db   with its -wal and -shm
    <directory>/keys/      see keys.py
    <directory>/payloads/  see payload_files.py
    <directory>/reserve    see reserve.py

One `apply` is one transaction and one fsync of the log (journal_mode=WAL, synchronous=FULL); a list that changes
nothing commits nothing. After a failed commit the transaction was rolled back and its frames are written over by the
next one.
"""

import fcntl
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Final

import apsw

from spooler.model import clock
from spooler.model.commands import Command, Shred, Submit, SuspectClock
from spooler.model.ids import JobId, decode_id

from . import clockwork, lifecycle
from .contract import Applied, Entry, Outcome, PlaceRule, StoreError, StoreLockedError
from .errors import disk_errors, disk_full
from .hashes import Hashes
from .keys import KeyRing, sync_folder
from .ledger import Draft, read_head
from .payload_files import AHEAD, PayloadFiles
from .reader import EmbeddedReader
from .reserve import Reserve
from .rows import fetch
from .schema import LOG_PAGES, LOG_PAGES_FULL, connect, ensure
from .shred import shred
from .submit import submit
from .transaction import Handler, Means, Retention, Spool, Transaction

CLOCK_STEP_MAX_MS: Final = 300_000
_OURS: Final = frozenset(
    {"lock", "spool.db", "spool.db-wal", "spool.db-shm", "keys", "payloads", "reserve", "reserve.new"}
)


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
            try:
                return EmbeddedStore(directory, lock, node, place, retention, clock_step_max_ms)
            except (OSError, apsw.FullError, apsw.IOError):  # for lack of space, perhaps: what is queued must go on
                if not (directory / "reserve").exists():
                    raise
                (directory / "reserve").unlink()
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
            self._files = PayloadFiles(directory / "payloads", sql)
            self._means = Means(sql, keys, Hashes(self._spool_key), place, retention, self._files)
            sync_folder(directory)
            self._reserve = Reserve(directory)
            if not self._reserve.whole:
                self._give_up()
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
        of the list was committed. Where space is lacking a list without a Submit goes on out of the reserve.
        """
        if not self._reserve.whole and not self._recovered(wall_ms) and _has_new(commands) and not self._has_free():
            raise disk_full()
        try:
            return self._apply(wall_ms, commands)
        except StoreError as error:
            if not error.full and not (isinstance(error.__cause__, apsw.IOError) and self._reserve.probe()):
                raise
            if not self._give_up() or _has_new(commands):
                raise disk_full() from error
            return self._apply(wall_ms, commands)

    def _apply(self, wall_ms: int, commands: Sequence[Command]) -> Applied:
        now = clock.spool_time(wall_ms, self._spool.last_ms)
        tx = Transaction(self._means, self._spool, self._head, now, wall_ms)
        with disk_errors():
            try:
                tx.sql.execute("BEGIN IMMEDIATE")
                self._watch_clock(tx)
                outcomes = _dispatch(tx, commands)
                if tx.wrote:
                    head = tx.write()
                    self._files.sync()
                    self._commit(tx)
                    self._spool, self._head = tx.spool, head
            finally:
                if self._db.in_transaction:
                    tx.sql.execute("ROLLBACK")
                self._files.rollback(written=False)  # of what was committed nothing is left to do
        entries = tuple(tx.draft.entries)
        if tx.doomed or any(isinstance(command, Shred) for command in commands):
            entries += self._destroy_keys()
            self._tend()
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
        self._files.close()
        self._db.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _commit(self, tx: Transaction) -> None:
        try:
            tx.sql.execute("COMMIT")
        except apsw.FullError:
            raise  # the last page, which makes it count, was not written
        except apsw.Error:
            # rolled back, but the log may have it whole: until it is written over, the next opening may find it
            self._files.rollback(written=True)
            raise
        self._files.commit()

    def _recovered(self, wall_ms: int) -> bool:
        if self._reserve.again(wall_ms):
            self._db.pragma("wal_autocheckpoint", LOG_PAGES)
        return self._reserve.whole

    def _give_up(self) -> bool:
        """Let the reserve go, and have the log take no more than it must from now on; whether there was any."""
        there = self._reserve.give_up()
        self._db.pragma("wal_autocheckpoint", LOG_PAGES_FULL)
        with suppress(apsw.Error):
            self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        return there

    def _has_free(self) -> bool:
        """Whether the database has a reserve of its own."""
        with disk_errors():
            return int(self._db.pragma("freelist_count")) * int(self._db.pragma("page_size")) >= self._reserve.size

    def _tend(self) -> None:
        """Make segments ready and remove some. A disk that refuses leaves that for the next time."""
        with suppress(OSError):
            self._files.tend(AHEAD if self._reserve.whole else 0)

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


def _has_new(commands: Sequence[Command]) -> bool:
    return any(isinstance(command, Submit) for command in commands)


def _dispatch(tx: Transaction, commands: Sequence[Command]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for kind, run in groupby(commands, type):
        if kind is Submit:
            outcomes += submit(tx, [c for c in run if isinstance(c, Submit)])
        else:
            outcomes += [HANDLERS[kind](tx, command) for command in run]
    return outcomes


#: What carries out each command but Submit; each module of the store brings its own.
HANDLERS: Final[dict[type[Command], Handler]] = {**lifecycle.HANDLERS, **clockwork.HANDLERS, Shred: shred}


def _prepare(directory: Path) -> None:
    """The directory, its keys and an empty database, open to nobody else."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if directory.stat().st_uid != os.geteuid():
        raise StoreError(f"The spool's directory {directory} belongs to another user: run as its owner.")
    if strangers := {p.name for p in directory.iterdir()} - _OURS:
        raise StoreError(
            f"The directory {directory} holds {len(strangers)} files that are not a spool's: name an empty one."
        )
    for folder in (directory, directory / "keys", directory / "payloads"):
        folder.mkdir(mode=0o700, exist_ok=True)
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
