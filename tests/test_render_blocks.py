"""Templates that look at the job: what is on whose card, QR symbols, frames, cutouts, backs and upright cards."""

from pathlib import Path

import numpy as np
import pytest
import zxingcpp

from invented import CARD, FIELDS, person, photo, signature
from spooler.model.job import Content
from spooler.model.kinds import KINDS
from spooler.model.picture import Geometry
from spooler.render import QrDoesNotFitError, Renderer, TemplateError, UnfitRibbonError, load_template, proof

TTE = "https://tte.example/verify?id=0123456789abcdef"
KIA = {
    **{name: value for name, value in FIELDS.items() if name in KINDS["kia-0-5"].names},
    "tanggal_lahir": "2019-08-17",
    "nomor_kk": "2171011708120003",
    "kepala_keluarga": "BUDI SANTOSO",
    "berlaku_hingga": "2036-08-16",
    "dinas": "DINAS KEPENDUDUKAN DAN PENCATATAN SIPIL KOTA BATAM",
    "pejabat": "Drs. CONTOH PEJABAT, M.Si.",
}
CARD_LINE = "card = { width = 85.60, height = 53.98 }\n"
TITLE = """
[[text]]
name = "title"
x = 5
y = 5
width = 75
height = 4
sizes = [8]
text = "{title}"
"""
QR = """
[[qr]]
x = 30
y = 20
width = 20
height = 24
text = "{title}"
"""


@pytest.fixture(scope="module")
def renderer():
    return Renderer(specimen=False)


@pytest.fixture(scope="module")
def specimens():
    return Renderer(specimen=True)


def own(text, *, kind="selftest", card=CARD_LINE, **options):
    return Renderer(specimen=False, templates={kind: load_template(card + text, KINDS[kind])}, **options)


def drawn(renderer, content, kind="selftest", inks="ymcko", side="front", geometry=CARD):
    with renderer.draw(kind, geometry, inks, content, side=side) as picture:
        shape = (geometry.height, geometry.width)
        planes = {ink: np.frombuffer(bytes(picture.planes[ink]), np.uint8).reshape(shape) for ink in inks}
        return planes, picture.rectangles, picture.plate


def faults(text, kind="selftest"):
    with pytest.raises(TemplateError) as caught:
        load_template(CARD_LINE + text, KINDS[kind])
    return caught.value.faults


def read(planes):
    return [found.text for found in zxingcpp.read_barcodes(255 - planes["k"])]


def where(plane):
    """x0, y0, x1, y1 of what is not empty, in mm from the card's corner."""
    rows, columns = np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0))
    scale = 25.4 / CARD.dpi
    return (
        columns[0] * scale - CARD.bleed_x_mm,
        rows[0] * scale - CARD.bleed_y_mm,
        (columns[-1] + 1) * scale - CARD.bleed_x_mm,
        (rows[-1] + 1) * scale - CARD.bleed_y_mm,
    )


# ---- conditions ----


def test_a_childs_card_is_signed_by_hand_or_by_qr_and_gives_text_the_photos_room(renderer):
    """The four cards of the two kinds, from one template."""
    for kind, pictures in (("kia-0-5", ()), ("kia-5-17", (photo(),))):
        by_qr, _, _ = drawn(renderer, Content({**KIA, "tte": TTE}, *pictures), kind)
        assert read(by_qr) == [TTE]
        by_hand, _, _ = drawn(renderer, Content(KIA, (*pictures, None)[0], signature()), kind)
        assert read(by_hand) == []
        both, _, _ = drawn(renderer, Content({**KIA, "tte": TTE}, (*pictures, None)[0], signature()), kind)
        assert read(both) == [TTE]
        assert (both["k"] != by_qr["k"]).any(), "the signature is there too"
        assert by_qr["c"].any() == bool(pictures)
    long = {**KIA, "nama": "MUHAMMAD ABDURRAHMAN SULAIMAN KUSUMAWARDHANA"}  # too wide for the column beside a photo
    wide, _, _ = drawn(renderer, Content(long), "kia-0-5")
    assert where(wide["k"][: round(CARD.y(20))])[2] > 62.6


