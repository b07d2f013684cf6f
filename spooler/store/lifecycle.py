"""What happens to a job after its submission. The only source of legality is model.job's table.

Every handler judges first and writes after, so that a refused command leaves nothing behind. A press's commands name
the job's version and the printer's epoch; what does not fit is `stale`, whatever the reason: that press has to look
again. People's commands are told more.
"""

from typing import Final

from spooler.model.card import DEFECTS, CardState
from spooler.model.commands import Attach, Change, Claim, Command, Intend, Resolve, Return, Settle
from spooler.model.daysheet import STAGES
from spooler.model.detail import is_detail
from spooler.model.holding import LONGEST_HOLD_MS, UNTIL
from spooler.model.ids import JobId
from spooler.model.job import Job, JobEvent, JobState, next_state
from spooler.model.problem import Problem
from spooler.model.reasons import REASONS
from spooler.model.site import printer_destination, site_destination
from spooler.model.stock import local_day
from spooler.model.verdict import Verdict

from . import counters
from .day_cards import take_card
from .ledger import Facts
from .postings import CARDS, post_verdict
from .rows import COLUMNS, fetch, job_of
from .transaction import RESTORED, Handler, Transaction
from .tries import count_try, forget_tries

COMPARE: Final = Problem(
    "forbidden", "The job waits since a restore: a supervisor answers for it, once the counters have been compared."
)
STALE: Final = Problem("stale", "The job or its printer changed meanwhile: read it again and repeat.")
UNKNOWN: Final = Problem("unknown-job", "There is no such job: check the id.")
TOO_LATE: Final = Problem("too-late", "The job has ended, or its card may already move: this cannot be done any more.")
PAUSED: Final = Problem("busy", "The printer or the site was paused meanwhile: the job waits.")
#: A printer's epoch, and whether it or the site is paused: one look.
_MAY: Final = """
    SELECT coalesce((SELECT epoch FROM printers WHERE name = ?), 0), EXISTS (SELECT 1 FROM pauses WHERE what IN (?, ?))
"""

_CHANGES: Final = frozenset({JobEvent.HELD, JobEvent.RELEASED, JobEvent.CANCELED, JobEvent.ABORTED})
_WITH_REASON: Final = frozenset({JobEvent.HELD, JobEvent.ABORTED})
_VERDICTS: Final = {
    Verdict.PRINTED: JobEvent.PRINTED,
    Verdict.NOT_PRINTED: JobEvent.NOT_PRINTED,
    Verdict.UNKNOWN: JobEvent.DOUBTED,
}
_ANSWERS: Final = frozenset({JobEvent.RESOLVED_PRINTED, JobEvent.RESOLVED_SPOILED, JobEvent.RESOLVED_NO_CARD})


def seen(tx: Transaction, job_id: JobId, version: int) -> Job | Problem:
    """The job, if it is as whoever sent the command saw it."""
    job = tx.job(job_id)
    if job is None:
        return UNKNOWN
    return job if job.version == version else STALE


def change(tx: Transaction, c: Change) -> Job | Problem:
    """Hold, release, cancel, abort. Raises ValueError for any other event."""
    if c.event not in _CHANGES:
        raise ValueError(f"Change cannot carry {c.event}")
    job = seen(tx, c.job, c.version)
    if isinstance(job, Problem):
        return job
    if c.event is JobEvent.RELEASED and awaits_approval(tx, job):
        return Problem("forbidden", "Another supervisor must approve this second card: a release is not enough.")
    if c.reason is not None and (c.event not in _WITH_REASON or c.reason not in REASONS):
        return Problem("bad-value", "The reason must be one of the closed list, for a held or aborted job.", "reason")
    if c.detail is not None and (c.reason is None or not is_detail(c.detail)):
        return Problem("bad-value", "The detail must name a field and amounts, beside a reason.", "detail")
    if c.event is JobEvent.RELEASED and job.reason == RESTORED:
        return COMPARE
    if c.event is JobEvent.HELD and job.state is JobState.PENDING_HELD and job.reason != UNTIL:
        return Problem("too-late", "The job is held already, for another reason, which somebody must look at.")
    state = next_state(job.state, c.event, intent_open=job.intent_open)
    if state is None:
        return TOO_LATE
    if c.event is JobEvent.RELEASED and job.attempt:
        forget_tries(tx, job.id)
    facts: Facts = {"actor": c.actor}
    if c.until_ms is not None:
        if c.reason != UNTIL or not tx.now < c.until_ms <= tx.now + LONGEST_HOLD_MS:
            return Problem("bad-value", "A job is held until a time to come, within a year.", "until_ms")
        facts["until_ms"] = c.until_ms
    return tx.move(job, c.event, state, facts, reason=c.reason, printer=None, detail=c.detail, hold_until_ms=c.until_ms)


