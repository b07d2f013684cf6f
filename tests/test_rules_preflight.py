"""Preflight: a good record is silent, and each finding has a record that triggers it and nothing else."""

from timeit import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.config.reference import reference
from spooler.model.finding import FINDINGS, Finding, Severity, find, refusal
from spooler.model.kinds import KINDS
from spooler.model.problem import CODES, Problem
from spooler.model.request import PictureFacts
from spooler.rules.preflight import Preflight
from spooler.rules.shape import refuse_shape
from test_rules_admission import FIELDS

TODAY = "2026-11-24"
RULES = Preflight(reference(), KINDS, {"ktp": 0.8, "ktp-wna": 0.8, "kia-5-17": 2 / 3})
PHOTO = PictureFacts("jpeg", 300, 400, 30_000, True)

KTP = FIELDS | {"nik": "2171115708990001"}
WNA = KTP | {
    "jenis_kelamin": "FEMALE", "agama": "CHRISTIAN", "status_perkawinan": "SINGLE", "pekerjaan": "ENGINEER",
    "kewarganegaraan": "NEW ZEALAND", "berlaku_hingga": "2028-02-28",
}  # fmt: skip
KIA = {name: KTP[name] for name in KTP if name in KINDS["kia-5-17"].names} | {
    "nik": "2171115708180001", "tanggal_lahir": "2018-08-17", "nomor_kk": "2171110402190003",
    "kepala_keluarga": "CONTOH KEPALA KELUARGA", "berlaku_hingga": "2035-08-16", "dinas": "DINAS", "pejabat": "PEJABAT",
}  # fmt: skip
BABY = KIA | {"nik": "2171115708230001", "tanggal_lahir": "2023-08-17", "berlaku_hingga": "2028-08-17"}


def judge(kind: str, fields: dict[str, str], photo: PictureFacts | None = PHOTO) -> tuple[Finding, ...]:
    return RULES.judge(kind, fields, photo, TODAY)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("ktp", KTP), ("ktp-wna", WNA), ("kia-5-17", KIA), ("kia-0-5", BABY), ("selftest", {"title": "1"})],
)
def test_a_record_in_order_is_silent(kind: str, fields: dict[str, str]) -> None:
    assert judge(kind, fields) == ()


CASES = [
    # (kind, changed fields, code, path)
    ("ktp", {"nik": "2171117208990001"}, "nik-day", "nik"),
    ("ktp", {"nik": "2171115713990001"}, "nik-month", "nik"),
    ("ktp", {"nik": "2171117002990001"}, "nik-date", "nik"),
    ("ktp", {"nik": "2171115708990000"}, "nik-serial", "nik"),
    ("ktp", {"nik": "0901015708990001"}, "nik-region", "nik"),
    ("ktp", {"nik": "3173015708990001"}, "nik-region-differs", "nik"),
    ("ktp", {"nik": "2171115808990001"}, "nik-birth-date", "nik"),
    ("ktp", {"nik": "2171111708990001"}, "nik-sex", "nik"),
    ("ktp-wna", {"jenis_kelamin": "MALE"}, "nik-sex", "nik"),
    ("kia-5-17", {"nomor_kk": "2171110413190003"}, "kk-date", "nomor_kk"),
    ("kia-5-17", {"nomor_kk": "2171110402190000"}, "kk-serial", "nomor_kk"),
    ("kia-5-17", {"nomor_kk": "2171114402190003"}, "kk-day", "nomor_kk"),
    ("kia-5-17", {"nomor_kk": "0901010402190003"}, "kk-region", "nomor_kk"),
    ("ktp", {"tanggal_terbit": "1999-08-16"}, "birth-after-issue", "tanggal_lahir"),
    ("ktp", {"tanggal_terbit": "2026-11-25"}, "issue-in-future", "tanggal_terbit"),
    ("ktp-wna", {"berlaku_hingga": "2026-02-27"}, "validity-before-issue", "berlaku_hingga"),
    ("kia-5-17", {"tanggal_terbit": "2023-08-16"}, "age-unusual", "tanggal_lahir"),
    ("kia-0-5", BABY | {"tanggal_lahir": "2021-02-28", "nik": "2171116802210001", "berlaku_hingga": "2026-02-28"},
     "age-unusual", "tanggal_lahir"),
    ("kia-5-17", {"berlaku_hingga": "2035-08-17"}, "validity-unusual", "berlaku_hingga"),
    ("kia-0-5", {"berlaku_hingga": "2028-08-18"}, "validity-unusual", "berlaku_hingga"),
    ("ktp", {"nama": "CONTOH PEMEGANG 2"}, "name-digit", "nama"),
    ("ktp", {"nama": "CONTOH / PEMEGANG"}, "name-mark", "nama"),
    ("ktp", {"nama": "CONTOH"}, "name-one-word", "nama"),
    ("ktp", {"agama": "ISLAMM"}, "unlisted-value", "agama"),
    ("ktp", {"status_perkawinan": "LAJANG"}, "unlisted-value", "status_perkawinan"),
    ("ktp", {"golongan_darah": "C"}, "unlisted-value", "golongan_darah"),
    ("ktp", {"pekerjaan": "PENJINAK ULAR"}, "unlisted-value", "pekerjaan"),
    ("ktp", {"kewarganegaraan": "WNA"}, "unlisted-value", "kewarganegaraan"),
    ("ktp", {"berlaku_hingga": "SELAMANYA"}, "unlisted-value", "berlaku_hingga"),
    ("kia-5-17", {"agama": "ISLAMM"}, "unlisted-value", "agama"),
]  # fmt: skip
RECORDS = {"ktp": KTP, "ktp-wna": WNA, "kia-5-17": KIA, "kia-0-5": BABY}


