"""`spooler jobs`, `job`, `cancel`, `release`, `printers`, `sites`, `confirm-clock`: look, and decide."""

import argparse
from collections.abc import Callable
from typing import Any

from spooler.model.ids import parse_id, show_id
from spooler.model.reasons import REASONS

from .connecting import add_address, spooler
from .show import OK, USAGE, CommandError, as_json, jobs_table, table


def add(commands: Any) -> None:
    """The command lines."""
    listing = command(commands, "jobs", _jobs, "list jobs")
    listing.add_argument("--site", help="a site's code")
    listing.add_argument("--state", help="pending, processing, completed …")
    listing.add_argument("--group")
    listing.add_argument("--limit", type=int, default=50, help="at most so many (1 to 1000)")
    one = command(commands, "job", _job, "one job")
    one.add_argument("id", metavar="JOB")
    one.add_argument("--wait", type=_seconds, default=0, metavar="SECONDS", help="wait until it has ended (60 at most)")
    cancel = command(commands, "cancel", _cancel, "cancel a job that is not being printed")
    cancel.add_argument("id", metavar="JOB")
    release = command(commands, "release", _release, "let a held job go to its queue after all")
    release.add_argument("id", metavar="JOB")
    command(commands, "printers", _printers, "the printers and what they wait for")
    command(commands, "sites", _sites, "the sites and their queues")
    command(commands, "confirm-clock", _confirm_clock, "say that the clock is right after it has jumped")


def command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
    """A command that talks to the spooler."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text)
    parser.add_argument("--json", action="store_true", help="the answer as JSON")
    add_address(parser)
    parser.set_defaults(run=run)
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 60:
        raise argparse.ArgumentTypeError("must be from 0 to 60 seconds")
    return seconds


def job_id(text: str) -> str:
    """What a person typed, as an id. Raises CommandError."""
    try:
        return parse_id(text)
    except ValueError as error:
        raise CommandError(str(error), USAGE) from error


def _jobs(arguments: argparse.Namespace) -> int:
    wanted = {key: getattr(arguments, key) for key in ("site", "state", "group", "limit")}
    with spooler(arguments) as client:
        page = client.call("jobs", {key: value for key, value in wanted.items() if value is not None})
    if arguments.json:
        as_json(page)
    else:
        jobs_table(page["jobs"])
    return OK


def _one(arguments: argparse.Namespace, method: str, params: dict[str, Any]) -> int:
    with spooler(arguments) as client:
        job = client.call(method, {"id": job_id(arguments.id)} | params)
    if arguments.json:
        as_json(job)
    else:
        jobs_table([job])
        advise([job["reason"]])
    return OK


def _job(arguments: argparse.Namespace) -> int:
    return _one(arguments, "job", {"wait_ms": int(arguments.wait * 1000)} if arguments.wait else {})


def _cancel(arguments: argparse.Namespace) -> int:
    return _one(arguments, "cancel", {})


def _release(arguments: argparse.Namespace) -> int:
    return _one(arguments, "release", {})


def _printers(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        printers = client.call("printers", {})["printers"]
    if arguments.json:
        as_json(printers)
        return OK
    rows = [
        (p["name"], p["state"], " ".join(p["reasons"]), show_id(p["job"]) if p["job"] else None,
         p["printed"], p["seconds_per_card"], ", ".join(f"{s['name']} {s['left']}" for s in p["supplies"]))
        for p in printers
    ]  # fmt: skip
    table("printers", ("printer", "state", "reasons", "job", "cards", "s/card", "supplies"), rows,
          right=("cards", "s/card"))  # fmt: skip
    advise([reason for printer in printers for reason in printer["reasons"]])
    return OK


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
    table("sites", ("code", "name", "status", "printers", *numbers), rows, right=numbers)
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
            print(f"{keyword} ({reason.owner.value}): {reason.indonesian} / {reason.english}")
            for n, steps in enumerate(zip(reason.steps_indonesian, reason.steps_english, strict=True), 1):
                print(f"  {n}. {steps[0]} / {steps[1]}")
