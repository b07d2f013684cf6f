"""Invented foreigners and children: their records agree with themselves and with the kind's own rules."""

from datetime import date
from pathlib import Path

import pytest

from spooler.cli import main
from spooler.cli.job_files import read_job_file
from spooler.cli.people import person
from spooler.cli.people_of_kinds import EXAMPLES, fields_of, job_of, write_examples
from spooler.daemon import Inspector
from spooler.model.kinds import KINDS, FieldType
from spooler.render import Renderer
from spooler.wire import Limits, parse_job

SITE = "21.71.11"
OTHERS = [kind for kind in KINDS if kind not in ("ktp", "selftest")]


@pytest.mark.parametrize("kind", OTHERS)
def test_records_are_whole_and_admitted(kind):
    inspector = Inspector(Renderer(specimen=True))
    for n in range(60):
        raw = job_of(kind, n, SITE)
        found = inspector.inspect(parse_job(raw, "", Limits()), "2026-12-31")
        assert {finding.code for finding in found} <= {"name-one-word"}
        for field in KINDS[kind].fields:
            assert field.name in raw["fields"] or not field.required
            if field.type is FieldType.DATE:
                date.fromisoformat(raw["fields"][field.name])
    assert 40 < max(len(job_of(kind, n, SITE)["fields"]["nama"]) for n in range(60)) <= 60
    assert len({job_of(kind, n, SITE)["fields"]["nik"] for n in range(60)}) == 60
    assert job_of(kind, 5, SITE) == job_of(kind, 5, SITE)


@pytest.mark.parametrize(("kind", "least", "below"), [("kia-0-5", 0, 5), ("kia-5-17", 5, 17)])
def test_children_are_of_the_cards_age_and_their_nik_says_so(kind, least, below):
    for n in range(200):
        fields = fields_of(kind, n)
        born, issued = date.fromisoformat(fields["tanggal_lahir"]), date.fromisoformat(fields["tanggal_terbit"])
        age = issued.year - born.year - ((issued.month, issued.day) < (born.month, born.day))
        assert least <= age < below
        day = born.day + 40 * (fields["jenis_kelamin"] == "PEREMPUAN")
        assert fields["nik"][6:12] == f"{day:02}{born.month:02}{born.year % 100:02}"
        assert date.fromisoformat(fields["berlaku_hingga"]) > issued


def test_half_of_the_children_are_signed_electronically_and_the_others_by_hand():
    for n in range(20):
        raw = job_of("kia-5-17", n, SITE)
        assert ("tte" in raw["fields"]) == (n % 2 == 0) == ("signature" not in raw)


def test_a_citizen_is_the_same_here_and_there():
    assert fields_of("ktp", 3, SITE) == person(3, SITE)
    with pytest.raises(KeyError):
        fields_of("selftest", 3)


def test_there_is_an_example_of_every_kind_and_it_is_admitted_and_drawn(tmp_path):
    folder = Path(__file__).parents[1] / "examples" / "kinds"
    assert {path.stem for path in folder.glob("*.json")} == {kind for kind in KINDS if kind != "selftest"}
    inspector = Inspector(Renderer(specimen=True))
    for kind, n in EXAMPLES.items():
        raw, fresh = read_job_file(folder / f"{kind}.json"), job_of(kind, n, SITE)
        assert raw.keys() == fresh.keys()
        assert raw["fields"] == fresh["fields"], "made anew by its module"
        found = inspector.inspect(parse_job(raw, "", Limits()), "2026-12-31")
        assert {finding.code for finding in found} <= {"name-one-word"}
        assert main(["proof", str(folder / f"{kind}.json"), "-o", str(tmp_path / "card.png")]) == 0


def test_the_examples_are_made_by_the_module(tmp_path):
    files = write_examples(tmp_path)
    assert [file.name for file in files] == [f"{kind}.json" for kind in EXAMPLES]
    folder = Path(__file__).parents[1] / "examples" / "kinds"
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in folder.iterdir()}
    assert [read_job_file(file) for file in files] == [job_of(kind, n, SITE) for kind, n in EXAMPLES.items()]
