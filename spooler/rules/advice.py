"""What to do about a refused field, in Indonesian: the officer's half of admission's English sentences.

Like those it says what is wanted and never what came.
"""

from typing import Final

from spooler.model.kinds import Field, FieldType, Kind
from spooler.model.problem import Problem

_SIXTEEN: Final = "{name} harus tepat 16 angka."
_FORMS: Final = {
    FieldType.NIK: _SIXTEEN,
    FieldType.NOMOR_KK: _SIXTEEN,
    FieldType.DATE: "{name} harus tanggal yang ada pada kalender, ditulis TTTT-BB-HH: 1999-08-17.",
    FieldType.DATE_OR_TEXT: "{name} harus SEUMUR HIDUP, atau tanggal yang ditulis TTTT-BB-HH.",
    FieldType.RT_RW: "{name} harus tiga angka, garis miring, tiga angka: 001/002.",
    FieldType.CHOICE: "{name} harus salah satu dari: {choices}.",
}
_PLAIN: Final = "{name} tidak boleh kosong atau berisi huruf yang tidak terlihat."


def advice(kind: Kind, problem: Problem) -> str | None:
    """The sentence for a problem of one of the kind's fields; None where the code's own sentence says it."""
    name = (problem.field or "").removeprefix("fields.")
    if problem.code == "unknown-field" and problem.field not in ("photo", "signature"):
        return f"Isian ini tidak dikenal; {kind.name} punya: {', '.join(field.name for field in kind.fields)}."
    field = next((field for field in kind.fields if field.name == name), None)
    if field is None:
        return None
    match problem.code:
        case "missing-field":
            return f"Isian {name} belum ada; setiap {kind.name} memerlukannya."
        case "too-large":
            return f"{name} paling banyak {field.longest} huruf; perpendek."
        case "bad-value":
            return _form(field)
    return None


def _form(field: Field) -> str:
    return _FORMS.get(field.type, _PLAIN).format(name=field.name, choices=", ".join(field.choices))
