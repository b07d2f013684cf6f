"""The daily sheet (Laporan Harian Blangko) on one page of A4.

The balance is set as a sum in a column, as one would reckon it by hand, with a column for each stock: so the page's
height is the same for one stock and for twelve. Below it stand the two witnesses and the open doubts. The place for
corrections and incidents is what is left; when they are too many for it, the page says how many more the CSV has.
"""

from collections.abc import Sequence
from typing import Final

from spooler.model.daysheet import DaySheet, Line
from spooler.model.remark import said
from spooler.model.words import Language, Pair, say, stock

from .daily_csv import amounts
from .flow import paginate
from .page import BOLD, LEADING, POINT, REGULAR, Paper, width_of, wrap
from .parts import MARGIN, ledger_head, letterhead, made_at, signatures
from .shift_page import shift_pieces
from .words import BALANCE, amount, long_date, moment

_LABEL: Final = 52.0  # mm, the column of words
_LEAST_COLUMNS: Final = 3
_ROW: Final = 4.7
_BAND: Final = 4.2
_HEADING: Final = 10.0
_SIGN: Final = 212.0  # mm from the top
_HEAD: Final = 252.0
_FOOT: Final = 287.0
_HEAVY: Final = frozenset({"closing", "gap"})
_LOUD: Final = frozenset({"gap", "doubts", "missed"})  # white on black, unless 0
_BANDS: Final[dict[str, Pair]] = {
    "opening": ("Buku blangko", "The book"),
    "counted": ("Hitungan", "The count"),
    "counter_delta": ("Saksi yang tidak ditulis petugas", "Witnesses that no officer writes"),
    "doubts": ("Menunggu jawaban (masih dalam sisa akhir)", "Waiting for an answer (still within closing)"),
    "on_the_way": ("Paket (tidak lagi dalam sisa akhir)", "Parcels (no longer within closing)"),
}
_PIECES: Final[Pair] = ("Jumlah dalam keping", "Amounts in pieces")
_CORRECTIONS: Final[Pair] = ("Koreksi atas hari sebelumnya", "Corrections of earlier days")
_INCIDENTS: Final[Pair] = ("Kejadian", "Incidents")
_NONE: Final[Pair] = ("tidak ada", "none")
_MORE: Final[Pair] = ("… dan {} lagi: lihat berkas CSV hari ini", "… and {} more: see the CSV of this day")
_CLOSER: Final[Pair] = ("Yang menutup hari", "Closed the day")
_ROLES: Final[tuple[Pair, ...]] = (("Yang menghitung", "Counted"), _CLOSER, ("Mengetahui", "Acknowledged by"))


def daily_pdf(sheet: DaySheet, language: Language = "id") -> bytes:
    """The file: one page, whatever the day holds, and where there are shifts, those on pages of their own.

    The same sheet gives the same bytes.
    """
    title = say(("LAPORAN HARIAN BLANGKO", "DAILY SHEET OF BLANK CARDS"), language)
    paper = Paper(f"{title} {sheet.site} {sheet.day}", sheet.site_name, language, made_at(sheet))
    y = letterhead(paper, sheet.province, sheet.city, title, long_date(sheet.day, language), language)
    y = _place(paper, y, sheet, language)
    y = _balance(paper, y, sheet, language)
    _remarks(paper, y + 2.5, sheet, language)
    _sign(paper, sheet, language)
    ledger_head(paper, _HEAD, sheet, language)
    more = paginate(shift_pieces(sheet, language), MARGIN, paper.height) if sheet.shifts else []
    for number, pieces in enumerate([[], *more], 1):
        if number > 1:
            paper.next_page()
            below = f"{title}, {sheet.site} {sheet.site_name}, {long_date(sheet.day, language)}"
            paper.line_of(MARGIN, _FOOT, below, 7.5, light=0.25)
        for at, piece in pieces:
            piece.draw(paper, at)
        foot = say(("halaman {} dari {}", "page {} of {}"), language).format(number, len(more) + 1)
        paper.line_of(paper.width - MARGIN, _FOOT, foot, 7.5, align="right", light=0.25)
    return paper.finish()


def _place(paper: Paper, y: float, sheet: DaySheet, language: Language) -> float:
    """Where, and whether the day is closed."""
    half = (paper.width - 2 * MARGIN) / 2
    paper.line_of(MARGIN, y + 3.4, say(("Lokasi", "Site"), language), 9, light=0.25)
    paper.text(MARGIN + 16, y, half - 18, 5, f"{sheet.site}  {sheet.site_name}", 10, font=BOLD)
    right = MARGIN + half
    if sheet.closed_by is None:
        paper.box(right, y - 0.6, half, 6.2, 1.2)
        words = say(("HARI INI BELUM DITUTUP", "THIS DAY IS NOT CLOSED"), language)
        paper.text(right, y - 0.6, half, 6.2, words, 10, font=BOLD, align="centre")
        return y + 8
    paper.line_of(right, y + 3.4, say(("Ditutup oleh", "Closed by"), language), 9, light=0.25)
    when = "" if sheet.closed_ms is None else f", {moment(sheet.closed_ms, sheet.utc_offset_hours, language)}"
    paper.text(right + 21, y, half - 21, 5, f"{sheet.closed_by}{when}", 9, font=BOLD)
    return y + 8


