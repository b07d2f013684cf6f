"""The city's sum: nothing is lost in it, nothing is hidden by it, and what does not belong together is refused."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from paper_sheets import line, sheet
from spooler.model.citysheet import Matter, MergeError, merge
from spooler.model.daysheet import Line

SMALL = st.integers(0, 5000)
LINES = st.builds(
    Line,
    stock=st.sampled_from(["card-ktp-wni", "card-kia"]),
    **dict.fromkeys(("opening", "received", "good", "test", "outside", "returned", "destroyed", "doubts"), SMALL),
    spoilt=st.tuples(SMALL, SMALL, SMALL, SMALL),
    counted=st.none() | SMALL,
)
CITIES = st.lists(st.lists(LINES, max_size=2, unique_by=lambda made: made.stock), min_size=1, max_size=5)


@given(CITIES)
def test_the_sum_of_the_sites_is_the_city(lines: list[list[Line]]) -> None:
    city = merge([sheet(at, lines=tuple(of)) for at, of in enumerate(lines, 1)])
    every = [one for of in lines for one in of]
    assert {total.stock for total in city.totals} == {one.stock for one in every}
    for total in city.totals:
        of = [one for one in every if one.stock == total.stock]
        for name in ("opening", "received", "good", "test", "outside", "returned", "destroyed", "doubts", "closing"):
            assert getattr(total, name) == sum(getattr(one, name) for one in of)
        assert total.spoilt == tuple(map(sum, zip(*(one.spoilt for one in of))))
        gaps = [one.gap for one in of if one.gap is not None]
        assert total.gap == (sum(gaps) if len(gaps) == len(of) else None)
    found = [(n.site, n.stock, n.amount) for n in city.notices if n.matter is Matter.GAP]
    assert found == [(s.site, one.stock, one.gap) for s in city.sites for one in s.lines if one.gap]


def test_gaps_that_cancel_out_are_both_named() -> None:
    closing = line().closing
    city = merge([sheet(1, lines=(line(counted=closing + 1),)), sheet(2, lines=(line(counted=closing - 1),))])
    assert city.totals[0].gap == 0
    assert [(n.matter, n.site, n.amount) for n in city.notices] == [
        (Matter.GAP, "21.71.01", 1), (Matter.GAP, "21.71.02", -1),
    ]  # fmt: skip


def test_all_that_wants_an_eye_is_named_by_its_site() -> None:
    quiet = sheet(2)
    loud = sheet(
        1, lines=(line(doubts=2), line("card-kia", counted=None)), closed_by=None, closed_ms=None,
        incidents=("gap card-kia -1",), corrections=("2026-11-23 card-kia: good +1",),
    )  # fmt: skip
    notices = merge([quiet, loud]).notices
    assert {n.site for n in notices} == {"21.71.01"}
    assert [(n.matter, n.stock, n.amount, n.text) for n in notices] == [
        (Matter.NOT_CLOSED, "", 0, ""),
        (Matter.DOUBTS, "card-ktp-wni", 2, ""),
        (Matter.UNCOUNTED, "card-kia", 0, ""),
        (Matter.INCIDENT, "", 0, "gap card-kia -1"),
        (Matter.CORRECTION, "", 0, "2026-11-23 card-kia: good +1"),
    ]


def test_a_witness_that_one_site_lacks_has_no_sum() -> None:
    city = merge([sheet(1), sheet(2, lines=(line(counter_delta=None),))])
    assert (city.totals[0].counter_delta, city.totals[0].panels) == (None, 2410)


def test_sites_stand_in_the_order_of_their_codes() -> None:
    assert [s.site for s in merge([sheet(3), sheet(1), sheet(2)]).sites] == ["21.71.01", "21.71.02", "21.71.03"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (evolve(sheet(2), day="2026-11-25"), "day 2026-11-25, but the first sheet is of 2026-11-24"),
        (evolve(sheet(2), city="Kota Bekasi"), "Kota Bekasi, but"),
        (evolve(sheet(1), node="another"), "site 21.71.01 was given before"),
    ],
)
def test_what_does_not_belong_together_is_refused(wrong: object, says: str) -> None:
    with pytest.raises(MergeError, match=says) as error:
        merge([sheet(1), sheet(3), wrong])  # type: ignore[list-item]
    assert error.value.index == 2


def test_no_sheet_is_no_city() -> None:
    with pytest.raises(MergeError):
        merge([])
