"""The drawn pictures: right in size, weight and colour, and quick to make."""

import io
import time

import pytest
from PIL import Image, ImageStat

from spooler.cli.portraits import photo, signature


@pytest.mark.parametrize("woman", [False, True])
def test_a_photo_weighs_what_a_cameras_would(woman: bool) -> None:
    for n in range(24):
        data = photo(n, woman=woman, birth_year=1980 + n)
        assert 25_000 <= len(data) <= 40_000
        with Image.open(io.BytesIO(data)) as image:
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (300, 400))
            image.load()


def test_red_behind_odd_years_and_blue_behind_even_ones() -> None:
    for n in range(16):
        for year, reddish in ((1999, True), (2000, False)):
            with Image.open(io.BytesIO(photo(n, woman=n % 2 == 1, birth_year=year))) as image:
                red, _, blue = ImageStat.Stat(image.crop((0, 0, 60, 120))).mean
            assert (red > blue + 60) if reddish else (blue > red + 60)


def test_people_look_different_and_always_the_same() -> None:
    photos = [photo(n, woman=n % 2 == 1, birth_year=1990) for n in range(20)]
    assert len(set(photos)) == 20
    assert photo(3, woman=True, birth_year=1990) == photos[3]
    assert len({signature(n) for n in range(20)}) == 20
    assert signature(3) == signature(3)


def test_a_signature_is_black_on_white_with_room_around_it() -> None:
    for n in range(30):
        with Image.open(io.BytesIO(signature(n))) as image:
            assert (image.format, image.mode, image.size) == ("PNG", "1", (480, 210))
            grey = image.convert("L")
        ink = sum(grey.histogram()[:128]) / (480 * 210)
        assert 0.01 < ink < 0.15
        left, top, right, bottom = Image.eval(grey, lambda value: 255 - value).getbbox() or (0, 0, 0, 0)
        assert left > 0
        assert top > 0
        assert right < 480
        assert bottom < 210


def test_two_hundred_people_are_drawn_in_seconds() -> None:
    started = time.process_time()
    for n in range(200):
        photo(n, woman=n % 2 == 1, birth_year=1960 + n % 40)
    assert time.process_time() - started < 8
