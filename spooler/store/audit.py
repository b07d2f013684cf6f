"""Verify a ledger: one pass in bounded memory, the first thing that does not fit, and how far the word goes.

A ledger that fits in itself proves little: whoever holds the machine holds the key that signs, and can write the whole
chain anew, with checkpoints. What binds him is a checkpoint, or at least the public key, that somebody else kept. So
the answer always says up to which position it stands on something from outside.
"""

from collections.abc import Sequence

from attrs import frozen

from .checkpoint import Signed, fingerprint, read_checkpoint
from .ledger_source import Source
from .walk import LedgerFault, Walk, Witness


@frozen
class Finding:
    """The first thing that does not fit: where it should stand (an unknown place is position 0), and what it is."""

    chain: str
    n: int
    position: int
    what: str


@frozen
class Verified:
    """What a walk found. Positions count from 1; 0 where there is none."""

    first: int
    last: int  # the last entry that fits
    chain: str
    n: int
    hash: bytes
    chains: int
    checkpoints: int  # good ones, in the ledger itself
    key: str  # fingerprint of the key in force
    lost_keys: tuple[int, ...]  # positions where a key began that the one before did not sign
    witnessed: int  # up to here a checkpoint from outside speaks for it
    trusted: int  # up to here a key that was named from outside has signed
    before: tuple[str, ...]  # checkpoints from outside that speak of entries before `first`
    fault: Finding | None


def outside_checkpoint(name: str, signed: Signed) -> Witness:
    """A checkpoint from outside. Raises ValueError where its signature is not its key's."""
    point = read_checkpoint(signed.statement)
    if not signed.genuine():
        raise ValueError(f"the checkpoint in {name} is forged: the signature does not fit what it says")
    return Witness(name, point, signed.key)


def audit(source: Source, witnesses: Sequence[Witness] = (), pinned: bytes | None = None) -> Verified:
    """Walk all of a source. `pinned`: a public key, 32 bytes. Raises StoreError and OSError for what cannot be read."""
    by_position: dict[int, list[Witness]] = {}
    for witness in witnesses:
        by_position.setdefault(witness.point.position, []).append(witness)
    walk = Walk(by_position, pinned)
    fault = None
    try:
        chains = 0
        for record in source.records():
            walk.feed(record)
            if walk.chains != chains:
                chains = walk.chains
                if walk.n == 1 and not source.names_chain(walk.position, walk.chain):
                    raise LedgerFault(walk.position, "the table of chains does not name it", walk.chain, walk.n)
        walk.finish()
    except LedgerFault as found:
        known = found.chain or walk.chain
        fault = Finding(known, found.n or walk.n + 1, found.position or walk.position + 1, found.what)
    return Verified(
        first=walk.first, last=walk.position, chain=walk.chain, n=walk.n, hash=walk.hash, chains=walk.chains,
        checkpoints=walk.checkpoints, key=fingerprint(walk.key) if walk.key else "", lost_keys=tuple(walk.lost_keys),
        witnessed=0 if walk.witnessed is None else walk.witnessed.position, trusted=walk.trusted,
        before=tuple(w.name for w in witnesses if w.point.position < walk.first), fault=fault,
    )  # fmt: skip


def reach(found: Verified) -> str:
    """In a sentence or two: how far the word of a ledger without a fault goes."""
    told = []
    if found.witnessed:
        told.append(
            f"Up to position {found.witnessed} this is the ledger that your checkpoint was made of: "
            "nothing before that was changed, dropped, added or put in another order since."
        )
    if found.trusted > found.witnessed:
        told.append(f"Up to position {found.trusted} it was signed by the key that you named, or one that it signed.")
    rest = found.last - max(found.witnessed, found.trusted)
    if rest and told:
        told.append(f"For the {rest} entries after that there is only the machine's own word.")
    elif rest:
        told.append(
            "It fits in itself, and that is all: whoever holds the machine can write the whole ledger anew, with its "
            "checkpoints. Only a checkpoint that somebody else kept shows more: --against FILE."
        )
    if found.trusted and found.trusted >= found.witnessed:
        told.append("The key's word is good as long as only that machine had it.")
    told += [f"The signing key that began at position {at} was not signed by the one before." for at in found.lost_keys]
    told += [f"{name} speaks of entries before the first one here: it says nothing of these." for name in found.before]
    return " ".join(told)
