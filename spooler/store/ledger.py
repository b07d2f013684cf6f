"""The ledger: hash-chained entries, each encoded once; the bytes hashed are the bytes stored and sent.

Canonical encoding of an entry's body: a MessagePack array of five,

    [chain, n, now_ms, event, facts]

- chain: str, "<node>-<epoch>": one chain for each opening of a store, so two writers can never continue the same one
- n: uint, 1, 2, 3 … in the chain
- now_ms: uint, spool time of the commit, the same for all entries of one
- event: str, a closed word: submitted, a value of model.job.JobEvent, attached, shredded, bucket-destroyed,
  clock-suspect, clock-confirmed, checkpointed, signing-key-rotated, segment-closed,
  payload-held, payload-released, person-sought, breach-reported,
  restore-began, counter-compared, restore-ended,
  stock-received, stock-sent, stock-arrived, stock-taken-back, stock-transferred (before there were parcels),
  stock-loaded, stock-unloaded, stock-returned,
  stock-destroyed, stock-tested, stock-outside, stock-spoiled, stock-counted, stock-written-off, day-closed,
  viewed, uid-told, incident, refused, reads-counted
- facts: map, keys are str in ascending order of their bytes, no key twice, absent rather than nil; values are str or
  int: ids, closed words, configured names, amounts, times. Never a ticket, a name, a NIK, a free text.

Every number and string is in its shortest MessagePack form; strings are UTF-8. Then

    hash = SHA-256(previous hash + body)

where the previous hash of a chain's first entry is the head of the chain before it, and 32 zero bytes for the first
chain of all. The cursor is the base64url text of MessagePack [chain, n, first 8 bytes of the hash]: the hash tells
this ledger from another one that was begun under the same name.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import Final

import apsw
import msgpack
from attrs import frozen

from .contract import Entry, Reader
from .rows import fetch, insert

ZERO_HASH: Final = bytes(32)
_CURSOR_HASH: Final = 8  # bytes
_CURSOR_LONGEST: Final = 200  # characters; a longer one is not ours
_SELECT: Final = """
    SELECT l.position, c.name, l.position - c.first + 1, l.body, l.hash FROM ledger l
    JOIN chains c ON c.first = (SELECT max(first) FROM chains WHERE first <= l.position)
"""
Facts = dict[str, str | int]
#: Entries that have left the database: (sql, after, limit) -> at most `limit` of them, none where there are none.
Older = Callable[[apsw.Cursor, int, int], list[Entry]]


@frozen
class Head:
    """Where the ledger stands."""

    chain: str
    n: int  # entries in this chain
    position: int  # entries in this store
    hash: bytes


class Draft:
    """The entries of one transaction, not yet written."""

    def __init__(self, head: Head, now_ms: int) -> None:
        self._start = head
        self._chain = head.chain
        self._now = now_ms
        self._pack = msgpack.Packer(autoreset=True).pack
        self._hash = head.hash
        self.entries: list[Entry] = []
        self.via: str | None = None  # the application through which the present command's actor speaks

    @property
    def head(self) -> Head:
        """Where the ledger will stand."""
        start, more = self._start, len(self.entries)
        return Head(start.chain, start.n + more, start.position + more, self._hash)

    @property
    def position(self) -> int:
        """Of the last entry."""
        return self._start.position + len(self.entries)

    def add(self, event: str, facts: Facts) -> None:
        """Append an entry; `facts` in any order."""
        if self.via is not None and "actor" in facts:
            facts = facts | {"via": self.via}
        self.add_sorted(event, dict(sorted(facts.items())))

    def add_sorted(self, event: str, facts: Facts) -> None:
        """Append an entry whose facts are in order already (the hot path)."""
        entries, chain = self.entries, self._chain
        i = len(entries) + 1
        n = self._start.n + i
        body: bytes = self._pack((chain, n, self._now, event, facts))
        self._hash = digest = hashlib.sha256(self._hash + body).digest()
        entries.append(Entry(self._start.position + i, chain, n, body, digest))

    def write(self, sql: apsw.Cursor) -> Head:
        """Insert them; the head after."""
        start, entries = self._start, self.entries
        if start.n == 0 and entries:
            sql.execute("INSERT INTO chains (first, name) VALUES (?, ?)", (entries[0].position, start.chain))
        insert(sql, "ledger", [(e.position, e.body, e.hash) for e in entries])
        return self.head


def read_head(sql: apsw.Cursor, chain: str) -> Head:
    """The head of the ledger as committed, for a new chain."""
    rows = fetch(sql, "SELECT position, hash FROM ledger ORDER BY position DESC LIMIT 1")
    position, last = rows[0] if rows else (0, ZERO_HASH)
    return Head(chain, 0, position, last)


def read_entries(sql: apsw.Cursor, after: int, limit: int, older: Older) -> list[Entry]:
    """At most `limit` entries after a position, in order."""
    rows = fetch(sql, _SELECT + "WHERE l.position > ? ORDER BY l.position LIMIT ?", (after, limit))
    if rows and rows[0][0] == after + 1:
        return [Entry(*row) for row in rows]
    return older(sql, after, limit) or [Entry(*row) for row in rows]


def make_cursor(sql: apsw.Cursor, position: int, older: Older) -> str:
    """The cursor of a position; "" for 0. Raises ValueError where there is no such entry."""
    if position == 0:
        return ""
    found = read_entries(sql, position - 1, 1, older)
    if not found or found[0].position != position:
        raise ValueError(f"the ledger has no position {position}")
    parts = [found[0].chain, found[0].n, found[0].hash[:_CURSOR_HASH]]
    return base64.urlsafe_b64encode(msgpack.packb(parts)).decode().rstrip("=")


def find_cursor(sql: apsw.Cursor, cursor: str, older: Older) -> int | None:
    """The position of a cursor, or None where it is not of this ledger."""
    if cursor == "":
        return 0
    if len(cursor) > _CURSOR_LONGEST or not cursor.isascii():
        return None
    try:
        parts = msgpack.unpackb(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, msgpack.UnpackException):
        return None
    match parts:
        case [str(chain), int(n), bytes(digest)] if 0 < n < 1 << 62:
            rows = fetch(sql, "SELECT first FROM chains WHERE name = ?", (chain,))
            if not rows:
                return None
            position: int = rows[0][0] + n - 1
            found = read_entries(sql, position - 1, 1, older)
            if found and (found[0].position, found[0].chain) == (position, chain):
                return position if found[0].hash[:_CURSOR_HASH] == digest else None
    return None


def verify(reader: Reader, batch: int = 1000) -> int | None:
    """Walk the whole ledger, `batch` entries in memory at a time: the first position that does not fit, or None."""
    previous, position, chain, n = ZERO_HASH, 0, "", 0
    while entries := reader.entries(position, batch):
        for entry in entries:
            position += 1
            chain, n = (chain, n + 1) if entry.chain == chain else (entry.chain, 1)
            fits = (
                entry.position == position
                and entry.n == n
                and msgpack.unpackb(entry.body)[:2] == [chain, n]
                and entry.hash == hashlib.sha256(previous + entry.body).digest()
            )
            if not fits:
                return position
            previous = entry.hash
    return None
