"""`spooler template check FILE` and `spooler template list`: templates for those who write them."""

import argparse
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

from spooler.backends.contract import Model
from spooler.backends.registry import families, family
from spooler.model.kinds import KINDS, Kind, Need
from spooler.render import (
    Renderer,
    Template,
    TemplateError,
    UnfitRibbonError,
    UnprintableError,
    load_template,
    load_templates,
)

from .samples import sample
from .show import OK, USAGE, CommandError, table


def add(commands: Any) -> None:
    """The command line."""
    parser = commands.add_parser("template", help="check or list the templates of cards")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="check a template: all faults at once, with file and line")
    check.add_argument("file", type=Path, metavar="FILE", help="named as a packaged one, or any with --kind")
    check.add_argument("--kind", choices=list(KINDS), help="check it for this kind only")
    check.set_defaults(run=run_check)
    listing = actions.add_parser("list", help="the packaged templates and the kinds that use them")
    listing.set_defaults(run=run_list)


def run_check(arguments: argparse.Namespace) -> int:
    """Check one file for every kind that would use it."""
    file: Path = arguments.file
    kinds = [KINDS[arguments.kind]] if arguments.kind else _kinds_of(file)
    templates: dict[str, Template] = {}
    faults: dict[str, None] = {}
    for kind in kinds:
        try:
            templates[kind.name] = load_template(file, kind)
        except TemplateError as error:
            faults |= dict.fromkeys(error.faults)
    if not faults:
        renderer = Renderer(specimen=True, canvases=1, templates=templates)
        for kind in kinds:
            faults |= dict.fromkeys(_trials(renderer, kind, templates[kind.name]))
    if faults:
        raise CommandError(f"{file} has faults:\n" + "\n".join(faults), USAGE)
    for kind in kinds:
        sides = ", ".join(f"{side} {_count(template)}" for side, template in _sides(templates[kind.name]).items())
        print(f"{file}: good for {kind.name}: {sides}")
        if hidden := _hidden(kind, templates[kind.name]):
            print(f"{file}: look again: not on every {kind.name} whose job brings it: {', '.join(hidden)}")
    print("drawn on " + ", ".join(f"{name} {model.name}" for name, model in _models()))
    return OK


def run_list(arguments: argparse.Namespace) -> int:
    """The packaged ones."""
    rows = []
    for name, template in load_templates().items():
        sides = _sides(template)
        asks = sorted(frozenset[str]().union(*(side.asks for side in sides.values())))
        size = f"{template.width:g} x {template.height:g}"
        rows.append((KINDS[name].template + ".toml", name, size, " + ".join(sides), ", ".join(asks)))
    table("packaged templates", ("template", "kind", "card, mm", "sides", "asks about"), rows)
    return OK


def _kinds_of(file: Path) -> list[Kind]:
    kinds = [kind for kind in KINDS.values() if kind.template == file.stem]
    if not kinds:
        names = ", ".join(dict.fromkeys(f"{kind.template}.toml" for kind in KINDS.values()))
        raise CommandError(f"{file}: no kind uses a template of this name ({names}): say which with --kind", USAGE)
    return kinds


def _models() -> Iterator[tuple[str, Model]]:
    for name in families():
        for model in family(name).models.values():
            yield name, model


def _trials(renderer: Renderer, kind: Kind, template: Template) -> Iterator[str]:
    """Draw an ordinary job on every model, once for each set of things that the template asks about."""
    asks = sorted(frozenset[str]().union(*(side.asks for side in _sides(template).values())))
    for name, model in _models():
        unfit, tried = 0, 0
        for inks in dict.fromkeys(model.inks.values()):
            for count in range(len(asks) + 1):
                for present in map(frozenset, combinations(asks, count)):
                    tried += 1
                    try:
                        for side in renderer.sides(kind.name):
                            with renderer.draw(kind.name, model.geometry, inks, sample(kind, present), side=side):
                                pass
                    except UnfitRibbonError:
                        unfit += 1
                    except TemplateError as error:
                        yield from error.faults
                    except UnprintableError as error:
                        yield f"{template.name}: on {name} {model.name}: an ordinary {kind.name}: {error}"
        if unfit == tried:
            yield f"{template.name}: {name} {model.name} has no ribbon that can print it"


def _hidden(kind: Kind, template: Template) -> list[str]:
    """Fields that some job brings and its card shows nowhere: on purpose where the blank has them, else a slip."""
    sides = _sides(template).values()
    asks = frozenset[str]().union(*(side.asks for side in sides))
    needs = {"photo": kind.photo, "signature": kind.signature}
    always = asks & {f.name for f in kind.fields if f.required}
    always |= asks & {name for name, need in needs.items() if need is Need.REQUIRED}
    free = sorted(asks - always - {name for name, need in needs.items() if need is Need.NONE})
    hidden: set[str] = set()
    for count in range(len(free) + 1):
        for some in combinations(free, count):
            present = always.union(some)
            chosen = [side.select(present) for side in sides]
            shown = {name for side in chosen for text in side.texts for name in text.fields}
            shown |= {name for side in chosen for qr in side.qrs for name in qr.pattern.fields}
            brought = {f.name for f in kind.fields if f.name not in asks or f.name in present}
            hidden |= brought - shown
    return [f.name for f in kind.fields if f.name in hidden]


def _sides(template: Template) -> dict[str, Template]:
    return {"front": template} | ({"back": template.back} if template.back else {})


def _count(template: Template) -> str:
    number = len(template.blocks)
    return f"{number} block" if number == 1 else f"{number} blocks"
