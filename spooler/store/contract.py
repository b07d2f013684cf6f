"""The store's contract: synchronous and list-shaped, so that what arrives together is one transaction and one fsync.

One writer applies lists of commands; one store directory has one writer (a second `open` is refused). Readers see
committed state only. The store knows no policy: order and spool time reach it as pure functions, given at opening.
Every implementation passes tests/store_contract.py.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from attrs import frozen

from spooler.model.card import Card
from spooler.model.commands import Command
from spooler.model.doubt import Doubt
from spooler.model.gate import Pause, Paused
from spooler.model.hot import hot
from spooler.model.ids import JobId
from spooler.model.job import Content, Job
from spooler.model.ledger_commands import CloseSegment
from spooler.model.load import Load, LoadChange
from spooler.model.order import Place
from spooler.model.privacy import Concern, PayloadHold
from spooler.model.problem import Problem
from spooler.model.queue_commands import GroupState, Standing
from spooler.model.reprint import ReprintRecord
from spooler.model.restored import Restored
from spooler.model.site import Sites
from spooler.model.stock import BookDay, Booked, SiteStock
from spooler.model.verdict import Intent

from .checkpoint import Signed

#: (clock, v, tail or None, cost_ms, printers, priority) -> Place: spooler.rules.order has it. Times are integer
#: milliseconds of the queue's own clock (model.order.Progress); a queue is all jobs of a site, whatever they name.
PlaceRule = Callable[[int, int, int | None, int, int, int], Place]


@hot
class Submitted:
    """The answer to Submit. `repeat`: the ticket was known with the same content, this is the first answer again."""

    job: Job
    repeat: bool


#: No command comes through an application that speaks for somebody.
NOBODY: Final[Mapping[int, str]] = MappingProxyType({})

#: One outcome per command, in order: the new epoch for Attach; how many for ReleaseDue and Rerank; True for Shred,
#: View, EndRestored, the clock and the auditors' commands; what model.ledger_commands says for those.
Outcome = Submitted | Job | int | bool | Booked | Paused | Problem


@hot
class Entry:
    """One ledger entry. `body` is the canonical MessagePack array that was hashed; it is sent as it is."""

    position: int  # in this store, growing
    chain: str
    n: int
    body: bytes
    hash: bytes


#: How many of the newest cards `latest_cards` looks through: a city's busiest days.
LATEST_CARDS: Final = 5000
#: How many of the newest attempts `cards_begun` looks through.
CARDS_BEGUN: Final = 100_000


@frozen
class Applied:
    """The outcomes of one transaction, the entries it wrote, and the jobs it changed.

    `changed`: each as it was after each change, in order, new ones too; more than the outcomes name where one job's
    change is another's, and less where a submission is a repeat. `loads`: what came and went, by site and submitter.
    """

    now_ms: int
    outcomes: tuple[Outcome, ...]
    entries: tuple[Entry, ...]
    changed: tuple[Job, ...] = ()
    loads: tuple[LoadChange, ...] = ()


class Store(Protocol):
    """The writer. Only ever called from one thread at a time."""

    chain: str  # this opening's chain: node and epoch

    @property
    def last_ms(self) -> int:
        """Spool time of the last commit."""
        ...

    @property
    def clock_suspect(self) -> bool:
        """Whether shredding waits for an officer's word on the clock."""
        ...

    def apply(self, wall_ms: int, commands: Sequence[Command], via: Mapping[int, str] = NOBODY) -> Applied:
        """Apply in order, in one transaction, durable on return. A command that is refused changes nothing.

        `via`: by the place of a command, the application through which its actor asked for it: it stands in the entries
        beside the actor.

        Raises StoreError when nothing of the list is certain (disk full, I/O error): then nothing was committed. On a
        full disk lists with a Submit are refused first; others go on out of a reserve, for as long as it lasts.
        """
        ...

    def reader(self) -> "Reader":
        """A reader of its own connection, for use from one other thread at a time."""
        ...

    def fault(self) -> str | None:
        """What is wrong with the state, in a few words, or None. Reads all of it: after a StoreDeadError."""
        ...

    def close(self) -> None:
        """Close; a later `open` finds everything."""
        ...


