"""The invented citizens: their records agree with themselves and with the kind's own rules."""

from datetime import date
from pathlib import Path

import pytest

from spooler.cli.people import JobFileError, authorisation, job, person, read_job_file, ticket, write_job_folder
from spooler.config.regions import regions, villages
from spooler.model.kinds import KINDS, FieldType

KTP = KINDS["ktp"]
KECAMATAN = [code for code in regions() if code.startswith("21.71.")]
PEOPLE = [(n, KECAMATAN[n % 12], person(n, KECAMATAN[n % 12])) for n in range(600)]


def test_all_fields_of_a_ktp_within_their_bounds() -> None:
    for _, _, fields in PEOPLE:
        assert list(fields) == [field.name for field in KTP.fields]
        for field in KTP.fields:
            value = fields[field.name]
            assert 1 <= len(value) <= field.longest or field.type is FieldType.CHOICE
            assert value == value.strip()
            assert value.isascii()
            if field.choices:
                assert value in field.choices
            if field.type is FieldType.DATE:
                assert date.fromisoformat(value).isoformat() == value


def test_the_nik_says_what_the_record_says() -> None:
    for n, code, fields in PEOPLE:
        nik, born = fields["nik"], date.fromisoformat(fields["tanggal_lahir"])
        day = born.day + 40 * (fields["jenis_kelamin"] == "PEREMPUAN")
        assert nik == code.replace(".", "") + f"{day:02}{born.month:02}{born.year % 100:02}" + f"{9999 - n:04}"
        assert date.fromisoformat(fields["tanggal_terbit"]).year - born.year >= 17
        assert born.year > 1940
    assert len({fields["nik"] for _, _, fields in PEOPLE}) == len(PEOPLE)


def test_people_live_where_their_kecamatan_is() -> None:
    for _, code, fields in PEOPLE:
        assert fields["kecamatan"] == regions()[code].upper()
        assert fields["kel_desa"] in {name.upper() for name in villages(code)}
        assert (fields["provinsi"], fields["kota"]) == ("KEPULAUAN RIAU", "KOTA BATAM")


def test_names_try_the_printer() -> None:
    for women in (False, True):
        names = [f["nama"] for _, _, f in PEOPLE if (f["jenis_kelamin"] == "PEREMPUAN") == women]
        assert max(len(name) for name in names) >= 55
        assert sum(len(name) >= 29 for name in names) >= len(names) // 10
        assert any("'" in name for name in names)
        assert any("-" in name for name in names)
        assert any(" " not in name for name in names)


def test_the_same_number_is_the_same_person_and_others_are_others() -> None:
    assert person(7, "21.71.03") == person(7, "21.71.03")
    assert job(7, "21.71.03") == job(7, "21.71.03")
    assert person(7, "21.71.03") != person(8, "21.71.03")
    assert len({fields["nama"] for _, _, fields in PEOPLE}) > 400


def test_a_kecamatan_elsewhere_has_no_villages_here_and_still_works() -> None:
    fields = person(1, "11.01.01")
    assert (fields["provinsi"], fields["kota"], fields["kel_desa"]) == ("ACEH", "KABUPATEN ACEH SELATAN", "BAKONGAN")


@pytest.mark.parametrize("code", ["21.71", "21", "99.99.99", "", "21.71.11.1001"])
def test_no_kecamatan_no_citizen(code: str) -> None:
    with pytest.raises(ValueError, match="is not the code of a kecamatan"):
        person(0, code)


def test_a_job_is_ready_to_submit() -> None:
    jobs = [job(n, "21.71.11") for n in range(20)]
    assert set(jobs[0]) == {"ticket", "site", "kind", "authorisation", "fields", "photo", "signature"}
    assert [n for n in range(20) if "signature" not in jobs[n]] == [9, 19]
    assert len({j["ticket"] for j in jobs} | {j["authorisation"] for j in jobs}) == 40
    assert (jobs[3]["ticket"], jobs[3]["authorisation"]) == (ticket(3), authorisation(3))
    assert jobs[3]["fields"] == person(3, "21.71.11")


def test_a_site_that_is_no_kecamatan_serves_people_too() -> None:
    made = job(4, "21.71")
    assert made["site"] == "21.71"
    assert made["fields"]["kecamatan"] == "SAGULUNG"


def test_a_folder_of_jobs_reads_back_as_the_jobs(tmp_path: Path) -> None:
    files = write_job_folder(tmp_path / "jobs", 11, ["21.71.11", "21.71.12"])
    assert [path.name for path in files] == [f"{n:02}.json" for n in range(1, 12)]
    assert [read_job_file(path) for path in files] == [job(n, f"21.71.{11 + n % 2}") for n in range(11)]
    assert not any(job(0, "21.71.11")["fields"]["nama"] in path.name for path in (tmp_path / "jobs").iterdir())


def test_the_sample_jobs_are_people_of_this_kind() -> None:
    folder = Path(__file__).parent.parent / "examples" / "jobs"
    jobs = [read_job_file(path) for path in sorted(folder.glob("*.json"))]
    assert len(jobs) == 3
    for made in jobs:
        assert made["kind"] == "ktp"
        assert frozenset(made["fields"]) == KTP.names
        number = int(made["ticket"].removeprefix("contoh-"))
        assert made["fields"] == person(number, made["site"])
        assert made["photo"][:3] == b"\xff\xd8\xff"
    assert sum("signature" in made for made in jobs) == 2
    assert max(len(made["fields"]["nama"]) for made in jobs) >= 29
    assert issubclass(JobFileError, Exception)
