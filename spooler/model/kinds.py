"""Kinds of document, as data: which fields a job of the kind has, which pictures, which stock it uses.

The KTP's fields and their order are those of the card (DOMAIN.md 2.2); what is a rule here is only what the printer
must be sure of. Whether a person may have a card was decided before the job came.
"""

from enum import StrEnum
from typing import Final

from attrs import frozen


class FieldType(StrEnum):
    """How a field's text is checked, and how it is shown on the card."""

    TEXT = "text"
    NIK = "nik"  # 16 ASCII digits
    NOMOR_KK = "nomor-kk"  # 16 ASCII digits
    DATE = "date"  # YYYY-MM-DD on the wire, DD-MM-YYYY on the card
    DATE_OR_TEXT = "date-or-text"  # berlaku_hingga: SEUMUR HIDUP, or a date
    RT_RW = "rt-rw"  # 001/002
    CHOICE = "choice"
    QR = "qr"  # shown as a QR symbol, never as text


class Need(StrEnum):
    """Whether a picture belongs to the kind."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


class Stock(StrEnum):
    """What a printed copy uses up. Accountable stock must balance to the last blank; plain stock (A4) need not."""

    CARD_KTP_WNI = "card-ktp-wni"
    CARD_KTP_WNA = "card-ktp-wna"
    CARD_KIA = "card-kia"
    CARD_TEST = "card-test"
    PLAIN_A4 = "plain-a4"


ACCOUNTABLE: Final = frozenset(Stock) - {Stock.PLAIN_A4}


@frozen
class Field:
    """One field: its name on the wire, its type and bounds."""

    name: str
    type: FieldType = FieldType.TEXT
    longest: int = 60  # characters
    required: bool = True
    choices: tuple[str, ...] = ()


@frozen
class Kind:
    """A kind of document. `template` names the file in render/templates."""

    name: str
    stock: Stock
    template: str
    fields: tuple[Field, ...]
    photo: Need = Need.NONE
    signature: Need = Need.NONE

    @property
    def names(self) -> frozenset[str]:
        """All field names."""
        return frozenset(f.name for f in self.fields)


_PERSON: Final = (
    Field("nik", FieldType.NIK, 16),
    Field("nama", longest=60),
    Field("tempat_lahir", longest=60),
    Field("tanggal_lahir", FieldType.DATE, 10),
    Field("jenis_kelamin", FieldType.CHOICE, choices=("LAKI-LAKI", "PEREMPUAN")),
    Field("golongan_darah", longest=10),
)
_ADDRESS: Final = (
    Field("alamat", longest=120),
    Field("rt_rw", FieldType.RT_RW, 7),
    Field("kel_desa", longest=60),
    Field("kecamatan", longest=60),
)
_AGAMA: Final = Field("agama", longest=45)
_KEWARGANEGARAAN: Final = Field("kewarganegaraan", longest=40)
_ISSUE: Final = (
    Field("provinsi", longest=50),
    Field("kota", longest=60),
    Field("tempat_terbit", longest=60),
    Field("tanggal_terbit", FieldType.DATE, 10),
)

_KTP: Final = (
    *_PERSON,
    *_ADDRESS,
    _AGAMA,
    Field("status_perkawinan", longest=30),
    Field("pekerjaan", longest=60),
    _KEWARGANEGARAAN,
    Field("berlaku_hingga", FieldType.DATE_OR_TEXT, 20),
    *_ISSUE,
)

#: A foreigner's card, on stock of its own (DOMAIN.md 2.5): values in English, the country, and an end of validity.
_KTP_WNA: Final = tuple(
    {
        "jenis_kelamin": Field("jenis_kelamin", FieldType.CHOICE, choices=("MALE", "FEMALE")),
        "berlaku_hingga": Field("berlaku_hingga", FieldType.DATE, 10),
    }.get(f.name, f)
    for f in _KTP
)

#: A child's card (DOMAIN.md 5). The office signs it: with a scanned signature, or electronically with a QR.
_KIA: Final = (
    *_PERSON,
    Field("nomor_kk", FieldType.NOMOR_KK, 16),
    Field("kepala_keluarga", longest=60),
    Field("nomor_akta", longest=40, required=False),
    _AGAMA,
    _KEWARGANEGARAAN,
    *_ADDRESS,
    Field("berlaku_hingga", FieldType.DATE, 10),
    *_ISSUE,
    Field("dinas", longest=100),  # the office's name
    Field("pejabat", longest=60),  # the head who signs
    Field("tte", FieldType.QR, 300, required=False),  # the electronic signature's address
)

_SELFTEST: Final = (
    Field("title", longest=60),
    *(Field(f"line_{i}", longest=100, required=False) for i in range(1, 9)),
    Field("note", longest=1000, required=False),
)

KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind("ktp", Stock.CARD_KTP_WNI, "ktp", _KTP, photo=Need.REQUIRED, signature=Need.OPTIONAL),
        Kind("ktp-wna", Stock.CARD_KTP_WNA, "ktp-wna", _KTP_WNA, photo=Need.REQUIRED, signature=Need.OPTIONAL),
        Kind("kia-0-5", Stock.CARD_KIA, "kia", _KIA, signature=Need.OPTIONAL),
        Kind("kia-5-17", Stock.CARD_KIA, "kia", _KIA, photo=Need.REQUIRED, signature=Need.OPTIONAL),
        Kind("selftest", Stock.CARD_TEST, "selftest", _SELFTEST),
    )
}
