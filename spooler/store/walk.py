"""The walk over a ledger: every rule that an honest one keeps, and the first place where one is broken.

Records come in order (ledger_file.py), from wherever they lie. The walk holds a handful of values, however long the
ledger is. It knows no file and no database; what it cannot see is said by audit.py.

What is checked of an entry: its hash; that its body names the next number of its chain, or number 1 of a chain with a
greater epoch; that spool time does not go back; and that a `checkpointed` or `signing-key-rotated` entry stands behind
what it tells of. Of a checkpoint: that the key in force signed it and that it says what the entry before it says. Of a
key: that the one before it signed it.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

import msgpack
from attrs import define, field, frozen

from .checkpoint import Checkpoint, Signed, fingerprint, read_checkpoint, read_signing_key
from .ledger import ZERO_HASH
from .ledger_file import KeyRecord, Record, Start

MOST_KEYS: Final = 10_000  # a key a day for 27 years: so many are remembered, and more are not believed


class LedgerFault(Exception):  # noqa: N818 - it is a finding about the ledger, not a failure of ours
    """The first thing that does not fit. `position` and n are those that should stand there."""

    def __init__(self, position: int, what: str, chain: str = "", n: int = 0) -> None:
        super().__init__(what)
        self.position = position
        self.what = what
        self.chain = chain
        self.n = n


@frozen
class Witness:
    """A checkpoint that was kept elsewhere, and what people call it."""

    name: str
    point: Checkpoint
    key: bytes  # that signed it


@define
class Walk:
    """Feed it records; it raises LedgerFault. `witnesses`: by position."""

    witnesses: Mapping[int, Sequence[Witness]] = field(factory=dict)
    pinned: bytes | None = None  # a public key that was named from outside
    begun: bool = False
    first: int = 1  # position of the first entry seen
    position: int = 0
    hash: bytes = ZERO_HASH
    chain: str = ""
    n: int = 0
    at_ms: int = 0
    chains: int = 0
    checkpoints: int = 0
    vouched: int = 0  # the last position with a good checkpoint, from inside or outside
    witnessed: Checkpoint | None = None  # the last one from outside that fits
    trusted: int = 0  # the last position that the pinned key, or one that follows from it, has signed
    key: bytes = b""  # in force
    key_number: int = 0
    lost_keys: list[int] = field(factory=list)  # positions where a key began that none before had signed
    _key_position: int = 0
    _checkpoint_position: int = 0
    _known: dict[int, KeyRecord] = field(factory=dict)
    _publics: set[bytes] = field(factory=set)
    _trusting: bool = False

    def feed(self, record: Record) -> None:
        """The next record."""
        if isinstance(record, tuple):
            self._entry(*record)
        elif isinstance(record, Signed):
            self._checkpoint(record)
        elif isinstance(record, KeyRecord):
            self._signing_key(record)
        else:
            self._start(record)

    def finish(self) -> None:
        """There are no more records."""
        beyond = [witness for position in self.witnesses if position > self.position
                  for witness in self.witnesses[position]]  # fmt: skip
        if beyond:
            last = max(beyond, key=lambda witness: witness.point.position)
            raise self.fault(
                f"entries up to position {last.point.position} are missing: {last.name} was made when they were there"
            )
        if self.pinned is not None and not self.trusted:
            raise self.fault("no checkpoint is signed by the key that you named, or by one that follows from it")

    def fault(self, what: str) -> LedgerFault:
        """About the entry that should come next."""
        return LedgerFault(self.position + 1, what, self.chain, self.n + 1)

    def _start(self, start: Start) -> None:
        if not self.begun:
            self.begun, self.position, self.hash, self.first = True, start.after, start.hash, start.after + 1
            if start.after == 0 and start.hash != ZERO_HASH:
                raise self.fault("a ledger's beginning must have 32 zero bytes for the hash before it")
        elif start.after != self.position:
            raise self.fault(f"the next file begins after position {start.after}: entries between are missing")
        elif start.hash != self.hash:
            raise self.fault("the next file continues another ledger: its hash before the first entry differs")

    def _entry(self, body: bytes, digest: bytes) -> None:
        try:
            chain, n, at_ms, event, facts = msgpack.unpackb(body)
        except (ValueError, TypeError, msgpack.UnpackException):
            raise self.fault("the body is no entry: it cannot be read") from None
        if type(chain) is not str or type(n) is not int or type(at_ms) is not int or type(facts) is not dict:
            raise self.fault("the body is no entry: its parts are of other types")
        if sha256(self.hash + body).digest() != digest:
            raise self.fault("the hash does not follow from the entry before and this body")
        if chain == self.chain:
            if n != self.n + 1:
                raise self.fault(f"the entry says it is number {n} of its chain")
        elif self.chain and (n != 1 or _epoch(chain) <= _epoch(self.chain)):
            raise self.fault(f"chain {chain} cannot begin here with number {n}")
        elif not self.chain and self.position == 0 and n != 1:
            raise self.fault(f"the first entry says it is number {n} of its chain")
        else:
            self.chains += 1
        if at_ms < self.at_ms:
            raise self.fault("its time lies before the entry before it")
        if event == "checkpointed" and self.position >= self.first:
            if self._checkpoint_position != self.position or facts.get("position") != self.position:
                raise self.fault("the checkpoint that this entry tells of is not there")
        elif event == "signing-key-rotated" and self.position >= self.first and self._key_position != self.position:
            raise self.fault("the signing key that this entry tells of is not there")
        self.position += 1
        self.chain, self.n, self.at_ms, self.hash = chain, n, at_ms, digest
        if self.position in self.witnesses:
            for witness in self.witnesses[self.position]:
                stranger = "" if witness.key in self._publics else " is not signed by a key of this ledger, and"
                self._compare(witness.point, f"{witness.name}{stranger}")
                self.witnessed = witness.point

    def _checkpoint(self, signed: Signed) -> None:
        try:
            point = read_checkpoint(signed.statement)
        except ValueError as error:
            raise self.fault(f"the checkpoint before it is forged: {error}") from None
        if signed.key != self.key:
            raise self.fault(f"the checkpoint before it is forged: {fingerprint(signed.key)} is not the key in force")
        if not signed.genuine():
            raise self.fault("the checkpoint before it is forged: the signature is not the key's")
        if point.position > self.position:
            raise self.fault(f"entries up to position {point.position} are missing: there is a checkpoint of them")
        if self.position >= self.first:
            self._compare(point, "the checkpoint there")
        elif (point.position, point.hash) != (self.position, self.hash):
            raise self.fault("the checkpoint before it speaks of another entry")
        self.checkpoints += 1
        self._checkpoint_position = self.position
        if self._trusting:
            self.trusted = self.position

    def _compare(self, point: Checkpoint, name: str) -> None:
        """The entry just walked is the one that a checkpoint speaks of."""
        if (point.position, point.chain, point.n, point.hash) != (self.position, self.chain, self.n, self.hash):
            since = f"after position {self.vouched}" if self.vouched else "from the beginning on"
            raise LedgerFault(
                self.position,
                f"{name} speaks of another entry {point.n} of chain {point.chain}, position {point.position}: "
                f"something {since} was changed, and everything after it made anew",
                self.chain,
                self.n,
            )
        self.vouched = self.position

    def _signing_key(self, record: KeyRecord) -> None:
        try:
            key = read_signing_key(record.statement)
        except ValueError as error:
            raise self.fault(f"the signing key before it is forged: {error}") from None
        if key.number in self._known:
            if self._known[key.number] != record:
                raise self.fault(f"signing key {key.number} stands there twice, and they differ")
            return
        follows = key.number == self.key_number + 1 and key.before in (self.key, b"") and key.position <= self.position
        if not follows or key.number > MOST_KEYS:
            raise self.fault(f"signing key {key.number} does not follow key {self.key_number} here")
        if not Signed(record.statement, key.before or key.key, record.signature).genuine():
            raise self.fault(f"signing key {key.number} is forged: its signature does not fit")
        if key.number > 1 and not key.before:
            self.lost_keys.append(key.position)
            self._trusting = False
        self._known[key.number] = record
        self._publics.add(key.key)
        self.key, self.key_number, self._key_position = key.key, key.number, key.position
        if key.key == self.pinned:
            self._trusting = True


def _epoch(chain: str) -> int:
    """Of "<node>-<epoch>"; a chain without one is older than all."""
    epoch = chain.rpartition("-")[2]
    return int(epoch) if epoch.isascii() and epoch.isdigit() else -1
