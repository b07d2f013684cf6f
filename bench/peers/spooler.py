"""Ours: the job validated, sealed, hashed, in the ledger and flushed before the answer. One job in a message."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgpack
from city import spooler
from ours_load import answers

from .contract import Peer

_HEAD = b"\x94\x00"  # [0, msgid, "submit", [{"jobs": [job]}]]
_MIDDLE = b"\xa6submit\x91\x81\xa4jobs\x91"


@contextmanager
def _serve(folder: Path) -> Iterator[str]:
    with spooler(["tcp://127.0.0.1:1"], folder) as path:
        yield path


def _message(n: int, job: bytes) -> bytes:
    return b"".join((_HEAD, msgpack.packb(n), _MIDDLE, job))


PEER = Peer(
    name="ktp-spooler",
    programs=(),
    package="",
    durable="one transaction, one fsync, for what came together",
    serve=_serve,
    message=_message,
    answers=answers,
)
