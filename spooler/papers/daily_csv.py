"""The daily sheet as CSV, and back: a row for the day, one for each stock, shift's stock, correction and incident.

Every row says which site and day it is of, so that rows of many files can be put under each other and filtered. What
belongs to the whole day (who closed it, the ledger's head) stands in the day's own row. The blanks of the destruction
list are not here: that list is a file of its own.

Reading is strict: a file counts only if the sheet that was read from it gives the same lines again. So an amount that
was changed and no longer adds up, a row moved, a date re-written by a spreadsheet is found, with its line. It is no
proof against a forger, who can write a whole sheet that adds up; against that stands the ledger, whose head it carries.
"""

import re
from datetime import date, datetime, timedelta
from typing import Final

from spooler.model.daysheet import STAGES, DaySheet, Line, Shift
from spooler.model.localtime import stamp

from .table import Cell, CsvError, number, number_or_none, read_csv, write_csv

_SPOILT: Final = tuple(f"spoilt_{stage.replace('-', '_')}" for stage in STAGES)
#: The amounts of a stock's row, as the CSV names them.
AMOUNTS: Final = (
    "opening", "received", "good", *_SPOILT, "test", "outside", "returned", "destroyed", "closing", "counted", "gap",
    "doubts", "counter_delta", "panels", "arrived", "sent", "on_the_way", "missed",
)  # fmt: skip
_OPEN: Final = ("counted", "counter_delta", "panels")  # may be unknown
_WHERE: Final = ("day", "province", "city", "site", "site_name")
_DAY: Final = ("closed_by", "closed_at", "utc_offset_hours", "node", "chain", "n", "head")
COLUMNS: Final = ("record", *_WHERE, "stock", *AMOUNTS, "text", *_DAY)
_HEAD: Final = re.compile(r"(?:[0-9a-f]{64})?", re.ASCII)
_SHIFT: Final = re.compile(r"[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]", re.ASCII)
_OFFSETS: Final = range(-12, 15)


def amounts(line: Line) -> dict[str, int | None]:
    """A stock's amounts by column."""
    plain = {name: getattr(line, name) for name in AMOUNTS if name not in _SPOILT}
    return {**plain, **dict(zip(_SPOILT, line.spoilt))}


def row(record: str, where: dict[str, Cell], **cells: Cell) -> list[Cell]:
    """One row; what is not named stays empty."""
    full = {"record": record, **where, **cells}
    return [full.get(column) for column in COLUMNS]


def stock_row(record: str, where: dict[str, Cell], line: Line, **more: Cell) -> list[Cell]:
    """The row of one stock."""
    return row(record, where, stock=line.stock, **amounts(line), **more)


def sheet_rows(sheet: DaySheet) -> list[list[Cell]]:
    """The rows of one site's day, without the header."""
    where: dict[str, Cell] = {name: getattr(sheet, name) for name in _WHERE}
    closed = None if sheet.closed_ms is None else stamp(sheet.closed_ms, sheet.utc_offset_hours)
    whole: dict[str, Cell] = {name: getattr(sheet, name) for name in _DAY if name != "closed_at"}
    return [
        row("sheet", where, **whole, closed_at=closed),
        *(stock_row("stock", where, line) for line in sheet.lines),
        *(
            stock_row("shift", where, line, text=f"{shift.begins}-{shift.ends}")
            for shift in sheet.shifts
            for line in shift.lines
        ),
        *(row("correction", where, text=text) for text in sheet.corrections),
        *(row("incident", where, text=text) for text in sheet.incidents),
    ]


def daily_csv(sheet: DaySheet) -> bytes:
    """The file."""
    return write_csv([COLUMNS, *sheet_rows(sheet)])


