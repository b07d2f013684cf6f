"""The simulated Evolis printer's reading of a card: strict, and written from the format alone.

It shares nothing with the encoder, so that a mistake must be made twice to go unseen. Format: PRINTERS.md 1.2 and 1.5.
A half-panel ribbon's colour is developed over the whole card: `Psp` says in which row its dye begins, and no source
says how far it goes.
"""

import re
from typing import Final

from attrs import field, frozen
from PIL import Image, ImageChops

ROWS: Final = 1016
COLUMNS: Final = 648

#: Pr number -> panels on the ribbon; after the bar those for the back
RIBBONS: Final = {0: "ymcko", 1: "ko", 3: "ymcko", 4: "ymcko|ko", 10: "ymcko|ko", 100: "k"}
#: ribbons whose colour panels are short, which the job must say
_HALF: Final = frozenset({3, 10})
#: Pr number -> the kind that is written on the roll
KINDS: Final = {0: "YMCKO", 1: "KO", 3: "YMCKOS", 4: "YMCKOK", 10: "YMCKOKOS", 100: "K"}

#: What surrounds the panels: ESC commands as text, tags as they are, in this order.
_OPENING: Final = (
    r"Psync;1;0 <HEADER> Psmgr;1 Ppws;\d{1,12} Pcla;1 Ppmode;0 Pr;(?P<ribbon>\d{1,4});t "
    r"Pwres;300;300;(?P<again>\d{1,4}) Psk;10 Piqla;a;d (?P<encoder>Pmc;h|Pct;0|Pmc;h\r\x1bPct;0) "
    r"Peoic;k;D Psync;2 </HEADER> Psync;12;1 "
    r"<OPTION\ Dpi=300x300> Psync;13;0 </OPTION> Psync;3;1 <DOC\ Duplex=(?P<duplex>[01])> Psync;3;0 "
    r"Psync;5;1 <CARD> Psync;5;0 Ss Mr;s"
)
_FACE: Final = (
    r"Psync;9;1 <FACE> Psync;9;0 {side} Pc;a;=;10 Pl;a;=;10 Pc;k;=;10 Pc;o;=;10 Pc;l;=;10 Pc;f;=;10 Pl;f;=;10"
)
_FACE_END: Final = "Psync;10;1 </FACE> Psync;10;0"
_CLOSING: Final = "Se Psync;6;1 </CARD> Psync;6;0 Psync;4;1 </DOC> Psync;4;0"
_ENDING: Final = "Pcla;0 Psync;11;1 <END> Psync;11;0"


def _pattern(items: str) -> "re.Pattern[bytes]":
    parts = re.split(r"(?<!\\) ", items)
    return re.compile("".join(p if p.startswith("<") else rf"\x1b{p}\r" for p in parts).encode(), re.DOTALL)


_HEAD: Final = _pattern(_OPENING)
_FRONT: Final = _pattern(_FACE.format(side="Sr"))
_BACK: Final = _pattern(_FACE.format(side="Sv"))
_TURNED: Final = _pattern(_FACE_END)
_HALF_START: Final = re.compile(rb"\x1bPsp;(\d{1,4})\r")
_PIDA: Final = re.compile(rb"\x1bPida;\d{1,3};\d{1,3};\d{1,3};\d{1,3}\r")
_BINARY: Final = re.compile(rb"<BINARY Size=(\d{1,8})>")
_PANEL: Final = re.compile(rb"\x1bDb;([ymcko]);(2|128|256);")
_TAIL: Final = _pattern(_CLOSING)
RELEASE: Final = _pattern(_ENDING)
#: levels -> bits of a sample
_BITS: Final = {2: 1, 128: 7, 256: 8}
#: a printer's memory holds no more than five panels for the front, two for the back, and their commands
LONGEST: Final = 3 * ROWS * COLUMNS + 4 * ROWS * COLUMNS // 8 + 8192


class GarbageError(ValueError):
    """Not a card that an Evolis would print; the text says where, never what."""


