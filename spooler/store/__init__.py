"""Durable state: jobs, sealed payloads, keyed hashes and the ledger, in one embedded database."""

from .contract import (
    Applied,
    Entry,
    Outcome,
    PlaceRule,
    Reader,
    Store,
    StoreDeadError,
    StoreError,
    StoreLockedError,
    Submitted,
)
from .embedded import EmbeddedStore, open_store
from .ledger import verify
from .reader import EmbeddedReader
from .seal import pack_payload, unpack_payload
from .transaction import Retention

__all__ = [
    "Applied",
    "EmbeddedReader",
    "EmbeddedStore",
    "Entry",
    "Outcome",
    "PlaceRule",
    "Reader",
    "Retention",
    "Store",
    "StoreDeadError",
    "StoreError",
    "StoreLockedError",
    "Submitted",
    "open_store",
    "pack_payload",
    "unpack_payload",
    "verify",
]
