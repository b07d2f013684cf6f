"""A Fargo card's bytes from its planes, beside straight NumPy, by turns: `python bench/bench_frl.py`.

Both encode every pixel of y, m, c, k and o into the same sections, which is checked first. "Straight" is the format
sheet in NumPy: turn, find equal lines, find in each line where runs of three and more begin and end, and put together
in Python what lies between. Two cards: a citizen's KTP as the spooler draws it, and a card on which every dye is noise,
so that nothing repeats. Under pytest-benchmark the kernel at each instruction set, and a spliced card.
"""

import argparse
import random
import struct
from collections.abc import Callable
from time import thread_time

import numpy as np
import pytest
from machine import facts, tune_malloc
from paired import by_turns, ratio, spread
from rich.console import Console

from spooler.backends.fargo import FAMILY, HEIGHT, LEFT, MASKS, PANELS, WIDTH
from spooler.backends.fargo_packets import END, SESSION, job, panel_head
from spooler.cli.people import job as citizen
from spooler.ext import frl
from spooler.model.job import Content
from spooler.model.picture import Picture, Planes, Plate, Rectangle
from spooler.render import Renderer

AREAS = (Rectangle(752, 166, 200, 260), *(Rectangle(40, 117 + 36 * i, 600, 32) for i in range(10)))
EVERYTHING = (Rectangle(0, 0, WIDTH, HEIGHT),)
LANGUAGE = FAMILY.language("dtc4500e", "YMCKO")
BLANK = np.zeros(frl.HEAD, np.uint8)


def noisy() -> Plate:
    """Noise in the dyes: every pixel is work."""
    noise = random.Random(4)
    planes = Planes.blank(LANGUAGE.model.geometry, "ymcko")
    for ink in "ymc":
        planes[ink][:] = noise.randbytes(WIDTH * HEIGHT)
    planes["k"][1000:3000] = b"\xff" * 2000
    planes["o"][:] = b"\xff" * len(planes["o"])
    return Plate("noise", planes)


def ktp() -> Plate:
    """Citizen 1's card, whole."""
    raw = citizen(1, "21.71.11")
    content = Content(raw["fields"], raw["photo"], raw["signature"])
    with Renderer(specimen=True, canvases=1).draw("ktp", LANGUAGE.model.geometry, "ymcko", content) as picture:
        kept = tuple(bytearray(buffer) for buffer in picture.planes.buffers)
        return Plate("ktp", Planes(LANGUAGE.model.geometry, "ymcko", kept))


def coded(line: np.ndarray) -> bytes:
    """One line of the head."""
    edges = np.flatnonzero(line[1:] != line[:-1]) + 1
    begins = np.concatenate(([0], edges))
    lengths = np.diff(begins, append=frl.HEAD)
    raw, out, at = line.tobytes(), bytearray(), 0
    for run in np.flatnonzero(lengths >= 3):
        begin, length = int(begins[run]), int(lengths[run])
        literals(raw[at:begin], out)
        while length >= 3:
            count = min(length, 128)
            out += bytes((count - 1, raw[begin]))
            begin, length = begin + count, length - count
        at = begin
    literals(raw[at:], out)
    return bytes(out)


def literals(data: bytes, out: bytearray) -> None:
    for at in range(0, len(data), 128):
        part = data[at : at + 128]
        out.append(127 + len(part))
        out += part


def straight(planes: Planes) -> bytes:
    """A card's stream."""
    parts = [SESSION, job(7, both_sides=False)]
    for index, ink in enumerate(planes.inks):
        lines = np.zeros((WIDTH, frl.HEAD), np.uint8)
        pixels = np.frombuffer(planes[ink], np.uint8).reshape(HEIGHT, WIDTH)
        lines[:, LEFT : LEFT + HEIGHT] = pixels[::-1].T & MASKS[ink]
        if ink == "k":
            inked = np.flatnonzero(lines.any(axis=1))
            lines = lines[: inked[-1] + 1] if inked.size else lines[:1]
        firsts = np.concatenate(([0], np.flatnonzero((lines[1:] != lines[:-1]).any(axis=1)) + 1))
        section = bytearray(panel_head(index, 1, PANELS[ink]))
        for first, repeat in zip(firsts, np.diff(firsts, append=len(lines)), strict=True):
            line, left = coded(lines[first]), int(repeat)
            while left:
                section += struct.pack("<HHIH", 16, 0, 0, min(left, 256)) + line
                left -= min(left, 256)
        assert len(section) % 512
        struct.pack_into("<HI", section, 20, len(lines), len(section) - 30 + 8 * (len(section) // 512))
        for at in range(0, len(section), 512):
            packet = section[at : at + 512]
            parts.append(b"Fg" + struct.pack("<HH", 1, len(packet)) + packet + b"eP")
    return b"".join((*parts, END))


@pytest.fixture(params=[ktp, noisy], ids=["ktp", "noise"])
def plate(request):
    return request.param()


@pytest.mark.parametrize("areas", [AREAS, EVERYTHING], ids=["splice", "whole"])
def test_card(benchmark, plate, areas):
    compiled = LANGUAGE.compile(plate)
    card = benchmark(LANGUAGE.splice, compiled, Picture(plate, plate.planes, areas), 0)
    assert card.size > 10_000


def test_compile(benchmark, plate):
    assert benchmark(LANGUAGE.compile, plate).plate_id == plate.id


@pytest.mark.parametrize("level", frl.cpu_features())
def test_kernel(benchmark, plate, level):
    frl.use_cpu(level)
    benchmark(frl.encode, WIDTH, HEIGHT, LEFT, [(plate.planes["y"], 0, WIDTH, 255)])
    frl.use_cpu()


def main() -> None:
    """Run, print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=20)
    options = arguments.parse_args()
    tune_malloc()
    console = Console(highlight=False, soft_wrap=True)
    console.print(*(f"{name}: {value}" for name, value in facts().items()), sep="\n")
    for plate in (ktp(), noisy()):
        compiled, whole = LANGUAGE.compile(plate), Picture(plate, plate.planes, EVERYTHING)
        some = Picture(plate, plate.planes, AREAS)
        ours = b"".join(LANGUAGE.splice(compiled, whole, 0).parts)
        assert ours == straight(plate.planes)

        def seconds(call: Callable[[], object], times: int, level: str | None = None) -> float:
            frl.use_cpu(level)
            started = thread_time()
            for _ in range(times):
                call()
            taken = (thread_time() - started) / times
            frl.use_cpu()
            return taken

        def card(picture: Picture = whole, compiled: object = compiled) -> object:
            return LANGUAGE.splice(compiled, picture, 0)  # type: ignore[arg-type]

        contestants = {
            "ktp-spooler, every pixel": lambda card=card: seconds(card, 20),
            "ktp-spooler, plain SSE2": lambda card=card: seconds(card, 20, "base"),
            "ktp-spooler, spliced": lambda card=card, some=some: seconds(lambda: card(some), 20),
            "straight NumPy": lambda plate=plate: seconds(lambda: straight(plate.planes), 1),
        }
        figures = by_turns(contestants, options.rounds)
        console.print(f"\n{plate.id}: {len(ours):,} bytes")
        for name, taken in figures.items():
            times = ratio(figures["straight NumPy"], taken)
            console.print(f"  {name:26} {spread(taken).median * 1000:9.3f} ms   NumPy takes {times} times that")


if __name__ == "__main__":
    main()
