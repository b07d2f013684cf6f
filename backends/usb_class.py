"""What the USB printer class says (Device Class Definition for Printing Devices 1.1), without any USB in it.

Which interface to take, what the port status and the IEEE 1284 device id mean. Devices do not keep to it: a device
id's length is sent in either byte order, with or without its own two bytes; keys have long and short names.
"""

from collections.abc import Iterable
from typing import Any, Final

from attrs import frozen

PRINTER: Final = 0x07
#: protocol -> preference: bidirectional, else one way. 3 (1284.4), 4 (IPP) and FF (a vendor's own) are not spoken here.
PROTOCOLS: Final = {2: 0, 1: 1}

GET_DEVICE_ID: Final = (0xA1, 0)
GET_PORT_STATUS: Final = (0xA1, 1)
#: class specification 1.1, then 1.0, which had it so; a printer that stalls the one may know the other
SOFT_RESET: Final = ((0x21, 2), (0x23, 2))

_BULK: Final = 2
_IN: Final = 0x80
_KEYS: Final = {"MANUFACTURER": "MFG", "MODEL": "MDL", "SERIALNUMBER": "SN", "SERN": "SN", "COMMAND SET": "CMD"}
_SHORTEST_ID: Final = 14  # bytes


@frozen
class Setting:
    """An interface in one of its alternate settings, with its pipes."""

    configuration: int  # its index, as GET_DEVICE_ID wants it
    interface: int
    alternate: int
    only: bool  # the interface has no other setting
    protocol: int
    out: int  # endpoint addresses
    back: int | None  # None: one way


def choose(configuration: Iterable[Any], index: int) -> Setting | None:
    """The best printer setting of a configuration: an iterable of pyusb's Interfaces, one per alternate setting."""
    settings = list(configuration)
    found = []
    for one in settings:
        if one.bInterfaceClass != PRINTER or one.bInterfaceSubClass != 1 or one.bInterfaceProtocol not in PROTOCOLS:
            continue
        pipes = [end.bEndpointAddress for end in one if end.bmAttributes & 3 == _BULK]
        out = next((pipe for pipe in pipes if not pipe & _IN), None)
        if out is None:
            continue
        only = sum(other.bInterfaceNumber == one.bInterfaceNumber for other in settings) == 1
        back = next((pipe for pipe in pipes if pipe & _IN), None)
        found.append(
            Setting(index, one.bInterfaceNumber, one.bAlternateSetting, only, one.bInterfaceProtocol, out, back)
        )
    return min(found, key=lambda setting: PROTOCOLS[setting.protocol], default=None)


def port_words(status: int) -> str:
    """GET_PORT_STATUS's byte as words; 18h is healthy."""
    words = (
        ("paper is empty", status & 0x20),
        ("it is not selected", not status & 0x10),
        ("it has an error", not status & 0x08),
    )
    return ", ".join(word for word, there in words if there) or "it is ready"


def device_id(answer: bytes) -> str:
    """The text of a GET_DEVICE_ID answer; empty where there is none."""
    text = answer[2:]
    for order in ("big", "little"):
        told = int.from_bytes(answer[:2], order)  # type: ignore[arg-type]  # one of the two
        for length in (told - 2, told):
            if _SHORTEST_ID - 2 <= length <= len(text) and text[length - 1 : length] == b";":
                return text[:length].decode("ascii", "replace")
    return text.rstrip(b"\0 ").decode("ascii", "replace")


def id_fields(text: str) -> dict[str, str]:
    """KEY:value; as a map, by the short names MFG, MDL, SN, CMD."""
    pairs = (part.partition(":") for part in text.split(";"))
    upper = ((key.strip().upper(), value.strip()) for key, colon, value in pairs if colon)
    return {_KEYS.get(key, key): value for key, value in upper}
