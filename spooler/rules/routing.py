"""Routing: which queue a request joins, and which printers may serve it there."""

from collections.abc import Mapping, Sequence

from attrs import frozen

from spooler.model.job import Job
from spooler.model.kinds import KINDS, Stock
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

#: printer -> the stocks that it may be given; a card of another body can break it
Media = Mapping[str, frozenset[Stock]]


@frozen
class Route:
    """Where a job goes."""

    site: str  # the site's code
    destination: str  # "site:21.71.11" or "printer:SGL-1"
    printers: tuple[str, ...]  # those of the destination that may print the kind; never empty


def route(request: JobRequest, city: City, principal: Principal, media: Media) -> Route | Problem:
    """The route of a request, or the first thing that stands in its way. A request that names a printer joins that
    printer's own queue at the printer's site.
    """
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
    refused = may_submit(request, site.code, principal)
    if refused is not None and refused.field != "priority":
        return refused
    if site.status is not SiteStatus.OPEN:
        return Problem("site-not-open", f"site {site.code} is {site.status}: it takes no jobs", where)
    if refused is not None:
        return refused
    return _to(city, request.kind, site, printer, media)


def may_submit(request: JobRequest, site: str, principal: Principal) -> Problem | None:
    """Why the principal may not submit this at that site; None if it may. Asked for every job: rights change while
    routes stay."""
    if not principal.may(Right.SUBMIT, site):
        where = "site" if request.printer is None else "printer"
        return Problem("forbidden", f"this connection may not submit jobs at site {site}", where)
    if not 1 <= request.priority <= 100:
        return Problem("bad-value", "priority must be from 1 to 100", "priority")
    if request.priority > principal.priority_cap:
        return Problem(
            "forbidden", f"this connection may ask for priority {principal.priority_cap} at most", "priority"
        )
    return None


def reroute(job: Job, city: City, media: Media, site_code: str | None, printer_name: str | None) -> Route | Problem:
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
    return _to(city, job.kind, site, printer, media)


def _to(city: City, kind: str, site: Site, printer: PrinterConfig | None, media: Media) -> Route | Problem:
    where = "site" if printer is None else "printer"
    there = [printer] if printer is not None else [p for p in city.printers.values() if site.code in p.sites]
    able = tuple(p.name for p in there if kind in p.kinds and KINDS[kind].stock in media[p.name])
    if not able:
        stock = KINDS[kind].stock
        if there and not any(stock in media[p.name] for p in there):
            return Problem("media-not-allowed", _not_allowed(kind, stock, [p.name for p in there]), where)
        lacks = f"site {site.code} has no printer that" if printer is None else f"printer {printer.name}"
        return Problem("no-printer", f"{lacks} is {'not ' if printer else ''}set up for {kind}", where)
    return Route(site.code, site_destination(site.code) if printer is None else printer_destination(printer.name), able)


def able_at(city: City, kind: str, site: str, media: Media) -> tuple[str, ...]:
    """The printers of a site that may print a kind."""
    stock = KINDS[kind].stock
    return tuple(
        p.name for p in city.printers.values() if site in p.sites and kind in p.kinds and stock in media[p.name]
    )


def _not_allowed(kind: str, stock: Stock, printers: Sequence[str]) -> str:
    """Which kind, which stock, which printers (the first nine), and what to do."""
    named = ", ".join(printers[:9]) + (" …" if len(printers) > 9 else "")
    return (
        f"{kind} is printed on {stock}, which may not be put into {named}: it could break the printer. "
        f"Name a site or printer for {stock}, or ask IT to look at `media`"
    )
