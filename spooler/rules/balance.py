"""What a site's day adds up to: from the sums of the book's words to the lines of the daily sheet.

    opening + received + arrived - good - spoilt - test - outside - returned - sent - destroyed = closing

The opening of a day is the closing of the one before it, plus what was written off there: a gap that a count found
is told once, as an incident, and the book then goes on from what is really there. What a signed day wrote off and a
fact explains later is `received` again in that fact's day, beside the card or the movement that it turned out to be; a
correction tells of it. Parcels between sites are `sent` and `arrived` of their lines, and what lies between the two is
`on_the_way` at their sender's, so that what the sites of a city hold together, with what is on the way, what they used
up and what parcels `missed`, is what the centre sent less what it got back (tests/test_rules_balance.py). That is so at
any time for the book as it stands. On the sheets of one day it is so where each site signed after its day's end: a
parcel that is opened on a day that its sender has signed leaves the way in the sender's next one.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice, repeat
from typing import Final

from attrs import evolve

from spooler.model.daysheet import STAGES, DaySheet, Line, Spoiled
from spooler.model.job import JobEvent
from spooler.model.remark import remark
from spooler.model.site import City
from spooler.model.stock import BookDay, Mark, Moved, Noted, each_uid, spoiled

#: Damaged blanks that one sheet lists: beyond them its sums still have every blank.
MOST_LISTED: Final = 1000


def line(stock: str, sums: Mapping[str, int]) -> Line:
    """The sheet's line of one stock; `sums`: words of Moved and Noted, a missing one is nothing."""

    def of(*words: str) -> int:
        return sum(sums.get(word, 0) for word in words)

    booked = Line(
        stock=stock,
        opening=of(Noted.OPENING),
        received=of(Moved.RECEIVED, Noted.REGAINED),
        arrived=of(Moved.TRANSFERRED_IN),
        good=of(Moved.PRINTED),
        spoilt=(of(spoiled(STAGES[0])), of(spoiled(STAGES[1])), of(spoiled(STAGES[2])), of(spoiled(STAGES[3]))),
        test=of(Moved.TEST),
        outside=of(Moved.OUTSIDE),
        returned=of(Moved.RETURNED),
        sent=of(Moved.TRANSFERRED_OUT),
        destroyed=of(Moved.DESTROYED),
        doubts=of(Noted.DOUBTS),
        on_the_way=of(Noted.ON_THE_WAY),
        missed=of(Noted.MISSED),
        counter_delta=sums.get(Noted.COUNTER),
        panels=sums.get(Noted.PANELS),
    )
    gap = sums.get(Noted.GAP)
    return booked if gap is None else evolve(booked, counted=booked.closing + gap)


def sheet(book: BookDay, city: City, node: str, utc_offset_hours: int) -> DaySheet:
    """The day as its papers show it. The site must be one of the city's."""
    ledger_chain, n, head = book.head
    return DaySheet(
        node=node,
        site=book.site,
        site_name=city.sites[book.site].name,
        city=city.name,
        province=city.province,
        day=book.day,
        lines=tuple(line(stock, sums) for stock, sums in book.sums),
        spoiled=tuple(islice(_listed(book.marks), MOST_LISTED)),
        corrections=tuple(map(_remark, (mark for mark in book.marks if "about" in mark.facts))),
        incidents=tuple(map(_remark, (mark for mark in book.marks if mark.event == "incident"))),
        closed_by=book.closed_by,
        closed_ms=book.closed_ms,
        chain=ledger_chain,
        n=n,
        head=head,
        utc_offset_hours=utc_offset_hours,
    )


def _text(mark: Mark, name: str) -> str | None:
    return str(mark.facts[name]) if name in mark.facts else None


def _tells_of_spoiled(mark: Mark) -> bool:
    return "stage" in mark.facts or mark.event == JobEvent.RESOLVED_SPOILED


def _listed(marks: Iterable[Mark]) -> Iterator[Spoiled]:
    """What is to be destroyed, as the last word on each card of the day has it."""
    last: dict[tuple[str | int, ...], Mark] = {}
    for mark in marks:
        key = (mark.facts["job"], mark.facts.get("attempt", 0)) if "job" in mark.facts else (mark.position,)
        if _tells_of_spoiled(mark):
            last[key] = mark
        elif "answer" in mark.facts:
            last.pop(key, None)
    return chain.from_iterable(map(_spoiled, last.values()))


def _spoiled(mark: Mark) -> Iterator[Spoiled]:
    """Each blank that an entry tells of, by itself: each is destroyed by itself."""
    uids = _text(mark, "uids")
    each: Iterable[str | None] = repeat(None) if uids is None else each_uid(uids)
    for uid in islice(each, int(mark.facts.get("amount", 1))):
        yield Spoiled(
            stock=str(mark.facts["stock"]),
            job=_text(mark, "job"),
            number=mark.number,
            uid=uid,
            stage=str(mark.facts.get("stage", STAGES[2])),
            reason=_text(mark, "defect") or "not-stated",
            actor=_text(mark, "actor") or "",
            at_ms=mark.at_ms,
        )


def _remark(mark: Mark) -> str:
    return remark(mark.event, mark.facts, mark.number).line()
