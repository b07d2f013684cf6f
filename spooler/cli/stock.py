"""`spooler stock`: the blank-stock book: what each site has, what moves, and what was counted."""

import argparse
import os
from collections.abc import Callable
from typing import Any, Final

from spooler.client import ServerError
from spooler.model.daysheet import STAGES
from spooler.model.stock import Act, Pile

from . import stock_days
from .connecting import command, spooler, talks
from .show import OK, as_json, console, table, tell


def add(commands: Any) -> None:
    """The command lines."""
    stock: argparse.ArgumentParser = commands.add_parser("stock", help="blanks and rolls: what there is, what moves")
    talks(stock, _balances)
    stock.add_argument("--site", help="one site, with its ribbons and films")
    acts = stock.add_subparsers(title="what to book", metavar="WHAT")
    for act, (text, options) in _ACTS.items():
        parser = command(acts, act.value, _move, text)
        parser.set_defaults(act=act)
        parser.add_argument("site", metavar="SITE")
        parser.add_argument("stock", metavar="STOCK", help="card-ktp-wni, card-kia …, ribbon:SERIAL, film:SERIAL")
        parser.add_argument("amount", metavar="N", type=int)
        for option in options:
            _OPTIONS[option](parser)
        parser.add_argument("--uids", help="the chips' numbers: FIRST-LAST, or all of them with spaces between")
        parser.add_argument("--day", help="the day it is about, where that is not today: 2026-11-24")
        parser.add_argument("--ticket", help="the number of the delivery note, say: the same ticket is booked once")
    opening = command(acts, "open", _open, "a parcel has arrived, or was taken back: what there was in it")
    opening.add_argument("site", metavar="SITE", help="where it was opened: the site it was sent to, or its own")
    opening.add_argument("parcel", metavar="PARCEL", help="its name, as `spooler stock` shows it: 21.71.11-7")
    opening.add_argument("amount", metavar="N", type=int, help="how many there were in it, counted")
    opening.add_argument("--day", help="the day it is about, where that is not today: 2026-11-24")
    counting = command(acts, "count", _count, "say how many blanks there are, those in the printers too")
    counting.add_argument("site", metavar="SITE")
    counting.add_argument("stock", metavar="STOCK")
    counting.add_argument("amount", metavar="N", type=int)
    counting.add_argument("--day", help="the day it is about, while nothing has moved since")
    stock_days.add(acts)


_OPTIONS: Final[dict[str, Callable[[argparse.ArgumentParser], object]]] = {
    "to": lambda parser: parser.add_argument("--to", required=True, metavar="SITE", help="where they go"),
    "printer": lambda parser: parser.add_argument("--printer", required=True, help="whose feeder"),
    "from": lambda parser: parser.add_argument("--printer", help="whose feeder they came from"),
    "stage": lambda parser: parser.add_argument("--stage", choices=STAGES, default=STAGES[0]),
    "pile": lambda parser: parser.add_argument(
        "--pile", choices=tuple(Pile), default=Pile.BLANK.value, help="blanks, or damaged cards that were kept"
    ),
}
_ACTS: Final[dict[Act, tuple[str, tuple[str, ...]]]] = {
    Act.RECEIVE: ("blanks came from the centre", ()),
    Act.TRANSFER: ("they go to another site, in a parcel that is opened there", ("to", "pile")),
    Act.LOAD: ("they go into a printer", ("printer",)),
    Act.UNLOAD: ("they are taken out of it again", ("printer",)),
    Act.RETURN: ("they go back to the centre", ("pile",)),
    Act.DESTROY: ("they are burned", ("pile",)),
    Act.SPOIL: ("a blank was damaged", ("stage", "from")),
    Act.TEST: ("they went for a test", ("from",)),
    Act.OUTSIDE: ("the printer's panel or another program used them", ("from",)),
}


