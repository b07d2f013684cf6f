"""What people do with blanks: movements, counts, and the close of a day.

Movements judge against the book: nobody moves out more than it has, for that is a receipt that was forgotten, or a
slip of the hand. What a printer did is booked whatever the book has (stock.py). What goes to another site leaves in a
parcel (parcels.py).

A count notes the gap to the book. What no open doubt explains is told as an incident and written off at once, so that
the next day opens with what is really there; a second count in the day puts both right again, so a forgotten movement
is booked first and then counted anew. The close signs the day: each stock's sums stand in an entry of their own, and
the next day opens with them.
"""

from typing import Final

from attrs import frozen

from spooler.model.commands import Command
from spooler.model.daysheet import STAGES
from spooler.model.problem import Problem
from spooler.model.stock import (
    MOST,
    Act,
    Booked,
    CloseDay,
    Moved,
    Noted,
    Pile,
    StockCount,
    StockMove,
    closing,
    day_begin,
    day_end,
    is_roll,
    is_stock,
    local_day,
    spoiled,
    uid_amount,
)  # fmt: skip

from . import parcels, stock
from .late import book_late
from .ledger import Facts
from .rolls import take_out
from .rows import fetch
from .stock_reader import doubts, on_the_way, open_days, sums
from .stock_shape import about_problem, long_ago_problem, room_problem
from .transaction import Handler, Transaction


@frozen
class _Way:
    """What an act does: the entry's word, the book's word, and whether it takes blanks from the site."""

    event: str
    word: Moved | None
    takes: bool


_WAYS: Final = {
    Act.RECEIVE: _Way("stock-received", Moved.RECEIVED, takes=False),
    Act.TRANSFER: _Way("stock-sent", Moved.TRANSFERRED_OUT, takes=True),
    Act.LOAD: _Way("stock-loaded", None, takes=True),
    Act.UNLOAD: _Way("stock-unloaded", None, takes=False),
    Act.RETURN: _Way("stock-returned", Moved.RETURNED, takes=True),
    Act.DESTROY: _Way("stock-destroyed", Moved.DESTROYED, takes=True),
    Act.TEST: _Way("stock-tested", Moved.TEST, takes=True),
    Act.OUTSIDE: _Way("stock-outside", Moved.OUTSIDE, takes=True),
    Act.SPOIL: _Way("stock-spoiled", None, takes=True),
}
#: What may be done with damaged cards, and with rolls.
_WITH_SPOILED: Final = frozenset({Act.TRANSFER, Act.RETURN, Act.DESTROY})
_WITH_ROLLS: Final = frozenset({Act.RECEIVE, Act.TRANSFER, Act.LOAD, Act.UNLOAD, Act.RETURN, Act.DESTROY})
_WITH_PRINTER: Final = frozenset({Act.LOAD, Act.UNLOAD})
_MAY_NAME_PRINTER: Final = _WITH_PRINTER | {Act.TEST, Act.OUTSIDE, Act.SPOIL}


