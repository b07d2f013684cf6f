"""`spooler simulate FAMILY`, `spooler simulate-do DIRECTORY ACTION`: printers that are not there, and a hand at them.

They speak the language, keep a counter, draw cards, run out of ribbon and jam. docs/simulator.md shows how to play each
misfortune to its end.
"""

import argparse
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import trio

from spooler.backends.registry import UnknownBackendError, simulator
from spooler.backends.simulator import Fault, dealt, fault
from spooler.backends.simulator.control import ACTIONS, SOCKET, ask
from spooler.backends.simulator.replay import replay
from spooler.backends.simulator.session import SessionError, load

from .show import OK, REFUSED, USAGE, CommandError, first, table

SCRIPT_CARDS: Final = 10_000  # that a random script is long


def add(commands: Any) -> None:
    """The command lines."""
    parser = commands.add_parser("simulate", help="simulated printers over TCP on loopback")
    parser.add_argument("family", help="evolis")
    parser.add_argument("--directory", type=Path, help="where feeder, counter and cards are kept")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="only repeat what spooler capture recorded")
    parser.add_argument("--printers", type=int, default=1, help="how many (1)")
    parser.add_argument("--port", type=int, default=0, help="the first one's port; 0 takes any that is free")
    parser.add_argument("--model", help="which of the family; its first one, if none is named")
    parser.add_argument("--dwell", type=float, metavar="SECONDS", help="time every card takes (else as a real one)")
    parser.add_argument("--feeder", type=int, default=100, help="blank cards in a new feeder (100)")
    parser.add_argument("--ribbon", type=int, default=300, help="cards that a new ribbon is good for (300)")
    parser.add_argument("--ribbon-kind", default="", metavar="KIND", help="such as YMCKO; else right for any card")
    parser.add_argument("--hopper", type=int, metavar="CARDS", help="cards that the output hopper holds (no limit)")
    parser.add_argument("--no-pictures", action="store_true", help="count the cards, draw none")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="FAULT", help="such as jam@c#3; see simulate-do DIRECTORY fault"
    )
    parser.add_argument(
        "--rate", action="append", default=[], metavar="FAULT=SHARE", help="of the cards, at random, such as jam=0.02"
    )
    parser.add_argument("--seed", type=int, default=1, help="of what --rate deals: the same seed, the same faults (1)")
    parser.set_defaults(run=run)
    hand = commands.add_parser("simulate-do", help="load, open, clear or harm a simulated printer while it runs")
    hand.add_argument("directory", type=Path, help="of the printer, such as p/SIM-0001")
    hand.add_argument("action", choices=ACTIONS, help=", ".join(ACTIONS), metavar="ACTION")
    hand.add_argument("rest", nargs="*", metavar="…", help="such as load 50, ribbon 300 YMCKO R12345, fault jam@c")
    hand.set_defaults(run=run_hand)


def run(arguments: argparse.Namespace) -> int:
    """Simulate until SIGTERM or SIGINT."""
    if arguments.replay is not None:
        return _run_replay(arguments)
    if arguments.directory is None:
        raise CommandError("name the folder of the printers: --directory FOLDER", USAGE)
    try:
        simulate = simulator(arguments.family)
        faults = [fault(text) for text in arguments.fault]
        rates = dict(_rate(text) for text in arguments.rate)
        scripts = [[*faults, *dealt(rates, arguments.seed + n, SCRIPT_CARDS)] for n in range(arguments.printers)]
    except (UnknownBackendError, ValueError) as error:
        raise CommandError(str(error), USAGE) from error
    try:
        trio.run(_main, arguments, simulate, scripts)
    except* (OSError, ValueError) as group:
        raise CommandError(f"cannot start: {first(group)}", REFUSED) from None
    return OK


def _rate(text: str) -> tuple[str, float]:
    what, _, share = text.partition("=")
    try:
        return what, float(share)
    except ValueError:
        raise ValueError(f"{text!r} is no rate: write FAULT=SHARE, such as jam=0.02") from None


def _run_replay(arguments: argparse.Namespace) -> int:
    try:
        recorded = load(arguments.replay)
    except (OSError, SessionError) as error:
        raise CommandError(f"cannot replay {arguments.replay}: {error}", USAGE) from error
    serve_until_stopped(partial(replay, recorded, port=arguments.port), "replay")
    return OK


def serve_until_stopped(serve: Callable[..., Awaitable[object]], name: str) -> None:
    """Run something that starts with its port; say `name` and its address, and end it with SIGTERM or SIGINT.

    Raises CommandError if it cannot start.
    """

    async def main() -> None:
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async with trio.open_nursery() as nursery:
                port = await nursery.start(serve)
                print(f"{name} tcp://127.0.0.1:{port}", flush=True)
                async for _ in signals:
                    nursery.cancel_scope.cancel()
                    break

    try:
        trio.run(main)
    except* (OSError, ValueError) as group:
        raise CommandError(f"cannot start: {first(group)}", REFUSED) from None


async def _main(arguments: argparse.Namespace, simulate: Any, scripts: list[list[Fault]]) -> None:
    model = {} if arguments.model is None else {"model": arguments.model}
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with trio.open_nursery() as nursery:
            for index, script in enumerate(scripts):
                serial = f"SIM-{index + 1:04}"
                one = partial(
                    simulate, directory=arguments.directory / serial, serial=serial,
                    port=arguments.port + index if arguments.port else 0, dwell_seconds=arguments.dwell,
                    feeder=arguments.feeder, ribbon=arguments.ribbon, ribbon_kind=arguments.ribbon_kind,
                    hopper=arguments.hopper, pictures=not arguments.no_pictures, faults=script, hand=True, **model,
                )  # fmt: skip
                port = await nursery.start(one)
                print(f"{serial} tcp://127.0.0.1:{port}", flush=True)
            async for _ in signals:
                nursery.cancel_scope.cancel()
                break


# -- the hand --------------------------------------------------------------------------------------------------


def run_hand(arguments: argparse.Namespace) -> int:
    """Do one thing at a running simulator."""
    folder = _printer(arguments.directory)
    try:
        answer = ask(folder, " ".join((arguments.action, *arguments.rest)))
    except OSError as error:
        why = error.strerror or error
        raise CommandError(f"no simulated printer runs in {folder}: {why}; start it with spooler simulate") from error
    if not answer["ok"]:
        raise CommandError(answer["said"])
    if arguments.action == "status":
        table(str(folder), ("what", "now"), [(name, _shown(value)) for name, value in answer["status"].items()])
    else:
        print(answer["said"])
    return OK


def _printer(folder: Path) -> Path:
    """The folder itself, or the only printer in it that runs."""
    inside = [path.parent for path in folder.glob(f"*/{SOCKET}")]
    return inside[0] if len(inside) == 1 and not (folder / SOCKET).exists() else folder


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
