"""Opening hours against a slow oracle that walks half hour by half hour through the calendar it was given."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spooler.model.hours import DAYS, Exceptional, Scope, Span, Window, span_of
from spooler.rules.hours import Calendar, calendar, opening

SITE, PRINTER = "21.71.11", "SGL-1"
SCOPES = (Scope(), Scope(SITE), Scope(None, PRINTER), Scope(SITE, PRINTER), Scope("21.71.12"), Scope(None, "SGL-2"))
HALF = 30  # minutes: all times of these tests are multiples of it
FIRST = date(2026, 12, 21)  # a Monday
HORIZON = 12 * 48  # half hours: longer than any exceptions here keep something closed

spans = st.builds(
    lambda begin, length: Span(begin * HALF, (begin + length) * HALF), st.integers(0, 47), st.integers(1, 48)
)
windows = st.lists(
    st.builds(
        Window,
        st.sampled_from(SCOPES),
        st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True).map(tuple),
        spans,
    ),
    max_size=6,
)
days = st.integers(0, 6).map(lambda n: (FIRST + timedelta(days=n)).isoformat())
exceptions = st.lists(st.builds(Exceptional, st.sampled_from(SCOPES), days, st.none() | spans), max_size=5)


def at(text: str, offset_hours: int = 7) -> int:
    """Milliseconds (UTC) of a local time."""
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1)) // timedelta(milliseconds=1) - offset_hours * 3_600_000


def open_by_the_book(windows: list[Window], exceptions: list[Exceptional], when: datetime) -> bool:
    """What the documents say, word by word."""
    return all(
        _scope_open(windows, exceptions, scope, when) for scope in (Scope(SITE), Scope(None, PRINTER), SCOPES[3])
    )


def _scope_open(windows: list[Window], exceptions: list[Exceptional], scope: Scope, when: datetime) -> bool:
    minute = when.hour * 60 + when.minute
    return any(
        span.begin <= minute + 1440 * days < span.end
        for days in (0, 1)
        for span in _spans(windows, exceptions, scope, (when - timedelta(days=days)).date())
    )


def _spans(windows: list[Window], exceptions: list[Exceptional], scope: Scope, day: date) -> list[Span]:
    own = [one for one in exceptions if one.scope == scope and one.day == day.isoformat()]
    if not own and scope == Scope(SITE):
        own = [one for one in exceptions if one.scope == Scope() and one.day == day.isoformat()]
    if own:
        return [one.span for one in own if one.span is not None]
    week = [window for window in windows if window.scope == scope]
    if not week and scope == Scope(SITE):
        week = [window for window in windows if window.scope == Scope()]
    if not week:
        return [Span(0, 1440)]
    return [window.span for window in week if DAYS[day.weekday()] in window.days]


@settings(max_examples=300, deadline=None)
@given(windows, exceptions, st.integers(0, 9 * 48), st.sampled_from([0, 7, -9]))
@example([Window(Scope(), ("fri",), Span(1320, 1560))], [], 5 * 48 + 3, 7)  # Saturday 01:30, open since Friday
def test_the_next_opening_is_the_first_half_hour_that_the_book_has_open(
    windows: list[Window], exceptions: list[Exceptional], begin: int, offset_hours: int
) -> None:
    start = datetime(FIRST.year, FIRST.month, FIRST.day) + timedelta(minutes=begin * HALF)
    now_ms = at(start.isoformat(), offset_hours)
    found = opening(calendar(windows, exceptions).of(SITE, PRINTER), now_ms, offset_hours * 3_600_000)
    steps = (n for n in range(HORIZON) if open_by_the_book(windows, exceptions, start + timedelta(minutes=n * HALF)))
    expected = next(steps, None)
    if expected is None:
        assert found is None or found >= now_ms + HORIZON * HALF * 60_000
    else:
        assert found == now_ms + expected * HALF * 60_000


def test_between_two_half_hours_it_is_open_at_once_and_closed_from_its_last_millisecond_on() -> None:
    hours = calendar([Window(Scope(SITE), DAYS, span_of("08:00", "16:00"))], []).of(SITE, PRINTER)
    assert opening(hours, at("2026-12-21T08:00:00.001"), 7 * 3_600_000) == at("2026-12-21T08:00:00.001")
    assert opening(hours, at("2026-12-21T15:59:59.999"), 7 * 3_600_000) == at("2026-12-21T15:59:59.999")
    assert opening(hours, at("2026-12-21T16:00"), 7 * 3_600_000) == at("2026-12-22T08:00")
    assert opening(hours, at("2026-12-21T07:59:59.999"), 7 * 3_600_000) == at("2026-12-21T08:00")


def test_a_site_with_a_holiday_of_its_own_keeps_the_weekly_hours_of_all() -> None:
    days = calendar(
        [Window(Scope(), DAYS, span_of("08:00", "16:00"))], [Exceptional(Scope(SITE), "2026-12-23", None)]
    )  # fmt: skip
    assert opening(days.of(SITE, PRINTER), at("2026-12-22T17:00"), 7 * 3_600_000) == at("2026-12-24T08:00")
    assert opening(days.of("21.71.12", PRINTER), at("2026-12-22T17:00"), 7 * 3_600_000) == at("2026-12-23T08:00")


def test_hours_that_never_meet_never_open() -> None:
    days = calendar(
        [
            Window(Scope(SITE), ("mon",), span_of("08:00", "16:00")),
            Window(Scope(None, PRINTER), ("tue",), span_of("08:00", "16:00")),
        ],
        [],
    )
    assert opening(days.of(SITE, PRINTER), at("2026-12-22T09:00"), 7 * 3_600_000) is None


@pytest.mark.parametrize(
    ("opens", "closes", "span"),
    [
        ("08:00", "16:00", Span(480, 960)),
        ("22:00", "02:00", Span(1320, 1560)),
        ("00:00", "24:00", Span(0, 1440)),
        ("12:00", "00:00", Span(720, 1440)),
    ],
)
def test_a_window_that_closes_before_it_opens_runs_past_midnight(opens: str, closes: str, span: Span) -> None:
    assert span_of(opens, closes) == span


def test_without_tables_everything_is_open() -> None:
    assert Calendar().of(SITE, PRINTER) == ()
    assert opening((), at("2026-12-21T03:00"), 0) == at("2026-12-21T03:00")
