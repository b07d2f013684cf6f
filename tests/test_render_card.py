"""The card as a whole: what is on which panel, that nothing is clipped, and that a canvas comes back clean."""

import struct
import threading
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from invented import CARD, FIELDS, VILLAGES, person, photo, signature
from spooler.model.job import Content
from spooler.model.kinds import KINDS
from spooler.model.picture import Geometry, Planes
from spooler.render import (
    BadPictureError,
    MissingGlyphError,
    Renderer,
    TemplateError,
    TextDoesNotFitError,
    UnfitRibbonError,
    missing_glyph,
    proof,
)

SHARED = Renderer(specimen=False)
SIXTY = "MUHAMMAD NUR'AINI ABDURRAHMAN SULAIMAN KUSUMAWARDHANI-PRATAM"


@pytest.fixture(scope="module")
def renderer():
    return Renderer(specimen=False)


@pytest.fixture(scope="module")
def specimens():
    return Renderer(specimen=True)


@pytest.fixture(scope="module")
def fresh():
    """The usual person on a canvas that nobody used before."""
    return drawn(Renderer(specimen=True), person())[0]


def planes(picture_planes: Planes) -> dict[str, np.ndarray]:
    shape = (picture_planes.geometry.height, picture_planes.geometry.width)
    return {ink: np.frombuffer(bytes(picture_planes[ink]), np.uint8).reshape(shape) for ink in picture_planes.inks}


def drawn(renderer, content, kind="ktp", inks="ymcko", geometry=CARD):
    with renderer.draw(kind, geometry, inks, content) as picture:
        return planes(picture.planes), picture.rectangles


def area(x, y, width, height, geometry=CARD):
    """Pixels of millimetres."""
    return np.s_[
        round(geometry.y(y)) : round(geometry.y(y + height)), round(geometry.x(x)) : round(geometry.x(x + width))
    ]


PHOTO = np.s_[163 : 163 + 295, 742 : 742 + 236]  # 20 x 25 mm at 62.6, 13.4


def test_text_and_signature_are_resin_and_the_photo_is_dye(renderer):
    card, _ = drawn(renderer, person())
    assert set(np.unique(card["k"])) == {0, 255}
    assert (card["o"] == 255).all()
    for ink in "ymc":
        outside = card[ink].copy()
        outside[PHOTO] = 0
        assert not outside.any(), "the blank is pre-printed: no dye outside the photo"
    assert not card["k"][PHOTO].any()
    assert card["k"][area(64.6, 45.6, 16, 7)].any(), "the signature"


def test_the_photo_is_the_complement_of_what_came_in(renderer):
    image = Image.open(BytesIO(photo())).convert("RGB").crop((0, 12, 300, 387)).resize((236, 295), Image.Resampling.BOX)
    card, _ = drawn(renderer, person())
    dyes = np.stack([card[ink][PHOTO] for ink in "cmy"], axis=-1).astype(int)
    difference = np.abs(dyes - (255 - np.asarray(image).astype(int)))
    assert difference.mean() < 0.5, "another filter differs at edges only; the kernel's own test is exact"


@pytest.mark.parametrize("size", [(236, 295), (100, 125), (960, 1280), (900, 400), (17, 900)])
def test_a_photo_of_any_shape_covers_its_place(renderer, size):
    card, _ = drawn(renderer, Content(FIELDS, photo(*size, ground=(20, 40, 200))))
    assert (card["c"][PHOTO] > 20).all(), "no white edge: red 214 at most stands in this photo"


@pytest.mark.parametrize("mode", ["L", "1", "RGBA", "P", "RGB", "LA"])
def test_signatures_of_every_mode_are_black_on_nothing(renderer, mode):
    card, _ = drawn(renderer, Content(FIELDS, photo(), signature(mode=mode)))
    ink = card["k"][area(64.6, 45.6, 16, 7)] == 255
    assert 0.02 < ink.mean() < 0.3


