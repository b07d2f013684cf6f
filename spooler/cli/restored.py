"""`spooler restored list | release | printed | end`: after a restore, from held jobs back to work."""

import argparse
from typing import Any

from .connecting import command, spooler
from .naming import JOB_HELP, find_job
from .show import OK, as_json, jobs_table, many, table, tell
from .times import CityClock


def add(commands: Any) -> None:
    """The command lines."""
    group = commands.add_parser("restored", help="after a restore: compare counters, answer for the jobs that wait")
    acts = group.add_subparsers(title="what to do", metavar="ACT", required=True)
    command(acts, "list", _list, "what waits, and each printer's counter beside the one that the copy knew")
    release = command(acts, "release", _release, "let jobs go to their queues: their cards do not exist")
    which = release.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", metavar="JOB", help=JOB_HELP)
    which.add_argument("--printer", help="what waits for this printer, and for its site where it stands alone there")
    which.add_argument("--site", help="what waits at this site")
    which.add_argument("--all", action="store_true", help="everything")
    printed = command(acts, "printed", _printed, "the job's card exists already")
    printed.add_argument("id", metavar="JOB", help=JOB_HELP)
    printed.add_argument("--printer", required=True, help="where its blank was used")
    printed.add_argument("--serial", help="which device, where the printer was exchanged")
    command(acts, "end", _end, "all is answered: new jobs are printed as they come")


def _list(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        state = client.call("restored", {})["restored"]
        clock = CityClock(client)
    if arguments.json:
        as_json(state)
        return OK
    if state is None:
        print("Nothing waits since a restore.")
        return OK
    copied = clock.shown(state["copied_ms"] or state["began_ms"])
    held, doubts = many(state["held"], "job"), many(state["doubts"], "doubt")
    print(f"Waiting: {held} of the copy, {state['later']} submitted since; {doubts}.")
    columns = ("known", "now", "own", "found", "unexplained")
    rows = [
        (d["printer"], d["serial"], d["known"], d["counter"], d["own"], d["found"], d["unexplained"])
        for d in state["printers"]
    ]
    table("counters", ("printer", "serial", *columns), rows, right=columns, spare=("own", "found"))
    tell(
        "unexplained: cards that the printer made after the copy and that no job stands for yet. Find them, answer for"
        " their jobs with `restored printed`, release the others, then `restored end`."
    )
    tell(f"Let applications submit again what they submitted since {copied}: those jobs wait here too.")
    return OK


def _release(arguments: argparse.Namespace) -> int:
    released = 0
    with spooler(arguments) as client:
        job = arguments.id and find_job(client, arguments.id)
        given = {"id": job, "printer": arguments.printer, "site": arguments.site}
        params = {key: value for key, value in given.items() if value} or {"all": True}
        while True:
            answer = client.call("restored-release", params)
            released += answer["released"]
            if not answer["left"] or not answer["released"]:
                break
    total = {"released": released, "left": answer["left"]}
    if arguments.json:
        as_json(total)
    else:
        print(f"Released: {many(released, 'job')}.")
    return OK


def _printed(arguments: argparse.Namespace) -> int:
    params = {"printer": arguments.printer}
    if arguments.serial:
        params["serial"] = arguments.serial
    with spooler(arguments) as client:
        params["id"] = find_job(client, arguments.id)
        job = client.call("restored-printed", params)
    if arguments.json:
        as_json(job)
    else:
        jobs_table([job])
    return OK


def _end(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        answer = client.call("restored-end", {})
    if arguments.json:
        as_json(answer)
    elif answer["ended"]:
        print("The restored state has ended. Jobs that were submitted meanwhile wait until they are released.")
    else:
        print("Nothing waits since a restore.")
    return OK
