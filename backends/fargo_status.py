"""What an HID Fargo printer says of itself: its status strings and its error numbers, as reasons.

The strings were captured once, from one DTC4500e that was well: a result, `USR_CMD_SUCCESSFUL`, and thirteen sensors,
`DH:1;IH:0;LM:0;FL:1;MG:0;SM:0;SG:0;DS:0;SC:0;MF:0;HD:0;IC:0;PE:0;`. Two of them were named by guess: DH, door closed,
and PE, cards empty. They are used all the same, since each can only stop a printer before a card: a wrong guess shows
at once and costs no card. No other sensor is read. Nothing in the strings says that a card is under way, nor counts.

How an error shows in the strings nobody has captured; the numbers are those on the unit's display. A result that is not
success is a fault: with a number of the table, and no other, it is that number's, else the device's. Whether a card in
progress survives an error is not known, so it never counts as sure.
"""

import re
from typing import Final

from attrs import frozen

from spooler.model.printer import PrinterState
from spooler.model.reasons import worst_first

from .contract import LanguageError

SUCCESS: Final = "USR_CMD_SUCCESSFUL"
#: sensor, the value that stops, the reason. Both are guesses of the capture's author.
_SENSORS: Final = (("DH", 0, "cover-open"), ("PE", 1, "media-empty"))
#: numbers on the display that wait for somebody and go on
STOPS: Final[dict[int, str]] = {
    25: "marker-supply-missing",  # no ribbon
    91: "marker-supply-empty",  # ribbon out
    93: "marker-supply-wrong",  # wrong ribbon
    100: "marker-supply-wrong",  # ribbon RFID
}
#: numbers after which the card in progress may be lost
FAULTS: Final[dict[int, str]] = {
    70: "double-feed",  # multiple feed
    81: "feed-fault",  # cannot feed
    97: "ribbon-fault",  # ribbon search
    99: "ribbon-fault",  # ribbon break
    106: "job-data",
    109: "ribbon-fault",  # ribbon release
    110: "media-jam",  # card jam
    112: "media-jam",  # card alignment
    113: "ribbon-fault",  # ribbon release
    128: "device-fault",  # calibrate ribbon
    170: "device-fault",  # calibrate ribbon
}
_UNNAMED: Final = "device-fault"

_STRINGS: Final = re.compile(rb"([ -~]{1,128})\0((?:[A-Z]{2}:[0-9]{1,3};){1,40})\0+", re.ASCII)
_SENSOR: Final = re.compile(r"([A-Z]{2}):([0-9]+);", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]+", re.ASCII)


@frozen
class Status:
    """One answer."""

    result: str
    sensors: dict[str, int]

    @property
    def error(self) -> int | None:
        """The error's number, where the result tells one and only one that is known."""
        numbers = {int(digits) for digits in _NUMBER.findall(self.result)} & (STOPS.keys() | FAULTS.keys())
        return numbers.pop() if self.result != SUCCESS and len(numbers) == 1 else None

    @property
    def fault(self) -> bool:
        """The card in progress may be lost."""
        return self.result != SUCCESS and self.error not in STOPS

    @property
    def reasons(self) -> tuple[str, ...]:
        """Keywords of model.reasons, the worst first."""
        found = {reason for name, stops, reason in _SENSORS if self.sensors.get(name) == stops}
        if self.result != SUCCESS:
            error = self.error
            found.add(_UNNAMED if error is None else (STOPS | FAULTS)[error])
        return worst_first(found)

    @property
    def state(self) -> PrinterState:
        """Stopped or idle: it does not say that it is printing."""
        return PrinterState.STOPPED if self.reasons else PrinterState.IDLE


def parse_status(payload: bytes) -> Status:
    """The two strings of a status packet. Raises LanguageError for anything else."""
    match = _STRINGS.fullmatch(payload)
    if match is None:
        raise LanguageError("the printer's status is not a result and its sensors")
    sensors = _SENSOR.findall(match[2].decode("ascii"))
    return Status(match[1].decode("ascii"), {name: int(value) for name, value in sensors})
