"""What preflight finds in a job before a blank moves: one closed table of codes.

A finding names its code, the field's path and amounts; the sentence comes from the table, in Indonesian and English.
No sentence and no detail ever holds what stands in a field. `reject`: the job is not taken (its code is then one of
problem.CODES, and the English sentence is the refusal's own); `hold`: it is taken and waits for a supervisor; `warn`:
it is printed, and the warning is kept. The rules come from DOMAIN.md 2 to 5; where sources differ they only warn.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from attrs import frozen

from .hot import hot
from .problem import Problem


class Severity(StrEnum):
    """What follows from a finding, the gravest first."""

    REJECT = "reject"
    HOLD = "hold"
    WARN = "warn"


@frozen
class Say:
    """One line of the table. `{name}` stands for an amount or a closed word of the finding's details."""

    severity: Severity
    indonesian: str
    english: str


_R, _H, _W = Severity.REJECT, Severity.HOLD, Severity.WARN

FINDINGS: Final[dict[str, Say]] = {
    # refusals: their codes are those of problem.CODES
    "missing-field": Say(_R, "Isian wajib ini belum ada.", "A field that this kind needs is not there."),
    "unknown-field": Say(_R, "Isian ini tidak dikenal untuk jenis dokumen ini.", "This kind has no such field."),
    "wrong-type": Say(_R, "Tipe data isian ini salah.", "The value has another type than the field's."),
    "bad-value": Say(_R, "Isi tidak sesuai aturan isian ini.", "The field's rule does not allow this value."),
    "bad-params": Say(_R, "Susunan permohonan salah.", "The job has the wrong shape."),
    "too-large": Say(_R, "Isian melampaui batasnya.", "The value passes its limit."),
    "bad-picture": Say(_R, "Gambar tidak dapat dipakai; ambil ulang.", "The picture cannot be used; take it again."),
    "no-glyph": Say(
        _R, "Ada huruf yang tidak dimiliki huruf cetak kartu.", "The card's typeface lacks one of the characters."
    ),
    "text-does-not-fit": Say(
        _R,
        "Teks tidak muat: {width_mm} mm pada huruf terkecil, tempatnya {lines} baris {room_mm} mm; perbaiki data.",
        "The text does not fit: {width_mm} mm in the smallest type, its place has {lines} lines of {room_mm} mm; "
        "correct the record.",
    ),
    "unknown-kind": Say(_R, "Jenis dokumen tidak dikenal.", "There is no such kind of document."),
    "unknown-site": Say(_R, "Lokasi tidak dikenal.", "There is no such site."),
    "unknown-printer": Say(_R, "Printer tidak dikenal.", "There is no such printer."),
    "site-not-open": Say(_R, "Lokasi ini belum menerima pekerjaan.", "The site takes no jobs now."),
    "no-printer": Say(_R, "Tidak ada printer untuk jenis ini di sana.", "No printer there can print this kind."),
    "media-not-allowed": Say(
        _R,
        "Tidak ada printer di sana yang boleh diberi blangko jenis ini: printer bisa rusak.",
        "No printer there may be given this kind's stock: it could break the printer.",
    ),
    "forbidden": Say(_R, "Anda tidak berhak mengirim ke sana.", "You may not submit there."),
    # NIK (DOMAIN.md 3)
    "nik-day": Say(
        _H,
        "Tanggal di dalam NIK bukan 01-31 atau 41-71; periksa salah ketik.",
        "The day in the NIK is not 01-31 or 41-71; look for a typing error.",
    ),
    "nik-month": Say(
        _H,
        "Bulan di dalam NIK bukan 01-12; periksa salah ketik.",
        "The month in the NIK is not 01-12; look for a typing error.",
    ),
    "nik-date": Say(
        _H,
        "Tanggal di dalam NIK tidak ada pada kalender; periksa salah ketik.",
        "The date in the NIK is in no calendar; look for a typing error.",
    ),
    "nik-serial": Say(
        _H,
        "Nomor urut NIK 0000; nomor urut mulai dari 0001.",
        "The NIK's serial is 0000; serials begin at 0001.",
    ),
    "nik-region": Say(
        _W,
        "Kode wilayah NIK tidak ada di daftar; bisa kode lama.",
        "The NIK's region code is not in the list; it may be an old one.",
    ),
    "nik-region-differs": Say(
        _W,
        "Kode wilayah NIK berbeda dari alamat; wajar bila pernah pindah.",
        "The NIK's region is not the address's; usual for who has moved.",
    ),
    "nik-birth-date": Say(
        _W,
        "Tanggal lahir di NIK berbeda dari data.",
        "The birth date in the NIK differs from the record's.",
    ),
    "nik-sex": Say(_W, "Jenis kelamin di NIK berbeda dari data.", "The sex in the NIK differs from the record's."),
    # Nomor KK
    "kk-date": Say(
        _H,
        "Tanggal di dalam Nomor KK tidak ada pada kalender; periksa salah ketik.",
        "The date in the Nomor KK is in no calendar; look for a typing error.",
    ),
    "kk-serial": Say(
        _H,
        "Nomor urut Nomor KK 0000; nomor urut mulai dari 0001.",
        "The Nomor KK's serial is 0000; serials begin at 0001.",
    ),
    "kk-day": Say(
        _W,
        "Tanggal di dalam Nomor KK lebih dari 40, seperti pada NIK perempuan; apakah ini NIK?",
        "The day in the Nomor KK is above 40, as in a woman's NIK; is it a NIK?",
    ),
    "kk-region": Say(
        _W,
        "Kode wilayah Nomor KK tidak ada di daftar; bisa kode lama.",
        "The Nomor KK's region code is not in the list; it may be an old one.",
    ),
    # dates
    "birth-after-issue": Say(
        _H, "Tanggal lahir sesudah tanggal terbit.", "The birth date lies after the date of issue."
    ),
    "validity-before-issue": Say(
        _H, "Masa berlaku berakhir sebelum tanggal terbit.", "The card would end before its date of issue."
    ),
    "issue-in-future": Say(_W, "Tanggal terbit di masa depan.", "The date of issue lies in the future."),
    "age-unusual": Say(
        _W,
        "Umur saat terbit di luar {least}-{most} tahun untuk jenis kartu ini.",
        "The age at issue is outside this card's {least} to {most} years.",
    ),
    "validity-unusual": Say(
        _W,
        "Masa berlaku melampaui ulang tahun ke-{years}.",
        "The card would be valid beyond birthday {years}.",
    ),
    # names (Permendagri 73/2022) and value lists
    "name-digit": Say(_W, "Nama berisi angka.", "The name has a digit."),
    "name-mark": Say(_W, "Nama berisi tanda baca yang tidak lazim.", "The name has a mark that names do not have."),
    "name-one-word": Say(_W, "Nama hanya satu kata; sah untuk nama lama.", "The name is one word; an old one may be."),
    "unlisted-value": Say(
        _W, "Isi tidak ada di daftar baku; periksa ejaan.", "The value is not in the standard list; check its spelling."
    ),
    # pictures
    "photo-cropped": Say(
        _W,
        "Bentuk foto tidak cocok: {percent} % akan terpotong.",
        "The photo has another shape than its place: {percent} % will be cropped away.",
    ),
    "photo-background": Say(
        _W,
        "Latar foto {seen}, seharusnya {wanted}.",
        "The photo's background is {seen}; it should be {wanted}.",
    ),
    "photo-dark": Say(_W, "Foto terlalu gelap ({percent} %).", "The photo is too dark ({percent} % bright)."),
    "photo-bright": Say(_W, "Foto terlalu terang ({percent} %).", "The photo is too bright ({percent} % bright)."),
    "qr-unreadable": Say(
        _H,
        "Kode QR tidak terbaca pada ukuran cetak; perpendek isinya.",
        "The QR code cannot be read at its printed size; shorten what it holds.",
    ),
}

