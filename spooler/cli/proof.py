"""`spooler proof JOB.json -o card.png`: the card as it would be printed, without printing. It always says CONTOH."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from spooler.backends.contract import Language
from spooler.backends.registry import UnknownBackendError, family
from spooler.config.reference import reference
from spooler.daemon import Inspector
from spooler.model.job import Content
from spooler.model.problem import Problem
from spooler.render import Renderer, UnprintableError, proof
from spooler.wire import Limits, parse_job

from .job_files import JobFileError, read_job_file
from .show import OK, USAGE, CommandError


def add(commands: Any) -> None:
    """The command line."""
    parser = commands.add_parser("proof", help="draw a job's card without printing it")
    parser.add_argument("file", type=Path, metavar="JOB.json")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="card.png")
    add_printer(parser)
    parser.set_defaults(run=run)


def add_printer(parser: argparse.ArgumentParser) -> None:
    """The arguments that say for which printer a card is drawn."""
    parser.add_argument("--family", default="evolis", help="the printer's family (evolis)")
    parser.add_argument("--model", default="primacy", help="the printer's model (primacy)")
    parser.add_argument("--ribbon", default="YMCKO", help="the ribbon (YMCKO)")


def language_of(arguments: argparse.Namespace) -> Language:
    """The language that they name. Raises CommandError."""
    try:
        return family(arguments.family).language(arguments.model, arguments.ribbon)
    except UnknownBackendError as error:
        raise CommandError(str(error), USAGE) from error
    except KeyError as error:
        raise CommandError(f"the family {arguments.family} has no {error.args[0]}", USAGE) from error


def run(arguments: argparse.Namespace) -> int:
    """Draw."""
    try:
        raw = read_job_file(arguments.file)
    except JobFileError as error:
        raise CommandError(str(error)) from error
    language = language_of(arguments)
    request = parse_job(raw, "", Limits())
    if isinstance(request, Problem):
        raise CommandError(_say(arguments.file, request))
    found = Inspector().admit(request, date.today().isoformat())
    if isinstance(found, Problem):
        raise CommandError(_say(arguments.file, found))
    printed = {request.kind: reference().printed(request.kind)}
    geometry, inks = language.model.geometry, language.model.inks[arguments.ribbon]
    content = Content(request.fields, request.photo, request.signature)
    try:
        with Renderer(specimen=True, canvases=1, printed=printed).draw(
            request.kind, geometry, inks, content
        ) as picture:
            image = proof(picture.planes)
        image.save(arguments.output)
    except UnprintableError as error:
        raise CommandError(f"{arguments.file}: {error}") from error
    except (OSError, ValueError) as error:
        raise CommandError(f"{arguments.output}: {error}", USAGE) from error
    print(f"{arguments.output}: {image.width} x {image.height} pixels, {geometry.dpi} dpi")
    return OK


def _say(path: Path, problem: Problem) -> str:
    return f"{path}: {problem.field or 'job'}: {problem.message} [{problem.code}]"
