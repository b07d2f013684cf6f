"""Methods about the ledger itself: where it stands, sign that, change the signing key."""

from collections.abc import Mapping
from typing import Any

from spooler.model.ledger_commands import MakeCheckpoint, RotateSigningKey
from spooler.model.problem import Problem, Refused
from spooler.model.site import Right
from spooler.store import Signed, as_text, fingerprint, read_checkpoint
from spooler.store.contract import Reader

from .reads import Reads
from .session import Handler, Session
from .writer import Writer


class LedgerDesk:
    """`ledger-head`, `checkpoint`, `rotate-signing-key`."""

    def __init__(self, reads: Reads, writer: Writer) -> None:
        self._reads = reads
        self._writer = writer
        self.handlers: Mapping[str, Handler] = {
            "ledger-head": self._head,
            "checkpoint": self._checkpoint,
            "rotate-signing-key": self._rotate,
        }

    async def _head(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        return await self._reads.do(head_map)

    async def _checkpoint(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        assert session.principal is not None
        await self._writer.do(MakeCheckpoint(session.principal.name))
        return await self._reads.do(head_map)

    async def _rotate(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        assert session.principal is not None
        if not (session.principal.may(Right.SUPERVISE, "*") or session.principal.may(Right.ADMIN, "*")):
            raise Refused(Problem("forbidden", "the ledger is all sites': one who supervises all of them may do this"))
        name = session.principal.name
        number, _ = await self._writer.do(RotateSigningKey(name), MakeCheckpoint(name))  # which shows the new key
        return {"number": number} | await self._reads.do(head_map)


def head_map(reader: Reader) -> dict[str, Any]:
    """The answer to all three: also what a paper prints of the ledger. The hash as hexadecimal digits."""
    entry, signed = reader.last_entry(), reader.checkpoint()
    return {
        "chain": "" if entry is None else entry.chain,
        "n": 0 if entry is None else entry.n,
        "position": 0 if entry is None else entry.position,
        "hash": "" if entry is None else entry.hash.hex(),
        "checkpoint": None if signed is None else checkpoint_map(signed),
    }


def checkpoint_map(signed: Signed) -> dict[str, Any]:
    """A checkpoint, and its text for mail and paper."""
    point = read_checkpoint(signed.statement)
    return {
        "node": point.node,
        "chain": point.chain,
        "n": point.n,
        "position": point.position,
        "hash": point.hash.hex(),
        "at_ms": point.at_ms,
        "key": fingerprint(signed.key),
        "text": as_text(signed),
    }
