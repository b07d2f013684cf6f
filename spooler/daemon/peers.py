"""Who a connection speaks for: Unix peer credentials mapped in the config, or a token over TCP."""

import hmac
import os
import pwd
import secrets
import socket
import stat
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import trio

from spooler.config import PrincipalConfig
from spooler.model.site import Principal
from spooler.rules.behalf import may_speak_for, on_behalf
from spooler.rules.knocking import Knocks

from .tokens import LEAST, Hashed, is_hashed

TOKEN_LIMIT: Final = 64 * 1024  # bytes of a token file


class TokenFileError(Exception):
    """A token file that cannot be used; the sentence says why."""


def peer_uid(connection: socket.socket) -> int:
    """The uid at the other end of a Unix socket (SO_PEERCRED, unix(7))."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", credentials)
    return int(uid)


#: How somebody was recognised: the word for the way, and what he showed. Good as long as the config has it.
Proof = tuple[str, str | bytes | int]


class Doorman:
    """Knows the principals of the config that holds now. `replace` takes another one's."""

    def __init__(self, principals: Iterable[PrincipalConfig], knocks: Knocks | None = None) -> None:
        """Raises TokenFileError."""
        self._secret = secrets.token_bytes(32)
        self._knocks = knocks or Knocks()
        self._hashing = trio.CapacityLimiter(1)  # a crowd that guesses takes one thread, not all
        self.replace(principals)

    def replace(self, principals: Iterable[PrincipalConfig]) -> None:
        """Know these from now on. Raises TokenFileError, and then knows the old ones."""
        by_uid: dict[int, Principal] = {}
        plain: list[tuple[bytes, Principal]] = []
        hashed: dict[str, tuple[Hashed, Principal]] = {}
        proofs: dict[Proof, Principal] = {}
        by_certificate: dict[str, Principal] = {}
        by_name: dict[str, Principal] = {}
        for config in principals:
            by_name[config.principal.name] = config.principal
            if config.certificate is not None:
                by_certificate[config.certificate] = config.principal
                proofs["certificate", config.certificate] = config.principal
            if config.unix_user is not None:
                uid = _uid(config.unix_user)
                by_uid[uid] = config.principal
                proofs["uid", uid] = config.principal
            if config.token_file is not None:
                for line in _token_lines(Path(config.token_file)):
                    if isinstance(line, Hashed):
                        hashed[line.id] = line, config.principal
                        proofs["hash", line.line()] = config.principal
                    else:
                        plain.append((line, config.principal))
                        proofs["clear", self._digest(line)] = config.principal
        self._by_uid, self._plain, self._hashed, self._proofs = by_uid, plain, hashed, proofs
        self._by_certificate = by_certificate
        self._by_name = by_name
        self._behalves: dict[tuple[str, str], Principal] = {}  # (application, officer), as they were asked for
        self._proven: dict[str, bytes] = {}  # token id -> keyed hash of the token that was shown for it

    def by_uid(self, uid: int) -> Principal | None:
        """The principal of a Unix user."""
        return self._by_uid.get(uid)

    def by_certificate(self, name: str) -> Principal | None:
        """The principal of a client certificate's common name."""
        return self._by_certificate.get(name)

    def still(self, proof: Proof, officer: str | None = None) -> Principal | None:
        """Whom the config has for it now; None once it is nobody's any more. `officer`: for whom it says to speak."""
        known = self._proofs.get(proof)
        if officer is None or known is None:
            return known
        asked = known.name, officer
        if asked not in self._behalves:
            other = self._by_name.get(officer)
            if other is None or not may_speak_for(known, other):
                return None
            self._behalves[asked] = on_behalf(known, other)
        return self._behalves[asked]

    def wait_ms(self, place: str, now_ms: int) -> int:
        """How long no token is looked at that comes from there."""
        return self._knocks.wait_ms(place, now_ms)

    async def by_token(self, token: str, place: str, now_ms: int) -> Proof | None:
        """What a token proves; a wrong one counts against the place that it came from."""
        found: Proof | None = None
        for known, _ in self._plain:
            if hmac.compare_digest(known, token.encode()):  # in constant time
                found = "clear", self._digest(known)
        if found is None:
            found = await self._by_hash(token)
        if found is None:
            self._knocks.failed(place, now_ms)
        return found

    def _digest(self, token: bytes) -> bytes:
        return hmac.digest(self._secret, token, "sha256")

    async def _by_hash(self, token: str) -> Proof | None:
        token_id, _, secret = token.partition(".")
        if token_id not in self._hashed:
            return None
        line, _ = self._hashed[token_id]
        seen = self._digest(token.encode())
        if not hmac.compare_digest(self._proven.get(token_id, b""), seen):
            if not await trio.to_thread.run_sync(line.fits, secret, limiter=self._hashing):
                return None
            self._proven[token_id] = seen  # the next connection need not wait for scrypt
        return "hash", line.line()


def _uid(user: str) -> int:
    if user == "@owner":
        return os.getuid()
    if user.isdecimal():
        return int(user)
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        raise TokenFileError(f"there is no user {user!r} on this machine") from None


def read_token_file(path: Path) -> bytes:
    """The bytes of a token file that is nobody else's to read. Raises TokenFileError."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno())
            if stat.S_IMODE(mode.st_mode) & 0o077 or mode.st_uid != os.getuid():
                raise TokenFileError(f"{path} must belong to the spooler's user with mode 600")
            data = file.read(TOKEN_LIMIT + 1)
    except OSError as error:
        raise TokenFileError(f"{path}: {error.strerror}") from error
    if len(data) > TOKEN_LIMIT:
        raise TokenFileError(f"{path} is longer than {TOKEN_LIMIT} bytes: take out the tokens that nobody uses")
    return data


def _token_lines(path: Path) -> Iterator[Hashed | bytes]:
    """Its tokens, hashed or in clear. Raises TokenFileError."""
    found = False
    for number, raw in enumerate(read_token_file(path).splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith(b"#"):
            continue
        found = True
        if is_hashed(text := line.decode("utf-8", "replace")):
            try:
                yield Hashed.parse(text)
            except ValueError:
                raise TokenFileError(f"{path}:{number}: the line is damaged; make a new token: spooler token") from None
        elif len(line) < LEAST:
            raise TokenFileError(f"{path}:{number}: a token has at least {LEAST} characters")
        else:
            yield line
    if not found:
        raise TokenFileError(f"{path} holds no token: make one with spooler token")
