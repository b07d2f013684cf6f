"""A Magicard card's bytes from its planes, beside straight NumPy, by turns: `python bench/bench_bitplanes.py`.

All encode every pixel of three dyes and resin into the same bytes, which is checked first. "Straight" is the format
sheet in NumPy: turn, quantise, and for each bit plane put the bits in their places and pack; "by rows" looks up each
bit's row before it takes the bits apart, so that it scatters once. Under pytest-benchmark the kernel at each
instruction set, and a spliced card.
"""

import argparse
import random
from array import array
from collections.abc import Callable
from time import thread_time

import numpy as np
import pytest
from machine import facts, tune_malloc
from paired import by_turns, ratio, spread
from rich.console import Console

from spooler.backends.magicard import FAMILY
from spooler.ext import bitplanes
from spooler.model.picture import Picture, Planes, Plate, Rectangle

WIDTH, HEIGHT = 1016, 642
AREAS = tuple(
    Rectangle(*box, "ymck") for box in ((760, 170, 200, 260), *((40, 120 + 36 * i, 600, 32) for i in range(10)))
)
EVERYTHING = (Rectangle(0, 0, WIDTH, HEIGHT, "ymck"),)
TIME = 1_700_000_000


def kge2() -> list[int]:
    """The row behind each of a line's 768 bits, or -1."""
    rows = [-1] * 768
    for pixel in range(15, 657):
        rows[2 * pixel + 192 if pixel < 288 else 2 * pixel - 575] = 656 - pixel
    return rows


def noisy() -> Plate:
    """Noise on a whole overlay: every pixel is work."""
    noise = random.Random(4)
    planes = Planes.blank(FAMILY.models["enduro"].geometry, "ymcko")
    for ink in "ymck":
        planes[ink][:] = noise.randbytes(WIDTH * HEIGHT)
    planes["o"][:] = b"\xff" * len(planes["o"])
    return Plate("bench", planes)


def straight(planes: Planes, rows: np.ndarray) -> bytes:
    """The four planes of a card and their ends: a bit plane after the other."""
    there = rows >= 0
    order = rows[there]
    parts = []
    for ink, letter in zip("ymck", "BGRK", strict=True):
        turned = np.frombuffer(planes[ink], np.uint8).reshape(HEIGHT, WIDTH).T
        values, depth = (turned >> 7, 1) if ink == "k" else (turned >> 2, 6)
        packed = np.empty((WIDTH, depth, len(rows) // 8), np.uint8)
        for bit in range(depth):
            line = np.zeros((WIDTH, len(rows)), np.uint8)
            line[:, there] = (values >> bit & 1)[:, order]
            packed[:, bit] = np.packbits(line, axis=1)
        parts += [packed.tobytes(), b"\x1c", letter.encode(), b":"]
    return b"".join(parts)


def by_rows(planes: Planes, rows: np.ndarray) -> bytes:
    """The same, scattered once."""
    there = rows >= 0
    parts = []
    for ink, letter in zip("ymck", "BGRK", strict=True):
        pixels = np.frombuffer(planes[ink], np.uint8).reshape(HEIGHT, WIDTH)
        values, depth = (pixels >> 7, 1) if ink == "k" else (pixels >> 2, 6)
        lines = np.zeros((WIDTH, len(rows)), np.uint8)
        lines[:, there] = values[rows[there]].T
        packed = np.packbits(lines[:, None, :] >> np.arange(depth, dtype=np.uint8)[:, None] & 1, axis=2)
        parts += [packed.tobytes(), b"\x1c", letter.encode(), b":"]
    return b"".join(parts)


@pytest.fixture
def language():
    return FAMILY.language("enduro", "YMCKO")


@pytest.fixture
def plate():
    return noisy()


@pytest.mark.parametrize("areas", [AREAS, EVERYTHING], ids=["splice", "whole"])
def test_card(benchmark, language, plate, areas):
    compiled = language.compile(plate)
    card = benchmark(language.splice, compiled, Picture(plate, plate.planes, areas), TIME)
    assert card.size > 1_800_000


def test_compile(benchmark, language, plate):
    assert benchmark(language.compile, plate).plate_id == "bench"


@pytest.mark.parametrize("level", bitplanes.cpu_features())
def test_kernel(benchmark, plate, level):
    bitplanes.use_cpu(level)
    work = [(plate.planes["y"], 6, 0, WIDTH, bytearray(WIDTH * 576))]
    benchmark(bitplanes.bit_planes, WIDTH, HEIGHT, array("h", kge2()), work)
    bitplanes.use_cpu()


def main() -> None:
    """Run, print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=40)
    options = arguments.parse_args()
    tune_malloc()
    language, plate, rows = FAMILY.language("enduro", "YMCKO"), noisy(), np.array(kge2())
    compiled, whole = language.compile(plate), Picture(plate, plate.planes, EVERYTHING)
    ours = b"".join(language.splice(compiled, whole, TIME).parts)
    for rival in (straight, by_rows):
        assert ours.endswith(b"\x1c" + rival(plate.planes, rows) + b"\x03")

    def seconds(call: Callable[[], object], times: int, level: str | None = None) -> float:
        bitplanes.use_cpu(level)
        started = thread_time()
        for _ in range(times):
            call()
        taken = (thread_time() - started) / times
        bitplanes.use_cpu()
        return taken

    def card() -> object:
        return language.splice(compiled, whole, TIME)

    figures = by_turns(
        {
            "straight": lambda: seconds(lambda: straight(plate.planes, rows), 1),
            "by rows": lambda: seconds(lambda: by_rows(plate.planes, rows), 2),
            "ours": lambda: seconds(card, 20),
            "ours, plain SSE2": lambda: seconds(card, 20, "base"),
        },
        options.rounds,
    )
    console = Console(width=100, highlight=False)
    console.print("  ".join(f"[dim]{name}[/] {value}" for name, value in facts().items()))
    for name, values in figures.items():
        console.print(
            f"{name:18}{1e6 * spread(values).median:8.0f} us a card, {ratio(values, figures['ours'])} times ours"
        )


if __name__ == "__main__":
    main()
