"""Text on the card: what is drawn is the whole text, in the first way that does, inside its place; or it is refused."""

import csv
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invented import CARD, FIELDS
from spooler.model.job import Content
from spooler.model.kinds import KINDS
from spooler.model.picture import Geometry
from spooler.render import MissingGlyphError, Renderer, TextDoesNotFitError, lacking, load_template, missing_glyph
from spooler.render.layout import fit, stack
from spooler.render.loader import packaged_template
from spooler.render.template import POINT
from spooler.render.type import ASCENT, DESCENT, Foundry
from spooler.render.typeset import TextPlan

FOUNDRY = Foundry()
RENDERER = Renderer(specimen=False)
KTP = packaged_template(KINDS["ktp"])
PLANS = {block.name: TextPlan(block, CARD, FOUNDRY) for block in KTP.texts}
PLACES = ("tempat_lahir", "kel_desa", "kecamatan", "kota", "provinsi", "tempat_terbit", "alamat")
VILLAGES = [
    row["name"]
    for row in csv.DictReader(
        (resources.files("spooler.config") / "data" / "villages.csv").read_text("utf-8").splitlines()
    )
]


def shown(**fields):
    return {**FIELDS, "tanggal_lahir": "17-08-1999", "tanggal_terbit": "05-01-2026", **fields}


def block_of(field):
    return next(b for b in KTP.texts if any(field in cell.pattern.fields for row in b.rows for cell in row))


def drawn(plan, fields):
    """The block on an empty plane, labels too where the rows moved."""
    plane = bytearray(CARD.width * CARD.height)
    boxes = plan.set(plane, fields)
    setting = None
    if boxes is None:
        assert not any(plane)
        setting = plan.wrap(fields)
        boxes = plan.draw(plane, fields, setting)
    ink = np.frombuffer(plane, np.uint8).reshape(CARD.height, CARD.width) > 0
    rest = ink.copy()
    for x, y, width, height in boxes:
        rest[y : y + height, x : x + width] = False
    assert not rest.any(), "the boxes hold all ink"
    x, y, width, height = plan.box
    inside = np.zeros_like(ink)
    inside[y : y + height, x : x + width] = True
    assert not (ink & ~inside).any(), "nothing outside the block and its letters' reach"
    return ink, bool(setting and setting.moved)


def expected(block, fields, moved):
    """The twin: letter by letter, each glyph on its own, every line from the layout's rules."""
    style = block.style
    rulers = [FOUNDRY.glyphs(style.face, style.weight, CARD.length(s * POINT), round(CARD.length(style.spacing)))
              for s in style.sizes]  # fmt: skip
    rulers += [FOUNDRY.glyphs(style.face, style.weight, CARD.length(style.sizes[-1] * POINT), 0, c)
               for c in style.condense]  # fmt: skip
    plane = bytearray(CARD.width * CARD.height)
    cells = [(n, cell, cell.pattern.fill(fields).strip(" ")) for n, row in enumerate(block.rows) for cell in row]
    fits, counts = [], [1] * len(block.rows)
    for n, cell, text in cells:
        if not cell.pattern.fields:
            if moved:
                fits.append((n, cell, 0, (text,)))
            continue
        text = text.upper() if style.case == "upper" else text
        found = fit(text, CARD.length(cell.right - cell.x), cell.lines, rulers)
        fits.append((n, cell, found.size, found.lines if text else ()))
        counts[n] = max(counts[n], len(found.lines))
    line = CARD.length(style.sizes[0] * POINT * (ASCENT + DESCENT))
    pitches = [CARD.length(pitch) for pitch in block.pitches] or [0]
    placed = stack(counts, CARD.length(block.area.height) + 0.5, line, pitches)
    first = CARD.y(block.area.y + style.sizes[0] * POINT * ASCENT)
    for n, cell, size, lines in fits:
        for m, text in enumerate(lines):
            room = CARD.length(cell.right - cell.x) - rulers[size].measure(text)
            pen = round(CARD.x(cell.x) + room * {"left": 0, "center": 0.5, "right": 1}[style.align])
            baseline = round(round(first + placed.offsets[n]) + m * placed.pitch)
            for at, letter in enumerate(text):
                before = rulers[size].measure(text[: at + 1]) - rulers[size].measure(letter)
                rulers[size].blit(plane, CARD.width, CARD.height, pen + before, baseline, letter)
    return np.frombuffer(plane, np.uint8).reshape(CARD.height, CARD.width) > 0


