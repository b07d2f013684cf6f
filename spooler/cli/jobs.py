"""`spooler jobs`, `job`, `cancel`, `release`, `sites`, `confirm-clock`: look at what is there, and decide."""

import argparse
from typing import Any

from spooler.model.reasons import REASONS

from .connecting import command, spooler
from .naming import JOB_HELP, find_job
from .pause import tell_openings
from .show import OK, as_json, jobs_table, table, tell
from .times import CityClock


def add(commands: Any) -> None:
    """The command lines."""
    listing = command(commands, "jobs", _jobs, "list jobs")
    listing.add_argument("--site", help="a site's code")
    listing.add_argument("--state", help="pending, processing, completed …")
    listing.add_argument("--group")
    listing.add_argument("--limit", type=int, default=50, help="at most so many (1 to 1000)")
    one = command(commands, "job", _job, "one job")
    one.add_argument("id", metavar="JOB", help=JOB_HELP)
    one.add_argument("--wait", type=_seconds, default=0, metavar="SECONDS", help="wait until it has ended (60 at most)")
    cancel = command(commands, "cancel", _cancel, "cancel a job that is not being printed")
    cancel.add_argument("id", metavar="JOB", help=JOB_HELP)
    release = command(commands, "release", _release, "let a held job go to its queue after all")
    release.add_argument("id", metavar="JOB", help=JOB_HELP)
    command(commands, "sites", _sites, "the sites and their queues")
    command(commands, "confirm-clock", _confirm_clock, "say that the clock is right after it has jumped")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 60:
        raise argparse.ArgumentTypeError("must be from 0 to 60 seconds")
    return seconds


def _jobs(arguments: argparse.Namespace) -> int:
    wanted = {key: getattr(arguments, key) for key in ("site", "state", "group", "limit")}
    with spooler(arguments) as client:
        page = client.call("jobs", {key: value for key, value in wanted.items() if value is not None})
    if arguments.json:
        as_json(page)
    else:
        jobs_table(page["jobs"])
    return OK


def one(arguments: argparse.Namespace, method: str, params: dict[str, Any]) -> int:
    """Call a method about one job and show the job that it answers with."""
    with spooler(arguments) as client:
        job = client.call(method, {"id": find_job(client, arguments.id)} | params)
        due = CityClock(client).shown(job.get("hold_until_ms"))
    if arguments.json:
        as_json(job)
    else:
        jobs_table([job])
        if due:
            tell(f"Dilepas sendiri: {due}. / Released by itself: {due}.")
        advise([job["reason"]])
    return OK


def _job(arguments: argparse.Namespace) -> int:
    return one(arguments, "job", {"wait_ms": int(arguments.wait * 1000)} if arguments.wait else {})


def _cancel(arguments: argparse.Namespace) -> int:
    return one(arguments, "cancel", {})


def _release(arguments: argparse.Namespace) -> int:
    return one(arguments, "release", {})


def _sites(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        sites = client.call("sites", {})["sites"]
    if arguments.json:
        as_json(sites)
        return OK
    states = ("pending", "pending-held", "processing", "processing-stopped", "completed")
    rows = [
        (s["code"], s["name"], s["status"], ", ".join(s["printers"]), *(s["jobs"].get(state, 0) for state in states))
        for s in sites
    ]
    numbers = ("wait", "held", "print", "doubt", "done")
    table("sites", ("code", "name", "status", "printers", *numbers), rows, right=numbers, spare=("printers", "status"))
    for site in sites:
        if site["jobs"].get("pending") and site["printers"] and not site.get("working", 1):
            tell(f"{site['code']}: semua printer berhenti; pekerjaannya menunggu. / All its printers have stopped; "
                 "its jobs wait.")  # fmt: skip
            advise(site["reasons"])
    tell_openings(client, "code", sites)
    for site in sites:
        for ration in site.get("rations", ()):
            left = ration["cards"] - ration["begun"]
            tell(f"{site['code']}: {ration['stock']} {ration['begun']} dari/of {ration['cards']}, sisa/left {left}, "
                 f"mendesak/urgent {ration['reserve']}")  # fmt: skip
    advise([site.get("closed") for site in sites])
    return OK


def _confirm_clock(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        answer = client.call("confirm-clock", {})
    if arguments.json:
        as_json(answer)
    return OK


def advise(keywords: list[str | None]) -> None:
    """What is the matter, whose job it is and what to do about each reason, once, in both languages."""
    for keyword in dict.fromkeys(keywords):
        if keyword in REASONS:
            reason = REASONS[keyword]
            tell(f"{keyword} ({reason.owner.value}): {reason.indonesian} / {reason.english}")
            for n, steps in enumerate(zip(reason.steps_indonesian, reason.steps_english, strict=True), 1):
                tell(f"  {n}. {steps[0]} / {steps[1]}")
