"""Sealing: a payload is shut with a key of its own, and that key with the bucket's.

AES-256-GCM (NIST SP 800-38D), 96-bit random nonces in front of the text, the job id as associated data, so that
neither a payload nor a key can be put under another job. A bucket key wraps one hour's jobs, far below the 2**32
uses that random nonces allow.
"""

import os
from collections.abc import Callable
from typing import Final

import msgpack
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from spooler.model.job import Content

from .contract import StoreError

NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
#: Random bytes that one `seal` uses up: drawn for a whole list at once, because a system call costs more than a seal.
RANDOM_BYTES: Final = _KEY_BYTES + 2 * NONCE_BYTES
#: Behind the job id in a note's associated data, so that a note cannot be put in a payload's place.
_NOTE: Final = b" note"


#: One packer for all: it keeps Python's lock while it packs, and starts anew each time.
_pack: Final[Callable[[object], bytes]] = msgpack.Packer(autoreset=True).pack


def pack_payload(content: Content) -> bytes:
    """The payload of a Submit, in clear: MessagePack of [fields, photo, signature].

    Fields are sorted by name, so that the same content gives the same bytes, whatever order the caller had.
    """
    fields = content.fields
    return _pack(({name: fields[name] for name in sorted(fields)}, content.photo, content.signature))


def unpack_payload(payload: bytes) -> Content:
    """What `pack_payload` packed."""
    fields, photo, signature = msgpack.unpackb(payload)
    return Content(fields, photo, signature)


def seal(payload: bytes, job: bytes, bucket: AESGCM, random: bytes) -> tuple[bytes, bytes]:
    """(sealed payload, wrapped key) from RANDOM_BYTES of `random`; `job`: the id's characters."""
    key = random[:_KEY_BYTES]
    nonce = random[_KEY_BYTES:-NONCE_BYTES]
    sealed = nonce + AESGCM(key).encrypt(nonce, payload, job)
    nonce = random[-NONCE_BYTES:]
    return sealed, nonce + bucket.encrypt(nonce, key, job)


def unseal(sealed: bytes, wrapped: bytes, job: bytes, bucket: AESGCM) -> bytes:
    """The payload. Raises StoreError where key, job and text do not belong together."""
    try:
        key = bucket.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], job)
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], job)
    except InvalidTag:
        raise _shut(job) from None


def seal_note(note: str, wrapped: bytes, job: bytes, bucket: AESGCM) -> bytes:
    """A note beside a payload, under the same job key, so that it lives exactly as long."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_job_key(wrapped, job, bucket)).encrypt(nonce, note.encode(), job + _NOTE)


def open_note(sealed: bytes, wrapped: bytes, job: bytes, bucket: AESGCM) -> str:
    """What `seal_note` sealed. Raises StoreError where they do not belong together."""
    try:
        key = AESGCM(_job_key(wrapped, job, bucket))
        return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], job + _NOTE).decode()
    except InvalidTag:
        raise _shut(job) from None


def _job_key(wrapped: bytes, job: bytes, bucket: AESGCM) -> bytes:
    return bucket.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], job)


def rewrap(wrapped: bytes, job: bytes, old: AESGCM, new: AESGCM) -> bytes:
    """The same job key under another bucket's key."""
    try:
        key = old.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], job)
    except InvalidTag:
        raise _shut(job) from None
    nonce = os.urandom(NONCE_BYTES)
    return nonce + new.encrypt(nonce, key, job)


def _shut(job: bytes) -> StoreError:
    return StoreError(
        f"The payload of job {job.decode()} cannot be opened: the database and the folder keys/ do not belong "
        "together, or one is damaged. Put back the folder that belongs to this database."
    )
