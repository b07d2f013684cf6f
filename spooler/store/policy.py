"""What the clock does to jobs that wait: a held one's time comes, a row of the policy table begins.

Both go in chunks, each a transaction of its own with an entry for every job, and both are asked for again as long as a
chunk was full: whatever breaks that off, the next opening goes on where it stopped.

`class_places` remembers where the table has put a class. Jobs at such a place are taken to the present one; jobs that a
person has given another priority or band stand at none of them, and stay. Not covered: a job that a printer has in hand
while its class is ranked anew keeps its place if it comes back.
"""

from typing import Final

from spooler.model.commands import Command
from spooler.model.holding import UNTIL, ReleaseDue
from spooler.model.job import JobEvent, JobState, next_state
from spooler.model.policy import Rerank

from .ledger import Facts
from .queueing import BANDS, band_of, place_anew
from .rows import COLUMNS, fetch, job_of
from .transaction import HOLDER, Handler, Transaction

#: Who ranks anew, in the ledger.
POLICY: Final = "policy"

NEXT_DUE: Final = (
    f"SELECT min(hold_until_ms) FROM jobs INDEXED BY jobs_until WHERE hold_until_ms IS NOT NULL AND reason = '{UNTIL}'"
)
_DUE: Final = (
    f"SELECT {COLUMNS} FROM jobs INDEXED BY jobs_until WHERE hold_until_ms <= ? AND reason = '{UNTIL}' "
    "ORDER BY hold_until_ms, id LIMIT ?"
)
_THERE: Final = (
    f"SELECT {COLUMNS} FROM jobs INDEXED BY jobs_class WHERE class = ? AND priority = ? AND band = ? "
    "AND state IN ('pending', 'pending-held') LIMIT ?"
)


def release_due(tx: Transaction, c: ReleaseDue) -> int:
    """Held jobs whose time has come go to their queue. None while nobody can say what time it is."""
    if tx.spool.clock_suspect:
        return 0
    due = [job_of(row) for row in fetch(tx.sql, _DUE, (tx.now, c.limit))]
    for job in due:
        tx.move(job, JobEvent.RELEASED, JobState.PENDING, {"actor": HOLDER}, reason=None, detail=None)
    return len(due)


def rerank(tx: Transaction, c: Rerank) -> int:
    """Jobs of a class that stand where the table put them earlier go to where it puts them now."""
    if tx.spool.clock_suspect:  # which day it is nobody can say
        return 0
    row, now = c.row, (c.row.priority, band_of(c.row.express is not None))
    places = fetch(tx.sql, "SELECT priority, band FROM class_places WHERE class = ?", (row.name,))
    changed = 0
    if now not in places:  # first of all: a pass may be broken off, and the table changed before it goes on
        tx.sql.execute("INSERT INTO class_places VALUES (?, ?, ?)", (row.name, *now))
    for was in places:
        if was == now:
            continue
        rest = c.limit - changed
        for job in map(job_of, fetch(tx.sql, _THERE, (row.name, *was, rest))):
            state = next_state(job.state, JobEvent.REORDERED, intent_open=job.intent_open)
            assert state is not None, "what waits may be reordered"
            facts: Facts = {"actor": POLICY, "class": row.name, "priority": now[0], "was_priority": was[0]}
            if was[1] != now[1]:
                facts["band"] = BANDS[now[1]]
            place_anew(tx, job, state, facts, *now)
            changed += 1
    if changed < c.limit and places != [now]:
        tx.sql.execute("DELETE FROM class_places WHERE class = ? AND (priority, band) <> (?, ?)", (row.name, *now))
        tx.draft.add("class-ranked", {"class": row.name, "priority": now[0], "band": BANDS[now[1]]})
    return changed


HANDLERS: Final[dict[type[Command], Handler]] = {ReleaseDue: release_due, Rerank: rerank}
