"""`spooler rpc METHOD JSON`: one request as it goes over the wire, and its reply: as JSON and as hex."""

import argparse
import json
from typing import Any

import msgpack

from .connecting import add_address, spooler
from .show import OK, REFUSED, USAGE, CommandError, console


def add(commands: Any) -> None:
    """The command line."""
    parser = commands.add_parser("rpc", help="send one request and show the bytes")
    parser.add_argument("method")
    parser.add_argument("params", nargs="?", default="{}", metavar="JSON", help='such as {"limit": 3}')
    add_address(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Send, receive, show."""
    try:
        params = json.loads(arguments.params)
    except (ValueError, RecursionError) as error:
        raise CommandError(f"the parameters are not JSON: {error}", USAGE) from error
    if not isinstance(params, dict):
        raise CommandError('the parameters are a JSON object, such as {"limit": 3}', USAGE)
    with spooler(arguments) as client:
        request, reply = client.raw(arguments.method, params)
    _show("request", request)
    _show("reply", reply)
    return REFUSED if msgpack.unpackb(reply)[2] is not None else OK


def _show(title: str, data: bytes) -> None:
    screen = console()
    message = msgpack.unpackb(data)
    screen.print(f"[bold]{title}[/bold], {len(data)} bytes")
    screen.print(json.dumps(message, ensure_ascii=False, indent=1, default=lambda value: value.hex()), markup=False)
    for start in range(0, min(len(data), 1024), 32):
        screen.print("  " + data[start : start + 32].hex(" "), markup=False)
    if len(data) > 1024:
        screen.print(f"  … {len(data) - 1024} more bytes")
