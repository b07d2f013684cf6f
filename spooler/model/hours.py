"""Opening hours: weekly windows and dated exceptions, as the config has them.

A window belongs to the day on which it opens; one that closes at or before the time it opens at runs on past midnight.
It is for a site, for a printer, for one site's cards at one printer, or, where neither is named, for every site without
windows of its own. Times are minutes of the city's wall clock, which knows no summer time.
"""

from typing import Final

from attrs import frozen

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES: Final = 1440


@frozen
class Scope:
    """Whose hours they are: of a site, of a printer, of a site's cards at a printer; of neither: of all sites."""

    site: str | None = None
    printer: str | None = None


@frozen(order=True)
class Span:
    """From `begin` to before `end`, in minutes after the midnight with which its day begins; `end` may lie beyond the
    next one."""

    begin: int  # 0 … 1439
    end: int  # begin + 1 … begin + 1440


@frozen
class Window:
    """Open on each of these days of the week."""

    scope: Scope
    days: tuple[str, ...]  # of DAYS
    span: Span


@frozen
class Exceptional:
    """What holds on one date in the place of its weekday's windows. `span` None: closed."""

    scope: Scope
    day: str  # 2026-12-25
    span: Span | None


def span_of(opens: str, closes: str) -> Span:
    """Of two times of day, HH:MM; 24:00 is the end of the day. Raises ValueError for anything else."""
    begin, end = _minutes(opens), _minutes(closes)
    return Span(begin, end if end > begin else end + DAY_MINUTES)


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)
