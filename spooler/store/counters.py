"""What the printers' own counters say of the blanks: a witness beside the book, and the way cards go without us.

The store keeps, for each serial number, the counter at its last reading that was accounted for, and since then how
many cards of ours surely moved it (`sure`: printed) or may have (`maybe`: spoiled; some devices count those). What the
counter moved beyond both went `outside`: a test from the panel, a vendor's driver. While a card of this printer is in
doubt nothing is reckoned: the next reading after the answer does it.

A reading comes with each intent and each verdict. So a card that goes outside after a day's last job is found with
the next day's first, and booked there. It is booked on the stock of the card before it: which blanks lay in the
feeder the device does not say. A counter that went back, or leapt, or comes from another site, books nothing: that is
an incident, and counting begins anew.

An answer that is put right (`corrected`) changes what was ours. Where no reading was reckoned with since, the credits
change; else the counter's step from this card's intent to the next one's says whether the card stands there already as
one that went outside, and then it is taken out again (or, where there was no card, put in). Where several doubts of one
printer waited side by side and the counter missed a spoiled card among them, no more is taken out than was put in.
"""

from typing import Final

from spooler.model.card import CardState
from spooler.model.commands import Intend, Settle
from spooler.model.job import Job, JobEvent
from spooler.model.kinds import ACCOUNTABLE
from spooler.model.stock import Moved, Noted, local_day

from .late import book_outside
from .ledger import Facts
from .rolls import meter
from .stock import day_for, incident, mark
from .transaction import Transaction

#: Who tells of what a counter told.
WITNESS: Final = "counter"
#: Cards beyond which a step of the counter is a fault of the reading rather than cards.
LEAP: Final = 1000

_KNOWN: Final = """
    SELECT j.stock, c.site, c.stock, c.counter, c.sure + c.maybe, c.panels, EXISTS (
        SELECT 1 FROM intents i WHERE i.outcome IS NULL AND i.printer = ?1 AND i.serial = ?2 AND i.job <> j.id
    ) FROM jobs j LEFT JOIN stock_counters c ON c.serial = ?2 WHERE j.id = ?3
"""
#: The site and the reading of the next intent of a printer, and its counter as that of this intent or the last before.
_FOLLOWING: Final = """
    SELECT j.site, i.counter FROM intents i JOIN jobs j ON j.id = i.job
    WHERE i.serial = ? AND i.at_ms > ? AND i.counter NOT NULL ORDER BY i.at_ms LIMIT 1
"""
_BEFORE: Final = """
    SELECT counter + (at_ms < ?2 AND outcome IN ('printed', 'resolved-printed')) FROM intents
    WHERE serial = ?1 AND at_ms <= ?2 AND counter NOT NULL ORDER BY at_ms DESC LIMIT 1
"""


def intended(tx: Transaction, job: Job, c: Intend) -> None:
    """A reading right before a card."""
    read(tx, job, c.serial, c, local_day(tx.now, tx.means.offset_ms))


def settled(tx: Transaction, job: Job, c: Settle, *, printed: bool) -> None:
    """A verdict with its reading; the printer is surely the one of the intent."""
    serial, at_ms = _intent(tx, job)
    read(tx, job, serial, c, local_day(at_ms, tx.means.offset_ms), ours=int(printed))


def answered(tx: Transaction, job: Job, answer: JobEvent) -> None:
    """An officer said what became of a card: the next reading may show it."""
    if answer is JobEvent.RESOLVED_PRINTED:
        credit(tx, "sure", _intent(tx, job)[0])
    elif answer is JobEvent.RESOLVED_SPOILED:
        credit(tx, "maybe", _intent(tx, job)[0])


def _intent(tx: Transaction, job: Job) -> tuple[str, int]:
    found: tuple[str, int] = tx.row(
        "SELECT serial, at_ms FROM intents WHERE job = ? AND attempt = ?", (job.id, job.attempt)
    )
    return found


def credit(tx: Transaction, column: str, serial: str, cards: int = 1) -> None:
    """A card of ours, `sure` or `maybe`, that the next reading of this printer will show."""
    tx.sql.execute(f"UPDATE stock_counters SET {column} = {column} + ? WHERE serial = ?", (cards, serial))


