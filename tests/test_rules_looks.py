"""A photo's facts judged: colours in broad terms, and only what is far off is said."""

import colorsys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from spooler.model.finding import find
from spooler.model.request import PhotoLook
from spooler.rules.looks import colour, is_blank, judge_look

RED, BLUE = (198, 46, 46), (46, 94, 178)
GOOD = PhotoLook(100, 600, RED)


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        (RED, "red"), ((120, 20, 30), "red"), ((250, 90, 100), "red"), ((255, 0, 0), "red"), ((220, 40, 60), "red"),
        (BLUE, "blue"), ((20, 40, 90), "blue"), ((120, 170, 230), "blue"), ((0, 0, 255), "blue"),
        ((240, 130, 30), "orange"), ((255, 165, 0), "orange"), ((235, 140, 40), "orange"),
        ((255, 255, 0), "yellow"), ((230, 210, 60), "yellow"), ((40, 180, 60), "green"), ((0, 255, 0), "green"),
        ((255, 255, 255), "white"), ((230, 220, 210), "white"), ((130, 130, 130), "grey"), ((120, 110, 105), "grey"),
        ((0, 0, 0), "other"), ((30, 30, 40), "other"), ((200, 40, 200), "other"), ((0, 200, 200), "other"),
    ],
)  # fmt: skip
def test_colours_have_names(seen: tuple[int, int, int], name: str) -> None:
    assert colour(*seen) == name


def test_a_good_photo_is_silent() -> None:
    assert not is_blank(GOOD)
    assert judge_look(GOOD, "red") == []
    assert judge_look(GOOD, None) == []


@pytest.mark.parametrize(
    ("look", "wanted", "found"),
    [
        (GOOD, "blue", find("photo-background", "photo", seen="red", wanted="blue")),
        (PhotoLook(100, 600, (250, 250, 250)), "red", find("photo-background", "photo", seen="white", wanted="red")),
        (PhotoLook(20, 600, RED), "red", find("photo-dark", "photo", percent=7)),
        (PhotoLook(230, 600, RED), "red", find("photo-bright", "photo", percent=90)),
    ],
)
def test_each_fault_is_found_and_no_other(look: PhotoLook, wanted: str, found: object) -> None:
    assert judge_look(look, wanted) == [found]


def test_a_photo_of_one_brightness_shows_nobody() -> None:
    assert is_blank(PhotoLook(100, 850, RED))
    assert not is_blank(PhotoLook(100, 849, RED))


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_hues_are_those_of_the_standard_library(seen: tuple[int, int, int]) -> None:
    """colorsys as the oracle, away from the edges between names."""
    hue, _, _ = colorsys.rgb_to_hsv(*(part / 255 for part in seen))
    degrees = hue * 360
    if max(seen) - min(seen) < 30:
        assert colour(*seen) in ("white", "grey", "other")
        return
    edges = (0, 20, 45, 70, 165, 190, 260, 335, 360)
    assume(all(abs(degrees - edge) > 1 for edge in edges))
    names = ("red", "orange", "yellow", "green", "other", "blue", "other", "red")
    assert colour(*seen) == names[next(n for n, edge in enumerate(edges[1:]) if degrees < edge)]
