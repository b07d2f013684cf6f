"""[[window]], [[window_exception]] and [[ration]]: what must be true of them together, and their values.

A window of a site that does not exist, or one that never lets a card through, would be found out on a morning with
citizens in the room; so everything that can be said from the file alone is said here.
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any, Final

from attrs import frozen

from spooler.model.hints import hint
from spooler.model.hours import DAY_MINUTES, DAYS, Exceptional, Scope, Span, Window, span_of
from spooler.model.kinds import ACCOUNTABLE
from spooler.model.lines import Path

from .values import WindowExceptionTable, WindowTable

Finding = tuple[Path, str]
Known = dict[str, Any]

_WEEK: Final = 7 * DAY_MINUTES


@frozen
class Openings:
    """The good values of the tables."""

    windows: list[Known]
    exceptions: list[Known]
    rations: list[Known]


def window_of(table: WindowTable) -> Window:
    """The value of a table without faults."""
    return Window(Scope(table.site, table.printer), table.days, span_of(table.opens, table.closes))


def exception_of(table: WindowExceptionTable) -> Exceptional:
    """The value of a table without faults."""
    span = None if table.opens is None or table.closes is None else span_of(table.opens, table.closes)
    return Exceptional(Scope(table.site, table.printer), table.day, span)


def check_openings(openings: Openings, printers: list[Known], codes: frozenset[str]) -> Iterator[Finding]:
    """Everything that does not fit together. `codes`: of all sites."""
    named = {printer["name"]: printer for printer in printers if "name" in printer}
    for table, elements in (("window", openings.windows), ("window_exception", openings.exceptions)):
        for index, element in enumerate(elements):
            yield from _scope((table, index), element, named, codes)
    for index, window in enumerate(openings.windows):
        if window.get("opens") is not None and window.get("opens") == window.get("closes"):
            yield ("window", index, "closes"), "is when it opens: give it a length, or 00:00 to 24:00 for a whole day"
    for index, one in enumerate(openings.exceptions):
        yield from _exception(("window_exception", index), one)
    yield from _overlaps(openings.windows)
    yield from _same_day(openings.exceptions)
    yield from _rations(openings.rations, codes)


def _scope(path: Path, element: Known, printers: dict[str, Known], codes: frozenset[str]) -> Iterator[Finding]:
    site, name = element.get("site"), element.get("printer")
    if site is not None and codes and site not in codes:
        yield (*path, "site"), f"there is no [[site]] with the code {site}{hint(site, sorted(codes))}"
    elif name is not None and name not in printers:
        yield (*path, "printer"), f"there is no [[printer]] with the name {name}{hint(name, sorted(printers))}"
    elif site is not None and name is not None:
        printer = printers[name]
        if "site" in printer and "serves" in printer and site not in (printer["site"], *(printer["serves"] or ())):
            yield (*path, "site"), f"{name} prints no cards of {site}: add the code to its `serves`, or leave it out"


def _exception(path: Path, one: Known) -> Iterator[Finding]:
    if "day" in one and not _is_day(one["day"]):
        yield (*path, "day"), f"there is no day {one['day']}"
    if not {"opens", "closes", "closed"} <= one.keys():
        return
    if one["closed"] and (one["opens"] is not None or one["closes"] is not None):
        yield (*path, "closed"), "a closed day has no opens and closes: leave one or the other out"
    elif not one["closed"] and (one["opens"] is None or one["closes"] is None):
        yield path, "says nothing: give it closed = true, or both opens and closes"
    elif one["opens"] is not None and one["opens"] == one["closes"]:
        yield (*path, "closes"), "is when it opens: give it a length, or 00:00 to 24:00 for a whole day"


def _overlaps(windows: list[Known]) -> Iterator[Finding]:
    """Windows of one scope in which a moment lies twice: one of them is a mistake."""
    by_scope: dict[tuple[Any, Any], list[tuple[int, int, int]]] = {}
    for index, window in enumerate(windows):
        if {"days", "opens", "closes", "site", "printer"} <= window.keys() and window["opens"] != window["closes"]:
            span = span_of(window["opens"], window["closes"])
            for day in window["days"]:
                start = DAYS.index(day) * DAY_MINUTES
                spans = by_scope.setdefault((window["site"], window["printer"]), [])
                spans.append((start + span.begin, start + span.end, index))
    told: set[int] = set()
    for spans in by_scope.values():
        first = min(spans)
        for (_, end, one), (begin, _, other) in pairwise([*sorted(spans), (first[0] + _WEEK, 0, first[2])]):
            if begin < end and (index := max(one, other)) not in told:
                told.add(index)
                sentence = f"overlaps window[{min(one, other)}]" if one != other else "overlaps itself"
                yield ("window", index), f"{sentence}: let one begin where the other ends"


def _same_day(exceptions: list[Known]) -> Iterator[Finding]:
    first: dict[tuple[Any, ...], list[tuple[Span | None, int]]] = {}
    for index, one in enumerate(exceptions):
        if not {"day", "closed", "opens", "closes", "site", "printer"} <= one.keys():
            continue
        if not one["closed"] and (one["opens"] is None or one["closes"] is None):
            continue
        span = None if one["closed"] else span_of(one["opens"], one["closes"])
        before = first.setdefault((one["day"], one["site"], one["printer"]), [])
        for other, at in before:
            if span is None or other is None or (span.begin < other.end and other.begin < span.end):
                yield ("window_exception", index), f"contradicts window_exception[{at}], of the same day: leave one out"
                break
        before.append((span, index))


def _rations(rations: list[Known], codes: frozenset[str]) -> Iterator[Finding]:
    first: dict[tuple[Any, Any], int] = {}
    for index, ration in enumerate(rations):
        path = ("ration", index)
        site, stock = ration.get("site"), ration.get("stock")
        if site is not None and codes and site not in codes:
            yield (*path, "site"), f"there is no [[site]] with the code {site}{hint(site, sorted(codes))}"
        if stock is not None and stock not in ACCOUNTABLE:
            yield (*path, "stock"), f"{stock} is not counted: only cards have a ration"
        if site is not None and stock is not None and first.setdefault((site, stock), index) != index:
            at = first[site, stock]
            yield path, f"ration[{at}] is for the same site and stock already: leave one out"
        cards, reserve = ration.get("cards_per_day"), ration.get("reserve")
        if cards is not None and reserve is not None and reserve > cards:
            yield (*path, "reserve"), f"is more than cards_per_day, {cards}"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
