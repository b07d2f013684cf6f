"""The closed shape of a detail: what the builders make fits it, and no text of a person does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.model.detail import is_detail, of_width, path_of
from spooler.model.finding import FINDINGS
from spooler.model.kinds import KINDS


@pytest.mark.parametrize("name", sorted({name for kind in KINDS.values() for name in kind.names}))
def test_every_field_of_every_kind_can_be_named(name: str) -> None:
    assert path_of(name) == path_of(path_of(name)) == f"fields.{name}"
    assert all(is_detail(f"{path_of(name)} {code}") for code in FINDINGS)


@given(st.floats(0, 99999), st.floats(0, 99999))
def test_widths_are_shown_to_a_tenth_of_a_millimetre(width: float, room: float) -> None:
    assert is_detail(of_width("fields.nama", width, room))
    assert of_width("fields.nama", 61.34, 38.6) == "fields.nama 61.3 mm > 38.6 mm"


@pytest.mark.parametrize("text", ["photo", "signature", "photo bad-picture", "fields.line_8"])
def test_pictures_and_bare_paths_are_details(text: str) -> None:
    assert path_of("photo") == "photo"
    assert is_detail(text)


@pytest.mark.parametrize(
    "text",
    ["", "BUDI", "fields.nama BUDI", "fields.nik 2171011708990001", "fields.nama ", "photo\n", "fields.nama 1 mm"],
)
def test_nothing_that_was_sent_is_a_detail(text: str) -> None:
    assert not is_detail(text)
