"""Checkpoints and signing keys as values, and a checkpoint as a text that can be mailed, printed and typed.

A checkpoint says where a ledger stood: its statement is canonical MessagePack (see ledger.py),

    [node, chain, n, position, hash, at_ms, "ktp-checkpoint-1"]

signed with Ed25519. A key's statement says which key comes after which, signed by the one before; where there is none
(the first key, or one in place of a lost one), "key before" is empty and the key signs itself:

    [node, number, key before, key, position, "ktp-signing-key-1"]

The last word keeps the two apart, so neither can be shown for the other. As a text a checkpoint is [statement, key,
signature] in Crockford's base32, 25 bytes a line, each line with a number and a check, so that whoever types it from
paper is told which line is wrong. The other lines are for people, and nothing is read from them.
"""

import re
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, TypeVar

import msgpack
from attrs import frozen
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from spooler.model.ids import ALPHABET, show_crockford

CHECKPOINT_WORD: Final = "ktp-checkpoint-1"
KEY_WORD: Final = "ktp-signing-key-1"
LONGEST_TEXT: Final = 10_000  # characters; a longer one is no checkpoint
_LINE: Final = 25  # bytes
_GROUP: Final = 5  # characters
_CHECK: Final = 4  # characters: 20 bits
_TITLE: Final = "KTP LEDGER CHECKPOINT"
_END: Final = "END"
_DATA: Final = re.compile(r"\s*([0-9]{1,2}):((?:[\s-]*[0-9A-Za-z])+)\s*")
T = TypeVar("T")


@frozen
class Checkpoint:
    """Where a ledger stood."""

    node: str
    chain: str
    n: int
    position: int
    hash: bytes  # of the entry at `position`
    at_ms: int  # spool time of the signature

    def statement(self) -> bytes:
        """The bytes that are signed."""
        parts = (self.node, self.chain, self.n, self.position, self.hash, self.at_ms, CHECKPOINT_WORD)
        return bytes(msgpack.packb(parts))


@frozen
class SigningKey:
    """A key's beginning."""

    node: str
    number: int
    before: bytes  # the public key that signs it; empty where it signs itself: the first, or in place of a lost one
    key: bytes  # 32 bytes, public
    position: int  # of the ledger's last entry when it began

    def statement(self) -> bytes:
        """The bytes that are signed."""
        return bytes(msgpack.packb((self.node, self.number, self.before, self.key, self.position, KEY_WORD)))


@frozen
class Signed:
    """A statement, the public key that signed it, and the signature."""

    statement: bytes
    key: bytes
    signature: bytes

    def genuine(self) -> bool:
        """Whether the signature is the key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(self.signature, self.statement)
        except (InvalidSignature, ValueError):
            return False
        return True


def read_checkpoint(statement: bytes) -> Checkpoint:
    """Raises ValueError for bytes that are no checkpoint's statement in canonical form."""
    match _unpacked(statement):
        case [str(node), str(chain), int(n), int(position), bytes(digest), int(at_ms), "ktp-checkpoint-1"]:
            return _canonical(Checkpoint(node, chain, n, position, digest, at_ms), statement)
    raise ValueError("these bytes are not the statement of a checkpoint")


def read_signing_key(statement: bytes) -> SigningKey:
    """Raises ValueError for bytes that are no key's statement in canonical form."""
    match _unpacked(statement):
        case [str(node), int(number), bytes(before), bytes(key), int(position), "ktp-signing-key-1"]:
            return _canonical(SigningKey(node, number, before, key, position), statement)
    raise ValueError("these bytes are not the statement of a signing key")


def fingerprint(key: bytes) -> str:
    """What people compare of a public key: 32 hexadecimal digits in groups of four."""
    digits = sha256(key).hexdigest()[:32]
    return " ".join(digits[i : i + 4] for i in range(0, 32, 4))


def as_text(signed: Signed) -> str:
    """The text form of a checkpoint."""
    point = read_checkpoint(signed.statement)
    at = datetime.fromtimestamp(point.at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    data: bytes = msgpack.packb((signed.statement, signed.key, signed.signature))
    lines = [data[i : i + _LINE] for i in range(0, len(data), _LINE)]
    return "\n".join(
        [
            _TITLE,
            f"node {point.node}, chain {point.chain}, entry {point.n}, position {point.position}, {at}",
            f"hash {point.hash.hex()}",
            f"key {fingerprint(signed.key)}",
            *(f"{number}: {_show_line(number, line)}" for number, line in enumerate(lines, 1)),
            _END,
            "",
        ]
    )


def from_text(text: str) -> Signed:
    """The checkpoint of a text; spaces, hyphens and case do not matter, O is 0, I and L are 1.

    Raises ValueError with a sentence that names the line that is wrong. The signature is not yet looked at.
    """
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"a checkpoint has at most {LONGEST_TEXT} characters: is it the right file?")
    found = [match for line in text.splitlines() if (match := _DATA.fullmatch(line)) is not None]
    data = b""
    for expected, match in enumerate(found, 1):
        if int(match[1]) != expected:
            raise ValueError(f"line {expected} of the checkpoint is missing: there is line {match[1]} in its place")
        data += _read_line(expected, match[2])
    match _unpacked(data):
        case [bytes(statement), bytes(key), bytes(signature)]:
            read_checkpoint(statement)
            return Signed(statement, key, signature)
    if found:
        raise ValueError(f"the checkpoint ends too early, or holds more than one: it has {len(found)} good lines")
    raise ValueError("there is no checkpoint in it: its lines look like 1: 4GKQJ 0C5K2 …")


def _show_line(number: int, line: bytes) -> str:
    text = show_crockford(line)
    groups = [text[i : i + _GROUP] for i in range(0, len(text), _GROUP)]
    return " ".join([*groups, _check(number, line)])


def _read_line(number: int, text: str) -> bytes:
    wrong = ValueError(f"line {number} of the checkpoint has a typing error: compare it with the paper")
    bare = re.sub(r"[\s-]", "", text).upper().translate(str.maketrans("OIL", "011"))
    digits, check = bare[:-_CHECK], bare[-_CHECK:]
    size = len(digits) * 5 // 8
    if any(c not in ALPHABET for c in bare) or not 0 < size <= _LINE:
        raise wrong
    value = 0
    for character in digits:
        value = value << 5 | ALPHABET.index(character)
    line = (value >> (len(digits) * 5 - size * 8)).to_bytes(size, "big")
    if show_crockford(line) != digits or _check(number, line) != check:
        raise wrong
    return line


def _check(number: int, line: bytes) -> str:
    value = zlib.crc32(bytes([number]) + line)
    return "".join(ALPHABET[value >> shift & 31] for shift in (15, 10, 5, 0))


def _unpacked(data: bytes) -> Sequence[Any] | None:
    try:
        value = msgpack.unpackb(data)
    except (ValueError, msgpack.UnpackException):
        return None
    return value if isinstance(value, list) else None


def _canonical(value: T, statement: bytes) -> T:
    if value.statement() != statement:  # type: ignore[attr-defined]
        raise ValueError("the statement is not in canonical form")
    return value
