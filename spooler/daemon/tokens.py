"""Tokens: what a program shows over TCP, and the line by which it is known again.

A token is `ID.SECRET`: eight characters that may be shown, and 160 random bits. A token file has a line for each,

    scrypt:ID:LOG2N:SALT:HASH

with HASH = scrypt(SECRET; SALT, N = 2**LOG2N, r = 8, p = 1; 32 bytes) (RFC 7914), so what lies on the disk opens
nothing; by ID only one line is tried. A line that does not begin like this is a token itself, in clear: for a secret
that another system hands out. Lines beginning with # are remarks.
"""

import base64
import hashlib
import hmac
import secrets
from typing import Final

from attrs import frozen

LOG2N: Final = 14  # 16 MB and some tens of milliseconds
_MOST_LOG2N: Final = 20
_HEAD: Final = "scrypt"
_SECRET_BYTES: Final = 20
_ID_BYTES: Final = 5
LEAST: Final = 16  # characters of a token in clear


def _text(data: bytes) -> str:
    return base64.b32encode(data).decode().lower()


@frozen
class Hashed:
    """A line of a token file. Raises ValueError where it is damaged."""

    id: str
    log2n: int
    salt: bytes
    hash: bytes

    @classmethod
    def parse(cls, line: str) -> "Hashed":
        """From the file. Raises ValueError."""
        head, token_id, log2n, salt, hashed = line.split(":")
        if head != _HEAD or not token_id or not 1 <= int(log2n) <= _MOST_LOG2N:
            raise ValueError("no line of a token file")
        return cls(token_id, int(log2n), base64.b64decode(salt, validate=True), base64.b64decode(hashed, validate=True))

    def line(self) -> str:
        """For the file."""
        salt, hashed = (base64.b64encode(part).decode() for part in (self.salt, self.hash))
        return f"{_HEAD}:{self.id}:{self.log2n}:{salt}:{hashed}"

    def fits(self, secret: str) -> bool:
        """Whether this is the token's secret. Takes as long as making the line did."""
        return hmac.compare_digest(self.hash, _scrypt(secret, self.salt, self.log2n))


def is_hashed(line: str) -> bool:
    """Whether a line of a token file is one of these, damaged or not."""
    return line.startswith(f"{_HEAD}:")


def new_token(log2n: int = LOG2N) -> tuple[str, Hashed]:
    """A token to be shown once, and its line."""
    token_id, secret = _text(secrets.token_bytes(_ID_BYTES)), _text(secrets.token_bytes(_SECRET_BYTES))
    salt = secrets.token_bytes(16)
    return f"{token_id}.{secret}", Hashed(token_id, log2n, salt, _scrypt(secret, salt, log2n))


def _scrypt(secret: str, salt: bytes, log2n: int) -> bytes:
    memory = 128 * 8 * (2**log2n + 2)
    return hashlib.scrypt(secret.encode(), salt=salt, n=2**log2n, r=8, p=1, maxmem=2 * memory, dklen=32)