def attach(tx: Transaction, c: Attach) -> int:
    """The printer's next epoch; jobs that an older press took and did not begin go back to the queue."""
    epoch = tx.epoch(c.printer) + 1
    tx.sql.execute(
        "INSERT INTO printers VALUES (?, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch", (c.printer, epoch)
    )
    tx.draft.add("attached", {"printer": c.printer, "epoch": epoch})
    taken = fetch(
        tx.sql,
        f"SELECT {COLUMNS} FROM jobs WHERE state = 'processing' AND printer = ? ORDER BY id",
        (c.printer,),
    )
    for job in map(job_of, taken):
        _step(tx, job, JobEvent.RETURNED, {"printer": c.printer}, printer=None)  # refused where an intent is open
    return epoch


def claim(tx: Transaction, c: Claim) -> Job | Problem:
    """The press takes the job, and its queue moves on (model.order.Progress.begun)."""
    job = seen(tx, c.job, c.version)
    if isinstance(job, Problem):
        return job
    epoch, paused = tx.row(_MAY, (c.printer, printer_destination(c.printer), site_destination(job.site)))
    if epoch != c.epoch:
        return STALE
    if paused:
        return PAUSED
    if job.state is JobState.PENDING:
        day = local_day(tx.now, tx.means.offset_ms)
        spent = take_card(tx.sql, day, job, c.most, new_day=day != tx.spool.cards_day)
        if spent is not None:
            return spent
        tx.spool.cards_day = day
    moved = _step(tx, job, JobEvent.CLAIMED, {}, printer=c.printer)
    if isinstance(moved, Job):
        tx.sql.execute(
            "INSERT INTO queues SELECT site, share_ms, fair_start FROM jobs WHERE id = ? "
            "ON CONFLICT DO UPDATE SET clock = clock + excluded.clock, v = max(v, excluded.v)",
            (job.id,),
        )
        tx.sql.execute(
            "INSERT INTO flows SELECT site, flow, fair_start, fair_start + share_ms FROM jobs WHERE id = ? "
            "ON CONFLICT DO UPDATE SET fair_start = max(fair_start, excluded.fair_start), "
            "ends = max(ends, excluded.ends)",
            (job.id,),
        )
        tx.sql.execute(
            "DELETE FROM flows WHERE site = ?1 AND ends <= (SELECT v FROM queues WHERE site = ?1)", (job.site,)
        )
    return moved


def give_back(tx: Transaction, c: Return) -> Job | Problem:
    """Before any intent: the job keeps its rank."""
    job = _in_press(tx, c)
    if isinstance(job, Problem):
        return job
    return _step(tx, job, JobEvent.RETURNED, {"printer": c.printer}, printer=None)


def intend(tx: Transaction, c: Intend) -> Job | Problem:
    """The durable intent: the next attempt begins."""
    job = _in_press(tx, c)
    if isinstance(job, Problem):
        return job
    facts: Facts = {"attempt": job.attempt + 1, "serial": c.serial}
    if c.counter is not None:
        facts["counter"] = c.counter
    moved = _step(tx, job, JobEvent.INTENDED, facts, attempt=job.attempt + 1, intent_open=True)
    if isinstance(moved, Job):
        tx.sql.execute(
            "INSERT INTO intents (job, attempt, copy, printer, epoch, serial, counter, at_ms) "
            "VALUES (?, ?, 1, ?, ?, ?, ?, ?)",
            (job.id, moved.attempt, c.printer, c.epoch, c.serial, c.counter, tx.now),
        )
        counters.intended(tx, moved, c)
    return moved


def settle(tx: Transaction, c: Settle) -> Job | Problem:
    """A verdict. Raises ValueError for WAIT, which is not one."""
    if c.judgement.verdict not in _VERDICTS:
        raise ValueError("WAIT settles nothing: keep the intent open")
    event = _VERDICTS[c.judgement.verdict]
    job = _in_press(tx, c)
    if isinstance(job, Problem):
        return job
    facts: Facts = {"row": c.judgement.row, "attempt": job.attempt, "printer": c.printer}
    if c.counter is not None:
        facts["counter"] = c.counter
    moved = _conclude(tx, job, event, facts, evidence=c.judgement.row)
    if moved is None:
        return STALE
    if event is not JobEvent.DOUBTED:  # so the printer is the one of the intent
        counters.settled(tx, moved, c, printed=event is JobEvent.PRINTED)
    tx.sql.execute(
        "UPDATE intents SET counter_after = ? WHERE job = ? AND attempt = ?", (c.counter, job.id, job.attempt)
    )
    if event is JobEvent.NOT_PRINTED and c.hold_at is not None:
        return count_try(tx, moved, c.printer, c.hold_at)
    return moved


