"""The key that signs checkpoints, and the commands that use it.

The seed lies in keys/ (keys.py), which key is in force stands in `signing_keys`. A new key's file is on the disk
before the transaction that names it, and the old file is destroyed only after that was committed: whatever a crash
leaves, the key in force is there. A key whose file was lost is replaced at the next opening, so that printing goes on;
nobody signed the new one, and every later `verify` says so.

A signature here proves that the holder of the machine made it, and not more: whoever has the machine has the key. What
makes a checkpoint worth something is that somebody else keeps it.
"""

from typing import Final

import apsw
import msgpack
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from spooler.model.commands import Command
from spooler.model.ledger_commands import MakeCheckpoint, RotateSigningKey

from .checkpoint import Checkpoint, SigningKey, fingerprint, read_signing_key
from .keys import KeyGoneError, KeyRing
from .ledger import Facts
from .ledger_file import KeyRecord
from .rows import fetch
from .transaction import Handler, Transaction

_BEGIN: Final = "INSERT INTO signing_keys (number, position, statement, signature) VALUES (?, ?, ?, ?)"


def open_signing(sql: apsw.Cursor, keys: KeyRing, node: str, position: int) -> None:
    """Make the first key, or one in place of a lost one; destroy what a crash left of older ones.

    `position`: of the ledger's last entry. Raises StoreError for a key file that others can read.
    """
    number, public = _in_force(sql)
    if number:
        try:
            if _public(_private(keys, number)) == public:
                keys.destroy_signing(number)
                return
        except KeyGoneError:
            pass
    _begin_anew(sql, keys, node, number, position)


def _begin_anew(sql: apsw.Cursor, keys: KeyRing, node: str, number: int, position: int) -> None:
    """A key that no older one has signed, which a verifier will say: printing does not wait for one that is lost."""
    new = _private(keys, number + 1, create=True)
    statement = SigningKey(node, number + 1, b"", _public(new), position).statement()
    sql.execute(_BEGIN, (number + 1, position, statement, new.sign(statement)))


def _signer(tx: Transaction) -> tuple[int, bytes, Ed25519PrivateKey]:
    """(number, public key, key) in force; a new one where its file went away while we ran."""
    keys = tx.means.keys
    number, public = _in_force(tx.sql)
    try:
        return number, public, _private(keys, number)
    except KeyGoneError:
        _begin_anew(tx.sql, keys, tx.means.node, number, tx.draft.head.position)
        number, public = _in_force(tx.sql)
        return number, public, _private(keys, number)


def destroy_old_keys(sql: apsw.Cursor, keys: KeyRing) -> None:
    """After the commit that began a new one."""
    keys.destroy_signing(_in_force(sql)[0])


def make_checkpoint(tx: Transaction, c: MakeCheckpoint) -> int | bool:
    """Sign the last entry; an entry `checkpointed` follows it in the same transaction."""
    head = tx.draft.head
    if head.position == 0:
        return False
    (newest,) = tx.row("SELECT coalesce(max(position), 0) FROM checkpoints", ())
    if newest and newest + 1 == head.position:
        return int(newest)  # nothing but its own entry was written since
    chain, n = head.chain, head.n
    if n == 0:  # nothing yet in this opening's chain: the last entry is one of the chain before
        (body,) = tx.row("SELECT body FROM ledger WHERE position = ?", (head.position,))
        chain, n = msgpack.unpackb(body)[:2]
    _, public, private = _signer(tx)
    statement = Checkpoint(tx.means.node, chain, n, head.position, head.hash, tx.now).statement()
    tx.sql.execute(
        "INSERT INTO checkpoints (position, at_ms, statement, key, signature) VALUES (?, ?, ?, ?, ?)",
        (head.position, tx.now, statement, public, private.sign(statement)),
    )
    facts: Facts = {"actor": c.actor, "key": fingerprint(public).replace(" ", ""), "position": head.position}
    tx.draft.add("checkpointed", facts)
    return head.position


def rotate(tx: Transaction, c: RotateSigningKey) -> int:
    """A new key, signed by the one in force; that one's file goes after the commit."""
    number, public, old = _signer(tx)
    new = _private(tx.means.keys, number + 1, create=True)
    position = tx.draft.head.position
    statement = SigningKey(tx.means.node, number + 1, public, _public(new), position).statement()
    tx.sql.execute(_BEGIN, (number + 1, position, statement, old.sign(statement)))
    tx.draft.add(
        "signing-key-rotated",
        {"actor": c.actor, "key": fingerprint(_public(new)).replace(" ", ""), "number": number + 1},
    )
    return number + 1


def read_keys(sql: apsw.Cursor, after: int, last: int = 2**62) -> list[tuple[int, KeyRecord]]:
    """(position, record) of the keys after a number, up to another, in order: by their rows, whatever they say."""
    rows = fetch(
        sql,
        "SELECT position, statement, signature FROM signing_keys WHERE number > ? AND number <= ? ORDER BY number",
        (after, last),
    )
    return [(position, KeyRecord(statement, signature)) for position, statement, signature in rows]


def _in_force(sql: apsw.Cursor) -> tuple[int, bytes]:
    """Number and public key; (0, b"") before the first."""
    rows = fetch(sql, "SELECT number, statement FROM signing_keys ORDER BY number DESC LIMIT 1")
    return (rows[0][0], read_signing_key(rows[0][1]).key) if rows else (0, b"")


def _private(keys: KeyRing, number: int, *, create: bool = False) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(keys.signing_seed(number, create=create))


def _public(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()


HANDLERS: Final[dict[type[Command], Handler]] = {MakeCheckpoint: make_checkpoint, RotateSigningKey: rotate}
