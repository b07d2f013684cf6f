"""PostgreSQL as it is configured by default: an INSERT in a transaction of its own, answered when that is committed.

The driver speaks its protocol (version 3) itself: a prepared statement, then Bind, Execute and Sync for each job.
"""

import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from socket import socket

from driver import Answer, Answers, greet

from .contract import CannotServeError, Peer, as_user, running

_USER = "postgres"
_GREETINGS = 2  # to the startup, and to the statement that is prepared
_TABLE = "CREATE TABLE jobs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, job bytea NOT NULL)\n"


def _part(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return kind + struct.pack(">i", len(body) + 4) + body


def _greeting() -> bytes:
    startup = struct.pack(">i", 3 << 16) + b"user\0postgres\0database\0postgres\0\0"
    insert = b"INSERT INTO jobs (job) VALUES ($1)\0"
    prepare = _part(b"P", b"put\0", insert, struct.pack(">hi", 1, 17)) + _part(b"S")  # 17: bytea
    return struct.pack(">i", len(startup) + 4) + startup + prepare


def _message(_: int, job: bytes) -> bytes:
    # the unnamed portal of "put"; one parameter, binary; no results
    bound = struct.pack(">hhhi", 1, 1, 1, len(job))
    bind = _part(b"B", b"\0put\0", bound, job, struct.pack(">h", 0))
    return bind + _part(b"E", b"\0", struct.pack(">i", 0)) + _part(b"S")


def _answers() -> Answers:
    rest = b""
    seen = 0
    refused: list[str] = []

    def count(data: bytes) -> Sequence[Answer]:
        nonlocal rest, seen, refused
        rest += data
        at = 0
        found: list[Answer] = []
        while len(rest) - at >= 5:
            end = at + 1 + int.from_bytes(rest[at + 1 : at + 5], "big")
            if end > len(rest):
                break
            kind = rest[at]
            if kind == 0x45:  # E: fields, each a letter and a text; C is the code
                fields = rest[at + 5 : end].split(b"\0")
                refused = [field[1:].decode() for field in fields if field.startswith(b"C")]
            elif kind == 0x5A:  # Z: ready again
                found.append((seen, refused))
                seen, refused = seen + 1, []
            at = end
        rest = rest[at:]
        return found

    return count


@contextmanager
def _serve(folder: Path) -> Iterator[str]:
    data = folder / "data"
    before = as_user(_USER, folder)
    made = subprocess.run(
        [*before, "initdb", "-D", str(data), "-U", _USER, "-A", "trust"], check=False, capture_output=True, text=True,
        cwd=folder,
    )  # fmt: skip
    if made.returncode:
        raise CannotServeError(f"initdb: {(made.stderr or made.stdout).strip().splitlines()[-1]}")
    table = subprocess.run(
        [*before, "postgres", "--single", "-D", str(data), "postgres"], check=False, input=_TABLE, capture_output=True,
        text=True, cwd=folder,
    )  # fmt: skip
    if table.returncode:
        raise CannotServeError(f"postgres --single: {table.stderr.strip().splitlines()[-1]}")
    path = folder / ".s.PGSQL.5432"
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}", "-c", "max_connections=200"]
    with running([*before, str(which("postgres")), "-D", str(data), *options], folder, str(path), _knock) as address:
        yield address


def _knock(address: str) -> socket:
    """It listens before it is ready."""
    return greet(address, _greeting(), _answers(), _GREETINGS)


PEER = Peer(
    name="PostgreSQL",
    programs=("initdb", "postgres"),
    package="postgresql (and /usr/lib/postgresql/*/bin in PATH)",
    durable="INSERT and COMMIT, synchronous_commit = on",
    serve=_serve,
    message=_message,
    answers=_answers,
    greeting=_greeting(),
    greetings=_GREETINGS,
)
