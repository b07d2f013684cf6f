"""`spooler submit`: hand job files to the spooler."""

import argparse
from pathlib import Path
from typing import Any, Final

from spooler.model.ids import show_id

from .connecting import add_address, spooler
from .job_files import JobFileError, read_job_file
from .show import OK, REFUSED, CommandError, as_json, table

#: Jobs in one message: with the largest pictures that are allowed they stay below the longest message.
BATCH: Final = 10


def add(commands: Any) -> None:
    """The command line."""
    parser = commands.add_parser("submit", help="submit jobs from JSON files")
    parser.add_argument("files", type=Path, nargs="+", metavar="JOB.json")
    parser.add_argument("--full", action="store_true", help="draw and look at each card before its job is taken")
    parser.add_argument("--json", action="store_true", help="the answers as JSON")
    add_address(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Submit; the exit code is 1 if any job was refused."""
    try:
        jobs = [read_job_file(path) for path in arguments.files]
    except JobFileError as error:
        raise CommandError(str(error)) from error
    with spooler(arguments) as client:
        answers = [
            answer
            for start in range(0, len(jobs), BATCH)
            for answer in client.submit(jobs[start : start + BATCH], full=arguments.full)
        ]
    if arguments.json:
        as_json(answers)
    else:
        table("submitted", ("file", "number", "id", "state"), [
            (path.name, answer.get("number"), show_id(answer["id"]) if "id" in answer else None, _say(answer))
            for path, answer in zip(arguments.files, answers, strict=True)
        ])  # fmt: skip
        for path, answer in zip(arguments.files, answers, strict=True):
            for found in answer.get("findings", ()):
                print(f"{path.name}: {found.get('field', 'job')}: {found['pesan']} / {found['message']}")
    return REFUSED if any("error" in answer for answer in answers) else OK


def _say(answer: dict[str, Any]) -> str:
    if "error" in answer:
        error = answer["error"]
        field = error.get("field", "").partition(".")[2]  # the file says which job it is
        return f"refused: {field} {error['message']} [{error['code']}]"
    return f"{answer['state']} (already submitted)" if answer["repeat"] else str(answer["state"])
