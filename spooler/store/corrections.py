"""Corrections: an answer that was wrong is put right by a new entry; the old one stays in the ledger as it was.

Two cards under one authorisation, where no reprint beside a first card has opened the second, are an incident. It is
judged over the whole chain of reprints and over the job that has the authorisation now. A job that would make one card
too many is canceled in the same transaction, as long as none can move for it; once cards are there nobody can take one
back, and the entry is all that software can do.
"""

from collections.abc import Sequence
from typing import Final

from spooler.model.card import GOOD, CardState
from spooler.model.commands import Command
from spooler.model.correction import ANSWERS, Correct, after_correction
from spooler.model.ids import JobId
from spooler.model.job import FINAL, Job, JobEvent, next_state
from spooler.model.problem import Problem
from spooler.model.stock import local_day

from . import counters
from .ledger import Facts
from .lifecycle import TOO_LATE, book_card, card_facts, seen, spoiling
from .postings import post_card
from .rows import fetch
from .stock import day_for, incident
from .transaction import Handler, Transaction

_NO_ANSWER: Final = Problem("too-late", "Nobody has answered for a card of this job: there is nothing to correct.")
_GONE: Final = frozenset({CardState.HANDED_OVER, CardState.RETURNED, CardState.DESTROYED})
_LONGEST: Final = 100  # jobs of one chain that are looked at
#: Answered by people: a doubt that was resolved, or a card that failed inspection.
_ANSWERED: Final = """
    SELECT i.attempt, c.state FROM intents i LEFT JOIN cards c ON c.job = i.job AND c.attempt = i.attempt
    WHERE i.job = ? AND (i.outcome LIKE 'resolved-%' OR i.outcome = 'found-printed' OR c.stage = 'inspection')
    ORDER BY i.attempt DESC LIMIT 1
"""
_NEAR: Final = (
    "SELECT new FROM reprints WHERE old = ?1 AND new IS NOT NULL UNION SELECT old FROM reprints WHERE new = ?1"
)


def correct(tx: Transaction, c: Correct) -> Job | Problem:
    """The job where the right answer leaves it. Raises ValueError for words that are not closed."""
    wanted, spoiled = ANSWERS[c.answer], spoiling(c.stage, c.defect)
    if (wanted is CardState.SPOILED) != bool(c.stage):
        raise ValueError("a spoiled card has a stage, and only that")
    job = seen(tx, c.job, c.version)
    if isinstance(job, Problem):
        return job
    answered = tx.row(_ANSWERED, (job.id,))
    if answered is None:
        return _NO_ANSWER
    attempt, was = answered[0], None if answered[1] is None else CardState(answered[1])
    said = "no-card" if was is None else "spoiled" if was is CardState.SPOILED else "printed"
    if was in _GONE:
        return Problem("too-late", f"The card is {was} already: it is beyond a correction.")
    if said == c.answer:
        return Problem("bad-value", f"That is the answer that stands: {said}.", "answer")
    (outcome,) = tx.row("SELECT outcome FROM intents WHERE job = ? AND attempt = ?", (job.id, attempt))
    if c.answer == "no-card" and outcome == JobEvent.PRINTED:
        return Problem("bad-value", "The printer counted this card: it is printed or spoiled, not missing.", "answer")
    rest = fetch(tx.sql, "SELECT state FROM cards WHERE job = ? AND attempt <> ?", (job.id, attempt))
    cards = [CardState(state) for (state,) in rest] + ([] if wanted is None else [wanted])
    holder = _holder(tx, job)
    (payload,) = tx.row("SELECT payload IS NOT NULL FROM jobs WHERE id = ?", (job.id,))
    event, reason = after_correction(cards, payload=bool(payload), successor=holder not in (None, job.id))
    state = next_state(job.state, event, intent_open=job.intent_open)
    if state is None:
        return TOO_LATE
    chain = _chain(tx, job, holder)
    before = _surplus(tx, chain)
    (was_stage,) = tx.row("SELECT stage FROM cards WHERE job = ? AND attempt = ?", (job.id, attempt)) or (None,)
    tx.sql.execute("DELETE FROM cards WHERE job = ? AND attempt = ?", (job.id, attempt))
    if wanted is not None:
        book_card(tx, job.id, attempt, wanted, spoiled)
    # a reprint that was opened because of the wrong answer, and that nobody has submitted yet, has no ground any more
    tx.sql.execute("DELETE FROM reprints WHERE old = ? AND new IS NULL", (job.id,))
    book = card_facts(tx, job.id, attempt)
    if state not in FINAL:
        _revive(tx, job)
    elif holder is None:
        _spend(tx, job)
    facts: Facts = {"actor": c.actor, "attempt": attempt, "was": said, "answer": c.answer} | spoiled | book
    printer = None if state not in FINAL or wanted is None else book["printer"]
    outside = counters.corrected(tx, job, attempt, was, wanted)
    posting = post_card(tx, job, attempt, was, wanted, facts, was_stage)
    moved = tx.move(job, event, state, facts, reason=reason, printer=printer)
    if posting is not None:
        posting.with_outside(outside).write(tx, actor=c.actor)
    for rival in chain:
        if rival != job.id and _surplus(tx, chain) > max(before, 0):
            _cancel(tx, rival, c.actor)
    if _surplus(tx, chain) > max(before, 0):
        others = [other for other in chain if other != job.id]
        more: Facts = {"other": others[0]} if others else {}
        facts = more | {"actor": c.actor, "job": job.id, "version": moved.version, "state": state, "kind": job.kind}
        day, _ = day_for(tx, job.site, local_day(tx.now, tx.means.offset_ms))
        incident(tx, job.site, day, "two-cards", facts)
    return moved


