"""A photo's facts judged: colours in broad terms, and only what is far off is said."""

import pytest

from spooler.model.finding import find
from spooler.model.request import PhotoLook
from spooler.rules.looks import colour, is_blank, judge_look

RED, BLUE = (198, 46, 46), (46, 94, 178)
GOOD = PhotoLook(100, 600, RED)


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        (RED, "red"), ((120, 20, 30), "red"), ((250, 90, 100), "red"), ((255, 0, 0), "red"),
        (BLUE, "blue"), ((20, 40, 90), "blue"), ((120, 170, 230), "blue"), ((0, 0, 255), "blue"),
        ((240, 130, 30), "orange"), ((255, 165, 0), "orange"),
        ((255, 255, 255), "other"), ((0, 0, 0), "other"), ((130, 130, 130), "other"), ((40, 180, 60), "other"),
        ((230, 220, 210), "other"), ((200, 40, 200), "other"),
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
        (PhotoLook(100, 600, (250, 250, 250)), "red", find("photo-background", "photo", seen="other", wanted="red")),
        (PhotoLook(20, 600, RED), "red", find("photo-dark", "photo", percent=7)),
        (PhotoLook(230, 600, RED), "red", find("photo-bright", "photo", percent=90)),
    ],
)
def test_each_fault_is_found_and_no_other(look: PhotoLook, wanted: str, found: object) -> None:
    assert judge_look(look, wanted) == [found]


def test_a_photo_of_one_brightness_shows_nobody() -> None:
    assert is_blank(PhotoLook(100, 850, RED))
    assert not is_blank(PhotoLook(100, 849, RED))
