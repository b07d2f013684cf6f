"""Why something stands still: the closed list (law 8). IPP keywords where IPP has one.

Each reason says in Indonesian and English what is the matter and what to do next, and whether trying again is safe.
"""

from typing import Final

from attrs import frozen


@frozen
class Reason:
    """One reason for a stop or a hold."""

    keyword: str
    indonesian: str
    english: str
    todo_indonesian: str
    todo_english: str
    safe_to_retry: bool


def _table(*reasons: Reason) -> dict[str, Reason]:
    return {reason.keyword: reason for reason in reasons}


#: The order is the order of urgency: the first that applies is shown first.
REASONS: Final = _table(
    Reason(
        "inspect-card",
        "Hasil cetak belum pasti.",
        "It is not sure whether the card came out.",
        "Lihat kartu di printer, lalu jawab: tercetak, rusak, atau tidak ada kartu.",
        "Look at the printer, then answer: printed, spoiled or no card.",
        False,
    ),
    Reason(
        "restored",
        "Antrean dipulihkan dari cadangan; kartunya mungkin sudah tercetak.",
        "The queue was restored from a copy; its card may have been printed already.",
        "Penyelia membandingkan penghitung printer, lalu menyatakan kartu sudah tercetak atau melepaskan pekerjaan.",
        "A supervisor compares the printers' counters, then says that the card exists or releases the job.",
        False,
    ),
    Reason(
        "printer-swapped",
        "Printer lain menjawab di alamat ini.",
        "Another printer answers at this address.",
        "Pasang kembali printer semula, atau periksa konfigurasi.",
        "Bring the first printer back, or check the configuration.",
        False,
    ),
    Reason(
        "media-jam",
        "Kartu macet.",
        "A card is jammed.",
        "Buka penutup, keluarkan kartu, tutup kembali.",
        "Open the cover, take the card out, close it again.",
        False,
    ),
    Reason(
        "device-fault",
        "Printer melaporkan kerusakan.",
        "The printer reports a fault.",
        "Matikan dan hidupkan printer; bila berulang, hubungi teknisi.",
        "Switch the printer off and on; if it comes back, call a technician.",
        False,
    ),
    Reason(
        "cover-open",
        "Penutup printer terbuka.",
        "The printer's cover is open.",
        "Tutup penutup printer.",
        "Close the cover.",
        True,
    ),
    Reason(
        "media-empty",
        "Blangko habis.",
        "The card feeder is empty.",
        "Isi blangko ke dalam printer.",
        "Load blank cards.",
        True,
    ),
    Reason(
        "marker-supply-missing",
        "Pita belum terpasang.",
        "There is no ribbon.",
        "Pasang pita.",
        "Put a ribbon in.",
        True,
    ),
    Reason(
        "marker-supply-unsuitable",
        "Pita tidak cocok untuk printer ini.",
        "The ribbon does not suit this printer.",
        "Pasang pita yang sesuai dengan printer.",
        "Put in the ribbon that this printer is set up for.",
        True,
    ),
    Reason(
        "marker-supply-empty",
        "Pita habis.",
        "The ribbon has ended.",
        "Ganti pita.",
        "Change the ribbon.",
        True,
    ),
    Reason(
        "marker-supply-low",
        "Pita hampir habis.",
        "The ribbon is nearly used up.",
        "Siapkan pita baru.",
        "Have a new ribbon ready.",
        True,
    ),
    Reason(
        "media-low",
        "Blangko hampir habis.",
        "The card feeder is nearly empty.",
        "Siapkan blangko.",
        "Have blank cards ready.",
        True,
    ),
    Reason(
        "output-area-full",
        "Tempat kartu keluar penuh.",
        "The output hopper is full.",
        "Ambil kartu dari tempat keluar.",
        "Take the cards out of the hopper.",
        True,
    ),
    Reason(
        "cooling",
        "Printer sedang mendingin.",
        "The printer is cooling down.",
        "Tunggu; pencetakan berlanjut sendiri.",
        "Wait; printing goes on by itself.",
        True,
    ),
    Reason(
        "cleaning-required",
        "Printer perlu dibersihkan.",
        "The printer needs cleaning.",
        "Jalankan kartu pembersih.",
        "Run a cleaning card.",
        True,
    ),
    Reason(
        "in-use",
        "Printer sedang dipakai komputer lain.",
        "Another computer is using the printer.",
        "Tunggu; pencetakan berlanjut sendiri. Bila lama, tutup program cetak di komputer lain.",
        "Wait; printing goes on by itself. If it lasts, close the other computer's printing program.",
        True,
    ),
    Reason(
        "connecting-to-device",
        "Printer tidak menjawab.",
        "The printer does not answer.",
        "Periksa listrik dan kabel; pencetakan berlanjut sendiri.",
        "Check power and cable; printing goes on by itself.",
        True,
    ),
    Reason(
        "settling",
        "Memastikan nasib kartu terakhir.",
        "Making sure what became of the last card.",
        "Tunggu; jangan matikan printer.",
        "Wait; leave the printer on.",
        True,
    ),
    Reason(
        "clock-suspect",
        "Jam komputer melompat.",
        "The computer's clock has jumped.",
        "Periksa jam, lalu konfirmasi.",
        "Check the clock, then confirm it.",
        True,
    ),
    Reason(
        "text-does-not-fit",
        "Teks terlalu panjang untuk kartu.",
        "A text is too long for the card.",
        "Perbaiki data dan kirim ulang.",
        "Correct the record and submit it anew.",
        True,
    ),
    Reason(
        "check-record",
        "Data perlu diperiksa penyelia.",
        "A supervisor must look at the record.",
        "Bandingkan isian yang disebut dengan dokumennya; bila benar lepaskan, bila salah batalkan dan kirim ulang.",
        "Hold the field named against the document: release the job if it is right, else cancel and submit it anew.",
        True,
    ),
    Reason(
        "awaits-approval",
        "Kartu kedua menunggu persetujuan.",
        "A second card waits for approval.",
        "Seorang penyelia lain memeriksa alasannya, lalu menyetujui atau membatalkan.",
        "Another supervisor looks at the reason, then approves or cancels it.",
        False,
    ),
    Reason(
        "job-hold-until-specified",
        "Ditahan oleh petugas.",
        "It was held by somebody.",
        "Lepaskan bila sudah boleh dicetak.",
        "Release it when it may be printed.",
        True,
    ),
    Reason(
        "qr-unreadable",
        "Kode QR tidak terbaca pada ukuran cetak.",
        "The QR code cannot be read at its printed size.",
        "Kirim ulang dengan isi QR yang lebih pendek.",
        "Submit it anew with a shorter text in the QR code.",
        True,
    ),
    Reason(
        "bad-picture",
        "Foto atau tanda tangan tidak dapat dipakai.",
        "The photo or the signature cannot be used.",
        "Ambil ulang dan kirim lagi.",
        "Take it again and submit it anew.",
        True,
    ),
    Reason(
        "payload-gone",
        "Data kartu sudah dimusnahkan.",
        "The job's data has been destroyed.",
        "Kirim ulang permohonan.",
        "Submit the record anew.",
        True,
    ),
    Reason(
        "payload-unreadable",
        "Data kartu tidak dapat dibaca dari disk komputer.",
        "The job's data cannot be read from the computer's disk.",
        "Hubungi petugas TI. Bila disk baik lagi, lepaskan; bila tidak, batalkan dan kirim ulang.",
        "Call IT. Release it when the disk is sound again; else cancel it and submit it anew.",
        True,
    ),
    Reason(
        "spooler-fault",
        "Perangkat lunak terganggu; dicoba lagi sendiri.",
        "The spooler failed here; it tries again by itself.",
        "Bila berulang, hubungi teknisi dengan isi log.",
        "If it comes back, call a technician with the log.",
        True,
    ),
    Reason(
        "spoiled",
        "Kartu rusak menurut petugas.",
        "The officer found the card spoiled.",
        "Catat blangko rusak; minta cetak ulang bila perlu.",
        "Book the spoiled blank; ask for a reprint if one is needed.",
        False,
    ),
)


def worst_first(keywords: set[str]) -> tuple[str, ...]:
    """Keywords in the order of the table."""
    return tuple(keyword for keyword in REASONS if keyword in keywords)


#: worse -> milder: who is told the first need not be told the others.
_SAYS_TOO: Final = {
    "marker-supply-missing": frozenset({"marker-supply-empty", "marker-supply-low"}),
    "marker-supply-empty": frozenset({"marker-supply-low"}),
}


def to_tell(keywords: set[str]) -> tuple[str, ...]:
    """What people are told of these: worst first, without what a worse one says already."""
    said: set[str] = set().union(*(_SAYS_TOO.get(keyword, ()) for keyword in keywords))
    return worst_first(keywords - said)