def _balances(arguments: argparse.Namespace) -> int:
    params = {"site": arguments.site} if arguments.site else {}
    with spooler(arguments) as client:
        sites = client.call("stock", params)["sites"]
    if arguments.json:
        as_json(sites)
        return OK
    rows = [
        (site["site"], h["stock"], h["blanks"], ", ".join(f"{p} {n}" for p, n in h["loaded"].items()), h["spoiled"],
         site["open_days"][0] if site["open_days"] else None)
        for site in sites for h in site["holdings"]
    ]  # fmt: skip
    table("stock", ("site", "stock", "blanks", "in printers", "damaged", "open since"), rows,
          right=("blanks", "damaged"), spare=("open since",))  # fmt: skip
    _parcels(sites)
    used = [
        (r["roll"], r["cards"], r["used"], r["rated"], r["first"], r["last"], r["printer"])
        for site in sites for r in site["rolls"]
    ]  # fmt: skip
    if used:
        numbers = ("cards", "used", "rated")
        table("what rolls gave", ("roll", *numbers, "first day", "last day", "in printer"), used, right=numbers)
    return OK


def _parcels(sites: list[dict[str, Any]]) -> None:
    """Those on their way, each once."""
    found = {p["parcel"]: p for site in sites for p in (*site["sent"], *site["coming"])}
    rows = [
        (p["parcel"], p["site"], p["to"], p["stock"] + (" damaged" if p["pile"] == Pile.SPOILED else ""), p["amount"],
         p["actor"], p["day"])
        for p in sorted(found.values(), key=lambda p: p["sent_ms"])
    ]  # fmt: skip
    if rows:
        columns = ("parcel", "from", "to", "stock", "amount", "sent by", "sent on")
        table("parcels on their way", columns, rows, right=("amount",))


def _move(arguments: argparse.Namespace) -> int:
    names = ("site", "stock", "amount", "to", "printer", "stage", "pile", "uids", "day")
    given = {name: getattr(arguments, name, None) for name in names}
    # without a ticket each call is a movement of its own
    params = {"ticket": arguments.ticket or f"cli-{os.urandom(8).hex()}", "move": arguments.act.value} | given
    return _booked(arguments, "stock-move", params, arguments.stock)


def _open(arguments: argparse.Namespace) -> int:
    names = ("site", "parcel", "amount", "day")
    with spooler(arguments) as client:
        try:
            sites = client.call("stock", {"site": arguments.site})["sites"]
        except ServerError:  # what he may not is better said of the act that he asked for
            sites = []
    under_way = (p for site in sites for p in (*site["coming"], *site["sent"]))
    parcel = next((p for p in under_way if p["parcel"] == arguments.parcel), None)
    of = "of its stock" if parcel is None else parcel["stock"]
    code = _booked(arguments, "stock-parcel", {name: getattr(arguments, name) for name in names}, of)
    missed = 0 if parcel is None else parcel["amount"] - arguments.amount
    if missed and not arguments.json:
        tell(f"{abs(missed)} {'fewer' if missed > 0 else 'more'} than were sent: an incident on both sites' sheets.")
    return code


def _count(arguments: argparse.Namespace) -> int:
    names = ("site", "stock", "amount", "day")
    return _booked(arguments, "stock-count", {name: getattr(arguments, name) for name in names}, arguments.stock)


def _booked(arguments: argparse.Namespace, method: str, params: dict[str, Any], of: str) -> int:
    with spooler(arguments) as client:
        answer = client.call(method, params)
    if arguments.json:
        as_json(answer)
        return OK
    said = "booked before, once" if answer["repeat"] else "booked late" if answer["late"] else "booked"
    blanks = f"{answer['blanks']} {of} at {arguments.site}"
    parcel = f"; parcel {answer['parcel']}" if answer["parcel"] is not None else ""
    console().print(f"{said}, on {answer['day']}{parcel}; by the book there are {blanks}", markup=False)
    return OK
