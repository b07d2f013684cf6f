"""What the desk says where the spooler refuses: Indonesian for every code, and how many blanks there are."""

import re

import pytest

from spooler.cli.desk_refusals import REFUSALS, refusal
from spooler.client import ServerError
from spooler.model.problem import CODES, Problem

#: Words by which an English sentence gives itself away.
ENGLISH = re.compile(r"\b(the|is|are|not|this|that|job|must|may|has|there)\b", re.IGNORECASE)


@pytest.mark.parametrize("code", CODES)
def test_every_refusal_is_indonesian(code: str) -> None:
    error = ServerError(Problem(code, "The job is not here.", "id").as_wire())
    told = refusal(error, "id")
    assert not ENGLISH.search(told.removesuffix(f"[{code}]")), told
    assert told.endswith(f"[{code}]"), "what an officer reads out to a technician"
    assert refusal(error, "en") == f"The job is not here. [{code}]"


def test_there_is_no_sentence_too_many() -> None:
    assert set(REFUSALS) == set(CODES)


def test_it_says_how_many_there_are_and_which_roll_is_missing() -> None:
    few = Problem("bad-value", "The book has fewer there: 12.", "amount", details=(("has", 12),))
    assert "hanya ada 12." in refusal(ServerError(few.as_wire()), "id")
    roll = Problem("bad-value", "This roll is not at the site by the book: receive it first.", "stock")
    assert "Nomor seri ini tidak ada di buku stok" in refusal(ServerError(roll.as_wire()), "id")


def test_a_code_of_a_later_version_keeps_the_spoolers_words() -> None:
    assert refusal(ServerError({"code": "new", "message": "Something new."}), "id") == "Something new. [new]"
