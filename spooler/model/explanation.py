"""What is told of a job to whoever asks why it is not printed yet."""

from typing import Final

from attrs import frozen


@frozen
class Explanation:
    """Why a job stands where it stands.

    `why`: words of WHY, the most important first. `ahead`: cards that go before it; `capped`: or more. `expected_ms`:
    until its own card begins, if nothing new comes and nothing stops; None where nobody can say. `bound_ms`: so much
    machine time of its queue from now on, no later job of the normal band can go before it any more.
    """

    why: tuple[str, ...]
    ahead: int | None = None
    capped: bool = False
    expected_ms: int | None = None
    bound_ms: int | None = None
    able: int = 0  # printers that may print it
    working: int = 0  # of these, those that are not stopped
    stops: tuple[str, ...] = ()  # why the others are: keywords of model.reasons, the worst first
    until_ms: int | None = None  # when the first of its gates opens by itself, where all are shut


#: The closed list: word -> (Indonesian, English).
WHY: Final[dict[str, tuple[str, str]]] = {
    "ended": ("Pekerjaan ini sudah selesai.", "This job has ended."),
    "officer-asked": ("Petugas harus melihat apakah kartunya keluar.", "An officer must look whether a card came out."),
    "in-printer": ("Sedang dikerjakan printer.", "A printer has it."),
    "held": ("Ditahan; alasannya disebut di bawah.", "It is held; the reason stands below."),
    "held-until": (
        "Ditahan sampai waktu yang disebut di bawah; lalu dilepas sendiri.",
        "It is held until the time that stands below, then it is released by itself.",
    ),
    "no-printer": ("Tidak ada printer yang boleh mencetaknya.", "No printer may print it."),
    "printers-stopped": (
        "Semua printer yang boleh mencetaknya berhenti.", "All printers that may print it have stopped."
    ),
    "paused": ("Printer dijeda oleh petugas.", "An officer has paused its printers."),
    "site-paused": ("Lokasinya dijeda oleh penyelia.", "A supervisor has paused its site."),
    "outside-window": ("Di luar jam layanan.", "It is outside opening hours."),
    "ration-spent": ("Jatah blangko hari ini habis.", "Today's ration of blanks is spent."),
    "ration-reserve": (
        "Sisa jatah hari ini hanya untuk yang mendesak.", "What is left of today's ration is for urgent jobs."
    ),
    "next": ("Giliran berikutnya.", "It is next."),
    "express": (
        "Didahulukan: hanya menunggu kartu yang sudah mulai dikerjakan dan yang didahulukan sebelumnya.",
        "It is express: it waits only for cards already begun, and for express ones before it.",
    ),
    "express-first": (
        "Kartu yang didahulukan dicetak lebih dulu, berselingan dengan yang lain.",
        "Express cards go before it, taking turns with the others.",
    ),
    "others-first": ("Menunggu kartu di depannya.", "It waits for the cards before it."),
    "batch": (
        "Pekerjaan lain dari kelompok atau loket yang sama lebih dulu; kelompok besar diselingi pemohon lain.",
        "Other jobs of its group or counter come first; a large group takes turns with everybody else.",
    ),
    "low-priority": ("Prioritasnya di bawah normal.", "Its priority is below the normal one."),
    "aged": ("Sudah lama menunggu: tidak didahului lagi.", "It has waited long: nothing new goes before it any more."),
}  # fmt: skip
