"""Keyed hashes: what lets a ticket, an authorisation or a content be known again after the thing itself is gone.

HMAC-SHA256 (RFC 2104) under the spool's own key, cut to 128 bits: without the key nobody can try out NIKs or ticket
numbers against a stolen database. The message is MessagePack of [domain, part, …], so no two lists of parts read the
same. The two halves of the HMAC are prepared once and copied, which is three times as fast as hmac.digest here.
"""

import hashlib
from typing import Final

import msgpack

from spooler.model.commands import Submit
from spooler.model.stock import StockMove

SIZE: Final = 16  # bytes
_BLOCK: Final = 64  # SHA-256's block


class Hashes:
    """The hashes of one spool. Not for two threads at once."""

    def __init__(self, key: bytes) -> None:
        """`key`: 32 bytes."""
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(b ^ 0x36 for b in padded))
        self._outer = hashlib.sha256(bytes(b ^ 0x5C for b in padded))
        self._pack = msgpack.Packer(autoreset=True).pack

    def _hmac(self, parts: tuple[object, ...]) -> bytes:
        inner = self._inner.copy()
        inner.update(self._pack(parts))
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()[:SIZE]

    def ticket(self, submitter: str, ticket: str) -> bytes:
        """Tickets are unique per application: the submitter is part of it."""
        return self._hmac(("ticket", submitter, ticket))

    def authorisation(self, authorisation: str) -> bytes:
        """An authorisation is one card's right in the whole spool, whoever presents it."""
        return self._hmac(("authorisation", authorisation))

    def person(self, about: str, number: str) -> bytes:
        """A person's number, by which jobs are found again (persons.py); `about`: which kind of number it is."""
        return self._hmac(("person", about, number))

    def stock_move(self, m: StockMove) -> tuple[bytes, bytes]:
        """(ticket, content) of a movement: a person's tickets for blanks are not those for jobs."""
        content = (m.act, m.site, m.stock, m.amount, m.pile, m.to, m.printer, m.stage, m.uids, m.day)
        return self._hmac(("stock-ticket", m.actor, m.ticket)), self._hmac(("stock-content", *content))

    def content(self, s: Submit) -> bytes:
        """All that the application asked for; not what the spooler adds by the day and the load."""
        parts: tuple[object, ...] = (
            "content", s.submitter, s.kind, s.stock, s.site, s.destination, s.priority, s.band, s.flow, s.group,
            s.authorisation, s.payload,
        )  # fmt: skip
        if s.priority_class is not None or s.hold_until_ms is not None or s.express is not None:
            # of a class the word was asked for: what the table makes of it changes by the day
            asked = s.priority_class or s.priority
            parts = (*parts[:6], asked, *parts[8:], s.hold_until_ms, s.express)
        # what most jobs do not have is no part of them: their hashes are those of format 2
        return self._hmac(parts if s.reprint_of is None else (*parts, s.reprint_of))
