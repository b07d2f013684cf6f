"""What the spooler itself waits for: doubts about cards, and jobs that need somebody. All keywords are ours but
job-hold-until-specified (RFC 8011, 5.3.8)."""

from typing import Final

from .reason import Owner, Reason

_OFFICER, _SUPERVISOR, _IT = Owner.OFFICER, Owner.SUPERVISOR, Owner.IT

#: Cards of which nobody knows yet: before everything else.
DOUBTS: Final = (
    Reason(
        "inspect-card", _OFFICER, False,
        "Hasil cetak belum pasti.",
        ("Lihat printer: apakah ada kartu di tempat keluar, di kotak tolakan, atau di dalamnya?",
         "Cocokkan kartu itu dengan gambarnya.", "Jawab: tercetak, rusak, atau tidak ada kartu."),
        "It is not sure whether the card came out.",
        ("Look at the printer: is there a card in its exit, its reject box or inside?",
         "Hold that card beside its picture.", "Answer: printed, spoiled or no card."),
    ),
    Reason(
        "restored", _SUPERVISOR, False,
        "Antrean dipulihkan dari cadangan; kartunya mungkin sudah tercetak.",
        ("Bandingkan penghitung printer dengan yang diketahui cadangan.",
         "Cari kartunya di antara kartu yang sudah jadi.", "Nyatakan kartunya ada, atau lepaskan pekerjaan."),
        "The queue was restored from a copy; its card may have been printed already.",
        ("Compare the printers' counters with what the copy knew.", "Look for the card among those that are done.",
         "Say that the card exists, or release the job."),
    ),
    Reason(
        "printer-swapped", _IT, False,
        "Printer lain menjawab di alamat ini.",
        ("Baca nomor seri printer yang terpasang.", "Pasang kembali printer semula.",
         "Bila memang diganti, sesuaikan konfigurasi."),
        "Another printer answers at this address.",
        ("Read the serial number of the printer that stands there.", "Bring the first printer back.",
         "If it was replaced on purpose, change the configuration."),
    ),
)  # fmt: skip

#: The spooler at work, or its computer.
WORK: Final = (
    Reason(
        "settling", _OFFICER, True,
        "Memastikan nasib kartu terakhir.",
        ("Biarkan printer hidup.", "Jangan buka penutup atau mengambil kartu.", "Tunggu; hasilnya dipastikan sendiri."),
        "Making sure what became of the last card.",
        ("Leave the printer on.", "Do not open its cover or take a card.", "Wait; it is settled by itself."),
    ),
    Reason(
        "clock-suspect", _IT, True,
        "Jam komputer melompat.",
        ("Bandingkan jam komputer dengan jam yang benar.", "Betulkan jam bila salah.",
         "Konfirmasi: spooler confirm-clock."),
        "The computer's clock has jumped.",
        ("Compare the computer's clock with a good one.", "Put it right if it is wrong.",
         "Confirm it: spooler confirm-clock."),
    ),
    Reason(
        "spooler-fault", _IT, True,
        "Perangkat lunak terganggu; dicoba lagi sendiri.",
        ("Tunggu satu menit.", "Bila berulang, catat jam dan nomor pekerjaannya.",
         "Hubungi petugas TI dengan catatan itu dan isi log."),
        "The spooler failed here; it tries again by itself.",
        ("Wait a minute.", "If it comes back, write down the time and the job's number.",
         "Call IT with that note and the log."),
    ),
)  # fmt: skip