_INDONESIAN: Final = {
    "red": "merah", "blue": "biru", "orange": "oranye", "yellow": "kuning", "green": "hijau", "white": "putih",
    "grey": "abu-abu", "other": "warna lain",
}  # fmt: skip
Amount = str | int | float


@hot
class Finding:
    """One thing found. `details` fill the sentences; a refusal has its own: `sentence` in English, `kalimat` in
    Indonesian."""

    code: str
    severity: Severity
    field: str | None  # "fields.nik", "photo"; None for the job as a whole
    details: tuple[tuple[str, Amount], ...] = ()
    sentence: str | None = None
    kalimat: str | None = None

    @property
    def message(self) -> str:
        """In English."""
        return self.sentence or FINDINGS[self.code].english.format_map(dict(self.details))

    @property
    def pesan(self) -> str:
        """In Indonesian."""
        if self.kalimat is not None:
            return self.kalimat
        words = {key: _INDONESIAN.get(str(value), value) for key, value in self.details}
        return FINDINGS[self.code].indonesian.format_map(words)

    def as_wire(self) -> dict[str, Any]:
        """The map of the protocol; keys without a value are left out."""
        wire: dict[str, Any] = {"code": self.code, "severity": self.severity.value}
        if self.field is not None:
            wire["field"] = self.field
        wire["message"], wire["pesan"] = self.message, self.pesan
        if self.details:
            wire["details"] = dict(self.details)
        return wire


def find(code: str, field: str | None, **details: Amount) -> Finding:
    """A finding at the table's severity."""
    return Finding(code, FINDINGS[code].severity, field, tuple(details.items()))


def refusal(problem: Problem, kalimat: str | None = None) -> Finding:
    """An admission's problem as a finding; `kalimat`: what to do, in Indonesian, where more is known than the code."""
    return Finding(problem.code, Severity.REJECT, problem.field, problem.details, problem.message, kalimat)


def gravest_first(found: Iterable[Finding]) -> list[Finding]:
    """Refusals, then holds, then warnings; each in the order in which they were found."""
    order = list(Severity)
    return sorted(found, key=lambda finding: order.index(finding.severity))