def _balance(paper: Paper, y: float, sheet: DaySheet, language: Language) -> float:
    """The table; returns where it ends."""
    lines, left = sheet.lines, MARGIN
    column = (paper.width - 2 * MARGIN - _LABEL) / max(_LEAST_COLUMNS, len(lines))
    right = left + _LABEL + column * len(lines)
    top = y
    paper.fill(left, y, right - left, _HEADING, 0.88)
    for i, line in enumerate(lines):
        x = left + _LABEL + i * column + 0.6
        name = stock(line.stock, language)
        paper.text(x, y + 0.5, column - 1.2, _HEADING - 1, name, 9, font=BOLD, align="centre")
    paper.text(left + 1, y, _LABEL - 2, _HEADING, say(_PIECES, language), 7, light=0.3)
    y += _HEADING
    size = _common_size(lines, column - 3, language)
    for row, sign, words in BALANCE:
        if row in _BANDS:
            paper.fill(left, y, right - left, _BAND, 0.96)
            paper.rule(left, y, right, y, 0.7)
            paper.text(left + 1, y + 0.2, _LABEL - 2, 4, say(_BANDS[row], language), 7, light=0.3)
            y += _BAND
            paper.rule(left, y, right, y, 0.2)
        if row == "closing":
            paper.fill(left, y, right - left, _ROW, 0.93)
            paper.rule(left, y, right, y, 0.5)
        font = BOLD if row in _HEAVY else REGULAR
        paper.text(left + 1.5, y, 4, _ROW, sign, 9, font=font)
        paper.text(left + 6, y, _LABEL - 7, _ROW, say(words, language), 9, font=font)
        for i, line in enumerate(lines):
            value = amounts(line)[row]
            loud = bool(value) and row in _LOUD
            x = left + _LABEL + i * column
            if loud:
                paper.fill(x + 0.5, y + 0.4, column - 1, _ROW - 0.8, 0)
            text, light = amount(value, language, signed=row == "gap"), 1 if loud else 0
            paper.text(
                x + 1.5, y, column - 3, _ROW, text, size, font=BOLD if loud else font, align="right", light=light
            )
        y += _ROW
        paper.rule(left, y, right, y, 0.2)
    paper.box(left, top, right - left, y - top, 0.8)
    for i in range(len(lines)):
        paper.rule(left + _LABEL + i * column, top, left + _LABEL + i * column, y, 0.4)
    return y


def _common_size(lines: Sequence[Line], width: float, language: Language) -> float:
    """One type size for all amounts, at which the longest still stands on a line."""
    texts = [amount(v, language, signed=row == "gap") for line in lines for row, v in amounts(line).items()]
    widest = max((width_of(text, BOLD, 1) for text in texts), default=0)
    return min(10, width / widest) if widest else 10


def _remarks(paper: Paper, y: float, sheet: DaySheet, language: Language) -> None:
    """Corrections and incidents side by side."""
    half = (paper.width - 2 * MARGIN - 4) / 2
    _list(paper, MARGIN, y, half, _CORRECTIONS, sheet.corrections, language)
    _list(paper, MARGIN + half + 4, y, half, _INCIDENTS, sheet.incidents, language)


def _list(
    paper: Paper, x: float, y: float, width: float, title: Pair, texts: Sequence[str], language: Language
) -> None:
    """A heading and its sentences, each whole; what does not fit is counted."""
    paper.line_of(x, y + 3.4, say(title, language), 8.5, font=BOLD)
    paper.rule(x, y + 4.6, x + width, y + 4.6, 0.4)
    room = _SIGN - 3 - (y + 5.5)
    sentences = [said(text, language) for text in texts]
    for size in (8.0, 7.0, 6.0):
        pitch = size * LEADING * POINT
        items = [wrap(f"• {text}", REGULAR, size, width) for text in sentences or [say(_NONE, language)]]
        fit = _that_fit(items, int(room / pitch))
        if fit == len(items):
            break
    lines = [line for item in items[:fit] for line in item]
    if fit < len(items):
        lines.append(say(_MORE, language).format(len(items) - fit))
    for i, line in enumerate(lines):
        paper.line_of(x, y + 5.5 + (i + 0.8) * pitch, line, size)


def _that_fit(items: Sequence[Sequence[str]], room: int) -> int:
    """How many whole items stand on `room` lines; one line is kept for the rest's count."""
    if sum(map(len, items)) <= room:
        return len(items)
    used = 0
    for at, item in enumerate(items):
        used += len(item)
        if used > room - 1:
            return at
    return len(items)


def _sign(paper: Paper, sheet: DaySheet, language: Language) -> None:
    words = say(("Tempat, tanggal", "Place, date"), language)
    paper.line_of(paper.width - MARGIN, _SIGN, f"{words}: " + "." * 50, 8, align="right")
    closed = sheet.closed_by or ""
    signatures(paper, _SIGN + 3, [(say(role, language), closed if role is _CLOSER else "") for role in _ROLES])
