"""A recorded session with a printer: what was sent and answered, connection by connection, as lines of JSON.

    {"session": 1, "family": "evolis", "pictures": false}
    {"at": 0.41, "took": 0.003, "sent": ["\\u001bRsn\\r\\u0000"], "answer": ["10000123\\u0000…"], "broken": false}

`at` and `took` are seconds: from the beginning to the connection, and from the connection to its end. A piece is text
(a character per byte), or {"bytes": N, "same": "…"} for bytes that are not kept: their number, and a mark that is equal
for equal bytes of one session. The mark's key is thrown away, so that no guessed picture can be held against it.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import frozen

_VERSION: Final = 1


class SessionError(ValueError):
    """Not a recorded session; the text says in which line."""


@frozen
class Hidden:
    """Bytes that were not kept."""

    size: int
    same: str


@frozen
class Shown:
    """Bytes that were kept, as they were."""

    data: bytes


Piece = Hidden | Shown


@frozen
class Recorded:
    """One connection."""

    at: float
    took: float
    sent: tuple[Piece, ...]
    answer: tuple[Piece, ...]
    broken: bool = False  # it ended without an answer


def _to_json(piece: Piece) -> Any:
    if isinstance(piece, Hidden):
        return {"bytes": piece.size, "same": piece.same}
    if len(piece.data) > 4096:
        return {"raw": base64.b64encode(piece.data).decode()}
    return piece.data.decode("latin-1")


def _from_json(value: Any) -> Piece:
    if isinstance(value, str):
        return Shown(value.encode("latin-1"))
    if "raw" in value:
        return Shown(base64.b64decode(value["raw"], validate=True))
    return Hidden(int(value["bytes"]), str(value["same"]))


def head(family: str, *, pictures: bool) -> str:
    """The first line of a file."""
    return json.dumps({"session": _VERSION, "family": family, "pictures": pictures}) + "\n"


def line(recorded: Recorded) -> str:
    """A connection's line."""
    sent, answer = ([_to_json(piece) for piece in pieces] for pieces in (recorded.sent, recorded.answer))
    times = {"at": round(recorded.at, 4), "took": round(recorded.took, 4)}
    return json.dumps(times | {"sent": sent, "answer": answer, "broken": recorded.broken}) + "\n"


def parse(lines: Iterable[str]) -> Iterator[Recorded]:
    """The connections of a session. Raises SessionError."""
    for number, text in enumerate(lines, 1):
        try:
            value = json.loads(text)
            if number == 1:
                if value["session"] != _VERSION:
                    raise SessionError(
                        f"line 1: a session of version {value['session']}; this program reads {_VERSION}"
                    )
                continue
            yield Recorded(
                float(value["at"]), float(value["took"]), tuple(map(_from_json, value["sent"])),
                tuple(map(_from_json, value["answer"])), bool(value["broken"]),
            )  # fmt: skip
        except SessionError:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise SessionError(f"line {number} is no line of a recorded session") from error


def load(path: Path) -> Sequence[Recorded]:
    """A session from its file. Raises SessionError, or OSError."""
    with path.open() as file:
        found = list(parse(file))
    if not found:
        raise SessionError("no connection is recorded in it")
    return found
