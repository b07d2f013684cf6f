"""An application that speaks for an officer: both must be allowed what is asked.

The officer acts and stands in the ledger as the actor; the application is named beside as `via`. Tickets and jobs stay
the application's: a counter that asks again after a lost answer, with the next officer at the screen, gets the first
answer and no second card. What neither a right nor a site of both covers, nobody may.
"""

from attrs import evolve

from spooler.model.site import ALL_SITES, ANYBODY, Principal


def may_speak_for(application: Principal, officer: Principal) -> bool:
    """Whether the configuration lets it. Programs that speak for others are spoken for by nobody."""
    if officer.name == application.name or officer.speaks_for:
        return False
    return officer.name in application.speaks_for or ANYBODY in application.speaks_for


def on_behalf(application: Principal, officer: Principal) -> Principal:
    """The officer, as far as the application reaches, or the other way about: rights, sites, priority and days are
    those of both."""
    firsts = [day for day in (application.first_day, officer.first_day) if day is not None]
    lasts = [day for day in (application.last_day, officer.last_day) if day is not None]
    return evolve(
        officer,
        rights=application.rights & officer.rights,
        sites=_common(application.sites, officer.sites),
        priority_cap=min(application.priority_cap, officer.priority_cap),
        first_day=max(firsts, default=None),
        last_day=min(lasts, default=None),
        via=application.name,
    )


def _common(some: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    if some == ALL_SITES:
        return others
    return some if others == ALL_SITES else tuple(site for site in some if site in others)
