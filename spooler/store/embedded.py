"""The embedded store: one SQLite database, one writer; how a list of commands becomes one durable transaction.

One `apply` is one transaction and one fsync of the log (journal_mode=WAL, synchronous=FULL); a list that changes
nothing commits nothing. After a failed commit the transaction was rolled back and its frames are written over by the
next one; but not where the fsync failed (errors.py): then the store is dead. Where space is lacking, what is queued
goes on out of the reserve (reserve.py). How a directory becomes an open store is opening.py's.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final

import apsw

from spooler.model import clock
from spooler.model.commands import Command, Shred, Submit, SuspectClock
from spooler.model.ids import JobId, decode_id
from spooler.model.ledger_commands import RotateSigningKey

from . import (
    access,
    clockwork,
    corrections,
    holds,
    lifecycle,
    parcels,
    pausing,
    people,
    policy,
    queueing,
    reprints,
    restored,
    segments,
    signing,
    stock_moves,
    uids,
)  # fmt: skip
from .contract import NOBODY, Applied, Entry, Outcome, PlaceRule, StoreDeadError, StoreError
from .entering import enter
from .errors import disk_errors, disk_full
from .hashes import Hashes
from .keys import KeyRing, sync_folder
from .ledger import Draft, read_head, verify
from .master import Master
from .payload_files import AHEAD, PayloadFiles
from .reader import EmbeddedReader
from .reserve import Reserve
from .retention import Retention, read_classes
from .rows import fetch
from .schema import LOG_PAGES, LOG_PAGES_FULL, connect, copy_log_back, ensure
from .shred import shred
from .submit import submit
from .transaction import Handler, Means, Spool, Transaction


class EmbeddedStore:
    """Store of contract.py; made by opening.open_store."""

    def __init__(
        self, directory: Path, lock: int, node: str, place: PlaceRule, retention: Retention, clock_step_max_ms: int,
        master: Master, machine: str, adopt: bool, wall_ms: int, utc_offset_hours: int,
    ) -> None:  # fmt: skip
        self._directory = directory
        self._lock = lock
        self._step_max_ms = clock_step_max_ms
        self._readers: list[EmbeddedReader] = []
        keys = KeyRing(directory / "keys", master)
        keys.check()
        self._db = connect(str(directory / "spool.db"))
        self._dead: StoreDeadError | None = None
        try:
            copy_log_back(self._db)
            ensure(self._db)
            sql = self._db.cursor()
            enter(sql, directory / "adopted", machine, adopt=adopt, wall_ms=wall_ms)
            self._tidy(sql, keys)
            row = fetch(sql, "SELECT * FROM spool")[0]
            _, epoch, last_ms, seen_ms, suspect, last_id, last_payload = row
            self.chain = f"{node}-{epoch}"
            self._spool = Spool(
                last_ms, seen_ms, bool(suspect), decode_id(JobId(last_id)), last_payload, restored.began_ms(sql)
            )
            self._head = read_head(sql, self.chain)
            self._spool_key = keys.spool_key(create=self._head.position == 0)
            signing.open_signing(sql, keys, node, self._head.position)
            folder = directory / segments.FOLDER
            segments.sweep(folder)
            classes = read_classes(sql, retention)
            self._files = PayloadFiles(directory / "payloads", sql)
            self._means = Means(
                sql, keys, Hashes(self._spool_key), place, retention, self._files, node, folder, classes,
                utc_offset_hours * 3_600_000,
            )  # fmt: skip
            sync_folder(directory / "keys")
            sync_folder(directory)
            self._reserve = Reserve(directory)
            if not self._reserve.whole:
                self._give_up()
            if restored.unfinished(sql):
                self._hold_what_is_restored(wall_ms)
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

    def apply(self, wall_ms: int, commands: Sequence[Command], via: Mapping[int, str] = NOBODY) -> Applied:
        """Apply in order, in one transaction, durable on return. A command that is refused changes nothing.

        Raises StoreError where the disk refuses, ValueError for a command that is a programming error: then nothing
        of the list was committed. Where space is lacking a list without a Submit goes on out of the reserve. After a
        StoreDeadError every other call raises it, too.
        """
        if self._dead is not None:
            raise self._dead
        try:
            return self._apply_in_space(wall_ms, commands, via)
        except StoreDeadError as error:
            self._dead = error
            raise

    def _apply_in_space(self, wall_ms: int, commands: Sequence[Command], via: Mapping[int, str]) -> Applied:
        if not self._reserve.whole and not self._recovered(wall_ms) and _has_new(commands) and not self._has_free():
            raise disk_full()
        try:
            return self._apply(wall_ms, commands, via)
        except StoreDeadError:
            raise
        except StoreError as error:
            if not error.full and not (isinstance(error.__cause__, apsw.IOError) and self._reserve.probe()):
                raise
            if not self._give_up() or _has_new(commands):
                raise disk_full() from error
            return self._apply(wall_ms, commands, via)

    def _apply(self, wall_ms: int, commands: Sequence[Command], via: Mapping[int, str] = NOBODY) -> Applied:
        now = clock.spool_time(wall_ms, self._spool.last_ms)
        tx = Transaction(self._means, self._spool, self._head, now, wall_ms)
        with disk_errors():
            try:
                tx.sql.execute("BEGIN IMMEDIATE")
                self._watch_clock(tx)
                outcomes = _dispatch(tx, commands, via)
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
        if any(isinstance(command, RotateSigningKey) for command in commands):
            with suppress(StoreError), disk_errors():  # it is done; a file that stays goes at the next opening
                signing.destroy_old_keys(self._means.sql, self._means.keys)
        return Applied(now, tuple(outcomes), entries, tuple(tx.changed), tx.load_changes)

    def reader(self) -> EmbeddedReader:
        """A reader of its own connection, for use from one other thread at a time; closed with the store."""
        reader = EmbeddedReader(self._directory / "spool.db", self._means.keys, self._spool_key, self._means.offset_ms)
        self._readers.append(reader)
        return reader

    def fault(self) -> str | None:
        """What is wrong with the database or the ledger, in a few words, or None. All of it is read."""
        with disk_errors():
            ((sound,),) = fetch(self._means.sql, "PRAGMA quick_check(1)")
        if sound != "ok":
            return "the database is damaged"
        reader = self.reader()
        first_bad = verify(reader)
        self._readers.remove(reader)
        reader.close()
        return None if first_bad is None else f"the ledger does not fit from position {first_bad} on"

    def close(self) -> None:
        """Close the readers and the database, and let the directory go. Again does no harm."""
        for reader in self._readers:
            reader.close()
        self._readers.clear()
        try:
            self._files.close()
            self._db.close()
        finally:  # a disk that refuses even this must not keep the directory from the next opening
            if self._lock >= 0:
                os.close(self._lock)
                self._lock = -1

    def _hold_what_is_restored(self, wall_ms: int) -> None:
        """Every job of the copy waits before anybody can ask for one; after a crash the next opening goes on."""
        self._transact(wall_ms, restored.tell)
        for page in restored.pages(self._means.sql):
            self._transact(wall_ms, partial(restored.hold, jobs=page))
        self._transact(wall_ms, restored.finish)

    def _transact(self, wall_ms: int, work: Callable[[Transaction], object]) -> None:
        now = clock.spool_time(wall_ms, self._spool.last_ms)
        tx = Transaction(self._means, self._spool, self._head, now, wall_ms)
        with self._db:
            work(tx)
            head = tx.write()
        self._spool, self._head = tx.spool, head

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
        except StoreDeadError as error:
            self._dead = error
            return ()
        except StoreError:
            return ()
        return tuple(draft.entries)

    @staticmethod
    def _tidy(sql: apsw.Cursor, keys: KeyRing) -> None:
        """What a crash left: keys that nothing committed uses, and keys that were to be destroyed."""
        keys.sweep()
        keys.settle()
        needed = {start for (start,) in fetch(sql, "SELECT start FROM buckets WHERE NOT doomed")}
        for start in keys.stored_buckets() - needed:
            keys.destroy(start)


def _has_new(commands: Sequence[Command]) -> bool:
    return any(isinstance(command, Submit) for command in commands)


def _dispatch(tx: Transaction, commands: Sequence[Command], via: Mapping[int, str]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for kind, run in groupby(commands, type):
        if kind is Submit:
            tx.draft.via = None  # each names its officer itself
            outcomes += submit(tx, [c for c in run if isinstance(c, Submit)])
            continue
        for command in run:
            tx.draft.via = via.get(len(outcomes))
            outcomes.append(HANDLERS[kind](tx, command))
    return outcomes


#: What carries out each command but Submit; each module of the store brings its own.
HANDLERS: Final[dict[type[Command], Handler]] = {
    **lifecycle.HANDLERS,
    **clockwork.HANDLERS,
    **signing.HANDLERS,
    **segments.HANDLERS,
    **holds.HANDLERS,
    **restored.HANDLERS,
    **stock_moves.HANDLERS,
    **parcels.HANDLERS,
    **uids.HANDLERS,
    **people.HANDLERS,
    **queueing.HANDLERS,
    **policy.HANDLERS,
    **pausing.HANDLERS,
    **reprints.HANDLERS,
    **corrections.HANDLERS,
    **access.HANDLERS,
    Shred: shred,
}
