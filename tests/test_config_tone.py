"""[[tone]]: a printer's curves, and what is wrong with bad ones."""

import pytest

from config_texts import TONED, faults, read
from spooler.model.picture import STRAIGHT, Tone


def test_a_printer_has_the_tone_that_it_names() -> None:
    printer = read(TONED).city.printers["SGL-1"]
    assert printer.tone == Tone("warm", yellow=((0, 0), (128, 110), (255, 240)))
    assert printer.tone.cyan == STRAIGHT
    assert read().city.printers["SGL-1"].tone is None


@pytest.mark.parametrize(
    ("curve", "sentence"),
    [
        ('"flat"', "must be points as in [[0, 0], [128, 110], [255, 255]], not text"),
        ("[[0, 0]]", "must begin at 0 and end at 255: points as in [[0, 0], [128, 110], [255, 255]]"),
        ("[[1, 0], [255, 255]]", "must begin at 0 and end at 255: points as in [[0, 0], [128, 110], [255, 255]]"),
        ("[[0, 0], [254, 255]]", "must begin at 0 and end at 255: points as in [[0, 0], [128, 110], [255, 255]]"),
        ("[[0, 0], [255]]", "point 2 must be a pair like [128, 110]"),
        ("[[0, 0], [255, 256]]", "point 2 must be a whole number from 0 to 255; it is 256"),
        (
            "[[0, 0], [9, 5], [9, 6], [255, 255]]",
            "must grow: each point further than the one before, and none with less dye",
        ),
        ("[[0, 9], [255, 8]]", "must grow: each point further than the one before, and none with less dye"),
    ],
)
def test_a_bad_curve_is_told_with_its_place(curve: str, sentence: str) -> None:
    (fault,) = faults(TONED.replace("[[0, 0], [128, 110], [255, 240]]", curve))
    assert (fault.path, fault.message) == ("tone[0].yellow", sentence)
    assert fault.line == TONED[: TONED.index("yellow")].count("\n") + 1


def test_a_printer_names_a_tone_that_is_there() -> None:
    (fault,) = faults(TONED.replace('tone = "warm"', 'tone = "warn"'))
    assert fault.path == "printer[0].tone"
    assert fault.message == "there is no [[tone]] with the name warn (did you mean `warm`?)"
