"""Where one command of an Evolis printer ends and the next begins, for links that have no half-close (USB)."""

import re
from typing import Final

#: no command begins like a card, and none is so long
CARD_BEGINS: Final = b"\x1bPsync;1;0\r"
_RELEASE_BEGINS: Final = b"\x1bPcla;0\r"  # it is several commands, and only together do they mean something
_RELEASE_ENDS: Final = b"\x1bPsync;11;0\r"
_NEXT: Final = re.compile(rb"<BINARY Size=(\d{1,8})>|\x1bPsync;4;0\r")


def whole(data: bytes) -> int:
    """Bytes of the first command in `data`, with the NULs before it; 0 while it has not all come."""
    at = len(data) - len(data.lstrip(b"\0"))
    if data.startswith(CARD_BEGINS, at):
        return _container_end(data, at)
    last = _RELEASE_ENDS if data.startswith(_RELEASE_BEGINS, at) else b"\r"
    end = data.find(last, at)
    return end + len(last) if end >= 0 else 0


def _container_end(data: bytes, at: int) -> int:
    """Where a card's container ends; what a BINARY holds is passed over. 0 while it has not all come."""
    while match := _NEXT.search(data, at):
        if match[1] is None:
            return match.end()
        at = match.end() + int(match[1])
    return 0