def check(field, text):
    block, fields = block_of(field), shown(**{field: text})
    ink, moved = drawn(PLANS[block.name], fields)
    assert (ink == expected(block, fields, moved)).all()


@pytest.mark.parametrize("field", PLACES)
def test_every_village_is_set_whole_in_every_place_field(field):
    """The 60 longest names of the country and all of Batam's."""
    assert len(VILLAGES) > 120
    for village in VILLAGES:
        check(field, village)


LONG = [
    "MUHAMMAD NUR'AINI ABDURRAHMAN SULAIMAN KUSUMAWARDHANI-PRATAM",
    "ABDURRAHMANSYAH KUSUMAWARDHANI",
    "A " * 29 + "BC",
    "SITI/AISYAH-PUTRI'D ANGGRAENI-WIJAYAKUSUMA/NINGRUM RR. AYU S",
    "I" * 30 + " " + "I" * 29,
    "O'NEIL-D'ARCY/VAN DER-MEER",
    "ÆØÅ ÇÉÈ ÑÖÜ ŁŚŹ ĦĐŊ ŒŠŽ ÝÞß ĲĿŉ",
    " BUDI  SANTOSO ",
    "",
]


@pytest.mark.parametrize("text", LONG)
@pytest.mark.parametrize("field", ["nama", "alamat", "pekerjaan"])
def test_long_and_marked_names_are_set_whole(field, text):
    assert len(text) <= 60
    check(field, text)


@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "nama": st.text("ABMW '-/iß", max_size=60),
            "alamat": st.text("JL. 1/2-ŉ", max_size=100),
            "kel_desa": st.sampled_from(VILLAGES),
            "golongan_darah": st.sampled_from(["O", "AB+", "TIDAK TAHU"]),
            "tempat_terbit": st.text("KOTABM ", max_size=40),
            "kota": st.text("KOTABM ", max_size=40),
        }
    )
)
def test_whatever_is_drawn_is_the_whole_text(fields):
    for block in KTP.texts:
        try:
            ink, moved = drawn(PLANS[block.name], shown(**fields))
        except TextDoesNotFitError:
            continue  # its own tests say when
        assert (ink == expected(block, shown(**fields), moved)).all()


@pytest.mark.parametrize(
    ("field", "text"), [("nama", "A" * 60), ("nama", "W" * 29 + " " + "W" * 30), ("rt_rw", "0" * 60)]
)
def test_what_does_not_fit_is_refused_with_its_measures(field, text):
    block = block_of(field)
    cell = next(cell for row in block.rows for cell in row if field in cell.pattern.fields)
    with pytest.raises(TextDoesNotFitError) as caught:
        drawn(PLANS[block.name], shown(**{field: text}))
    narrowest = FOUNDRY.glyphs(
        block.style.face, block.style.weight, CARD.length(block.style.sizes[-1] * POINT), 0, block.style.condense[-1]
    )
    assert caught.value.field == f"fields.{field}"
    assert caught.value.width_mm == pytest.approx(narrowest.measure(text) / CARD.length(1))
    assert caught.value.room_mm == pytest.approx(cell.right - cell.x)
    assert caught.value.lines == cell.lines
    assert (f"{cell.lines} lines of" if cell.lines > 1 else "a line of") in str(caught.value)
    assert f"fields.{field}" in str(caught.value)
    assert text not in str(caught.value)


def test_a_block_that_is_too_low_for_its_lines_says_that_it_is_the_height():
    """Every field in as many lines as its row allows, which together are more than the block has room for."""
    long = " ".join(["PANJANG"] * 7)
    with pytest.raises(TextDoesNotFitError, match="more height"):
        drawn(PLANS["data"], shown(nama=long, alamat=f"{long} {long}", kel_desa=long, kecamatan=long, pekerjaan=long))


def test_a_name_shrinks_then_condenses_then_wraps():
    """Letter after letter: the attempts come in the stated order, and none is left out."""
    plan, ways = PLANS["data"], []
    cell = next(cell for _, cell in plan._cells if cell.pattern.fields == ("nama",))
    for length in range(1, 60):
        found = fit(("ANNI " * 12)[:length], cell.room, cell.most, plan._rulers)
        ways.append((len(found.lines), found.size))
    one_line = [size for lines, size in ways if lines == 1]
    assert sorted(set(ways)) == list(dict.fromkeys(ways))
    assert set(one_line) == set(range(6)), "6, 5.5, 5 pt and 5 pt condensed three times"
    assert (2, 0) in ways, "two lines begin with the largest size again"


