"""What a simulated Evolis printer says: models, bits, and words of refusal. From PRINTERS.md 1.2, 1.4, 1.8 alone.

Each trouble of the world has exactly one bit. The vendor's names of the bits stand beside them.
"""

import struct
from typing import Final

from attrs import frozen

from .things import Trouble

CLAIM: Final = 0x80000000
CARD_PRINT: Final = 0x02000000
PRINTING_RUNNING: Final = 0x00000080
RESET: Final = 0x00010000  # it was switched on since anybody reserved it
BUSY: Final = 0x00000001

_FEED_BY_FEEDER: Final = 0x00002000
_FLIP: Final = 0x00100000

#: the words of the status block, in their order; EX3 only where it says something
CFG, INF, WAR, ERR = range(4)

#: trouble -> (word, mask)
BITS: Final[dict[Trouble, tuple[int, int]]] = {
    "ribbon-low": (INF, 0x00080000),  # RIBBON_LOW
    "cleaning-due": (INF, 0x00000100),  # CLEANING_REQUIRED
    "reject-full": (WAR, 0x08000000),  # REJECT_BOX_FULL
    "feeder-empty": (WAR, 0x01000000),  # FEEDER_EMPTY
    "cooling": (WAR, 0x00200000),  # COOLING
    "hopper-full": (WAR, 0x00100000),  # HOPPER_FULL
    "ribbon-ended": (WAR, 0x00080000),  # RIBBON_ENDED
    "cover-open": (WAR, 0x00020000),  # COVER_OPEN
    "no-ribbon": (WAR, 0x00010000),  # NO_RIBBON
    "unknown-ribbon": (WAR, 0x00008000),  # UNSUPPORTED_RIBBON
    "film-ended": (WAR, 0x00001000),  # CLEAR_END: no model here has a film
    "head-hot": (ERR, 0x20000000),  # HEAD_TEMP
    "feed-failed": (ERR, 0x08000000),  # FEEDER_ERROR
    "ribbon-broken": (ERR, 0x04000000),  # RIBBON_ERROR
    "cover-opened-in-card": (ERR, 0x02000000),  # COVER_OPEN
    "jam": (ERR, 0x01000000),  # MECHANICAL
    "wrong-ribbon": (ERR, 0x00400000),  # BAD_RIBBON
    "ribbon-ended-in-card": (ERR, 0x00200000),  # RIBBON_ENDED
}
_HEATING: Final = 0x20000000  # EX3 INF_HEATING

#: what a card is answered while an error stands
REFUSALS: Final[dict[Trouble, str]] = {
    "head-hot": "ERROR HEAD",
    "ribbon-broken": "ERROR RIBBON",
    "cover-opened-in-card": "ERROR MECHANICAL",
    "jam": "ERROR MECHANICAL",
    "ribbon-ended-in-card": "ERROR RIBBON",
}


@frozen
class Model:
    """One model of the family."""

    name: str  # as it is asked for
    says: str  # its answer to Rtp: no source has the device's
    family_bit: int  # of CFG
    levels: frozenset[int]  # of a colour panel that it takes
    flips: bool  # it is sold with a flip station
    encoder: str = "Pmc;h"  # what the head of a card says of the magnetic stripe

    @property
    def configuration(self) -> int:
        """CFG."""
        return self.family_bit | _FEED_BY_FEEDER | (_FLIP if self.flips else 0)


_EIGHT: Final = frozenset({256, 128})  # the vendor's library sends 7 bits too, on request
_SEVEN: Final = frozenset({128})

MODELS: Final = {
    model.name: model
    for model in (
        Model("primacy", "Primacy", 0x80000000, _EIGHT, flips=True),  # X01
        Model("primacy2", "Primacy 2", 0x02000000, _EIGHT, flips=True),  # X20
        Model("zenius", "Zenius", 0x40000000, _SEVEN, flips=False),  # X02
        # the source has no bit of their own for these two
        Model("zenius2-classic", "Zenius 2 Classic", 0x40000000, _EIGHT, flips=False, encoder="Pct;0"),
        Model("zenius2-expert", "Zenius 2 Expert", 0x40000000, _EIGHT, flips=False, encoder="Pmc;h Pct;0"),
        Model("elypso", "Elypso", 0x10000000, _EIGHT, flips=True),  # X04
        Model("kc200b", "KC200B", 0x01000000, _EIGHT, flips=True),  # KC200
    )
}


def status_block(words: list[int], session: int, *, heating: bool) -> bytes:
    """What follows an answer's text and its 00. Two bytes of unknown meaning come first."""
    block = b"\x00\x15\x10" + struct.pack(">4I", *words) + b"\x02" + struct.pack(">H", session)
    if heating:
        block += b"".join(b"\x04" + struct.pack(">I", word) for word in (0, 0, _HEATING))
    return block
