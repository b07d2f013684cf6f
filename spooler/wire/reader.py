"""Bytes in, MessagePack values out: the one parser of both ends, with a bound on everything a sender can make grow.

Whatever has arrived is decoded in one loop: nothing is awaited per message. The parser keeps its place in a message
that is not complete yet, so a message in a thousand pieces costs no more than one in a single piece.

The unpacker's own limits bound each array, map, string and the unparsed bytes. Two things they do not bound are
counted here: the length of a message (its containers leave the buffer as they are parsed), and the number of values
in it (see limits.py).
"""

from collections.abc import Iterator
from typing import Any, Final

import msgpack

from spooler.model.problem import Problem, Refused

from .limits import Limits

#: Fed to the unpacker at a time: its buffer never holds more than a message and this.
_PIECE: Final = 64 * 1024


class _Budget:
    """Counts the values of the message in hand. A class of its own, so that reader and unpacker form no cycle."""

    __slots__ = ("left", "most")

    def __init__(self, most: int) -> None:
        self.most = self.left = most

    def spend(self, container: Any) -> Any:
        """Called by the unpacker with each array or map when it is complete."""
        self.left -= len(container) + 1
        if self.left < 0:
            raise ValueError("exceeds max_values")
        return container


class MessageReader:
    """A stream of MessagePack values. After it raised once it is of no more use."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._budget = _Budget(limits.max_values)
        self._unpacker = msgpack.Unpacker(
            read_size=_PIECE,  # the size of its first buffer
            max_buffer_size=limits.max_message + _PIECE,
            max_array_len=limits.max_array,
            max_map_len=limits.max_map,
            max_str_len=limits.max_message,
            max_bin_len=limits.max_message,
            max_ext_len=0,
            list_hook=self._budget.spend,
            object_hook=self._budget.spend,
        )
        self._fed = 0
        self.offset = 0  # bytes of the stream up to the end of the last complete message

    def read(self, data: bytes | memoryview) -> Iterator[Any]:
        """The messages that `data` completes. Raises Refused: `bad-message`, or `too-large` where a limit is passed."""
        if len(data) <= _PIECE:
            yield from self._piece(data)
            return
        view = memoryview(data)
        for start in range(0, len(view), _PIECE):
            yield from self._piece(view[start : start + _PIECE])

    def _piece(self, data: bytes | memoryview) -> Iterator[Any]:
        unpacker, budget, most = self._unpacker, self._budget, self._limits.max_message
        self._fed += len(data)
        try:
            unpacker.feed(data)
            for message in unpacker:
                end = unpacker.tell()
                if end - self.offset > most:
                    raise Refused(self._too_long())
                self.offset = end
                budget.left = budget.most
                yield message
        except (ValueError, msgpack.UnpackException) as error:
            raise Refused(self._refusal(error)) from None
        if self._fed - self.offset > most:
            raise Refused(self._too_long())

    def _too_long(self) -> Problem:
        return Problem("too-large", f"A message may have {self._limits.max_message} bytes; send fewer jobs in each.")

    def _refusal(self, error: Exception) -> Problem:
        if isinstance(error, msgpack.BufferFull):
            return self._too_long()
        if "exceeds max_" in str(error):  # the unpacker has no type of its own for this
            limits = self._limits
            return Problem(
                "too-large",
                f"A message may have {limits.max_values} values and {limits.max_message} bytes, "
                f"an array {limits.max_array} elements, a map {limits.max_map} entries; extension types are not used.",
            )
        return Problem("bad-message", "The bytes are not MessagePack with text keys and UTF-8 text.")
