"""Values of the model as the maps that go over the wire: ids, closed words, amounts, times; never what is printed."""

from collections.abc import Mapping, Sequence
from typing import Any

from spooler.model.card import Card
from spooler.model.job import Job
from spooler.model.printer import PrinterStatus
from spooler.model.site import Site


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
        "group": job.group,
        "flow": job.flow,
        "submitter": job.submitter,
        "attempt": job.attempt,
        "intent_open": job.intent_open,
        "evidence": job.evidence,
        "submitted_ms": job.submitted_ms,
        "changed_ms": job.changed_ms,
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
    }


def site_map(site: Site, printers: Sequence[str], jobs: Mapping[str, int]) -> dict[str, Any]:
    """A site, the names of its printers and how many jobs it has in each state."""
    return {
        "code": site.code,
        "name": site.name,
        "label": site.label,
        "status": site.status.value,
        "printers": list(printers),
        "jobs": dict(jobs),
    }
