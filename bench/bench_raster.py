"""A card from its fields and photo to printer bytes, and the stages on the way."""

from functools import partial
from itertools import cycle

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from spooler.backends.contract import EncodedCard
from spooler.backends.registry import family
from spooler.cli.people import job
from spooler.ext import raster
from spooler.model.job import Content
from spooler.render import Renderer, measure, missing_glyph

LANGUAGE = family("evolis").language("primacy", "YMCKO")
CARD = LANGUAGE.model.geometry
PEOPLE = [
    Content(raw["fields"], raw["photo"], raw["signature"]) for raw in map(partial(job, site="21.71.11"), range(9))
]
FIELDS, PHOTO, SIGNATURE = PEOPLE[0].fields, PEOPLE[0].photo, PEOPLE[0].signature
assert PHOTO is not None
assert SIGNATURE is not None


def test_card(benchmark: BenchmarkFixture) -> None:
    """The whole way of a production card: fields, JPEG 300x400 and signature PNG to the bytes for an Evolis Primacy."""
    renderer = Renderer(specimen=False, canvases=1)
    compiled = LANGUAGE.compile(renderer.plate("ktp", CARD, "ymcko"))
    people = cycle(PEOPLE)

    def card() -> EncodedCard:
        with renderer.draw("ktp", CARD, "ymcko", next(people)) as picture:
            return LANGUAGE.splice(compiled, picture, 1_700_000_000)

    card()  # warms the glyph cache
    benchmark(card)
    benchmark.extra_info["cards_per_second"] = round(1 / benchmark.stats.stats.median)


@pytest.mark.parametrize("specimen", [False, True], ids=["plain", "specimen"])
@pytest.mark.parametrize(
    "content",
    [Content(FIELDS), Content(FIELDS, PHOTO), Content(FIELDS, PHOTO, SIGNATURE)],
    ids=["text", "text+photo", "text+photo+signature"],
)
def test_draw(benchmark: BenchmarkFixture, content: Content, specimen: bool) -> None:
    renderer = Renderer(specimen=specimen)

    def draw() -> None:
        with renderer.draw("ktp", CARD, "ymcko", content):
            pass

    draw()  # compiles the plate
    benchmark(draw)


@pytest.mark.parametrize("level", raster.cpu_features())
def test_photo_kernel(benchmark: BenchmarkFixture, level: str) -> None:
    from spooler.ext import scale  # not at the top: bench-compare runs this file on revisions without it, too

    planes = [bytearray(CARD.width * CARD.height) for _ in "ymc"]
    pixels, scaling = bytearray(3 * 300 * 400), scale.Scale(300, 375, 236, 295)
    scale.use_cpu(level)
    try:
        benchmark(scaling.photo, pixels, (300, 400, 0, 12), *planes, CARD.width, CARD.height, 742, 163)
    finally:
        scale.use_cpu()


def test_plate(benchmark: BenchmarkFixture) -> None:
    benchmark.pedantic(lambda: Renderer(specimen=True).plate("ktp", CARD, "ymcko"), rounds=5)


def test_admission_facts(benchmark: BenchmarkFixture) -> None:
    benchmark(lambda: (measure(PHOTO), measure(SIGNATURE), missing_glyph("ktp", FIELDS)))


def main() -> None:
    """The race against the rivals (race.py): tables on the terminal, every round in a file."""
    import argparse
    from pathlib import Path

    from race import run
    from report import show, write
    from rich.console import Console

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="turns of each contestant (40)")
    parser.add_argument("--json", type=Path, default=Path(__file__).parent / "results" / "raster.json", metavar="FILE")
    arguments = parser.parse_args()
    result = run(arguments.rounds)
    write(result, arguments.json)
    show(result, Console(width=100))


if __name__ == "__main__":
    main()
