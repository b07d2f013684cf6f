"""Routing: the queue a request joins, and each thing that can stand in its way."""

import pytest
from attrs import evolve

from spooler.model.kinds import ACCOUNTABLE, KINDS, Stock
from spooler.model.problem import CODES, Problem
from spooler.model.request import JobRequest
from spooler.model.site import City, Principal, PrinterConfig, Right, Site, SiteStatus
from spooler.rules.routing import Route, route


def printer(name: str, site: str, *kinds: str) -> PrinterConfig:
    return PrinterConfig(name, site, "evolis", "primacy", "tcp://127.0.0.1:9100", "YMCKO", kinds)


CITY = City(
    "KEPULAUAN RIAU",
    "KOTA BATAM",
    {
        site.code: site
        for site in (
            Site("21.71.01", "SATU", "SAT", SiteStatus.OPEN),
            Site("21.71.02", "DUA", "DUA", SiteStatus.PREPARING),
            Site("21.71.03", "TIGA", "TIG", SiteStatus.PAUSED),
            Site("21.71.04", "EMPAT", "EMP", SiteStatus.CLOSED),
            Site("21.71.05", "LIMA", "LIM", SiteStatus.OPEN),
        )
    },
    {
        p.name: p
        for p in (
            printer("SAT-1", "21.71.01", "ktp", "selftest"),
            printer("SAT-2", "21.71.01", "selftest"),
            printer("SAT-3", "21.71.01", "selftest", "ktp"),
            printer("DUA-1", "21.71.02", "ktp"),
            printer("LIM-1", "21.71.05", "selftest"),
        )
    },
)
CLERK = Principal("front", frozenset({Right.SUBMIT}), priority_cap=60)
AT_SITE = JobRequest("t-1", "ktp", "21.71.01", None, {})
AT_PRINTER = JobRequest("t-1", "ktp", None, "SAT-3", {})
ANY = dict.fromkeys(CITY.printers, ACCOUNTABLE)
#: KTP units: the wrong card breaks them.
NO_KIA = dict.fromkeys(CITY.printers, ACCOUNTABLE - {Stock.CARD_KIA})


def test_a_site_is_the_pool_of_its_able_printers() -> None:
    assert route(AT_SITE, CITY, CLERK, ANY) == Route("21.71.01", "site:21.71.01", ("SAT-1", "SAT-3"))


def test_a_printer_is_a_queue_of_its_own() -> None:
    assert route(AT_PRINTER, CITY, CLERK, ANY) == Route("21.71.01", "printer:SAT-3", ("SAT-3",))


@pytest.mark.parametrize(
    ("request_", "code", "field", "words"),
    [
        (evolve(AT_SITE, kind="passport"), "unknown-kind", "kind", ", ".join(sorted(KINDS))),
        (evolve(AT_SITE, site="99.99.99"), "unknown-site", "site", "sites"),
        (evolve(AT_PRINTER, printer="XXX-1"), "unknown-printer", "printer", "printers"),
        (evolve(AT_SITE, site="21.71.02"), "site-not-open", "site", "preparing"),
        (evolve(AT_SITE, site="21.71.03"), "site-not-open", "site", "paused"),
        (evolve(AT_SITE, site="21.71.04"), "site-not-open", "site", "closed"),
        (evolve(AT_PRINTER, printer="DUA-1"), "site-not-open", "printer", "preparing"),
        (evolve(AT_SITE, site="21.71.05"), "no-printer", "site", "ktp"),
        (evolve(AT_PRINTER, printer="SAT-2"), "no-printer", "printer", "SAT-2"),
        (evolve(AT_SITE, priority=61), "forbidden", "priority", "60"),
        (evolve(AT_SITE, priority=0), "bad-value", "priority", "1 to 100"),
        (evolve(AT_SITE, priority=101), "bad-value", "priority", "1 to 100"),
        (evolve(AT_SITE, site=None), "bad-params", "site", "either"),
        (evolve(AT_SITE, printer="SAT-1"), "bad-params", "site", "either"),
    ],
)
def test_refusals(request_: JobRequest, code: str, field: str, words: str) -> None:
    problem = route(request_, CITY, CLERK, ANY)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.field) == (code, field)
    assert code in CODES
    assert words in problem.message


@pytest.mark.parametrize("asked", [evolve(AT_SITE, priority=60), evolve(AT_SITE, priority=1)])
def test_priority_up_to_the_cap(asked: JobRequest) -> None:
    assert isinstance(route(asked, CITY, CLERK, ANY), Route)


@pytest.mark.parametrize("asked", [AT_SITE, AT_PRINTER])
def test_only_where_the_principal_may(asked: JobRequest) -> None:
    elsewhere = evolve(CLERK, sites=("21.71.05",))
    watcher = evolve(CLERK, rights=frozenset({Right.WATCH, Right.OPERATE}))
    for principal in (elsewhere, watcher):
        problem = route(asked, CITY, principal, ANY)
        assert isinstance(problem, Problem)
        assert problem.code == "forbidden"
    assert isinstance(route(asked, CITY, evolve(CLERK, sites=("21.71.05", "21.71.01")), ANY), Route)


@pytest.mark.parametrize("asked", [AT_SITE, AT_PRINTER])
def test_a_kia_job_for_ktp_units_is_refused_by_name(asked: JobRequest) -> None:
    problem = route(evolve(asked, kind="kia-0-5"), CITY, CLERK, NO_KIA)
    assert isinstance(problem, Problem)
    assert problem.code == "media-not-allowed"
    named = "SAT-1, SAT-2, SAT-3" if asked is AT_SITE else "SAT-3"
    for word in ("kia-0-5", "card-kia", f" {named}:", "`media`"):
        assert word in problem.message


def test_a_pool_with_one_printer_for_the_stock_takes_it_there() -> None:
    kia = printer("SAT-4", "21.71.01", "kia-0-5", "ktp")
    city = evolve(CITY, printers=CITY.printers | {"SAT-4": kia, "SAT-5": evolve(kia, name="SAT-5")})
    media = {**NO_KIA, "SAT-4": frozenset({Stock.CARD_KIA}), "SAT-5": frozenset({Stock.CARD_KTP_WNI})}
    assert route(evolve(AT_SITE, kind="kia-0-5"), city, CLERK, media) == Route(
        "21.71.01", "site:21.71.01", ("SAT-4",)
    )  # fmt: skip
    found = route(AT_SITE, city, CLERK, media)
    assert isinstance(found, Route)
    assert found.printers == ("SAT-1", "SAT-3", "SAT-5"), "not the one whose feeder takes KIA cards alone"


def test_a_printer_that_might_but_is_not_set_up_is_no_danger() -> None:
    problem = route(evolve(AT_SITE, kind="kia-0-5"), CITY, CLERK, NO_KIA | {"SAT-2": ACCOUNTABLE})
    assert isinstance(problem, Problem)
    assert problem.code == "no-printer"
