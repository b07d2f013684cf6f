"""Gates: may this printer begin a card of this site and stock now; if not, why, and when may that change?

Theory: the first reason that holds is told, in the order in which somebody could do something about it: the printer's
pause, the site's pause, opening hours, the ration. A card that has begun is finished whatever shuts meanwhile. The
count of a ration is the store's (cards that a printer took on this local day and that were not surely none), which
checks it once more in the transaction of the claim: two printers that saw the same number cannot pass it together.

Limits: a card belongs to the ration of the day on which a printer took its job, also where midnight lies between that
and the card.
"""

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from spooler.model.commands import Submit
from spooler.model.gate import Gate, Pauses, Ration
from spooler.model.job import Job
from spooler.model.site import printer_destination, site_destination
from spooler.model.stock import day_end, local_day

from .hours import Calendar, opening
from .order import EXPRESS

OPEN = Gate()


@frozen
class GateRules:
    """What the config says of a city's gates."""

    calendar: Calendar = field(factory=Calendar)
    rations: Mapping[tuple[str, str], Ration] = field(factory=dict)  # (site, stock)
    offset_ms: int = 0  # of the city's clock before UTC


def gate(rules: GateRules, pauses: Pauses, printer: str, site: str, stock: str, begun: int, now_ms: int) -> Gate:
    """`begun`: cards of this site and stock on this local day, where it has a ration."""
    if printer_destination(printer) in pauses:
        return Gate("paused")
    if site_destination(site) in pauses:
        return Gate("site-paused")
    hours = rules.calendar.of(site, printer)
    opens = opening(hours, now_ms, rules.offset_ms)
    if opens != now_ms:
        return Gate("outside-window", opens)
    ration = rules.rations.get((site, stock))
    if ration is None or begun < ration.cards_per_day - ration.reserve:
        return OPEN
    midnight = day_end(local_day(now_ms, rules.offset_ms), rules.offset_ms)
    until_ms = opening(hours, midnight, rules.offset_ms)
    if begun >= ration.cards_per_day:
        return Gate("ration-spent", until_ms)
    return Gate("ration-reserve", until_ms, ration.urgent_priority)


def site_gate(rules: GateRules, pauses: Pauses, site: str, now_ms: int) -> Gate:
    """Of a site as a whole, whatever its printers and stocks."""
    if site_destination(site) in pauses:
        return Gate("site-paused")
    opens = opening(rules.calendar.of_site(site), now_ms, rules.offset_ms)
    return OPEN if opens == now_ms else Gate("outside-window", opens)


def is_urgent(job: Job | Submit, urgent_priority: int) -> bool:
    """Whether a job may have of a reserve: of blanks, or of places in the queue."""
    return job.band == EXPRESS or job.priority >= urgent_priority


def most(ration: Ration, job: Job) -> int:
    """How many cards of the day may have been begun before this job's."""
    return ration.cards_per_day - (0 if is_urgent(job, ration.urgent_priority) else ration.reserve)


def soonest(gates: Sequence[Gate]) -> Gate | None:
    """Of shut gates, the one that opens first by itself, else any; None where one of them lets a card through."""
    if not gates or not all(one.shut for one in gates):
        return None
    return min(gates, key=lambda one: (one.until_ms is None, one.until_ms or 0))