def parse_daily_csv(data: bytes) -> DaySheet:
    """The sheet of such a file, without its destruction list. Raises CsvError with the line."""
    rows = read_csv(data, COLUMNS)
    if not rows or rows[0][1]["record"] != "sheet":
        raise CsvError(2, "the row of the day itself (record sheet) is missing: this is not one site's daily sheet")
    lines: list[Line] = []
    shifts: dict[str, list[Line]] = {}
    texts: dict[str, list[str]] = {"correction": [], "incident": []}
    for at, found in rows[1:]:
        record = found["record"]
        if record == "stock":
            lines.append(_line(found, at, {line.stock for line in lines}))
        elif record == "shift":
            if not _SHIFT.fullmatch(found["text"]):
                raise CsvError(at, "text is no shift like 12:00-16:00")
            of = shifts.setdefault(found["text"], [])
            of.append(_line(found, at, {line.stock for line in of}))
        elif record in texts:
            texts[record].append(found["text"])
        else:
            raise CsvError(at, "record is none of stock, shift, correction, incident")
    of_shifts = tuple(Shift(times[:5], times[6:], tuple(made)) for times, made in shifts.items())
    sheet = _sheet(rows[0][1], tuple(lines), of_shifts, tuple(texts["correction"]), tuple(texts["incident"]))
    _same(data, daily_csv(sheet))
    return sheet


def _line(found: dict[str, str], at: int, seen: set[str]) -> Line:
    if not found["stock"] or found["stock"] in seen:
        raise CsvError(at, f"stock {found['stock']} stands here twice" if found["stock"] else "stock is empty")
    whole = {name: number(found, name, at) for name in AMOUNTS if name not in (*_SPOILT, *_OPEN, "closing", "gap")}
    counted, counter_delta, panels = (number_or_none(found, name, at) for name in _OPEN)
    before, chip, printing, inspection = (number(found, name, at) for name in _SPOILT)
    line = Line(
        found["stock"],
        spoilt=(before, chip, printing, inspection),
        counted=counted,
        counter_delta=counter_delta,
        panels=panels,
        **whole,
    )
    if number(found, "closing", at) != line.closing:
        raise CsvError(at, f"closing is {found['closing']}, but the row adds up to {line.closing}")
    if number_or_none(found, "gap", at) != line.gap:
        raise CsvError(at, f"gap is not counted less closing, {line.gap}")
    return line


def _sheet(
    found: dict[str, str], lines: tuple[Line, ...], shifts: tuple[Shift, ...], late: tuple[str, ...],
    bad: tuple[str, ...],
) -> DaySheet:  # fmt: skip
    offset = number(found, "utc_offset_hours", 2)
    if offset not in _OFFSETS:
        raise CsvError(2, "utc_offset_hours is no time zone")
    if not _HEAD.fullmatch(found["head"]):
        raise CsvError(2, "head is not 64 hexadecimal digits")
    if not is_day(found["day"]):
        raise CsvError(2, "day is not a date like 2026-11-24")
    return DaySheet(
        node=found["node"],
        day=found["day"],
        province=found["province"],
        city=found["city"],
        site=found["site"],
        site_name=found["site_name"],
        lines=lines,
        spoiled=(),
        corrections=late,
        incidents=bad,
        closed_by=found["closed_by"] or None,
        closed_ms=_milliseconds(found["closed_at"]) if found["closed_at"] else None,
        chain=found["chain"],
        n=number(found, "n", 2),
        head=found["head"],
        utc_offset_hours=offset,
        shifts=shifts,
    )


def is_day(text: str) -> bool:
    """2026-11-24, and no other form of ISO 8601."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _same(given: bytes, expected: bytes) -> None:
    """Raises CsvError at the first line that differs."""
    # on "\n" alone: str.splitlines would also break at the marks that a text may hold
    found, wanted = ([text.rstrip("\r") for text in data.decode("utf-8-sig").split("\n")] for data in (given, expected))
    for at, (mine, theirs) in enumerate(zip(wanted, found), 1):
        if mine != theirs:
            raise CsvError(at, "not as the spooler writes it: take the file as it was made, not a copy saved anew")
    if len(found) != len(wanted):
        raise CsvError(min(len(found), len(wanted)) + 1, "there are empty lines at the end")


def _milliseconds(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
        since = at - datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    except (ValueError, TypeError, OverflowError):
        raise CsvError(2, "closed_at is not a time like 2026-11-24T16:05:12.345+07:00") from None
    return since // timedelta(milliseconds=1)
