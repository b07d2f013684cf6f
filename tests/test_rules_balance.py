"""The stock book's arithmetic: no sequence of movements makes or loses a blank, and the sites' sum is the city's."""

from hypothesis import given
from hypothesis import strategies as st

from spooler.model.card import CardState
from spooler.model.daysheet import Line
from spooler.model.site import City, Site, SiteStatus
from spooler.model.stock import (
    BookDay,
    Mark,
    Moved,
    Noted,
    card_words,
    carried,
    closing,
    each_uid,
    uid_amount,
    unexplained,
)  # fmt: skip
from spooler.rules.balance import MOST_LISTED, line, sheet

STATES = st.sampled_from([None, CardState.PRINTED, CardState.SPOILED])
words = st.dictionaries(st.sampled_from(list(Moved)), st.integers(0, 500))
WAYS_OUT = ("good", "test", "outside", "returned", "sent", "destroyed")


def gone(of: Line) -> int:
    return sum(getattr(of, name) for name in WAYS_OUT) + sum(of.spoilt)


@given(opening=st.integers(0, 10_000), sums=words)
def test_every_blank_of_a_day_is_on_its_line(opening: int, sums: dict[str, int]) -> None:
    day = line("card-kia", {Noted.OPENING: opening, **sums})
    came = day.received + day.arrived
    assert day.opening + came - gone(day) == day.closing == carried({Noted.OPENING: opening, **sums})
    assert came + gone(day) == sum(sums.values()), "each word stands in one column"


@given(
    moves=st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(["transfer", *Moved]), st.integers(1, 50))),
    counts=st.lists(st.tuples(st.sampled_from("AB"), st.integers(-5, 5), st.integers(0, 3)), max_size=4),
)
def test_the_sum_of_the_sites_is_the_city(
    moves: list[tuple[str, str, int]], counts: list[tuple[str, int, int]]
) -> None:
    """Over days that end at each count: what the sites opened with, came and went is what they have, or wrote off."""
    openings, written_off = {"A": 100, "B": 200}, 0
    came = went = 0
    book: dict[str, dict[str, int]] = {"A": {}, "B": {}}

    def end_of_day() -> None:
        nonlocal came, went
        lines = {site: line("card-kia", {Noted.OPENING: openings[site], **book[site]}) for site in book}
        came += sum(of.received + of.arrived for of in lines.values())
        went += sum(map(gone, lines.values()))
        for site, of in lines.items():
            assert of.closing == closing({Noted.OPENING: openings[site], **book[site]})
            openings[site] = carried({Noted.OPENING: openings[site], **book[site]})
            book[site] = {}

    for site, word, amount in moves:
        if word == "transfer":
            other = "B" if site == "A" else "A"
            book[site][Moved.TRANSFERRED_OUT] = book[site].get(Moved.TRANSFERRED_OUT, 0) + amount
            book[other][Moved.TRANSFERRED_IN] = book[other].get(Moved.TRANSFERRED_IN, 0) + amount
        else:
            book[site][word] = book[site].get(word, 0) + amount
    for site, gap, doubts in counts:
        book[site] |= {Noted.GAP: gap, Noted.DOUBTS: doubts, Noted.WRITTEN_OFF: unexplained(gap, doubts)}
        written_off += unexplained(gap, doubts)
        end_of_day()
    end_of_day()
    assert sum(openings.values()) == 300 + came - went + written_off


@given(gap=st.integers(-20, 20), doubts=st.integers(0, 5))
def test_a_doubt_explains_a_missing_blank_and_never_one_too_many(gap: int, doubts: int) -> None:
    rest = unexplained(gap, doubts)
    if gap >= 0:
        assert rest == gap
    else:
        assert rest <= 0
        assert 0 <= rest - gap <= doubts
        assert rest == 0 or rest - gap == doubts


