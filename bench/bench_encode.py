"""From planes to printer bytes: one core, no rendering, no I/O.

`test_splice` is the press's part of a card: a photo, ten lines of text and a QR's rectangle on a compiled KTP plate.
`test_whole_card` encodes every pixel, as a language without plates would. A Primacy takes 8 bits a dye, a Zenius 7.

Run as a program it is whole cards and spliced ones beside straight NumPy, by turns: python bench/bench_encode.py
"""

import random
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from paired import by_turns, ratio, spread

from spooler.backends.evolis import FAMILY, EvolisLanguage
from spooler.ext import encode
from spooler.model.picture import Picture, Planes, Plate, Rectangle

AREAS = (Rectangle(760, 170, 200, 260), *(Rectangle(40, 120 + 36 * i, 600, 32) for i in range(10)))
EVERYTHING = (Rectangle(0, 0, 1016, 648),)
DEPTHS = {"primacy": 8, "zenius": 7}


def straight(planes: Planes, depth: int) -> tuple[list[bytes], tuple[int, ...]]:
    """A card's panels and the sums of its figures, as one writes it with NumPy."""
    pixels = {ink: np.frombuffer(planes[ink], np.uint8).reshape(648, 1016) for ink in planes.inks}
    dyes = [pixels[ink] for ink in "ymc"]
    sums = (*(int(dye.sum()) for dye in dyes), int((dyes[0] | dyes[1] | dyes[2] == 0).sum()))
    panels = []
    for dye in dyes:
        turned = np.rot90(dye, -1)
        if depth == 8:
            panels.append(turned.tobytes())
        else:
            bits = np.unpackbits(turned.reshape(-1, 1), axis=1)[:, :7]
            panels.append(np.packbits(bits).tobytes())
    panels += [np.packbits(np.rot90(pixels[ink] >= 128, -1), axis=1).tobytes() for ink in "ko"]
    return panels, sums


def random_plate(language: EvolisLanguage) -> Plate:
    noise = random.Random(1)
    buffers = tuple(bytearray(noise.randbytes(1016 * 648)) for _ in "ymcko")
    return Plate("bench", Planes(language.model.geometry, "ymcko", buffers))


@pytest.fixture(params=list(DEPTHS))
def language(request):
    return FAMILY.language(request.param, "YMCKO")


@pytest.fixture
def plate(language):
    return random_plate(language)


def test_splice(benchmark, language, plate):
    compiled = language.compile(plate)
    card = benchmark(language.splice, compiled, Picture(plate, plate.planes, AREAS), 1_700_000_000)
    assert card.size > 1_800_000


def test_whole_card(benchmark, language, plate):
    compiled = language.compile(plate)
    card = benchmark(language.splice, compiled, Picture(plate, plate.planes, EVERYTHING), 1_700_000_000)
    assert card.size > 1_800_000


def test_straight_numpy(benchmark, language, plate):
    panels, _ = benchmark(straight, plate.planes, DEPTHS[language.model.name])
    compiled = language.compile(plate)
    stream = b"".join(language.splice(compiled, Picture(plate, plate.planes, EVERYTHING), 1_700_000_000).parts)
    assert all(panel in stream for panel in panels)


def test_compile(benchmark, language, plate):
    assert benchmark(language.compile, plate).plate_id == "bench"


@pytest.mark.parametrize("level", encode.cpu_features())
@pytest.mark.parametrize("kernel", ["rotate", "rotate_pack", "pack7", "tally", "ones"])
def test_kernel(benchmark, kernel, level):
    y, m, c, k, _ = random_plate(FAMILY.language("primacy", "YMCKO")).planes.buffers
    arguments = {
        "rotate": (y, 1016, 648, 0, 1016, bytearray(1016 * 648)),
        "rotate_pack": (k, 1016, 648, 0, 1016, bytearray(1016 * 81)),
        "pack7": (y, bytearray(1016 * 567)),
        "tally": (y, m, c),
        "ones": (k,),
    }
    encode.use_cpu(level)
    benchmark(getattr(encode, kernel), *arguments[kernel])
    encode.use_cpu()


def seconds(work: Callable[[], object], times: int) -> float:
    """CPU seconds of one run."""
    start = time.thread_time()
    for _ in range(times):
        work()
    return (time.thread_time() - start) / times


def main(rounds: int = 21) -> None:
    """The table."""
    print("times straight NumPy, by turns; medians, and half of the rounds")
    for model, depth in DEPTHS.items():
        language = FAMILY.language(model, "YMCKO")
        plate = random_plate(language)
        compiled = language.compile(plate)

        def splice(areas, language=language, compiled=compiled, plate=plate):
            return language.splice(compiled, Picture(plate, plate.planes, areas), 1_700_000_000)

        figures = by_turns(
            {
                "NumPy": partial(seconds, partial(straight, plate.planes, depth), 2),
                "a whole card": partial(seconds, partial(splice, EVERYTHING), 20),
                "a spliced card": partial(seconds, partial(splice, AREAS), 20),
            },
            rounds,
        )
        for name in ("a whole card", "a spliced card"):
            mean = spread([1000 * value for value in figures[name]])
            print(f"{model}, {depth} bits: {name:15} {ratio(figures['NumPy'], figures[name])}   {mean.median:.3f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 21)
