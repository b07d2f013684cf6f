"""`spooler pause` and `resume`: let a printer or a site begin no further card, and let it go on."""

import argparse
from collections.abc import Sequence
from typing import Any

from spooler.client import BlockingClient
from spooler.model.gate import PAUSE_REASONS

from .connecting import command, spooler
from .show import OK, as_json, table, tell
from .times import CityClock


def add(commands: Any) -> None:
    """The command lines."""
    stop = command(commands, "pause", _pause, "let a printer or a site begin no further card; its jobs wait in place")
    _what(stop)
    stop.add_argument("--reason", required=True, choices=tuple(PAUSE_REASONS), help="why")
    _what(command(commands, "resume", _resume, "let a paused printer or site go on"))


def _what(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--printer", help="this printer; the card in it is finished")
    what.add_argument("--site", help="all printers, for this site's cards; by its code (supervisors)")


def _pause(arguments: argparse.Namespace) -> int:
    return _call(arguments, "pause", {"reason": arguments.reason})


def _resume(arguments: argparse.Namespace) -> int:
    return _call(arguments, "resume", {})


def tell_openings(client: BlockingClient, what: str, answers: Sequence[dict[str, Any]]) -> None:
    """Of printers or sites (`what` names one): why people paused them, and when gates open by themselves."""
    clock = CityClock(client)
    for answer in answers:
        if answer.get("paused") is not None:  # an older spooler says neither
            said = PAUSE_REASONS[answer["paused"]]
            tell(f"{answer[what]}: {said.indonesian}. / {said.english}.")
        if answer.get("until_ms") is not None:
            at = clock.shown(answer["until_ms"])
            tell(f"{answer[what]}: jalan lagi sendiri {at}. / It goes on by itself at {at}.")


def _call(arguments: argparse.Namespace, method: str, params: dict[str, Any]) -> int:
    what = {"site": arguments.site} if arguments.site else {"printer": arguments.printer}
    with spooler(arguments) as client:
        answer = client.call(method, what | params)
        clock = CityClock(client)
    if arguments.json:
        as_json(answer)
        return OK
    table(method, ("site", "printer", "paused", "by", "since"),
          [(answer["site"], answer["printer"], answer["paused"], answer["actor"], clock.shown(answer["since_ms"]))],
    )  # fmt: skip
    if answer["paused"] is not None:
        said = PAUSE_REASONS[answer["paused"]]
        tell(f"{said.indonesian}. / {said.english}.")
        go_on = "spooler resume " + " ".join(f"--{name} {value}" for name, value in what.items())
        tell(f"Lanjutkan: {go_on}. / To go on: {go_on}.")
    else:
        tell("Tidak dijeda lagi. / It is not paused any more.")
    return OK
