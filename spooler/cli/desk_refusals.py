"""What an officer reads in Indonesian where the spooler refuses: a sentence for every code of the protocol.

The spooler's own sentences are English, for programs and for who looks after them.
"""

from collections.abc import Mapping
from typing import Final

from spooler.client import ServerError

_ASK_IT: Final = "Hubungi petugas TI dan sebutkan kode ini."
#: code of model.problem.CODES -> what it means at the desk.
REFUSALS: Final[Mapping[str, str]] = {
    "bad-message": f"Pesan ke spooler rusak. {_ASK_IT}",
    "unknown-method": f"Spooler ini tidak mengenal permintaan itu: versinya berbeda. {_ASK_IT}",
    "bad-params": f"Permintaan tidak lengkap atau tidak cocok. {_ASK_IT}",
    "too-large": "Terlalu banyak atau terlalu panjang. Periksa angka atau nomor seri yang diketik.",
    "unauthorised": "Meja ini belum dikenal spooler. Keluar, lalu masuk lagi dengan token Anda.",
    "forbidden": "Anda tidak berhak melakukan ini. Hubungi penyelia.",
    "unsupported-version": f"Versi meja dan spooler berbeda. {_ASK_IT}",
    "missing-field": "Ada isian yang kurang. Ulangi dari awal.",
    "unknown-field": f"Spooler ini tidak mengenal isian itu: versinya berbeda. {_ASK_IT}",
    "wrong-type": "Isian tidak sesuai. Ulangi dari awal.",
    "bad-value": "Tidak sesuai dengan buku stok: catat dulu penerimaannya, atau hubungi pengelola stok.",
    "bad-picture": "Foto atau tanda tangan tidak dapat dipakai. Ambil ulang, lalu kirim ulang permohonan.",
    "no-glyph": "Ada huruf yang tidak dapat dicetak. Perbaiki data, lalu kirim ulang permohonan.",
    "text-does-not-fit": "Teks terlalu panjang untuk kartu. Perbaiki data, lalu kirim ulang permohonan.",
    "unknown-kind": "Jenis kartu ini tidak dikenal.",
    "unknown-site": "Lokasi ini tidak dikenal.",
    "unknown-printer": "Printer ini tidak ada di lokasi ini.",
    "site-not-open": "Lokasi ini belum dibuka, dijeda atau ditutup.",
    "no-printer": "Tidak ada printer di lokasi ini yang dapat mencetak jenis kartu itu.",
    "media-not-allowed": "Blangko jenis itu tidak boleh masuk printer ini: printer dapat rusak.",
    "conflict": "Sudah dicatat dengan isi lain. Ulangi dari awal.",
    "authorisation-spent": "Izin cetak ini sudah terpakai untuk kartu lain.",
    "no-reprint": "Tidak dapat dicetak ulang dari sini: belum ada kartunya, atau sudah dicetak ulang.",
    "reprint-limit": "Batas cetak ulang hari ini sudah tercapai. Hubungi penyelia.",
    "unknown-job": "Pekerjaan ini tidak ada.",
    "too-late": "Sudah terlambat: pekerjaan ini sudah selesai atau kartunya sudah bergerak.",
    "unsettled": "Masih ada pekerjaan hasil pemulihan yang menunggu jawaban. Hubungi penyelia.",
    "stale": "Pekerjaan ini baru saja berubah. Lihat lagi, lalu ulangi.",
    "expired": "Permintaan ini terlambat diproses dan tidak dikerjakan. Ulangi.",
    "bad-cursor": "Catatan berubah. Keluar, lalu masuk lagi.",
    "busy": "Spooler sedang sibuk. Tunggu sebentar, lalu ulangi.",
    "spool-full": "Penyimpanan penuh: tidak ada yang dicatat. Hubungi petugas TI.",
    "stopping": "Spooler sedang dimatikan: tidak ada yang dicatat. Tunggu, lalu ulangi.",
    "internal": f"Spooler terganggu: tidak ada yang dicatat. {_ASK_IT}",
}
_HAS: Final = "Menurut buku stok hanya ada {}. Catat dulu yang diterima, atau hubungi pengelola stok."
_NO_ROLL: Final = "Nomor seri ini tidak ada di buku stok lokasi ini. Periksa nomornya, atau catat dulu penerimaannya."


def refusal(error: ServerError, language: str) -> str:
    """The sentence for an officer. A code of a later version keeps the spooler's own."""
    if language != "id":
        return f"{error.message} [{error.code}]"
    if error.code == "bad-value" and "has" in error.details:
        return _HAS.format(max(error.details["has"], 0))
    if error.code == "bad-value" and error.field == "stock":
        return _NO_ROLL
    sentence = REFUSALS.get(error.code)
    return f"{error.message} [{error.code}]" if sentence is None else f"{sentence} [{error.code}]"
