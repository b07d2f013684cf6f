"""What is wrong with a day that somebody names, or with one roll more, whatever else is booked."""

from datetime import date

from spooler.model.problem import Problem
from spooler.model.stock import MOST_DAYS_BACK, MOST_ROLLS, local_day, next_day

from .transaction import Transaction


def about_problem(tx: Transaction, day: str | None) -> Problem | None:
    """The day must be one, and not to come. None is today."""
    if day is None:
        return None
    try:
        good = date.fromisoformat(day).isoformat() == day
    except ValueError:
        good = False
    if not good or day > local_day(tx.now, tx.means.offset_ms):
        return Problem("bad-value", "The day must be a date like 2026-11-24, today at the latest.", "day")
    return None


def long_ago_problem(tx: Transaction, day: str | None) -> Problem | None:
    """The day must not lie too far back: it is a slip, or too late for the book."""
    if day is None or day >= next_day(local_day(tx.now, tx.means.offset_ms), -MOST_DAYS_BACK):
        return None
    return Problem("bad-value", f"The day is more than {MOST_DAYS_BACK} days ago: look at it, or book it today.", "day")


def room_problem(tx: Transaction, site: str) -> Problem | None:
    """The site must have room for another roll."""
    (held,) = tx.row("SELECT count(*) FROM stock_balances WHERE site = ? AND blanks > 0 AND stock GLOB '*:*'", (site,))
    if held < MOST_ROLLS:
        return None
    return Problem("too-large", f"A site has {MOST_ROLLS} rolls at most: return or destroy old ones.", "stock")
