"""When something is open, and when it opens next: windows of the week with dated exceptions.

Theory: a date has the spans of its exception, else those of its weekday; a span belongs to the date on which it begins,
so that the night shift of a Friday ends on Saturday morning whatever Saturday's own hours are. Of several hours that
must all be open (a site's, a printer's) the next opening is found by going from one's opening to the other's.

Limits: whole minutes of a clock at a fixed offset from UTC; two hours that never meet within MEETINGS openings (one
open on Mondays, the other on Tuesdays) are answered with None: never.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from attrs import field, frozen

from spooler.model.hours import DAY_MINUTES, DAYS, Exceptional, Scope, Span, Window

#: Openings that are tried until hours that must all be open have met: more than a year of one opening a day.
MEETINGS: Final = 400

_MINUTE: Final = 60_000  # milliseconds
_EPOCH: Final = date(1970, 1, 1)  # a Thursday
_ALL_DAY: Final = (Span(0, DAY_MINUTES),)


@frozen
class Hours:
    """The hours of one scope. `weekly`: the spans of Monday to Sunday, each by its begin; None: open all days."""

    weekly: tuple[tuple[Span, ...], ...] | None = None
    dated: Mapping[str, tuple[Span, ...]] = field(factory=dict)  # 2026-12-25 -> its spans; none: closed

    def spans(self, day: int) -> tuple[Span, ...]:
        """Of a date, as days since 1970."""
        dated = self.dated.get((_EPOCH + timedelta(days=day)).isoformat()) if self.dated else None
        if dated is not None:
            return dated
        return _ALL_DAY if self.weekly is None else self.weekly[(day + 3) % 7]

    def opens(self, at_ms: int, offset_ms: int) -> int | None:
        """The first moment from `at_ms` (UTC) on at which it is open: `at_ms` itself, a later one, or None: never."""
        local = at_ms + offset_ms
        today = local // (DAY_MINUTES * _MINUTE)
        # among so many days after today one has no exception, for each day of the week
        for day in range(today - 1, today + len(self.dated) + 8):
            midnight = day * DAY_MINUTES * _MINUTE
            for span in self.spans(day):
                if midnight + span.end * _MINUTE > local:
                    return max(at_ms, midnight + span.begin * _MINUTE - offset_ms)
        return None


@frozen
class Calendar:
    """All hours of a city."""

    by_scope: Mapping[Scope, Hours] = field(factory=dict)

    def of(self, site: str, printer: str) -> tuple[Hours, ...]:
        """Those that must all be open for a card of a site at a printer."""
        found = (
            self.by_scope.get(Scope(site)) or self.by_scope.get(Scope()),
            self.by_scope.get(Scope(None, printer)),
            self.by_scope.get(Scope(site, printer)),
        )
        return tuple(hours for hours in found if hours is not None)

    def of_site(self, site: str) -> tuple[Hours, ...]:
        """Those of a site alone."""
        hours = self.by_scope.get(Scope(site)) or self.by_scope.get(Scope())
        return () if hours is None else (hours,)


def calendar(windows: Iterable[Window], exceptions: Iterable[Exceptional]) -> Calendar:
    """The hours of each scope. A site that has none of its own but an exception keeps all sites' weekly windows; all
    sites' exceptions hold for each of them on dates for which it has none."""
    weekly: dict[Scope, list[list[Span]]] = {}
    for window in windows:
        days = weekly.setdefault(window.scope, [[] for _ in DAYS])
        for day in window.days:
            days[DAYS.index(day)].append(window.span)
    dated: dict[Scope, dict[str, list[Span]]] = {}
    for one in exceptions:
        spans = dated.setdefault(one.scope, {}).setdefault(one.day, [])
        if one.span is not None:
            spans.append(one.span)
    made: dict[Scope, Hours] = {}
    for scope in dict.fromkeys([*weekly, *dated]):
        is_site = scope.site is not None and scope.printer is None
        week = weekly.get(scope) or (weekly.get(Scope()) if is_site else None)
        dates = (dated.get(Scope(), {}) if is_site else {}) | dated.get(scope, {})
        made[scope] = Hours(
            None if week is None else tuple(tuple(sorted(day)) for day in week),
            {day: tuple(sorted(spans)) for day, spans in dates.items()},
        )
    return Calendar(made)


def opening(hours: Sequence[Hours], at_ms: int, offset_ms: int) -> int | None:
    """The first moment from `at_ms` on at which all are open; None: never."""
    for _ in range(MEETINGS):
        found = [one.opens(at_ms, offset_ms) for one in hours]
        if None in found:
            return None
        latest = max((at for at in found if at is not None), default=at_ms)
        if latest == at_ms:
            return at_ms
        at_ms = latest
    return None
