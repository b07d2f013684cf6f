"""The command `spooler`: one module per command, each with `add(subparsers)` and a function that runs it.

Only the module of the command that was given is loaded: the spooler starts without the pages and papers of the others.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, Final

from spooler import __version__

from .show import CommandError

#: module -> the commands that it adds, in the order of the help.
COMMANDS: Final = {
    "serve": ("serve",),
    "submit": ("submit",),
    "preflight": ("preflight",),
    "jobs": ("jobs", "job", "cancel", "release", "sites", "confirm-clock"),
    "printers": ("printers",),
    "queue": ("explain", "hold", "priority", "express", "move", "group"),
    "pause": ("pause", "resume"),
    "desk": ("desk",),
    "cards": ("doubt", "resolve", "inspect", "card-uid", "reprint", "note", "approve", "correct"),
    "stock": ("stock",),
    "report": ("report",),
    "watch": ("watch",),
    "stats": ("stats",),
    "ledger": ("ledger",),
    "privacy": ("whereis", "breach-report", "hold-payload"),
    "keys": ("keys",),
    "backup": ("backup", "restore"),
    "restored": ("restored",),
    "proof": ("proof",),
    "template": ("template",),
    "token": ("token",),
    "family": ("family",),
    "simulate": ("simulate", "simulate-do"),
    "capture": ("capture",),
    "check": ("check",),
    "rpc": ("rpc",),
    "demo": ("demo", "play"),
}


def _load(name: str) -> Any:
    """One of the modules; each import stands here by itself, so that a test sees which rooms the command enters."""
    match name:
        case "serve":
            from . import serve

            return serve
        case "submit":
            from . import submit

            return submit
        case "preflight":
            from . import preflight

            return preflight
        case "jobs":
            from . import jobs

            return jobs
        case "printers":
            from . import printers

            return printers
        case "queue":
            from . import queue

            return queue
        case "pause":
            from . import pause

            return pause
        case "desk":
            from . import desk

            return desk
        case "cards":
            from . import cards

            return cards
        case "stock":
            from . import stock

            return stock
        case "report":
            from . import report

            return report
        case "watch":
            from . import watch

            return watch
        case "stats":
            from . import stats

            return stats
        case "ledger":
            from . import ledger

            return ledger
        case "privacy":
            from . import privacy

            return privacy
        case "keys":
            from . import keys

            return keys
        case "backup":
            from . import backup

            return backup
        case "restored":
            from . import restored

            return restored
        case "proof":
            from . import proof

            return proof
        case "template":
            from . import template

            return template
        case "token":
            from . import token

            return token
        case "family":
            from . import family

            return family
        case "simulate":
            from . import simulate

            return simulate
        case "capture":
            from . import capture

            return capture
        case "check":
            from . import check

            return check
        case "rpc":
            from . import rpc

            return rpc
        case "demo":
            from . import demo

            return demo
        case _:
            raise AssertionError(name)


def parser(command: str = "") -> argparse.ArgumentParser:
    """The command line of one command; the whole of it where there is no such command."""
    top = argparse.ArgumentParser(
        prog="spooler", description="A print spooler for identity cards: each job once, every blank accounted for."
    )
    top.add_argument("--version", action="version", version=f"ktp-spooler {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in [module for module, names in COMMANDS.items() if command in names] or COMMANDS:
        _load(module).add(commands)
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
