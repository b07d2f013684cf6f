"""`spooler stock`: the blank-stock book: what each site has, what moves, counts, the close of a day and its sheet."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from spooler.model.daysheet import STAGES, DaySheet, Line
from spooler.model.stock import Act, Pile
from spooler.wire.sheets import sheet_of

from .connecting import add_address, spooler
from .show import OK, CommandError, as_json, console, table

_NUMBERS: Final = (
    "opening", "received", "good", *STAGES, "test", "outside", "returned", "destroyed", "closing", "counted", "gap",
    "doubts", "counter", "panels",
)  # fmt: skip


def add(commands: Any) -> None:
    """The command lines."""
    stock: argparse.ArgumentParser = commands.add_parser("stock", help="blanks and rolls: what there is, what moves")
    _common(stock, _balances)
    stock.add_argument("--site", help="one site, with its ribbons and films")
    acts = stock.add_subparsers(title="what to book", metavar="WHAT")
    for act, (text, options) in _ACTS.items():
        parser = acts.add_parser(act.value, help=text)
        _common(parser, _move)
        parser.set_defaults(act=act)
        parser.add_argument("site", metavar="SITE")
        parser.add_argument("stock", metavar="STOCK", help="card-ktp-wni, card-kia …, ribbon:SERIAL, film:SERIAL")
        parser.add_argument("amount", metavar="N", type=int)
        for option in options:
            _OPTIONS[option](parser)
        parser.add_argument("--uids", help="the chips' numbers: FIRST-LAST, or all of them with spaces between")
        parser.add_argument("--day", help="the day it is about, where that is not today: 2026-11-24")
        parser.add_argument("--ticket", help="the number of the delivery note, say: the same ticket is booked once")
    counting = acts.add_parser("count", help="say how many blanks there are, those in the printers too")
    _common(counting, _count)
    counting.add_argument("site", metavar="SITE")
    counting.add_argument("stock", metavar="STOCK")
    counting.add_argument("amount", metavar="N", type=int)
    counting.add_argument("--day", help="the day it is about, while nothing has moved since")
    closing = acts.add_parser("close-day", help="sign a day: from then on nothing in it changes")
    _common(closing, _close)
    closing.add_argument("site", metavar="SITE")
    closing.add_argument("day", metavar="DATE", nargs="?", help="default: the first day that is open")
    sheet = acts.add_parser("sheet", help="what a day adds up to")
    _common(sheet, _sheet)
    sheet.add_argument("site", metavar="SITE")
    sheet.add_argument("day", metavar="DATE", nargs="?", help="default: the last open day, else the last signed")
    for option, text in (("csv", "the sheet as CSV"), ("pdf", "the sheet as a page to sign"),
                         ("destruction", "the list of damaged cards, a page to sign"),
                         ("destruction-csv", "the same list as CSV")):  # fmt: skip
        sheet.add_argument(f"--{option}", type=Path, metavar="FILE", help=text)
    sheet.add_argument("--lang", choices=("id", "en"), default="id", help="the papers' language (id)")


def _common(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> None:
    parser.add_argument("--json", action="store_true", help="the answer as JSON")
    add_address(parser)
    parser.set_defaults(run=run)


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
    Act.TRANSFER: ("they go to another site", ("to", "pile")),
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
          right=("blanks", "damaged"))  # fmt: skip
    used = [
        (r["roll"], r["cards"], r["used"], r["rated"], r["first"], r["last"], r["printer"])
        for site in sites for r in site["rolls"]
    ]  # fmt: skip
    if used:
        numbers = ("cards", "used", "rated")
        table("what rolls gave", ("roll", *numbers, "first day", "last day", "in printer"), used, right=numbers)
    return OK


def _move(arguments: argparse.Namespace) -> int:
    names = ("site", "stock", "amount", "to", "printer", "stage", "pile", "uids", "day")
    given = {name: getattr(arguments, name, None) for name in names}
    # without a ticket each call is a movement of its own
    params = {"ticket": arguments.ticket or f"cli-{os.urandom(8).hex()}", "move": arguments.act.value} | given
    return _booked(arguments, "stock-move", params)


def _count(arguments: argparse.Namespace) -> int:
    names = ("site", "stock", "amount", "day")
    return _booked(arguments, "stock-count", {name: getattr(arguments, name) for name in names})


def _booked(arguments: argparse.Namespace, method: str, params: dict[str, Any]) -> int:
    with spooler(arguments) as client:
        answer = client.call(method, params)
    if arguments.json:
        as_json(answer)
        return OK
    said = "booked before, once" if answer["repeat"] else "booked late" if answer["late"] else "booked"
    blanks = f"{answer['blanks']} {arguments.stock} at {arguments.site}"
    console().print(f"{said}, on {answer['day']}; by the book there are {blanks}", markup=False)
    return OK


def _close(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        day = arguments.day or _first_open(client.call("stock", {"site": arguments.site})["sites"][0]["open_days"])
        client.call("close-day", {"site": arguments.site, "day": day})
        raw = client.call("day-sheet", {"site": arguments.site, "day": day})
    _show(arguments, raw)
    return OK


def _first_open(days: list[str]) -> str:
    if not days:
        raise CommandError("nothing has moved since the last day that was closed: name the day to close")
    return days[0]


def _sheet(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        site = client.call("stock", {"site": arguments.site})["sites"][0]
        day = arguments.day or (site["open_days"] or [site["closed"]])[-1]
        if day is None:
            raise CommandError("nothing has moved at this site yet: name a day")
        raw = client.call("day-sheet", {"site": arguments.site, "day": day})
    _show(arguments, raw)
    _papers(arguments, sheet_of(raw))
    return OK


def _papers(arguments: argparse.Namespace, sheet: DaySheet) -> None:
    """The sheet's papers, where they were asked for."""
    if not any((arguments.csv, arguments.pdf, arguments.destruction, arguments.destruction_csv)):
        return
    from spooler import papers  # reportlab takes a while: only who makes a paper waits for it

    made: tuple[tuple[Path | None, Callable[[], bytes]], ...] = (
        (arguments.csv, lambda: papers.daily_csv(sheet)),
        (arguments.pdf, lambda: papers.daily_pdf(sheet, arguments.lang)),
        (arguments.destruction, lambda: papers.destruction_pdf([sheet], arguments.lang)),
        (arguments.destruction_csv, lambda: papers.destruction_csv([sheet])),
    )
    for path, make in made:
        if path is not None:
            try:
                path.write_bytes(make())
            except OSError as error:
                raise CommandError(f"{path}: {error.strerror or error}") from None