def test_a_plate_is_chosen_by_what_the_job_brings_and_by_nothing_else(renderer):
    def plate(*, kind="kia-5-17", **content):
        return drawn(renderer, Content(**content), kind)[2]

    one = plate(fields={**KIA, "tte": TTE}, photo=photo())
    assert plate(fields={**KIA, "tte": "X", "nama": "SITI"}, photo=photo(40, 60)) is one
    assert plate(fields={**KIA, "tte": " "}, photo=photo()) is not one, "a field of blanks is not there"
    assert plate(fields=KIA) is not one
    assert renderer.plate("kia-5-17", CARD, "ymcko", Content({**KIA, "tte": TTE}, photo())) is one
    assert renderer.plate("kia-5-17", CARD, "ymcko") is plate(fields=KIA, photo=photo()), "what every job must bring"
    assert renderer.plate("ktp", CARD, "ymcko") is plate(kind="ktp", fields=FIELDS), "asks about nothing"


def test_the_plate_and_the_rectangles_make_the_card_for_every_condition(specimens):
    for content in (
        Content({**KIA, "tte": TTE}, photo(), signature()),
        Content({**KIA, "tte": TTE, "nomor_akta": "A 1"}),
        Content(KIA, None, signature()),
        Content(KIA, photo()),
    ):
        for _ in range(2):  # a canvas that was used is as good as a new one
            card, rectangles, plate = drawn(specimens, content, "kia-5-17")
            _same(card, rectangles, plate)


def _same(card, rectangles, plate):
    for ink, plane in card.items():
        expected = np.frombuffer(plate.planes[ink], np.uint8).reshape(plane.shape).copy()
        for r in rectangles:
            if ink in r.inks:
                part = np.s_[r.y : r.y + r.height, r.x : r.x + r.width]
                expected[part] = plane[part]
        assert (expected == plane).all()


def test_kept_plates_are_bounded_and_the_latest_used_stay():
    renderer = own('[[box]]\nx = 1\ny = 1\nwidth = 1\nheight = 1\nink = { k = 255 }\nwhen = "line_1"\n', plates=2)
    without, with_one = Content({"title": "X"}), Content({"title": "X", "line_1": "A"})
    first, other = renderer.plate("selftest", CARD, "ko", without), renderer.plate("selftest", CARD, "ko", with_one)
    assert first is renderer.plate("selftest", CARD, "ko", without)
    renderer.plate("selftest", CARD, "k", without)  # the third: `other` goes
    assert renderer.plate("selftest", CARD, "ko", without) is first
    again = renderer.plate("selftest", CARD, "ko", with_one)
    assert again is not other
    assert again.id == other.id


