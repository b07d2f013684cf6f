"""Parcels between sites, written: sent from one book, opened into another (model.parcel).

The rows stay: the name of a parcel is never used again, and whoever asks again for what was done gets the same answer.
An ended parcel has the day of its sender's book in which it left the way: one that the sender has not signed, so that a
signed sheet keeps what it said of the way.

Limits: a store that is restored from a copy does not know the parcels that were sent since, and gives their names anew:
compare the delivery notes as the printers' counters are compared. A parcel is opened whole. A wrong number is put right
as any other is, by a count. Damaged cards travel so, too; what is missing of them is an incident, and stands on no
sheet's line, as the pile has none.
"""

from typing import Final

from attrs import frozen

from spooler.model.commands import Command
from spooler.model.parcel import MOST_PARCELS, OpenParcel
from spooler.model.problem import Problem
from spooler.model.stock import MOST, Booked, Moved, Noted, Pile, StockMove, day_begin, is_roll, local_day

from . import stock
from .late import book_late
from .ledger import Facts
from .stock_shape import about_problem, long_ago_problem, room_problem
from .transaction import Handler, Transaction

_COLUMNS: Final = "site, dest, stock, pile, amount, actor, about, opened_at, opened_by, found, opened_day, opened_late"
_UNKNOWN: Final = Problem("bad-value", "There is no such parcel from this site or to it: look at its note.", "parcel")


@frozen
class _Sent:
    site: str
    dest: str
    stock: str
    pile: str
    amount: int
    actor: str
    about: str
    opened_at: str | None
    opened_by: str | None
    found: int | None
    opened_day: str | None
    opened_late: int | None


def refuse_parcel(tx: Transaction, site: str) -> Problem | None:
    """Why the site may not send another one."""
    (out,) = tx.row("SELECT count(*) FROM stock_parcels WHERE site = ? AND opened_at IS NULL", (site,))
    if out < MOST_PARCELS:
        return None
    return Problem(
        "too-large", f"{MOST_PARCELS} parcels of this site are on their way: have some opened, or take them back.", "to"
    )


def send(tx: Transaction, c: StockMove, ticket: bytes, about: str, day: str) -> str:
    """A parcel of what the movement took from its site; its name."""
    (known,) = tx.row("SELECT count(*) FROM stock_parcels WHERE site = ?", (c.site,))
    name = f"{c.site}-{known + 1}"
    tx.sql.execute(
        "INSERT INTO stock_parcels VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL, NULL, NULL)",
        (name, c.site, c.to, c.stock, c.pile, c.amount, c.actor, tx.now, day, about, ticket),
    )
    return name


def sent_under(tx: Transaction, ticket: bytes) -> str | None:
    """The parcel that a ticket stands for."""
    row = tx.row("SELECT parcel FROM stock_parcels WHERE ticket = ?", (ticket,))
    return None if row is None else str(row[0])


