"""A ledger as a file: MessagePack records back to back, the same in closed segments, exports and shipped copies.

    [0, "ktp-ledger", 1, after, hash]       first of all: the entries begin after this position, whose hash this is
    [1, body, hash]                         an entry; its position is one more than the one before
    [2, statement, key, signature]          a checkpoint of the entry before it
    [3, statement, signature]               a signing key (checkpoint.py) that begins after the entry before it

All but the first record's word and numbers are bin. The order is that of the ledger and leaves no choice: after an
entry come the keys that began there, then its checkpoint, then the next entry; behind the header stand all keys that
began before. So the same part of a ledger is the same bytes, and a copy that broke off in the middle of a record can
be completed without writing over anything.

A file names nobody and needs no database: docs/ledger.md has the whole of it for other languages.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgpack
from attrs import frozen

from .checkpoint import Signed

FORMAT: Final = 1
WORD: Final = "ktp-ledger"
SUFFIX: Final = ".ktpl"
#: An entry's body, a statement: nothing of ours comes near it, and a file cannot make a reader take more memory.
LONGEST: Final = 1 << 20
HASH_BYTES: Final = 32
_PARTS: Final = {0: [str, int, int, bytes], 1: [bytes] * 2, 2: [bytes] * 3, 3: [bytes] * 2}
_READ: Final = 1 << 16
_NAME_DIGITS: Final = 12
_PACKER: Final = msgpack.Packer(autoreset=True)


@frozen
class Start:
    """Where a file, or a walk, begins: after this position, whose hash this is."""

    after: int
    hash: bytes


@frozen
class KeyRecord:
    """A signing key's beginning."""

    statement: bytes
    signature: bytes


#: An entry as (body, hash): there are millions of them.
EntryRecord = tuple[bytes, bytes]
Record = Start | EntryRecord | Signed | KeyRecord


class BrokenFileError(Exception):
    """The file is no ledger, or ends within a record. `whole`: bytes of whole records before that."""

    def __init__(self, sentence: str, whole: int) -> None:
        super().__init__(sentence)
        self.whole = whole


def pack_record(record: Record) -> bytes:
    """Its bytes in a file."""
    if isinstance(record, tuple):
        parts: tuple[object, ...] = (1, *record)
    elif isinstance(record, Start):
        parts = (0, WORD, FORMAT, record.after, record.hash)
    elif isinstance(record, Signed):
        parts = (2, record.statement, record.key, record.signature)
    else:
        parts = (3, record.statement, record.signature)
    return bytes(_PACKER.pack(parts))


def read_records(path: Path) -> Iterator[Record]:
    """The records of a file, from the header on, with little in memory.

    Raises OSError, and BrokenFileError at the first place where it is no ledger or breaks off.
    """
    with path.open("rb") as file:
        # the arrays are of our making, but the file need not be: each of these bounds what one record can ask for
        unpacker = msgpack.Unpacker(
            file, read_size=_READ, max_buffer_size=8 * LONGEST, max_bin_len=LONGEST, max_str_len=64,
            max_array_len=8, max_map_len=0, max_ext_len=0,
        )  # fmt: skip
        whole = 0
        try:
            for value in unpacker:
                record = _record(value)
                if record is None or (whole == 0) != isinstance(record, Start):
                    raise BrokenFileError(f"{path.name} is not a ledger file from byte {whole} on", whole)
                yield record
                whole = unpacker.tell()
        except (ValueError, msgpack.UnpackException):
            raise BrokenFileError(f"{path.name} is not a ledger file from byte {whole} on", whole) from None
        if whole == 0:
            raise BrokenFileError(f"{path.name} holds no ledger: it breaks off before the end of its header", 0)
        if file.seek(0, 2) > whole:
            raise BrokenFileError(f"{path.name} breaks off within a record, after byte {whole}", whole)


def _record(value: object) -> Record | None:
    if type(value) is not list or not value or type(value[0]) is not int:  # true is not 1 in a file
        return None
    tag, *parts = value
    if list(map(type, parts)) != _PARTS.get(tag):
        return None
    if tag == 1:
        return parts[0], parts[1]
    if tag == 2:
        return Signed(*parts)
    if tag == 3:
        return KeyRecord(*parts)
    word, version, after, digest = parts
    good = (word, version, len(digest)) == (WORD, FORMAT, HASH_BYTES) and after >= 0
    return Start(after, digest) if good else None


def file_name(after: int) -> str:
    """The name of a file that begins after a position: in a folder, files by name are files in order."""
    return f"{after:0{_NAME_DIGITS}}{SUFFIX}"
