"""The parts that all papers share: the letterhead, the ledger's head with its QR, the lines to sign."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from spooler.model.daysheet import DaySheet
from spooler.model.localtime import local
from spooler.model.words import Language, Pair, say

from .page import BOLD, MONO, Paper
from .words import amount

MARGIN: Final = 15.0  # mm
_GROUP: Final = 8  # hex digits
_OFFICE: Final[Pair] = ("DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL", "POPULATION AND CIVIL REGISTRATION OFFICE")
_EMPTY: Final[Pair] = ("Buku besar masih kosong.", "The ledger is still empty.")
_HEAD: Final[Pair] = ("Ujung buku besar (ledger) saat lembar ini dibuat", "The ledger's head when this sheet was made")
_FACTS: Final[Pair] = ("Rantai {}   ·   Nomor {}", "Chain {}   ·   Number {}")
_NOTE: Final[Pair] = (
    "Sidik (hash) ini mengunci setiap catatan sampai nomor tersebut. Simpan lembar ini di tempat lain: dengan itu"
    " setiap perubahan catatan sesudahnya dapat dibuktikan.",
    "This hash seals every entry up to that number. Keep this sheet in another place: with it any later change of"
    " those entries can be proved.",
)


def made_at(sheet: DaySheet) -> datetime:
    """The time a file of this sheet gives as its own: when the day was closed, or the day's begin while it is open."""
    if sheet.closed_ms is None:
        return datetime.fromisoformat(sheet.day)
    return local(sheet.closed_ms, sheet.utc_offset_hours)


def letterhead(paper: Paper, province: str, city: str, title: str, below: str, language: Language) -> float:
    """The head of a first page; returns where it ends, in mm."""
    middle, wide = MARGIN, paper.width - 2 * MARGIN
    word = "PROVINSI" if language == "id" else "PROVINCE OF"
    paper.text(middle, 12, wide, 5, f"{word} {province.upper()}", 9, align="centre")
    paper.text(middle, 16.5, wide, 6, city.upper(), 13, font=BOLD, align="centre")
    paper.text(middle, 22.5, wide, 5, say(_OFFICE, language), 9, align="centre")
    paper.rule(middle, 29, middle + wide, 29, 1.4)
    paper.rule(middle, 29.9, middle + wide, 29.9, 0.4)
    paper.text(middle, 33, wide, 7, title, 14, font=BOLD, align="centre")
    paper.text(middle, 39.5, wide, 5, below, 10, align="centre")
    return 46


def grouped(head: str) -> str:
    """A hash for people: groups of 8, so that two papers can be compared with a finger."""
    return " ".join(head[at : at + _GROUP] for at in range(0, len(head), _GROUP))


def head_text(sheet: DaySheet) -> str:
    """What the QR says: a word and version, the site, its day, then chain, number and hash of the ledger's head."""
    return " ".join(("ktp-ledger-head-1", sheet.site, sheet.day, sheet.chain, str(sheet.n), sheet.head))


def ledger_head(paper: Paper, y: float, sheet: DaySheet, language: Language) -> None:
    """The ledger's head as text and as QR, 30 mm high."""
    x, wide = MARGIN, paper.width - 2 * MARGIN
    paper.box(x, y, wide, 30, 0.4)
    if not sheet.head:
        paper.text(x + 3, y, wide - 6, 30, say(_EMPTY, language), 8)
        return
    paper.qr(x + 0.5, y + 0.5, 29, head_text(sheet))
    left = x + 32
    paper.line_of(left, y + 5.5, say(_HEAD, language), 8, font=BOLD)
    facts = say(_FACTS, language).format(sheet.chain, amount(sheet.n, language))
    paper.text(left, y + 7.2, wide - 35, 4, facts, 8)
    half = len(sheet.head) // 2
    for i, part in enumerate((sheet.head[:half], sheet.head[half:])):
        paper.text(left, y + 11.6 + 4.4 * i, wide - 35, 4.4, grouped(part), 10.5, font=MONO)
    paper.text(left, y + 21, wide - 35, 8, say(_NOTE, language), 7)


def signatures(paper: Paper, y: float, roles: Sequence[tuple[str, str]]) -> None:
    """Places to sign side by side, 32 mm high: a role, a line below it, and blank lines for hand and name."""
    wide = (paper.width - 2 * MARGIN) / len(roles)
    for i, (role, below) in enumerate(roles):
        x = MARGIN + i * wide
        paper.text(x + 2, y, wide - 4, 4.5, role, 9, align="centre")
        paper.text(x + 2, y + 4.2, wide - 4, 4, below, 7.5, align="centre", light=0.25)
        paper.rule(x + 7, y + 25, x + wide - 7, y + 25, 0.5)
        paper.line_of(x + 7, y + 29.5, "NIP.", 8)
