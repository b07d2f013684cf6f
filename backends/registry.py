"""Families, transports and simulators by name: the only door through which other rooms reach the backends.

They are entry points, so that a vendor's package adds a printer without a change here.
"""

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import Any, cast
from urllib.parse import urlsplit

from .contract import Family, Transport
from .usb_class import UsbPrinter


class UnknownBackendError(LookupError):
    """No such family, transport or simulator; the text names those there are."""


@cache
def _load(group: str, name: str, what: str) -> Any:
    points = {point.name: point for point in entry_points(group=group)}
    if name not in points:
        raise UnknownBackendError(f"there is no {what} {name!r}; there are: {', '.join(sorted(points)) or 'none'}")
    return points[name].load()


def families() -> list[str]:
    """The names of all families."""
    return sorted(point.name for point in entry_points(group="spooler.families"))


def family(name: str) -> Family:
    """A family by name. Raises UnknownBackendError."""
    return cast(Family, _load("spooler.families", name, "printer family"))


def open_transport(uri: str) -> Transport:
    """A transport for a printer's URI; nothing is connected yet. Raises UnknownBackendError, or ValueError for a
    URI that the transport cannot use."""
    opener = cast(Callable[[str], Transport], _load("spooler.transports", urlsplit(uri).scheme, "transport"))
    return opener(uri)


def usb_printers() -> list[UsbPrinter]:
    """What is plugged in. It blocks, asks only who they are, and takes no printer from anybody. Raises OSError."""
    from .usb_discover import discover  # with pyusb, which most commands can do without

    return discover()


def usb_families(vendor: int, product: int) -> list[str]:
    """The families that say that they drive such a device."""
    driven: dict[str, frozenset[tuple[int, int | None]]] = {
        name: getattr(family(name), "usb_ids", frozenset()) for name in families()
    }
    return [name for name, ids in driven.items() if (vendor, product) in ids or (vendor, None) in ids]


def simulator(name: str) -> Callable[..., Any]:
    """A family's simulator: an async function that serves until cancelled. Raises UnknownBackendError."""
    return cast(Callable[..., Any], _load("spooler.simulators", name, "simulator"))
