"""Routing: which queue a request joins, and which printers may serve it there."""

from attrs import frozen

from spooler.model.job import Job
from spooler.model.kinds import KINDS
from spooler.model.problem import Problem
from spooler.model.request import JobRequest
from spooler.model.site import (
    City,
    Principal,
    PrinterConfig,
    Right,
    Site,
    SiteStatus,
    printer_destination,
    site_destination,
)


@frozen
class Route:
    """Where a job goes."""

    site: str  # the site's code
    destination: str  # "site:21.71.11" or "printer:SGL-1"
    printers: tuple[str, ...]  # those of the destination that may print the kind; never empty


def route(request: JobRequest, city: City, principal: Principal) -> Route | Problem:
    """The route of a request, or the first thing that stands in its way. A request that names a printer joins that
    printer's own queue at the printer's site."""
    if request.kind not in KINDS:
        return Problem("unknown-kind", f"there is no such kind; there are: {', '.join(sorted(KINDS))}", "kind")
    if (request.site is None) == (request.printer is None):
        return Problem("bad-params", "name either a site or a printer", "site")
    printer: PrinterConfig | None = None
    code = request.site
    if request.printer is not None:
        printer = city.printers.get(request.printer)
        if printer is None:
            return Problem("unknown-printer", "there is no such printer; the method `printers` lists them", "printer")
        code = printer.site
    site = None if code is None else city.sites.get(code)
    if site is None:
        return Problem("unknown-site", "there is no such site; the method `sites` lists their codes", "site")

    where = "site" if printer is None else "printer"
    if not principal.may(Right.SUBMIT, site.code):
        return Problem("forbidden", f"this connection may not submit jobs at site {site.code}", where)
    if site.status is not SiteStatus.OPEN:
        return Problem("site-not-open", f"site {site.code} is {site.status}: it takes no jobs", where)
    if not 1 <= request.priority <= 100:
        return Problem("bad-value", "priority must be from 1 to 100", "priority")
    if request.priority > principal.priority_cap:
        return Problem(
            "forbidden", f"this connection may ask for priority {principal.priority_cap} at most", "priority"
        )

    return _to(city, request.kind, site, printer)


def reroute(job: Job, city: City, site_code: str | None, printer_name: str | None) -> Route | Problem:
    """The route of a job that waits to another site, or to one printer; one of the two is named."""
    printer = None if printer_name is None else city.printers.get(printer_name)
    if printer_name is not None and printer is None:
        return Problem("unknown-printer", "there is no such printer; the method `printers` lists them", "printer")
    site = city.sites.get(site_code or "" if printer is None else printer.site)
    if site is None:
        return Problem("unknown-site", "there is no such site; the method `sites` lists their codes", "site")
    if site.status is not SiteStatus.OPEN:
        where = "site" if printer is None else "printer"
        return Problem("site-not-open", f"site {site.code} is {site.status}: it takes no jobs", where)
    return _to(city, job.kind, site, printer)


def _to(city: City, kind: str, site: Site, printer: PrinterConfig | None) -> Route | Problem:
    if printer is not None:
        if kind not in printer.kinds:
            return Problem("no-printer", f"printer {printer.name} is not set up for {kind}", "printer")
        return Route(site.code, printer_destination(printer.name), (printer.name,))
    able = able_at(city, kind, site.code)
    if not able:
        return Problem("no-printer", f"site {site.code} has no printer that is set up for {kind}", "site")
    return Route(site.code, site_destination(site.code), able)


def able_at(city: City, kind: str, site: str) -> tuple[str, ...]:
    """The printers of a site that may print a kind."""
    return tuple(p.name for p in city.printers.values() if p.site == site and kind in p.kinds)
