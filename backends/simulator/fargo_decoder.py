"""The simulated Fargo printer's reading of a job: strict, and written from the format alone (PRINTERS.md 4.1).

It shares nothing with the encoder, so that a mistake must be made twice to go unseen. Two things can be wrong with a
job: it is not one (GarbageError, what the printer calls error 106), or it ends before its end section (CutShortError,
and the printer waits for the rest).
"""

import struct
from typing import Final

from attrs import field, frozen
from PIL import Image, ImageChops

LINES: Final = 1009
HEAD: Final = 768  # dots
FIRST_DOT, AFTER_DOT = 127, 761  # that print

#: ribbon's number -> (its letters, panels of the front, panels of the back), panels by their numbers in their order
RIBBONS: Final[dict[int, tuple[str, tuple[int, ...], tuple[int, ...]]]] = {
    1: ("K", (4,), ()),
    2: ("K", (4,), ()),
    5: ("KO", (4, 7), ()),
    7: ("YMCKO", (1, 2, 3, 4, 7), ()),
    8: ("YMCKOK", (1, 2, 3, 4, 7), (4,)),
}
INKS: Final = {1: "y", 2: "m", 3: "c", 4: "k", 7: "o"}
COMMANDS: Final = {0x11: "calibrate-ribbon", 0x13: "calibrate-lamination", 0x14: "clean"}
#: both sides of a card on which no two pixels are alike, with its packets, and some more
LONGEST: Final = 6 * LINES * (HEAD + 16) * 520 // 512 + 4096
_BLANK: Final = bytes(HEAD)


class GarbageError(ValueError):
    """No job that the printer would take; the text says where, never what."""


class CutShortError(ValueError):
    """What has come is good so far, and not all."""


@frozen(eq=False)
class Panel:
    """A panel as the printer holds it."""

    side: int  # 1 front, 2 back
    number: int
    first: int  # the line at which it begins
    rows: tuple[tuple[int, bytes], ...] = field(repr=False)  # (repeat, 768 dots)

    @property
    def plane(self) -> bytes:
        """1009*634 bytes, landscape, row-major: dot 760 - y of line x is pixel x, y."""
        lines = b"".join(row * repeat for repeat, row in self.rows)
        whole = _BLANK * self.first + lines
        turned = Image.frombytes("L", (HEAD, LINES), whole.ljust(LINES * HEAD, b"\0"))
        return turned.crop((FIRST_DOT, 0, AFTER_DOT, LINES)).transpose(Image.Transpose.ROTATE_90).tobytes()


@frozen(eq=False)
class Job:
    """A card, or a command."""

    ribbon: int = 0
    both_sides: bool = False
    panels: tuple[Panel, ...] = ()
    command: str = ""

    def planes(self, side: int) -> dict[str, bytes]:
        """Ink -> pixels of one side."""
        return {INKS[panel.number]: panel.plane for panel in self.panels if panel.side == side}

    def image(self, side: int = 1) -> Image.Image:
        """A side as the eye sees it, RGB: 255 - dye, with resin as black on top. Overlay is clear."""
        size = (LINES, AFTER_DOT - FIRST_DOT)
        planes = {ink: Image.frombytes("L", size, data) for ink, data in self.planes(side).items()}
        blank = Image.new("L", size, 0)
        picture = Image.merge("RGB", [ImageChops.invert(planes.get(ink, blank)) for ink in "cmy"])
        if "k" in planes:
            picture.paste((0, 0, 0), mask=planes["k"])
        return picture


class _Packets:
    """Packets one after the other, and sections of them."""

    def __init__(self, stream: bytes) -> None:
        self.stream = stream
        self.at = 0

    def next(self) -> tuple[bytes, int, bytes]:
        """(kind, version, payload)."""
        start = self.stream[self.at : self.at + 6]
        if len(start) < 6:
            if not b"Fg\1\0".startswith(start[:4]) and not b"Fs\1\0".startswith(start[:4]):
                raise GarbageError(f"no packet at byte {self.at}")
            raise CutShortError
        kind, version, size = struct.unpack("<2sHH", start)
        if kind not in (b"Fg", b"Fs") or version > 1 or size > 512:
            raise GarbageError(f"no packet at byte {self.at}")
        end = self.at + 6 + size
        if len(self.stream) < end + 2:
            raise CutShortError
        if self.stream[end : end + 2] != b"eP":
            raise GarbageError(f"the packet before byte {end} has no end")
        payload = self.stream[self.at + 6 : end]
        self.at = end + 2
        return kind, version, payload

    def section(self) -> tuple[bytes, int]:
        """(its bytes, how many full packets it had)."""
        whole = bytearray()
        full = 0
        while True:
            kind, version, payload = self.next()
            if kind != b"Fg" or version != 1:
                raise GarbageError(f"no section's packet before byte {self.at}")
            whole += payload
            if len(payload) < 512:
                return bytes(whole), full
            full += 1


