"""The city's wall clock: every time that people see is its own, whatever zone the machine has on which they look.

Indonesia has no summer time, so an offset in whole hours (`[city] utc_offset_hours`) says all.
"""

from datetime import datetime, timedelta
from typing import Final

_ZONES: Final = {7: "WIB", 8: "WITA", 9: "WIT"}


def local(at_ms: int, utc_offset_hours: int) -> datetime:
    """UTC milliseconds as the city's wall clock shows them, without a zone."""
    return datetime(1970, 1, 1) + timedelta(hours=utc_offset_hours, milliseconds=at_ms)


def zone(utc_offset_hours: int) -> str:
    """WIB, WITA, WIT; UTC+3 elsewhere."""
    return _ZONES.get(utc_offset_hours, f"UTC{utc_offset_hours:+d}")


def shown(at_ms: int, utc_offset_hours: int) -> str:
    """For tables: 2026-11-24 16:05:12."""
    return local(at_ms, utc_offset_hours).strftime("%Y-%m-%d %H:%M:%S")


def stamp(at_ms: int, utc_offset_hours: int, precision: str = "milliseconds") -> str:
    """ISO 8601 with its zone: 2026-11-24T16:05:12.345+07:00."""
    sign = "-" if utc_offset_hours < 0 else "+"
    return f"{local(at_ms, utc_offset_hours).isoformat(timespec=precision)}{sign}{abs(utc_offset_hours):02d}:00"


def from_local(text: str, utc_offset_hours: int) -> int:
    """Milliseconds of an ISO 8601 time; one without a zone is the city's. Raises ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        return (at - datetime(1970, 1, 1)) // timedelta(milliseconds=1) - utc_offset_hours * 3_600_000
    return (at - datetime.fromisoformat("1970-01-01T00:00:00+00:00")) // timedelta(milliseconds=1)
