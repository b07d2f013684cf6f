"""Families, transports and simulators by name: the only door through which other rooms reach the backends.

They are entry points, so that a vendor's package adds a printer without a change here.
"""

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import Any, cast
from urllib.parse import urlsplit

from .contract import Family, Transport


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


def simulator(name: str) -> Callable[..., Any]:
    """A family's simulator: an async function that serves until cancelled. Raises UnknownBackendError."""
    return cast(Callable[..., Any], _load("spooler.simulators", name, "simulator"))
