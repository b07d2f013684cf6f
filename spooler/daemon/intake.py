"""From a submission to the store's command: routing, admission, preflight, packing. Fast, and without pixels.

Everything that can be refused is refused here, before anything is written; what needs pixels is found when the card
is drawn, still before any intent, or at once where the sender asks for a full check.
"""

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from spooler.backends.contract import Language
from spooler.config import Config
from spooler.model.commands import Submit
from spooler.model.finding import Finding, Severity, refusal
from spooler.model.ids import parse_id
from spooler.model.job import Content
from spooler.model.kinds import KINDS
from spooler.model.privacy import person_fields, persons_of
from spooler.model.problem import Problem
from spooler.model.reasons import REASONS
from spooler.model.request import JobRequest
from spooler.model.site import City, Principal
from spooler.model.stock import local_day
from spooler.rules.care import media_of
from spooler.rules.routing import Route, route
from spooler.store import pack_payload

from .clock import Clock
from .inspection import Inspector, hold_of

NORMAL_BAND = 1


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
        self._ways: dict[tuple[str, str | None, str | None, str | None, str, int], _Way] = {}

    def admit(self, request: JobRequest, principal: Principal) -> Submit | Problem:
        """The command that stores it, or the first problem. Nothing is stored here."""
        way = self._way(request, principal)
        if isinstance(way, Problem):
            return way
        today = self.today()
        found = self._inspector.admit(request, today)
        if isinstance(found, Problem):
            return found
        submit = Submit(  # by position: names cost half as much again, and this is made for every job
            principal.owner, request.ticket, request.kind, way.stock, way.site, way.destination, request.priority,
            NORMAL_BAND, request.group or request.flow or principal.owner, request.group, request.authorisation,
            pack_payload(Content(request.fields, request.photo, request.signature)),
            way.label, today, way.cost_ms, way.printers, (), None, None,
            persons_of(way.persons, request.fields) if way.persons else (),
        )  # fmt: skip
        if request.reprint_of is not None:
            try:
                submit = evolve(submit, reprint_of=parse_id(request.reprint_of))
            except ValueError:
                return Problem("bad-value", "A job id has 16 letters and digits, shown as 4-4-4-4.", "reprint_of")
        if principal.via is not None:
            submit = evolve(submit, officer=principal.name)
        return with_findings(submit, found) if found else submit

    def inspect(self, request: JobRequest, principal: Principal) -> list[Finding]:
        """Everything that would be said of it, refusals first; nothing is stored."""
        way = self._way(request, principal)
        found = self._inspector.inspect(request, self.today())
        # an unknown kind has no way; that it is unknown is said once
        return [refusal(way), *found] if isinstance(way, Problem) and way.field != "kind" else found

    def languages(self, request: JobRequest, principal: Principal) -> Sequence[Language]:
        """The languages of the printers that may draw it, each kind of them once; () for one that none may."""
        way = self._way(request, principal)
        return () if isinstance(way, Problem) else way.languages

    def _way(self, request: JobRequest, principal: Principal) -> "_Way | Problem":
        """The route with what goes with it. Jobs come by the thousand to the same few places, so it is remembered:
        the memory is bounded by principals, places, kinds and priorities, since only good routes are kept."""
        key = (principal.name, principal.via, request.site, request.printer, request.kind, request.priority)
        way = self._ways.get(key)
        if way is None:
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
        return local_day(self._clock.wall_ms(), self._offset_ms)


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
