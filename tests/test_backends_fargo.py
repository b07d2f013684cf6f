"""The Fargo language: its streams against HID's, byte for byte; sections, sides, and the length that must not be."""

import pytest
from attrs import evolve

from fargo_streams import HID, colour_card, hid, ours, planes_of, planes_of_stream
from language_contract import TIME, LanguageContract, joined, random_planes, whole
from spooler.backends.fargo import FAMILY, HEIGHT, WIDTH
from spooler.backends.fargo_packets import Command, command
from spooler.backends.simulator.fargo_decoder import read
from spooler.model.picture import Picture, Planes, Plate, Rectangle
from spooler.model.verdict import Grade

MODEL = FAMILY.models["dtc4500e"]
DYES = FAMILY.language("dtc4500e", "YMCKO")
RESIN = FAMILY.language("dtc4500e", "K")
BOTH = FAMILY.language("dtc4500e", "YMCKOK")
CALIBRATE = "46670000200001000000000000001100000000000000" + "00" * 16 + "6550"
LAMINATION = CALIBRATE.replace("11", "13")
CLEAN = "46670000200001000000000000001400000008000000" + "00" * 16 + "6550"


class TestFargoKeepsTheContract(LanguageContract):
    family = FAMILY


def spliced(language, planes, areas):
    """The card as nothing but changes to an empty plate."""
    blank = Plate("blank", Planes.blank(planes.geometry, planes.inks))
    return language.splice(language.compile(blank), Picture(blank, planes, areas), TIME)


HALVES = (Rectangle(0, 0, 500, HEIGHT), Rectangle(500, 0, WIDTH - 500, HEIGHT))


@pytest.mark.parametrize("name", HID)
def test_hids_own_jobs_come_back_byte_for_byte(name):
    stream = hid(name)
    language = FAMILY.language("dtc4500e", HID[name])
    planes = planes_of_stream(stream, MODEL.geometry, MODEL.inks[HID[name]])
    assert joined(whole(language, planes)) == stream
    assert joined(spliced(language, planes, HALVES)) == stream


def test_the_colour_cards_stream_comes_back_byte_for_byte():
    planes = colour_card(MODEL.geometry)
    card = whole(DYES, planes)
    assert joined(card) == ours()
    assert joined(spliced(DYES, planes, HALVES)) == ours()
    # nothing of it can move a card before the job section, and that may
    assert ours()[: card.moves_at] == b"Fs\1\0\0\0ePFs\1\0\10\0" + bytes(8) + b"eP"


def test_the_card_of_every_model_is_the_same():
    planes = colour_card(MODEL.geometry)
    for name, model in FAMILY.models.items():
        assert joined(whole(FAMILY.language(name, "YMCKO"), planes)) == ours()
        assert model.grade is Grade.SENT


@pytest.mark.parametrize(
    ("what", "stream"),
    [(Command.CALIBRATE_RIBBON, CALIBRATE), (Command.CALIBRATE_LAMINATION, LAMINATION), (Command.CLEAN, CLEAN)],
)
def test_command_jobs_are_hids(what, stream):
    assert command(what).hex() == stream


def test_a_resin_panel_ends_with_its_last_line_and_keeps_its_first_empty_ones():
    planes = Planes.blank(MODEL.geometry, "k")
    planes["k"][300 * WIDTH + 40] = planes["k"][17 * WIDTH + 699] = 255
    stream = joined(whole(RESIN, planes))
    (panel,) = read(stream)[0].panels
    assert (panel.first, sum(repeat for repeat, _ in panel.rows)) == (0, 700)
    assert panel.plane == planes["k"]


def test_a_resin_panel_without_ink_is_one_empty_line():
    (panel,) = read(joined(whole(RESIN, Planes.blank(MODEL.geometry, "k"))))[0].panels
    assert panel.rows == ((1, bytes(768)),)


@pytest.mark.parametrize("first", [0, 1, 3, 671, WIDTH - 1])
def test_a_back_begins_at_its_first_line(first):
    front = random_planes(MODEL.geometry, "ymcko", 1)
    back = Planes.blank(MODEL.geometry, "k")
    back["k"][200 * WIDTH + first] = 255
    (fronts, backs) = (Plate("front", front), Plate("back", back))
    card = BOTH.splice(
        BOTH.compile(fronts), Picture(fronts, front, ()), TIME, (BOTH.compile(backs), Picture(backs, back, ()))
    )
    job, end = read(joined(card))
    assert end == card.size
    assert (job.ribbon, job.both_sides, [(p.side, p.number) for p in job.panels]) == (
        8, True, [(1, 1), (1, 2), (1, 3), (1, 4), (1, 7), (2, 4)],
    )  # fmt: skip
    assert (job.panels[-1].first, sum(repeat for repeat, _ in job.panels[-1].rows)) == (first, 1)
    assert planes_of(job, MODEL.geometry, "k", 2).buffers == back.buffers
    for ink in "ymck":
        assert job.planes(1)[ink] == front[ink]


def test_one_side_of_a_ribbon_for_two():
    planes = random_planes(MODEL.geometry, "ymcko", 3)
    job, _ = read(joined(whole(BOTH, planes)))
    assert (job.ribbon, job.both_sides, len(job.panels)) == (8, False, 5)


def test_a_back_where_it_has_no_place_is_refused():
    plate = Plate("p", Planes.blank(MODEL.geometry, "k"))
    picture = Picture(plate, plate.planes, ())
    with pytest.raises(ValueError, match="no panels for a card's back"):
        RESIN.splice(RESIN.compile(plate), picture, TIME, (RESIN.compile(plate), picture))
    front = Plate("p", Planes.blank(MODEL.geometry, "ymcko"))
    with pytest.raises(ValueError, match="other side"):
        BOTH.splice(BOTH.compile(plate), Picture(front, front.planes, ()), TIME)
    with pytest.raises(ValueError, match="planes"):
        DYES.compile(Plate("back", plate.planes))


def first_panel_bytes(stream):
    """Of its section, from its packets: those of the job section come before."""
    at, size = stream.index(b"Fg\1\0", stream.index(b"Fg\1\0") + 1), 0
    while True:
        length = int.from_bytes(stream[at + 4 : at + 6], "little")
        size += length
        at += length + 8
        if length < 512:
            return size


def test_a_section_is_never_a_multiple_of_512_and_decodes_all_the_same():
    planes = Planes.blank(MODEL.geometry, "ymcko")
    sizes = []
    for y in range(HEIGHT - 1, -1, -1):  # a byte more of the first line cannot be a run
        planes["y"][y * WIDTH] = 1 + y % 200
        stream = joined(whole(DYES, planes))
        sizes.append(first_panel_bytes(stream))
        if sizes[-1] in (511, 513, 514):
            assert read(stream)[0].planes(1)["y"] == planes["y"]
    at = sizes.index(511)
    assert sizes[at : at + 4] == [511, 514, 513, 514]


def test_planes_of_a_neighbours_size_are_refused():
    other = evolve(MODEL.geometry, width=WIDTH + 2)
    with pytest.raises(ValueError, match="1009 x 634"):
        RESIN.compile(Plate("p", Planes.blank(other, "k")))
