"""One `apply` in the making: its time, its entries, its counts. Thrown away whole when anything fails.

What lasts in memory between applies (`Spool`, the ledger's head) is copied in and taken back only after the commit.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import apsw
from attrs import define, evolve, field, frozen

from spooler.model.holding import UNTIL
from spooler.model.ids import JobId, encode_id
from spooler.model.job import FINAL, FREES_AUTHORISATION, Job, JobEvent, JobState
from spooler.model.load import LoadChange

from .contract import Outcome, PlaceRule
from .day_cards import give_card_back
from .hashes import Hashes
from .keys import KeyRing
from .ledger import Draft, Facts, Head
from .loads import Loads
from .payload_files import PayloadFiles
from .retention import Retention
from .rows import COLUMNS, fetch, insert, job_of

#: The reason of what waits after a restore, and who holds it.
RESTORED: Final = "restored"
ACTOR: Final = "restore"
#: Who lets a job wait for its time, and releases it then.
HOLDER: Final = "hold-until"


@define
class Spool:
    """The one row of `spool`, as it stands in memory."""

    last_ms: int
    wall_ms: int  # the latest wall clock seen, or the one an officer confirmed
    clock_suspect: bool
    last_id: int
    last_payload: int
    restored_ms: int | None = None  # since when it is in the restored state: see restored.py
    cards_day: str = ""  # the local day of the latest claim: see day_cards.py


@frozen
class Means:
    """What every transaction of an opened store uses."""

    sql: apsw.Cursor
    keys: KeyRing
    hashes: Hashes
    place: PlaceRule
    retention: Retention
    files: PayloadFiles
    node: str  # this machine's name
    ledger: Path  # the folder of closed segments
    classes: dict[str, int] = field(factory=dict)  # kind -> retention class; kinds of class 0 are not there
    offset_ms: int = 0  # of the sites' clocks before UTC: where a day of the stock book ends


#: People's answers after which a job waits for a card again.
_WITHOUT_A_CARD: Final = frozenset({JobEvent.RESOLVED_NO_CARD, JobEvent.CORRECTED_PENDING})
#: (job, site, state) of the latest other job under an authorisation that has a card, in whatever state the card is.
_CARDED: Final = """
    SELECT id, site, state FROM jobs INDEXED BY jobs_authorisation WHERE authorisation = ? AND id <> ?
    AND EXISTS (SELECT 1 FROM cards WHERE cards.job = jobs.id) ORDER BY id DESC LIMIT 1
