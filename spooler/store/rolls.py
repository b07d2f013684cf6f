"""Rolls of ribbon and film, metered: what each gave, beside what it is rated.

Which roll is in a printer, people say (`load`), and a roll that is put in takes the one of its sort out. What the
printer then makes and uses is booked under the roll's serial, in the words CARDS and PANELS of its days: cards by the
printer's own counter, or by ours where it has none; panels in the unit in which the device counts a ribbon. So a
dispute about a ribbon that is rated 200 and gave 127 has its figures, by day.

Limits: a roll that nobody booked is not metered; of a film only the cards are known, since no reading carries its
length. The device's rating is believed as it is told.
"""

from typing import Final

from spooler.model.stock import Noted

from .rows import fetch
from .stock import book
from .transaction import Transaction

_IN_PRINTER: Final = (
    "SELECT stock FROM stock_loaded WHERE printer = ? AND n > 0 AND (stock GLOB 'ribbon:*' OR stock GLOB 'film:*')"
)


def meter(
    tx: Transaction, printer: str, site: str, day: str, *, cards: int, panels: int | None, rated: int | None
) -> None:
    """The printer made so many cards and used so much of its ribbon: book it under the rolls that are in it.

    `rated`: what a new ribbon of this kind has, as the device says.
    """
    for (roll,) in fetch(tx.sql, _IN_PRINTER, (printer,)):
        words: dict[str, int] = {Noted.CARDS: cards} if cards > 0 else {}
        if roll.startswith("ribbon:") and panels:
            words[Noted.PANELS] = panels
        if not words:
            continue
        book(tx, site, roll, day, words)
        if rated is not None and roll.startswith("ribbon:"):
            tx.sql.execute(
                "INSERT INTO stock_days VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET amount = excluded.amount",
                (site, roll, day, Noted.RATED, rated),
            )


def take_out(tx: Transaction, printer: str, roll: str) -> None:
    """A roll goes into a printer: one of its sort that was there is out."""
    sort = roll.partition(":")[0]
    tx.sql.execute("DELETE FROM stock_loaded WHERE printer = ? AND stock GLOB ? || ':*'", (printer, sort))