@pytest.mark.parametrize(
    ("text", "same"), [("strauß", "STRAUSS"), ("ŉ'a", "ʼN'A"), ("ÿ", "Ÿ"), ("ĳssel ſ", "ĲSSEL S"), ("budi", "BUDI")]
)
def test_upper_case_that_is_longer_is_drawn_whole(text, same):
    one, _ = drawn(PLANS["data"], shown(nama=text))
    two, _ = drawn(PLANS["data"], shown(nama=same))
    assert (one == two).all()
    assert missing_glyph("ktp", {"nama": text}) is None


@pytest.mark.parametrize(
    ("text", "character", "advice"),
    [
        ("JOSE\u0301", "\u0301", "one character"),  # decomposed
        ("N\u0303", "\u0303", "one character"),
        ("BUDI \U0001f600", "\U0001f600", "Latin letters"),
        ("A\u200dB", "\u200d", "Latin letters"),
        ("БОРИС", "Б", "Latin letters"),
    ],
)
def test_a_character_without_a_glyph_is_named_by_its_code_point_alone(text, character, advice):
    assert missing_glyph("ktp", {**FIELDS, "nama": text}) == ("nama", character)
    message = lacking(character)
    assert f"U+{ord(character):04X}" in message
    assert advice in message
    assert character not in message


@pytest.mark.parametrize("field", ["nama", "pekerjaan"])
def test_a_missing_glyph_is_found_beside_text_that_wraps(field):
    with pytest.raises(MissingGlyphError) as caught:
        drawn(PLANS["data"], shown(**{"alamat": "JALAN " * 12, field: "A漢"}))
    assert caught.value.field == f"fields.{field}"


BLOCK = """
card = {{ width = 85.60, height = 53.98 }}
[[text]]
name = "title"
x = {x}
y = {y}
width = 20
height = 4
sizes = [8, 6]
condense = {condense}
text = "{text}"
"""


def plate(x=5.0, y=5.0, text="{title}", condense="[0.9]", geometry=CARD):
    template = load_template(BLOCK.format(x=x, y=y, text=text, condense=condense), KINDS["selftest"])
    return TextPlan(template.texts[0], geometry, FOUNDRY)


def test_a_block_from_which_letters_could_leave_the_plane_is_refused():
    bare = Geometry("bare", 1011, 638, 300, 0.0, 0.0)
    assert plate(geometry=bare).box[0] > 0
    for place in ({"x": 0.0}, {"y": 0.0}, {"x": 65.59}, {"y": 49.97}):
        with pytest.raises(ValueError, match="'title' stands so near the edge"):
            plate(**place, geometry=bare)


def test_a_template_s_own_text_needs_glyphs_too():
    with pytest.raises(ValueError, match="its face lacks"):
        plate(text="漢 {title}")


def test_condense_is_checked():
    for bad in ("[0.9, 0.95]", "[0.5]", "[1.1]", "0.9", "[]"):
        with pytest.raises(ValueError, match="condense"):
            plate(condense=bad)


def test_a_card_s_text_is_what_its_blocks_are():
    """Through the renderer: no photo, no signature, nothing but plate and text on the resin."""
    content = Content({**FIELDS, "alamat": "PERUM. BUKIT INDAH SENTOSA BLOK C-12 NO. 7, TANJUNG UNCANG"})
    whole = np.zeros((CARD.height, CARD.width), bool)
    for block in KTP.texts:
        ink, moved = drawn(PLANS[block.name], shown(alamat=content.fields["alamat"]))
        whole |= ink
        if not moved:
            labels = bytearray(CARD.width * CARD.height)
            PLANS[block.name].draw_labels(labels)
            whole |= np.frombuffer(labels, np.uint8).reshape(whole.shape) > 0
    with RENDERER.draw("ktp", CARD, "ymcko", content) as picture:
        card = np.frombuffer(bytes(picture.planes["k"]), np.uint8).reshape(whole.shape) > 0
    assert (card == whole).all()
