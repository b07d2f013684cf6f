"""Why somebody goes first: the closed list of reasons beside which an express card or another priority is given.

The ledger keeps the word with the name of whoever gave it; what else there is to say of a person stays out of it.
"""

from typing import Final

#: word -> (Indonesian, English).
OVERRIDES: Final[dict[str, tuple[str, str]]] = {
    "disaster": ("Korban bencana.", "A victim of a disaster."),
    "elderly": ("Lanjut usia.", "Elderly."),
    "disabled": ("Penyandang disabilitas.", "A person with a disability."),
    "pregnant": ("Ibu hamil atau menyusui.", "Pregnant, or with an infant."),
    "medical": ("Diperlukan untuk berobat.", "Needed for treatment."),
    "travel": ("Segera berangkat.", "Leaves soon."),
    "deadline": ("Ada batas waktu: sekolah, kerja, pemilu.", "A date to be met: school, work, an election."),
    "office-mistake": ("Kesalahan kantor.", "The office's own mistake."),
    "waited-long": ("Sudah menunggu terlalu lama.", "Has waited too long."),
    "ordered": ("Perintah atasan.", "A superior's order."),
    "correction": ("Pembetulan urutan sebelumnya.", "Puts an earlier change right."),
}  # fmt: skip

#: What stands in the ledger where a program of before this list gave a priority without a reason.
NOT_GIVEN: Final = "not-given"