def _cancel(tx: Transaction, rival: JobId, actor: str) -> None:
    """No card for this one, if none can move yet."""
    job = tx.job(rival)
    event = JobEvent.CANCELED
    state = None if job is None else next_state(job.state, event, intent_open=job.intent_open)
    if job is not None and state is not None:
        tx.move(job, event, state, {"actor": actor}, reason=None, printer=None)


def _holder(tx: Transaction, job: Job) -> JobId | None:
    """Who has the authorisation now; without one, who was printed in this job's place."""
    (authorisation,) = tx.row("SELECT authorisation FROM jobs WHERE id = ?", (job.id,))
    if authorisation is None:
        newer = None if job.reprinted_by is None else tx.job(job.reprinted_by)
        return job.id if newer is None or newer.state in ("canceled", "aborted") else newer.id
    row = tx.row("SELECT job FROM authorisations WHERE hash = ?", (authorisation,))
    return None if row is None else JobId(row[0])


def _chain(tx: Transaction, job: Job, holder: JobId | None) -> list[JobId]:
    """All jobs that are linked to this one, or to the one that has the authorisation now."""
    found: list[JobId] = []
    ask = [job.id] if holder is None else [holder, job.id]
    while ask and len(found) < _LONGEST:
        at = ask.pop()
        if at not in found:
            found.append(at)
            ask += [JobId(near) for (near,) in fetch(tx.sql, _NEAR, (at,))]
    return found


def _surplus(tx: Transaction, chain: Sequence[JobId]) -> int:
    """Cards beyond those that are right: one, and one for each reprint beside a first card. One to come counts."""
    out = -1
    for job in chain:
        good = sum(state in GOOD for (state,) in fetch(tx.sql, "SELECT state FROM cards WHERE job = ?", (job,)))
        (state,) = tx.row("SELECT state FROM jobs WHERE id = ?", (job,))
        cards = good + (state not in FINAL)
        beside = tx.row("SELECT NOT spoiled FROM reprints WHERE new = ?", (job,)) or (0,)
        out += cards - (beside[0] if cards else 0)
    return out


def _revive(tx: Transaction, job: Job) -> None:
    """It waits for a card again: what was noted at its end is taken back."""
    tx.sql.execute("UPDATE tickets SET state = NULL WHERE hash = (SELECT ticket FROM jobs WHERE id = ?)", (job.id,))
    tx.sql.execute(
        "INSERT INTO authorisations SELECT authorisation, id, site, NULL FROM jobs "
        "WHERE id = ? AND authorisation IS NOT NULL ON CONFLICT DO UPDATE SET state = NULL WHERE job = excluded.job",
        (job.id,),
    )


def _spend(tx: Transaction, job: Job) -> None:
    """It has a card after all: its authorisation, which had been given back, is spent."""
    tx.sql.execute(
        "INSERT INTO authorisations SELECT authorisation, id, site, NULL FROM jobs "
        "WHERE id = ? AND authorisation IS NOT NULL",
        (job.id,),
    )


HANDLERS: Final[dict[type[Command], Handler]] = {Correct: correct}