def resolve(tx: Transaction, c: Resolve) -> Job | Problem:
    """An officer's answer to a doubt. Raises ValueError for any other event, and for words that are not closed."""
    if c.event not in _ANSWERS:
        raise ValueError(f"Resolve cannot carry {c.event}")
    spoiled = spoiling(c.stage, c.defect)
    if spoiled and c.event is not JobEvent.RESOLVED_SPOILED:
        raise ValueError("only a spoiled card has a stage and a defect")
    job = seen(tx, c.job, c.version)
    if isinstance(job, Problem):
        return job
    facts: Facts = {"actor": c.actor, "attempt": job.attempt}
    facts |= spoiled
    if job.printer is not None:
        facts["printer"] = job.printer
    moved = _conclude(tx, job, c.event, facts, evidence=job.evidence)
    if moved is not None:
        counters.answered(tx, moved, c.event)
    return moved or TOO_LATE


def book_card(tx: Transaction, job: JobId, attempt: int, state: CardState, spoiled: Facts) -> Facts:
    """A card of an attempt; the facts by which the stock book knows it. `spoiled`: may hold stage and defect."""
    tx.sql.execute(
        "INSERT INTO cards (job, copy, attempt, state, stock, printer, serial, at_ms, stage, defect) "
        "SELECT j.id, i.copy, i.attempt, ?, j.stock, i.printer, i.serial, ?, ?, ? "
        "FROM jobs j JOIN intents i ON i.job = j.id WHERE j.id = ? AND i.attempt = ?",
        (state, tx.now, spoiled.get("stage"), spoiled.get("defect"), job, attempt),
    )
    return card_facts(tx, job, attempt)


def card_facts(tx: Transaction, job: JobId, attempt: int) -> Facts:
    """What the stock book wants to know of a card beside the job: its stock, and the printer that was given it."""
    stock, printer, serial = tx.row(
        "SELECT j.stock, i.printer, i.serial FROM jobs j JOIN intents i ON i.job = j.id "
        "WHERE j.id = ? AND i.attempt = ?",
        (job, attempt),
    )
    return {"stock": stock, "printer": printer, "serial": serial}


def spoiling(stage: str | None, defect: str | None) -> Facts:
    """Where and how a card was spoiled, as facts. Raises ValueError for words that are not of the closed lists."""
    facts: Facts = {}
    if stage is not None:
        if stage not in STAGES:
            raise ValueError("a card is spoiled at a stage of the closed list")
        facts["stage"] = stage
    if defect is not None:
        if defect not in DEFECTS:
            raise ValueError("a card has a defect of the closed list")
        facts["defect"] = defect
    return facts


def awaits_approval(tx: Transaction, job: Job) -> bool:
    """Whether it is a second card that nobody else has approved yet."""
    if job.reprint_of is None:
        return False
    row = tx.row("SELECT awaits AND approver IS NULL FROM reprints WHERE new = ?", (job.id,))
    return row is not None and bool(row[0])


def _in_press(tx: Transaction, c: Return | Intend | Settle) -> Job | Problem:
    """The job, if this press has it as it says."""
    job = seen(tx, c.job, c.version)
    if isinstance(job, Job) and (job.printer != c.printer or tx.epoch(c.printer) != c.epoch):
        return STALE
    return job


def _step(
    tx: Transaction, job: Job, event: JobEvent, facts: Facts, *,
    printer: str | None = "", attempt: int | None = None, intent_open: bool = False,
) -> Job | Problem:  # fmt: skip
    state = next_state(job.state, event, intent_open=job.intent_open)
    if state is None:
        return STALE
    return tx.move(
        job, event, state, facts, reason=None, printer=job.printer if printer == "" else printer,
        attempt=job.attempt if attempt is None else attempt, intent_open=intent_open,
    )  # fmt: skip


def _conclude(tx: Transaction, job: Job, event: JobEvent, facts: Facts, *, evidence: str | None) -> Job | None:
    """What verdicts and answers have in common: the intent's outcome, the card, the reason."""
    state = next_state(job.state, event, intent_open=job.intent_open)
    if state is None:
        return None
    doubted = state is JobState.PROCESSING_STOPPED
    if not doubted:
        tx.sql.execute("UPDATE intents SET outcome = ? WHERE job = ? AND attempt = ?", (event, job.id, job.attempt))
    if event in CARDS:
        facts |= book_card(tx, job.id, job.attempt, CARDS[event], facts)
    reason = "inspect-card" if doubted else "spoiled" if event is JobEvent.RESOLVED_SPOILED else None
    posting = post_verdict(tx, job, event, facts)
    moved = tx.move(
        job, event, state, facts, reason=reason, evidence=evidence, intent_open=doubted,
        printer=None if state is JobState.PENDING else job.printer,
    )  # fmt: skip
    if posting is not None:
        posting.write(tx, actor=None if event is JobEvent.PRINTED else str(facts["actor"]), in_doubt=True)
    return moved


HANDLERS: Final[dict[type[Command], Handler]] = {
    Attach: attach,
    Change: change,
    Claim: claim,
    Intend: intend,
    Resolve: resolve,
    Return: give_back,
    Settle: settle,
}
