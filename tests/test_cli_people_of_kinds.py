"""Invented foreigners and children: their records agree with themselves and with the kind's own rules."""

from datetime import date

import pytest

from spooler.cli.people import person
from spooler.cli.people_of_kinds import fields_of, job_of
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
