"""Who a connection speaks for: Unix peer credentials mapped in the config, or a token over TCP."""

import hmac
import os
import pwd
import socket
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

from spooler.config import PrincipalConfig
from spooler.model.site import Principal

TOKEN_LIMIT = 4096  # bytes


class TokenFileError(Exception):
    """A token file that cannot be used; the sentence says why."""


def peer_uid(connection: socket.socket) -> int:
    """The uid at the other end of a Unix socket (SO_PEERCRED, unix(7))."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", credentials)
    return int(uid)


class Doorman:
    """Knows the principals."""

    def __init__(self, principals: Iterable[PrincipalConfig]) -> None:
        self._by_uid: dict[int, Principal] = {}
        self._by_token: list[tuple[bytes, Principal]] = []
        for config in principals:
            if config.unix_user is not None:
                self._by_uid[_uid(config.unix_user)] = config.principal
            if config.token_file is not None:
                self._by_token.append((_token(Path(config.token_file)), config.principal))

    def by_uid(self, uid: int) -> Principal | None:
        """The principal of a Unix user."""
        return self._by_uid.get(uid)

    def by_token(self, token: str) -> Principal | None:
        """The principal of a token; compared in constant time."""
        found = None
        for known, principal in self._by_token:
            if hmac.compare_digest(known, token.encode()):
                found = principal
        return found


def _uid(user: str) -> int:
    if user == "@owner":
        return os.getuid()
    if user.isdecimal():
        return int(user)
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        raise TokenFileError(f"there is no user {user!r} on this machine") from None


def _token(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno())
            if stat.S_IMODE(mode.st_mode) & 0o077 or mode.st_uid != os.getuid():
                raise TokenFileError(f"{path} must belong to the spooler's user with mode 600")
            token = file.read(TOKEN_LIMIT).strip()
    except OSError as error:
        raise TokenFileError(f"{path}: {error.strerror}") from error
    if len(token) < 16:
        raise TokenFileError(f"{path} must hold a token of at least 16 characters")
    return token
