"""Jobs: what is known of an order without opening its sealed payload, and the one table of its states.

States are IPP's (RFC 8011, 5.3.7). All legal transitions stand in TRANSITIONS; what is absent is illegal. The file
does not know who asks, when, or how a state is kept.
"""

from enum import StrEnum
from typing import Final

from .hot import hot
from .ids import JobId


class JobState(StrEnum):
    """IPP job states."""

    PENDING = "pending"
    PENDING_HELD = "pending-held"
    PROCESSING = "processing"
    PROCESSING_STOPPED = "processing-stopped"
    CANCELED = "canceled"
    ABORTED = "aborted"
    COMPLETED = "completed"


class JobEvent(StrEnum):
    """What can happen to a job. Past tense for facts, so that a ledger entry reads as one."""

    HELD = "held"
    RELEASED = "released"
    CLAIMED = "claimed"  # a press takes it; nothing has moved
    RETURNED = "returned"  # the press gives it back, before the intent
    INTENDED = "intended"  # the durable intent stands: from here on a card may move
    PRINTED = "printed"  # verdict: the card came out
    NOT_PRINTED = "not-printed"  # verdict: surely no card, and none can still come
    DOUBTED = "doubted"  # verdict unknown: an officer must look
    RESOLVED_PRINTED = "resolved-printed"
    RESOLVED_SPOILED = "resolved-spoiled"
    RESOLVED_NO_CARD = "resolved-no-card"
    CANCELED = "canceled"
    ABORTED = "aborted"  # its own data cannot be printed
    RESTORED = "restored"  # the store went back in time: its card may exist already
    FOUND_PRINTED = "found-printed"  # a supervisor found that it does
    REORDERED = "reordered"  # another priority, or another band
    MOVED = "moved"  # to another destination
    APPROVED = "approved"  # a second person agrees to a second card
    # after the end: what people say of a card, and what follows from it
    INSPECTED_PASSED = "inspected-passed"
    INSPECTED_SPOILED = "inspected-spoiled"
    REPRINT_OPENED = "reprint-opened"  # one more card may be submitted in this one's place
    REPRINTED = "reprinted"  # and now it has been
    # an officer's answer was wrong: the job goes where the right one leaves it (model.correction)
    CORRECTED_COMPLETED = "corrected-completed"
    CORRECTED_ABORTED = "corrected-aborted"
    CORRECTED_PENDING = "corrected-pending"
    CORRECTED_CANCELED = "corrected-canceled"


_S = JobState
_E = JobEvent

_CORRECTIONS: Final[dict[JobEvent, JobState]] = {
    _E.CORRECTED_COMPLETED: _S.COMPLETED,
    _E.CORRECTED_ABORTED: _S.ABORTED,
    _E.CORRECTED_PENDING: _S.PENDING,
    _E.CORRECTED_CANCELED: _S.CANCELED,
}
#: What can still be said of a job that has ended with a card.
_AFTERWARDS: Final = frozenset({_E.REPRINT_OPENED, _E.APPROVED, _E.REPRINTED})

