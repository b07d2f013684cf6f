"""`spooler report --merge *.csv`: the city's sheet of one day from the daily sheets that its sites sent.

It needs no spooler: the files are enough. Nothing is written unless every file is a whole sheet of the same day.
"""

import argparse
from pathlib import Path
from typing import Any

from spooler.model.citysheet import CitySheet, MergeError, merge
from spooler.model.daysheet import DaySheet

from .show import OK, USAGE, CommandError, many, table


def add(commands: Any) -> None:
    """The command line."""
    parser = commands.add_parser("report", help="one city's sheet from its sites' daily sheets")
    parser.add_argument(
        "--merge",
        type=Path,
        nargs="+",
        required=True,
        metavar="SHEET.csv",
        help="one day's sheets, one per site",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="city.csv", help="write the city's sheet as CSV")
    parser.add_argument("--pdf", type=Path, metavar="city.pdf", help="and as a paper to sign")
    parser.add_argument("--lang", choices=("id", "en"), default="id", help="the paper's language (id)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Merge, show, write."""
    from spooler import papers  # reportlab takes a while: only who makes a paper waits for it

    files: list[Path] = [path for path in arguments.merge if not _made_here(path, arguments.output)]
    outputs = [path for path in (arguments.output, arguments.pdf) if path is not None]
    for path in outputs:
        if path.resolve() in {file.resolve() for file in files}:
            raise CommandError(f"{path}: is one of the sheets to merge; write to another file")
    if not files:
        raise CommandError(f"{arguments.output} is the only file named: name the sites' sheets too", USAGE)
    try:
        city = merge([_read(path) for path in files])
    except MergeError as error:
        # the row of the day itself, which says site, day and city, is the second line of a sheet
        raise CommandError(f"{files[error.index]}:2: {error}") from None
    _show(city)
    if arguments.output is not None:
        _write(arguments.output, papers.city_csv(city))
    if arguments.pdf is not None:
        _write(arguments.pdf, papers.city_pdf(city, arguments.lang))
    return OK


def _made_here(path: Path, output: Path | None) -> bool:
    """Whether it is what this command wrote before: `*.csv` takes it in when the same is asked for again."""
    from spooler.papers import is_city_csv

    if output is None or path.resolve() != output.resolve():
        return False
    try:
        with path.open("rb") as file:
            return is_city_csv(file.read(1024))
    except OSError:
        return False  # told when it is read


def _read(path: Path) -> DaySheet:
    from spooler.papers import LONGEST, CsvError, parse_daily_csv

    try:
        with path.open("rb") as file:
            return parse_daily_csv(file.read(LONGEST + 1))
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}") from None
    except CsvError as error:
        raise CommandError(f"{path}:{error.line}: {error}") from None


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}") from None


def _show(city: CitySheet) -> None:
    """The sums, then each thing that wants a person's eye."""
    from spooler.papers import notice_text

    columns = (
        "stock", "opening", "received", "good", "spoilt", "other", "closing", "counted", "gap", "doubts", "on the way",
        "missed",
    )  # fmt: skip
    rows = []
    for line in city.totals:
        # what the sites sent each other, less what they found of it, has left them: it is on the way, or missed
        other = line.test + line.outside + line.returned + line.destroyed + line.sent - line.arrived
        sums = (line.opening, line.received, line.good, sum(line.spoilt), other, line.closing)
        rows.append((line.stock, *sums, line.counted, line.gap, line.doubts, line.on_the_way, line.missed))
    table(f"{city.city}, {city.day}, {many(len(city.sites), 'site')}", columns, rows, right=columns[1:])
    eye = [(notice.site, notice.site_name, notice_text(notice, "en")) for notice in city.notices]
    if eye:
        table(f"{len(eye)} for attention", ("code", "site", "what"), eye)
