"""The blank-stock book: its words, and what each does to a site's blanks.

Every blank is somewhere: at a site (in its store, or loaded into a printer), in a parcel between two (model.parcel), or
gone in one of the ways that Moved names. A movement is an amount under one word; the sums of a site's day are what its
sheet adds up (model.daysheet.Line), and NET says which way each word takes the site's blanks. A correction is the same
words with negative amounts: nothing is ever edited.

Cards are counted by kind (the accountable values of model.kinds.Stock); rolls of ribbon and film one by one, by the
serial on the roll. Damaged cards are kept until they are burned: they are a pile of their own, no longer blanks.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from attrs import frozen

from .card import CardState
from .daysheet import STAGES
from .kinds import ACCOUNTABLE, Stock
from .parcel import Parcel

#: Blanks in one movement, or found in one count.
MOST: Final = 1_000_000
#: How many days back a movement may be booked. A slip in the date would else shift every opening since, here and at the
#: site that a transfer names, and begin a day there that has to be signed before all later ones.
MOST_DAYS_BACK: Final = 31
#: Rolls that a site's book holds at a time.
MOST_ROLLS: Final = 200

_ROLL: Final = re.compile(r"(ribbon|film):[A-Za-z0-9-]{1,32}", re.ASCII)
_UIDS: Final = re.compile(r"[0-9A-F]{8,20}(-[0-9A-F]{8,20}|( [0-9A-F]{8,20})*)", re.ASCII)
_DAY_MS: Final = 86_400_000
_EPOCH: Final = date(1970, 1, 1)


class Moved(StrEnum):
    """What a blank did. The sums of a day are kept under these words."""

    RECEIVED = "received"
    TRANSFERRED_IN = "transferred-in"  # found in a parcel that was opened here
    TRANSFERRED_OUT = "transferred-out"  # sent in a parcel
    PRINTED = "printed"
    SPOILED_BEFORE_PRINT = "spoiled-before-print"
    SPOILED_CHIP = "spoiled-chip"
    SPOILED_PRINT = "spoiled-print"
    SPOILED_INSPECTION = "spoiled-inspection"
    TEST = "test"
    OUTSIDE = "outside"  # the printer's counter moved without us
    RETURNED = "returned"  # to the centre
    DESTROYED = "destroyed"


IN: Final = frozenset({Moved.RECEIVED, Moved.TRANSFERRED_IN})
#: word -> what one blank under it does to the blanks of its site.
NET: Final = {word: 1 if word in IN else -1 for word in Moved}


class Noted(StrEnum):
    """What is kept beside a day's movements. What begins with a point stands on no sheet."""

    OPENING = "opening"
    GAP = "gap"  # counted less closing
    COUNTED_MS = "counted-ms"  # when
    WRITTEN_OFF = "written-off"  # the part of the gap that no open doubt explains: the next opening has it
    REGAINED = "regained"  # written off on a signed day, and explained since by a fact of this one
    DOUBTS = "doubts"  # open when the day was closed
    ON_THE_WAY = "on-the-way"  # in parcels from here that nobody had opened when the day was closed
    MISSED = "missed"  # sent in parcels that were opened here, and not found in them; below 0: found and not sent
    COUNTER = "counter"  # cards by the printers' own counters
    PANELS = "panels"  # of the ribbon, as the printers say
    TOLD = ".told"  # blanks that a count had seen and the book knows of since, in a later day
    PERHAPS = ".perhaps "  # and an entry that tells of a counter: its cards went outside before the count, or after it
    UNSURE = ".unsure"  # doubts that were open at a count, and still when its day was closed
    TAKEN = ".taken "  # and the entry: of these, those that are taken to be blanks that it missed
    UNREAD = ".unread "  # and a printer's serial: its counter was not read since somebody counted
    CARDS = "cards"  # of a roll: made while it was in a printer
    RATED = "rated"  # of a roll: how many panels a new one has, as the printer says


def spoiled(stage: str) -> Moved:
    """The word for a card spoiled at one of STAGES. Raises ValueError for another stage."""
    return Moved(f"spoiled-{stage}")


def card_words(
    stock: str, before: CardState | None, after: CardState | None, stage: str = STAGES[2], was_stage: str = STAGES[2]
) -> dict[str, int]:
    """What the book learns when a job's card is known to be `after` and was held to be `before`; None: no card.

    Words with amounts; empty where the blank's fate is the same. A card on test stock that came out is a test. `stage`
    and `was_stage`: where it was spoiled, now and before.
    """
    came_out = Moved.TEST if stock == Stock.CARD_TEST else Moved.PRINTED
    words: dict[str, int] = {}
    for state, sign, at in ((before, -1, was_stage), (after, 1, stage)):
        if state is not None:
            word = spoiled(at) if state is CardState.SPOILED else came_out
            words[word] = words.get(word, 0) + sign
    return {word: amount for word, amount in words.items() if amount}


def closing(words: Mapping[str, int]) -> int:
    """What the book expects at the end of a day, from the sums of its words."""
    begun = words.get(Noted.OPENING, 0) + words.get(Noted.REGAINED, 0)
    return begun + sum(NET[word] * words.get(word, 0) for word in Moved)


def carried(words: Mapping[str, int]) -> int:
    """What the day after opens with: what was written off is gone from the book."""
    return closing(words) + words.get(Noted.WRITTEN_OFF, 0)


def unexplained(gap: int, doubts: int) -> int:
    """The part of a gap that open doubts do not explain: each may have taken one blank that the book still counts."""
    return min(0, gap + doubts) if gap < 0 else gap


def is_roll(stock: str) -> bool:
    """Whether it is a ribbon or a film, by its serial."""
    return _ROLL.fullmatch(stock) is not None