#: state -> event -> next state. `processing` with an open intent takes only verdicts: see `INTENT_EVENTS`.
TRANSITIONS: Final[dict[JobState, dict[JobEvent, JobState]]] = {
    _S.PENDING: {
        _E.HELD: _S.PENDING_HELD,
        _E.REORDERED: _S.PENDING,
        _E.MOVED: _S.PENDING,
        _E.CLAIMED: _S.PROCESSING,
        _E.CANCELED: _S.CANCELED,
        _E.ABORTED: _S.ABORTED,
        _E.RESTORED: _S.PENDING_HELD,
        **_CORRECTIONS,
    },
    _S.PENDING_HELD: {
        _E.HELD: _S.PENDING_HELD,  # until another time
        _E.REORDERED: _S.PENDING_HELD,
        _E.MOVED: _S.PENDING_HELD,
        _E.RELEASED: _S.PENDING,
        _E.APPROVED: _S.PENDING,
        _E.CANCELED: _S.CANCELED,
        _E.ABORTED: _S.ABORTED,
        _E.RESTORED: _S.PENDING_HELD,
        _E.FOUND_PRINTED: _S.COMPLETED,
        **_CORRECTIONS,
    },
    _S.PROCESSING: {
        _E.INTENDED: _S.PROCESSING,
        _E.RETURNED: _S.PENDING,
        _E.RESTORED: _S.PENDING_HELD,
        _E.HELD: _S.PENDING_HELD,
        _E.CANCELED: _S.CANCELED,
        _E.ABORTED: _S.ABORTED,
        _E.PRINTED: _S.COMPLETED,
        _E.NOT_PRINTED: _S.PENDING,
        _E.DOUBTED: _S.PROCESSING_STOPPED,
        **_CORRECTIONS,
    },
    _S.PROCESSING_STOPPED: {
        _E.RESOLVED_PRINTED: _S.COMPLETED,
        _E.RESOLVED_SPOILED: _S.ABORTED,
        _E.RESOLVED_NO_CARD: _S.PENDING,
    },
    _S.CANCELED: {**_CORRECTIONS},
    _S.ABORTED: {**dict.fromkeys(_AFTERWARDS, _S.ABORTED), **_CORRECTIONS},
    _S.COMPLETED: {
        _E.INSPECTED_PASSED: _S.COMPLETED,
        _E.INSPECTED_SPOILED: _S.COMPLETED,
        **dict.fromkeys(_AFTERWARDS, _S.COMPLETED),
        **_CORRECTIONS,
    },
}

#: The only events a job takes while an intent is open: a cancel then is too late, by law 2.
INTENT_EVENTS: Final = frozenset(
    {_E.PRINTED, _E.NOT_PRINTED, _E.DOUBTED, _E.RESOLVED_PRINTED, _E.RESOLVED_SPOILED, _E.RESOLVED_NO_CARD}
)
#: The events that need an open intent: a verdict without one would be an invention.
NEEDS_INTENT: Final = INTENT_EVENTS

#: Ended: no machine moves such a job again. What people say of its card afterwards still does.
FINAL: Final = frozenset({_S.CANCELED, _S.ABORTED, _S.COMPLETED})
#: Ended, and surely without a card: only these give the authorisation back (law 3). A spoiled card does not.
FREES_AUTHORISATION: Final = frozenset({_E.CANCELED, _E.ABORTED, _E.CORRECTED_CANCELED})


def next_state(state: JobState, event: JobEvent, *, intent_open: bool) -> JobState | None:
    """The state after `event`, or None where the table does not allow it."""
    if (event in NEEDS_INTENT) != intent_open:
        return None
    return TRANSITIONS[state].get(event)


@hot
class Job:
    """A job as the queue, the ledger and the wire know it: ids, closed words, amounts and times; nothing personal."""

    id: JobId
    version: int  # grows with every change; commands name the version they saw
    state: JobState
    reason: str | None  # why it is held, stopped or aborted: a keyword of model.reasons
    kind: str
    site: str  # the site's code
    destination: str  # "site:21.71.11" or "printer:SGL-1"
    printer: str | None  # who has it, or printed it
    priority: int  # 1 … 100
    band: int  # 0 express, 1 normal
    rank: int  # milliseconds; lowest first
    fair_start: int  # milliseconds of the queue's clock: see model.order
    flow: str  # who shares fairly
    group: str | None
    submitter: str  # the principal's name
    number: str  # the counter's label, SGL-0147; never a key
    attempt: int  # how many intents it has had
    intent_open: bool
    submitted_ms: int
    changed_ms: int
    evidence: str | None = None  # the verdict table's row, once there is a verdict
    detail: str | None = None  # which field it is held or aborted for, in the shape of model.detail
    reprint_of: JobId | None = None  # the job in whose place it prints another card
    reprinted_by: JobId | None = None  # the latest job that does so in its place
    priority_class: str | None = None  # of the policy table, which gave it its priority
    hold_until_ms: int | None = None  # of a held one: when the spooler releases it by itself, UTC

    @property
    def key(self) -> tuple[int, int, JobId]:
        """Its place in the order: lowest first."""
        return (self.band, self.rank, self.id)


@hot
class Content:
    """What is printed: the sealed part of a job. Never logged, never in an error text, never in the ledger."""

    fields: dict[str, str]
    photo: bytes | None = None
    signature: bytes | None = None

    def __repr__(self) -> str:
        return f"<Content of {len(self.fields)} fields>"
