"""What only the papers say, in Indonesian and English: the balance's rows, amounts, dates and times.

The closed words that desk and command line say too are in model.words.
"""

from datetime import date
from typing import Final

from spooler.model.citysheet import Matter
from spooler.model.localtime import local, zone
from spooler.model.words import STAGE_WORDS, Language, Pair, say


def _spoilt(stage: str) -> Pair:
    indonesian, english = STAGE_WORDS[stage]
    return f"Rusak {indonesian}", f"Spoilt {english}"


#: (row of the balance, its words), in the order of the sheet; the sign says what it does to the balance.
BALANCE: Final[tuple[tuple[str, str, Pair], ...]] = (
    ("opening", "", ("Sisa awal", "Opening")),
    ("received", "+", ("Diterima", "Received")),
    ("arrived", "+", ("Dari paket", "From parcels")),
    ("good", "−", ("Tercetak baik", "Printed, good")),
    ("spoilt_before_print", "−", _spoilt("before-print")),
    ("spoilt_chip", "−", _spoilt("chip")),
    ("spoilt_print", "−", _spoilt("print")),
    ("spoilt_inspection", "−", _spoilt("inspection")),
    ("test", "−", ("Kartu uji", "Test cards")),
    ("outside", "−", ("Keluar di luar sistem", "Moved outside the system")),
    ("returned", "−", ("Dikembalikan ke pusat", "Returned to the centre")),
    ("sent", "−", ("Dikirim dalam paket", "Sent in parcels")),
    ("destroyed", "−", ("Dimusnahkan", "Destroyed")),
    ("closing", "=", ("Sisa akhir menurut buku", "Closing by the book")),
    ("counted", "", ("Hasil hitung fisik", "Counted by hand")),
    ("gap", "", ("Selisih", "Gap")),
    ("counter_delta", "", ("Penghitung printer", "Printer's counter")),
    ("panels", "", ("Panel pita terpakai", "Ribbon panels used")),
    ("doubts", "", ("Belum pasti", "Open doubts")),
    ("on_the_way", "", ("Paket di jalan", "On the way")),
    ("missed", "", ("Kurang dalam paket", "Missed in parcels")),
)

_MATTERS: Final[dict[Matter, Pair]] = {
    Matter.GAP: ("selisih", "gap"),
    Matter.DOUBTS: ("belum pasti", "open doubts"),
    Matter.UNCOUNTED: ("belum dihitung", "not counted"),
    Matter.NOT_CLOSED: ("hari belum ditutup", "day not closed"),
    Matter.INCIDENT: ("kejadian", "incident"),
    Matter.CORRECTION: ("koreksi", "correction"),
}
_DAYS: Final[tuple[Pair, ...]] = (
    ("Senin", "Monday"), ("Selasa", "Tuesday"), ("Rabu", "Wednesday"), ("Kamis", "Thursday"), ("Jumat", "Friday"),
    ("Sabtu", "Saturday"), ("Minggu", "Sunday"),
)  # fmt: skip
_MONTHS: Final[tuple[Pair, ...]] = (
    ("Januari", "January"), ("Februari", "February"), ("Maret", "March"), ("April", "April"), ("Mei", "May"),
    ("Juni", "June"), ("Juli", "July"), ("Agustus", "August"), ("September", "September"), ("Oktober", "October"),
    ("November", "November"), ("Desember", "December"),
)  # fmt: skip


def matter(value: Matter, language: Language) -> str:
    """What wants a person's eye."""
    return say(_MATTERS[value], language)


def amount(value: int | None, language: Language, *, signed: bool = False) -> str:
    """1.234 in Indonesian, 1,234 in English; a dash where nobody knows."""
    if value is None:
        return "–"
    text = f"{value:+,}" if signed and value else f"{value:,}"
    return text.replace(",", ".") if language == "id" else text


def long_date(day: str, language: Language) -> str:
    """Selasa, 24 November 2026."""
    found = date.fromisoformat(day)
    return f"{say(_DAYS[found.weekday()], language)}, {plain_date(found, language)}"


def plain_date(day: date, language: Language) -> str:
    """24 November 2026."""
    return f"{day.day} {say(_MONTHS[day.month - 1], language)} {day.year}"


def moment(at_ms: int, utc_offset_hours: int, language: Language) -> str:
    """24-11-2026 16.05 WIB."""
    at = local(at_ms, utc_offset_hours)
    clock = at.strftime("%H.%M" if language == "id" else "%H:%M")
    return f"{at.day:02d}-{at.month:02d}-{at.year:04d} {clock} {zone(utc_offset_hours)}"
