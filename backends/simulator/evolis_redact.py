"""What may be kept of a live conversation with an Evolis printer: commands of a closed list, and nothing of a card.

Panels become their size. From the first byte on that is not understood, nothing is kept: a text, a barcode or a
magnetic track that some other program sends is a citizen's record too. What is answered to such bytes is not kept
either.
"""

import re
from collections.abc import Callable
from typing import Final

from .evolis_decoder import COLUMNS, ROWS
from .session import Hidden, Piece, Shown

#: Commands whose parameters say nothing of a person.
_COMMANDS: Final = (
    "Psync|Psmgr|Ppws|Pcla|Ppmode|Pr|Pwres|Psk|Piqla|Pmc|Pct|Peoic|Pc|Pl|Psp|Pcim|Pcem|Pcrm|Pem|Psid|Pps|Pst|"
    "Ss|Sr|Sv|Se|Si|Sce|Ser|Srs|Scs|Mr|Rpst|Rsn|Rfv|Rtp|Rkn|Rzp|Rrt|Rco|Rem|Rlr|Rse|Rst|Rip|Rmac"
)
_PLAIN: Final = re.compile(
    rb"\x1b(?:" + _COMMANDS.encode() + rb")(?:;[0-9a-zA-Z=+-]{0,12}){0,6}\r"
    rb"|</?(?:HEADER|CARD|FACE|BINARY|DOC|OPTION|END)(?: (?:Size=\d{1,8}|Duplex=[01]|Dpi=\d{3,4}x\d{3}))?>|\0+"
)
#: the card's mean dyes, and a panel's beginning
_MEANS: Final = re.compile(rb"(?P<head>\x1bPida;)[\d;]{1,20}\r")
_PANEL: Final = re.compile(rb"(?P<head>\x1bDb;[ymckolf];(?P<levels>\d{1,3});)")
_BITS: Final = {b"2": 1, b"32": 5, b"64": 6, b"128": 7, b"256": 8}


def redact(data: bytes, mark: Callable[[bytes], str]) -> tuple[tuple[Piece, ...], bool]:
    """(the pieces of what was sent, whether all of it was understood). `mark` is equal for equal bytes."""
    pieces: list[Piece] = []
    shown = bytearray()
    at = 0

    def hide(end: int) -> None:
        nonlocal at
        if shown:
            pieces.append(Shown(bytes(shown)))
            shown.clear()
        pieces.append(Hidden(end - at, mark(data[at:end])))
        at = end

    while at < len(data):
        if match := _PLAIN.match(data, at):
            shown += match[0]
            at = match.end()
        elif (match := _MEANS.match(data, at) or _PANEL.match(data, at)) and (end := _end(data, match)):
            shown += match["head"]
            at += len(match["head"])
            hide(end)
            shown += b"\r"
            at += 1
        else:
            hide(len(data))
            return tuple(pieces), False
    if shown:
        pieces.append(Shown(bytes(shown)))
    return tuple(pieces), True


def _end(data: bytes, match: "re.Match[bytes]") -> int:
    """Where the CR stands that ends the means, or a panel; 0 if there is none where it must be."""
    if match.re is _MEANS:
        return match.end() - 1
    end = match.end() + ROWS * COLUMNS * _BITS.get(match["levels"], 0) // 8
    return end if data[end : end + 1] == b"\r" and end > match.end() else 0
