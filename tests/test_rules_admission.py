"""Admission: each bad value is refused with its path, the sentence never quotes it, and good records pass fast."""

from timeit import repeat

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from spooler.model.kinds import KINDS, FieldType, Need
from spooler.model.problem import CODES, Problem
from spooler.model.request import JobRequest, PictureFacts
from spooler.rules.admission import Limits, PictureLimits, check, problems

KTP, SELFTEST = KINDS["ktp"], KINDS["selftest"]
FIELDS = {
    "nik": "2171011708990001",
    "nama": "CONTOH PEMEGANG KARTU",
    "tempat_lahir": "BATAM",
    "tanggal_lahir": "1999-08-17",
    "jenis_kelamin": "PEREMPUAN",
    "golongan_darah": "-",
    "alamat": "JL. CONTOH NO. 1",
    "rt_rw": "001/002",
    "kel_desa": "CONTOH",
    "kecamatan": "SAGULUNG",
    "agama": "ISLAM",
    "status_perkawinan": "BELUM KAWIN",
    "pekerjaan": "PELAJAR/MAHASISWA",
    "kewarganegaraan": "WNI",
    "berlaku_hingga": "SEUMUR HIDUP",
    "provinsi": "KEPULAUAN RIAU",
    "kota": "KOTA BATAM",
    "tempat_terbit": "KOTA BATAM",
    "tanggal_terbit": "2026-02-28",
}
JPEG = PictureFacts("jpeg", 480, 600, 30_000, True)
PNG = PictureFacts("png", 300, 120, 2_000, True)
GOOD = JobRequest("t-1", "ktp", "21.71.11", None, FIELDS, photo=bytes(30_000))


def with_field(name: str, value: str) -> JobRequest:
    return evolve(GOOD, fields=FIELDS | {name: value})


def without(name: str) -> JobRequest:
    return evolve(GOOD, fields={k: v for k, v in FIELDS.items() if k != name})


def test_a_good_record_passes() -> None:
    assert check(KTP, GOOD, JPEG, None) is None
    assert check(KTP, evolve(GOOD, signature=bytes(2_000)), JPEG, PNG) is None


def test_a_selftest_passes_with_and_without_its_lines() -> None:
    plain = JobRequest("t-1", "selftest", None, "SGL-1", {"title": "UJI"})
    assert check(SELFTEST, plain, None, None) is None
    assert (
        check(SELFTEST, evolve(plain, fields={"title": "UJI", "line_8": "ok", "note": "x" * 1000}), None, None) is None
    )


@pytest.mark.parametrize("name", FIELDS)
def test_every_ktp_field_is_needed(name: str) -> None:
    problem = check(KTP, without(name), JPEG, None)
    assert problem is not None
    assert (problem.code, problem.field) == ("missing-field", f"fields.{name}")


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize(
    "bad", ["", " ", "\u3000", "A\nB", "A\x00", "\x1b[2J", "\u202eABC", "A\u200bB", "\ud800", "X" * 100_000]
)
def test_no_field_may_be_blank_hidden_or_endless(name: str, bad: str) -> None:
    problem = check(KTP, with_field(name, bad), JPEG, None)
    assert problem is not None
    assert problem.field == f"fields.{name}"
    assert problem.code == ("too-large" if len(bad) > 1000 else "bad-value")
    assert len(problem.message) < 200


