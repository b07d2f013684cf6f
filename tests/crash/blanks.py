"""The judge of a round's blanks: the stock book beside the feeders' own files, and beside what lies on the table.

    opening + received - good - spoilt - test - outside - returned = closing

At the end the office counts what the feeders left, and signs. What the book cannot know is named: a spoiled card that
nobody saw leave is missed by the count, and a counter that moves by two for one card tells of a card outside that
never was.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import msgpack
from attrs import frozen

from spooler.model.daysheet import Line
from spooler.rules.balance import line
from spooler.store import EmbeddedReader

from .city import FEEDER, STOCK


@frozen
class Book:
    """The book of the site and its stock: a line for each day, and the blanks that it has at the end."""

    days: tuple[Line, ...] = ()
    blanks: int = 0


@frozen
class Blanks:
    """What became of a site's blanks, by everybody but the book."""

    received: int  # by the office
    used: int  # by the feeders' own files
    good: int  # on the table, those that failed inspection too
    failed: int  # of them, at inspection
    spoiled: int  # in the machines
    unseen: int  # of them, with nobody watching, and not found by the officer afterwards
    doubled: int  # cards for which a counter moved by two
    inside: int = 0  # in the path of a printer that was taken away with a card in it: the count misses them, too


def read_book(reader: EmbeddedReader, site: str) -> Book:
    """From the store."""
    (stock,) = reader.stock(site)
    days, after = [], 0
    while entries := reader.entries(after, 1000):
        facts = [msgpack.unpackb(entry.body)[3:] for entry in entries]
        days += [said["day"] for event, said in facts if event == "day-closed"
                 and (said["site"], said.get("stock")) == (site, STOCK)]  # fmt: skip
        after = entries[-1].position
    lines = [line(of, sums) for day in days for of, sums in reader.book_day(site, day).sums if of == STOCK]
    return Book(tuple(lines), next((held.blanks for held in stock.holdings if held.stock == STOCK), 0))


def inside(worlds: Iterable[Path]) -> int:
    """The blanks that lie in these printers' paths."""
    return sum(int(json.loads((world / "world.json").read_bytes())["path"]) for world in worlds)


def used(worlds: Iterable[Path]) -> int:
    """The blanks that these printers took, by what they left in their feeders."""
    return sum(FEEDER - int(json.loads((world / "world.json").read_bytes())["feeder"]) for world in worlds)


def judge_blanks(book: Book, blanks: Blanks) -> list[str]:
    """Everything that does not add up, in sentences."""
    wrong = []
    opening = 0
    for day in book.days:
        if day.opening != opening:
            wrong.append(f"a day opens with {day.opening} after {opening}")
        gone = day.good + sum(day.spoilt) + day.test + day.outside + day.returned + day.destroyed
        if day.opening + day.received - gone != day.closing:
            wrong.append(f"a day does not add up: {day}")
        opening = day.closing if day.counted is None else day.counted
    if blanks.used != blanks.good + blanks.spoiled + blanks.inside:
        wrong.append(f"the feeders gave {blanks.used} blanks, and {blanks.good} + {blanks.spoiled} cards lie there")
    said = {
        "received": sum(day.received for day in book.days),
        "good": sum(day.good for day in book.days),
        "spoilt at inspection": sum(day.spoilt[3] for day in book.days),
        "spoilt": sum(sum(day.spoilt) for day in book.days),
    }
    there = {
        "received": blanks.received,
        "good": blanks.good - blanks.failed,
        "spoilt at inspection": blanks.failed,
        "spoilt": blanks.failed + blanks.spoiled - blanks.unseen,
    }
    wrong += [f"{said[what]} blanks are booked as {what}, and it were {there[what]}" for what in said
              if said[what] != there[what]]  # fmt: skip
    outside = sum(day.outside for day in book.days)
    if not 0 <= outside <= blanks.doubled:
        wrong.append(f"{outside} blanks are booked as gone outside, where counters told of {blanks.doubled} at most")
    real = blanks.received - blanks.used
    gap = book.days[-1].gap if book.days else None
    if gap != outside - blanks.unseen - blanks.inside:
        wrong.append(f"the count has a gap of {gap}, where {blanks.unseen} blanks were not seen to go")
    if book.blanks != real:
        wrong.append(f"the book has {book.blanks} blanks, and there are {real}")
    return wrong