@frozen(eq=False)
class Card:
    """A card as the printer's memory holds it: panels turned and packed as they came."""

    ribbon: int
    released: bool  # the releasing part followed at once
    panels: dict[str, memoryview] = field(repr=False)
    back: dict[str, memoryview] = field(factory=dict, repr=False)
    duplex: bool = False
    levels: int | None = None  # of the colour panels; None: there are none
    encoder: str = ""  # the commands about the magnetic stripe, which are a model's own
    half_from: int | None = None  # the row in which a half panel's dye begins, 1016: none; None: the panels are whole

    @property
    def inks(self) -> str:
        """The panels in the order in which they are printed."""
        return "".join((*self.panels, *self.back))


@frozen(eq=False)
class Decoded:
    """A card's planes: ink -> 1016*648 bytes, landscape, row-major; dyes 0 … 255, resin and overlay 0 or 255.

    A panel that was not sent has no plane. A dye of 7 bits is spread over 0 … 255 by repeating its highest bit.
    """

    planes: dict[str, bytes] = field(repr=False)
    back: dict[str, bytes] = field(factory=dict, repr=False)

    def image(self) -> Image.Image:
        """The front as the eye sees it, RGB: 255 - dye, with resin as black on top. Overlay is clear."""
        return _seen(self.planes)

    def back_image(self) -> Image.Image:
        """The back, likewise."""
        return _seen(self.back)


def _seen(planes: dict[str, bytes]) -> Image.Image:
    blank = Image.new("L", (ROWS, COLUMNS), 0)
    images = {ink: Image.frombytes("L", (ROWS, COLUMNS), data) for ink, data in planes.items()}
    light = [ImageChops.invert(images.get(ink, blank)) for ink in "cmy"]
    picture = Image.merge("RGB", light)
    if "k" in images:
        picture.paste((0, 0, 0), mask=images["k"])
    return picture


class _Reader:
    """Takes what must come next, byte for byte."""

    def __init__(self, stream: bytes) -> None:
        self.stream = stream
        self.at = 0
        self.levels: int | None = None

    def take(self, pattern: "re.Pattern[bytes]", what: str) -> "re.Match[bytes]":
        match = self.peek(pattern)
        if match is None:
            raise GarbageError(f"{what} expected at byte {self.at}")
        self.at = match.end()
        return match

    def peek(self, pattern: "re.Pattern[bytes]") -> "re.Match[bytes] | None":
        return pattern.match(self.stream, self.at)

    def may_take(self, pattern: "re.Pattern[bytes]") -> bool:
        match = self.peek(pattern)
        if match is not None:
            self.at = match.end()
        return match is not None

    def panels(self, inks: str) -> dict[str, memoryview]:
        """The BINARY elements of a face: the dyes in one, resin and overlay in one each; each may be left out."""
        panels: dict[str, memoryview] = {}
        for group in ("ymc", "k", "o"):
            opening = self.peek(_BINARY)
            if opening is None or self._next_ink(opening.end()) != group[0]:
                continue
            self.at = opening.end()
            for expected in group:
                ink, data = self.panel()
                if ink != expected or ink not in inks:
                    raise GarbageError(f"panel {ink} is not on the ribbon, or out of its order")
                panels[ink] = data
            if self.at - opening.end() != int(opening[1]):
                raise GarbageError(f"the BINARY before byte {self.at} is not as long as it says")
            self.take(_BINARY_END, "the end of a BINARY")
        return panels

    def panel(self) -> tuple[str, memoryview]:
        match = self.take(_PANEL, "a panel")
        ink, levels = match[1].decode(), int(match[2])
        if (ink in "ymc") is (levels == 2) or (ink in "mc" and levels != self.levels):
            raise GarbageError(f"panel {ink} has {levels} levels")
        if ink in "ymc":
            self.levels = levels
        size = ROWS * COLUMNS * _BITS[levels] // 8
        data = memoryview(self.stream)[self.at : self.at + size]
        self.at += size
        if len(data) < size or self.stream[self.at : self.at + 1] != b"\r":
            raise GarbageError(f"panel {ink} does not end at byte {self.at}")
        self.at += 1
        return ink, data

    def _next_ink(self, at: int) -> str:
        match = _PANEL.match(self.stream, at)
        return match[1].decode() if match else ""


