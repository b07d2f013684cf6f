"""Closed words as people say them, in Indonesian and English: the one table for papers, desk and command line.

A word that is not here (a stock or an event that a later version adds) is said as it is.
"""

from collections.abc import Mapping
from typing import Final, Literal

from .card import DEFECTS
from .daysheet import STAGES
from .kinds import Stock

Language = Literal["id", "en"]
Pair = tuple[str, str]  # Indonesian, English

STOCK_WORDS: Final[Mapping[str, Pair]] = {
    Stock.CARD_KTP_WNI: ("KTP-el WNI", "KTP-el, citizen"),
    Stock.CARD_KTP_WNA: ("KTP-el WNA", "KTP-el, foreigner"),
    Stock.CARD_KIA: ("KIA", "KIA, child"),
    Stock.CARD_TEST: ("Kartu uji", "Test card"),
    Stock.PLAIN_A4: ("Kertas A4", "A4 paper"),
}
STAGE_WORDS: Final[Mapping[str, Pair]] = {
    "before-print": ("sebelum cetak", "before print"),
    "chip": ("saat isi chip", "at the chip"),
    "print": ("saat cetak", "in print"),
    "inspection": ("saat diperiksa", "at inspection"),
}
#: What people answered of a card.
ANSWER_WORDS: Final[Mapping[str, Pair]] = {
    "printed": ("baik", "good"),
    "spoiled": ("rusak", "spoilt"),
    "no-card": ("tidak ada kartu", "no card"),
}
#: Why something does not add up.
INCIDENT_WORDS: Final[Mapping[str, Pair]] = {
    "gap": ("Hitungan tidak cocok dengan buku", "The count is not the book's"),
    "outside": ("Kartu keluar di luar sistem", "A card was moved outside the system"),
    "two-cards": ("Dua kartu untuk satu izin cetak", "Two cards under one authorisation"),
    "parcel": ("Isi paket tidak cocok dengan surat jalan", "A parcel did not hold what was sent"),
    "same-chip": ("Nomor chip sudah ada pada kartu lain", "Another card has this chip's number"),
    "counter-elsewhere": ("Penghitung printer maju di lokasi lain", "The printer's counter moved at another site"),
    "counter-back": ("Penghitung printer mundur", "The printer's counter went back"),
    "counter-leapt": ("Penghitung printer melompat", "The printer's counter leapt"),
}
#: What happened: the ledger's events that a day's sheet may tell of.
EVENT_WORDS: Final[Mapping[str, Pair]] = {
    "printed": ("Kartu tercetak", "A card was printed"),
    "found-printed": ("Kartu ternyata sudah tercetak", "A card turned out to be printed"),
    "resolved-printed": ("Kartu dinyatakan baik", "A card was found good"),
    "resolved-spoiled": ("Kartu dinyatakan rusak", "A card was found spoilt"),
    "inspected-spoiled": ("Kartu rusak saat diperiksa", "A card failed inspection"),
    "corrected-completed": ("Jawaban dikoreksi", "An answer was corrected"),
    "corrected-aborted": ("Jawaban dikoreksi", "An answer was corrected"),
    "corrected-pending": ("Jawaban dikoreksi", "An answer was corrected"),
    "corrected-canceled": ("Jawaban dikoreksi", "An answer was corrected"),
    "stock-received": ("Diterima", "Received"),
    "stock-transferred": ("Dipindahkan", "Transferred"),
    "stock-sent": ("Paket dikirim", "A parcel was sent"),
    "stock-arrived": ("Paket diterima", "A parcel arrived"),
    "stock-taken-back": ("Paket ditarik kembali", "A parcel was taken back"),
    "stock-loaded": ("Dimasukkan ke printer", "Loaded"),
    "stock-unloaded": ("Dikeluarkan dari printer", "Unloaded"),
    "stock-returned": ("Dikembalikan", "Returned"),
    "stock-destroyed": ("Dimusnahkan", "Destroyed"),
    "stock-tested": ("Dipakai uji", "Used for a test"),
    "stock-outside": ("Keluar di luar sistem", "Moved outside the system"),
    "stock-spoiled": ("Blangko rusak", "A blank was spoilt"),
}
_ROLLS: Final[Mapping[str, Pair]] = {"ribbon": ("Pita", "Ribbon"), "film": ("Film", "Film")}


def say(pair: Pair, language: Language) -> str:
    """One of the two."""
    return pair[0] if language == "id" else pair[1]


def word(table: Mapping[str, Pair], name: str, language: Language) -> str:
    """A closed word of a table."""
    return say(table.get(name, (name, name)), language)


def stock(name: str, language: Language) -> str:
    """A stock's name for people; a roll keeps its serial."""
    kind, colon, serial = name.partition(":")
    return f"{word(_ROLLS, kind, language)} {serial}" if colon else word(STOCK_WORDS, name, language)


def stage(name: str, language: Language) -> str:
    """Where a blank was spoilt."""
    return word(STAGE_WORDS, name, language)


def stages(language: Language) -> tuple[str, ...]:
    """All of them, in the order of STAGES."""
    return tuple(stage(name, language) for name in STAGES)


def defect(keyword: str, language: Language) -> str:
    """What is wrong with a damaged card."""
    found = DEFECTS.get(keyword)
    return keyword if found is None else say((found.indonesian, found.english), language)