@pytest.mark.parametrize(
    ("name", "bad", "words"),
    [
        ("nik", "217101170899000", "exactly 16 digits; this one has 15"),
        ("nik", "21710117089900011", "exactly 16 digits; this one has 17"),
        ("nik", "217101170899000A", "other characters"),
        ("nik", "２１７１０１１７０８９９０００１", "other characters"),
        ("nik", "217101170899000²", "other characters"),
        ("nik", "2171 0117 0899 0001", "other characters"),
        ("tanggal_lahir", "17-08-1999", "YYYY-MM-DD"),
        ("tanggal_lahir", "1999-8-17", "YYYY-MM-DD"),
        ("tanggal_lahir", "1999-08-17 ", "YYYY-MM-DD"),
        ("tanggal_lahir", "19990817", "YYYY-MM-DD"),
        ("tanggal_lahir", "1999-W33-2", "YYYY-MM-DD"),
        ("tanggal_lahir", "１９９９-08-17", "YYYY-MM-DD"),
        ("tanggal_lahir", "1999-02-29", "exists"),
        ("tanggal_lahir", "1900-02-29", "exists"),
        ("tanggal_lahir", "1999-04-31", "exists"),
        ("tanggal_lahir", "1999-00-10", "exists"),
        ("tanggal_lahir", "1999-13-10", "exists"),
        ("tanggal_lahir", "1999-01-00", "exists"),
        ("tanggal_lahir", "0000-01-01", "exists"),
        ("jenis_kelamin", "laki-laki", "LAKI-LAKI, PEREMPUAN"),
        ("rt_rw", "1/2", "NNN/NNN"),
        ("rt_rw", "001-002", "NNN/NNN"),
        ("rt_rw", "001/002/3", "NNN/NNN"),
        ("rt_rw", "٠٠١/٠٠٢", "NNN/NNN"),
        ("berlaku_hingga", "17-08-2030", "YYYY-MM-DD"),
        ("berlaku_hingga", "2030-02-30", "exists"),
    ],
)
def test_formed_fields(name: str, bad: str, words: str) -> None:
    problem = check(KTP, with_field(name, bad), JPEG, None)
    assert problem is not None
    assert (problem.code, problem.field) == ("bad-value", f"fields.{name}")
    assert name in problem.message
    assert words in problem.message


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("tanggal_lahir", "2000-02-29"),
        ("tanggal_lahir", "2024-02-29"),
        ("tanggal_lahir", "1999-12-31"),
        ("berlaku_hingga", "2030-08-17"),
        ("nama", "X" * 60),
        ("nama", "NAMA DENGAN É"),
        ("rt_rw", "000/000"),
    ],
)
def test_values_at_the_edge_pass(name: str, good: str) -> None:
    assert check(KTP, with_field(name, good), JPEG, None) is None


@pytest.mark.parametrize("field", [f for f in KTP.fields if f.type in (FieldType.TEXT, FieldType.DATE_OR_TEXT)])
def test_a_text_has_its_longest(field: object) -> None:
    name, longest = field.name, field.longest  # type: ignore[attr-defined]
    assert check(KTP, with_field(name, "X" * longest), JPEG, None) is None
    problem = check(KTP, with_field(name, "X" * (longest + 1)), JPEG, None)
    assert problem is not None
    assert (problem.code, problem.field) == ("too-large", f"fields.{name}")
    assert str(longest) in problem.message


def test_an_unknown_field_is_named_only_if_it_is_a_name() -> None:
    problem = check(KTP, with_field("nomor_kk", "1"), JPEG, None)
    assert problem is not None
    assert (problem.code, problem.field) == ("unknown-field", "fields.nomor_kk")
    for data in ("BUDI CONTOH", "2171011708990001", "x" * 1000, ""):
        problem = check(KTP, with_field(data, "1"), JPEG, None)
        assert problem is not None
        assert (problem.code, problem.field) == ("unknown-field", "fields")
        assert not data or data not in problem.message


@given(st.sampled_from(sorted(FIELDS)), st.text(min_size=4, max_size=200))
def test_a_sentence_never_quotes_the_value(name: str, value: str) -> None:
    """Only the form is told; a value that is made of the form's own words cannot be told from it."""
    secret = f"\x07Q{value}Q\x07"
    problem = check(KTP, with_field(name, secret), JPEG, None)
    assert problem is not None
    assert secret not in problem.message
    assert problem.code in CODES
    assert problem.details == ()
    assert f"Q{value}Q" not in problem.message


@pytest.mark.parametrize(
    ("facts", "size", "code", "words"),
    [
        (None, 30_000, "bad-picture", "JPEG"),
        (evolve(JPEG, format="png"), 30_000, "bad-picture", "JPEG"),
        (evolve(JPEG, complete=False), 30_000, "bad-picture", "cut off"),
        (evolve(JPEG, orientation=6), 30_000, "bad-picture", "Exif orientation 6"),
        (JPEG, (1 << 20) + 1, "too-large", "1048576 bytes"),
        (evolve(JPEG, width=2001, height=2000), 30_000, "too-large", "4 megapixels"),
        (evolve(JPEG, width=59), 30_000, "bad-picture", "60x80"),
        (evolve(JPEG, height=79), 30_000, "bad-picture", "60x80"),
        (evolve(JPEG, width=0, height=0), 30_000, "bad-picture", "60x80"),
    ],
)
def test_bad_photos(facts: PictureFacts | None, size: int, code: str, words: str) -> None:
    problem = check(KTP, evolve(GOOD, photo=bytes(size)), facts, None)
    assert problem is not None
    assert (problem.code, problem.field) == (code, "photo")
    assert words in problem.message