"""


class Transaction:
    """What the handlers of commands work on."""

    def __init__(self, means: Means, spool: Spool, head: Head, now_ms: int, wall_ms: int) -> None:
        self.means = means
        self.sql = means.sql
        self.spool = evolve(spool)
        self.now = now_ms
        self.wall = wall_ms
        self.draft = Draft(head, now_ms)
        self.counts: Counter[tuple[str, str]] = Counter()
        self.loads = Loads()
        self.load_changes: tuple[LoadChange, ...] = ()  # once they are written
        self.doomed = False  # a bucket lost its last key: its file goes after the commit
        self.changed: list[Job] = []  # as they are after each change
        self.moved = False  # payloads changed their place

    @property
    def wrote(self) -> bool:
        """Whether there is anything to commit: every change of state has an entry."""
        return bool(self.draft.entries) or self.doomed or self.moved

    def row(self, query: str, values: tuple[Any, ...]) -> Any:
        """The first row, or None."""
        rows = fetch(self.sql, query, values)
        return rows[0] if rows else None

    def job(self, job_id: JobId) -> Job | None:
        """The job as it stands inside this transaction."""
        row = self.row(f"SELECT {COLUMNS} FROM jobs WHERE id = ?", (job_id,))
        return None if row is None else job_of(row)

    def epoch(self, printer: str) -> int:
        """The printer's epoch; 0 before its first Attach."""
        row = self.row("SELECT epoch FROM printers WHERE name = ?", (printer,))
        return 0 if row is None else row[0]

    def move(self, job: Job, event: JobEvent, state: JobState, facts: Facts, **changes: Any) -> Job:
        """The job after a legal event: its row, its counts and its entry; `changes` are attributes of Job."""
        if state is not JobState.PENDING_HELD:  # who does not wait waits for no time
            changes["hold_until_ms"] = None
        moved = evolve(job, version=job.version + 1, state=state, changed_ms=self.now, **changes)
        self.changed.append(moved)
        self.sql.execute(
            "UPDATE jobs SET version = ?, state = ?, reason = ?, printer = ?, attempt = ?, intent_open = ?, "
            "changed_ms = ?, evidence = ?, detail = ?, reprinted_by = ?, hold_until_ms = ? WHERE id = ?",
            (
                moved.version, state, moved.reason, moved.printer, moved.attempt, int(moved.intent_open),
                self.now, moved.evidence, moved.detail, moved.reprinted_by, moved.hold_until_ms,
                job.id,
            ),
        )  # fmt: skip
        self.counts[job.site, job.state] -= 1
        self.counts[job.site, state] += 1
        if state in FINAL:
            if job.state not in FINAL:
                self.loads.ended(job.site, job.submitter)
            self._end(job, event, state)
        elif job.state in FINAL:
            self.loads.reopened(job.site, job.submitter)
        give_card_back(self.sql, job, event, state)
        if moved.printer is not None:
            facts.setdefault("printer", moved.printer)
        if moved.reason is not None:
            facts["reason"] = moved.reason
        if moved.detail is not None:
            facts["detail"] = moved.detail
        self.draft.add(
            event,
            facts | {"job": job.id, "version": moved.version, "state": state, "site": job.site, "kind": job.kind},
        )
        if event in _WITHOUT_A_CARD and self._is_of_the_copy(job):
            return self.hold_restored(moved)  # it may have been printed at another try, which the copy does not know
        until = job.hold_until_ms
        if until is not None and until > self.now and state is JobState.PENDING and job.reason != UNTIL:
            # what else it was held for is settled; the time that it waits for has not come
            waits = {"reason": UNTIL, "hold_until_ms": until}
            return self.move(moved, JobEvent.HELD, JobState.PENDING_HELD, {"actor": HOLDER, "until_ms": until}, **waits)
        return moved

    def hold_restored(self, job: Job) -> Job:
        """Let it wait for a supervisor; the field that it was held for stays with it."""
        held, facts = JobState.PENDING_HELD, Facts(actor=ACTOR)
        return self.move(job, JobEvent.RESTORED, held, facts, reason=RESTORED, printer=None, detail=job.detail)

    def _is_of_the_copy(self, job: Job) -> bool:
        """Whether its intent is older than the restored state that the store is in."""
        if self.spool.restored_ms is None:
            return False
        at_ms, outcome = self.row(
            "SELECT at_ms, outcome FROM intents WHERE job = ? AND attempt = ?", (job.id, job.attempt)
        )
        return bool(at_ms < self.spool.restored_ms) or outcome == JobEvent.FOUND_PRINTED

    def _end(self, job: Job, event: JobEvent, state: JobState) -> None:
        """Note the final state where it outlives the record, or give the authorisation back."""
        ticket, authorisation = self.row("SELECT ticket, authorisation FROM jobs WHERE id = ?", (job.id,))
        self.sql.execute("UPDATE tickets SET state = ? WHERE hash = ?", (state, ticket))
        if authorisation is None:
            return
        # of a job that waits since a restore nobody knows whether its card exists: not surely without a card
        unsure = job.reason == RESTORED and job.submitted_ms < (self.spool.restored_ms or 0)
        own = (authorisation, job.id)  # it may be another job's by now: a reprint's
        if event not in FREES_AUTHORISATION or unsure:
            self.sql.execute("UPDATE authorisations SET state = ? WHERE hash = ? AND job = ?", (state, *own))
        elif (carded := self.row(_CARDED, own)) is not None:  # a card under it is there, whoever has it: not free
            self.sql.execute(
                "UPDATE authorisations SET job = ?, site = ?, state = ? WHERE hash = ? AND job = ?", (*carded, *own)
            )
        else:
            self.sql.execute("DELETE FROM authorisations WHERE hash = ? AND job = ?", own)

    def write(self) -> Head:
        """Everything that was gathered, as the last statements before the commit; the ledger's head after."""
        insert(
            self.sql,
            "counts",
            [(site, state, n) for (site, state), n in self.counts.items() if n],
            "ON CONFLICT DO UPDATE SET n = n + excluded.n",
        )
        self.load_changes = self.loads.write(self.sql)
        spool = self.spool
        spool.last_ms = self.now
        spool.wall_ms = max(spool.wall_ms, self.wall)
        self.sql.execute(
            "UPDATE spool SET last_ms = ?, wall_ms = ?, clock_suspect = ?, last_id = ?, last_payload = ?",
            (spool.last_ms, spool.wall_ms, int(spool.clock_suspect), encode_id(spool.last_id), spool.last_payload),
        )
        return self.draft.write(self.sql)


#: Carries out one kind of command inside a transaction. It judges first and writes after: a refusal changes nothing.
Handler = Callable[[Transaction, Any], Outcome]