@pytest.mark.parametrize(("kind", "changed", "code", "field"), CASES)
def test_a_fault_is_found_and_no_other(kind: str, changed: dict[str, str], code: str, field: str) -> None:
    (found,) = judge(kind, RECORDS[kind] | changed)
    assert (found.code, found.field, found.severity) == (code, f"fields.{field}", FINDINGS[code].severity)


@pytest.mark.parametrize(
    "changed",
    [
        {"agama": "KATOLIK"}, {"agama": "KEPERCAYAAN TERHADAP TUHAN YANG MAHA ESA"}, {"agama": "Islam"},
        {"golongan_darah": "TIDAK TAHU"}, {"golongan_darah": "O+"}, {"pekerjaan": "PNS"},
        {"status_perkawinan": "KAWIN TERCATAT"}, {"berlaku_hingga": "Seumur Hidup"},
        {"berlaku_hingga": "2026-02-28"}, {"tanggal_terbit": TODAY}, {"kecamatan": "Sagulung", "kota": "Kota Batam"},
        {"nama": "NUR'AINI AL-HUSNA, S.T."}, {"nama": "ZOË ÅNGSTRÖM"},
        {"kecamatan": "TIDAK DIKENAL", "nik": "3173015708990001"},  # where somebody lives is not known: no comparison
        {"kota": "JAKARTA BARAT", "kecamatan": "CENGKARENG", "nik": "3173015708990001"},
        {"kota": "KOTA ADMINISTRASI JAKARTA UTARA", "kecamatan": "KOJA", "nik": "3172035708990001"},
    ],
)  # fmt: skip
def test_usual_spellings_and_the_edges_of_dates_are_silent(changed: dict[str, str]) -> None:
    assert judge("ktp", KTP | changed) == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"tanggal_terbit": "2023-08-17"},  # the fifth birthday
        {"tanggal_terbit": "2035-08-16", "berlaku_hingga": "2035-08-16"},  # the day before the seventeenth
    ],
)
def test_a_childs_ages_begin_and_end_on_birthdays(changed: dict[str, str]) -> None:
    assert RULES.judge("kia-5-17", KIA | changed, PHOTO, "2036-01-01") == ()


def test_ages_of_a_child_of_29_february() -> None:
    leap = BABY | {"tanggal_lahir": "2024-02-29", "nik": "2171116902240001", "berlaku_hingga": "2029-03-01"}
    assert [f.code for f in judge("kia-0-5", leap)] == ["validity-unusual"]
    assert judge("kia-0-5", leap | {"berlaku_hingga": "2029-02-28"}) == ()


@pytest.mark.parametrize(
    ("width", "height", "percent"),
    [(300, 400, None), (400, 600, None), (480, 600, None), (400, 400, 20), (300, 600, 38)],
)
def test_a_photo_of_another_shape_than_its_place(width: int, height: int, percent: int | None) -> None:
    photo = PictureFacts("jpeg", width, height, 1, True)
    assert refuse_shape(photo, 0.8) is None
    expected = () if percent is None else (find("photo-cropped", "photo", percent=percent),)
    assert judge("ktp", KTP, photo) == expected


@pytest.mark.parametrize(("width", "height"), [(401, 400), (640, 480), (300, 800)])
def test_a_photo_that_no_crop_saves_is_refused(width: int, height: int) -> None:
    problem = refuse_shape(PictureFacts("jpeg", width, height, 1, True), 0.8)
    assert problem is not None
    assert (problem.code, problem.field) == ("bad-picture", "photo")


def test_every_finding_of_fields_has_a_case() -> None:
    refused = {code for code, say in FINDINGS.items() if say.severity is Severity.REJECT}
    pixels = {"photo-background", "photo-dark", "photo-bright", "qr-unreadable"}  # rules.looks
    assert {code for _, _, code, _ in CASES} | {"photo-cropped"} | pixels | refused == set(FINDINGS)


def test_refusals_are_the_problems_of_the_wire() -> None:
    assert {code for code, say in FINDINGS.items() if say.severity is Severity.REJECT} <= set(CODES)
    found = refusal(Problem("bad-value", "nik must be exactly 16 digits; this one has 3", "fields.nik"))
    assert found.as_wire() == {
        "code": "bad-value", "severity": "reject", "field": "fields.nik",
        "message": "nik must be exactly 16 digits; this one has 3", "pesan": "Isi tidak sesuai aturan isian ini.",
    }  # fmt: skip


def test_sentences_are_filled_in_both_languages() -> None:
    found = find("photo-background", "photo", seen="blue", wanted="red")
    assert found.message == "The photo's background is blue; it should be red."
    assert found.pesan == "Latar foto biru, seharusnya merah."
    assert find("age-unusual", "fields.tanggal_lahir", least=5, most=17).pesan.startswith(
        "Umur saat terbit di luar 5-17"
    )


@given(st.dictionaries(st.sampled_from(sorted(KTP)), st.text(min_size=1, max_size=30)))
def test_no_sentence_quotes_the_record(changed: dict[str, str]) -> None:
    sound = {name: value for name, value in changed.items() if name in ("nama", "agama", "pekerjaan", "kota")}
    for found in judge("ktp", KTP | sound):
        say = FINDINGS[found.code]
        assert found.details == ()
        assert (found.message, found.pesan) == (say.english, say.indonesian)


def test_a_record_with_holes_is_judged_by_what_is_left() -> None:
    assert judge("ktp", {}, None) == ()
    assert [f.code for f in judge("ktp", {"nik": "2171117208990001"}, None)] == ["nik-day"]


def test_a_good_record_costs_microseconds() -> None:
    fastest = min(repeat(lambda: judge("ktp", KTP), number=500, repeat=7)) / 500
    assert fastest < 50e-6
