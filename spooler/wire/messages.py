"""The three messages of MessagePack-RPC, as values and as bytes.

    request       [0, msgid, method, params]     msgid: uint32, params: array
    response      [1, msgid, error, result]      error: nil, or our error map
    notification  [2, method, params]

Source: https://github.com/msgpack-rpc/msgpack-rpc/blob/master/spec.md. Our params are an array of one map, or empty.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgpack
from attrs import field, frozen

from spooler.model.hot import hot
from spooler.model.problem import Problem, Refused

REQUEST: Final = 0
RESPONSE: Final = 1
NOTIFICATION: Final = 2
MAX_MSGID: Final = 2**32 - 1
#: The msgid of an error that answers no request in particular. Clients number theirs from 1.
NO_MSGID: Final = 0


@hot
class Request:
    """Somebody wants an answer. `params` is the array as it came: methods.check_params judges it."""

    msgid: int
    method: str
    params: list[Any] = field(repr=False)


@frozen
class Notification:
    """Somebody says something and wants no answer. `params` is the one map in the array, {} where there is none."""

    method: str
    params: dict[str, Any] = field(repr=False)


@frozen
class Reply:
    """The answer to a request: one of `error` and `result` is None."""

    msgid: int
    error: dict[str, Any] | None
    result: Any = field(repr=False)


def parse_message(message: Any) -> Request | Notification | Reply:
    """A decoded MessagePack value as a message. Raises Refused with `bad-message`."""
    if type(message) is list and message and type(message[0]) is int:
        kind = message[0]
        if kind == NOTIFICATION:
            if len(message) == 3 and type(message[1]) is str and (params := _params(message[2])) is not None:
                return Notification(message[1], params)
        elif len(message) == 4 and type(message[1]) is int and 0 <= message[1] <= MAX_MSGID:
            _, msgid, middle, last = message
            if kind == REQUEST and type(middle) is str and type(last) is list:
                return Request(msgid, middle, last)
            if kind == RESPONSE and (middle is None or (type(middle) is dict and last is None)):
                return Reply(msgid, middle, last)
    raise Refused(Problem("bad-message", "A message is [0, msgid, method, params]; params is an array of one map."))


def _params(params: Any) -> dict[str, Any] | None:
    if params == []:
        return {}
    return params[0] if type(params) is list and len(params) == 1 and type(params[0]) is dict else None


class Encoder:
    """Messages as bytes, through one reused packer. Not for use from two threads at once."""

    def __init__(self) -> None:
        self._packer = msgpack.Packer(autoreset=True)

    def request(self, msgid: int, method: str, params: dict[str, Any]) -> bytes:
        """[0, msgid, method, [params]]"""
        packed: bytes = self._packer.pack((REQUEST, msgid, method, (params,)))
        return packed

    def result(self, msgid: int, result: Any) -> bytes:
        """[1, msgid, nil, result]"""
        packed: bytes = self._packer.pack((RESPONSE, msgid, None, result))
        return packed

    def error(self, msgid: int, error: dict[str, Any]) -> bytes:
        """[1, msgid, error, nil]"""
        packed: bytes = self._packer.pack((RESPONSE, msgid, error, None))
        return packed

    def notification(self, method: str, params: dict[str, Any]) -> bytes:
        """[2, method, [params]]"""
        packed: bytes = self._packer.pack((NOTIFICATION, method, (params,)))
        return packed

    def entries(self, cursor: str, bodies: Sequence[bytes]) -> bytes:
        """[2, "entries", [{cursor, entries: [body, …]}]], each body as stored: the bytes hashed are sent."""
        pack = self._packer
        head = b"\x93\x02\xa7entries\x91\x82\xa6cursor"
        return b"".join((head, pack.pack(cursor), b"\xa7entries", pack.pack_array_header(len(bodies)), *bodies))
