"""Facts that become known after a count which they were there for: what a person counted stays what it was.

The book had a gap at that count and wrote it off. When the fact is told that explains it (a wrong answer put right, a
forgotten movement), the blank must not be gone twice. In an open day the gap shrinks, and with it what was written off;
days after it that were counted are reckoned anew in their order. A signed day keeps its figures: what it wrote off and
is explained now is `regained` in the day in which the fact stands, with an entry that says for which day. `.told` notes
beside the signed day, where no sheet shows it, how many blanks were explained since, so that none is regained twice and
a correction of the correction takes back as much.

Cards that a printer's counter tells of went outside at some time since its last reading. Where somebody counted in
between and missed blanks, these are taken to be they; a blank that was lost then, and a card from the panel after the
count, look the same. Where at that count a wrong answer hid the missing blank, it is not found, and the book has one
too few once that answer is put right, until the next count.

A blank that was in doubt when it was missed was not written off, so the answer to the doubt regains nothing.
"""

from collections.abc import Mapping

from spooler.model.stock import MOST_DAYS_BACK, Noted, local_day, next_day, unexplained

from .ledger import Facts
from .rows import fetch
from .stock import book, closed_through, effect, mark, write_off
from .stock_reader import sums
from .transaction import Transaction


def book_late(
    tx: Transaction, actor: str, site: str, stock: str, day: str, words: Mapping[str, int], *, from_ms: int,
    printer: str | None = None, spoiled: int = 0, in_doubt: bool = False,
) -> None:  # fmt: skip
    """Book in an open day what happened at `from_ms` (UTC milliseconds), before it became known.

    `in_doubt`: the book knew until now that nobody knew.
    """
    closed = closed_through(tx, site)
    carry = effect(words)
    counted = fetch(
        tx.sql,
        "SELECT day FROM stock_days WHERE site = ? AND stock = ? AND word = 'counted-ms' AND amount >= ? ORDER BY day",
        (site, stock, from_ms),
    )
    regained = 0
    for (signed,) in counted:
        if signed <= closed and carry and not in_doubt:
            change = _explain(tx, site, stock, signed, carry)
            carry, regained = carry + change, regained + change
            if change:
                facts: Facts = {"actor": actor, "site": site, "stock": stock, "day": day, "amount": change}
                tx.draft.add("stock-written-off", facts | {"about": signed})
                mark(tx, site, day)
    more: dict[str, int] = {Noted.REGAINED: regained} if regained else {}
    book(tx, site, stock, day, {**words, **more}, printer=printer, spoiled=spoiled)
    for (other,) in counted:
        if other > closed:
            tx.sql.execute(
                "UPDATE stock_days SET amount = amount - ? WHERE site = ? AND stock = ? AND day = ? AND word = 'gap'",
                (carry, site, stock, other),
            )
            carry += write_off(tx, actor, site, stock, other)


def missed(tx: Transaction, site: str, stock: str, serial: str) -> list[tuple[int, int]]:
    """(blanks, when) that each count missed since this printer's counter was read, the first first.

    It is read now: what is asked for once is not told again.
    """
    closed, found = closed_through(tx, site), []
    counted = fetch(
        tx.sql,
        "DELETE FROM stock_days WHERE site = ? AND stock = ? AND day >= ? AND word = ? RETURNING day",
        (site, stock, next_day(local_day(tx.now, tx.means.offset_ms), -MOST_DAYS_BACK), Noted.UNREAD + serial),
    )
    for (day,) in sorted(counted):
        known = sums(tx.sql, site, stock, day)
        told = _told(tx, site, stock, day) if day <= closed else 0
        rest = unexplained(known[Noted.GAP] - told, known.get(Noted.DOUBTS, 0))
        if rest < 0:
            found.append((-rest, known[Noted.COUNTED_MS]))
    return found


def _told(tx: Transaction, site: str, stock: str, day: str) -> int:
    row = tx.row(
        "SELECT amount FROM stock_days WHERE site = ? AND stock = ? AND day = ? AND word = ?",
        (site, stock, day, Noted.TOLD),
    )
    return 0 if row is None else int(row[0])


def _explain(tx: Transaction, site: str, stock: str, signed: str, net: int) -> int:
    """Note beside a signed day what its count had seen; the change of what it should have written off."""
    key = (site, stock, signed)
    known = sums(tx.sql, *key)
    told = _told(tx, *key)
    tx.sql.execute(
        "INSERT INTO stock_days VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
        (*key, Noted.TOLD, net),
    )
    doubts = known.get(Noted.DOUBTS, 0)
    return unexplained(known[Noted.GAP] - told - net, doubts) - unexplained(known[Noted.GAP] - told, doubts)
