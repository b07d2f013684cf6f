"""Signatures in the plain forms of PNG, straight to grey: no interlace, no palette, no colour key, 8 bits or 1.

Signature pads write these; a general library takes several times as long for them and holds the GIL meanwhile. For
every other form `read_grey` says None, and Pillow reads it. Format: RFC 2083, chapters 3, 4.1 and 6.
"""

import struct
import zlib
from typing import Final

from spooler.ext import png
from spooler.ext.encode import Rows

_IHDR: Final = struct.Struct(">IIBBBBB")
#: colour type -> channels
_CHANNELS: Final = {0: 1, 2: 3, 4: 2, 6: 4}


class DamagedError(ValueError):
    """The bytes are no whole PNG picture."""


def read_grey(data: bytes) -> tuple[memoryview, int, int] | None:
    """(grey bytes, width, height) of a PNG in a plain form; None for another form. Raises DamagedError.

    The caller has looked at the header: the picture's size is within its bounds.
    """
    width, height, depth, colour, _, _, interlace = _IHDR.unpack_from(data, 16)
    channels = _CHANNELS.get(colour)
    if interlace or channels is None or not (depth == 8 or (depth == 1 and channels == 1)):
        return None
    packed = _image_data(data)
    if packed is None:
        return None
    grey = memoryview(Rows(width * height))
    try:
        png.grey(packed, width, height, depth, channels, grey)
    except ValueError as error:
        raise DamagedError(str(error)) from None
    return grey, width, height


def _image_data(data: bytes) -> bytes | None:
    """The IDAT chunks' data; None where a chunk changes what the samples mean. Raises DamagedError."""
    parts: list[bytes] = []
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        end = at + 8 + length
        if end + 4 > len(data):
            break
        if kind == b"IEND":
            return parts[0] if len(parts) == 1 else b"".join(parts)
        if kind in (b"IDAT", b"IHDR") and zlib.crc32(data[at + 4 : end]).to_bytes(4, "big") != data[end : end + 4]:
            raise DamagedError("a chunk's sum is wrong")
        if kind == b"IDAT":
            parts.append(data[at + 8 : end])
        elif kind in (b"tRNS", b"PLTE"):
            return None
        at = end + 4
    raise DamagedError("a chunk is cut off")