def test_rows_and_otherwise():
    text = """
[[text]]
name = "rows"
x = 5
y = 5
width = 30
height = 20
sizes = [8]
pitch = [5]
when = "line_3"
otherwise = { x = 45 }
rows = [
    { text = "one", unless = "line_1" },
    { text = "{line_2}", when = ["line_1", "line_2"] },
    { text = "three" },
]
"""
    renderer = own(text)

    def lines(**fields):
        card = drawn(renderer, Content({"title": "T", **fields}))[0]["k"]
        ink = card.any(axis=1)
        return int((np.diff(ink.astype(int)) == 1).sum()), where(card)[0]

    assert lines() == (2, pytest.approx(45, abs=0.3))
    assert lines(line_3="x") == (2, pytest.approx(5, abs=0.3))
    assert lines(line_1="x")[0] == 1
    assert lines(line_1="x", line_2="HH")[0] == 2


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (TITLE + 'when = "titel"', "11: text 1 (title): when: kind selftest has no field titel (did you mean"),
        (TITLE + 'when = "line_1"\nunless = "line_1"', "12: text 1 (title): when and unless ask for the same word"),
        (TITLE + "when = 3", "when must be a word or a list of words"),
        (TITLE + "otherwise = { x = 1 }", "otherwise: needs a block with one word"),
        (TITLE + 'when = "line_1"\notherwise = { x = 20 }', "falls off the card"),
        (TITLE + 'when = "line_1"\notherwise = { colour = 1 }', "unknown key colour"),
        (TITLE + 'alignn = "left"', "11: text 1 (title): unknown key alignn (did you mean `align`?)"),
        (TITLE.replace("{title}", "{titel}"), "10: text 1 (title): text: kind selftest has no field {titel} (did"),
        (TITLE.replace("{title}", "{title:>9}"), "write {title}, with nothing behind the name"),
        (TITLE + QR.replace("y = 20", "y = 8"), "3: text 1 (title): lies over a QR symbol's area"),
        ("\n".join(f"{TITLE}when = 'line_{n}'" for n in range(1, 8)), "ask about 7 things, and 6 are the most"),
        ("[[line]]\nx1 = 1\ny1 = 1\nx2 = 9\ny2 = 9\nthickness = 1", "horizontal (y1 = y2) or vertical"),
        ("[[line]]\nx1 = 0\ny1 = 0\nx2 = 9\ny2 = 0\nthickness = 1", "line 1: falls off the card"),
        ("[[box]]\nx = 1\ny = 1\nwidth = 3\nheight = 9\noutline = 2\nink = { k = 255 }", "are wider than the box"),
        ("[photo]\nx = 1\ny = 1\nwidth = 3\nheight = 9", 'has no photo: take [photo] out, or say when = "photo"'),
        ("[back]\n[[back.text]]\nname = 'b'", "3: back: text 1 (b): x is missing"),
        (QR.replace("{title}", "{x}"), "qr 1: text: kind selftest has no field {x}"),
        (QR + "error_correction = 'X'", "error_correction must be one of L, M, Q, H"),
    ],
)  # fmt: skip
def test_faults_of_blocks(text, fault):
    assert any(fault in found for found in faults(text)), faults(text)


def test_what_would_leave_a_picture_out_is_a_fault():
    kia = (Path(__file__).parents[1] / "spooler/render/templates/kia.toml").read_text()
    whole = kia.split("\n", 1)[1].replace("card = { width = 85.60, height = 53.98 }", "")
    assert load_template(CARD_LINE + whole, KINDS["kia-5-17"]).back is None
    less = whole.replace('[[signature]]\nunless = "tte"', '[[signature]]\nwhen = "nomor_akta"\nunless = "tte"')
    assert any("a job with a signature and" in fault for fault in faults(less, "kia-0-5"))
    twice = whole.replace('[[signature]]\nwhen = ["tte", "signature"]', '[[signature]]\nwhen = "photo"')
    assert any("another [signature]" in fault for fault in faults(twice, "kia-5-17"))
    as_text = whole.replace('text = "{dinas}"', 'text = "{tte}"')
    assert any("{tte} is shown as a QR symbol" in fault for fault in faults(as_text, "kia-0-5"))


# ---- QR ----


