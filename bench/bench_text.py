"""The text of a KTP: measured, fitted and drawn on the resin, without photo, plate or encoding."""

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from spooler.backends.registry import family
from spooler.cli.people import job
from spooler.model.kinds import KINDS
from spooler.render.layout import fit
from spooler.render.loader import packaged_template
from spooler.render.type import Foundry
from spooler.render.typeset import TextPlan

CARD = family("evolis").language("primacy", "YMCKO").model.geometry
FOUNDRY = Foundry()
PLANS = [TextPlan(block, CARD, FOUNDRY) for block in packaged_template(KINDS["ktp"]).texts]
DATA = next(plan for plan in PLANS if plan.movable)

FIELDS = {**job(0, site="21.71.11")["fields"], "nama": "BUDI SANTOSO", "alamat": "JL. CONTOH NO. 12"}
LONG_NAME = {**FIELDS, "nama": "MUHAMMAD NUR'AINI ABDURRAHMAN S"}
LONG_ADDRESS = {**FIELDS, "alamat": "PERUM. BUKIT INDAH SENTOSA BLOK C-12 NO. 7, TANJUNG UNCANG"}


def set_all(plane: bytearray, fields: dict[str, str]) -> None:
    for plan in PLANS:
        if plan.set(plane, fields) is None:
            plan.draw(plane, fields, plan.wrap(fields))


@pytest.mark.parametrize("fields", [FIELDS, LONG_NAME, LONG_ADDRESS], ids=["one line each", "condensed", "wrapped"])
def test_card(benchmark: BenchmarkFixture, fields: dict[str, str]) -> None:
    """All text of a card; "wrapped" moves rows, so that the labels are drawn too."""
    plane = bytearray(CARD.width * CARD.height)
    set_all(plane, fields)  # makes the glyphs
    assert (DATA.set(bytearray(len(plane)), fields) is None) == (fields is LONG_ADDRESS)
    benchmark(set_all, plane, fields)


@pytest.mark.parametrize("pixels", [21, 25, 46])
def test_line(benchmark: BenchmarkFixture, pixels: int) -> None:
    glyphs, plane = FOUNDRY.glyphs("sans", "regular", pixels), bytearray(CARD.width * CARD.height)
    benchmark(glyphs.blit, plane, CARD.width, CARD.height, 40, 300, "PELAJAR/MAHASISWA")


def test_fit(benchmark: BenchmarkFixture) -> None:
    """The layout of an address that needs two lines."""
    rulers = [FOUNDRY.glyphs("sans", "regular", pixels) for pixels in (25, 23, 21)]
    benchmark(fit, LONG_ADDRESS["alamat"], 456, 4, rulers)


def test_condensed_glyphs(benchmark: BenchmarkFixture) -> None:
    """What a renderer pays once when a text is first condensed."""
    benchmark.pedantic(lambda: Foundry().glyphs("sans", "regular", 21, condense=0.88), rounds=5)