def is_stock(stock: str) -> bool:
    """Whether the book has lines for it."""
    return stock in ACCOUNTABLE or is_roll(stock)


def uid_amount(uids: str) -> int | None:
    """How many blanks a range of chip numbers, or a list of them, names; None where it is neither.

    `04A1B2C3-04A1B2D0` (both ends are in it), or numbers with a space between; capital hexadecimal digits.
    """
    if _UIDS.fullmatch(uids) is None:
        return None
    first, dash, last = uids.partition("-")
    if dash:
        return int(last, 16) - int(first, 16) + 1 if len(first) == len(last) else None
    numbers = uids.split(" ")
    return len(numbers) if len(set(numbers)) == len(numbers) else None


def is_uid(text: str) -> bool:
    """Whether it is one chip's number."""
    return text.isalnum() and uid_amount(text) == 1


def each_uid(uids: str) -> Iterator[str]:
    """The chip numbers of a range or a list that uid_amount knows, one by one."""
    first, dash, last = uids.partition("-")
    if not dash:
        yield from uids.split(" ")
        return
    for number in range(int(first, 16), int(last, 16) + 1):
        yield f"{number:0{len(first)}X}"


def local_day(at_ms: int, offset_ms: int) -> str:
    """The date, YYYY-MM-DD, where the clock is `offset_ms` ahead of UTC."""
    return (_EPOCH + timedelta(days=(at_ms + offset_ms) // _DAY_MS)).isoformat()


def day_end(day: str, offset_ms: int) -> int:
    """The first millisecond (UTC) after a local day."""
    return ((date.fromisoformat(day) - _EPOCH).days + 1) * _DAY_MS - offset_ms


def day_begin(day: str, offset_ms: int) -> int:
    """The first millisecond (UTC) of a local day."""
    return day_end(day, offset_ms) - _DAY_MS


def next_day(day: str, days: int = 1) -> str:
    """The date after; or so many days after, before it where they are less than 0."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


class Act(StrEnum):
    """What a person does with blanks."""

    RECEIVE = "receive"  # from the centre
    TRANSFER = "transfer"  # in a parcel to another site
    LOAD = "load"  # into a printer
    UNLOAD = "unload"  # out of it again
    RETURN = "return"  # to the centre
    DESTROY = "destroy"
    TEST = "test"
    OUTSIDE = "outside"  # by the printer's panel, or a vendor's driver
    SPOIL = "spoil"


class Pile(StrEnum):
    """Which cards: the blanks, or the damaged ones that are kept until they are burned."""

    BLANK = "blank"
    SPOILED = "spoiled"


@frozen
class StockMove:
    """A person moves `amount` of a stock. The same ticket is the same move: a blank booked twice would be a gap."""

    actor: str
    ticket: str
    act: Act
    site: str
    stock: str
    amount: int  # 1 … MOST
    pile: Pile = Pile.BLANK
    to: str | None = None  # the other site of a transfer
    printer: str | None = None  # of load and unload, and where known of test, outside and spoil
    stage: str | None = None  # of spoil: one of STAGES
    uids: str | None = None  # the chips' numbers: see uid_amount
    day: str | None = None  # which day it is about, where that is not today


@frozen
class StockCount:
    """A person has counted all blanks of a stock at the site, those in the printers' feeders too."""

    actor: str
    site: str
    stock: str
    amount: int  # 0 … MOST
    day: str | None = None


@frozen
class CloseDay:
    """A person signs the day: from here on nothing in it changes."""

    actor: str
    site: str
    day: str


@frozen
class Booked:
    """The answer to all three. `late`: the day it is about was closed, so it stands in `day` as a correction.

    `blanks`: what the site has of the stock now; None for the close of a day.
    """

    site: str
    day: str
    blanks: int | None = None
    late: bool = False
    repeat: bool = False  # this ticket, or this close, was there before
    parcel: str | None = None  # the name of one that was sent or opened


@frozen
class Holding:
    """What a site has of one stock now."""

    stock: str
    blanks: int  # in store and in printers
    spoiled: int  # damaged cards that wait for their destruction
    loaded: tuple[tuple[str, int], ...]  # of the blanks: (printer, how many)


@frozen
class RollUse:
    """What a roll gave so far at a site. `used` and `rated` are in the unit in which the device counts a ribbon."""

    roll: str  # "ribbon:R12345"
    cards: int
    used: int | None  # None: the device does not say, as of films
    rated: int | None
    first: str  # the first and the last day of its use
    last: str
    printer: str | None  # that it is in now


@frozen
class SiteStock:
    """A site's book as it stands. `open_days`: those in which something moved and that nobody has signed, in order."""

    site: str
    holdings: tuple[Holding, ...]
    open_days: tuple[str, ...]
    closed: str | None  # the last day that was signed
    rolls: tuple[RollUse, ...] = ()  # the latest used first; of one site alone
    sent: tuple[Parcel, ...] = ()  # from here, and on the way; the oldest first
    coming: tuple[Parcel, ...] = ()  # to here


@frozen
class Mark:
    """A ledger entry that the day's sheet tells of, beside the sums."""

    position: int
    event: str
    at_ms: int
    facts: dict[str, str | int]
    number: str | None  # of the job it is about


@frozen
class BookDay:
    """A site's day as the book has it: for each stock the sums of its words, and the entries worth telling."""

    site: str
    day: str
    sums: tuple[tuple[str, dict[str, int]], ...]  # (stock, words of Moved and Noted -> amount)
    marks: tuple[Mark, ...]
    closed_by: str | None
    closed_ms: int | None
    head: tuple[str, int, str]  # of the ledger: chain, n, hash in hex
