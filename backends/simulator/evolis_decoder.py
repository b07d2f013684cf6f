"""The simulated Evolis printer's reading of a card: strict, and written from the format alone.

It shares nothing with the encoder, so that a mistake must be made twice to go unseen. Format: PRINTERS.md 1.2 and 1.5.
"""

import re
from typing import Final

from attrs import field, frozen
from PIL import Image, ImageChops

ROWS: Final = 1016
COLUMNS: Final = 648

#: Pr number -> panels on the ribbon
RIBBONS: Final = {0: "ymcko", 1: "ko", 100: "k"}

#: What surrounds the panels: ESC commands as text, tags as they are, in this order.
_OPENING: Final = (
    r"Psync;1;0 <HEADER> Psmgr;1 Ppws;\d{1,12} Pcla;1 Ppmode;0 Pr;(?P<ribbon>\d{1,4});t "
    r"Pwres;300;300;(?P<again>\d{1,4}) Psk;10 Piqla;a;d Pmc;h Peoic;k;D Psync;2 </HEADER> Psync;12;1 "
    r"<OPTION\ Dpi=300x300> Psync;13;0 </OPTION> Psync;3;1 <DOC\ Duplex=0> Psync;3;0 Psync;5;1 <CARD> Psync;5;0 "
    r"Ss Mr;s Psync;9;1 <FACE> Psync;9;0 Sr Pc;a;=;10 Pl;a;=;10 Pc;k;=;10 Pc;o;=;10 Pc;l;=;10 Pc;f;=;10 Pl;f;=;10"
)
_CLOSING: Final = "Psync;10;1 </FACE> Psync;10;0 Se Psync;6;1 </CARD> Psync;6;0 Psync;4;1 </DOC> Psync;4;0"
_ENDING: Final = "Pcla;0 Psync;11;1 <END> Psync;11;0"


def _pattern(items: str) -> "re.Pattern[bytes]":
    parts = re.split(r"(?<!\\) ", items)
    return re.compile("".join(p if p.startswith("<") else rf"\x1b{p}\r" for p in parts).encode(), re.DOTALL)


_HEAD: Final = _pattern(_OPENING)
_PIDA: Final = re.compile(rb"\x1bPida;\d{1,3};\d{1,3};\d{1,3};\d{1,3}\r")
_BINARY: Final = re.compile(rb"<BINARY Size=(\d{1,8})>")
_PANEL: Final = re.compile(rb"\x1bDb;([ymcko]);(2|256);")
_TAIL: Final = _pattern(_CLOSING)
RELEASE: Final = _pattern(_ENDING)
#: a printer's memory holds no more than five panels and their commands
LONGEST: Final = 3 * ROWS * COLUMNS + 2 * ROWS * COLUMNS // 8 + 4096


class GarbageError(ValueError):
    """Not a card that a Primacy would print; the text says where, never what."""


@frozen(eq=False)
class Card:
    """A card as the printer's memory holds it: panels turned and packed as they came."""

    ribbon: int
    released: bool  # the releasing part followed at once
    panels: dict[str, memoryview] = field(repr=False)


@frozen(eq=False)
class Decoded:
    """A card's planes: ink -> 1016*648 bytes, landscape, row-major; dyes 0 … 255, resin and overlay 0 or 255.

    A panel that was not sent has no plane.
    """

    planes: dict[str, bytes] = field(repr=False)

    def image(self) -> Image.Image:
        """The card as the eye sees it, RGB: 255 - dye, with resin as black on top. Overlay is clear."""
        blank = Image.new("L", (ROWS, COLUMNS), 0)
        planes = {ink: Image.frombytes("L", (ROWS, COLUMNS), data) for ink, data in self.planes.items()}
        light = [ImageChops.invert(planes.get(ink, blank)) for ink in "cmy"]
        picture = Image.merge("RGB", light)
        if "k" in planes:
            picture.paste((0, 0, 0), mask=planes["k"])
        return picture


class _Reader:
    """Takes what must come next, byte for byte."""

    def __init__(self, stream: bytes) -> None:
        self.stream = stream
        self.at = 0

    def take(self, pattern: "re.Pattern[bytes]", what: str) -> "re.Match[bytes]":
        match = self.peek(pattern)
        if match is None:
            raise GarbageError(f"{what} expected at byte {self.at}")
        self.at = match.end()
        return match

    def peek(self, pattern: "re.Pattern[bytes]") -> "re.Match[bytes] | None":
        return pattern.match(self.stream, self.at)

    def panel(self) -> tuple[str, memoryview]:
        match = self.take(_PANEL, "a panel")
        ink, levels = match[1].decode(), int(match[2])
        if levels != (256 if ink in "ymc" else 2):
            raise GarbageError(f"panel {ink} has {levels} levels")
        size = ROWS * COLUMNS if levels == 256 else ROWS * COLUMNS // 8
        data = memoryview(self.stream)[self.at : self.at + size]
        self.at += size
        if len(data) < size or self.stream[self.at : self.at + 1] != b"\r":
            raise GarbageError(f"panel {ink} does not end at byte {self.at}")
        self.at += 1
        return ink, data


def read(stream: bytes) -> Card:
    """Take a card's container apart, without touching a pixel. Raises GarbageError.

    NULs may follow; the releasing part may follow, as it does in a file.
    """
    reader = _Reader(stream)
    head = reader.take(_HEAD, "the head of a container")
    ribbon = int(head["ribbon"])
    if head["ribbon"] != head["again"] or ribbon not in RIBBONS:
        raise GarbageError("the ribbon's number is unknown, or not twice the same")
    if "y" in RIBBONS[ribbon]:
        reader.take(_PIDA, "Pida")
    panels: dict[str, memoryview] = {}
    for inks in ("ymc", "k", "o"):
        opening = reader.peek(_BINARY)
        if opening is None or _next_ink(stream, opening.end()) != inks[0]:
            continue
        reader.at = opening.end()
        for expected in inks:
            ink, data = reader.panel()
            if ink != expected or ink not in RIBBONS[ribbon]:
                raise GarbageError(f"panel {ink} is not on the ribbon, or out of its order")
            panels[ink] = data
        if reader.at - opening.end() != int(opening[1]):
            raise GarbageError(f"the BINARY before byte {reader.at} is not as long as it says")
        reader.take(re.compile(rb"</BINARY>"), "the end of a BINARY")
    reader.take(_TAIL, "the end of the card")
    released = reader.peek(RELEASE) is not None
    if released:
        reader.take(RELEASE, "the release")
    reader.take(re.compile(rb"\0*\Z"), "the end of the stream")
    return Card(ribbon, released, panels)


def _next_ink(stream: bytes, at: int) -> str:
    match = _PANEL.match(stream, at)
    return match[1].decode() if match else ""


def develop(card: Card) -> Decoded:
    """Turn the panels back: pixel x, y lies in row x, column 647 - y."""
    planes = {}
    for ink, data in card.panels.items():
        mode = "L" if ink in "ymc" else "1"
        panel = Image.frombytes(mode, (COLUMNS, ROWS), bytes(data)).convert("L")
        planes[ink] = panel.transpose(Image.Transpose.ROTATE_90).tobytes()
    return Decoded(planes)


def decode(stream: bytes) -> Decoded:
    """A card's planes from its printer bytes. Raises GarbageError."""
    return develop(read(stream))
