"""The stock book's one pen: every movement of a blank is written here, in the transaction of its ledger entry.

A day of a site begins with its first movement, which notes the opening; a movement of an earlier day that nobody has
signed yet shifts the openings after it. A signed day is never touched: what is learnt about it later stands in the
first day that is open, marked with the day it is `about`. What that does to counts is in late.py.
"""

from collections.abc import Mapping

from spooler.model.stock import NET, Moved, Noted, closing, local_day, next_day, unexplained

from .ledger import Facts
from .stock_reader import doubts, sums
from .transaction import Transaction


def closed_through(tx: Transaction, site: str) -> str:
    """The last day of the site that was signed; "" before the first."""
    day: str = tx.row("SELECT coalesce(max(day), '') FROM stock_closed WHERE site = ?", (site,))[0]
    return day


def day_for(tx: Transaction, site: str, about: str) -> tuple[str, bool]:
    """(the day in which a fact about `about` is booked, whether that is late)."""
    closed = closed_through(tx, site)
    if about > closed:
        return about, False
    return max(local_day(tx.now, tx.means.offset_ms), next_day(closed)), True


def blanks(tx: Transaction, site: str, stock: str) -> tuple[int, int]:
    """(blanks, spoiled) that the site has by the book."""
    row = tx.row("SELECT blanks, spoiled FROM stock_balances WHERE site = ? AND stock = ?", (site, stock))
    return (0, 0) if row is None else row


def effect(words: Mapping[str, int]) -> int:
    """What words do to the blanks of their site."""
    return words.get(Noted.REGAINED, 0) + sum(NET[word] * words.get(word, 0) for word in Moved)


def book(
    tx: Transaction, site: str, stock: str, day: str, words: Mapping[str, int], *,
    printer: str | None = None, spoiled: int = 0,
) -> None:  # fmt: skip
    """Add amounts to a day's words, and bring the balances after them.

    `printer`: whose feeder the blanks came from; `spoiled`: how the pile of damaged cards grows.
    """
    net = effect(words)
    key = (site, stock, day)
    sql = tx.sql.execute
    sql(
        "INSERT INTO stock_days SELECT ?1, ?2, ?3, 'opening', coalesce((SELECT amount FROM stock_days "
        "WHERE site = ?1 AND stock = ?2 AND day > ?3 AND word = 'opening' ORDER BY day LIMIT 1), "
        "(SELECT blanks FROM stock_balances WHERE site = ?1 AND stock = ?2), 0) WHERE true ON CONFLICT DO NOTHING",
        key,
    )
    for word, amount in words.items():
        sql(
            "INSERT INTO stock_days VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
            (*key, word, amount),
        )
    shift(tx, site, stock, day, net, spoiled)
    used = net - words.get(Noted.REGAINED, 0)
    if used < 0 and printer is not None:
        sql("UPDATE stock_loaded SET n = max(n + ?, 0) WHERE printer = ? AND stock = ?", (used, printer, stock))


def shift(tx: Transaction, site: str, stock: str, day: str, net: int, spoiled: int = 0) -> None:
    """Change the balance, and the openings of the days after `day`."""
    tx.sql.execute(
        "INSERT INTO stock_balances VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET blanks = blanks + excluded.blanks, spoiled = spoiled + excluded.spoiled",
        (site, stock, net, spoiled),
    )
    if net:
        tx.sql.execute(
            "UPDATE stock_days SET amount = amount + ? WHERE site = ? AND stock = ? AND day > ? AND word = 'opening'",
            (net, site, stock, day),
        )


def doubts_then(tx: Transaction, site: str, stock: str, counted: Mapping[str, int]) -> int:
    """Of the cards that had been begun by a count, those in doubt now: each may have taken a blank that was missed."""
    return doubts(tx.sql, site, stock, counted[Noted.COUNTED_MS] + 1)


def write_off(tx: Transaction, actor: str, site: str, stock: str, day: str) -> int:
    """Bring the balance to what was counted, as far as no doubt explains the gap; a change of that is an incident.

    Returns what the balance changes by.
    """
    known = sums(tx.sql, site, stock, day)
    if Noted.GAP not in known:
        return 0
    told = tx.row(
        "SELECT coalesce(sum(amount), 0) FROM stock_days WHERE site = ? AND stock = ? AND day = ? AND word = ?",
        (site, stock, day, Noted.TOLD),
    )[0]
    gap = unexplained(known[Noted.GAP] - told, doubts_then(tx, site, stock, known))
    change = gap - known.get(Noted.WRITTEN_OFF, 0)
    if change == 0:
        return 0
    tx.sql.execute(
        "INSERT INTO stock_days VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET amount = excluded.amount",
        (site, stock, day, Noted.WRITTEN_OFF, gap),
    )
    shift(tx, site, stock, day, change)
    tx.draft.add("stock-written-off", {"actor": actor, "site": site, "stock": stock, "day": day, "amount": change})
    if gap:
        counted = closing(known) + known[Noted.GAP]
        incident(tx, site, day, "gap", {"actor": actor, "stock": stock, "amount": gap, "counted": counted})
    return change


def mark(tx: Transaction, site: str, day: str, position: int | None = None) -> None:
    """The day's sheet tells of an entry; None: of the one that was just added."""
    at = tx.draft.position if position is None else position
    tx.sql.execute("INSERT OR IGNORE INTO stock_marks VALUES (?, ?, ?)", (site, day, at))


def incident(tx: Transaction, site: str, day: str, reason: str, facts: Facts) -> None:
    """Something does not add up: an entry with a name, told by the day's sheet."""
    tx.draft.add("incident", facts | {"reason": reason, "site": site, "day": day})
    mark(tx, site, day)
