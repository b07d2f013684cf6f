"""The daily sheet's page of shifts: for each stock a line per shift, from what it took over to what it handed over."""

from typing import Final

from spooler.model.daysheet import DaySheet, Line
from spooler.model.words import Language, Pair, say, stock

from .flow import Piece
from .listing import Column, Listing, title
from .words import amount

_TITLE: Final[Pair] = ("Serah terima antar sif", "Handed over from shift to shift")
_WORDS: Final[tuple[tuple[Pair, float], ...]] = (
    (("Sif", "Shift"), 24), (("Sisa awal", "Opening"), 16), (("Diterima", "Received"), 18), (("Baik", "Good"), 15),
    (("Rusak", "Spoilt"), 15), (("Uji, luar", "Test, outside"), 17), (("Keluar", "Passed on"), 17),
    (("Sisa akhir", "Closing"), 18), (("Hitungan", "Counted"), 18), (("Selisih", "Gap"), 16),
)  # fmt: skip
_GAP: Final = 9  # the column


def shift_pieces(sheet: DaySheet, language: Language) -> list[Piece]:
    """The parts of the page; none where the day is one shift."""
    if not sheet.shifts:
        return []
    columns = [Column(say(pair, language), width, right=n > 0) for n, (pair, width) in enumerate(_WORDS)]
    table = Listing(columns, 8, 5.4, 8)
    pieces = [title(say(_TITLE, language)), table.heads()]
    for of in sheet.lines:
        pieces.append(table.band(stock(of.stock, language)))
        for shift in sheet.shifts:
            line = next(line for line in shift.lines if line.stock == of.stock)
            cells = [f"{shift.begins}–{shift.ends}", *_amounts(line, language)]
            pieces.append(table.row(cells, loud={_GAP} if line.gap else ()))
    return pieces


def _amounts(line: Line, language: Language) -> list[str]:
    values = (
        line.opening, line.received + line.arrived, line.good, sum(line.spoilt), line.test + line.outside,
        line.returned + line.sent + line.destroyed, line.closing, line.counted,
    )  # fmt: skip
    return [*(amount(value, language) for value in values), amount(line.gap, language, signed=True)]
