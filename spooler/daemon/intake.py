"""From a submission to the store's command: routing, admission, preflight, packing. Fast, and without pixels.

Everything that can be refused is refused here, before anything is written; what needs pixels is found when the card
is drawn, still before any intent, or at once where the sender asks for a full check.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import evolve, frozen

from spooler.backends.contract import Language
from spooler.config import Config
from spooler.model.commands import Submit
from spooler.model.finding import Finding, Severity, refusal
from spooler.model.holding import LONGEST_HOLD_MS
from spooler.model.ids import parse_id
from spooler.model.job import Content
from spooler.model.kinds import KINDS
from spooler.model.policy import ClassRow, in_force
from spooler.model.privacy import person_fields, persons_of
from spooler.model.problem import Problem
from spooler.model.reasons import REASONS
from spooler.model.request import JobRequest
from spooler.model.site import City, Principal
from spooler.model.stock import local_day
from spooler.rules.care import media_of
from spooler.rules.classing import Placed, place_request
from spooler.rules.order import NORMAL
from spooler.rules.routing import Route, may_submit, route
from spooler.store import pack_payload

from .clock import Clock
from .inspection import Inspector, hold_of

_DAY_MS: Final = 86_400_000


@frozen
class _Way:
    """Where a job goes, and what follows from that."""

    site: str
    destination: str
    label: str
    stock: str
    cost_ms: int
    printers: int
    languages: tuple[Language, ...]  # one for each geometry and ribbon that it may be drawn for
    persons: tuple[tuple[str, str], ...]  # the kind's fields that hold a person's number


class Intake:
    """Judges submissions against the city as it is."""

    def __init__(self, config: Config, clock: Clock, languages: Mapping[str, Language], inspector: Inspector) -> None:
        """`languages`: by the printer's name."""
        self._city: City = config.city
        self._clock = clock
        self._offset_ms = config.utc_offset_hours * 3_600_000
        self._languages = languages
        self.media = {
            name: media_of(printer, languages[name].model.media) for name, printer in config.city.printers.items()
        }
        self._inspector = inspector
        self._day = -1, ""  # the last day that was asked for: its number, and its date
        self._rows = config.priority_classes
        self._classes: tuple[str, Mapping[str, ClassRow]] | None = None  # of a day
        self._ways: dict[tuple[str | None, str | None, str], _Way] = {}

    def admit(self, request: JobRequest, principal: Principal) -> Submit | Problem:
        """The command that stores it, or the first problem. Nothing is stored here."""
        band, why = NORMAL, None
        if request.priority_class is not None or request.express is not None:
            placed = self._place(request, principal)
            if isinstance(placed, Problem):
                return placed
            request, band, why = placed.request, placed.band, placed.express
        way = self._way(request, principal)
        if isinstance(way, Problem):
            return way
        today = self.today()
        found = self._inspector.admit(request, today)
        if isinstance(found, Problem):
            return found
        submit = Submit(  # by position: names cost half as much again, and this is made for every job
            principal.owner, request.ticket, request.kind, way.stock, way.site, way.destination, request.priority,
            band, request.group or request.flow or principal.owner, request.group, request.authorisation,
            pack_payload(Content(request.fields, request.photo, request.signature)),
            way.label, today, way.cost_ms, way.printers, (), None, None,
            persons_of(way.persons, request.fields) if way.persons else (),
        )  # fmt: skip
        if request.reprint_of is not None:
            try:
                submit = evolve(submit, reprint_of=parse_id(request.reprint_of))
            except ValueError:
                return Problem("bad-value", "A job id has 16 letters and digits, shown as 4-4-4-4.", "reprint_of")
        if request.hold_until_ms is not None or request.priority_class is not None or why is not None:
            if (request.hold_until_ms or 0) > self._clock.wall_ms() + LONGEST_HOLD_MS:
                return Problem("bad-value", "A job may be held for a year at most.", "hold_until_ms")
            submit = evolve(
                submit, priority_class=request.priority_class, hold_until_ms=request.hold_until_ms, express=why
            )
        if principal.via is not None:
            submit = evolve(submit, officer=principal.name)
        return with_findings(submit, found) if found else submit

    def inspect(self, request: JobRequest, principal: Principal) -> list[Finding]:
        """Everything that would be said of it, refusals first; nothing is stored."""
        placed = self._place(request, principal)
        if isinstance(placed, Problem):
            return [refusal(placed), *self._inspector.inspect(request, self.today())]
        request = placed.request
        way = self._way(request, principal)
        found = self._inspector.inspect(request, self.today())
        # an unknown kind has no way; that it is unknown is said once
        return [refusal(way), *found] if isinstance(way, Problem) and way.field != "kind" else found

    def languages(self, request: JobRequest, principal: Principal) -> Sequence[Language]:
        """The languages of the printers that may draw it, each kind of them once; () for one that none may."""
        placed = self._place(request, principal)
        way = placed if isinstance(placed, Problem) else self._way(placed.request, principal)
        return () if isinstance(way, Problem) else way.languages

    def _place(self, request: JobRequest, principal: Principal) -> Placed | Problem:
        """The request at the place that it asks for."""
        printer = self._city.printers.get(request.printer) if request.printer is not None else None
        site = request.site if printer is None else printer.site
        return place_request(request, self._in_force(self.today()), principal, site)

    def _in_force(self, day: str) -> Mapping[str, ClassRow]:
        if self._classes is None or self._classes[0] != day:
            self._classes = day, in_force(self._rows, day)
        return self._classes[1]

    def _way(self, request: JobRequest, principal: Principal) -> "_Way | Problem":
        """The route with what goes with it. Jobs come by the thousand to the same few places, so it is remembered:
        the memory is bounded by places and kinds, as only good routes are kept. Who may go it is never remembered."""
        key = (request.site, request.printer, request.kind)
        way = self._ways.get(key)
        if way is not None:
            refused = may_submit(request, way.site, principal)
            if refused is not None:
                return refused
        else:
            found = route(request, self._city, principal, self.media)
            if isinstance(found, Problem):
                return found
            able = [self._languages[name] for name in found.printers]
            way = self._ways[key] = _Way(
                site=found.site,
                destination=found.destination,
                label=self._city.sites[found.site].label,
                stock=KINDS[request.kind].stock.value,
                cost_ms=self._cost_ms(found.printers),
                printers=len(able),
                languages=tuple(
                    {
                        (language.model.geometry, language.model.inks[language.ribbon]): language for language in able
                    }.values()
                ),
                persons=person_fields(request.kind),
            )
        return way

    def share_ms(self, route: Route) -> int:
        """Expected machine time of one card there, over its printers."""
        return self._cost_ms(route.printers) // len(route.printers)

    def _cost_ms(self, printers: Sequence[str]) -> int:
        return min(
            int(language.model.card_seconds(language.ribbon) * 1000)
            for language in map(self._languages.__getitem__, printers)
        )

    def today(self) -> str:
        """The site's local date: numbers at the counter begin anew each day."""
        now = self._clock.wall_ms()
        number = (now + self._offset_ms) // _DAY_MS
        if number != self._day[0]:
            self._day = number, local_day(now, self._offset_ms)
        return self._day[1]


def with_findings(submit: Submit, found: Sequence[Finding]) -> Submit | Problem:
    """The command with what was found: it is refused, held, or stored with its warnings."""
    refused = next((finding for finding in found if finding.severity is Severity.REJECT), None)
    if refused is not None:
        return Problem(refused.code, refused.message, refused.field, details=refused.details)
    together = (*submit.findings, *found)
    held = hold_of(together)
    if held is None:
        return evolve(submit, findings=together)
    reason = held.code if held.code in REASONS else "check-record"
    return evolve(submit, findings=together, hold=reason, detail=f"{held.field} {held.code}")
