"""Values of the model as the maps that go over the wire: ids, closed words, amounts, times; never what is printed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from spooler.model.card import Card
from spooler.model.doubt import WHY, Doubt
from spooler.model.explanation import Explanation
from spooler.model.gate import Gate, Pause, Ration
from spooler.model.job import Job
from spooler.model.printer import PrinterState, PrinterStatus, why_stopped
from spooler.model.reprint import ReprintRecord
from spooler.model.restored import Restored
from spooler.model.site import Site

_OPEN: Final = Gate()


def job_map(job: Job) -> dict[str, Any]:
    """A job as its clients see it. Times are milliseconds since 1970."""
    return {
        "id": job.id,
        "number": job.number,
        "version": job.version,
        "state": job.state.value,
        "reason": job.reason,
        "detail": job.detail,
        "kind": job.kind,
        "site": job.site,
        "destination": job.destination,
        "printer": job.printer,
        "priority": job.priority,
        "class": job.priority_class,
        "express": job.band == 0,
        "hold_until_ms": job.hold_until_ms,
        "group": job.group,
        "flow": job.flow,
        "submitter": job.submitter,
        "attempt": job.attempt,
        "intent_open": job.intent_open,
        "evidence": job.evidence,
        "submitted_ms": job.submitted_ms,
        "changed_ms": job.changed_ms,
        "reprint_of": job.reprint_of,
        "reprinted_by": job.reprinted_by,
    }


def doubt_map(job: Job, doubt: Doubt, proof: bytes | None) -> dict[str, Any]:
    """What an officer needs to tell whether a card in his hand is this one. `proof`: a PNG, with CONTOH across it."""
    why = WHY[doubt.row]
    return {
        "id": job.id,
        "number": job.number,
        "kind": job.kind,
        "site": job.site,
        "row": doubt.row,
        "message": why.english,
        "pesan": why.indonesian,
        "printer": doubt.printer,
        "serial": doubt.serial,
        "counter_before": doubt.counter_before,
        "counter_after": doubt.counter_after,
        "attempt": doubt.attempt,
        "intended_ms": doubt.intended_ms,
        "doubted_ms": doubt.doubted_ms,
        "proof": proof,
    }


def reprint_map(record: ReprintRecord) -> dict[str, Any]:
    """Why and by whom a reprint was ordered; for supervisors alone, since a note is anybody's text."""
    return {
        "old": record.old,
        "new": record.new,
        "reason": record.reason,
        "spoiled": record.spoiled,
        "actor": record.actor,
        "ordered_ms": record.at_ms,
        "awaits": record.awaits,
        "approver": record.approver,
        "note": record.note,
    }


def card_map(card: Card, job: Job) -> dict[str, Any]:
    """A blank that a job used, and what the counter calls that job."""
    return {
        "job": card.job,
        "number": job.number,
        "kind": job.kind,
        "attempt": card.attempt,
        "state": card.state.value,
        "stock": card.stock,
        "printer": card.printer,
        "at_ms": card.at_ms,
        "uid": card.uid,
    }


def printer_map(status: PrinterStatus) -> dict[str, Any]:
    """A printer as its press last saw it."""
    return {
        "name": status.name,
        "site": status.site,
        "state": status.state.value,
        "reasons": list(status.reasons),
        "job": status.job,
        "serial": status.serial,
        "counter": status.counter,
        "supplies": [{"name": s.name, "left": s.left, "capacity": s.capacity} for s in status.supplies],
        "printed": status.printed,
        "seconds_per_card": status.seconds_per_card,
        "kinds": list(status.kinds),
        "retry": {
            "state": status.retry.state,
            "failures": status.retry.failures,
            "next_ms": status.retry.next_ms,
        },
        "paused": status.paused,
        "until_ms": status.until_ms,
    }


def pause_map(site: str, printer: str | None, pause: Pause | None) -> dict[str, Any]:
    """A printer or a site, and whether and why a person has stopped it."""
    return {
        "site": site,
        "printer": printer,
        "paused": None if pause is None else pause.reason,
        "actor": None if pause is None else pause.actor,
        "since_ms": None if pause is None else pause.since_ms,
    }


def explanation_map(job: Job, explained: Explanation) -> dict[str, Any]:
    """A job, and why it stands where it stands."""
    return {
        "job": job_map(job),
        "why": list(explained.why),
        "ahead": explained.ahead,
        "more": explained.capped,
        "expected_ms": explained.expected_ms,
        "bound_ms": explained.bound_ms,
        "printers": {"able": explained.able, "working": explained.working, "reasons": list(explained.stops)},
        "until_ms": explained.until_ms,
    }


def restored_map(state: Restored, printers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The restored state; `printers`: a map of each device, see the daemon's desk."""
    return {
        "cause": state.cause.value,
        "copied_ms": state.copied_ms,
        "began_ms": state.began_ms,
        "held": state.held,
        "later": state.later,
        "doubts": state.doubts,
        "printers": list(printers),
    }


def site_map(
    site: Site, printers: Sequence[str], jobs: Mapping[str, int], statuses: Sequence[PrinterStatus] = (),
    gate: Gate = _OPEN, pause: Pause | None = None, rations: Sequence[tuple[Ration, int]] = (),
) -> dict[str, Any]:  # fmt: skip
    """A site, the names of its printers, how many jobs it has in each state, and how its printers stand; what keeps all
    of its cards from being begun, and its rations with the cards begun today."""
    return {
        "code": site.code,
        "name": site.name,
        "label": site.label,
        "status": site.status.value,
        "printers": list(printers),
        "jobs": dict(jobs),
        "working": sum(status.state is not PrinterState.STOPPED for status in statuses),
        "reasons": list(why_stopped(statuses)),
        "paused": None if pause is None else pause.reason,
        "closed": gate.reason,
        "until_ms": gate.until_ms,
        "rations": [
            {"stock": ration.stock, "cards": ration.cards_per_day, "reserve": ration.reserve, "begun": begun}
            for ration, begun in rations
        ],
    }