def move(tx: Transaction, c: StockMove) -> Booked | Problem:
    """One movement, once for each ticket."""
    ticket, content = tx.means.hashes.stock_move(c)
    if (known := tx.row("SELECT content, day, late FROM stock_tickets WHERE hash = ?", (ticket,))) is not None:
        if known[0] == content:
            has, name = stock.blanks(tx, c.site, c.stock)[0], parcels.sent_under(tx, ticket)
            return Booked(c.site, known[1], has, bool(known[2]), repeat=True, parcel=name)
        return Problem("conflict", "This ticket stands for another movement: use a new ticket for a new one.", "ticket")
    problem = _shape(c) or about_problem(tx, c.day) or long_ago_problem(tx, c.day) or _against_the_book(tx, c)
    if problem is not None:
        return problem
    today = local_day(tx.now, tx.means.offset_ms)
    about = c.day or today
    day, late = stock.day_for(tx, c.site, about)
    facts: Facts = {"actor": c.actor, "site": c.site, "stock": c.stock, "amount": c.amount}
    for name, value in (("to", c.to), ("printer", c.printer), ("stage", c.stage), ("uids", c.uids)):
        if value is not None:
            facts[name] = value
    if c.pile is Pile.SPOILED:
        facts["pile"] = c.pile
    if late:
        facts["about"] = about
    if day != today:
        facts["day"] = day
    parcel = parcels.send(tx, c, ticket, about, day) if c.act is Act.TRANSFER else None
    if parcel is not None:
        facts["parcel"] = parcel
    tx.draft.add(_WAYS[c.act].event, facts)
    if late or c.stage is not None:
        stock.mark(tx, c.site, day)
    # what is about an earlier day happened before anything that was counted in that
    from_ms = day_begin(about, tx.means.offset_ms) if about < today else None
    _book(tx, c, day, from_ms)
    tx.sql.execute("INSERT INTO stock_tickets VALUES (?, ?, ?, ?)", (ticket, content, day, int(late)))
    return Booked(c.site, day, stock.blanks(tx, c.site, c.stock)[0], late, parcel=parcel)


def _shape(c: StockMove) -> Problem | None:
    """What is wrong with a movement whatever the book says."""
    roll = is_roll(c.stock)
    if not is_stock(c.stock):
        return Problem("bad-value", "The stock must be a kind of card, or ribbon: or film: with a serial.", "stock")
    if not 1 <= c.amount <= (1 if roll else MOST):
        most = "A roll moves by itself: the amount is 1." if roll else f"The amount must be from 1 to {MOST}."
        return Problem("bad-value", most, "amount")
    if roll and c.act not in _WITH_ROLLS:
        return Problem("bad-value", "A roll can only be received, transferred, loaded, returned or destroyed.", "move")
    if c.pile is Pile.SPOILED and (roll or c.act not in _WITH_SPOILED):
        return Problem("bad-value", "Damaged cards can only be transferred, returned or destroyed.", "pile")
    if (c.to is not None) != (c.act is Act.TRANSFER) or c.to == c.site:
        return Problem("bad-value", "A transfer, and nothing else, names another site to go to.", "to")
    if (c.act in _WITH_PRINTER and c.printer is None) or (c.printer is not None and c.act not in _MAY_NAME_PRINTER):
        return Problem(
            "bad-value", "Loading and unloading name a printer; receiving and giving away do not.", "printer"
        )
    if (c.stage is not None) != (c.act is Act.SPOIL) or (c.stage is not None and c.stage not in STAGES):
        return Problem("bad-value", f"A spoiled card, and nothing else, has a stage: {', '.join(STAGES)}.", "stage")
    if c.uids is not None and uid_amount(c.uids) != c.amount:
        return Problem("bad-value", "The chip numbers must be a range or a list of as many as the amount.", "uids")
    return None


def _against_the_book(tx: Transaction, c: StockMove) -> Problem | None:
    if c.act is Act.TRANSFER and (problem := parcels.refuse_parcel(tx, c.site)) is not None:
        return problem
    has, damaged = stock.blanks(tx, c.site, c.stock)
    if is_roll(c.stock):
        if c.act is Act.RECEIVE:
            return _new_roll(tx, c)
        if not has:
            return Problem("bad-value", "This roll is not at the site by the book: receive it first.", "stock")
    if c.pile is Pile.SPOILED:
        return _enough(damaged, c.amount)
    if c.act is Act.UNLOAD:
        return _enough(_loaded(tx, c.stock, printer=c.printer), c.amount)
    if _WAYS[c.act].takes and not (is_roll(c.stock) and c.act is not Act.LOAD):
        in_printers = _loaded(tx, c.stock, site=c.site)
        if c.printer is not None and c.act is not Act.LOAD:  # out of that feeder first, then out of the store
            in_printers -= _loaded(tx, c.stock, printer=c.printer)
        return _enough(has - in_printers, c.amount)
    return None


