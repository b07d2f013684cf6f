"""The cards that a site has begun today, as a ration counts them.

A job that a printer took is one row, written with the claim and taken back where the job surely has no card. So the
count is exact whoever claims at the same time, over a restart, and for a ration that is new since this morning. Rows of
earlier days go with a day's first claim: there are never more than two days' cards.

Limits: the day is that of the claim. A card that an officer first denied and that was found after all does not count
again. On the day on which an older spool was brought up to format 4 the cards before that are not known.
"""

from typing import Final

import apsw

from spooler.model.job import Job, JobEvent, JobState
from spooler.model.kinds import ACCOUNTABLE, KINDS
from spooler.model.problem import Problem

from .rows import fetch

SPENT: Final = Problem("busy", "The site's cards of this stock for today have been begun: the job waits.")

#: A job that comes to one of these has no card, unless it was spoiled.
_CARDLESS: Final = frozenset({JobState.PENDING, JobState.PENDING_HELD, JobState.CANCELED, JobState.ABORTED})
_SPOILED: Final = frozenset({JobEvent.RESOLVED_SPOILED, JobEvent.CORRECTED_ABORTED})
_IN_HAND: Final = frozenset({JobState.PROCESSING, JobState.PROCESSING_STOPPED})
_CORRECTIONS: Final = frozenset({JobEvent.CORRECTED_PENDING, JobEvent.CORRECTED_CANCELED})


def take_card(sql: apsw.Cursor, day: str, job: Job, most: int | None, *, new_day: bool) -> Problem | None:
    """A printer takes a pending job on this local day; refused where `most` cards of its site and stock were begun."""
    stock = KINDS[job.kind].stock
    if stock not in ACCOUNTABLE:
        return None
    if most is not None and read_begun(sql, day, job.site, stock) >= most:
        return SPENT
    if new_day:
        sql.execute("DELETE FROM day_cards WHERE day < ?", (day,))
    sql.execute("INSERT OR REPLACE INTO day_cards VALUES (?, ?, ?, ?)", (job.id, day, job.site, stock))
    return None


def give_card_back(sql: apsw.Cursor, job: Job, event: JobEvent, state: JobState) -> None:
    """A job moves on to `state`: where it was in hand and surely has no card, none is counted."""
    if state in _CARDLESS and event not in _SPOILED and (job.state in _IN_HAND or event in _CORRECTIONS):
        sql.execute("DELETE FROM day_cards WHERE job = ?", (job.id,))


def read_begun(sql: apsw.Cursor, day: str, site: str, stock: str) -> int:
    """Cards that printers took on a local day and that were not surely none."""
    ((n,),) = fetch(
        sql, "SELECT count(*) FROM day_cards INDEXED BY day_cards_day WHERE day = ? AND site = ? AND stock = ?",
        (day, site, stock),
    )  # fmt: skip
    return int(n)
