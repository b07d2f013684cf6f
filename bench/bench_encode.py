"""From planes to printer bytes: one core, no rendering, no I/O.

`test_splice` is the press's part of a card: a photo, ten lines of text and a QR's rectangle on a compiled KTP plate.
`test_whole_card` encodes every pixel, as a language without plates would.
"""

import random

import pytest

from spooler.backends.evolis import FAMILY
from spooler.ext import encode
from spooler.model.picture import Picture, Planes, Plate, Rectangle

AREAS = (Rectangle(760, 170, 200, 260), *(Rectangle(40, 120 + 36 * i, 600, 32) for i in range(10)))


@pytest.fixture
def language():
    return FAMILY.language("primacy", "YMCKO")


@pytest.fixture
def plate(language):
    noise = random.Random(1)
    buffers = tuple(bytearray(noise.randbytes(1016 * 648)) for _ in "ymcko")
    return Plate("bench", Planes(language.model.geometry, "ymcko", buffers))


def test_splice(benchmark, language, plate):
    compiled = language.compile(plate)
    card = benchmark(language.splice, compiled, Picture(plate, plate.planes, AREAS), 1_700_000_000)
    assert card.size > 2_000_000


def test_whole_card(benchmark, language, plate):
    compiled = language.compile(plate)
    everything = (Rectangle(0, 0, 1016, 648),)
    card = benchmark(language.splice, compiled, Picture(plate, plate.planes, everything), 1_700_000_000)
    assert card.size > 2_000_000


def test_compile(benchmark, language, plate):
    assert benchmark(language.compile, plate).plate_id == "bench"


@pytest.mark.parametrize("level", encode.cpu_features())
@pytest.mark.parametrize("kernel", ["rotate", "rotate_pack", "tally", "ones"])
def test_kernel(benchmark, plate, kernel, level):
    y, m, c, k, _ = plate.planes.buffers
    arguments = {
        "rotate": (y, 1016, 648, 0, 1016, bytearray(1016 * 648)),
        "rotate_pack": (k, 1016, 648, 0, 1016, bytearray(1016 * 81)),
        "tally": (y, m, c),
        "ones": (k,),
    }
    encode.use_cpu(level)
    benchmark(getattr(encode, kernel), *arguments[kernel])
    encode.use_cpu()