@pytest.mark.parametrize(
    ("facts", "size", "code"),
    [
        (None, 100, "bad-picture"),
        (evolve(PNG, format="jpeg"), 100, "bad-picture"),
        (evolve(PNG, complete=False), 100, "bad-picture"),
        (PNG, (1 << 18) + 1, "too-large"),
        (evolve(PNG, width=2000, height=1001), 100, "too-large"),
    ],
)
def test_bad_signatures(facts: PictureFacts | None, size: int, code: str) -> None:
    problem = check(KTP, evolve(GOOD, signature=bytes(size)), JPEG, facts)
    assert problem is not None
    assert (problem.code, problem.field) == (code, "signature")


def test_pictures_at_the_edge_pass() -> None:
    big = evolve(GOOD, photo=bytes(1 << 20), signature=bytes(1 << 18))
    largest = evolve(JPEG, width=2000, height=2000)
    assert check(KTP, big, largest, evolve(PNG, width=2000, height=1000)) is None
    assert check(KTP, GOOD, evolve(JPEG, width=60, height=80), None) is None


def test_whether_a_picture_belongs() -> None:
    problem = check(KTP, evolve(GOOD, photo=None), None, None)
    assert problem is not None
    assert (problem.code, problem.field) == ("missing-field", "photo")
    selftest = JobRequest("t-1", "selftest", None, "SGL-1", {"title": "UJI"}, photo=bytes(9))
    problem = check(SELFTEST, selftest, JPEG, None)
    assert problem is not None
    assert (problem.code, problem.field) == ("unknown-field", "photo")


def test_limits_come_from_outside() -> None:
    small = Limits(photo=PictureLimits("jpeg", 100, 100))
    problem = check(KTP, GOOD, JPEG, None, small)
    assert problem is not None
    assert (problem.code, problem.field) == ("too-large", "photo")


def test_a_new_version_of_a_kind_is_seen() -> None:
    """Kinds are data: after a reload the same name may ask for more."""
    strict = evolve(KTP, signature=Need.REQUIRED)
    longer = evolve(KTP, fields=(*KTP.fields, evolve(KTP.fields[1], name="catatan")))
    assert check(KTP, GOOD, JPEG, None) is None
    assert isinstance(check(strict, GOOD, JPEG, None), Problem)
    assert isinstance(check(longer, GOOD, JPEG, None), Problem)
    assert check(KTP, GOOD, JPEG, None) is None


def test_a_ktp_is_judged_in_no_time() -> None:
    """The bound is loose for a busy machine; it stands against work that grows: a hash of the kind, a compile."""
    best = min(repeat(lambda: check(KTP, GOOD, JPEG, None), number=200, repeat=5)) / 200
    assert best < 100e-6


def test_all_problems_are_told_at_once_and_each_field_once() -> None:
    fields = FIELDS | {"nik": "12", "nama": "A\nB", "rt_rw": "1/2", "kota": " ", "umur": "7", "hobi": "x"}
    del fields["alamat"]
    told = [(p.code, p.field) for p in problems(KTP, evolve(GOOD, fields=fields, signature=b"x"), None, None)]
    assert told == [
        ("unknown-field", "fields.hobi"), ("unknown-field", "fields.umur"), ("bad-value", "fields.nik"),
        ("bad-value", "fields.nama"), ("missing-field", "fields.alamat"), ("bad-value", "fields.rt_rw"),
        ("bad-value", "fields.kota"), ("bad-picture", "photo"), ("bad-picture", "signature"),
    ]  # fmt: skip


@given(st.dictionaries(st.sampled_from([*FIELDS, "umur"]), st.text(max_size=70) | st.none(), max_size=6))
def test_the_first_problem_is_the_one_that_a_submission_is_refused_for(changed: dict[str, str | None]) -> None:
    fields = {name: value for name, value in (FIELDS | changed).items() if value is not None}
    request = evolve(GOOD, fields=fields)
    told = list(problems(KTP, request, JPEG, None))
    assert check(KTP, request, JPEG, None) == (told[0] if told else None)
    paths = [problem.field for problem in told]
    assert len(paths) == len(set(paths))
