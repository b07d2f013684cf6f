"""The Evolis language: its streams against the vendor's own, byte for byte."""

import gzip
import re
from pathlib import Path

import pytest
from PIL import Image

from evolis_replies import reply
from language_contract import TIME, LanguageContract, joined, random_planes, whole
from spooler.backends.contract import Exchange
from spooler.backends.evolis import FAMILY
from spooler.backends.evolis_container import RELEASE
from spooler.backends.evolis_models import HALF_PANEL, RIBBONS
from spooler.backends.simulator.evolis_decoder import decode
from spooler.model.picture import Picture, Planes, Plate, Rectangle
from vendor_separation import separate

DATA = Path(__file__).parent / "data"
WIDTH, HEIGHT = 1016, 648


class TestEvolisKeepsTheContract(LanguageContract):
    family = FAMILY

    def random_planes(self, language, seed, inks=None):
        planes = super().random_planes(language, seed, inks)
        if RIBBONS[language.ribbon].half and inks is None:
            for ink, y in ((ink, y) for ink in "ymc" for y in range(HEIGHT)):
                planes[ink][y * WIDTH : y * WIDTH + 200] = bytes(200)
                planes[ink][y * WIDTH + 200 + HALF_PANEL : (y + 1) * WIDTH] = bytes(WIDTH - 200 - HALF_PANEL)
        return planes

    def until_the_card(self, language, card):
        script = language.print_card(card)
        step = next(script)
        while isinstance(step, Exchange) and step.moves_at is None:
            step = script.send(reply())
        return step


def reference(name):
    return gzip.decompress((DATA / f"{name}.prn.gz").read_bytes())


def picture(name, inks):
    with Image.open(DATA / f"{name}.png") as image:
        return separate(image, FAMILY.models["primacy"].geometry, inks)


def time_of(stream):
    return int(re.search(rb"Ppws;(\d+)", stream)[1])


STREAMS = [
    ("primacy_ymcko", "primacy", "YMCKO", "card_in", None),
    ("primacy_ko", "primacy", "KO", "back_in", None),
    ("primacy_kblack", "primacy", "K", "back_in", None),
    ("primacy_ymckos", "primacy", "YMCKOS", "window_in", None),
    ("primacy_ymckok", "primacy", "YMCKOK", "card_in", "back_in"),
    ("zenius_ymcko", "zenius", "YMCKO", "card_in", None),
]


@pytest.mark.parametrize(("name", "model", "ribbon", "front", "back"), STREAMS, ids=[row[0] for row in STREAMS])
def test_the_vendors_picture_gives_the_vendors_stream(name, model, ribbon, front, back):
    """As plates, and as nothing but changes to empty ones."""
    stream = reference(name)
    language = FAMILY.language(model, ribbon)
    sides = [picture(front, language.model.inks[ribbon])]
    sides += [picture(back, language.model.back_inks[ribbon])] if back else []
    everything = (Rectangle(0, 0, 500, HEIGHT), Rectangle(500, 0, 516, HEIGHT))
    for plates, areas in ((sides, ()), ([Planes.blank(p.geometry, p.inks) for p in sides], everything)):
        faces = []
        for planes, ground in zip(sides, plates, strict=True):
            plate = Plate(f"of {planes.inks}", ground)
            faces.append((language.compile(plate), Picture(plate, planes, areas)))
        card = language.splice(*faces[0], time_of(stream), faces[1] if back else None)
        assert joined(card) + RELEASE == stream
        assert stream[card.moves_at :].startswith(b"\x1bSs\r")


@pytest.mark.parametrize(
    ("model", "old", "new"),
    [
        ("primacy2", b"", b""),
        ("elypso", b"", b""),
        ("kc200b", b"", b""),
        ("zenius2-classic", b"\x1bPmc;h\r", b"\x1bPct;0\r"),
        ("zenius2-expert", b"\x1bPmc;h\r", b"\x1bPmc;h\r\x1bPct;0\r"),
    ],
)
def test_other_models_differ_by_their_header(model, old, new):
    """PRINTERS.md 1.5; for the Expert, what the vendor's library writes."""
    stream = reference("primacy_ko")
    language = FAMILY.language(model, "KO")
    planes = picture("back_in", "ko")
    plate = Plate("p", planes)
    card = language.splice(language.compile(plate), Picture(plate, planes, ()), time_of(stream))
    assert joined(card) + RELEASE == stream.replace(old, new, 1)


