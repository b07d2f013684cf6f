"""Bytes in, MessagePack values out: the one parser of both ends, with a bound on everything a sender can make grow.

Whatever has arrived is decoded in one loop: nothing is awaited per message. The parser keeps its place in a message
that is not complete yet, so a message in a thousand pieces costs no more than one in a single piece.

The unpacker makes an object of whatever a sender announces, so a scan of the headers goes ahead of it and stops at
the first value that passes a limit: what stands before that is decoded, the rest is not looked at.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgpack

from spooler.ext.scan import Scan
from spooler.model.problem import Problem, Refused

from .limits import Limits

#: Fed to the unpacker at a time: its buffer never holds more than a message and this.
_PIECE: Final = 64 * 1024


#: What the scan says of a value -> the limit that it passes, and what to say of that.
_REFUSALS: Final = {
    "array": ("max_array", "An array may have {} elements."),
    "map": ("max_map", "A map may have {} entries."),
    "values": ("max_values", "A message may have {} values; send fewer jobs in each."),
    "message": ("max_message", "A message may have {} bytes; send fewer jobs in each."),
}


class MessageReader:
    """A stream of MessagePack values. After it raised once it is of no more use."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._scan = Scan(
            message=limits.max_message, values=limits.max_values, array=limits.max_array, map=limits.max_map,
            depth=limits.max_depth,
        )  # fmt: skip
        self._unpacker = msgpack.Unpacker(
            read_size=_PIECE,  # the size of its first buffer
            max_buffer_size=limits.max_message + _PIECE,
            max_str_len=limits.max_message,
            max_bin_len=limits.max_message,
            max_ext_len=0,
        )

    @property
    def offset(self) -> int:
        """Bytes of the stream up to the end of the last complete message; to be asked when one has been taken."""
        return int(self._unpacker.tell())

    def read(self, data: bytes | memoryview) -> Iterator[Any]:
        """The messages that `data` completes. Raises Refused: `bad-message`, or `too-large` where a limit is passed."""
        if len(data) <= _PIECE:
            yield from self._piece(data)
            return
        view = memoryview(data)
        for start in range(0, len(view), _PIECE):
            yield from self._piece(view[start : start + _PIECE])

    def _piece(self, data: bytes | memoryview) -> Iterator[Any]:
        scan, unpacker = self._scan, self._unpacker
        good = scan.next(data)
        try:
            unpacker.feed(data if good == len(data) else data[:good])
            yield from unpacker
        except (ValueError, msgpack.UnpackException):
            raise Refused(
                Problem("bad-message", "The bytes are not MessagePack with text keys and UTF-8 text.")
            ) from None
        if scan.verdict != "good":
            raise Refused(self._refusal(scan.verdict))

    def _refusal(self, verdict: str) -> Problem:
        if verdict in _REFUSALS:
            limit, sentence = _REFUSALS[verdict]
            return Problem("too-large", sentence.format(getattr(self._limits, limit)))
        if verdict == "extension":
            return Problem("too-large", "Extension types are not used.")
        if verdict == "depth":
            return Problem("bad-message", f"Arrays and maps may lie {self._limits.max_depth} deep within each other.")
        return Problem("bad-message", "The bytes are not MessagePack with text keys and UTF-8 text.")
