"""`spooler whereis`, `breach-report`, `hold-payload`: what auditors ask and decide. They need the right `audit`."""

import argparse
import csv
import sys
from typing import Any, Final

from spooler.model.ids import show_id
from spooler.model.localtime import from_local
from spooler.model.privacy import HOLD_REASONS

from .asking_master import read_secret
from .connecting import spooler, talks
from .naming import JOB_HELP, find_job
from .show import OK, USAGE, CommandError, as_json, many, table, tell
from .times import CityClock

#: What a report cannot know, whatever the ledger says.
LIMITS: Final = (
    "It cannot know whether the finder has the master key: without it nothing of this opens.",
    "It cannot know of copies: a backup of the folder keys/ opens what was readable when it was taken.",
    "It counts what this ledger tells, by the clock of this spool.",
)


def add(commands: Any) -> None:
    """The command lines."""
    whereis = commands.add_parser("whereis", help="which jobs and entries concern a person; the number is asked for")
    whereis.add_argument("--kk", action="store_true", help="by Nomor KK instead of NIK")
    talks(whereis, _whereis)
    breach = commands.add_parser("breach-report", help="what could be read on a machine that was lost")
    breach.add_argument("--site", required=True, help="a site's code, or * for all")
    breach.add_argument(
        "--at", required=True, metavar="TIME", help="2026-11-24T08:30 by the city's clock, or with +07:00"
    )
    breach.add_argument("--csv", action="store_true", help="a line per payload")
    talks(breach, _breach_report)
    hold = commands.add_parser("hold-payload", help="keep a job's data beyond its time; without JOB, list what is kept")
    hold.add_argument("id", metavar="JOB", nargs="?", help=JOB_HELP)
    hold.add_argument("--reason", choices=tuple(HOLD_REASONS))
    hold.add_argument("--release", action="store_true", help="lift this reason")
    talks(hold, _hold_payload)


def _whereis(arguments: argparse.Namespace) -> int:
    name, field = ("Nomor KK", "nomor_kk") if arguments.kk else ("NIK", "nik")
    number = read_secret(f"{name} (not shown): ").strip()
    with spooler(arguments) as client:
        found = _all_pages(client, "whereis", {field: number}, "jobs", "entries")
        show = CityClock(client).shown
    if arguments.json:
        as_json(found)
        return OK
    rows = [
        (show_id(job["id"]), job["site"], job["kind"], job["state"], show(job["submitted_ms"]),
         "kept" if job["payload"] else "destroyed")
        for job in found["jobs"]
    ]  # fmt: skip
    table(many(len(rows), "job"), ("id", "site", "kind", "state", "submitted", "data"), rows)
    entries = [(show(at), event, show_id(facts["job"])) for _, _, at, event, facts in found["entries"]]
    table(many(len(entries), "entry"), ("time", "event", "job"), entries)
    if found["more_entries"]:
        tell("there are more entries than one answer holds: follow the jobs with `spooler watch`")
    return OK


def _breach_report(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        clock = CityClock(client)
        try:
            at_ms = from_local(arguments.at, clock.offset)
        except (ValueError, OverflowError):
            raise CommandError(f"--at: {arguments.at!r} is not a time like 2026-11-24T08:30", USAGE) from None
        report = _all_pages(client, "breach-report", {"site": arguments.site, "at_ms": at_ms}, "jobs")
    limits = [*LIMITS, *_gaps(report, clock)]
    if arguments.json:
        as_json(report | {"limits": limits})
        return OK
    if arguments.csv:
        _as_csv(report, clock)
        print("\n".join(limits), file=sys.stderr)
        return OK
    kinds = [(kind["kind"], kind["readable"], kind["deleted"]) for kind in report["kinds"]]
    table(f"{arguments.site}, {clock.shown(report['at_ms'])}", ("kind", "readable", "deleted"), kinds,
          right=("readable", "deleted"))  # fmt: skip
    rows = [
        (show_id(job["id"]), job["kind"], job["exposure"],
         clock.shown(job["submitted_ms"]), clock.shown(job["shredded_ms"]))
        for job in report["jobs"]
    ]  # fmt: skip
    table(many(len(rows), "payload"), ("id", "kind", "exposure", "submitted", "destroyed"), rows)
    for sentence in limits:
        tell(sentence)
    return OK


def _as_csv(report: dict[str, Any], clock: CityClock) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("id", "kind", "exposure", "submitted", "destroyed"))
    for job in report["jobs"]:
        times = (clock.stamp(job["submitted_ms"]), clock.stamp(job["shredded_ms"]))
        writer.writerow((job["id"], job["kind"], job["exposure"], *times))


def _gaps(report: dict[str, Any], clock: CityClock) -> list[str]:
    """What this ledger in particular does not tell."""
    gaps = []
    if report["from_ms"] is None or not report["whole"]:
        gaps.append(
            "Earlier entries of the ledger are not here: what was submitted then and still lay there is missing."
        )
    if report["until_ms"] is None or report["until_ms"] < report["at_ms"]:
        gaps.append(f"The ledger ends before that time, at {clock.shown(report['until_ms']) or 'its beginning'}.")
    if report["unplaced"]:
        gaps.append(
            f"Whether the keys of {report['unplaced']} payloads deleted under an older release were gone is not told."
        )
    return gaps


def _hold_payload(arguments: argparse.Namespace) -> int:
    if arguments.id is None:
        return _list_holds(arguments)
    if arguments.reason is None:
        raise CommandError(f"--reason is missing: one of {', '.join(HOLD_REASONS)}", USAGE)
    method = "release-payload" if arguments.release else "hold-payload"
    with spooler(arguments) as client:
        job = find_job(client, arguments.id)
        answer = client.call(method, {"id": job, "reason": arguments.reason})
    if arguments.json:
        as_json(answer)
    else:
        reason = HOLD_REASONS[arguments.reason]
        done = "tidak lagi ditahan / not held any more" if arguments.release else "ditahan / held"
        print(f"{show_id(job)}: {done}: {reason.indonesian} / {reason.english}")
    return OK


def _list_holds(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        held = _all_pages(client, "payload-holds", {}, "holds")
        show = CityClock(client).shown
    if arguments.json:
        as_json(held)
        return OK
    rows = [
        (show_id(hold["id"]), hold["site"], hold["kind"], hold["reason"], hold["actor"], show(hold["since_ms"]))
        for hold in held["holds"]
    ]
    table(many(len(rows), "hold"), ("id", "site", "kind", "reason", "by", "since"), rows)
    return OK


def _all_pages(client: Any, method: str, params: dict[str, Any], *lists: str) -> dict[str, Any]:
    """The first answer, with the lists of all pages."""
    answer: dict[str, Any] = client.call(method, params)
    while answer["next"] is not None:
        page = client.call(method, params | {"after": answer["next"]})
        more = {"more_entries": True} if page.get("more_entries") else {}
        answer |= {key: answer[key] + page[key] for key in lists} | {"next": page["next"]} | more
    return answer