def _enough(has: int, amount: int) -> Problem | None:
    if amount <= has:
        return None
    return Problem(
        "bad-value", f"The book has fewer there: {max(has, 0)}. Book what was received or unloaded first.", "amount",
        details=(("has", has),),
    )  # fmt: skip


def _new_roll(tx: Transaction, c: StockMove) -> Problem | None:
    if tx.row("SELECT 1 FROM stock_balances WHERE stock = ? AND blanks > 0 LIMIT 1", (c.stock,)) is not None:
        return Problem("bad-value", "This roll is in the book already: look at its serial.", "stock")
    if tx.row("SELECT 1 FROM stock_parcels WHERE opened_at IS NULL AND stock = ? LIMIT 1", (c.stock,)) is not None:
        return Problem("bad-value", "This roll is in a parcel that is on its way: open that.", "stock")
    return room_problem(tx, c.site)


def _loaded(tx: Transaction, of: str, *, site: str | None = None, printer: str | None = None) -> int:
    amount: int = tx.row(
        "SELECT coalesce(sum(n), 0) FROM stock_loaded WHERE stock = ? AND site = coalesce(?, site) "
        "AND printer = coalesce(?, printer)",
        (of, site, printer),
    )[0]
    return amount


def _book(tx: Transaction, c: StockMove, day: str, from_ms: int | None) -> None:
    """At the site. `from_ms`: when it happened, where that was not today."""
    if c.act in _WITH_PRINTER:
        change = c.amount if c.act is Act.LOAD else -c.amount
        if is_roll(c.stock) and c.act is Act.LOAD and c.printer is not None:
            take_out(tx, c.printer, c.stock)
        tx.sql.execute(
            "INSERT INTO stock_loaded VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET n = n + excluded.n, site = excluded.site",
            (c.printer, c.stock, c.site, change),
        )
    elif is_roll(c.stock):
        tx.sql.execute("DELETE FROM stock_loaded WHERE stock = ?", (c.stock,))
    word = spoiled(c.stage) if c.stage is not None else _WAYS[c.act].word if c.pile is Pile.BLANK else None
    words: dict[str, int] = {} if word is None else {word: c.amount}
    damaged = -c.amount if c.pile is Pile.SPOILED else c.amount if c.act is Act.SPOIL else 0
    _write(tx, c, c.site, day, words, damaged, from_ms)


def _write(
    tx: Transaction, c: StockMove, site: str, day: str, words: dict[str, int], damaged: int, from_ms: int | None
) -> None:
    if from_ms is None:
        stock.book(tx, site, c.stock, day, words, printer=c.printer, spoiled=damaged)
    else:
        book_late(tx, c.actor, site, c.stock, day, words, from_ms=from_ms, printer=c.printer, spoiled=damaged)