#: One job waits, or has ended.
JOBS: Final = (
    Reason(
        "text-does-not-fit", _OFFICER, True,
        "Teks terlalu panjang untuk kartu.",
        ("Lihat isian mana yang disebut.", "Singkatkan menurut aturan pada data asalnya.", "Kirim ulang permohonan."),
        "A text is too long for the card.",
        ("See which field is named.", "Shorten it by the rules, in the record it comes from.",
         "Submit the record anew."),
    ),
    Reason(
        "check-record", _SUPERVISOR, True,
        "Data perlu diperiksa penyelia.",
        ("Bandingkan isian yang disebut dengan dokumennya.", "Bila benar, lepaskan pekerjaan.",
         "Bila salah, batalkan dan kirim ulang."),
        "A supervisor must look at the record.",
        ("Hold the field named against the document.", "If it is right, release the job.",
         "If it is wrong, cancel it and submit it anew."),
    ),
    Reason(
        "awaits-approval", _SUPERVISOR, False,
        "Kartu kedua menunggu persetujuan.",
        ("Penyelia lain membaca alasannya.", "Bila setuju: spooler approve.", "Bila tidak, batalkan pekerjaan."),
        "A second card waits for approval.",
        ("Another supervisor reads the reason.", "If he agrees: spooler approve.", "If not, he cancels the job."),
    ),
    Reason(
        "job-hold-until-specified", _OFFICER, True,
        "Ditahan oleh seseorang.",
        ("Tanyakan di lokasi itu siapa yang menahannya.", "Tanyakan kepadanya apakah sudah boleh dicetak.",
         "Bila boleh: spooler release."),
        "It was held by somebody.",
        ("Ask at that site who holds it.", "Ask whether it may be printed now.", "If it may: spooler release."),
    ),
    Reason(
        "payload-unreadable", _IT, True,
        "Data kartu tidak dapat dibaca dari disk komputer.",
        ("Hubungi petugas TI: disk komputer terganggu.", "Bila disk baik lagi, lepaskan pekerjaan.",
         "Bila tidak, batalkan dan kirim ulang."),
        "The job's data cannot be read from the computer's disk.",
        ("Call IT: the computer's disk fails.", "When the disk is sound again, release the job.",
         "Else cancel it and submit it anew."),
    ),
    Reason(
        "tries-used-up", _IT, True,
        "Sudah beberapa kali dikirim; kartunya selalu gagal sebelum dicetak.",
        ("Lihat printer mana yang gagal: spooler printers.", "Periksa kabel dan jaringan printer itu.",
         "Lalu lepaskan pekerjaan, atau pindahkan ke printer lain."),
        "It was sent several times, and each time it broke off before a card was made.",
        ("See which printer failed: spooler printers.", "Have its cable and network looked at.",
         "Then release the job, or move it to another printer."),
    ),
    Reason(
        "qr-unreadable", _IT, True,
        "Kode QR tidak terbaca pada ukuran cetak.",
        ("Lihat berapa panjang isi kode QR.", "Pendekkan alamatnya di aplikasi pengirim.", "Kirim ulang."),
        "The QR code cannot be read at its printed size.",
        ("See how long the code's text is.", "Shorten the address in the application that sends it.",
         "Submit it anew."),
    ),
    Reason(
        "bad-picture", _OFFICER, True,
        "Foto atau tanda tangan tidak dapat dipakai.",
        ("Lihat gambar mana yang disebut.", "Ambil ulang.", "Kirim ulang permohonan dengan gambar baru."),
        "The photo or the signature cannot be used.",
        ("See which picture is named.", "Take it again.", "Submit the record anew with the new picture."),
    ),
    Reason(
        "payload-gone", _OFFICER, True,
        "Data kartu sudah dimusnahkan.",
        ("Jangan menunggu: datanya tidak kembali.", "Buka data asalnya di aplikasi.", "Kirim ulang permohonan."),
        "The job's data has been destroyed.",
        ("Do not wait: it does not come back.", "Open the record in the application.", "Submit the record anew."),
    ),
    Reason(
        "spoiled", _OFFICER, False,
        "Kartu rusak menurut petugas.",
        ("Simpan kartu rusak itu untuk dimusnahkan.", "Minta cetak ulang bila perlu.",
         "Bila sering terjadi, bersihkan printer."),
        "The officer found the card spoiled.",
        ("Keep the spoiled card for destruction.", "Ask for a reprint if one is needed.",
         "If it happens often, clean the printer."),
    ),
)  # fmt: skip