_BINARY_END: Final = re.compile(rb"</BINARY>")
_STREAM_END: Final = re.compile(rb"\0*\Z")


def read(stream: bytes) -> Card:
    """Take a card's container apart, without touching a pixel. Raises GarbageError.

    NULs may follow; the releasing part may follow, as it does in a file.
    """
    reader = _Reader(stream)
    head = reader.take(_HEAD, "the head of a container")
    ribbon = int(head["ribbon"])
    if head["ribbon"] != head["again"] or ribbon not in RIBBONS:
        raise GarbageError("the ribbon's number is unknown, or not twice the same")
    front_inks, _, back_inks = RIBBONS[ribbon].partition("|")
    duplex = head["duplex"] == b"1"
    if duplex and not back_inks:
        raise GarbageError("the ribbon has no panels for a card's back")
    reader.take(_FRONT, "the front")
    half_from = int(reader.take(_HALF_START, "Psp")[1]) if ribbon in _HALF else None
    if half_from is not None and half_from > ROWS:
        raise GarbageError("the half panel begins beyond the card")
    if "y" in front_inks:
        reader.take(_PIDA, "Pida")
    panels = reader.panels(front_inks)
    reader.take(_TURNED, "the end of a face")
    back: dict[str, memoryview] = {}
    if duplex:
        reader.take(_BACK, "the back")
        reader.may_take(_PIDA)  # the vendor's library writes it for one picture and leaves it out for another
        back = reader.panels(back_inks)
        reader.take(_TURNED, "the end of a face")
    reader.take(_TAIL, "the end of the card")
    released = reader.may_take(RELEASE)
    reader.take(_STREAM_END, "the end of the stream")
    encoder = head["encoder"].decode().replace("\r\x1b", " ")
    return Card(ribbon, released, panels, back, duplex, reader.levels, encoder, half_from)


def _unpack(data: memoryview) -> bytes:
    """7-bit samples, most significant bit first, as bytes 0 … 255.

    Eight samples lie in seven bytes. Each of the eight is put together for the whole panel at once, as one long number.
    """
    packed = bytes(data)
    out = bytearray(len(packed) // 7 * 8)
    for place in range(8):
        high = packed[place - 1 :: 7] if place else bytes(len(packed) // 7)
        low = packed[place::7] if place < 7 else bytes(len(packed) // 7)
        above = bytes((byte << (7 - place)) & 0x7F for byte in range(256))
        below = bytes(byte >> (place + 1) for byte in range(256))
        samples = int.from_bytes(high.translate(above)) | int.from_bytes(low.translate(below))
        out[place::8] = samples.to_bytes(len(packed) // 7).translate(_SPREAD)
    return bytes(out)


_SPREAD: Final = bytes((value << 1 | value >> 6) & 0xFF for value in range(256))


def _develop(panels: dict[str, memoryview]) -> dict[str, bytes]:
    """Pixel x, y lies in row x, column 647 - y."""
    planes = {}
    for ink, data in panels.items():
        if ink in "ymc":
            dye = bytes(data) if len(data) == ROWS * COLUMNS else _unpack(data)
            panel = Image.frombytes("L", (COLUMNS, ROWS), dye)
        else:
            panel = Image.frombytes("1", (COLUMNS, ROWS), bytes(data)).convert("L")
        planes[ink] = panel.transpose(Image.Transpose.ROTATE_90).tobytes()
    return planes


def develop(card: Card) -> Decoded:
    """Turn the panels back."""
    return Decoded(_develop(card.panels), _develop(card.back))


def decode(stream: bytes) -> Decoded:
    """A card's planes from its printer bytes. Raises GarbageError."""
    return develop(read(stream))