def _show(arguments: argparse.Namespace, raw: dict[str, Any]) -> None:
    """A day's sheet, however it is asked for."""
    if arguments.json:
        as_json(raw)
    else:
        on_terminal(sheet_of(raw))


def on_terminal(sheet: DaySheet) -> None:
    """The sheet as a table: a column for each stock, so that it fits a terminal."""
    signed = f"signed by {sheet.closed_by}" if sheet.closed_by else "open"
    columns = [_numbers(line) for line in sheet.lines]
    rows = [(name, *("" if column[i] is None else column[i] for column in columns)) for i, name in enumerate(_NUMBERS)]
    stocks = tuple(line.stock for line in sheet.lines)
    table(f"{sheet.site_name} ({sheet.site}), {sheet.day}, {signed}", ("", *stocks), rows, right=stocks)
    for title, lines in (("correction", sheet.corrections), ("incident", sheet.incidents)):
        for text in lines:
            console().print(f"{title}: {text}", markup=False)
    for one in sheet.spoiled:
        words = (one.stock, one.stage, one.number or one.job, one.uid, one.actor)
        console().print("spoiled: " + " ".join(filter(None, words)), markup=False)
    console().print(f"ledger {sheet.chain} {sheet.n} {sheet.head}", markup=False)


def _numbers(line: Line) -> tuple[int | None, ...]:
    """In the order of _NUMBERS."""
    return (
        line.opening, line.received, line.good, *line.spoilt, line.test, line.outside, line.returned, line.destroyed,
        line.closing, line.counted, line.gap, line.doubts, line.counter_delta, line.panels,
    )  # fmt: skip
