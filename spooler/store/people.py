"""What people say of cards that have come out, and what they are shown: inspections and views.

An inspection moves the card's own record (model.card) and says so at the job: it stays `completed`, with the reason
`spoiled` where the card failed. The job's retention runs anew from there, so that a failed card can be printed again.
"""

from typing import Final

from spooler.model.card import CARD_TRANSITIONS, CardState, Inspect
from spooler.model.commands import Command
from spooler.model.doubt import View
from spooler.model.job import Job, JobEvent, next_state
from spooler.model.problem import Problem

from .ledger import Facts
from .lifecycle import UNKNOWN, card_facts, seen, spoiling
from .postings import post_card
from .transaction import Handler, Transaction


def inspect(tx: Transaction, c: Inspect) -> Job | Problem:
    """The job's latest card has passed, or is spoiled. Raises ValueError for a defect that is not of the list."""
    spoiled = {} if c.passed else spoiling("inspection", c.defect or "not-stated")
    event = JobEvent.INSPECTED_PASSED if c.passed else JobEvent.INSPECTED_SPOILED
    job = seen(tx, c.job, c.version)
    if isinstance(job, Problem):
        return job
    state = next_state(job.state, event, intent_open=job.intent_open)
    row = tx.row("SELECT attempt, state FROM cards WHERE job = ? ORDER BY attempt DESC LIMIT 1", (job.id,))
    if state is None or row is None:
        return Problem("too-late", "Only a card that was printed can be inspected.", "id")
    attempt, before = row
    after = CardState.PASSED if c.passed else CardState.SPOILED
    if after not in CARD_TRANSITIONS[CardState(before)]:
        return Problem("too-late", f"The card is {before}: it cannot become {after} any more.", "id")
    tx.sql.execute(
        "UPDATE cards SET state = ?, stage = ?, defect = ? WHERE job = ? AND attempt = ?",
        (after, spoiled.get("stage"), spoiled.get("defect"), job.id, attempt),
    )
    facts: Facts = {"actor": c.actor, "attempt": attempt} | spoiled | card_facts(tx, job.id, attempt)
    posting = post_card(tx, job, attempt, CardState(before), after, facts)
    moved = tx.move(job, event, state, facts, reason=None if c.passed else "spoiled")
    if posting is not None:
        posting.write(tx, actor=c.actor)
    return moved


def view(tx: Transaction, c: View) -> bool | Problem:
    """An entry says who was shown what. Raises ValueError for words that are not closed."""
    if c.what not in ("doubt", "note"):
        raise ValueError("a doubt or a note is viewed")
    job = tx.job(c.job)
    if job is None:
        return UNKNOWN
    facts: Facts = {"actor": c.actor, "what": c.what, "job": job.id, "version": job.version, "state": job.state}
    tx.draft.add("viewed", facts | {"site": job.site, "kind": job.kind})
    return True


HANDLERS: Final[dict[type[Command], Handler]] = {Inspect: inspect, View: view}
