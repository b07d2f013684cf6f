"""The command `spooler`: one module per command, each with `add(subparsers)` and a function that runs it.

Only the module of the command that was given is loaded: the spooler starts without the pages and papers of the others.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from spooler import __version__

from .show import CommandError

#: module -> the commands that it adds, in the order of the help.
COMMANDS: Final = {
    "serve": ("serve",),
    "submit": ("submit",),
    "preflight": ("preflight",),
    "jobs": ("jobs", "job", "cancel", "release", "sites", "confirm-clock"),
    "printers": ("printers",),
    "queue": ("explain", "hold", "priority", "move", "group"),
    "desk": ("desk",),
    "cards": ("doubt", "resolve", "inspect", "reprint", "note", "approve", "correct"),
    "stock": ("stock",),
    "report": ("report",),
    "watch": ("watch",),
    "ledger": ("ledger",),
    "privacy": ("whereis", "breach-report", "hold-payload"),
    "keys": ("keys",),
    "backup": ("backup", "restore"),
    "restored": ("restored",),
    "proof": ("proof",),
    "template": ("template",),
    "token": ("token",),
    "simulate": ("simulate", "simulate-do"),
    "capture": ("capture",),
    "check": ("check",),
    "rpc": ("rpc",),
    "demo": ("demo", "play"),
}


def parser(command: str = "") -> argparse.ArgumentParser:
    """The command line of one command; the whole of it where there is no such command."""
    top = argparse.ArgumentParser(
        prog="spooler", description="A print spooler for identity cards: each job once, every blank accounted for."
    )
    top.add_argument("--version", action="version", version=f"ktp-spooler {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in [module for module, names in COMMANDS.items() if command in names] or COMMANDS:
        import_module(f".{module}", __package__).add(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code: 0 done, 1 refused, 2 usage or config, 3 no spooler answers."""
    given = sys.argv[1:] if argv is None else argv
    arguments = parser(given[0] if given else "").parse_args(given)
    try:
        code: int = arguments.run(arguments)
    except CommandError as error:
        print(f"spooler: {error}", file=sys.stderr)
        return error.code
    except BrokenPipeError:  # the reader of our output left: `spooler jobs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return code