def png16(grey, clear=None):
    """400 x 200 in 16-bit grey: white, with a bar of `grey`."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + struct.pack(">400H", *[65535] * 100, *[grey] * 200, *[65535] * 100)
    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", 400, 200, 16, 0, 0, 0, 0))]
    if clear is not None:
        parts.append(chunk(b"tRNS", struct.pack(">H", clear)))
    return b"\x89PNG\r\n\x1a\n" + b"".join([*parts, chunk(b"IDAT", zlib.compress(row * 200)), chunk(b"IEND", b"")])


@pytest.mark.parametrize(
    ("grey", "clear", "there"),
    [(0, None, True), (0x2000, None, True), (0x9FFF, None, True), (0xC000, None, False),
     (0x2000, 0x2000, False), (0x2000, 0x2001, True)],
)  # fmt: skip
def test_a_signature_of_sixteen_bits_is_not_taken_for_paper(renderer, grey, clear, there):
    card, _ = drawn(renderer, Content(FIELDS, photo(), png16(grey, clear)))
    ink = card["k"][area(64.6, 45.6, 16, 7)] == 255
    assert ink.any() == there


def test_a_photo_of_endless_scans_is_refused_before_it_is_decoded(renderer):
    picture = BytesIO()
    Image.new("RGB", (300, 400), (90, 40, 40)).save(picture, "JPEG", progressive=True)
    plain = picture.getvalue()
    drawn(renderer, Content(FIELDS, plain))
    last = plain[plain.rindex(b"\xff\xda") : -2]
    with pytest.raises(BadPictureError, match="scans"):
        drawn(renderer, Content(FIELDS, plain[:-2] + 100 * last + plain[-2:]))


def test_the_plate_and_the_rectangles_make_the_card(renderer, specimens):
    """Outside the rectangles the card is its plate: a language may splice there."""
    for source in (renderer, specimens):
        for content in (person(), person(nama=SIXTY, kel_desa=VILLAGES[0])):
            plate = source.plate("ktp", CARD, "ymcko")
            card, rectangles = drawn(source, content)
            for ink, expected in planes(plate.planes).items():
                expected = expected.copy()
                for r in rectangles:
                    part = np.s_[r.y : r.y + r.height, r.x : r.x + r.width]
                    expected[part] = card[ink][part]
                assert (expected == card[ink]).all()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "nama": st.text("ABC '-", max_size=60),
                "alamat": st.text("JL. 1/2-", max_size=120),
                "kel_desa": st.sampled_from(VILLAGES),
                "golongan_darah": st.sampled_from(["O", "AB+", "TIDAK TAHU"]),
            }
        ),
        min_size=2,
        max_size=3,
    ),
    st.booleans(),
)
def test_no_card_leaves_a_trace_on_the_next(specimens, fresh, people, with_photo):
    """Whatever was drawn before, and however it ended, a card is what it would be on a fresh canvas."""
    for fields in people:
        content = Content({**FIELDS, **fields}, photo() if with_photo else b"broken", signature())
        try:
            drawn(specimens, content)
        except (TextDoesNotFitError, BadPictureError):
            pass
    again, _ = drawn(specimens, person())
    for ink, plane in fresh.items():
        assert (plane == again[ink]).all()


def test_labels_that_were_pushed_down_are_not_left_where_they_were(renderer):
    """A two-line name moves every row below it by one line, labels too."""
    one, _ = drawn(renderer, person(nama="A"))
    two, _ = drawn(renderer, person(nama=SIXTY))
    labels = area(3.0, 16.4, 18.0, 37.0)
    first = np.flatnonzero(one["k"][labels].any(axis=1))
    second = np.flatnonzero(two["k"][labels].any(axis=1))
    assert second[0] > first[0] + 20
    assert (one["k"][labels] == 255).sum() == (two["k"][labels] == 255).sum(), "every label is there once"


@pytest.mark.parametrize("village", VILLAGES)
def test_the_longest_names_are_set_whole(renderer, village):
    fields = {
        "nama": SIXTY,
        "kel_desa": village,
        "agama": "KEPERCAYAAN TERHADAP TUHAN YANG MAHA ESA",
        "alamat": "PERUM. BUKIT INDAH SENTOSA BLOK C-12 NO. 7, JALAN RAYA TANJUNG UNCANG",
        "kota": "KABUPATEN ADMINISTRASI KEPULAUAN SERIBU",
        "tempat_terbit": "KABUPATEN ADMINISTRASI KEPULAUAN SERIBU",
    }
    card, _ = drawn(renderer, person(**fields))
    edge = card["k"].copy()
    edge[area(1.5, 1.5, 82.6, 50.98)] = 0
    assert not edge.any(), "nothing within 1.5 mm of the edge"
    assert not card["k"][area(62.0, 13.4, 22.0, 25.0)].any(), "nothing runs into the photo"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("nama", "A" * 60),  # no word break
        ("kel_desa", "W" * 30 + " " + "W" * 30 + " W"),
        ("rt_rw", "001/002 " * 8),
        ("provinsi", "W" * 50),
    ],
)
def test_what_does_not_fit_is_refused_and_never_cut(renderer, field, text):
    with pytest.raises(TextDoesNotFitError) as caught, renderer.draw("ktp", CARD, "ymcko", person(**{field: text})):
        pass
    assert caught.value.field == f"fields.{field}"
    assert caught.value.width_mm > caught.value.room_mm > 10
    assert text not in str(caught.value)


def test_rows_that_fall_off_the_card_are_refused(renderer):
    long = dict.fromkeys(("nama", "alamat", "kel_desa", "kecamatan", "pekerjaan", "kewarganegaraan"), VILLAGES[0])
    with pytest.raises(TextDoesNotFitError), renderer.draw("ktp", CARD, "ymcko", person(**long)):
        pass


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("photo", b""),
        ("photo", b"\xff\xd8\xff\xe0 no picture"),
        ("photo", photo()[:4000]),
        ("photo", signature()),
        ("signature", photo()),
        ("signature", signature()[:300]),
        ("signature", signature(2000, 1001)),
        ("signature", b"\x89PNG\r\n\x1a\n"),
    ],
)
def test_bad_pictures(renderer, field, data):
    pictures = {"photo": photo(), "signature": signature(), field: data}
    with pytest.raises(BadPictureError) as caught, renderer.draw("ktp", CARD, "ymcko", Content(FIELDS, **pictures)):
        pass
    assert caught.value.field == field


@settings(max_examples=60, deadline=None)
@given(st.integers(33, 900), st.binary(min_size=1, max_size=6))
def test_a_damaged_signature_is_refused_or_drawn(at, other):
    data = signature()
    content = Content(FIELDS, photo(40, 50), data[:at] + other + data[at + len(other) :])
    try:
        card, _ = drawn(SHARED, content)
    except BadPictureError:
        return
    assert set(np.unique(card["k"])) == {0, 255}


def test_dates_are_turned_round(renderer):
    """A date shows as day, month, year: the card equals one whose field holds that very text."""
    turned, _ = drawn(renderer, person(tanggal_lahir="1999-08-17", berlaku_hingga="2031-02-03"))
    plain, _ = drawn(renderer, person(tanggal_lahir="17-08-1999", berlaku_hingga="03-02-2031"))
    assert (turned["k"] == plain["k"]).all()
    other, _ = drawn(renderer, person(tanggal_lahir="1999-08-18", berlaku_hingga="2031-02-03"))
    assert (turned["k"] != other["k"]).any()


def test_a_specimen_says_so_in_dye_under_crisp_text(renderer, specimens):
    plain, _ = drawn(renderer, person())
    marked, _ = drawn(specimens, person())
    assert (plain["k"] == marked["k"]).all(), "the mark never touches the text"
    for ink in "ymc":
        assert not marked[ink][marked["k"] == 255].any(), "no dye under resin"
        assert 0.05 < (marked[ink] != plain[ink]).mean() < 0.4
        assert 0.05 < (marked[ink][PHOTO] != plain[ink][PHOTO]).mean() < 0.5, "over the photo too"
    bare, _ = drawn(specimens, Content({"title": "X"}), kind="selftest", inks="k")
    clean, _ = drawn(renderer, Content({"title": "X"}), kind="selftest", inks="k")
    assert (bare["k"] != clean["k"]).sum() > 2000, "without dyes it is a screen of resin dots"


def test_ribbons(renderer):
    for inks in ("ko", "k", "ymcko", "ymck"):
        card, _ = drawn(renderer, Content({"title": "UJI"}), kind="selftest", inks=inks)
        assert list(card) == list(inks)
    with pytest.raises(UnfitRibbonError, match="photo"):
        renderer.plate("ktp", CARD, "ko")
    with pytest.raises(UnfitRibbonError, match="k panel"):
        renderer.plate("selftest", CARD, "ymco")
    for inks in ("", "kymc", "ymcx", "kk"):
        with pytest.raises(ValueError, match="inks must be"):
            renderer.plate("selftest", CARD, inks)
    with pytest.raises(KeyError):
        renderer.plate("passport", CARD, "ymcko")


def test_a_geometry_smaller_than_the_card_is_refused(renderer):
    with pytest.raises(TemplateError, match="narrow"):
        renderer.plate("ktp", Geometry("narrow", 600, 648, 300, 0.2, 0.4), "ymcko")


def test_a_plate_is_known_by_its_pixels(renderer, specimens):
    plate = renderer.plate("ktp", CARD, "ymcko")
    assert renderer.plate("ktp", CARD, "ymcko") is plate
    assert Renderer(specimen=False).plate("ktp", CARD, "ymcko").id == plate.id
    shifted = Geometry(CARD.name, CARD.width, CARD.height, CARD.dpi, CARD.bleed_x_mm + 0.2, CARD.bleed_y_mm)
    others = {
        specimens.plate("ktp", CARD, "ymcko").id,
        renderer.plate("ktp", CARD, "ymck").id,
        renderer.plate("ktp", shifted, "ymcko").id,
        renderer.plate("selftest", CARD, "ymcko").id,
        plate.id,
    }
    assert len(others) == 5


def test_the_proof_is_what_the_planes_print(renderer):
    with renderer.draw("ktp", CARD, "ymcko", person()) as picture:
        image = np.asarray(proof(picture.planes)).astype(int)
        card = planes(picture.planes)
    for channel, ink in enumerate("cmy"):
        assert (image[..., channel] == np.where(card["k"] == 255, 0, 255 - card[ink].astype(int))).all()
    blank = proof(Planes.blank(CARD, "o"))
    assert blank.size == (1016, 648)
    assert blank.getextrema() == ((255, 255),) * 3


def test_no_more_canvases_than_allowed_and_the_next_one_waits():
    renderer = Renderer(specimen=False, canvases=2)
    lent = threading.Semaphore(0)
    end = threading.Event()
    buffers = []

    def one(kind, content):
        with renderer.draw(kind, CARD, "ymcko", content) as picture:
            buffers.append(id(picture.planes.buffers[0]))
            lent.release()
            end.wait(10)

    threads = [threading.Thread(target=one, args=("ktp", person())) for _ in range(2)]
    threads += [threading.Thread(target=one, args=("selftest", Content({"title": "X"})))]
    for thread in threads[:2]:
        thread.start()
    for _ in range(2):
        assert lent.acquire(timeout=10)
    threads[2].start()
    assert not lent.acquire(timeout=0.1), "both are lent"
    assert len(set(buffers)) == 2
    end.set()
    assert lent.acquire(timeout=10), "the third goes on, on a canvas of another plate"
    for thread in threads:
        thread.join(10)


def test_threads_draw_the_same_cards(renderer):
    expected, _ = drawn(renderer, person())
    bad = []

    def work(n):
        for _ in range(5):
            card, _ = drawn(renderer, person(nama=SIXTY) if n % 2 else person())
            if n % 2 == 0 and any((card[ink] != expected[ink]).any() for ink in "ymck"):
                bad.append(n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not bad


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("BUDI", None),
        ("JOSÉ Ñ 'É-Ü", None),
        ("日本", "日"),
        ("A\nB", "\n"),
        ("X\u0301", "\u0301"),
        ("\u00ad", "\u00ad"),
    ],
)
def test_missing_glyphs(renderer, text, found):
    fields = {**FIELDS, "nama": text}
    assert missing_glyph("ktp", fields) == (found and ("nama", found))
    if found is None:
        drawn(renderer, person(nama=text))
    else:
        with pytest.raises(MissingGlyphError) as caught, renderer.draw("ktp", CARD, "ymcko", person(nama=text)):
            pass
        assert caught.value.field == "fields.nama"
        assert f"U+{ord(found):04X}" in str(caught.value)
        assert text not in str(caught.value)


def test_every_kind_has_a_template_that_shows_all_its_fields(renderer):
    """Changing any one field changes the card."""
    for kind in KINDS.values():
        fields = {f.name: "1" * min(f.longest, 3) for f in kind.fields}
        before, _ = drawn(renderer, Content(fields, photo()), kind=kind.name)
        for name in fields:
            after, _ = drawn(renderer, Content({**fields, name: "2"}, photo()), kind=kind.name)
            assert (before["k"] != after["k"]).any(), name
