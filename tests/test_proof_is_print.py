"""Proof = print: planes, proof and what a printer makes of the bytes are one picture, for every kind, ribbon and tone.

The simulated printer's decoder shares nothing with the encoder. Each plate is compiled once and takes several people,
so that a rectangle which a card forgets to report, or a canvas that is not put back, shows on the next one.
"""

from collections.abc import Iterator
from functools import cache

import pytest
from PIL import ImageChops

from spooler.backends.registry import family
from spooler.backends.simulator.evolis_decoder import decode
from spooler.cli.people_of_kinds import job_of
from spooler.cli.samples import sample
from spooler.model.job import Content
from spooler.model.kinds import KINDS, Need
from spooler.model.picture import Tone
from spooler.render import Renderer, load_template, proof

MODEL = family("evolis").models["primacy"]
WARM = Tone(
    "warm", yellow=((0, 0), (128, 100), (255, 240)), magenta=((0, 0), (30, 60), (255, 255)), cyan=((0, 0), (255, 128))
)
#: A citizen's card that stands upright, with ink in its corners and a bare place for a chip.
UPRIGHT = """
card = { width = 53.98, height = 85.60 }
[[text]]
name = "all"
x = 3
y = 40
width = 48
height = 40
sizes = [6, 5]
pitch = [2.6, 2.2]
rows = [{ text = "{nama}", lines = 3 }, { text = "{nik}" }, { text = "{alamat}", lines = 4 }]
[photo]
x = 17
y = 8
width = 20
height = 25
[signature]
x = 17
y = 72
width = 16
height = 7
[[box]]
x = 0
y = 0
width = 6
height = 3
ink = { c = 200, y = 90 }
[[cutout]]
x = 40
y = 10
width = 13.98
height = 12
"""


def ribbons_of(kind: str) -> list[str]:
    """A photo needs dyes; all else is printed by any ribbon."""
    return ["YMCKO"] if KINDS[kind].photo is Need.REQUIRED else list(MODEL.inks)


def people(kind: str) -> Iterator[Content]:
    """Two who are signed for by hand; between them, one whose office signs electronically where the kind has that."""
    if kind == "selftest":
        yield sample(KINDS[kind], frozenset())
        yield sample(KINDS[kind])
        return
    for n in (1, 2, 13):
        job = job_of(kind, n, "21.71.11")
        yield Content(job["fields"], job.get("photo"), job.get("signature"))


@cache
def renderer(specimen: bool, *, upright: bool) -> Renderer:
    own = {"ktp": load_template(UPRIGHT, KINDS["ktp"])} if upright else None
    return Renderer(specimen=specimen, canvases=1, templates=own)


CASES = [(kind, "front", ribbon) for kind in KINDS for ribbon in ribbons_of(kind)]
CASES += [("selftest", "back", ribbon) for ribbon in ribbons_of("selftest")]
CASES += [("ktp", "upright", "YMCKO")]


WAYS = [(True, None), (False, None), (True, WARM)]


@pytest.mark.parametrize(
    ("kind", "side", "ribbon", "specimen", "tone"),
    [
        (*case, *way)
        for case in CASES
        for way in WAYS
        if (way[1] is None or case[2] == "YMCKO") and not (way[0] and case[2] in MODEL.partial_dyes)  # CONTOH is wider
    ],
)
def test_planes_proof_and_the_printers_reading_are_one_picture(kind, side, ribbon, specimen, tone):
    language, inks = family("evolis").language("primacy", ribbon), MODEL.inks[ribbon]
    draws = renderer(specimen, upright=side == "upright")
    blank = bytes(MODEL.geometry.width * MODEL.geometry.height)  # a panel that is not sent
    compiled = {}
    proofs = []
    for content in people(kind):
        with draws.draw(
            kind, MODEL.geometry, inks, content, side="back" if side == "back" else "front", tone=tone
        ) as picture:
            plate = compiled.setdefault(picture.plate.id, language.compile(picture.plate))
            card = language.splice(plate, picture, 1_790_000_000)
            planes = {ink: bytes(picture.planes[ink]) for ink in inks}
            shown = proof(picture.planes)
        printed = decode(b"".join(card.parts))  # after the canvas went back: a card borrows nothing of it
        assert card.size == sum(map(len, card.parts))
        for ink in inks:
            assert printed.planes.get(ink, blank) == planes[ink], f"the printer has another {ink} plane than was drawn"
        assert printed.planes.keys() <= planes.keys()
        assert ImageChops.difference(printed.image(), shown).getbbox() is None
        assert ImageChops.invert(shown).getbbox() is not None, "a blank card is the same picture, too"
        proofs.append(shown.tobytes())
    assert len(set(proofs)) == (1 if side == "back" else len(proofs)), "each person has a card of their own"
