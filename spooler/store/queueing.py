"""Jobs that wait get another place: a priority, a band, a destination. And where they stand, for whoever asks.

The parts of a rank are stored with each job, so a rank can be made anew at any time: rank = fair start - the priority's
distance (rules.order). Each queue has a clock of its own, so a job that goes to another site takes its age along, and
not its fair start: it stands there as far before or behind that queue's clock as it stood here.
"""

from collections.abc import Sequence
from typing import Final

import apsw

from spooler.model.commands import Command
from spooler.model.ids import JobId
from spooler.model.job import Job, JobEvent, JobState, next_state
from spooler.model.order import Progress
from spooler.model.override import NOT_GIVEN, OVERRIDES
from spooler.model.problem import Problem
from spooler.model.queue_commands import Express, GroupState, Move, Reorder, Standing
from spooler.model.site import Sites

from .ledger import Facts
from .lifecycle import COMPARE, STALE, TOO_LATE, UNKNOWN
from .loads import sealed_bytes
from .rows import COLUMNS, codes, fetch, job_of
from .transaction import RESTORED, Handler, Transaction

#: band -> its word in the ledger
BANDS: Final = ("express", "normal")
#: Jobs ahead of another that are counted one by one: about a millisecond.
COUNTED: Final = 2000

_BEGUN: Final = Problem(
    "too-late",
    "A card was begun for this job at its site, whose book has the blank: print it there, or cancel it and submit it "
    "anew at the other site.",
)
_AHEAD: Final = (
    "SELECT count(*), coalesce(sum(share_ms), 0), coalesce(sum(band = 0), 0) "
    "FROM (SELECT share_ms, band FROM jobs INDEXED BY jobs_pending "
    "WHERE state = 'pending' AND destination = ? AND kind = ? AND (band, rank, id) < (?, ?, ?) "
    "ORDER BY band, rank, id LIMIT ?)"
)


def reorder(tx: Transaction, c: Reorder) -> Job | Problem:
    """Another priority. Raises ValueError for a reason that is none."""
    if c.why != NOT_GIVEN and c.why not in OVERRIDES:
        raise ValueError("a priority is given for a reason of the closed list")
    job = _reorderable(tx, c)
    if isinstance(job, Problem):
        return job
    facts: Facts = {"actor": c.actor, "priority": c.priority, "was_priority": job.priority, "why": c.why}
    return place_anew(tx, job, job.state, facts, c.priority, job.band)


def express(tx: Transaction, c: Express) -> Job | Problem:
    """Into the express band, or out of it. Raises ValueError for a reason that is none."""
    if c.why not in OVERRIDES:
        raise ValueError("a job goes first for a reason of the closed list")
    job = _reorderable(tx, c)
    if isinstance(job, Problem):
        return job
    band = band_of(c.express)
    if band == job.band:
        return job
    facts: Facts = {"actor": c.actor, "band": BANDS[band], "why": c.why}
    return place_anew(tx, job, job.state, facts, job.priority, band)


def _reorderable(tx: Transaction, c: Reorder | Express) -> Job | Problem:
    """The job, if it can have another place; that leaves its state as it is."""
    job = _waiting(tx, c)
    if isinstance(job, Problem):
        return job
    return job if next_state(job.state, JobEvent.REORDERED, intent_open=job.intent_open) is job.state else TOO_LATE


def band_of(express: bool) -> int:
    """The band of a job that goes first, or of one that takes its turn."""
    return 0 if express else 1


def place_anew(tx: Transaction, job: Job, state: JobState, facts: Facts, priority: int, band: int) -> Job:
    """A job that waits goes to another place; its age stays."""
    rank = job.fair_start + _distance(tx, priority)
    tx.sql.execute("UPDATE jobs SET priority = ?, band = ?, rank = ? WHERE id = ?", (priority, band, rank, job.id))
    return tx.move(
        job, JobEvent.REORDERED, state, facts, priority=priority, band=band, rank=rank, reason=job.reason,
        detail=job.detail,
    )  # fmt: skip


def move(tx: Transaction, c: Move) -> Job | Problem:
    """Another destination."""
    job = _waiting(tx, c)
    return job if isinstance(job, Problem) else relocate(tx, job, c)


