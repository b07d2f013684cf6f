"""`spooler watch`: follow the ledger, and with --state the printers, as things happen."""

import argparse
from typing import Any

from spooler.model.ids import show_id
from spooler.model.localtime import local

from .connecting import add_address, spooler
from .show import OK, as_json, console
from .times import CityClock


def add(commands: Any) -> None:
    """The command line."""
    parser = commands.add_parser("watch", help="follow the ledger")
    parser.add_argument("--cursor", help="go on from here; from the beginning with an empty one")
    parser.add_argument("--state", action="store_true", help="printer states too")
    parser.add_argument("--count", type=int, help="end after so many entries")
    parser.add_argument("--json", action="store_true", help="a JSON document per line")
    add_address(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print entries until interrupted, or until --count of them."""
    seen = 0
    screen = console()
    with spooler(arguments) as client:
        offset = CityClock(client).offset
        for note in client.watch(cursor=arguments.cursor, entries=True, state=arguments.state):
            if note.method == "state":
                for printer in note.params["printers"]:
                    if arguments.json:
                        as_json({"printer": printer})
                    else:
                        screen.print(f"{printer['name']:8} {printer['state']:10} {' '.join(printer['reasons'])}")
                continue
            left = len(note.params["entries"])
            for chain, n, at_ms, event, data in note.params["entries"]:
                left -= 1
                if arguments.json:
                    entry = {"chain": chain, "n": n, "at_ms": at_ms, "event": event, "data": data}
                    # it stands for the whole batch: whoever goes on from it must have seen all of that
                    as_json(entry if left else entry | {"cursor": note.params["cursor"]})
                else:
                    at = local(at_ms, offset).strftime("%H:%M:%S.%f")[:-3]
                    job = show_id(data["job"]) if "job" in data else ""
                    rest = " ".join(f"{key}={value}" for key, value in data.items() if key not in ("job", "version"))
                    screen.print(f"{at} {n:>6} {event:16} {job} {rest}")
                seen += 1
                if arguments.count is not None and seen >= arguments.count:
                    return OK
    return OK
