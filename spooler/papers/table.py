"""CSV that an office spreadsheet opens by a double click, and that comes back as it went out.

RFC 4180 (a header row, CR LF, quotes doubled) but for one thing: the separator is `;`. Excel and LibreOffice take the
list separator of the country, and where the comma is the decimal mark, as in Indonesia, that is the semicolon; with
commas a whole row would fall into one cell. UTF-8 with a byte order mark, without which Excel reads it as Windows-1252.

A cell that a spreadsheet would take for a formula gets an apostrophe in front, and so does one that begins with an
apostrophe: the first is taken off again when the file is read. Numbers are plain digits and need no guard.

Limit: a spreadsheet may show a cell in its own way (a site's code as a time of day) and saves what it shows. Such a
file is refused when it is read; the file itself, not a copy saved by a spreadsheet, is the record.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

SEPARATOR: Final = ";"
LONGEST: Final = 4 * 1024 * 1024  # bytes of a file
_MARK: Final = "\ufeff"
#: What a spreadsheet reads as the start of a formula, full width forms too, and the guard itself.
_FORMULA: Final = frozenset("=+-@\t\r\n'＝＋－＠")
_GUARD: Final = "'"
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}", re.ASCII)

Cell = str | int | None


class CsvError(Exception):
    """Not a file that the spooler wrote: its line, counted from 1 as an editor does, and a sentence."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


def write_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """The file; the first row is the header. An empty cell stands for None."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=SEPARATOR, lineterminator="\r\n")
    writer.writerows([_shown(cell) for cell in row] for row in rows)
    return (_MARK + text.getvalue()).encode()


def read_csv(data: bytes, header: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """The rows below the header, each with the line it begins at. Raises CsvError.

    The byte order mark may be missing and lines may end in LF alone: mail programs do that.
    """
    if len(data) > LONGEST:
        raise CsvError(1, f"larger than {LONGEST} bytes: this is not a sheet of the spooler")
    try:
        text = data.decode().removeprefix(_MARK)
    except UnicodeDecodeError as error:
        raise CsvError(data[: error.start].count(b"\n") + 1, "not UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=SEPARATOR, strict=True)
    found: list[tuple[int, dict[str, str]]] = []
    line = 1
    try:
        for cells in reader:
            if line == 1 and cells != list(header):
                raise CsvError(1, "the header row is not that of this kind of sheet")
            if len(cells) != len(header):
                raise CsvError(line, f"{len(cells)} columns where there are {len(header)}")
            if line > 1:
                found.append((line, dict(zip(header, map(_meant, cells)))))
            line = reader.line_num + 1
    except csv.Error as error:
        raise CsvError(line, f"not CSV: {error}") from None
    if line == 1:
        raise CsvError(1, "the file is empty")
    return found


def number(row: dict[str, str], column: str, line: int) -> int:
    """A whole number. Raises CsvError, which names the column."""
    text = row[column]
    if not _NUMBER.fullmatch(text):
        raise CsvError(line, f"{column} is not a whole number")
    return int(text)


def number_or_none(row: dict[str, str], column: str, line: int) -> int | None:
    """The same; None where the cell is empty."""
    return number(row, column, line) if row[column] else None


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, int):
        return str(cell)
    return _GUARD + cell if cell[:1] in _FORMULA else cell


def _meant(cell: str) -> str:
    return cell.removeprefix(_GUARD)