def test_a_printer_that_cannot_flip_takes_no_ribbon_for_two_sides():
    assert "YMCKOK" in FAMILY.models["primacy"].inks
    for model in ("zenius", "zenius2-classic", "zenius2-expert"):
        assert "YMCKOK" not in FAMILY.models[model].inks


def half(columns, level=9):
    """A card with dye in these columns only."""
    planes = Planes.blank(FAMILY.models["primacy"].geometry, "ymcko")
    for column in columns:
        planes["m"][5 * WIDTH + column] = level
    return planes


@pytest.mark.parametrize(
    ("columns", "begins"),
    [((), 1016), ((0,), 3), ((2, 400), 3), ((4,), 4), ((330, 836), 330), ((508, 1015), 508), ((1015,), 1015)],
)
def test_a_half_panel_begins_with_the_first_dye(columns, begins):
    """The figures that the vendor's library wrote for such pictures."""
    language = FAMILY.language("primacy", "YMCKOS")
    planes = half(columns)
    assert b"\x1bPsp;%d\r\x1bPida;" % begins in joined(whole(language, planes))
    plate = Plate("blank", half(()))
    areas = tuple(Rectangle(column, 0, 1, HEIGHT) for column in columns)
    card = language.splice(language.compile(plate), Picture(plate, planes, areas), TIME)
    assert joined(card) == joined(whole(language, planes))


def test_dye_that_a_half_panel_cannot_reach_is_refused():
    language = FAMILY.language("zenius", "YMCKOS")
    with pytest.raises(ValueError, match="dye from column 100 to 608, and a half panel reaches 508 columns"):
        language.compile(Plate("p", half((100, 608))))
    plate = Plate("p", half((100,)))
    compiled = language.compile(plate)
    too_far = Picture(plate, half((100, 608)), (Rectangle(608, 0, 1, HEIGHT),))
    with pytest.raises(ValueError, match="a ribbon of full panels"):
        language.splice(compiled, too_far, TIME)
    near = Picture(plate, half((100, 607)), (Rectangle(607, 0, 1, HEIGHT),))
    assert b"Psp;100\r" in joined(language.splice(compiled, near, TIME))
    moved = Picture(plate, half((608,)), (Rectangle(100, 0, 1, HEIGHT), Rectangle(608, 0, 1, HEIGHT)))
    assert b"Psp;608\r" in joined(language.splice(compiled, moved, TIME))


def test_blank_panels_are_left_out():
    language = FAMILY.language("primacy", "YMCKO")
    planes = Planes.blank(language.model.geometry, "ymcko")
    planes["o"][:] = b"\xff" * len(planes["o"])
    stream = joined(whole(language, planes))
    assert b"\x1bPida;100;0;0;0\r<BINARY Size=82305>\x1bDb;o;2;" in stream  # as the vendor's library has it
    assert stream.count(b"<BINARY") == 1

    planes["m"][5] = 1  # one pixel of one dye: all three dyes are sent
    stream = joined(whole(language, planes))
    assert b"\x1bPida;100;0;0;0\r<BINARY Size=1975137>\x1bDb;y;256;" in stream
    assert set(decode(stream).planes) == set("ymco")


def test_a_rectangle_can_blank_a_panel():
    language = FAMILY.language("primacy", "K")
    marked = Planes.blank(language.model.geometry, "k")
    marked["k"][648 * 10 + 3] = 255
    plate = Plate("marked", marked)
    empty = Planes.blank(language.model.geometry, "k")
    area = (Rectangle(0, 0, 1016, 648),)
    card = language.splice(language.compile(plate), Picture(plate, empty, area), TIME)
    assert joined(card) == joined(whole(language, empty))
    assert b"BINARY" not in joined(card)


def test_only_changed_rows_are_encoded_anew():
    language = FAMILY.language("primacy", "YMCKO")
    planes = random_planes(language.model.geometry, "ymcko", 3)
    plate = Plate("p", planes)
    areas = (Rectangle(100, 7, 30, 9), Rectangle(130, 300, 20, 2), Rectangle(110, 0, 5, 5), Rectangle(900, 0, 10, 1))
    card = language.splice(language.compile(plate), Picture(plate, planes, areas), TIME)
    fresh = [len(part) for part in card.parts if isinstance(part, memoryview) and not part.readonly]
    assert fresh == [50 * 648, 10 * 648] * 3 + [50 * 81, 10 * 81] * 2