class Reader(Protocol):
    """Committed state. Lists in, lists out, bounded by the caller."""

    def jobs(self, ids: Sequence[JobId]) -> list[Job | None]:
        """By id, in the order asked for."""
        ...

    def by_ticket(self, submitter: str, ticket: str) -> Job | None:
        """The job of a ticket, while its record lives."""
        ...

    def query(
        self, *, site: str | None, state: str | None, submitter: str | None, group: str | None,
        after: JobId | None, limit: int, sites: Sequence[str] = (),
    ) -> list[Job]:  # fmt: skip
        """Jobs by growing id, filtered, after an id: paging.

        With a `submitter` only its jobs, and beside them all jobs of `sites`.
        """
        ...

    def heads(
        self, destination: str, kinds: Sequence[str], after: tuple[int, int, JobId] | None, limit: int
    ) -> list[Job]:
        """Pending jobs of a destination and these kinds, lowest (band, rank, id) first, after a key."""
        ...

    def standing(self, job: Job, lanes: Sequence[tuple[str, str]]) -> Standing:
        """Where a pending job stands among `lanes`, (destination, kind), from which the printers that may print it
        take. Some thousand jobs are counted at most."""
        ...

    def next_due(self) -> int | None:
        """When the next held job is to be released, UTC milliseconds; None where none waits for a time."""
        ...

    def pauses(self) -> dict[str, Pause]:
        """Destination -> its pause."""
        ...

    def begun(self, day: str, of: Sequence[tuple[str, str]]) -> list[int]:
        """Cards that printers took on a local day and that were not surely none, for each (site, stock)."""
        ...

    def urgent(self, lane: tuple[str, str], least: int, limit: int) -> list[Job]:
        """The first pending jobs of a lane that are express or of priority `least` (above 50) or higher, in order."""
        ...

    def group(self, group: str, submitter: str | None, sites: Sites) -> GroupState:
        """A group's jobs by state: those of `submitter`, and those of these sites."""
        ...

    def group_page(self, group: str, states: Sequence[str], after: JobId | None, limit: int) -> list[Job]:
        """Jobs of a group in these states, by growing id, after an id."""
        ...

    def content(self, job: JobId) -> Content | None:
        """The opened payload, or None once it is shredded. Raises UnreadableError."""
        ...

    def cards_begun(self, since_ms: int) -> list[tuple[str, list[int]]]:
        """(printer, when its cards were begun since then, or else its last one alone), for each that has any, in order.

        Cards of the newest CARDS_BEGUN attempts, but for those that surely gave none.
        """
        ...

    def open_intents(self, printer: str) -> list[Intent]:
        """Intents without a final verdict: neither printed nor not-printed, nor resolved."""
        ...

    def cards(self, job: JobId) -> list[Card]:
        """The blanks that a job used, in the order of its attempts."""
        ...

    def concerning(
        self, about: str, number: str, after: JobId | None, limit: int, sites: Sites = None
    ) -> list[Concern]:
        """Jobs of these sites that concern whoever has this number (model.privacy), by growing id, after an id."""
        ...

    def entries_of(self, jobs: Sequence[JobId], after: int, since_ms: int) -> tuple[list[Entry], int | None]:
        """Entries of these jobs in one stretch of the ledger, and where the next one begins; None: that was the last.

        `after`: the position that the stretch before answered; 0 for the first, which begins at `since_ms`.
        """
        ...

    def payload_holds(self, after: JobId | None, limit: int, sites: Sites = None) -> list[PayloadHold]:
        """Legal holds of these sites by growing job id, after an id; all of a job together."""
        ...

    def restored(self, sites: Sites = None) -> Restored | None:
        """The restored state as it stands, or None; the jobs that wait are counted at these sites only."""
        ...

    def waiting(self, after: JobId | None, limit: int) -> list[Job]:
        """Jobs that wait for a supervisor since a restore, by growing id, after an id."""
        ...

    def stock(self, site: str | None) -> list[SiteStock]:
        """The book as it stands, of one site with its rolls; None: of all sites, cards only."""
        ...

    def book_day(self, site: str, day: str) -> BookDay:
        """One day of a site's book; a day without movements has the openings alone."""
        ...

    def doubt(self, job: JobId) -> Doubt | None:
        """What is known of the card of a job in processing-stopped."""
        ...

    def reprint(self, job: JobId) -> ReprintRecord | None:
        """The reprint that made this job; else the latest that was ordered in its place, with the officer's note."""
        ...

    def latest_cards(self, site: str, limit: int) -> list[tuple[Card, Job]]:
        """The latest blanks that jobs of a site used, the newest first, with their jobs.

        Looked for among the newest LATEST_CARDS of all sites: a card older than those is asked for by its job.
        """
        ...

    def counts(self) -> dict[tuple[str, str], int]:
        """(site, state) -> jobs."""
        ...

    def loads(self) -> list[Load]:
        """What waits and what lies in the spool, by site and submitter."""
        ...

    def head(self) -> int:
        """The position of the last entry; 0 for an empty ledger."""
        ...

    def entries(self, after: int, limit: int) -> list[Entry]:
        """Ledger entries after a position."""
        ...

    def last_entry(self) -> Entry | None:
        """Where the ledger stands: chain, number and hash, for a paper; None while it is empty."""
        ...

    def checkpoint(self) -> Signed | None:
        """The last checkpoint."""
        ...

    def prepare_segment(self, before_ms: int, size: int) -> CloseSegment | None:
        """Write the file of the next `size` entries, if all are older than `before_ms` and before a checkpoint.

        The answer is the command that then takes them out of the database. Cursors into them stay good.
        """
        ...

    def cursor(self, position: int) -> str:
        """The opaque cursor that stands for a position: good across restarts."""
        ...

    def position(self, cursor: str) -> int | None:
        """The position of a cursor, or None if it is not of this ledger. The empty cursor is the beginning."""
        ...


class StoreError(Exception):
    """The disk refused: nothing of the list was committed. `full` where it is for lack of space."""

    def __init__(self, message: str, *, full: bool = False) -> None:
        super().__init__(message)
        self.full = full


class StoreDeadError(StoreError):
    """The disk failed to make data durable: whether the list was committed is open until the store is opened anew.

    The store does nothing more. What was answered for before is durable, and an opening finds it.
    """


class UnreadableError(StoreError):
    """Something small cannot be read from the disk, or is damaged: one job's payload, one key. What needs it is refused
    and everything else goes on: a failed read loses nothing that was written."""


class KeyMissingError(UnreadableError):
    """The key of one job's payload is not there: destroyed since the backup that was restored, or lost. Only that job
    is concerned."""


class StoreLockedError(Exception):
    """Another process has this store open."""
