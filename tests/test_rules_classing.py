"""Priority classes by date, their cap, and who may ask for express."""

import pytest
from attrs import evolve

from spooler.model.policy import ClassRow, in_force, next_day
from spooler.model.problem import Problem
from spooler.model.request import JobRequest
from spooler.model.site import Principal, Right
from spooler.rules.classing import Placed, place_request

SITE = "21.71.11"
ROWS = (
    ClassRow("pertama", "2028-10-01", 70),
    ClassRow("pertama", "2026-01-01", 60),
    ClassRow("lansia", "2026-01-01", 75),
    ClassRow("bencana", "2026-06-01", 90, "disaster"),
)
CLASSES = in_force(ROWS, "2026-11-24")
REQUEST = JobRequest("t", "ktp", SITE, None, {})
CLERK = Principal("loket", frozenset({Right.SUBMIT}))
CHIEF = Principal("kepala", frozenset({Right.SUBMIT, Right.EXPRESS}), sites=(SITE,))


def refusal(request: JobRequest, principal: Principal, site: str = SITE) -> tuple[str, str | None]:
    problem = place_request(request, CLASSES, principal, site)
    assert isinstance(problem, Problem)
    return problem.code, problem.field


@pytest.mark.parametrize(
    ("day", "priorities"),
    [
        ("2025-12-31", {}),
        ("2026-01-01", {"pertama": 60, "lansia": 75}),
        ("2028-09-30", {"pertama": 60, "lansia": 75, "bencana": 90}),
        ("2028-10-01", {"pertama": 70, "lansia": 75, "bencana": 90}),
    ],
)
def test_the_newest_row_that_has_begun_holds(day: str, priorities: dict[str, int]) -> None:
    assert {name: row.priority for name, row in in_force(ROWS, day).items()} == priorities


def test_the_next_day_is_the_first_on_which_anything_changes() -> None:
    assert next_day(ROWS, "2025-01-01") == "2026-01-01"
    assert next_day(ROWS, "2026-01-01") == "2026-06-01"
    assert next_day(ROWS, "2028-10-01") is None


def test_a_class_gives_its_priority() -> None:
    placed = place_request(evolve(REQUEST, priority_class="lansia"), CLASSES, CLERK, SITE)
    assert isinstance(placed, Placed)
    assert (placed.request.priority, placed.band, placed.express) == (75, 1, None)


def test_an_unknown_class_names_those_there_are() -> None:
    problem = place_request(evolve(REQUEST, priority_class="lansai"), CLASSES, CLERK, SITE)
    assert isinstance(problem, Problem)
    assert "bencana, lansia, pertama" in problem.message
    assert "did you mean `lansia`" in problem.message


def test_the_cap_holds_for_classes() -> None:
    capped = evolve(CLERK, priority_cap=74)
    assert refusal(evolve(REQUEST, priority_class="lansia"), capped) == ("forbidden", "class")
    assert isinstance(place_request(evolve(REQUEST, priority_class="pertama"), CLASSES, capped, SITE), Placed)


def test_express_needs_the_right_at_that_site_and_a_reason_of_the_list() -> None:
    asked = evolve(REQUEST, express="medical")
    assert place_request(asked, CLASSES, CHIEF, SITE) == Placed(asked, 0, "medical")
    assert refusal(asked, CLERK) == ("forbidden", "express")
    assert refusal(asked, CHIEF, "21.71.10") == ("forbidden", "express")
    assert refusal(evolve(REQUEST, express="because"), CHIEF) == ("bad-value", "express")


def test_a_class_that_is_express_needs_the_right_too() -> None:
    asked = evolve(REQUEST, priority_class="bencana")
    placed = place_request(asked, CLASSES, CHIEF, SITE)
    assert isinstance(placed, Placed)
    assert (placed.request.priority, placed.band, placed.express) == (90, 0, "disaster")
    assert refusal(asked, CLERK) == ("forbidden", "class")
