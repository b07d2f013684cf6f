"""`spooler family new NAME`: a package for a new printer family, which the contract suite then guides."""

import argparse
import keyword
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from spooler.backends.registry import families

from .family_files import files_of
from .show import OK, REFUSED, USAGE, CommandError


def add(commands: Any) -> None:
    """The command line."""
    parser = commands.add_parser("family", help="begin a new printer family")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    new = actions.add_parser("new", help="write a package with its language, its test and its entry point")
    new.add_argument("name", metavar="NAME", help="lower-case letters and digits: a module, and the config's `family`")
    new.add_argument("--directory", type=Path, default=Path(), metavar="DIR", help="where NAME/ is made (here)")
    new.set_defaults(run=run_new)


def run_new(arguments: argparse.Namespace) -> int:
    """Write the package, or nothing."""
    name: str = arguments.name
    if fault := _fault(name):
        raise CommandError(f"{name!r} cannot be a family's name: {fault}", USAGE)
    folder: Path = arguments.directory / name
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise CommandError(f"{folder} is there already; nothing was written", REFUSED) from None
    except OSError as error:
        raise CommandError(f"{folder} cannot be made: {error.strerror}", REFUSED) from error
    for path, text in files_of(name).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    print(f"wrote {folder}: read docs/adding-a-printer.md, then")
    print(f"  cd {folder} && pip install -e '.[test]' && python -m pytest")
    print("and write what the tests ask for, until they pass")
    return OK


def _fault(name: str) -> str | None:
    """What is wrong with a name; None for a good one."""
    if not re.fullmatch(r"[a-z][a-z0-9]{1,31}", name, re.ASCII):
        return "it is 2 to 32 lower-case letters and digits, beginning with a letter"
    if keyword.iskeyword(name) or name in sys.stdlib_module_names:
        return "Python has that word for itself"
    if name in families():
        return "there is such a family already"
    if find_spec(name) is not None:
        return "a module of that name is installed here"
    return None
