"""Faults as values: one word each, a script from a seed; and how long and how hot a card is."""

from collections import Counter
from math import isclose
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.backends.simulator import FAULTS, REALISTIC, Fault, dealt, fault, steady
from spooler.backends.simulator.effects import EFFECTS
from spooler.backends.simulator.evolis_words import BITS
from spooler.backends.simulator.fargo_words import NUMBERS, SENSORS, SILENT
from spooler.backends.simulator.faults import INKS, MOMENTS
from spooler.backends.simulator.timing import Head


@st.composite
def faults(draw: st.DrawFn) -> Fault:
    what = draw(st.sampled_from(sorted(FAULTS)))
    value = None if FAULTS[what].value is None else float(draw(st.integers(-9999, 9999)))
    at = draw(st.sampled_from((*MOMENTS, *INKS, *map(str, range(1, 20)))))
    seconds = draw(st.none() | st.integers(1, 10**6).map(lambda ms: ms / 1000))
    return Fault(what, at, draw(st.integers(1, 999_999)), value, seconds)


@given(faults())
def test_a_fault_is_one_word(one: Fault) -> None:
    assert fault(str(one)) == one


def test_what_is_not_said_is_usual() -> None:
    assert fault("jam") == Fault("jam", "half", 1, None, None)
    assert fault("cut") == Fault("cut", "now", 1, 1000, None)
    assert fault("counts=-3@taken#4") == Fault("counts", "taken", 4, -3.0, None)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("explode", "there is no fault 'explode'; there are: jam,"),
        ("jam@noon", "'noon' is no moment of a card: write now,"),
        ("jam=3", "jam takes no value"),
        ("jam#0", "card 1 or later"),
        ("jam~0", "longer than 0 s"),
        ("jam jam", "is no fault: write WHAT"),
        ("", "is no fault: write WHAT"),
    ],
)
def test_what_is_no_fault_says_why(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence.replace("(", r"\(")):
        fault(text)


@given(st.text(max_size=30))
def test_any_text_is_a_fault_or_a_sentence(text: str) -> None:
    try:
        one = fault(text)
    except ValueError as error:
        sentence = str(error)
    else:
        sentence = str(one)
    assert sentence


def test_every_fault_has_its_effect() -> None:
    assert set(EFFECTS) | {"power", "swapped"} == set(FAULTS)


def test_a_seed_deals_the_same_script_again_and_keeps_to_its_rates() -> None:
    rates = {"jam": 0.25, "unplugged": 0.05, "counts": 0.0}
    script = dealt(rates, 7, 2000)
    assert script == dealt(rates, 7, 2000)
    assert script != dealt(rates, 8, 2000)
    counts = Counter(one.what for one in script)
    assert counts["counts"] == 0
    assert 400 < counts["jam"] < 600
    assert 60 < counts["unplugged"] < 140
    assert all(one.at != "now" and 1 <= one.card <= 2000 and one.seconds for one in script)


@pytest.mark.parametrize("rates", [{"explode": 0.1}, {"jam": 1.5}, {"jam": -0.1}])
def test_no_such_rate(rates: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"no fault|rate of jam"):
        dealt(rates, 1, 1)


# -- time and heat ---------------------------------------------------------------------------------------------


def test_a_card_takes_the_sum_of_its_steps() -> None:
    assert REALISTIC.card("ymcko") == 2 + 3 * 4 + 2 * 2 + 1.5
    assert REALISTIC.card("ymckok", flips=True) == REALISTIC.card("ymcko") + 2 + 2.5
    assert steady(3.0).card("ymcko") == steady(3.0).card("k") == steady(3.0).card("") == 3.0


@given(st.integers(1, 400), st.floats(0, 600))
def test_a_head_warms_with_work_and_cools_with_rest(cards: int, rest: float) -> None:
    head = Head(REALISTIC)
    now = 0.0
    for _ in range(cards):
        now += 20.0
        before = head.then(now)
        head = head.then(now, 0.7)
        assert head.degrees > before.degrees >= REALISTIC.room
    assert head.then(now + rest).degrees <= head.degrees
    assert isclose(head.then(now + rest).degrees, head.then(now + rest / 2).then(now + rest).degrees)


def test_a_head_that_never_rests_must_rest_after_about_a_hundred_colour_cards() -> None:
    head, now, cards = Head(REALISTIC), 0.0, 0
    while not head.resting:
        now += REALISTIC.card("ymcko")
        head = head.then(now, sum(map(REALISTIC.heat, "ymcko")))
        cards += 1
    assert 80 <= cards <= 120
    rested = head
    while rested.resting:
        now += 1.0
        rested = rested.then(now)
    assert rested.degrees <= REALISTIC.rested
    assert not Head(steady(1.0)).then(1e6, 0.0).resting


# -- docs/simulator.md -----------------------------------------------------------------------------------------


def rows(name: str) -> list[list[str]]:
    """The cells of a table of docs/simulator.md."""
    text = (Path(__file__).parents[1] / "docs" / "simulator.md").read_text()
    table = text.partition(f"<!-- {name} -->\n")[2].partition("<!-- end -->")[0]
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]


def test_every_fault_is_in_the_document_as_it_is() -> None:
    written = {what.partition("=")[0]: (what.partition("=")[2], at, sentence) for what, at, sentence in rows("faults")}
    assert written == {
        what: ("" if kind.value is None else f"{kind.value:g}", kind.at, kind.sentence) for what, kind in FAULTS.items()
    }


def test_every_trouble_is_in_the_document_with_its_bit() -> None:
    names = ("CFG", "INF", "WAR", "ERR")
    assert {trouble: (word, bit) for trouble, word, bit, _ in rows("troubles")} == {
        trouble: (names[word], f"{mask:08X}") for trouble, (word, mask) in BITS.items()
    }


def test_every_trouble_of_a_fargo_is_in_the_document_as_it_is_shown() -> None:
    shown = {
        trouble: f"error {number}" if number else "an error without a number" for trouble, number in NUMBERS.items()
    }
    shown |= {trouble: f"sensor `{name}:{value}" for trouble, (name, value) in SENSORS.items()}
    assert {row[0]: row[1] for row in rows("fargo")} == shown | dict.fromkeys(SILENT, "nothing")
