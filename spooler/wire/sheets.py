"""The stock book's values as the maps that go over the wire, and a day's sheet back from its map."""

from collections.abc import Iterable
from typing import Any

from attrs import asdict, fields

from spooler.model.daysheet import DaySheet, Line, Shift, Spoiled
from spooler.model.stock import Booked, SiteStock


def booked_map(booked: Booked) -> dict[str, Any]:
    """Where a movement, a count or a close stands."""
    return asdict(booked)


def stock_map(site: SiteStock) -> dict[str, Any]:
    """What a site has."""
    holdings = [
        {"stock": h.stock, "blanks": h.blanks, "spoiled": h.spoiled, "loaded": dict(h.loaded)} for h in site.holdings
    ]
    return {
        "site": site.site,
        "holdings": holdings,
        "open_days": list(site.open_days),
        "closed": site.closed,
        "rolls": [asdict(roll) for roll in site.rolls],
        "sent": [asdict(parcel) for parcel in site.sent],
        "coming": [asdict(parcel) for parcel in site.coming],
    }


def sheet_map(sheet: DaySheet) -> dict[str, Any]:
    """A day's sheet; each line has its `closing` and `gap` too."""
    whole = asdict(sheet)
    whole["lines"] = _lines_map(sheet.lines)
    whole["shifts"] = [
        {"begins": shift.begins, "ends": shift.ends, "lines": _lines_map(shift.lines)} for shift in sheet.shifts
    ]
    return {key: list(value) if isinstance(value, tuple) else value for key, value in whole.items()}


def _lines_map(lines: Iterable[Line]) -> list[dict[str, Any]]:
    return [asdict(line) | {"spoilt": list(line.spoilt), "closing": line.closing, "gap": line.gap} for line in lines]


def sheet_of(raw: dict[str, Any]) -> DaySheet:
    """The sheet of a map that a spooler answered with; keys that this program does not know are passed over."""
    known = {a.name for a in fields(DaySheet)}
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in raw.items() if key in known
    }
    values["lines"] = tuple(_line(line) for line in raw["lines"])
    values["spoiled"] = tuple(Spoiled(**{a.name: one[a.name] for a in fields(Spoiled)}) for one in raw["spoiled"])
    values["shifts"] = tuple(
        Shift(one["begins"], one["ends"], tuple(_line(line) for line in one["lines"])) for one in raw.get("shifts", ())
    )
    return DaySheet(**values)


def _line(raw: dict[str, Any]) -> Line:
    values: dict[str, Any] = {a.name: raw[a.name] for a in fields(Line)}
    return Line(**values | {"spoilt": tuple(values["spoilt"])})
