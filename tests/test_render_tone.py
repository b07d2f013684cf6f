"""Tones: dyes go through the printer's curves, on the plate and in the photo, and resin does not. Photos in dots."""

import numpy as np
import pytest

from invented import CARD, FIELDS, photo
from spooler.model.job import Content
from spooler.model.kinds import KINDS
from spooler.model.picture import Tone
from spooler.render import Renderer, load_template

TONE = Tone(
    "warm", yellow=((0, 0), (128, 100), (255, 240)), magenta=((0, 0), (30, 60), (255, 255)), cyan=((0, 0), (255, 128))
)
#: A KTP with areas of dye, one beside the photo.
TEMPLATE = """
card = { width = 85.60, height = 53.98 }
[[text]]
name = "all"
x = 3
y = 3
width = 50
height = 45
sizes = [4]
text = "{nama}"
[photo]
x = 60
y = 13.4
width = 20
height = 25
[signature]
x = 60
y = 44
width = 10
height = 5
[[box]]
x = 2
y = 2
width = 20
height = 10
ink = { y = 200, m = 30, c = 128 }
"""


def drawn(renderer, inks="ymcko", **options):
    with renderer.draw("ktp", CARD, inks, Content(FIELDS, photo()), **options) as picture:
        return {ink: np.frombuffer(bytes(picture.planes[ink]), np.uint8) for ink in inks}


@pytest.mark.parametrize("specimen", [False, True])
def test_dyes_go_through_the_curves_and_resin_does_not(specimen):
    renderer = Renderer(specimen=specimen, templates={"ktp": load_template(TEMPLATE, KINDS["ktp"])})
    straight, toned = drawn(renderer), drawn(renderer, tone=TONE)
    for ink in "ymc":
        table = np.frombuffer(TONE.table(ink), np.uint8)
        # the specimen's veil is rounded before its curve here and after it there
        assert np.abs(toned[ink].astype(int) - table[straight[ink]]).max() <= (6 if specimen else 0)
        assert (toned[ink] != straight[ink]).any()
    for ink in "ko":
        assert (toned[ink] == straight[ink]).all()
    again = drawn(renderer)
    assert all((again[ink] == straight[ink]).all() for ink in "ymcko")


def test_plates_of_two_tones_are_two():
    renderer = Renderer(specimen=False, templates={"ktp": load_template(TEMPLATE, KINDS["ktp"])})
    plates = [renderer.plate("ktp", CARD, "ymcko", tone=tone).id for tone in (None, TONE, Tone("straight"))]
    assert plates[0] != plates[1]
    assert plates[0] == plates[2]


def test_a_ribbon_without_dyes_gets_the_photo_in_dots():
    dots = load_template(TEMPLATE.replace("[photo]", '[photo]\nmono = "dither"'), KINDS["ktp"])
    renderer = Renderer(specimen=False, templates={"ktp": dots})
    resin = drawn(renderer, "ko")["k"].reshape(CARD.height, CARD.width)
    x, y, w, h = (round(v) for v in (CARD.x(60), CARD.y(13.4), CARD.length(20), CARD.length(25)))
    found = resin[y : y + h, x : x + w]
    assert set(np.unique(found)) == {0, 255}
    planes = drawn(renderer)
    light = [255 - planes[ink].reshape(resin.shape)[y : y + h, x : x + w].astype(float) for ink in "cmy"]
    dark = 255 - (0.299 * light[0] + 0.587 * light[1] + 0.114 * light[2])
    for row in range(0, h - 32, 32):  # the dots of a square are as many as it is dark
        for column in range(0, w - 32, 32):
            square = np.s_[row : row + 32, column : column + 32]
            assert abs(found[square].mean() - dark[square].mean()) < 8
    with renderer.draw("ktp", CARD, "ko", Content(FIELDS, photo())) as picture:
        assert any((r.x, r.y, r.width, r.height, r.inks) == (x, y, w, h, "k") for r in picture.rectangles)
