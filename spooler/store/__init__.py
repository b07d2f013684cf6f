"""Durable state: jobs, sealed payloads, keyed hashes and the ledger, in one embedded database."""

from .contract import (
    Applied,
    Entry,
    Outcome,
    PlaceRule,
    Reader,
    Store,
    StoreError,
    StoreLockedError,
    Submitted,
)
from .embedded import EmbeddedStore, open_store
from .ledger import verify
from .master import Master, master_from_credential, master_from_file, master_from_passphrase
from .reader import EmbeddedReader
from .retention import Keep, Retention
from .rotate import rotate_keys
from .seal import pack_payload, unpack_payload

__all__ = [
    "Applied",
    "EmbeddedReader",
    "EmbeddedStore",
    "Entry",
    "Keep",
    "Master",
    "Outcome",
    "PlaceRule",
    "Reader",
    "Retention",
    "Store",
    "StoreError",
    "StoreLockedError",
    "Submitted",
    "master_from_credential",
    "master_from_file",
    "master_from_passphrase",
    "open_store",
    "pack_payload",
    "rotate_keys",
    "unpack_payload",
    "verify",
]