def open_parcel(tx: Transaction, c: OpenParcel) -> Booked | Problem:
    """Into the book of the site that opened it; what it lacks, or has too many, is an incident at both."""
    row = tx.row(f"SELECT {_COLUMNS} FROM stock_parcels WHERE parcel = ?", (c.parcel,))
    sent = None if row is None else _Sent(*row)
    if sent is None or c.site not in (sent.site, sent.dest):
        return _UNKNOWN
    if sent.opened_at is not None:
        return _again(tx, c, sent)
    problem = _shape(tx, c, sent)
    if problem is not None:
        return problem
    today = local_day(tx.now, tx.means.offset_ms)
    about = c.day or today
    day, late = stock.day_for(tx, c.site, about)
    left, left_late = (day, late) if c.site == sent.site else stock.day_for(tx, sent.site, about)
    facts: Facts = {
        "actor": c.actor, "site": c.site, "stock": sent.stock, "amount": c.amount, "parcel": c.parcel,
        "sent": sent.amount, "sender": sent.actor,
    }  # fmt: skip
    if c.site != sent.site:
        facts["from"] = sent.site  # which is told of it, too
    if sent.pile == Pile.SPOILED:
        facts["pile"] = sent.pile
    if late:
        facts["about"] = about
    if day != today:
        facts["day"] = day
    tx.draft.add("stock-taken-back" if c.site == sent.site else "stock-arrived", facts)
    if late:
        stock.mark(tx, c.site, day)
    if left_late and c.site != sent.site:
        stock.mark(tx, sent.site, left)
    _book(tx, c, sent, day, day_begin(about, tx.means.offset_ms) if about < today else None)
    tx.sql.execute(
        "UPDATE stock_parcels SET opened_at = ?, opened_by = ?, found = ?, opened_day = ?, opened_late = ?, "
        "left_day = ? WHERE parcel = ?",
        (c.site, c.actor, c.amount, day, int(late), left, c.parcel),
    )
    if c.amount != sent.amount:
        _tell(tx, c, sent, day, left)
    return Booked(c.site, day, stock.blanks(tx, c.site, sent.stock)[0], late, parcel=c.parcel)


def _again(tx: Transaction, c: OpenParcel, sent: _Sent) -> Booked | Problem:
    if (c.site, c.actor, c.amount) == (sent.opened_at, sent.opened_by, sent.found):
        has = stock.blanks(tx, c.site, sent.stock)[0]
        return Booked(c.site, str(sent.opened_day), has, bool(sent.opened_late), repeat=True, parcel=c.parcel)
    how = "taken back" if sent.opened_at == sent.site else "opened"
    return Problem(
        "too-late",
        f"This parcel was {how} by {sent.opened_by} at {sent.opened_at}, on {sent.opened_day}, and held {sent.found}: "
        "if that is wrong, count that stock there.",
        "parcel",
        details=(("site", str(sent.opened_at)), ("found", int(sent.found or 0))),
    )


def _shape(tx: Transaction, c: OpenParcel, sent: _Sent) -> Problem | None:
    if not 0 <= c.amount <= (1 if is_roll(sent.stock) else MOST):
        return Problem("bad-value", f"The amount must be from 0 to {MOST}; of a roll 0 or 1.", "amount")
    if (problem := about_problem(tx, c.day) or long_ago_problem(tx, c.day)) is not None:
        return problem
    if c.day is not None and c.day < sent.about:
        return Problem("bad-value", f"It was sent on {sent.about}: it cannot have been opened before.", "day")
    return room_problem(tx, c.site) if is_roll(sent.stock) and c.amount else None


def _book(tx: Transaction, c: OpenParcel, sent: _Sent, day: str, from_ms: int | None) -> None:
    """`from_ms`: when it was opened, where that was not today."""
    damaged = sent.pile == Pile.SPOILED
    words: dict[str, int] = {}
    if not damaged:
        found = {Moved.TRANSFERRED_IN: c.amount, Noted.MISSED: sent.amount - c.amount}
        words = {word: amount for word, amount in found.items() if amount}
    spoiled = c.amount if damaged else 0
    if from_ms is None:
        stock.book(tx, c.site, sent.stock, day, words, spoiled=spoiled)
    else:
        book_late(tx, c.actor, c.site, sent.stock, day, words, from_ms=from_ms, spoiled=spoiled)


def _tell(tx: Transaction, c: OpenParcel, sent: _Sent, day: str, left: str) -> None:
    facts: Facts = {
        "actor": c.actor, "sender": sent.actor, "stock": sent.stock, "amount": c.amount - sent.amount,
        "counted": c.amount, "parcel": c.parcel,
    }  # fmt: skip
    if c.site != sent.site:
        facts["from"] = sent.site
    stock.incident(tx, c.site, day, "parcel", facts)
    if c.site != sent.site:
        stock.mark(tx, sent.site, left)


HANDLERS: Final[dict[type[Command], Handler]] = {OpenParcel: open_parcel}
