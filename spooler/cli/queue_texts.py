"""What the commands about waiting jobs say when it is done: in Indonesian and English, with the site's name."""

from typing import Any

from spooler.client import BlockingClient, ServerError

from .times import CityClock

#: (Indonesian, English)
Done = tuple[str, str]


def done_hold(job: dict[str, Any], clock: CityClock) -> Done:
    """It is held, and until when."""
    number, until = job["number"], job["hold_until_ms"]
    if until is None:
        return f"{number} ditahan sampai dilepas.", f"{number} is held until somebody releases it."
    due = clock.shown(until)
    return f"{number} ditahan sampai {due}, lalu dilepas sendiri.", f"{number} is held until {due}, then released."


def done_priority(job: dict[str, Any]) -> Done:
    """The priority that it has now."""
    number, priority = job["number"], job["priority"]
    return f"Prioritas {number} sekarang {priority}.", f"{number} has priority {priority} now."


def done_express(job: dict[str, Any]) -> Done:
    """It goes first, or takes its turn again."""
    number = job["number"]
    if job["express"]:
        return f"{number} didahulukan.", f"{number} goes before all others."
    return f"{number} kembali menunggu gilirannya.", f"{number} takes its turn again."


def done_move(job: dict[str, Any], name: str | None) -> Done:
    """Where it waits now. `name`: the site's, where it is known."""
    number, site = job["number"], job["site"] if name is None else f"{name} ({job['site']})"
    where, _, printer = job["destination"].partition(":")
    if where != "printer":
        return f"{number} sekarang menunggu di {site}.", f"{number} waits at {site} now."
    return (
        f"{number} sekarang menunggu di {site}, untuk printer {printer}.",
        f"{number} waits at {site} now, for printer {printer}.",
    )


def site_name(client: BlockingClient, code: str) -> str | None:
    """The site's name; None for whoever may not list sites."""
    try:
        sites = client.call("sites", {})["sites"]
    except ServerError:
        return None
    return next((str(site["name"]) for site in sites if site["code"] == code), None)
