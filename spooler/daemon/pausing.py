"""Methods by which people stop a printer or a site: pause, resume."""

from collections.abc import Mapping
from typing import Any

from spooler.model.gate import Paused, SetPause
from spooler.model.problem import Problem, Refused
from spooler.model.site import City, Principal, Right, printer_destination, site_destination
from spooler.wire.views import pause_map

from .session import Handler, Session
from .writer import Writer


class Pausing:
    """`pause`, `resume`: of a printer with the right to operate at its site, of a site with the right to supervise."""

    def __init__(self, city: City, writer: Writer) -> None:
        self._city = city
        self._writer = writer
        self.handlers: Mapping[str, Handler] = {"pause": self._set, "resume": self._set}

    async def _set(self, session: Session, params: dict[str, Any]) -> dict[str, Any]:
        principal = session.principal
        assert principal is not None
        site, printer = self._what(principal, params)
        (outcome,) = await self._writer.do(SetPause(principal.name, site, printer, params.get("reason")))
        assert isinstance(outcome, Paused)
        what = site_destination(site) if printer is None else printer_destination(printer)
        return pause_map(site, printer, outcome.pauses.get(what))

    def _what(self, principal: Principal, params: dict[str, Any]) -> tuple[str, str | None]:
        """(the site, the printer or None). Raises Refused."""
        name = params.get("printer")
        if name is not None:
            printer = self._city.printers.get(name)
            if printer is None:
                raise Refused(Problem("unknown-printer", "there is no such printer: see `printers`", "printer"))
            if not principal.may(Right.OPERATE, printer.site):
                raise Refused(Problem("forbidden", "you need the right to operate at this printer's site", "printer"))
            return printer.site, name
        site: str = params["site"]
        if site not in self._city.sites:
            raise Refused(Problem("unknown-site", "there is no such site: see `sites`", "site"))
        if not principal.may(Right.SUPERVISE, site):
            raise Refused(Problem("forbidden", "you need the right to supervise at this site", "site"))
        return site, None
