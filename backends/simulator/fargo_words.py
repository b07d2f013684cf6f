"""What a simulated Fargo printer says of itself: sensors, and the numbers on its display. From PRINTERS.md 4.1 alone.

The thirteen sensors stand as they were captured from a printer that was well; DH (door) and PE (cards empty) move as
their finder guessed. How a number comes into the strings nobody has seen: these words are the simulator's own, and so
are those for a job that is cut short.
"""

import struct
from typing import Final

from .things import Trouble

SUCCESS: Final = "USR_CMD_SUCCESSFUL"
WAITING: Final = "USR_WAITING_FOR_DATA"
#: an error that no source gives a number
NAMELESS: Final = "USR_ERROR"
JOB_DATA: Final = 106

#: trouble -> its number on the display; None: the printer stops and no source says what it shows
NUMBERS: Final[dict[Trouble, int | None]] = {
    "jam": 110,
    "cover-opened-in-card": 112,
    "ribbon-broken": 99,
    "ribbon-ended-in-card": 91,
    "head-hot": None,
    "feed-failed": 81,
    "wrong-ribbon": 93,
    "no-ribbon": 25,
    "unknown-ribbon": 100,
    "ribbon-ended": 91,
    "film-ended": None,
    "hopper-full": None,
    "reject-full": None,
}
#: trouble -> (sensor, its value then)
SENSORS: Final[dict[Trouble, tuple[str, int]]] = {"cover-open": ("DH", 0), "feeder-empty": ("PE", 1)}
#: it rests, or will want something soon, and says nothing of it
SILENT: Final[frozenset[Trouble]] = frozenset(("cooling", "ribbon-low", "cleaning-due"))
_WELL: Final = {
    "DH": 1, "IH": 0, "LM": 0, "FL": 1, "MG": 0, "SM": 0, "SG": 0, "DS": 0, "SC": 0, "MF": 0, "HD": 0, "IC": 0, "PE": 0,
}  # fmt: skip

QUESTION: Final = bytes(3) + b"Fg\0\0 \0" + bytes(32) + b"eP"


def error(number: int) -> str:
    """A result that tells a number."""
    return f"{NAMELESS} {number}"


def result(troubles: frozenset[Trouble]) -> str:
    """The first string, for what is out of order: the worst of it has the word."""
    for trouble, number in NUMBERS.items():
        if trouble in troubles:
            return NAMELESS if number is None else error(number)
    return SUCCESS


def answer(result: str, troubles: frozenset[Trouble]) -> bytes:
    """The packet of both strings."""
    sensors = _WELL | dict(SENSORS[trouble] for trouble in SENSORS if trouble in troubles)
    strings = f"{result}\0{''.join(f'{name}:{value};' for name, value in sensors.items())}\0".encode("ascii")
    return b"Fg\0\0" + struct.pack("<H", len(strings)) + strings + b"eP"
