"""The "modern container" around an Evolis card's panels, byte for byte as the vendor's own library writes it.

The format stands at the foot of evolis.py. Everything here is made once per language or per size; a card only puts the
time, the figures of its dyes and its panels between these.
"""

from typing import Final

from .evolis_models import DPI, HEIGHT, WIDTH


def command(text: str) -> bytes:
    """ESC, the text, CR."""
    return b"\x1b" + text.encode() + b"\r"


def _joined(*items: str) -> bytes:
    """Tags are as they are, everything else is a command."""
    return b"".join(item.encode() if item.startswith("<") else command(item) for item in items)


_OPTION: Final = ("Psync;12;1", f"<OPTION Dpi={DPI}x{DPI}>", "Psync;13;0", "</OPTION>")
_SETTINGS: Final = tuple(f"P{what};=;10" for what in ("c;a", "l;a", "c;k", "c;o", "c;l", "c;f", "l;f"))


def _face(side: str) -> tuple[str, ...]:
    return ("Psync;9;1", "<FACE>", "Psync;9;0", side, *_SETTINGS)


#: From the first command that feeds a card (and the ribbon to its start) to the front's settings.
FRONT: Final = _joined("Ss", "Mr;s", *_face("Sr"))
FACE_END: Final = _joined("Psync;10;1", "</FACE>", "Psync;10;0")
CARD_END: Final = _joined("Se", "Psync;6;1", "</CARD>", "Psync;6;0", "Psync;4;1", "</DOC>", "Psync;4;0")
#: Lets go of the printer once it has claimed the card: the second part of the container.
RELEASE: Final = _joined("Pcla;0", "Psync;11;1", "<END>", "Psync;11;0")


def until_ss(ribbon: int, encoder: tuple[str, ...], *, duplex: bool) -> tuple[bytes, bytes]:
    """Everything that stands before the first command that feeds a card, in two halves: the time goes between."""
    header = (
        "Pcla;1", "Ppmode;0", f"Pr;{ribbon};t", f"Pwres;{DPI};{DPI};{ribbon}", "Psk;10", "Piqla;a;d", *encoder,
        "Peoic;k;D", "Psync;2", "</HEADER>", *_OPTION,
        "Psync;3;1", f"<DOC Duplex={int(duplex)}>", "Psync;3;0", "Psync;5;1", "<CARD>", "Psync;5;0",
    )  # fmt: skip
    return _joined("Psync;1;0", "<HEADER>", "Psmgr;1") + b"\x1bPpws;", b"\r" + _joined(*header)


def row_bytes(bits: int) -> int:
    """Bytes of a panel's row."""
    return HEIGHT * bits // 8


def binary_heads(inks: str, bits: int) -> tuple[bytes, ...]:
    """What stands before each panel of a BINARY element; its size counts everything between the tags."""
    heads = [f"\x1bDb;{ink};{1 << bits};".encode() for ink in inks]
    size = sum(len(head) + WIDTH * row_bytes(bits) + 1 for head in heads)
    return (f"<BINARY Size={size}>".encode() + heads[0], *(b"\r" + head for head in heads[1:]))


BINARY_END: Final = b"\r</BINARY>"


def pida(percent: int, y: int, m: int, c: int) -> bytes:
    """The figures of a face's dyes: percent of pixels without any, then their means, 0 … 255."""
    return command(f"Pida;{percent};{y};{m};{c}")


#: The card is flipped; the back's settings; and no dye there: ribbons with panels for the back have resin for it only.
BACK: Final = _joined(*_face("Sv")) + pida(100, 0, 0, 0)


def dyes_begin(column: int) -> bytes:
    """Where a half panel is laid: the first column with dye; the vendor's library never says less than 3."""
    return command(f"Psp;{max(3, column)}")