def relocate(tx: Transaction, job: Job, c: Move) -> Job | Problem:
    """The same for a job that was looked at already, whatever it waits for."""
    state = next_state(job.state, JobEvent.MOVED, intent_open=job.intent_open)
    if state is None:
        return TOO_LATE
    fair_start = job.fair_start
    if c.site != job.site:
        if job.attempt:  # its blanks are in that site's book, where an answer about them may still be corrected
            return _BEGUN
        fair_start += progress(tx.sql, c.site).clock - progress(tx.sql, job.site).clock
    rank = fair_start + _distance(tx, job.priority)
    tx.sql.execute(
        "UPDATE jobs SET site = ?, destination = ?, share_ms = ?, fair_start = ?, rank = ? WHERE id = ?",
        (c.site, c.destination, c.share_ms, fair_start, rank, job.id),
    )
    tx.counts[job.site, state] -= 1
    tx.counts[c.site, state] += 1
    if c.site != job.site:
        tx.loads.moved(job.site, c.site, job.submitter, sealed_bytes(tx.sql, job.id))
        tx.sql.execute(
            "UPDATE authorisations SET site = ?1 WHERE job = ?2 "
            "AND hash = (SELECT authorisation FROM jobs WHERE id = ?2)",
            (c.site, job.id),
        )
    facts: Facts = {"actor": c.actor, "from": job.destination, "destination": c.destination}
    if c.site != job.site:
        facts["to"] = c.site  # which is told of it, too
    return tx.move(
        job, JobEvent.MOVED, state, facts, site=c.site, destination=c.destination, fair_start=fair_start, rank=rank,
        reason=job.reason, detail=job.detail,
    )  # fmt: skip


def _waiting(tx: Transaction, c: Reorder | Express | Move) -> Job | Problem:
    job = tx.job(c.job)
    if job is None:
        return UNKNOWN
    if job.version != c.version:
        return STALE
    return COMPARE if job.reason == RESTORED else job


def _distance(tx: Transaction, priority: int) -> int:
    """From a fair start to the rank, by the order rule itself."""
    place = tx.means.place(0, 0, None, 0, 1, priority)
    return place.rank - place.fair_start


# -- looking -----------------------------------------------------------------------------------------------------


def progress(sql: apsw.Cursor, site: str) -> Progress:
    """How far a site's queue has come."""
    rows = fetch(sql, "SELECT clock, v FROM queues WHERE site = ?", (site,))
    return Progress(*rows[0]) if rows else Progress()


def read_standing(sql: apsw.Cursor, job: Job, lanes: Sequence[tuple[str, str]]) -> Standing:
    """Where a pending job stands among `lanes`, (destination, kind), from which the printers that may print it take."""
    counted = machine = first = 0
    for destination, kind in dict.fromkeys(lanes):
        ((n, share_ms, express),) = fetch(sql, _AHEAD, (destination, kind, *job.key, COUNTED + 1 - counted))
        counted += n
        machine += share_ms
        first += express
        if counted > COUNTED:
            break
    queue = progress(sql, job.site)
    return Standing(min(counted, COUNTED), machine, counted > COUNTED, queue.clock, queue.v, first)


def read_group(sql: apsw.Cursor, group: str, submitter: str | None, sites: Sites) -> GroupState:
    """A group's jobs by state: those of `submitter`, and those of these sites."""
    rows = fetch(
        sql,
        "SELECT state, site, count(*) FROM jobs INDEXED BY jobs_group WHERE grp = ? AND "
        "(submitter IS ? OR ? IS NULL OR site IN (SELECT value FROM json_each(?))) GROUP BY state, site",
        (group, submitter, codes(sites), codes(sites)),
    )
    states: dict[str, int] = {}
    for state, _, n in rows:
        states[state] = states.get(state, 0) + n
    return GroupState(states, tuple(sorted({site for _, site, _ in rows})))


def read_group_page(sql: apsw.Cursor, group: str, states: Sequence[str], after: JobId | None, limit: int) -> list[Job]:
    """Jobs of a group in these states, by growing id, after an id."""
    marks = ", ".join("?" * len(states))
    rows = fetch(
        sql,
        f"SELECT {COLUMNS} FROM jobs INDEXED BY jobs_group WHERE grp = ? AND id > ? AND state IN ({marks}) "
        "ORDER BY id LIMIT ?",
        (group, after or "", *states, limit),
    )
    return [job_of(row) for row in rows]


HANDLERS: Final[dict[type[Command], Handler]] = {Reorder: reorder, Express: express, Move: move}