def corrected(tx: Transaction, job: Job, attempt: int, was: CardState | None, now: CardState | None) -> int:
    """An answer was put right, from one state of the card (None: no card) to another. Returns the cards that went
    outside beyond those that were booked so. Looks through all intents for the next one of the same printer."""
    serial, at_ms = tx.row("SELECT serial, at_ms FROM intents WHERE job = ? AND attempt = ?", (job.id, attempt))
    known = tx.row("SELECT counter FROM stock_counters WHERE serial = ? AND counter NOT NULL", (serial,))
    if known is None:
        return 0
    following = tx.row(_FOLLOWING, (serial, at_ms))
    before = tx.row(_BEFORE, (serial, at_ms))
    if following is not None and before is not None:
        site, reading = following
        step = reading - before[0]
        if site != job.site or not 0 < step <= LEAP:
            return 0  # it did not move for this card, or that was an incident
        if known[0] >= reading:
            if (was is None) == (now is None):
                return 0
            return 1 if now is None else -min(1, _outside(tx, job))
    for state, cards in ((was, -1), (now, 1)):
        if state is not None:
            credit(tx, "maybe" if state is CardState.SPOILED else "sure", serial, cards)
    return 0


def _outside(tx: Transaction, job: Job) -> int:
    """What stands in the book as gone outside, of this job's stock and site. A correction may stand in another day than
    the card, so all days count."""
    cards: int = tx.row(
        "SELECT coalesce(sum(d.amount), 0) FROM jobs j JOIN stock_days d ON d.site = j.site AND d.stock = j.stock "
        "WHERE j.id = ? AND d.word = 'outside'",
        (job.id,),
    )[0]
    return max(cards, 0)


def read(tx: Transaction, job: Job, serial: str, c: Intend | Settle, about: str, *, ours: int = 0) -> None:
    """Reckon with a reading; `ours`: cards of ours that came out since the last one and stand in no credit yet."""
    if c.counter is None and c.panels is None:
        return
    stock, site, last_stock, base, credited, ribbon, doubted = tx.row(_KNOWN, (c.printer, serial, job.id))
    if doubted:
        if ours:
            credit(tx, "sure", serial)
        return
    if site is not None:
        moved = 0 if c.counter is None or base is None else c.counter - base
        facts: Facts = {"stock": last_stock, "amount": moved, "printer": c.printer, "serial": serial}
        day, late = day_for(tx, job.site, about)
        if moved < 0 or moved > LEAP or (moved and site != job.site):
            reason = "counter-elsewhere" if site != job.site else "counter-back" if moved < 0 else "counter-leapt"
            incident(tx, job.site, day, reason, facts)
        elif last_stock in ACCOUNTABLE and site == job.site:
            words: dict[str, int] = {Noted.COUNTER: moved} if moved else {}
            if c.panels is not None and ribbon is not None and c.panels < ribbon:  # more than before: another ribbon
                words[Noted.PANELS] = ribbon - c.panels
            extra = moved - credited - ours
            if extra > 0:
                words[Moved.OUTSIDE] = extra
                _tell_outside(tx, job, day, facts | {"amount": extra}, about if late else None)
            book_outside(tx, WITNESS, job.site, last_stock, day, words, serial=serial, printer=c.printer)
            made = moved if c.counter is not None and base is not None else ours
            meter(tx, c.printer, job.site, day, cards=made, panels=words.get(Noted.PANELS), rated=c.rated)
    tx.sql.execute(
        "INSERT INTO stock_counters VALUES (?, ?, ?, ?, 0, 0, ?) ON CONFLICT DO UPDATE SET site = excluded.site, "
        "stock = excluded.stock, counter = coalesce(excluded.counter, counter), sure = 0, maybe = 0, "
        "panels = coalesce(excluded.panels, panels)",
        (serial, job.site, stock, c.counter, c.panels),
    )


def _tell_outside(tx: Transaction, job: Job, day: str, facts: Facts, about: str | None) -> None:
    more: Facts = {} if about is None else {"about": about}
    if day != local_day(tx.now, tx.means.offset_ms):
        more["day"] = day
    tx.draft.add("stock-outside", facts | more | {"site": job.site})
    if about is not None:
        mark(tx, job.site, day)
    incident(tx, job.site, day, "outside", facts)
