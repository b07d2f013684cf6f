"""Spools that older programs wrote, as they lay on the disk: see data/formats/README.md."""

import json
from pathlib import Path
from typing import Final

import apsw

from spooler.store.identity import machine_hash, read_machine, write_mark

FORMATS: Final = Path(__file__).parent / "data" / "formats"
OLD: Final = tuple(sorted(int(folder.name) for folder in FORMATS.iterdir() if folder.is_dir()))

#: ticket -> the state in which the old program left its job
STATES: Final = {
    "printed": "completed", "canceled": "canceled", "doubted": "processing-stopped", "intended": "processing",
    "claimed": "processing", "held": "pending-held", "waiting-0": "pending", "waiting-1": "pending",
    "waiting-2": "pending",
}  # fmt: skip


def old_spool(directory: Path, number: int) -> Path:
    """Make the spool of an old format in `directory`."""
    source = FORMATS / str(number)
    (directory / "keys").mkdir(mode=0o700, parents=True)
    directory.chmod(0o700)
    for name, key in json.loads((source / "keys.json").read_text()).items():
        (directory / "keys" / name).write_bytes(bytes.fromhex(key))
        (directory / "keys" / name).chmod(0o600)
    db = apsw.Connection(str(directory / "spool.db"))
    db.pragma("journal_mode", "wal")
    db.execute((source / "spool.sql").read_text())
    if number >= 3:  # it knows its machine: as if it had been written on this one
        ((store, salt, epoch),) = db.execute("SELECT i.store, i.salt, s.epoch FROM identity i, spool s").fetchall()
        db.execute("UPDATE identity SET machine = ?", (machine_hash(salt, read_machine()),))
        write_mark(directory / "adopted", store, epoch)
    db.close()
    return directory
