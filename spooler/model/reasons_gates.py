"""What keeps a printer from its next card though it could print: people's pauses, opening hours, rations. All keywords
are ours but paused (RFC 8011, 5.4.12)."""

from typing import Final

from .reason import Owner, Reason

_OFFICER, _STOCK, _SUPERVISOR = Owner.OFFICER, Owner.STOCK_KEEPER, Owner.SUPERVISOR

GATES: Final = (
    Reason(
        "paused", _OFFICER, True,
        "Printer dijeda oleh petugas.",
        ("Lihat alasan jedanya.", "Tanyakan kepada petugas yang menjeda.",
         "Bila boleh, lanjutkan: jeda / lanjutkan printer."),
        "An officer has paused the printer.",
        ("See why it was paused.", "Ask the officer who paused it.", "If it may go on: pause / resume a printer."),
    ),
    Reason(
        "site-paused", _SUPERVISOR, True,
        "Lokasi dijeda oleh penyelia.",
        ("Lihat alasan jedanya.", "Tanyakan kepada penyelia yang menjeda.",
         "Bila boleh, minta penyelia melanjutkan: spooler resume."),
        "A supervisor has paused the site.",
        ("See why it was paused.", "Ask the supervisor who paused it.",
         "If it may go on, ask the supervisor: spooler resume."),
    ),
    Reason(
        "outside-window", _SUPERVISOR, True,
        "Di luar jam layanan.",
        ("Tunggu jam buka yang disebut; pencetakan jalan sendiri.", "Biarkan printer hidup menjelang jam buka.",
         "Untuk hari tambahan, minta IT menambah window_exception."),
        "It is outside opening hours.",
        ("Wait until it opens, as is told; printing goes on by itself.", "Have the printer switched on by then.",
         "For an extra day ask IT to add a window_exception."),
    ),
    Reason(
        "ration-spent", _STOCK, True,
        "Jatah blangko hari ini habis.",
        ("Beri tahu pemohon: kartunya dicetak pada hari layanan berikutnya.", "Periksa sisa blangko lokasi ini.",
         "Bila jatah perlu diubah, minta penyelia dan IT mengubah ration."),
        "Today's ration of blanks is spent.",
        ("Tell the applicants: their cards are printed on the next open day.", "Look how many blanks the site has.",
         "If the ration must change, ask the supervisor and IT to change it."),
    ),
    Reason(
        "ration-reserve", _STOCK, True,
        "Sisa jatah hari ini hanya untuk yang mendesak.",
        ("Pekerjaan mendesak tetap dicetak.", "Pekerjaan biasa menunggu hari layanan berikutnya.",
         "Untuk yang mendesak, minta penyelia menaikkan prioritasnya."),
        "What is left of today's ration is for urgent jobs.",
        ("Urgent jobs are still printed.", "Ordinary jobs wait for the next open day.",
         "For an urgent one ask the supervisor to raise its priority."),
    ),
)  # fmt: skip
