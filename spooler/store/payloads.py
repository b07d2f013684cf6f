"""The two homes of a sealed payload: its row, where little comes; a segment, where many large ones come together.

A segment costs one more wait for the disk and saves writing twice. So a lone job's payload stays in its row, however
large: it would wait twice. Both figures below are where bench/bench_payloads.py saw the gain begin; where the disk is
slow to answer and quick to write the second could be higher.

The rows of both commit with the job's, so that nobody but this file and the reader asks which one it is. A store whose
large payloads lie in rows, as format 2 wrote them, is read as it is; they are not moved.
"""

from array import array
from collections.abc import Callable, Sequence
from typing import Final

import apsw

from spooler.model.ids import JobId

from .contract import UnreadableError
from .extents import Extent
from .reserve import LACK_OF_SPACE
from .rows import fetch, insert
from .transaction import Transaction

#: Sealed bytes of a payload that may go to a segment, and of all such in one list before any of them does.
LARGE: Final = 8 << 10
TOGETHER: Final = 256 << 10
#: Bytes moved in one `compact`: bounds how long it can hold up the writer.
_MOVE_AT_MOST: Final = 8 << 20


def keep(tx: Transaction, rows: Sequence[tuple[int, bytes]]) -> None:
    """Store (payload, sealed) for each."""
    large = [row for row in rows if len(row[1]) >= LARGE]
    if sum(len(sealed) for _, sealed in large) < TOGETHER:
        insert(tx.sql, "payloads", rows)
        return
    try:
        places = tx.means.files.write([sealed for _, sealed in large])
    except OSError as error:
        if error.errno not in LACK_OF_SPACE:
            raise
        insert(tx.sql, "payloads", rows)  # the database may have free pages
        return
    insert(tx.sql, "payloads", [row for row in rows if len(row[1]) < LARGE])
    insert(tx.sql, "extents", [(payload, *place) for (payload, _), place in zip(large, places, strict=True)])


def find(sql: apsw.Cursor, read: Callable[[Extent], bytes], job: JobId) -> tuple[bytes, bytes, int] | None:
    """(sealed payload, wrapped key, bucket) of a job; None once it is shredded.

    Outside of the writer's thread the bytes may be others' already, and then they open with no key of this job: look
    again. Raises UnreadableError.
    """
    rows = fetch(
        sql,
        "SELECT p.sealed, e.segment, e.start, e.length, j.wrapped, j.bucket FROM jobs j "
        "LEFT JOIN payloads p ON p.id = j.payload LEFT JOIN extents e ON e.payload = j.payload "
        "WHERE j.id = ? AND j.payload IS NOT NULL",
        (job,),
    )
    if not rows:
        return None
    sealed, *place, wrapped, bucket = rows[0]
    return read(Extent(*place)) if sealed is None else sealed, wrapped, bucket


def delete(tx: Transaction, payloads: Sequence[int]) -> dict[int, int]:
    """Delete them, whichever home they have; how many sealed bytes each had."""
    if not payloads:
        return {}
    asked = (apsw.carray(array("q", payloads)),)
    deleted = fetch(tx.sql, "DELETE FROM payloads WHERE id IN carray(?) RETURNING id, length(sealed)", asked)
    rows = fetch(
        tx.sql, "DELETE FROM extents WHERE payload IN carray(?) RETURNING payload, segment, start, length", asked
    )
    tx.means.files.free(Extent(*place) for _, *place in rows)
    return dict(deleted) | {payload: length for payload, _, _, length in rows}


def compact(tx: Transaction) -> None:
    """Move what is still alive out of the sparsest segment, at most so much, and only where there is room for it.

    Bytes and keys stay as they are: nothing is opened for it. Readers that come too late find the row's new place.
    """
    files = tx.means.files
    segment = files.sparse()
    if segment is None:
        return
    moved: list[tuple[int, Extent]] = []
    texts: list[bytes] = []
    room = _MOVE_AT_MOST
    for payload, *place in fetch(
        tx.sql, "SELECT payload, segment, start, length FROM extents WHERE segment = ? ORDER BY start", (segment,)
    ):
        extent = Extent(*place)
        room -= extent.length
        if room < 0:
            break
        try:
            texts.append(files.read(extent))
        except UnreadableError:  # it stays where it is, for its own job to find out
            files.leave(segment)
            continue
        moved.append((payload, extent))
    places = files.write(texts, grow=False)
    del moved[len(places) :]
    tx.sql.executemany(
        "UPDATE extents SET segment = ?, start = ?, length = ? WHERE payload = ?",
        [(*place, payload) for (payload, _), place in zip(moved, places, strict=True)],
    )
    files.free(extent for _, extent in moved)
    tx.moved = bool(moved)
