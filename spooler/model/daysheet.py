"""A day of one site's blanks: what the stock book adds up to, and what the daily sheet prints.

For each stock, over a day or a shift (DOMAIN.md §9):

    opening + received + arrived - good - spoilt - test - outside - returned - sent - destroyed = closing

`closing` is what the book expects at the site, `counted` what a person found there; the difference between them is a
gap, and a gap is an incident with a name. Beside it stand two witnesses that nobody at the site writes: the printer's
own counter and the ribbon panels used. Open doubts are a line of their own: blanks of which nobody has said yet what
they became, still inside `closing`. Blanks in parcels from the site that nobody has opened are not inside it any more:
they are `on_the_way`, so that a city has all its blanks. What a parcel lacked is `missed` where it was opened.
"""

from typing import Final

from attrs import frozen

#: Where a blank was spoiled.
STAGES: Final = ("before-print", "chip", "print", "inspection")


@frozen
class Line:
    """One stock (a value of model.kinds.Stock, or a supply) of one site over one day or shift, in blanks."""

    stock: str
    opening: int
    received: int = 0  # from the centre
    good: int = 0  # printed, less those that failed inspection
    spoilt: tuple[int, int, int, int] = (0, 0, 0, 0)  # in the order of STAGES
    test: int = 0
    outside: int = 0  # moved by a panel test or a vendor's driver: the counter moved without us
    returned: int = 0  # to the centre
    destroyed: int = 0
    doubts: int = 0  # open at the end: neither good nor spoilt yet
    counted: int | None = None  # None: nobody has counted
    counter_delta: int | None = None  # of all the site's printers that use this stock; None: no counter
    panels: int | None = None  # ribbon panels used, as the supplies say; None: the device does not say
    arrived: int = 0  # found in parcels that were opened here
    sent: int = 0  # in parcels
    on_the_way: int = 0  # at the end, in parcels from here
    missed: int = 0  # in parcels that were opened here: below 0, they held too many

    @property
    def closing(self) -> int:
        """What the book expects at the site."""
        used = self.good + sum(self.spoilt) + self.test + self.outside + self.destroyed
        return self.opening + self.received + self.arrived - used - self.returned - self.sent

    @property
    def gap(self) -> int | None:
        """Counted less closing: below 0 blanks are missing; None while nobody has counted."""
        return None if self.counted is None else self.counted - self.closing


@frozen
class Shift:
    """A part of a site's day, by local times like 12:00; 24:00 is the day's end. Its lines as the day's."""

    begins: str
    ends: str
    lines: tuple[Line, ...]


@frozen
class Spoiled:
    """One blank of the destruction list (berita acara pemusnahan)."""

    stock: str
    job: str | None  # None: spoiled before any job, or a test
    number: str | None  # the counter's label of the job
    uid: str | None  # the chip's, where the encode step told it
    stage: str  # one of STAGES
    reason: str  # a keyword of model.card.DEFECTS
    actor: str  # who said so
    at_ms: int


@frozen
class DaySheet:
    """All of one site's day. Times are UTC milliseconds; `day` is the site's own date."""

    node: str
    site: str  # code
    site_name: str
    city: str
    province: str
    day: str  # 2026-11-24
    lines: tuple[Line, ...]
    spoiled: tuple[Spoiled, ...]
    corrections: tuple[str, ...] = ()  # facts of earlier days that came late: lines of model.remark
    incidents: tuple[str, ...] = ()  # what did not add up: the same
    closed_by: str | None = None  # the person who signed the day; None: it is still open
    closed_ms: int | None = None
    chain: str = ""  # the ledger's head when the sheet was made: chain, number and hash in hex
    n: int = 0
    head: str = ""
    utc_offset_hours: int = 7
    shifts: tuple[Shift, ...] = ()  # two or more, which add up to the day; none where the city has one shift
