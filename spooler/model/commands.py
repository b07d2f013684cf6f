"""What the store is asked to do, as frozen values. Lists of these are applied in one transaction (one fsync).

Each command on a job names the version it saw; what a press asks also names the printer's epoch. The store refuses
stale ones with `stale`, so two tasks, or a press that was replaced, can never both act.
"""

from attrs import frozen

from .access import NoteReads, NoteRefusal
from .card import Inspect, NoteSameChip, TellUid
from .correction import Correct
from .doubt import View
from .finding import Finding
from .gate import SetPause
from .holding import ReleaseDue
from .hot import hot
from .ids import JobId
from .job import JobEvent
from .ledger_commands import CloseSegment, MakeCheckpoint, RotateSigningKey
from .parcel import OpenParcel
from .policy import Rerank
from .privacy import HoldPayload, NoteBreachReport, NoteSearch, ReleasePayload
from .problem import Problem
from .queue_commands import Express, Move, Reorder
from .reprint import Approve, Reprint
from .restored import EndRestored, FoundPrinted, ReleaseRestored
from .stock import CloseDay, StockCount, StockMove
from .verdict import Judgement


@hot
class Submit:
    """A new job that has passed admission. `payload` is packed and still in clear; the store seals it."""

    submitter: str  # scopes the ticket
    ticket: str
    kind: str
    stock: str
    site: str
    destination: str
    priority: int
    band: int
    flow: str
    group: str | None
    authorisation: str | None
    payload: bytes
    label: str  # the site's letters for the number
    day: str  # the site's local date, for the number
    cost_ms: int  # expected machine time of one card
    printers: int  # how many printers serve the destination
    findings: tuple[Finding, ...] = ()  # its warnings and holds: their codes go into the ledger
    hold: str | None = None  # a keyword of model.reasons: it is stored as pending-held
    detail: str | None = None  # of the hold
    persons: tuple[tuple[str, str], ...] = ()  # (which number, the number), as model.privacy has it: to be hashed
    reprint_of: JobId | None = None  # it fills the reprint that was opened in this job's place
    priority_class: str | None = None  # which gave it its priority and band
    hold_until_ms: int | None = None  # UTC; a time that is over holds nothing
    express: str | None = None  # why it goes first: a word of model.override
    busy: Problem | None = None  # the answer where the ticket is not known: a bound is reached, nothing new is taken
    officer: str | None = None  # on whose behalf the submitter asks for it


@frozen
class Change:
    """Hold, release, cancel or abort, by `actor`.

    For held and aborted jobs `reason` is a keyword of model.reasons, `detail` the field at fault (model.detail).
    `until_ms`: of a hold with the reason UNTIL alone (model.holding), UTC.
    """

    job: JobId
    version: int
    event: JobEvent
    actor: str
    reason: str | None = None
    detail: str | None = None
    until_ms: int | None = None


@frozen
class Attach:
    """A press takes its printer: the reply is the new epoch. Everything under an older epoch is stale from here on."""

    printer: str


@frozen
class Claim:
    """The press takes the job; its fair start moves the queue's v. `most`: refused where so many cards of its site and
    stock were begun on this local day."""

    job: JobId
    version: int
    printer: str
    epoch: int
    most: int | None = None


@frozen
class Return:
    """The press gives a claimed job back, before any intent: it keeps its rank."""

    job: JobId
    version: int
    printer: str
    epoch: int


@frozen
class Intend:
    """The durable intent."""

    job: JobId
    version: int
    printer: str
    epoch: int
    serial: str
    counter: int | None
    panels: int | None = None  # left on the ribbon, as the device says
    rated: int | None = None  # on a new one


@frozen
class Settle:
    """A verdict on the open intent; `counter` is the printer's at that moment.

    `hold_at`: a `not-printed` costs the job a try, and at so many it is held; None: it costs none.
    """

    job: JobId
    version: int
    printer: str
    epoch: int
    judgement: Judgement
    counter: int | None
    panels: int | None = None
    rated: int | None = None
    hold_at: int | None = None


@frozen
class Resolve:
    """An officer's answer to a doubt: `event` is one of the RESOLVED_ ones.

    For a spoiled card `stage` is one of model.daysheet.STAGES, and `defect` a keyword of model.card.DEFECTS.
    """

    job: JobId
    version: int
    event: JobEvent
    actor: str
    stage: str | None = None
    defect: str | None = None


@frozen
class ConfirmClock:
    """An officer confirms that the clock is right: shredding goes on."""

    actor: str


@frozen
class SuspectClock:
    """The wall clock stepped: nothing is shredded until an officer confirms it."""

    step_ms: int


@frozen
class Shred:
    """Destroy what is due: payloads past their retention, bucket keys whose hour is over."""


Command = (
    Submit | Change | Attach | Claim | Return | Intend | Settle | Resolve | ConfirmClock | SuspectClock | Shred
    | MakeCheckpoint | RotateSigningKey | CloseSegment
    | HoldPayload | ReleasePayload | NoteSearch | NoteBreachReport
    | ReleaseRestored | FoundPrinted | EndRestored
    | StockMove | StockCount | CloseDay | OpenParcel
    | Reorder | Move | Express | Rerank | ReleaseDue
    | SetPause
    | Inspect | Reprint | Approve | Correct | View | TellUid | NoteSameChip
    | NoteRefusal | NoteReads
)  # fmt: skip
