"""The stock book's one pen: every movement of a blank is written here, in the transaction of its ledger entry.

A day of a site begins with its first movement, which notes the opening; a movement of an earlier day that nobody has
signed yet shifts the openings after it. A signed day is never touched: what is learnt about it later stands in the
first day that is open, marked with the day it is `about`. A card belongs to the day of its intent.

What a person counted stays what it was when a fact from before the count is booked after it: then the gap shrinks.
A movement from after the count shifts both.
"""

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from spooler.model.card import CardState
from spooler.model.daysheet import STAGES
from spooler.model.job import Job, JobEvent
from spooler.model.kinds import ACCOUNTABLE
from spooler.model.stock import NET, Moved, Noted, card_words, closing, day_end, local_day, next_day, unexplained

from .ledger import Facts
from .stock_reader import doubts, sums
from .transaction import Transaction

#: What a verdict or an answer says of the card; None: there is none.
_CARDS: Final = {
    JobEvent.PRINTED: CardState.PRINTED,
    JobEvent.RESOLVED_PRINTED: CardState.PRINTED,
    JobEvent.RESOLVED_SPOILED: CardState.SPOILED,
}


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


def book(
    tx: Transaction, site: str, stock: str, day: str, words: Mapping[str, int], *,
    printer: str | None = None, spoiled: int = 0, from_ms: int | None = None,
) -> None:  # fmt: skip
    """Add amounts to a day's words, and bring the balances after them.

    `printer`: whose feeder the blanks came from; `spoiled`: how the pile of damaged cards grows; `from_ms`: when it
    really happened, where that was before it became known.
    """
    net = sum(NET[word] * words.get(word, 0) for word in Moved)
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
    if net and from_ms is not None:
        sql(
            "UPDATE stock_days SET amount = amount - ? WHERE site = ? AND stock = ? AND day = ? AND word = 'gap' AND "
            "EXISTS (SELECT 1 FROM stock_days c WHERE c.site = ? AND c.stock = ? AND c.day = ? "
            "AND c.word = 'counted-ms' AND c.amount >= ?)",
            (net, *key, *key, from_ms),
        )
    shift(tx, site, stock, day, net, spoiled)
    if net < 0 and printer is not None:
        sql("UPDATE stock_loaded SET n = max(n + ?, 0) WHERE printer = ? AND stock = ?", (net, printer, stock))


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


def write_off(tx: Transaction, actor: str, site: str, stock: str, day: str) -> None:
    """Bring the balance to what was counted, as far as no doubt explains the gap; a change of that is an incident."""
    known = sums(tx.sql, site, stock, day)
    if Noted.GAP not in known:
        return
    gap = unexplained(known[Noted.GAP], doubts(tx.sql, site, stock, day_end(day, tx.means.offset_ms)))
    change = gap - known.get(Noted.WRITTEN_OFF, 0)
    if change == 0:
        return
    tx.sql.execute(
        "INSERT INTO stock_days VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET amount = excluded.amount",
        (site, stock, day, Noted.WRITTEN_OFF, gap),
    )
    shift(tx, site, stock, day, change)
    tx.draft.add("stock-written-off", {"actor": actor, "site": site, "stock": stock, "day": day, "amount": change})
    if gap:
        counted = closing(known) + known[Noted.GAP]
        incident(tx, site, day, "gap", {"actor": actor, "stock": stock, "amount": gap, "counted": counted})


def mark(tx: Transaction, site: str, day: str) -> None:
    """The day's sheet tells of the entry that was just added."""
    tx.sql.execute("INSERT OR IGNORE INTO stock_marks VALUES (?, ?, ?)", (site, day, tx.draft.position))


def incident(tx: Transaction, site: str, day: str, reason: str, facts: Facts) -> None:
    """Something does not add up: an entry with a name, told by the day's sheet."""
    tx.draft.add("incident", facts | {"reason": reason, "site": site, "day": day})
    mark(tx, site, day)


@frozen
class Posting:
    """What becomes known of a job's card, from the facts of its entry to the book.

    Made before the entry, so that this can say in which day it stands; `write` comes after it.
    """

    job: Job
    stock: str
    day: str
    late: bool
    words: dict[str, int]
    spoiled: int
    printer: str
    at_ms: int  # the intent's

    def write(self, tx: Transaction, *, actor: str | None) -> None:
        """Book it, right after its entry. `actor`: who told what had happened before; None: it happens now."""
        site = self.job.site
        if self.late or self.spoiled:
            mark(tx, site, self.day)
        if self.words:
            from_ms = None if actor is None else self.at_ms
            book(
                tx, site, self.stock, self.day, self.words, printer=self.printer, spoiled=self.spoiled, from_ms=from_ms
            )
        if actor is not None:
            write_off(tx, actor, site, self.stock, self.day)


def post_card(
    tx: Transaction, job: Job, attempt: int, before: CardState | None, after: CardState | None, facts: Facts,
    was_stage: str | None = None,
) -> Posting | None:  # fmt: skip
    """The posting of a card that was held to be `before` and is known to be `after`; None for plain stock.

    `facts`, of the entry to come, may name the `stage` of a spoiled card, else it was print; they get the stock, and
    the day where it is not the entry's own.
    """
    stock, printer, at_ms = tx.row(
        "SELECT j.stock, i.printer, i.at_ms FROM jobs j JOIN intents i ON i.job = j.id AND i.attempt = ? "
        "WHERE j.id = ?",
        (attempt, job.id),
    )
    if stock not in ACCOUNTABLE:
        return None
    about = local_day(at_ms, tx.means.offset_ms)
    day, late = day_for(tx, job.site, about)
    facts["stock"] = stock
    if late:
        facts["about"] = about
    if day != local_day(tx.now, tx.means.offset_ms):
        facts["day"] = day
    words = card_words(stock, before, after, str(facts.get("stage", STAGES[2])), was_stage or STAGES[2])
    spoiled = (after is CardState.SPOILED) - (before is CardState.SPOILED)
    return Posting(job, stock, day, late, words, spoiled, printer, at_ms)


def post_found(tx: Transaction, job: Job, stock: str, printer: str, facts: Facts) -> Posting | None:
    """The posting of a card that surely came out, of which the spool has no intent: after a restore, say."""
    if stock not in ACCOUNTABLE:
        return None
    today = local_day(tx.now, tx.means.offset_ms)
    day, late = day_for(tx, job.site, today)
    if late:
        facts["about"] = today
    if day != today:
        facts["day"] = day
    return Posting(job, stock, day, late, card_words(stock, None, CardState.PRINTED), 0, printer, tx.now)


def post_verdict(tx: Transaction, job: Job, event: JobEvent, facts: Facts) -> Posting | None:
    """The posting of a verdict or an answer; None where no blank of the book is gone."""
    after = _CARDS.get(event)
    return None if after is None else post_card(tx, job, job.attempt, None, after, facts)
