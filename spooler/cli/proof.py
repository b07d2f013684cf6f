"""`spooler proof JOB.json -o card.png`: the card as it would be printed, without printing. It always says CONTOH."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any, cast

from PIL import Image, ImageChops

from spooler.backends.contract import Language
from spooler.backends.registry import UnknownBackendError, family
from spooler.config.reference import reference
from spooler.daemon import Inspector
from spooler.model.job import Content
from spooler.model.kinds import KINDS
from spooler.model.picture import Geometry, Planes
from spooler.model.problem import Problem
from spooler.render import Renderer, Side, TemplateError, UnprintableError, grid, load_template, proof
from spooler.wire import Limits, parse_job

from .job_files import JobFileError, read_job_file
from .show import OK, USAGE, CommandError


def add(commands: Any) -> None:
    """The command line."""
    parser = commands.add_parser("proof", help="draw a job's card without printing it")
    parser.add_argument("file", type=Path, metavar="JOB.json")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="card.png")
    add_printer(parser)
    parser.add_argument("--side", choices=("front", "back"), default="front", help="which side (front)")
    parser.add_argument("--template", type=Path, metavar="FILE", help="a template in place of the kind's own")
    parser.add_argument("--grid", action="store_true", help="enlarged, with a millimetre grid and the blocks' areas")
    parser.add_argument("--planes", action="store_true", help="one more picture of each ink: card-k.png …")
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
    geometry, inks = language.model.geometry, language.model.inks[arguments.ribbon]
    content = Content(request.fields, request.photo, request.signature)
    side = cast(Side, arguments.side)
    try:
        renderer = _renderer(request.kind, arguments.template)
        found = Inspector(renderer).admit(request, date.today().isoformat())
        if isinstance(found, Problem):
            raise CommandError(_say(arguments.file, found))
        template = renderer.template(request.kind, content, side=side)
        with renderer.draw(request.kind, geometry, inks, content, side=side) as picture:
            image = proof(picture.planes)
            separations = _separations(picture.planes) if arguments.planes else {}
        if template.upright:
            geometry = geometry.turned(template.height)
            image = image.transpose(Image.Transpose.ROTATE_90)
            separations = {ink: plane.transpose(Image.Transpose.ROTATE_90) for ink, plane in separations.items()}
        _save(arguments.output, grid(image, geometry, template) if arguments.grid else image, geometry)
        for ink, plane in separations.items():
            _save(arguments.output.with_stem(f"{arguments.output.stem}-{ink}"), plane, geometry)
    except UnprintableError as error:
        raise CommandError(f"{arguments.file}: {error}") from error
    except TemplateError as error:
        raise CommandError(str(error), USAGE) from error
    except (OSError, ValueError) as error:
        raise CommandError(f"{arguments.output}: {error}", USAGE) from error
    return OK


def _renderer(kind: str, template: Path | None) -> Renderer:
    own = {} if template is None else {kind: load_template(template, KINDS[kind])}
    return Renderer(specimen=True, canvases=1, templates=own, printed={kind: reference().printed(kind)})


def _separations(planes: Planes) -> dict[str, Image.Image]:
    """Each plane in black on white: the more ink, the darker."""
    size = (planes.geometry.width, planes.geometry.height)
    return {ink: ImageChops.invert(Image.frombytes("L", size, bytes(planes[ink]))) for ink in planes.inks}


def _save(path: Path, image: Image.Image, geometry: Geometry) -> None:
    image.save(path)
    print(f"{path}: {image.width} x {image.height} pixels, card at {geometry.dpi} dpi")


def _say(path: Path, problem: Problem) -> str:
    return f"{path}: {problem.field or 'job'}: {problem.message} [{problem.code}]"
