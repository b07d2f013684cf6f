"""The city's sheet on lying A4: a table for each stock with a line per site and their sum, then all that wants an eye.

Last come the heads of the sites' ledgers, as each sheet had it: with this one paper all of them can be checked.
"""

from typing import Final

from spooler.model.citysheet import CitySheet, Matter, Notice
from spooler.model.daysheet import Line
from spooler.model.remark import said
from spooler.model.words import Language, Pair, say, stock

from .daily_csv import amounts
from .flow import Piece, draw
from .listing import Column, Listing, paragraph, title
from .page import BOLD, Paper, width_of
from .parts import MARGIN, letterhead, made_at, signatures
from .words import BALANCE, amount, long_date, matter, moment

_AMOUNTS: Final = 225.0  # mm for all columns of amounts
_LEAST: Final = 9.0
_AIR: Final = 3.0  # beside a word
_TITLE: Final[Pair] = ("LAPORAN HARIAN BLANGKO KOTA", "DAILY SHEET OF BLANK CARDS, ALL SITES")
_SITES: Final[Pair] = ("{} lokasi", "{} sites")
_SITE: Final[Pair] = ("Lokasi", "Site")
_TOGETHER: Final[Pair] = ("Jumlah", "Together")
_NOTICES: Final[Pair] = ("Perlu perhatian ({})", "For attention ({})")
_QUIET: Final[Pair] = (
    "Tidak ada: semua hari ditutup, semua stok dihitung dan cocok.",
    "Nothing: every day is closed, every stock counted and equal.",
)
_HEADS: Final[Pair] = ("Ujung buku besar (ledger) tiap lokasi", "Head of each site's ledger")
_ROLES: Final[tuple[Pair, ...]] = (("Yang menyusun", "Drawn up by"), ("Mengetahui", "Acknowledged by"))


def city_pdf(city: CitySheet, language: Language = "id") -> bytes:
    """The file; the same sheets give the same bytes."""
    name = say(_TITLE, language)
    paper = Paper(f"{name} {city.day}", city.city, language, max(map(made_at, city.sites)), wide=True)
    below = f"{long_date(city.day, language)}   ·   {say(_SITES, language).format(len(city.sites))}"
    y = letterhead(paper, city.province, city.city, name, below, language)
    pieces = [*_stocks(city, language), *_notices(city, language), *_heads(city, language)]
    pieces.append(Piece(44, lambda paper, y: _sign(paper, y, language)))
    return draw(paper, pieces, y, f"{name}, {city.city}, {long_date(city.day, language)}", language)


def _stocks(city: CitySheet, language: Language) -> list[Piece]:
    heads = [say(words, language) for _, _, words in BALANCE]
    # a column as wide as the longest word of its head asks for
    least = [max(_LEAST, *(width_of(word, BOLD, 7.5) + _AIR for word in head.split())) for head in heads]
    columns = [Column(head, _AMOUNTS * part / sum(least), right=True) for head, part in zip(heads, least)]
    table = Listing((Column(say(_SITE, language), 42), *columns), 14, 5.4, 7.5)
    pieces = [table.heads()]
    for name, total in zip(city.stocks, city.totals):
        pieces.append(table.band(stock(name, language)))
        for sheet, line in city.of(name):
            pieces.append(_line(table, f"{sheet.site} {sheet.site_name}", line, language))
        pieces.append(_line(table, say(_TOGETHER, language), total, language, bold=True))
    return pieces


def _line(table: Listing, name: str, line: Line, language: Language, *, bold: bool = False) -> Piece:
    values = amounts(line)
    names = [row for row, _, _ in BALANCE]
    cells = [amount(values[row], language, signed=row == "gap") for row in names]
    loud = {at for at, row in enumerate(names, 1) if row in ("gap", "doubts", "missed") and values[row]}
    return table.row([name, *cells], bold=bold, loud=loud)


def _notices(city: CitySheet, language: Language) -> list[Piece]:
    notices = city.notices
    heading = title(say(_NOTICES, language).format(amount(len(notices), language)))
    if not notices:
        return [heading, paragraph(say(_QUIET, language), 7)]
    table = Listing([Column("", 46), Column("", 221)], 0, 5.4)
    rows = [table.row((f"{n.site} {n.site_name}", notice_text(n, language))) for n in notices]
    return [heading, *rows]


def notice_text(notice: Notice, language: Language) -> str:
    """What is the matter, without the site: `KTP-el WNI: selisih -1`."""
    about = f"{stock(notice.stock, language)}: " if notice.stock else ""
    what = matter(notice.matter, language)
    if notice.matter in (Matter.GAP, Matter.DOUBTS):
        return f"{about}{what} {amount(notice.amount, language, signed=notice.matter is Matter.GAP)}"
    return f"{about}{what}: {said(notice.text, language)}" if notice.text else f"{about}{what}"


def _heads(city: CitySheet, language: Language) -> list[Piece]:
    words: tuple[tuple[Pair, float], ...] = (
        (_SITE, 46), (("Ditutup oleh", "Closed by"), 32), (("Waktu", "Time"), 33), (("Rantai", "Chain"), 30),
        (("Nomor", "Number"), 20),
    )  # fmt: skip
    columns = [*(Column(say(pair, language), width) for pair, width in words), Column("SHA-256", 106, mono=True)]
    table = Listing(columns, 6, 5.4, 7.5)
    pieces = [title(say(_HEADS, language)), table.heads()]
    for sheet in city.sites:
        when = "–" if sheet.closed_ms is None else moment(sheet.closed_ms, sheet.utc_offset_hours, language)
        name = f"{sheet.site} {sheet.site_name}"
        cells = (name, sheet.closed_by or "–", when, sheet.chain or "–", amount(sheet.n, language), sheet.head or "–")
        pieces.append(table.row(cells))
    return pieces


def _sign(paper: Paper, y: float, language: Language) -> None:
    words = say(("Tempat, tanggal", "Place, date"), language)
    paper.line_of(paper.width - MARGIN, y + 6, f"{words}: " + "." * 50, 8, align="right")
    signatures(paper, y + 10, [(say(role, language), "") for role in _ROLES])