def count(tx: Transaction, c: StockCount) -> Booked | Problem:
    """Compare what is there with the book."""
    if not is_stock(c.stock):
        return Problem("bad-value", "The stock must be a kind of card, or ribbon: or film: with a serial.", "stock")
    if not 0 <= c.amount <= (1 if is_roll(c.stock) else MOST):
        return Problem("bad-value", f"The amount must be from 0 to {MOST}; of a roll 0 or 1.", "amount")
    if (problem := about_problem(tx, c.day)) is not None:
        return problem
    today = local_day(tx.now, tx.means.offset_ms)
    closed = stock.closed_through(tx, c.site)
    day = c.day or stock.day_for(tx, c.site, today)[0]
    if day <= closed:
        return Problem("bad-value", "That day was closed: count for the present one.", "day")
    if tx.row("SELECT 1 FROM stock_days WHERE site = ? AND stock = ? AND day > ?", (c.site, c.stock, day)) is not None:
        return Problem("bad-value", "Blanks have moved since that day: count for the present one.", "day")
    stock.book(tx, c.site, c.stock, day, {})
    expected = closing(sums(tx.sql, c.site, c.stock, day))
    tx.sql.execute(  # cards of which nobody knew whether they had gone by the last count are gone by this one
        "DELETE FROM stock_days WHERE site = ? AND stock = ? AND day = ? AND (word = ? OR word GLOB ? OR word GLOB ?)",
        (c.site, c.stock, day, Noted.TOLD, f"{Noted.PERHAPS}*", f"{Noted.TAKEN}*"),
    )
    for word, value in ((Noted.GAP, c.amount - expected), (Noted.COUNTED_MS, tx.now)):
        tx.sql.execute(
            "INSERT INTO stock_days VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET amount = excluded.amount",
            (c.site, c.stock, day, word, value),
        )
    tx.sql.execute(
        "INSERT INTO stock_days SELECT site, stock, ?, ? || serial, counter FROM stock_counters "
        "WHERE site = ? AND stock = ? AND counter NOT NULL ON CONFLICT DO UPDATE SET amount = excluded.amount",
        (day, Noted.UNREAD, c.site, c.stock),
    )
    facts: Facts = {
        "actor": c.actor, "site": c.site, "stock": c.stock, "amount": expected, "counted": c.amount, "day": day,
    }  # fmt: skip
    tx.draft.add("stock-counted", facts)
    stock.write_off(tx, c.actor, c.site, c.stock, day)
    return Booked(c.site, day, stock.blanks(tx, c.site, c.stock)[0])


def close_day(tx: Transaction, c: CloseDay) -> Booked | Problem:
    """Sign a day. Days in which something moved are signed in order; the same day again is the same answer."""
    if (problem := about_problem(tx, c.day)) is not None:
        return problem
    if c.day <= stock.closed_through(tx, c.site):
        if tx.row("SELECT 1 FROM stock_closed WHERE site = ? AND day = ?", (c.site, c.day)) is not None:
            return Booked(c.site, c.day, repeat=True)
        return Problem("bad-value", "A later day was closed: nothing can be signed before it.", "day")
    earlier = [day for day in open_days(tx.sql, c.site) if day < c.day]
    if earlier:
        return Problem("bad-value", f"{earlier[0]} is still open: close the days in order.", "day")
    ends = day_end(c.day, tx.means.offset_ms)
    known = fetch(
        tx.sql,
        "SELECT stock FROM stock_balances b WHERE site = ?1 AND (blanks <> 0 OR spoiled <> 0 OR EXISTS "
        "(SELECT 1 FROM stock_days d WHERE d.site = ?1 AND d.stock = b.stock AND d.day = ?2) OR EXISTS "
        "(SELECT 1 FROM stock_parcels p WHERE p.site = ?1 AND p.stock = b.stock AND opened_at IS NULL)) ORDER BY stock",
        (c.site, c.day),
    )
    for (of,) in known:
        open_then: dict[str, int] = {
            Noted.DOUBTS: doubts(tx.sql, c.site, of, ends),
            Noted.ON_THE_WAY: on_the_way(tx.sql, c.site, of, c.day),
        }
        stock.book(tx, c.site, of, c.day, open_then)
        stock.write_off(tx, c.actor, c.site, of, c.day)
        final = sums(tx.sql, c.site, of, c.day)
        if Noted.GAP in final:
            stock.book(tx, c.site, of, c.day, {Noted.UNSURE: stock.doubts_then(tx, c.site, of, final)})
        facts: Facts = {"actor": c.actor, "site": c.site, "day": c.day, "stock": of, "closing": closing(final)}
        tx.draft.add("day-closed", facts | {word: amount for word, amount in final.items() if amount})
    if not known:
        tx.draft.add("day-closed", {"actor": c.actor, "site": c.site, "day": c.day})
    tx.sql.execute("INSERT INTO stock_closed VALUES (?, ?, ?, ?)", (c.site, c.day, c.actor, tx.now))
    return Booked(c.site, c.day)


HANDLERS: Final[dict[type[Command], Handler]] = {StockMove: move, StockCount: count, CloseDay: close_day}
