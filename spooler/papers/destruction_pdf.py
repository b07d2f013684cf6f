"""The destruction list (Berita Acara Pemusnahan) on as many A4 pages as it needs.

Number, date and place, the way of destroying, officers and witnesses are blank lines: they are known only when the
cards burn, and are written and signed by hand. What is printed is the list, and its sums by stock and stage. The
signatures never stand on a page without a part of the list.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from spooler.model.daysheet import STAGES, DaySheet, Spoiled
from spooler.model.ids import show_id
from spooler.model.words import Language, Pair, defect, say, stage, stock

from .destruction_csv import listed
from .flow import Piece, draw
from .listing import Column, Listing, paragraph, title
from .page import BOLD, REGULAR, Paper, width_of
from .parts import MARGIN, letterhead, made_at, signatures
from .words import amount, moment, plain_date

_TITLE: Final[Pair] = ("BERITA ACARA PEMUSNAHAN BLANGKO RUSAK", "RECORD OF DESTRUCTION OF SPOILT BLANK CARDS")
_NUMBER: Final[Pair] = ("Nomor: ", "Number: ")
_OPENING: Final[Pair] = (
    "Pada hari ini .................... tanggal .......... bulan .................... tahun .........., bertempat di"
    " ............................................................, kami yang bertanda tangan di bawah ini telah"
    " memusnahkan {count} keping blangko rusak dari {where}, {days}, menurut daftar di bawah ini.",
    "On .................... the .......... day of .................... of the year .........., at"
    " ............................................................, we who sign below have destroyed {count} spoilt"
    " blank cards of {where}, {days}, as listed below.",
)
_BASIS: Final[Pair] = (
    "Dasar: Surat Edaran Menteri Dalam Negeri Nomor 470.13/11176/SJ tanggal 13 Desember 2018.",
    "Basis: circular of the Minister of Home Affairs no. 470.13/11176/SJ of 13 December 2018.",
)
_SUMS: Final[Pair] = ("Rekapitulasi", "Sums")
_LIST: Final[Pair] = ("Daftar blangko rusak", "List of spoilt blanks")
_NOTHING: Final[Pair] = ("Tidak ada blangko rusak.", "There is no spoilt blank.")
_METHOD: Final[Pair] = ("Cara pemusnahan:", "Destroyed by:")
_METHODS: Final[tuple[Pair, ...]] = (
    ("digunting sudutnya", "cutting the corners"),
    ("dicacah", "shredding"),
    ("dibakar", "burning"),
    ("lainnya: ..............................", "other: .............................."),
)
_WITH_SIGNATURES: Final = 3  # rows of the list
_OFFICER: Final[Pair] = ("Petugas", "Officer")
_HEAD: Final[Pair] = ("Penanggung jawab", "Person in charge")
_WITNESS: Final[Pair] = ("Saksi", "Witness")
_FROM: Final[Pair] = ("dari ..............................", "of ..............................")


def destruction_pdf(sheets: Sequence[DaySheet], language: Language = "id", later: Sequence[DaySheet] = ()) -> bytes:
    """The file, from one or more sheets of one city. Raises ValueError when there is no sheet.

    `later`: sheets of later days, whose corrections count.
    """
    if not sheets:
        raise ValueError("a destruction list needs at least one day's sheet")
    blanks = listed(sheets, later)
    where, days = _where(sheets, language), _days(sheets, language)
    name = say(_TITLE, language)
    paper = Paper(f"{name} {where} {days}", where, language, max(map(made_at, sheets)))
    number = say(_NUMBER, language) + "." * 40
    y = letterhead(paper, sheets[0].province, sheets[0].city, name, number, language)
    opening = say(_OPENING, language).format(count=amount(len(blanks), language), where=where, days=days)
    pieces = [paragraph(opening, 20, 10), paragraph(say(_BASIS, language), 6, 8)]
    pieces += _sums([blank for _, blank in blanks], language) + _list(blanks, language)
    pieces.append(Piece(96, lambda paper, y: _close(paper, y, language)))
    return draw(paper, pieces, y + 1, f"{where}, {days}", language)


def _where(sheets: Sequence[DaySheet], language: Language) -> str:
    sites = {sheet.site: sheet.site_name for sheet in sheets}
    if len(sites) == 1:
        return " ".join(*sites.items())
    return say(("{} lokasi", "{} sites"), language).format(len(sites))


def _days(sheets: Sequence[DaySheet], language: Language) -> str:
    first, last = (plain_date(date.fromisoformat(pick(s.day for s in sheets)), language) for pick in (min, max))
    return first if first == last else say(("{} s.d. {}", "{} to {}"), language).format(first, last)


def _sums(blanks: Sequence[Spoiled], language: Language) -> list[Piece]:
    heads = [Column(stage(name, language), 26, right=True) for name in STAGES]
    stocks = Column(say(("Blangko", "Blank"), language), 50)
    table = Listing((stocks, *heads, Column(say(("Jumlah", "Together"), language), 26, right=True)), 6, 5.5)

    def line(name: str, of: Sequence[Spoiled], *, bold: bool = False) -> Piece:
        counts = [sum(blank.stage == one for blank in of) for one in STAGES]
        return table.row([name, *(amount(n, language) for n in (*counts, len(of)))], bold=bold)

    pieces = [title(say(_SUMS, language)), table.heads()]
    for name in dict.fromkeys(blank.stock for blank in blanks):
        pieces.append(line(stock(name, language), [blank for blank in blanks if blank.stock == name]))
    return [*pieces, line(say(("Semua", "All"), language), blanks, bold=True)]


def _list(blanks: Sequence[tuple[DaySheet, Spoiled]], language: Language) -> list[Piece]:
    heading = title(say(_LIST, language))
    if not blanks:
        return [heading, paragraph(say(_NOTHING, language), 8)]
    words: tuple[tuple[Pair, float], ...] = (
        (("No.", "No."), 9), (("Lokasi", "Site"), 24), (("Blangko", "Blank"), 22), (("UID chip", "Chip UID"), 32),
        (("Nomor, pekerjaan", "Number, job"), 35), (("Tahap, alasan", "Stage, reason"), 27),
        (("Petugas, waktu", "Officer, time"), 31),
    )  # fmt: skip
    table = Listing([Column(say(pair, language), width) for pair, width in words], 6, 8.2, 7.5)
    pieces = [heading, table.heads()]
    for at, (sheet, blank) in enumerate(blanks, 1):
        job = None if blank.job is None else show_id(blank.job)
        when = moment(blank.at_ms, sheet.utc_offset_hours, language)
        cells = (
            amount(at, language), f"{sheet.site}\n{sheet.site_name}", stock(blank.stock, language), blank.uid or "–",
            "\n".join(filter(None, (blank.number, job))) or "–",
            f"{stage(blank.stage, language)}\n{defect(blank.reason, language)}", f"{blank.actor}\n{when}",
        )  # fmt: skip
        pieces.append(table.row(cells, with_next=at > len(blanks) - _WITH_SIGNATURES))
    return pieces


def _close(paper: Paper, y: float, language: Language) -> None:
    """The way of destroying, three officers and three witnesses."""
    paper.line_of(MARGIN, y + 8, say(_METHOD, language), 10, font=BOLD)
    x = MARGIN + 33
    for pair in _METHODS:
        paper.box(x, y + 5, 3.4, 3.4, 0.7)
        words = say(pair, language)
        paper.line_of(x + 5, y + 8, words, 9)
        x += 12 + width_of(words, REGULAR, 9)
    officer = (say(_OFFICER, language), "")
    signatures(paper, y + 17, [officer, officer, (say(_HEAD, language), "")])
    signatures(paper, y + 57, [(say(_WITNESS, language), say(_FROM, language))] * 3)
