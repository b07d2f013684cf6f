"""The command `spooler`: one module per command, each with `add(subparsers)` and a function that runs it."""

import argparse
import os
import sys
from collections.abc import Sequence

from spooler import __version__

from . import (
    backup,
    capture,
    cards,
    check,
    demo,
    desk,
    jobs,
    keys,
    ledger,
    preflight,
    privacy,
    proof,
    report,
    restored,
    rpc,
    serve,
    simulate,
    stock,
    submit,
    template,
    watch,
)  # fmt: skip
from .show import CommandError


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="spooler", description="A print spooler for identity cards: each job once, every blank accounted for."
    )
    top.add_argument("--version", action="version", version=f"ktp-spooler {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (
        serve, submit, preflight, jobs, desk, cards, stock, report, watch, ledger, privacy, keys, backup,
        restored, proof, template, simulate, capture, check, rpc, demo,
    ):  # fmt: skip
        module.add(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code: 0 done, 1 refused, 2 usage or config, 3 no spooler answers."""
    arguments = parser().parse_args(argv)
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
