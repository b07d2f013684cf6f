"""A doubt: what is known of a card of which nobody can say yet whether it came out."""

from typing import Final

from attrs import frozen

from .ids import JobId


@frozen
class Doubt:
    """The last attempt of a job in `processing-stopped`. Times are UTC milliseconds."""

    job: JobId
    row: str  # of the verdict table
    attempt: int
    printer: str
    serial: str  # of the printer that was given the card
    counter_before: int | None  # None: it has no counter
    counter_after: int | None  # None: it has none, or did not answer any more
    intended_ms: int
    doubted_ms: int


@frozen
class Why:
    """What a row of the verdict table that gave `unknown` says to the officer who has to look."""

    indonesian: str
    english: str


#: row -> why nobody can know. The table is in rules.verdict; `no-answer` is the press's own, when nobody answers it.
WHY: Final[dict[str, Why]] = {
    "printer-swapped": Why("Printer lain menjawab di alamat ini.", "Another printer answers at this address."),
    "moved-without-us": Why(
        "Penghitung bergerak sebelum kartu dikirim.", "The counter moved before the card was sent."
    ),
    "counter-went-back": Why("Penghitung printer mundur.", "The printer's counter went back."),
    "counter-jumped": Why("Penghitung maju lebih dari satu kartu.", "The counter moved by more than one card."),
    "counted-with-fault": Why(
        "Kartu terhitung, tetapi printer melaporkan gangguan.",
        "The card was counted, and the printer reported a fault.",
    ),
    "counted-on-part": Why(
        "Kartu terhitung, tetapi datanya hanya terkirim sebagian.",
        "A card was counted, and only a part of it was sent.",
    ),
    "fault-unmoved": Why(
        "Printer melaporkan gangguan; kartu tidak terhitung.", "The printer reported a fault; no card was counted."
    ),
    "ended-uncounted": Why(
        "Printer melaporkan selesai, tetapi kartu tidak terhitung.",
        "The printer reported the end, and no card was counted.",
    ),
    "fault-uncounted": Why(
        "Printer melaporkan gangguan dan tidak punya penghitung.", "The printer reported a fault, and has no counter."
    ),
    "part-uncounted": Why(
        "Data hanya terkirim sebagian; tidak ada penghitung.", "Only a part was sent, and there is no counter."
    ),
    "counter-unread": Why("Penghitung tidak terbaca.", "The counter could not be read."),
    "report-missed": Why("Printer tidak melaporkan hasilnya.", "The printer did not report how it ended."),
    "accountable-uncounted": Why(
        "Printer ini tidak menghitung kartu.", "This printer does not count cards, and blanks are accounted for."
    ),
    "plain-maybe-sent": Why("Perangkat lunak berhenti saat mengirim.", "The spooler ended while it was sending."),
    "no-answer": Why("Printer tidak menjawab lagi.", "The printer did not answer any more."),
}


@frozen
class View:
    """A command: somebody is shown what is sealed. Its entry is durable before it is shown."""

    job: JobId
    actor: str
    what: str  # "doubt" or "note"