def test_a_qr_is_as_large_as_whole_pixels_allow_and_in_the_middle():
    renderer = own(QR)
    for text in ("A", "JOSÉ, 日本", "x" * 100):
        card, (rectangle,), _ = drawn(renderer, Content({"title": text}), inks="k")
        assert read(card) == [text]
        left, top, right, bottom = where(card["k"])
        assert left + right == pytest.approx(2 * 40, abs=0.2)
        assert top + bottom == pytest.approx(2 * 32, abs=0.2)
        assert rectangle.inks == "k"
        modules = 41 if len(text) == 100 else 21
        assert rectangle.width == rectangle.height == modules * (236 // (modules + 8))
    empty, rectangles, _ = drawn(renderer, Content({"title": " "}), inks="k")
    assert not empty["k"].any()
    assert rectangles == ()


@pytest.mark.parametrize("length", [300, 4000])
def test_a_qr_that_does_not_fit_holds_the_job(length):
    renderer = own(QR.replace("width = 20", "width = 12"))
    with (
        pytest.raises(QrDoesNotFitError) as caught,
        renderer.draw("selftest", CARD, "k", Content({"title": "x" * length})),
    ):
        pass
    error = caught.value
    assert error.field == "title"
    assert error.room_mm == pytest.approx(12, abs=0.1)
    assert error.needed_mm == (pytest.approx((69 + 8) * 3 * 25.4 / 300) if length == 300 else None)
    assert "xxx" not in str(error)
    smaller = own(QR.replace("width = 20", "width = 12") + "module_mm = 0.1\nquiet = 1\nerror_correction = 'L'")
    assert read(drawn(smaller, Content({"title": "x" * 100}), inks="k")[0]) == ["x" * 100]


def test_there_is_no_dye_beneath_a_qr_even_on_a_specimen():
    ground = "[[box]]\nx = 0\ny = 0\nwidth = 85.6\nheight = 53.98\nink = { c = 90 }\n"
    template = load_template(CARD_LINE + ground + QR, KINDS["selftest"])
    for inks in ("ymcko", "k"):
        renderer = Renderer(specimen=True, templates={"selftest": template})
        card, rectangles, plate = drawn(renderer, Content({"title": TTE}), inks=inks)
        area = np.s_[round(CARD.y(20.1)) : round(CARD.y(43.9)), round(CARD.x(30.1)) : round(CARD.x(49.9))]
        for ink in set(inks) & set("ymc"):
            assert not card[ink][area].any()
            assert card[ink].any()
        quiet = card["k"].copy()
        for r in rectangles:
            quiet[r.y : r.y + r.height, r.x : r.x + r.width] = 0
        assert not quiet[area].any(), "the specimen's dots stay out of the quiet zone"
        assert read(card) == [TTE]
        _same(card, rectangles, plate)


# ---- boxes, cutouts, the edge ----


def test_frames_lines_and_cutouts():
    text = """
[[box]]
x = 10
y = 10
width = 20
height = 10
outline = 1
ink = { k = 255 }
[[line]]
x1 = 40
y1 = 30
x2 = 60
y2 = 30
thickness = 2
ink = { c = 100 }
[[cutout]]
x = 10
y = 40
width = 5
height = 4
"""
    card, _, _ = drawn(own(text), Content({"title": "X"}))
    assert where(card["k"]) == pytest.approx((10, 10, 30, 20), abs=0.1)
    inner = card["k"][round(CARD.y(11.1)) : round(CARD.y(18.9)), round(CARD.x(11.1)) : round(CARD.x(28.9))]
    assert not inner.any()
    assert (card["k"] == 255).sum() == pytest.approx((200 - 18 * 8) * (CARD.dpi / 25.4) ** 2, rel=0.02)
    assert where(card["c"]) == pytest.approx((40, 29, 60, 31), abs=0.1)
    assert where(255 - card["o"]) == pytest.approx((10, 40, 15, 44), abs=0.1)


def test_what_ends_at_the_cards_edge_goes_on_over_it():
    text = """
[[box]]
x = 0
y = 0
width = 85.6
height = 10
ink = { y = 80 }
[[cutout]]
x = 80
y = 50
width = 5.6
height = 3.98
"""
    card, _, _ = drawn(own(text), Content({"title": "X"}))
    assert card["y"][0].all(), "the first row lies outside the card"
    assert card["y"][50, 0] == card["y"][50, -1] == 80
    assert not card["y"][200].any()
    assert card["o"][-1, -1] == 0
    assert card["o"][0, 0] == 255


# ---- sides ----


def test_the_selftest_has_a_back_in_resin_only(renderer):
    assert renderer.sides("selftest") == ("front", "back")
    assert renderer.sides("ktp") == ("front",)
    card, rectangles, plate = drawn(renderer, Content({"title": "UJI"}), side="back")
    assert not any(card[ink].any() for ink in "ymc")
    assert where(card["k"]) == pytest.approx((2, 2, 83.6, 51.98), abs=0.1)
    assert plate is renderer.plate("selftest", CARD, "ymcko", side="back")
    assert rectangles, "the title"
    with pytest.raises(ValueError, match="no back"):
        renderer.plate("ktp", CARD, "ymcko", side="back")


# ---- upright cards ----

UPRIGHT = "card = { width = 53.98, height = 85.60 }\n"
UPRIGHT_BLOCKS = """
[[text]]
name = "nama"
x = 3
y = 4
width = 48
height = 12
sizes = [9]
pitch = [4, 3.5]
text = "{nama}"
lines = 2
[[text]]
name = "place"
x = 3
y = 70
width = 48
height = 9
sizes = [7]
pitch = [3]
columns = { colon = 15, value = 17 }
rows = [ { label = "Alamat", text = "{alamat}", lines = 2 }, { label = "NIK", text = "{nik}" } ]
[photo]
x = 10
y = 20
width = 20
height = 30
[signature]
x = 10
y = 55
width = 20
height = 8
"""


def test_an_upright_card_is_the_same_card_turned():
    """Drawn upright on a printer whose pixels stand upright, it is what comes out turned on a landscape one."""
    upright = Geometry("tall", CARD.height, CARD.width, CARD.dpi, CARD.bleed_y_mm, 0)
    tall = CARD.turned(85.60)
    assert (tall.width, tall.height, tall.bleed_x_mm) == (upright.width, upright.height, upright.bleed_x_mm)
    assert tall.bleed_y_mm == pytest.approx(1016 * 25.4 / 300 - 85.60 - CARD.bleed_x_mm)
    renderer = own(UPRIGHT_BLOCKS, kind="ktp", card=UPRIGHT)
    card, rectangles, _ = drawn(renderer, person(), "ktp")
    ink = np.rot90(card["k"], 1)  # looked at upright
    scale = 25.4 / CARD.dpi
    name = ink[: round(tall.y(16))]
    assert np.flatnonzero(name.any(axis=0))[0] * scale - tall.bleed_x_mm == pytest.approx(3, abs=0.3)
    assert np.flatnonzero(name.any(axis=1))[0] * scale - tall.bleed_y_mm == pytest.approx(4.7, abs=0.5)
    dye = np.rot90(card["c"], 1)
    rows, columns = np.flatnonzero(dye.any(axis=1)), np.flatnonzero(dye.any(axis=0))
    assert rows[0] * scale - tall.bleed_y_mm == pytest.approx(20, abs=0.1)
    assert columns[0] * scale - tall.bleed_x_mm == pytest.approx(10, abs=0.1)
    assert (dye[rows[0] : rows[-1], columns[0] : columns[-1]].mean()) > 20
    assert all(r.x + r.width <= CARD.width and r.y + r.height <= CARD.height for r in rectangles)


def test_an_upright_canvas_comes_back_clean():
    template = load_template(UPRIGHT + UPRIGHT_BLOCKS, KINDS["ktp"])
    renderer = Renderer(specimen=True, canvases=1, templates={"ktp": template})
    fresh, rectangles, plate = drawn(renderer, person(), "ktp")
    _same(fresh, rectangles, plate)
    long, rectangles, plate = drawn(
        renderer, person(nama="MUHAMMAD ABDURRAHMAN KUSUMA", alamat="JALAN PANJANG SEKALI NOMOR SATU"), "ktp"
    )
    _same(long, rectangles, plate)
    again, _, _ = drawn(renderer, person(), "ktp")
    assert all((fresh[ink] == again[ink]).all() for ink in fresh)
    with renderer.draw("ktp", CARD, "ymcko", person()) as picture:
        assert proof(picture.planes).size == (1016, 648), "always landscape"


# ---- the photo's colour, and ribbons without dyes ----


def test_the_background_that_a_photo_should_have(renderer):
    assert renderer.background("ktp", person(tanggal_lahir="1999-08-17")) == "red"
    assert renderer.background("ktp", person(tanggal_lahir="2000-08-17")) == "blue"
    assert renderer.background("ktp", person(tanggal_lahir="unknown")) is None
    assert renderer.background("ktp-wna", person()) == "orange"
    assert renderer.background("kia-5-17", Content(KIA, photo())) == "red"
    assert renderer.background("kia-5-17", Content(KIA)) is None, "no photo"
    assert renderer.background("selftest", Content({"title": "X"})) is None


def test_a_background_rule_needs_a_date_and_known_colours():
    block = UPRIGHT_BLOCKS.replace(
        "height = 30\n",
        "height = 30\nbackground = { rule = 'birth-year', field = 'nama', odd = 'pink', even = 'red' }\n",
    )
    with pytest.raises(TemplateError) as caught:
        load_template(UPRIGHT + block, KINDS["ktp"])
    assert [fault.split("background: ")[1][:24] for fault in caught.value.faults] == [
        "field must be one of tan",
        "odd must be one of red, ",
    ]


def test_only_a_template_that_dithers_its_photo_takes_a_ribbon_without_dyes(renderer):
    with pytest.raises(UnfitRibbonError, match="photo"):
        renderer.plate("ktp", CARD, "ko")
    dithered = own(UPRIGHT_BLOCKS.replace("height = 30\n", 'height = 30\nmono = "dither"\n'), kind="ktp", card=UPRIGHT)
    assert dithered.plate("ktp", CARD, "ko").planes.inks == "ko"


MOVING = """
[[text]]
name = "data"
x = 5
y = 15
width = 60
height = 30
sizes = [8]
pitch = [3]
columns = { colon = 15, value = 18 }
rows = [ { label = "Satu", text = "{line_1}", lines = 2 }, { label = "Dua", text = "{line_2}" } ]
"""
BESIDE = """
[[text]]
name = "over it"
x = 30
y = 30
width = 30
height = 8
sizes = [8]
pitch = [3]
rows = [ { text = "TETAP" }, { text = "{line_3}", lines = 2 } ]
"""


@pytest.mark.parametrize("text", [MOVING + BESIDE, BESIDE + MOVING])
def test_rows_that_move_take_no_other_text_with_them(text):
    renderer = own(text)
    fields = {"title": "CONTOH", "line_3": "JUGA", "line_2": "X"}
    there = np.s_[round(CARD.y(30)) : round(CARD.y(38)), round(CARD.x(30)) : round(CARD.x(60))]
    short = drawn(renderer, Content(fields | {"line_1": "PENDEK"}, None, None))[0]["k"]
    long = drawn(renderer, Content(fields | {"line_1": "PANJANG " * 4}, None, None))[0]["k"]
    assert short[there].any()
    assert (long[there] == short[there]).all()


def test_rows_that_move_take_no_signature_with_them():
    card = """
[[text]]
name = "name"
x = 5
y = 10
width = 60
height = 30
sizes = [6]
pitch = [3]
columns = { colon = 15, value = 18 }
rows = [ { label = "Nama", text = "{nama}", lines = 2 } ]
[photo]
x = 66
y = 5
width = 16
height = 20
[signature]
x = 40
y = 25
width = 20
height = 10
"""
    renderer = own(card, kind="ktp")
    there = np.s_[round(CARD.y(25)) : round(CARD.y(35)), round(CARD.x(40)) : round(CARD.x(60))]
    inks = [
        drawn(renderer, Content(FIELDS | {"nama": name}, photo(), signature()), kind="ktp")[0]["k"][there]
        for name in ("BUDI", "BUDI SANTOSO KUSUMA WARDHANA PRATAMA NUSANTARA ABADI")
    ]
    assert inks[0].any()
    assert (inks[0] == inks[1]).all()


def test_a_place_thinner_than_a_pixel_is_one_pixel():
    card = TITLE.replace("{title}", "{nama}") + "".join(
        f"[{what}]\nx = {x}\ny = 20\nwidth = 0.01\nheight = 20\n" for what, x in (("photo", 20), ("signature", 40))
    )
    assert drawn(own(card, kind="ktp"), Content(FIELDS, photo(), signature()), kind="ktp")[0]["y"].any()
