"""From a submission to the store's command: routing, admission, packing. Fast, and without pixels.

Everything that can be refused is refused here, before anything is written; what needs pixels is found when the card
is drawn, still before any intent.
"""

from datetime import UTC, datetime, timedelta

from attrs import frozen

from spooler.config import Config
from spooler.model.commands import Submit
from spooler.model.job import Content
from spooler.model.kinds import KINDS
from spooler.model.problem import Problem
from spooler.model.request import JobRequest
from spooler.model.site import City, Principal
from spooler.render import lacking, measure, missing_glyph
from spooler.rules.admission import check
from spooler.rules.routing import route
from spooler.store import pack_payload

from .clock import Clock

NORMAL_BAND = 1


def judge_content(request: JobRequest) -> Problem | None:
    """What is wrong with a job's own data, as far as it shows without pixels; None if nothing is."""
    kind = KINDS.get(request.kind)
    if kind is None:
        return Problem("unknown-kind", f"there is no such kind; there are: {', '.join(KINDS)}", "kind")
    problem = check(
        kind,
        request,
        None if request.photo is None else measure(request.photo),
        None if request.signature is None else measure(request.signature),
    )
    if problem is not None:
        return problem
    # every typeface has printable ASCII, and admission lets nothing unprintable through
    plain = all(map(str.isascii, request.fields.values()))
    missing = None if plain else missing_glyph(request.kind, request.fields)
    if missing is not None:
        field, character = missing
        return Problem("no-glyph", lacking(character), f"fields.{field}")
    return None


@frozen
class _Way:
    """Where a job goes, and what follows from that."""

    site: str
    destination: str
    label: str
    stock: str
    cost_ms: int
    printers: int


class Intake:
    """Judges submissions against the city as it is."""

    def __init__(self, config: Config, clock: Clock, cost_ms: dict[str, int]) -> None:
        self._city: City = config.city
        self._clock = clock
        self._offset = timedelta(hours=config.utc_offset_hours)
        self._cost_ms = cost_ms  # printer -> expected milliseconds per card
        self._ways: dict[tuple[str, str | None, str | None, str, int], _Way] = {}
        self._day = ("", 0.0)

    def admit(self, request: JobRequest, principal: Principal) -> Submit | Problem:
        """The command that stores it, or the first problem. Nothing is stored here."""
        way = self._way(request, principal)
        if isinstance(way, Problem):
            return way
        problem = judge_content(request)
        if problem is not None:
            return problem
        return Submit(  # by position: names cost half as much again, and this is made for every job
            principal.name, request.ticket, request.kind, way.stock, way.site, way.destination, request.priority,
            NORMAL_BAND, request.group or request.flow or principal.name, request.group, request.authorisation,
            pack_payload(Content(request.fields, request.photo, request.signature)),
            way.label, self._today(), way.cost_ms, way.printers,
        )  # fmt: skip

    def _way(self, request: JobRequest, principal: Principal) -> "_Way | Problem":
        """The route with what goes with it. Jobs come by the thousand to the same few places, so it is remembered:
        the memory is bounded by principals, places, kinds and priorities, since only good routes are kept."""
        key = (principal.name, request.site, request.printer, request.kind, request.priority)
        way = self._ways.get(key)
        if way is None:
            found = route(request, self._city, principal)
            if isinstance(found, Problem):
                return found
            way = self._ways[key] = _Way(
                site=found.site,
                destination=found.destination,
                label=self._city.sites[found.site].label,
                stock=KINDS[request.kind].stock.value,
                cost_ms=min(self._cost_ms[name] for name in found.printers),
                printers=len(found.printers),
            )
        return way

    def _today(self) -> str:
        """The site's local date: numbers at the counter begin anew each day."""
        now = self._clock.wall_ms() / 1000
        if now >= self._day[1]:
            local = datetime.fromtimestamp(now, UTC) + self._offset
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            self._day = (local.date().isoformat(), (midnight - self._offset).timestamp())
        return self._day[0]
