"""HID Fargo's packets and sections: what stands around a card's panels, the command jobs, and the question for status.

Format (PRINTERS.md 4.1; the foot of fargo.py says what is proven). A packet is `F g` (or `F s` for a session), a
version, a length, so many bytes, `e P`. A section lies in packets of 512 bytes and ends with a shorter one. Its first
two words are its type and the number of header bytes after them. All numbers are little-endian.
"""

import struct
from enum import IntEnum
from typing import Final

from .contract import Control, LanguageError

PRINTS: Final = 1  # the version in streams that print
SPEAKS: Final = 0  # and in commands and status
_AROUND: Final = struct.Struct("<2sHH")
_MOST: Final = 512  # bytes of a packet
_JOB, _PANEL, _END = 0x01, 0x0F, 0x63
_THICKNESS: Final = 30  # thousandths of an inch: a CR80 card


def packet(kind: bytes, version: int, payload: bytes) -> bytes:
    """One packet around at most 512 bytes."""
    return _AROUND.pack(kind, version, len(payload)) + payload + b"eP"


def _section(kind: int, header: bytes) -> bytes:
    return packet(b"Fg", PRINTS, struct.pack("<II", kind, len(header)) + header)


#: opens a stream that prints
SESSION: Final = packet(b"Fs", PRINTS, b"") + packet(b"Fs", PRINTS, bytes(8))
#: closes it
END: Final = _section(_END, bytes(6))


def job(ribbon: int, *, both_sides: bool) -> bytes:
    """The job section: one card, on the ribbon of that number."""
    size = 42 if both_sides else 40
    header = bytearray(size)
    struct.pack_into("<HHxxHH", header, 0, size - 6, 1, ribbon, both_sides)
    header[15:17] = b"\x03\x01"
    struct.pack_into("<H", header, 32, _THICKNESS)
    if both_sides:
        struct.pack_into("<H", header, 36, 1)
    return _section(_JOB, bytes(header))


def panel_head(index: int, side: int, panel: int) -> bytes:
    """The first 30 bytes of a panel's section; place and number of its lines and its data length are still 0.

    `index`: the panel's place among those of its side; `side`: 1 front, 2 back; `panel`: its number.
    """
    return struct.pack("<IIHHHH14x", _PANEL, 22, 16, index, side, panel)


class Command(IntEnum):
    """What a command job asks for."""

    CALIBRATE_RIBBON = 0x11
    CALIBRATE_LAMINATION = 0x13
    CLEAN = 0x14


def command(what: Command) -> bytes:
    """A command job. Only cleaning has a flag, 8."""
    return packet(b"Fg", SPEAKS, struct.pack("<IIII16x", 1, 0, what, 8 if what is Command.CLEAN else 0))


#: where status is asked for and answered: vendor requests to the device
STATUS: Final = Control(out_type=0x41, in_type=0xC1)
QUESTION: Final = bytes(3) + packet(b"Fg", SPEAKS, bytes(32))
ANSWER_LIMIT: Final = 520  # bytes


def payload(answer: bytes) -> bytes:
    """What the one packet of an answer carries. Raises LanguageError for anything else; zeros may follow it."""
    if len(answer) < _AROUND.size:
        raise LanguageError("the printer's answer is no packet")
    kind, version, size = _AROUND.unpack_from(answer)
    end = _AROUND.size + size
    if kind != b"Fg" or version != SPEAKS or size > _MOST or answer[end : end + 2] != b"eP":
        raise LanguageError("the printer's answer is no packet of its status")
    if answer[end + 2 :].strip(b"\0"):
        raise LanguageError("the printer's answer does not end with its packet")
    return answer[_AROUND.size : end]
