"""The master key: it wraps the key files, so that a copy of the spool's folder alone opens nothing.

AES-256-GCM with the file's name as associated data, and not AES-KW (RFC 3394): GCM is what seals everything else here,
it binds a key to its file so that two files cannot change places, and its tag is twice as long. What KW has over it is
that it needs no nonce; one master key wraps some tens of thousands of keys a year, far below the 2**32 that random
nonces allow.

A master key comes from a file, from a systemd credential, or from a passphrase through scrypt (RFC 7914); salt and
parameters then lie in `keys/scrypt`, which hides nothing. What each protects against stands in docs/privacy.md. The
key stays in this process's memory, where root can read it.
"""

import hmac
import json
import os
import stat
from pathlib import Path
from typing import Final

from attrs import field, frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from .contract import StoreError
from .keyfile import CLEAR_ID, ID_BYTES, KEY_BYTES, clear_record

#: The file beside the key files that says how a passphrase becomes the master key.
RECIPE: Final = "scrypt"
_NONCE_BYTES: Final = 12
_SALT_BYTES: Final = 16
_COST: Final = 1 << 17  # with r = 8: 128 MiB and some tenths of a second for each try
_COST_MOST: Final = 1 << 20
_RECIPE_LONGEST: Final = 500  # bytes


@frozen
class Master:
    """A master key, or the lack of one: then nothing is hidden."""

    _key: bytes | None = field(default=None, repr=False)
    recipe: bytes | None = field(default=None, repr=False)  # what must lie in RECIPE for a passphrase to give this key

    @property
    def id(self) -> bytes:
        """Tells one master key from another, and gives nothing of it away."""
        if self._key is None:
            return CLEAR_ID
        return hmac.digest(self._key, b"ktp-spooler master key", "sha256")[:ID_BYTES]

    def wrap(self, name: str, key: bytes) -> bytes:
        """The record for the key file `name`."""
        if self._key is None:
            return clear_record(key)
        nonce = os.urandom(_NONCE_BYTES)
        return self.id + nonce + AESGCM(self._key).encrypt(nonce, key, name.encode())

    def unwrap(self, name: str, record: bytes) -> bytes:
        """The key of a record of this master's. Raises StoreError where record, name and key do not fit."""
        nonce, sealed = record[ID_BYTES:][:_NONCE_BYTES], record[ID_BYTES + _NONCE_BYTES :]
        if self._key is None:
            return sealed[:KEY_BYTES]
        try:
            return AESGCM(self._key).decrypt(nonce, sealed, name.encode())
        except InvalidTag:
            raise StoreError(
                f"The key file keys/{name} is damaged, or was another file: put back the right one."
            ) from None


NO_MASTER: Final = Master()


def master_from_file(path: Path) -> Master:
    """From a file of 32 bytes that nobody else can read. Raises StoreError."""
    return _from_file(path, 0o077, f"The master key's file {path}")


def master_from_credential(name: str) -> Master:
    """From the systemd credential `name`. Raises StoreError.

    systemd lets the service's user in by an access list, which shows as a group's right to read.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder is None:
        raise StoreError(
            f"There is no credential {name}: start the spooler as a service with LoadCredentialEncrypted={name}."
        )
    return _from_file(Path(folder, name), 0o037, f"The credential {name}")


def master_from_passphrase(passphrase: str, keys: Path) -> Master:
    """From what a person typed, by the recipe in the spool's folder `keys`, or a new one. Writes nothing.

    Raises StoreError for a recipe that is damaged.
    """
    path = keys / RECIPE
    recipe = path.read_bytes()[:_RECIPE_LONGEST] if path.exists() else _new_recipe()
    try:
        told = json.loads(recipe)
        salt, cost = bytes.fromhex(told["salt"]), told["n"]
        if not 2 <= cost <= _COST_MOST or told["r"] != 8 or told["p"] != 1:
            raise ValueError
        key = Scrypt(salt, KEY_BYTES, cost, 8, 1).derive(passphrase.encode())
    except (ValueError, TypeError, LookupError):
        raise StoreError(
            f"The file keys/{RECIPE} is damaged: put it back; no passphrase opens the keys without it."
        ) from None
    return Master(key, recipe)


def _new_recipe() -> bytes:
    return json.dumps({"n": _COST, "r": 8, "p": 1, "salt": os.urandom(_SALT_BYTES).hex()}).encode()


def _from_file(path: Path, forbidden: int, what: str) -> Master:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise StoreError(f"{what} cannot be read ({error.strerror}): nothing was opened.") from None
    try:
        status = os.fstat(fd)
        if status.st_uid not in (0, os.geteuid()) or stat.S_IMODE(status.st_mode) & forbidden:
            raise StoreError(
                f"{what} must belong to the spooler's user or root, and be readable by nobody else: correct owner and "
                "mode (0600), and find out who could read it."
            )
        key = os.read(fd, KEY_BYTES + 1) if stat.S_ISREG(status.st_mode) else b""
    finally:
        os.close(fd)
    if len(key) != KEY_BYTES:
        raise StoreError(
            f"{what} must hold exactly {KEY_BYTES} random bytes: `head -c {KEY_BYTES} /dev/urandom` makes them."
        )
    return Master(key)