def read(stream: bytes) -> tuple[Job, int]:
    """A job and where it ends. Raises GarbageError, CutShortError."""
    packets = _Packets(stream)
    kind, version, first = packets.next()
    if (kind, version) == (b"Fg", 0):
        return _command(first), packets.at
    while (kind, version, first) == (b"Fs", 1, b""):
        kind, version, first = packets.next()
    if packets.at == 8 + len(first) or (kind, version, first) != (b"Fs", 1, bytes(8)):
        raise GarbageError("a stream that prints begins with a session")
    ribbon, both_sides = _job(packets.section()[0])
    letters, *sides = RIBBONS[ribbon]
    expected = [(side, index, number) for side in (1, 2) for index, number in enumerate(sides[side - 1])]
    panels = [_panel(*packets.section(), *due) for due in expected if both_sides or due[0] == 1]
    if packets.section()[0] != struct.pack("<II6x", 0x63, 6):
        raise GarbageError(f"no end section before byte {packets.at}, after the panels of {letters}")
    return Job(ribbon, both_sides, tuple(panels)), packets.at


def _command(payload: bytes) -> Job:
    if len(payload) != 32:
        raise GarbageError("a command has 32 bytes")
    one, none, number, flags = struct.unpack_from("<IIII", payload)
    if (one, none) != (1, 0) or number not in COMMANDS or any(payload[16:]) or flags != (8 if number == 0x14 else 0):
        raise GarbageError("no command that is known")
    return Job(command=COMMANDS[number])


def _job(section: bytes) -> tuple[int, bool]:
    """(ribbon, both sides)."""
    size = len(section) - 8
    if size not in (40, 42) or struct.unpack_from("<IIHH", section) != (1, size, size - 6, 1):
        raise GarbageError("no job section")
    ribbon, both = struct.unpack_from("<HH", section, 14)
    rest = bytearray(section)
    for at, much in ((0, 12), (14, 4), (23, 2), (40, 2), *([(44, 2)] if size == 42 else [])):
        rest[at : at + much] = bytes(much)
    if any(rest) or section[23:25] != b"\3\1" or section[40:42] != b"\x1e\0" or both != (size == 42):
        raise GarbageError("a job section with fields that are not known")
    if size == 42 and section[44:46] != b"\1\0":
        raise GarbageError("a job section of both sides that does not say so twice")
    if ribbon not in RIBBONS or (both and not RIBBONS[ribbon][2]):
        raise GarbageError("a ribbon that is not known, or has no panel for the back")
    return ribbon, bool(both)


def _panel(section: bytes, full: int, side: int, index: int, number: int) -> Panel:
    if len(section) < 30 or struct.unpack_from("<IIHHHHH", section) != (15, 22, 16, index, side, number, 0):
        raise GarbageError(f"side {side}: no section of panel {number}, the {index + 1}th of the ribbon")
    start, lines, size, zero = struct.unpack_from("<HHII", section, 18)
    if zero or size != len(section) - 30 + 8 * full:
        raise GarbageError(f"panel {number}: the data length is wrong")
    first = -(-start * 3 // 10)  # thousandths of an inch at 300 dpi, rounded down when it was written
    if start and number != 4:
        raise GarbageError(f"panel {number}: only resin begins later")
    rows = tuple(_rows(section, number))
    if lines != sum(repeat for repeat, _ in rows) or not 0 < lines <= LINES - first:
        raise GarbageError(f"panel {number}: the number of lines is wrong")
    return Panel(side, number, first, rows)


def _rows(section: bytes, number: int) -> list[tuple[int, bytes]]:
    rows = []
    at = 30
    while at < len(section):
        if len(section) - at < 12:
            raise GarbageError(f"panel {number}: half a record at the end")
        sixteen, zero, nothing, repeat = struct.unpack_from("<HHIH", section, at)
        if (sixteen, zero, nothing) != (16, 0, 0) or not 1 <= repeat <= 256:
            raise GarbageError(f"panel {number}: no record {at} bytes into its section")
        row, at = _line(section, at + 10, number)
        rows.append((repeat, row))
    return rows


def _line(section: bytes, at: int, number: int) -> tuple[bytes, int]:
    line = bytearray()
    while len(line) < HEAD:
        control = section[at : at + 1]
        much = (control[0] & 127) + 1 if control else 0
        if control and control[0] < 128:
            line += section[at + 1 : at + 2] * much
            at += 2
        else:
            line += section[at + 1 : at + 1 + much]
            at += 1 + much
        if not control or at > len(section):
            raise GarbageError(f"panel {number}: its last line is not whole")
    if len(line) != HEAD:
        raise GarbageError(f"panel {number}: a line of {len(line)} dots")
    if any(line[:FIRST_DOT]) or any(line[AFTER_DOT:]):
        raise GarbageError(f"panel {number}: ink beside the card")
    return bytes(line), at
