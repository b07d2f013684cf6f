"""The first transaction of an opening: is it the same store on the same machine, and the next epoch."""

from pathlib import Path
from typing import Final

import apsw

from . import restored
from .identity import NEW, cause_of, machine_hash, read_identity, read_mark, write_mark

_MS: Final = 1000


def enter(sql: apsw.Cursor, mark: Path, machine: str, *, adopt: bool, wall_ms: int) -> None:
    """The store is this machine's from here on, one epoch later. Raises StoreError where `adopt` is needed.

    After a restore the epoch leaps to the seconds since 1970: the lost store went on from the same epoch, and no two
    chains of one ledger may have one name.
    """
    identity = read_identity(sql)
    here = machine_hash(identity.salt, machine)
    cause = cause_of(identity, here, read_mark(mark), adopt=adopt)
    epoch = identity.epoch + 1 if cause is None else max(identity.epoch + 1, wall_ms // _MS)
    if cause is not None:
        write_mark(mark, identity.store, epoch)
    elif identity.machine == NEW:
        write_mark(mark, identity.store, identity.epoch)
    with sql.connection:
        sql.execute("UPDATE spool SET epoch = ?", (epoch,))
        sql.execute("UPDATE identity SET machine = ?, copied_ms = NULL", (here,))
        if cause is not None:
            restored.note_cause(sql, cause, identity.copied_ms)
    if cause is None:
        write_mark(mark, identity.store, epoch)
