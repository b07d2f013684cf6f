"""An invented job of each kind, to try templates on: ordinary values, and pictures where the kind has them."""

from datetime import date
from typing import Final

from spooler.model.job import Content
from spooler.model.kinds import Field, FieldType, Kind, Need

from . import people, portraits

_BORN: Final = date(2014, 5, 17)

_BY_TYPE: Final = {
    FieldType.NIK: "2171011705140001",
    FieldType.NOMOR_KK: "2171011708120003",
    FieldType.RT_RW: "001/002",
    FieldType.QR: "https://tte.example/verify?id=0123456789abcdef0123456789abcdef",
}

_BY_NAME: Final = {
    "kepala_keluarga": "BUDI CONTOH",
    "nomor_akta": "AL.721.0123456",
    "tanggal_lahir": _BORN.isoformat(),
    "berlaku_hingga": "2031-05-16",
    "dinas": "DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL KOTA BATAM",
    "pejabat": "Drs. CONTOH PEJABAT, M.Si.",
    "title": "CONTOH",
}


def sample(kind: Kind, present: frozenset[str] | None = None) -> Content:
    """A job of the kind. `present`: which of photo, signature and the optional fields it brings; None: all it can."""
    person = people.person(1)

    def brings(name: str, optional: bool) -> bool:
        return not optional or present is None or name in present

    return Content(
        {f.name: _value(f, person) for f in kind.fields if brings(f.name, not f.required)},
        portraits.photo(1, woman=people.is_woman(1), birth_year=_BORN.year)
        if kind.photo is not Need.NONE and brings("photo", kind.photo is Need.OPTIONAL)
        else None,
        portraits.signature(1)
        if kind.signature is not Need.NONE and brings("signature", kind.signature is Need.OPTIONAL)
        else None,
    )


def _value(field: Field, person: dict[str, str]) -> str:
    if field.type in _BY_TYPE:
        return _BY_TYPE[field.type]
    if field.choices:
        return field.choices[0]
    return _BY_NAME.get(field.name) or person.get(field.name) or "CONTOH"
