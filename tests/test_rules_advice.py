"""An officer's sentence for every refusal of a field: it names the field and what is wanted, never what came."""

import pytest
from attrs import evolve

from spooler.daemon.inspection import Inspector
from spooler.model.kinds import KINDS
from spooler.model.problem import Problem
from spooler.render import Renderer
from spooler.rules.advice import advice
from test_rules_admission import GOOD

INSPECTOR = Inspector(Renderer(specimen=True))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("nik", "217111290991999", "nik harus tepat 16 angka."),
        (
            "tanggal_lahir",
            "29-09-1991",
            "tanggal_lahir harus tanggal yang ada pada kalender, ditulis TTTT-BB-HH: 1999-08-17.",
        ),
        ("rt_rw", "6/2", "rt_rw harus tiga angka, garis miring, tiga angka: 001/002."),
        ("jenis_kelamin", "PRIA", "jenis_kelamin harus salah satu dari: LAKI-LAKI, PEREMPUAN."),
        ("berlaku_hingga", "31-12-2030", "berlaku_hingga harus SEUMUR HIDUP, atau tanggal yang ditulis TTTT-BB-HH."),
        ("kel_desa", " ", "kel_desa tidak boleh kosong atau berisi huruf yang tidak terlihat."),
        ("nama", "X" * 61, "nama paling banyak 60 huruf; perpendek."),
        ("kecamatan", None, "Isian kecamatan belum ada; setiap ktp memerlukannya."),
    ],
)
def test_a_refused_field_is_told_in_indonesian(field, value, sentence):
    fields = {name: text for name, text in (GOOD.fields | {field: value}).items() if text is not None}
    found = INSPECTOR.inspect(evolve(GOOD, fields=fields), "2026-11-24")
    assert [f.pesan for f in found if f.field == f"fields.{field}"] == [sentence]
    assert sentence in [f.as_wire()["pesan"] for f in found]


def test_a_misspelt_field_is_told_which_there_are():
    found = INSPECTOR.inspect(evolve(GOOD, fields=GOOD.fields | {"namaa": "X"}), "2026-11-24")
    (told,) = [f.pesan for f in found if f.code == "unknown-field"]
    assert told.startswith("Isian ini tidak dikenal; ktp punya: nik, nama, ")


def test_other_problems_keep_the_sentence_of_their_code():
    assert advice(KINDS["ktp"], Problem("bad-picture", "x", "photo")) is None
    assert advice(KINDS["ktp"], Problem("unknown-field", "x", "photo")) is None
    assert advice(KINDS["ktp"], Problem("no-glyph", "x", "fields.nama")) is None