@given(before=STATES, between=STATES, after=STATES)
def test_a_corrected_answer_ends_where_the_right_one_would_have(
    before: CardState | None, between: CardState | None, after: CardState | None
) -> None:
    total: dict[str, int] = {}
    for one, other in ((before, between), (between, after)):
        for word, amount in card_words("card-kia", one, other, "chip", "chip").items():
            total[word] = total.get(word, 0) + amount
    assert {word: n for word, n in total.items() if n} == card_words("card-kia", before, after, "chip", "chip")


def test_a_card_on_test_stock_is_a_test_and_its_damage_is_damage() -> None:
    assert card_words("card-test", None, CardState.PRINTED) == {Moved.TEST: 1}
    assert card_words("card-ktp-wni", None, CardState.PRINTED) == {Moved.PRINTED: 1}
    assert card_words("card-test", None, CardState.SPOILED) == {Moved.SPOILED_PRINT: 1}
    assert card_words("card-kia", CardState.PRINTED, CardState.SPOILED, "inspection") == {
        Moved.PRINTED: -1, Moved.SPOILED_INSPECTION: 1,
    }  # fmt: skip


def test_chip_numbers_are_a_range_or_a_list_of_different_ones() -> None:
    assert uid_amount("04A1B2C3-04A1B2D2") == 16
    assert uid_amount("04A1B2C3 04A1B2C4 04A1B2FF") == 3
    assert uid_amount("04A1B2C3") == 1
    assert list(each_uid("04A1B2FF-04A1B301")) == ["04A1B2FF", "04A1B300", "04A1B301"]
    assert list(each_uid("04A1B2C3 04A1B2FF")) == ["04A1B2C3", "04A1B2FF"]
    for bad in ("04A1B2C3 04A1B2C3", "04a1b2c3", "04A1B2C3-04A1B2C300", "budi", "", "04A1B2C3-04A1B2C4-04A1B2C5"):
        assert uid_amount(bad) is None, bad


def test_a_sheet_tells_what_was_spoiled_late_and_wrong() -> None:
    marks = (
        Mark(5, "resolved-spoiled", 1000, {"actor": "sari", "job": "J1", "stock": "card-kia"}, "SGL-0001"),
        Mark(6, "stock-spoiled", 2000, {"actor": "sari", "stage": "chip", "stock": "card-kia", "about": "2026-11-23",
                                        "amount": 1, "uids": "04A1B2C3"}, None),
        Mark(7, "incident", 3000, {"actor": "sari", "reason": "gap", "stock": "card-kia", "amount": -2}, None),
    )  # fmt: skip
    sums = {"opening": 10, "spoiled-print": 1, "spoiled-chip": 1, "gap": -2, "written-off": -2, "counter": 4}
    day = BookDay("21.71.11", "2026-11-24", (("card-kia", sums),), marks, "hasan", 9000, ("pusat-1", 7, "ab"))
    city = City("RIAU", "BATAM", {"21.71.11": Site("21.71.11", "Sagulung", "SGL", SiteStatus.OPEN)}, {})
    whole = sheet(day, city, "pusat", 7)
    (of,) = whole.lines
    assert (of.opening, of.spoilt, of.closing, of.counted, of.gap, of.counter_delta, of.panels) == (
        10, (0, 1, 1, 0), 8, 6, -2, 4, None,
    )  # fmt: skip
    assert [(one.stage, one.number, one.uid) for one in whole.spoiled] == [
        ("print", "SGL-0001", None), ("chip", None, "04A1B2C3"),
    ]  # fmt: skip
    many = Mark(8, "stock-spoiled", 4000, {"stage": "chip", "stock": "card-kia", "amount": 5000}, None)
    flood = BookDay("21.71.11", "2026-11-24", (), (many,), None, None, ("", 0, ""))
    assert len(sheet(flood, city, "pusat", 7).spoiled) == MOST_LISTED
    assert whole.corrections == ("stock-spoiled about=2026-11-23 stock=card-kia amount=1 stage=chip actor=sari",)
    assert whole.incidents == ("incident reason=gap stock=card-kia amount=-2 actor=sari",)
    assert (whole.site_name, whole.city, whole.closed_by, whole.head) == ("Sagulung", "BATAM", "hasan", "ab")
