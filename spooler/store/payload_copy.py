"""A copy of the spool's database beside copies of its segments: made whole after both were copied, for a backup.

The database is copied first, as of one moment, and the files after it, while the writer goes on. So a payload that was
moved meanwhile may lie under others' bytes in the copied file. Its row tells: where the living database still has it
unchanged, its space was never given to anybody else; where it has moved, its bytes are taken from its new place and put
into the copy's own rows. What was shredded meanwhile stays behind, shut or written over.
"""

from contextlib import closing
from pathlib import Path
from typing import Final

import apsw

from .contract import StoreError
from .extents import Extent
from .payload_files import read
from .rows import fetch
from .schema import connect

_BATCH: Final = 256
_LOOKS: Final = 8  # at a payload that goes on moving


def make_whole(copy: apsw.Cursor, spool: Path) -> int:
    """Call it in the copy's database when the files are copied; how many payloads were put into rows.

    Raises StoreError, and what the disk and SQLite raise.
    """
    moved, last = 0, -1
    with closing(connect(str(spool / "spool.db"), readonly=True)) as live:
        sql = live.cursor()
        while batch := fetch(
            copy, "SELECT payload, segment, start, length FROM extents WHERE payload > ? ORDER BY payload LIMIT ?",
            (last, _BATCH),
        ):  # fmt: skip
            last = batch[-1][0]
            for payload, *place in batch:
                now = _place(sql, payload)
                if now is None or now == Extent(*place):
                    continue
                sealed = _read(sql, spool / "payloads", payload)
                if sealed is not None:
                    copy.execute("INSERT INTO payloads VALUES (?, ?)", (payload, sealed))
                    copy.execute("DELETE FROM extents WHERE payload = ?", (payload,))
                    moved += 1
    return moved


def _read(sql: apsw.Cursor, folder: Path, payload: int) -> bytes | None:
    """The bytes as they lie; None once it is shredded."""
    for _ in range(_LOOKS):
        place = _place(sql, payload)
        if place is None:
            return None
        try:
            sealed = read(folder, place)
        except StoreError:  # the segment was emptied and went
            continue
        if _place(sql, payload) == place:  # nobody else was given the space before it was read
            return sealed
    raise StoreError("A payload moved faster than it could be copied: try the backup again.")


def _place(sql: apsw.Cursor, payload: int) -> Extent | None:
    rows = fetch(sql, "SELECT segment, start, length FROM extents WHERE payload = ?", (payload,))
    return Extent(*rows[0]) if rows else None
