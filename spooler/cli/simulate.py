"""`spooler simulate FAMILY`: printers that are not there: they speak the language, keep a counter and draw cards."""

import argparse
import signal
from functools import partial
from pathlib import Path
from typing import Any

import trio

from spooler.backends.registry import UnknownBackendError, simulator

from .show import OK, REFUSED, USAGE, CommandError, first


def add(commands: Any) -> None:
    """The command line."""
    parser = commands.add_parser("simulate", help="simulated printers over TCP on loopback")
    parser.add_argument("family", help="evolis")
    parser.add_argument("--directory", type=Path, required=True, help="where feeder, counter and cards are kept")
    parser.add_argument("--printers", type=int, default=1, help="how many (1)")
    parser.add_argument("--port", type=int, default=0, help="the first one's port; 0 takes any that is free")
    parser.add_argument("--dwell", type=float, default=1.0, metavar="SECONDS", help="time a card takes (1.0)")
    parser.add_argument("--feeder", type=int, default=100, help="blank cards in a new feeder (100)")
    parser.add_argument("--ribbon", type=int, default=300, help="cards that a new ribbon is good for (300)")
    parser.add_argument("--no-pictures", action="store_true", help="count the cards, draw none")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Simulate until SIGTERM or SIGINT."""
    try:
        simulate = simulator(arguments.family)
    except UnknownBackendError as error:
        raise CommandError(str(error), USAGE) from error
    try:
        trio.run(_main, arguments, simulate)
    except* (OSError, ValueError) as group:
        raise CommandError(f"cannot start: {first(group)}", REFUSED) from None
    return OK


async def _main(arguments: argparse.Namespace, simulate: Any) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with trio.open_nursery() as nursery:
            for index in range(arguments.printers):
                serial = f"SIM-{index + 1:04}"
                one = partial(
                    simulate, directory=arguments.directory / serial, serial=serial,
                    port=arguments.port + index if arguments.port else 0, dwell_seconds=arguments.dwell,
                    feeder=arguments.feeder, ribbon=arguments.ribbon, pictures=not arguments.no_pictures,
                )  # fmt: skip
                port = await nursery.start(one)
                print(f"{serial} tcp://127.0.0.1:{port}", flush=True)
            async for _ in signals:
                nursery.cancel_scope.cancel()
                break
