"""Glyphs: every letter is there and is itself, strokes and gaps are even, and the host has no say in any of it."""

from hashlib import blake2b
from importlib import metadata
from itertools import groupby
from unicodedata import category

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from spooler.render.type import FACES, Foundry, load_font, repertoire

FOUNDRY = Foundry()
LETTERS = [chr(c) for c in range(0x41, 0x180) if category(chr(c))[0] == "L"]
SETS = [(25, 1.0), (21, 1.0), (21, 0.94), (21, 0.82), (19, 1.0), (19, 0.82), (25, 0.88), (46, 0.6)]


def drawn(glyphs, text):
    """Black on 1 … as an array, pen at 10 on row 80 of 120."""
    width = glyphs.measure(text) + 60
    plane = bytearray(width * 120)
    glyphs.blit(plane, width, 120, 10, 80, text)
    return np.frombuffer(plane, np.uint8).reshape(120, width) == 255


def lengths(values):
    """How long the runs of ink are."""
    return [len(list(run)) for ink, run in groupby(values) if ink]


@pytest.mark.parametrize("face", FACES, ids=" ".join)
def test_every_letter_of_latin_1_and_latin_extended_a_is_there_in_both_cases(face):
    known = repertoire(*face)
    assert {c for letter in LETTERS for c in letter + letter.upper() + letter.lower()} - known <= {"\u0307"}, (
        "U+0307 alone comes of lower-casing U+0130, which nobody does"
    )
    assert not known & {"\u0301", "\u200d", "\u00ad", "\n", "\U0001f600", "漢"}


@pytest.mark.parametrize(("pixels", "condense"), SETS)
@pytest.mark.parametrize("face", FACES, ids=" ".join)
def test_every_glyph_has_its_own_ink(face, pixels, condense):
    """No accent, bar or dot is lost: letters that differ in the large differ here too, and none is .notdef."""
    glyphs = FOUNDRY.glyphs(*face, pixels, condense=condense)
    large = load_font(*face, 300)
    seen = {}
    for letter in LETTERS:
        ink = drawn(glyphs, letter)
        assert ink.any()
        seen.setdefault(ink.tobytes(), []).append(letter)
    for alike in seen.values():
        masks = {(bytes(large.getmask(letter)), large.getbbox(letter)) for letter in alike}
        assert len(masks) == 1, alike


def test_hinted_glyphs_are_what_freetype_draws():
    """Larger than 5 pt the masks are Pillow's own, letter by letter."""
    for pixels in (23, 25, 33):
        font, glyphs = load_font("sans", "regular", pixels), FOUNDRY.glyphs("sans", "regular", pixels)
        for letter in LETTERS:
            ink = drawn(glyphs, letter)
            image = Image.new("1", ink.shape[::-1])
            draw = ImageDraw.Draw(image)
            draw.fontmode = "1"
            draw.text((10, 80), letter, fill=1, font=font, anchor="ls")
            assert (ink == np.asarray(image)).all(), letter


@pytest.mark.parametrize("condense", [0.999, 0.94, 0.88, 0.82])
@pytest.mark.parametrize(("weight", "pixels"), [("regular", 19), ("regular", 21), ("regular", 25), ("bold", 25)])
def test_stems_bars_and_gaps_are_even(weight, pixels, condense):
    glyphs = FOUNDRY.glyphs("sans", weight, pixels, condense=condense)
    stems = {n for letter in "HIEFLTDPB" for n in lengths(drawn(glyphs, letter)[80 - pixels // 5])[:1]}
    assert len(stems) == 1, "every upright is as wide as the next"
    bars = {n for letter in "EL" for n in lengths(middle(drawn(glyphs, letter)))}
    assert len(bars) == 1, "every bar is as thick as the next"
    gaps = {between(drawn(glyphs, pair)) for pair in ("HH", "HI", "IH", "II", "NI", "HN", "MH", "MI", "HM")}
    assert max(gaps) - min(gaps) <= 1
    assert min(gaps) >= 1, "straight letters never touch"


def middle(ink):
    """The column in the middle of a letter's ink."""
    columns = np.flatnonzero(ink.any(axis=0))
    return ink[:, (columns[0] + columns[-1] + 1) // 2]


def between(ink):
    """The empty columns between two letters."""
    columns = ink.any(axis=0)
    first, last = np.flatnonzero(columns)[[0, -1]]
    return int((~columns[first:last]).sum())


@pytest.mark.parametrize("condense", [0.94, 0.88, 0.82, 0.6])
def test_condensed_type_is_as_much_narrower_and_as_high(condense):
    text = "MUHAMMAD NUR'AINI ABDURRAHMAN SULAIMAN KUSUMAWARDHANI-PRATAM"
    full, narrow = (FOUNDRY.glyphs("sans", "regular", 25, condense=c) for c in (1.0, condense))
    assert narrow.measure(text) == pytest.approx(full.measure(text) * condense, rel=0.04)
    rows = [np.flatnonzero(drawn(glyphs, "HXE").any(axis=1)) for glyphs in (full, narrow)]
    assert rows[1][-1] == rows[0][-1] == 79, "on the baseline"
    assert abs(int(rows[1][0]) - int(rows[0][0])) <= 1


def test_headlines_can_be_condensed_too():
    glyphs = FOUNDRY.glyphs("sans", "bold", 300, condense=0.9)
    assert 0.85 < glyphs.measure("H") / FOUNDRY.glyphs("sans", "bold", 300).measure("H") < 0.95


# ---- the host ----

#: What every face looks like; made with the Pillow of requirements.lock, which brings its own FreeType. A change needs
#: a reason that shows in the proofs.
PINNED = {
    "sans regular 25 1.0": "dde80e71e09df6a7",
    "sans regular 23 1.0": "bebe68e455eeb2ee",
    "sans regular 21 1.0": "68cbd7bf34d821b8",
    "sans regular 21 0.94": "4a6ab8c28aa2b9d3",
    "sans regular 21 0.88": "c8dfe9445edf8c95",
    "sans regular 21 0.82": "c07a93e3a0fbeba4",
    "sans regular 19 0.82": "20ecd7ecf674cbe3",
    "sans bold 33 1.0": "50f66c1b22ee3bfd",
    "sans bold 25 0.88": "5efc31e6efee49a7",
    "mono bold 42 1.0": "941ef91fbc344f84",
}


def fingerprint(glyphs, characters):
    digest = blake2b(digest_size=8)
    for character in characters:
        digest.update(repr((character, glyphs.measure(character))).encode())
        digest.update(drawn(glyphs, character).tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize("name", PINNED)
def test_the_host_has_no_say(name):
    face, weight, pixels, condense = name.split()
    glyphs = FOUNDRY.glyphs(face, weight, int(pixels), condense=float(condense))
    assert fingerprint(glyphs, sorted(repertoire(face, weight))) == PINNED[name], (
        f"made with Pillow {metadata.version('pillow')}"
    )


def test_fonts_come_from_the_package_and_are_laid_out_by_pillow_alone(monkeypatch):
    opened = []
    real = ImageFont.truetype

    def spy(font, *args, **kwargs):
        opened.append((isinstance(font, str), kwargs.get("layout_engine")))
        return real(font, *args, **kwargs)

    monkeypatch.setattr(ImageFont, "truetype", spy)
    for face in FACES:
        Foundry().glyphs(*face, 20)
    assert set(opened) == {(False, ImageFont.Layout.BASIC)}, "bytes of the package's own, never a name to look up"
