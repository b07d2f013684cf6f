"""A city's day: the sheets of its sites side by side, what they come to together, and all that wants a person's eye.

A sum may hide what its parts show: a blank too many here and one too few there cancel out. So every gap, every open
doubt and every incident stays named by its site. A witness (a count, a printer's counter, panels) has a sum only where
each site has one: part of a sum beside a whole one would look like a gap.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from attrs import frozen

from .daysheet import STAGES, DaySheet, Line


class Matter(StrEnum):
    """What about a site's day wants a person's eye."""

    GAP = "gap"  # counted and closing differ
    DOUBTS = "doubts"  # nobody has said yet what became of these blanks
    UNCOUNTED = "uncounted"
    NOT_CLOSED = "not-closed"  # nobody has signed the day
    INCIDENT = "incident"
    CORRECTION = "correction"  # a fact of an earlier day that came late


@frozen
class Notice:
    """One such thing."""

    matter: Matter
    site: str
    site_name: str
    stock: str = ""  # of a gap, doubts, uncounted
    amount: int = 0  # of a gap (signed) and of doubts, in blanks
    text: str = ""  # of an incident and a correction


class MergeError(Exception):
    """Sheets that cannot stand on one city's sheet: which one (0 is the first), and why."""

    def __init__(self, index: int, sentence: str) -> None:
        super().__init__(sentence)
        self.index = index


@frozen
class CitySheet:
    """One day of all sites that sent a sheet, in the order of their codes. Made by `merge`."""

    sites: tuple[DaySheet, ...]

    @property
    def day(self) -> str:
        """The date: each site's own."""
        return self.sites[0].day

    @property
    def city(self) -> str:
        return self.sites[0].city

    @property
    def province(self) -> str:
        return self.sites[0].province

    @property
    def stocks(self) -> tuple[str, ...]:
        """Every stock that a site names, in the order of their first mention."""
        return tuple(dict.fromkeys(line.stock for sheet in self.sites for line in sheet.lines))

    def of(self, stock: str) -> tuple[tuple[DaySheet, Line], ...]:
        """The sites that hold this stock, each with its line."""
        return tuple((sheet, line) for sheet in self.sites for line in sheet.lines if line.stock == stock)

    @property
    def totals(self) -> tuple[Line, ...]:
        """A line for each stock: all sites together."""
        return tuple(_together(stock, [line for _, line in self.of(stock)]) for stock in self.stocks)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """All that wants a person's eye, site by site."""
        return tuple(notice for sheet in self.sites for notice in _notices(sheet))


def merge(sheets: Sequence[DaySheet]) -> CitySheet:
    """One city's sheet. Raises MergeError: no sheet, another day or city than the first's, the same site again."""
    if not sheets:
        raise MergeError(0, "there is no sheet to merge")
    first, seen = sheets[0], set[str]()
    for index, sheet in enumerate(sheets):
        if sheet.day != first.day:
            raise MergeError(index, f"day {sheet.day}, but the first sheet is of {first.day}: merge one day at a time")
        if (sheet.city, sheet.province) != (first.city, first.province):
            raise MergeError(index, f"{sheet.city}, but the first sheet is of {first.city}: merge one city at a time")
        if sheet.site in seen:
            raise MergeError(index, f"site {sheet.site} was given before: name each site's sheet once")
        seen.add(sheet.site)
    return CitySheet(tuple(sorted(sheets, key=lambda sheet: sheet.site)))


_SUMMED: Final = (
    "opening", "received", "arrived", "good", "test", "outside", "returned", "sent", "destroyed", "doubts",
    "on_the_way", "missed",
)  # fmt: skip


def _together(stock: str, lines: Sequence[Line]) -> Line:
    sums: dict[str, int] = {name: sum(getattr(line, name) for line in lines) for name in _SUMMED}
    before, chip, printing, inspection = (sum(line.spoilt[i] for line in lines) for i in range(len(STAGES)))
    return Line(
        stock,
        spoilt=(before, chip, printing, inspection),
        counted=_all([line.counted for line in lines]),
        counter_delta=_all([line.counter_delta for line in lines]),
        panels=_all([line.panels for line in lines]),
        **sums,
    )


def _all(seen: Sequence[int | None]) -> int | None:
    """The sum of what each site saw; None unless each saw something."""
    known = [value for value in seen if value is not None]
    return sum(known) if len(known) == len(seen) else None


def _notices(sheet: DaySheet) -> list[Notice]:
    site = (sheet.site, sheet.site_name)
    found = [] if sheet.closed_by is not None else [Notice(Matter.NOT_CLOSED, *site)]
    for line in sheet.lines:
        if line.gap is None:
            found.append(Notice(Matter.UNCOUNTED, *site, line.stock))
        elif line.gap:
            found.append(Notice(Matter.GAP, *site, line.stock, line.gap))
        if line.doubts:
            found.append(Notice(Matter.DOUBTS, *site, line.stock, line.doubts))
    found += [Notice(Matter.INCIDENT, *site, text=text) for text in sheet.incidents]
    return found + [Notice(Matter.CORRECTION, *site, text=text) for text in sheet.corrections]
