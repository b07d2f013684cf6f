"""Reprints: the closed list of reasons for another card under one authorisation, and the order for one (law 3).

A reprint opens exactly one card. Whether it replaces a spoiled one, or stands beside a first card that is out, follows
from the first card and not from what is asked; so a reason belongs to one of the two.
"""

from typing import Final

from attrs import field, frozen

from .ids import JobId


@frozen
class ReprintReason:
    """Why another card is made."""

    keyword: str
    indonesian: str
    english: str
    spoiled: bool  # it replaces a spoiled card; else the first card is out
    new_data: bool = False  # the old data would be printed wrong again: the application submits the new


def _table(*reasons: ReprintReason) -> dict[str, ReprintReason]:
    return {reason.keyword: reason for reason in reasons}


REPRINT_REASONS: Final = _table(
    ReprintReason("spoiled-print", "Kartu rusak saat dicetak.", "The card was spoiled in print.", spoiled=True),
    ReprintReason("spoiled-chip", "Cip kartu gagal ditulis.", "The card's chip could not be written.", spoiled=True),
    ReprintReason("spoiled-inspection", "Kartu tidak lolos pemeriksaan.", "The card failed inspection.", spoiled=True),
    ReprintReason("damaged", "Kartu warga rusak.", "The citizen's card is damaged.", spoiled=False),
    ReprintReason("lost", "Kartu hilang.", "The card is lost.", spoiled=False),
    ReprintReason("never-collected", "Kartu tidak pernah diambil.", "The card was never collected.", spoiled=False),
    ReprintReason(
        "data-changed", "Data warga berubah.", "The citizen's data has changed.", spoiled=False, new_data=True
    ),
)

#: The reason that follows from the stage at which a card was spoiled (model.daysheet.STAGES).
REASON_OF_STAGE: Final = {
    "before-print": "spoiled-print",
    "chip": "spoiled-chip",
    "print": "spoiled-print",
    "inspection": "spoiled-inspection",
}

NOTE_LONGEST: Final = 500  # characters


@frozen
class Reprint:
    """A command: one more card in the place of the one of `job`, as rules.reprints has allowed it.

    The answer is the new job; or the old one, where its data is gone or has changed and the application must submit.
    """

    job: JobId
    version: int
    reason: str  # a keyword of REPRINT_REASONS
    actor: str
    label: str  # the letters of the job's site, for the number: a job that was moved has another site's in its own
    day: str  # the site's local date, for the number and the limit
    limit: int | None  # replacements that the actor may order a day at this site; None: as many as needed
    awaits: bool  # another person must approve it first
    note: str | None = field(default=None, repr=False)


@frozen
class Approve:
    """A command: another person agrees to a reprint; `job` is the new one, or the old while it is open."""

    job: JobId
    version: int
    actor: str


@frozen
class ReprintRecord:
    """What is known of a reprint."""

    old: JobId
    new: JobId | None
    reason: str
    spoiled: bool
    actor: str
    at_ms: int
    awaits: bool  # it needs, or needed, another person
    approver: str | None
    note: str | None = field(default=None, repr=False)  # None: there was none, or its time is over
