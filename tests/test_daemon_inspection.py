"""The inspector: what refuses a submission is the first thing that a check tells, and shapes and letters count too."""

from io import BytesIO
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from running import ktp
from spooler.daemon import Inspector
from spooler.model.finding import Severity
from spooler.model.problem import Problem
from spooler.model.request import JobRequest
from spooler.render import Renderer
from spooler.wire import Limits, parse_job
from test_render_examine import flat

TODAY = "2026-11-24"
INSPECTOR = Inspector(Renderer(specimen=True))


def request(**fields: str) -> JobRequest:
    raw = ktp(0)
    raw["fields"] |= {"nama": "CAHYA TEGUH RAHARJA"} | fields
    made = parse_job(raw, "", Limits())
    assert isinstance(made, JobRequest)
    return made


GOOD = request()


def turned(width: int, height: int) -> bytes:
    out = BytesIO()
    Image.open(BytesIO(flat((200, 30, 30)))).resize((width, height)).save(out, "JPEG")
    return out.getvalue()


def test_a_good_job_has_nothing() -> None:
    assert INSPECTOR.admit(GOOD, TODAY) == ()
    assert INSPECTOR.inspect(GOOD, TODAY) == []


@given(
    st.dictionaries(
        st.sampled_from(["nik", "nama", "agama", "kota", "tanggal_lahir", "umur", "alamat"]),
        st.text(st.sampled_from("A1 -'\u03a9\u00e9\x00"), max_size=8)
        | st.sampled_from(["2171111708990001", "1999-01-01"]),
        max_size=4,
    )
)
def test_a_submission_is_refused_for_the_first_thing_that_a_check_tells(changed: dict[str, str]) -> None:
    asked = evolve(GOOD, fields=GOOD.fields | changed)
    found = INSPECTOR.inspect(asked, TODAY)
    refusals = [finding for finding in found if finding.severity is Severity.REJECT]
    assert found[: len(refusals)] == refusals
    admitted = INSPECTOR.admit(asked, TODAY)
    if isinstance(admitted, Problem):
        first = refusals[0]
        assert (admitted.code, admitted.field, admitted.message) == (first.code, first.field, first.message)
    else:
        assert list(admitted) == found


@pytest.mark.parametrize(
    ("picture", "codes"),
    [
        (turned(400, 300), ["bad-picture"]), (turned(200, 600), ["bad-picture"]), (turned(400, 400), ["photo-cropped"]),
        (turned(400, 600), []), (b"rubbish", ["bad-picture"]),
    ],
)  # fmt: skip
def test_the_shape_of_a_photo_is_judged_by_its_header(picture: bytes, codes: list[str]) -> None:
    asked = evolve(GOOD, photo=picture)
    found = INSPECTOR.inspect(asked, TODAY)
    assert [(f.code, f.field) for f in found] == [(code, "photo") for code in codes]
    admitted: Any = INSPECTOR.admit(asked, TODAY)
    assert isinstance(admitted, Problem) == (codes == ["bad-picture"])


def test_a_letter_without_a_glyph_is_named_by_its_number_for_each_field() -> None:
    found = INSPECTOR.inspect(request(nama="CAHYA Ω", alamat="JL. ж 1"), TODAY)
    assert sorted((f.field or "", f.message.partition(":")[0]) for f in found) == [
        ("fields.alamat", "the card's typeface has no U+0436"),
        ("fields.nama", "the card's typeface has no U+03A9"),
    ]
