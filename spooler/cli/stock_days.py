"""`spooler stock sheet`, `close-day`: what a day of the book adds up to, its papers, and its signature.

A signature cannot be taken back. So a stock that nobody has counted, and a day that is not over yet, are asked about
first; a script says that it means it with --uncounted and --early.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from spooler.client import BlockingClient
from spooler.model import words
from spooler.model.daysheet import STAGES, DaySheet, Line
from spooler.model.remark import said
from spooler.model.stock import is_roll
from spooler.wire.sheets import sheet_of

from .asking import YES_NO, choose
from .connecting import command, spooler
from .show import OK, REFUSED, USAGE, CommandError, as_json, console, table, tell, width
from .times import CityClock

_NUMBERS: Final = (
    "opening", "received", "arrived", "good", *(f"spoilt {stage}" for stage in STAGES),
    "test", "outside", "returned", "sent", "destroyed", "closing", "counted", "gap", "doubts",
    "on the way", "missed", "counter", "panels",
)  # fmt: skip
_SHIFT: Final = (
    "stock", "opening", "received", "good", "spoilt", "other", "out", "closing", "counted", "gap",
)  # fmt: skip
#: Days whose sheets one destruction list reads.
_MOST_DAYS: Final = 366


def add(acts: Any) -> None:
    """The command lines."""
    closing = command(acts, "close-day", _close, "sign a day: from then on nothing in it changes")
    closing.add_argument("site", metavar="SITE")
    closing.add_argument("day", metavar="DATE", nargs="?", help="default: the first day that is open")
    closing.add_argument("--uncounted", action="store_true", help="also where nobody has counted a stock")
    closing.add_argument("--early", action="store_true", help="also before the day is over by the city's clock")
    sheet = command(acts, "sheet", _sheet, "what a day adds up to")
    sheet.add_argument("site", metavar="SITE")
    sheet.add_argument("day", metavar="DATE", nargs="?", help="default: the last open day, else the last signed")
    for option, text in (("csv", "the sheet as CSV"), ("pdf", "the sheet as a page to sign"),
                         ("destruction", "the list of damaged cards, a page to sign"),
                         ("destruction-csv", "the same list as CSV")):  # fmt: skip
        sheet.add_argument(f"--{option}", type=Path, metavar="FILE", help=text)
    sheet.add_argument("--since", metavar="DATE", help="the list of damaged cards from that day on (DATE's alone)")
    sheet.add_argument("--lang", choices=("id", "en"), default="id", help="the papers' language (id)")


def _close(arguments: argparse.Namespace) -> int:
    with spooler(arguments) as client:
        clock = CityClock(client)
        day = arguments.day or _first_open(client, arguments.site)
        asked = {"site": arguments.site, "day": day}
        before = sheet_of(client.call("day-sheet", asked))
        if before.closed_by is None:
            _ask(arguments, before, clock)
        client.call("close-day", asked)
        raw = client.call("day-sheet", asked)
    _show(arguments, raw)
    if before.closed_by is not None and not arguments.json:
        when = clock.shown(before.closed_ms)
        console().print(f"It was signed before, by {before.closed_by} at {when}; nothing has changed.", markup=False)
    return OK


def _first_open(client: BlockingClient, site: str) -> str:
    (of,) = client.call("stock", {"site": site})["sites"]
    if of["open_days"]:
        return str(of["open_days"][0])
    last = f"the last one {of['closed']}; " if of["closed"] else ""
    raise CommandError(
        f"every day in which something moved is signed, {last}to sign a quiet day as well, name its date", REFUSED
    )


def _ask(arguments: argparse.Namespace, sheet: DaySheet, clock: CityClock) -> None:
    """Whether it is meant. Raises CommandError where it is not."""
    uncounted = [line.stock for line in sheet.lines if line.counted is None and not is_roll(line.stock)]
    questions = []
    if uncounted and not arguments.uncounted:
        names = ", ".join(uncounted)
        questions.append(
            f"Belum dihitung: {names}. Tutup tanpa hitungan?\n"
            f"Not counted: {names}. Close without a count? (--uncounted)"
        )
    if sheet.day >= clock.today() and not arguments.early:
        questions.append(
            f"Hari {sheet.day} belum berakhir: yang terjadi nanti masuk hari berikutnya. Tutup sekarang?\n"
            f"{sheet.day} is not over: what still happens stands in the next day. Close it now? (--early)"
        )
    for question in questions:
        if choose(question, YES_NO) != 0:
            raise CommandError("nothing was signed", REFUSED)


def _sheet(arguments: argparse.Namespace) -> int:
    listed: list[DaySheet] = []
    later: list[DaySheet] = []
    with spooler(arguments) as client:
        (site,) = client.call("stock", {"site": arguments.site})["sites"]
        day = arguments.day or (site["open_days"] or [site["closed"]])[-1]
        if day is None:
            raise CommandError("nothing has moved at this site yet: name a day")
        raw = client.call("day-sheet", {"site": arguments.site, "day": day})
        if arguments.destruction or arguments.destruction_csv:
            last = max([day, *site["open_days"], *filter(None, [site["closed"]])])
            for one in _days(arguments.since or day, last):
                found = sheet_of(client.call("day-sheet", {"site": arguments.site, "day": one}))
                (listed if one <= day else later).append(found)
    _show(arguments, raw)
    _papers(arguments, sheet_of(raw), listed, later)
    return OK


def _days(first: str, last: str) -> list[str]:
    """Both and all between them. Raises CommandError."""
    try:
        begin, length = date.fromisoformat(first), (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    except ValueError:
        raise CommandError("a day is a date like 2026-11-24", USAGE) from None
    if not 0 < length <= _MOST_DAYS:
        raise CommandError(f"from {first} to {last} are not 1 to {_MOST_DAYS} days: name others", USAGE)
    return [(begin + timedelta(days=n)).isoformat() for n in range(length)]


def _papers(
    arguments: argparse.Namespace, sheet: DaySheet, listed: Sequence[DaySheet], later: Sequence[DaySheet]
) -> None:
    """The sheet's papers, where they were asked for; `listed`: the days of the destruction list, `later`: those after
    it, whose corrections it heeds."""
    if not any((arguments.csv, arguments.pdf, arguments.destruction, arguments.destruction_csv)):
        return
    from spooler import papers  # reportlab takes a while: only who makes a paper waits for it

    made: tuple[tuple[Path | None, Callable[[], bytes]], ...] = (
        (arguments.csv, lambda: papers.daily_csv(sheet)),
        (arguments.pdf, lambda: papers.daily_pdf(sheet, arguments.lang)),
        (arguments.destruction, lambda: papers.destruction_pdf(listed, arguments.lang, later)),
        (arguments.destruction_csv, lambda: papers.destruction_csv(listed, later)),
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
    title = f"{sheet.site_name} ({sheet.site}), {sheet.day}, {signed}"
    for lines in _side_by_side(sheet.lines):
        columns = [_numbers(line) for line in lines]
        rows = [(name, *(column[i] for column in columns)) for i, name in enumerate(_NUMBERS)]
        stocks = tuple(line.stock for line in lines)
        table(title, ("", *stocks), rows, right=stocks)
    for shift in sheet.shifts:
        rows = [
            (line.stock, line.opening, line.received + line.arrived, line.good, sum(line.spoilt),
             line.test + line.outside, line.returned + line.sent + line.destroyed, line.closing, line.counted,
             line.gap)
            for line in shift.lines
        ]  # fmt: skip
        table(f"shift {shift.begins}-{shift.ends}", _SHIFT, rows, right=_SHIFT[1:], spare=("other", "out"))
    for word, texts in (("correction", sheet.corrections), ("incident", sheet.incidents)):
        for text in texts:
            tell(f"{word}: {said(text, 'en')}")
    for one in sheet.spoiled:
        said_of = (
            words.stock(one.stock, "en"), words.stage(one.stage, "en"), words.defect(one.reason, "en").rstrip("."),
            one.number or one.job, one.uid, one.actor,
        )  # fmt: skip
        tell("spoiled: " + ", ".join(filter(None, said_of)))
    console().print(f"ledger {sheet.chain} {sheet.n}\n{sheet.head}", markup=False)


def _side_by_side(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """As many stocks at a time as the terminal has room for: a column each, and one for the names of the amounts."""
    columns, rest = width(), list(lines)
    while True:
        take, used = 0, max(map(len, _NUMBERS))
        while take < len(rest):
            used += 2 + max(len(rest[take].stock), *(len(str(number)) for number in _numbers(rest[take])))
            if take and columns is not None and used > columns:
                break
            take += 1
        yield rest[:take]
        rest = rest[take:]
        if not rest:
            return


def _numbers(line: Line) -> tuple[int | None, ...]:
    """In the order of _NUMBERS."""
    return (
        line.opening, line.received, line.arrived, line.good, *line.spoilt, line.test, line.outside, line.returned,
        line.sent, line.destroyed, line.closing, line.counted, line.gap, line.doubts, line.on_the_way, line.missed,
        line.counter_delta, line.panels,
    )  # fmt: skip
