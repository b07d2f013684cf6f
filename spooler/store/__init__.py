"""Durable state: jobs, sealed payloads, keyed hashes and the ledger, in one embedded database."""

from .audit import Finding, Verified, audit, outside_checkpoint, reach
from .checkpoint import Checkpoint, Signed, as_text, fingerprint, from_text, read_checkpoint, read_signing_key
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
from .embedded import EmbeddedStore
from .identity import read_machine
from .ledger import verify
from .ledger_file import KeyRecord
from .ledger_source import FileSource, Source, SpoolSource
from .master import Master, master_from_credential, master_from_file, master_from_passphrase
from .opening import open_store
from .reader import EmbeddedReader
from .retention import Keep, Retention
from .rotate import rotate_keys
from .seal import pack_payload, unpack_payload
from .segments import SEGMENT_ENTRIES
from .shipping import Shipped, ShippingError, export, ship
from .walk import LedgerFault, Witness

__all__ = [
    "SEGMENT_ENTRIES",
    "Applied",
    "Checkpoint",
    "EmbeddedReader",
    "EmbeddedStore",
    "Entry",
    "FileSource",
    "Finding",
    "Keep",
    "KeyRecord",
    "LedgerFault",
    "Master",
    "Outcome",
    "PlaceRule",
    "Reader",
    "Retention",
    "Shipped",
    "ShippingError",
    "Signed",
    "Source",
    "SpoolSource",
    "Store",
    "StoreDeadError",
    "StoreError",
    "StoreLockedError",
    "Submitted",
    "Verified",
    "Witness",
    "as_text",
    "audit",
    "export",
    "fingerprint",
    "from_text",
    "master_from_credential",
    "master_from_file",
    "master_from_passphrase",
    "open_store",
    "outside_checkpoint",
    "pack_payload",
    "reach",
    "read_checkpoint",
    "read_machine",
    "read_signing_key",
    "rotate_keys",
    "ship",
    "unpack_payload",
    "verify",
]
