"""Facts of drawn cards: sample portraits look like portraits, flat pictures do not, a drawn QR is read back."""

from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from invented import CARD, person
from invented import photo as drawn
from spooler.cli.people import is_woman
from spooler.cli.people import person as citizen
from spooler.cli.portraits import photo
from spooler.model.job import Content
from spooler.model.picture import Planes
from spooler.model.request import PhotoLook
from spooler.render import Renderer
from spooler.render.examine import look_at_photo, read_qr
from spooler.rules.looks import is_blank, judge_look

RENDERERS = {specimen: Renderer(specimen=specimen, canvases=1) for specimen in (False, True)}


def flat(colour: tuple[int, int, int], noise: int = 0) -> bytes:
    """A picture of a wall; `noise` grey levels around its colour."""
    image = Image.new("RGB", (300, 400), colour)
    if noise:
        grain = Image.effect_noise((300, 400), noise)
        image = Image.blend(image, Image.merge("RGB", (grain,) * 3), 0.2)
    out = BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


def looked(picture: bytes, *, specimen: bool) -> PhotoLook:
    renderer = RENDERERS[specimen]
    with renderer.draw("ktp", CARD, "ymcko", Content(person().fields, picture)) as card:
        assert card.drawn is not None
        assert card.drawn.photo is not None
        return look_at_photo(card.drawn.planes, card.drawn.photo)


@pytest.mark.parametrize("specimen", [False, True])
@pytest.mark.parametrize("n", range(12))
def test_a_sample_portrait_is_silent(n: int, specimen: bool) -> None:
    content = Content(citizen(n))
    picture = photo(n, woman=is_woman(n), birth_year=int(content.fields["tanggal_lahir"][:4]))
    look = looked(picture, specimen=specimen)
    assert not is_blank(look)
    assert judge_look(look, RENDERERS[specimen].background("ktp", content)) == []


@pytest.mark.parametrize("specimen", [False, True])
@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (128, 128, 128), (186, 38, 42), (38, 84, 168)])
@pytest.mark.parametrize("noise", [0, 20])
def test_a_wall_is_nobody(colour: tuple[int, int, int], noise: int, specimen: bool) -> None:
    assert is_blank(looked(flat(colour, noise), specimen=specimen))


def test_a_background_of_the_wrong_colour_is_seen() -> None:
    found = judge_look(looked(drawn(ground=(30, 60, 200)), specimen=True), RENDERERS[True].background("ktp", person()))
    assert [(f.code, dict(f.details)) for f in found] == [("photo-background", {"seen": "blue", "wanted": "red"})]


def test_the_places_of_photos_have_a_shape() -> None:
    aspects = RENDERERS[True].photo_aspects()
    assert set(aspects) == {"ktp", "ktp-wna", "kia-5-17"}
    assert aspects["ktp"] == 0.8


ADDRESS = "https://tte.contoh.example/v/9f8e7d6c5b4a"
BOX = (600, 300, 180, 180)


def symbol(planes: Planes, modules: int) -> None:
    """Draw a QR symbol of so many pixels a module into BOX of the resin."""
    code = zxingcpp.create_barcode(ADDRESS, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = zxingcpp.write_barcode_to_image(code, scale=modules, add_quiet_zones=False)
    height, width = image.shape
    assert width <= BOX[2]
    dark = memoryview(image)
    for row in range(height):
        for column in range(width):
            planes["k"][(BOX[1] + row) * CARD.width + BOX[0] + column] = 255 - dark[row, column]


def test_a_drawn_qr_is_read_back() -> None:
    planes = Planes.blank(CARD, "ymcko")
    symbol(planes, 4)
    assert read_qr(planes, BOX) == ADDRESS


def test_a_spoiled_qr_is_not() -> None:
    planes = Planes.blank(CARD, "ymcko")
    assert read_qr(planes, BOX) is None
    symbol(planes, 4)
    for row in range(BOX[1] + 20, BOX[1] + 70):
        start = row * CARD.width + BOX[0]
        planes["k"][start : start + BOX[2]] = b"\xff" * BOX[2]
    assert read_qr(planes, BOX) is None


def test_a_qr_at_the_cards_corner_is_read_with_what_is_there() -> None:
    planes = Planes.blank(CARD, "ymcko")
    symbol(planes, 4)
    moved = Planes.blank(CARD, "ymcko")
    start = BOX[1] * CARD.width + BOX[0]
    shift = (CARD.height - BOX[3] - 10) * CARD.width + CARD.width - BOX[2] - 10
    for row in range(BOX[3]):
        at, to = start + row * CARD.width, shift + row * CARD.width
        moved["k"][to : to + BOX[2]] = planes["k"][at : at + BOX[2]]
    assert read_qr(moved, (CARD.width - BOX[2] - 10, CARD.height - BOX[3] - 10, BOX[2], BOX[3])) == ADDRESS
