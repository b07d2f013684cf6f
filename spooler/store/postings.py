"""From what becomes known of a job's card to the stock book: which words, in which day, told by whom.

A card belongs to the day of its intent. A posting is made before the entry of its fact, so that this can say in which
day it stands, and written right after it.
"""

from typing import Final

from attrs import evolve, frozen

from spooler.model.card import CardState
from spooler.model.daysheet import STAGES
from spooler.model.job import Job, JobEvent
from spooler.model.kinds import ACCOUNTABLE
from spooler.model.stock import Moved, card_words, local_day

from .late import book_late
from .ledger import Facts
from .stock import book, day_for, incident, mark
from .transaction import Transaction

#: What a verdict or an answer says of the card.
CARDS: Final = {
    JobEvent.PRINTED: CardState.PRINTED,
    JobEvent.RESOLVED_PRINTED: CardState.PRINTED,
    JobEvent.RESOLVED_SPOILED: CardState.SPOILED,
}


@frozen
class Posting:
    """What becomes known of a job's card."""

    job: Job
    stock: str
    day: str
    about: str | None  # the day it is about, where that is signed
    words: dict[str, int]
    spoiled: int
    printer: str
    serial: str  # of the printer
    at_ms: int  # when the card came out, at the earliest

    def write(self, tx: Transaction, *, actor: str | None, in_doubt: bool = False) -> None:
        """Book it, right after its entry.

        `actor`: who told what had happened before; None: it happens now. `in_doubt`: the book knew of the doubt.
        """
        site = self.job.site
        if self.about is not None or self.spoiled:
            mark(tx, site, self.day)
        self._tell_outside(tx)
        if actor is not None:
            book_late(
                tx, actor, site, self.stock, self.day, self.words, from_ms=self.at_ms, printer=self.printer,
                spoiled=self.spoiled, in_doubt=in_doubt,
            )  # fmt: skip
        elif self.words:
            book(tx, site, self.stock, self.day, self.words, printer=self.printer, spoiled=self.spoiled)

    def with_outside(self, cards: int) -> "Posting":
        """The same, and that by the printer's counter so many cards more (or fewer) than was thought went outside."""
        return evolve(self, words={**self.words, Moved.OUTSIDE: cards}) if cards else self

    def _tell_outside(self, tx: Transaction) -> None:
        cards = self.words.get(Moved.OUTSIDE, 0)
        if not cards:
            return
        facts: Facts = {"stock": self.stock, "amount": cards, "printer": self.printer, "serial": self.serial}
        more: Facts = {"site": self.job.site, "job": self.job.id}
        if self.day != local_day(tx.now, tx.means.offset_ms):
            more["day"] = self.day
        if self.about is not None:
            more["about"] = self.about
        tx.draft.add("stock-outside", facts | more)
        if self.about is not None:
            mark(tx, self.job.site, self.day)
        if cards > 0:
            incident(tx, self.job.site, self.day, "outside", facts)


def post_card(
    tx: Transaction, job: Job, attempt: int, before: CardState | None, after: CardState | None, facts: Facts,
    was_stage: str | None = None,
) -> Posting | None:  # fmt: skip
    """The posting of a card that was held to be `before` and is known to be `after`; None for plain stock.

    `facts`, of the entry to come, may name the `stage` of a spoiled card, else it was print; they get the stock, and
    the day where it is not the entry's own.
    """
    stock, printer, serial, at_ms, found_ms = tx.row(
        "SELECT j.stock, i.printer, i.serial, i.at_ms, "
        "CASE i.outcome WHEN 'found-printed' THEN (SELECT max(began_ms) FROM restores WHERE began_ms <= i.at_ms) END "
        "FROM jobs j JOIN intents i ON i.job = j.id AND i.attempt = ? WHERE j.id = ?",
        (attempt, job.id),
    )
    if stock not in ACCOUNTABLE:
        return None
    today = local_day(tx.now, tx.means.offset_ms)
    about = local_day(at_ms, tx.means.offset_ms)
    day, late = day_for(tx, job.site, about)
    facts["stock"] = stock
    if late:
        facts["about"] = about
    if day != today:
        facts["day"] = day
    words = card_words(stock, before, after, str(facts.get("stage", STAGES[2])), was_stage or STAGES[2])
    spoiled = (after is CardState.SPOILED) - (before is CardState.SPOILED)
    # a card that was found after a restore had come out before it
    since = at_ms if found_ms is None else found_ms
    return Posting(job, stock, day, about if late else None, words, spoiled, printer, serial, since)


def post_verdict(tx: Transaction, job: Job, event: JobEvent, facts: Facts) -> Posting | None:
    """The posting of a verdict or an answer; None where no blank of the book is gone."""
    after = CARDS.get(event)
    return None if after is None else post_card(tx, job, job.attempt, None, after, facts)
