"""The Magicard language: its streams against the vendor's driver's and Gutenprint's, its pictures through a decoder of
its own, its conversations against canned replies."""

import gzip
import re
from itertools import chain, repeat
from pathlib import Path

import numpy as np
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from language_contract import TIME, LanguageContract, copy_of, drive, joined, whole
from magicard_decoder import GarbageError, decode
from spooler.backends import magicard
from spooler.backends.contract import EncodedCard, Exchange, LanguageError, Model, Pause, Report
from spooler.backends.magicard import CARD_SECONDS, FAMILY, POLL, RESET
from spooler.backends.magicard_status import ADVICE, LOST, WAITS, parse_status
from spooler.backends.tcp import open_transport
from spooler.cli.people_of_kinds import job_of
from spooler.daemon.conversation import Progress
from spooler.daemon.conversation import drive as converse
from spooler.model.job import Content
from spooler.model.picture import Picture, Planes, Plate, Rectangle
from spooler.model.printer import PrinterState, Supply
from spooler.model.reasons import REASONS
from spooler.model.verdict import Reach
from spooler.render import Renderer

DATA = Path(__file__).parent / "data"
WIDTH, HEIGHT = 1016, 642
PRINTERS = [(model, ribbon) for model in FAMILY.models for ribbon in FAMILY.models[model].inks]


def coated(planes, seed):
    """An overlay that a printer can be told of: an area, and up to two holes apart from each other in it."""
    noise = np.random.default_rng(seed)
    coat = np.zeros((HEIGHT, WIDTH), np.uint8)
    if seed % 5:
        x, y = noise.integers(0, 300, 2)
        coat[y : y + 300, x : x + 600] = 255
        coat[y + 10 : y + 90, x + 20 : x + 250] = 0
        coat[y + 40 : y + 200, x + 300 : x + 310] = 0
    if seed % 5 == 1:
        coat[:] = 255
    planes["o"][:] = coat.tobytes()


class TestMagicardKeepsTheContract(LanguageContract):
    family = FAMILY
    changing = "ymck"  # of the overlay only what is one area with few holes: tested below

    def random_planes(self, language, seed, inks=None):
        planes = super().random_planes(language, seed, inks)
        if "o" in planes.inks:
            coated(planes, seed)
        return planes


def reference(name):
    return gzip.decompress((DATA / f"magicard_{name}.gz").read_bytes())


def planes_of(job, model, ribbon):
    """What a decoder read, as planes to encode; a dye of 6 bits in the upper bits, noise in the lower two."""
    planes = Planes.blank(FAMILY.models[model].geometry, FAMILY.models[model].inks[ribbon])
    low = np.random.default_rng(1).integers(0, 4, (HEIGHT, WIDTH), np.uint8)
    for ink, pixels in job.planes.items():
        planes[ink][:] = ((pixels * 255) if ink == "k" else (pixels << 2 | low)).astype(np.uint8).tobytes()
    if job.overlay is not None:
        planes["o"][:] = (job.overlay * 255).tobytes()
    return planes


@pytest.mark.parametrize(
    ("name", "model", "before"), [("enduro", "enduro-holokote", POLL * 2), ("rio2e", "rio2e", b"")]
)
def test_the_drivers_stream_comes_back_byte_for_byte(name, model, before):
    stream = reference(f"{name}.prn")
    assert stream.startswith(before)
    job = decode(stream[len(before) :])
    planes = planes_of(job, model, "YMCKO")
    time = int(re.search(rb",TDT([0-9A-F]{8}),", stream)[1], 16)
    language = FAMILY.language(model, "YMCKO")

    plate = Plate("reference", planes)
    card = language.splice(language.compile(plate), Picture(plate, planes, ()), time)
    assert before + joined(card) == stream
    assert joined(card)[card.moves_at :].startswith(b"\x01,NOC1,")

    # and as nothing but changes to an empty plate
    blank = Plate("blank", Planes.blank(planes.geometry, planes.inks))
    areas = (Rectangle(0, 0, 500, HEIGHT), Rectangle(500, 0, 516, HEIGHT))
    card = language.splice(language.compile(blank), Picture(blank, planes, areas), time)
    assert before + joined(card) == stream


def test_without_the_watermark_only_its_tags_differ():
    """The driver prints its maker's watermark unless told otherwise; the model `enduro` does not."""
    stream = reference("enduro.prn")[2 * len(POLL) :]
    planes = planes_of(decode(stream), "enduro", "YMCKO")
    time = int(re.search(rb",TDT([0-9A-F]{8}),", stream)[1], 16)
    plate = Plate("reference", planes)
    language = FAMILY.language("enduro", "YMCKO")
    ours = joined(language.splice(language.compile(plate), Picture(plate, planes, ()), time))
    assert ours == stream.replace(b"USFON,HKT1,CKION,HKMFFFFFF,TRO0", b"USFOFF")


def test_the_drivers_streams_hold_the_pictures_they_were_made_from():
    """A decoder that errs as the encoder does would show here. Both drivers change pixels along
    edges, the one because it sharpens."""
    raster = reference("enduro_in.cupsraster")
    picture = np.frombuffer(raster[1800:], np.uint8).reshape(1015, 641, 3)[::-1, ::-1]  # rows are the head's lines
    job = decode(reference("enduro.prn")[2 * len(POLL) :])
    assert (job.outside, sorted(job.planes)) == (0, ["c", "m", "y"])
    assert job.overlay is not None
    assert job.overlay.all()
    for channel, ink in enumerate("cmy"):
        dye = (255 - picture[:, :, channel]) >> 2
        # line 0 and row 641 are beyond the driver's raster; a raster row holds a card's row 640 first
        assert not job.planes[ink][:, 0].any()
        assert not job.planes[ink][641].any()
        assert (job.planes[ink][:641, 1:] == dye[:, ::-1].T).mean() > 0.97

    portrait = np.asarray(Image.open(DATA / "magicard_rio2e_in.png").convert("RGB"))
    job = decode(reference("rio2e.prn"))
    assert job.outside == 0
    dyes = (255 - portrait) >> 2
    resin = (dyes == 63).all(axis=2)
    assert (job.planes["k"] == resin[:, ::-1].T).mean() > 0.999
    for channel, ink in enumerate("cmy"):
        dye = np.where(resin, 0, dyes[:, :, channel])
        assert (job.planes[ink] == dye[:, ::-1].T).mean() > 0.99


@given(st.sampled_from(PRINTERS), st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_what_is_drawn_is_what_the_printer_reads(printer, seed):
    model, ribbon = printer
    language = FAMILY.language(model, ribbon)
    planes = TestMagicardKeepsTheContract().random_planes(language, seed)
    job = decode(joined(whole(language, planes)))
    assert job.outside == 0
    assert set(job.planes) <= set(planes.inks)
    for ink in planes.inks:
        drawn = np.frombuffer(planes[ink], np.uint8).reshape(HEIGHT, WIDTH)
        if ink == "o":
            read = job.overlay if job.overlay is not None else np.zeros((HEIGHT, WIDTH), np.uint8)
            assert (read * 255 == drawn).all()
        else:
            read = job.planes.get(ink, np.zeros((HEIGHT, WIDTH), np.uint8))
            assert (read == (drawn >> 7 if ink == "k" else drawn >> 2)).all()


@pytest.mark.parametrize("kind", ["ktp", "kia-5-17"])
def test_a_citizens_card_is_read_as_it_was_drawn(kind):
    """Drawn, spliced onto its plate, and taken apart by the decoder: every pixel of dye, resin and overlay."""
    person = job_of(kind, 3, "21.71.11")
    renderer = Renderer(specimen=True, canvases=1)
    content = Content(person["fields"], person.get("photo"), person.get("signature"))
    for model in FAMILY.models:
        language = FAMILY.language(model, "YMCKO")
        inks = language.model.inks["YMCKO"]
        with renderer.draw(kind, language.model.geometry, inks, content) as picture:
            assert picture.rectangles
            drawn = {ink: np.frombuffer(bytes(picture.planes[ink]), np.uint8).reshape(HEIGHT, WIDTH) for ink in inks}
            job = decode(joined(language.splice(language.compile(picture.plate), picture, TIME)))
        for ink in set(inks) - {"o"}:
            assert (job.planes[ink] == drawn[ink] >> (7 if ink == "k" else 2)).all()
            assert job.planes[ink].any()
        assert (job.overlay * 255 == drawn["o"]).all()


def test_planes_that_print_nothing_are_left_out():
    language = FAMILY.language("enduro", "YMCKO")
    planes = Planes.blank(language.model.geometry, "ymcko")
    stream = joined(whole(language, planes))
    assert b",IMFK," in stream, "a blank card is one of blank resin"
    assert b",OVROFF,ICC0,DDD50,SZK97536\x1c" in stream
    planes["y"][7] = 3  # less than the head's first step
    assert b",IMFK," in joined(whole(language, planes))
    planes["m"][7] = 4
    assert b",IMFBGR," in joined(whole(language, planes)), "one dye: all three"
    planes["k"][9] = 255
    assert b",IMFBGRK," in joined(whole(language, planes))
    planes["m"][7] = 0
    stream = joined(whole(language, planes))
    assert b",IMFK," in stream
    assert decode(stream).planes["k"].sum() == 1

    marked = Plate("marked", copy_of(planes))
    planes["k"][9] = 0
    planes["c"][9] = 255
    card = language.splice(language.compile(marked), Picture(marked, planes, (Rectangle(9, 0, 1, 1),)), TIME)
    assert b",IMFBGR," in joined(card)
    assert joined(card) == joined(whole(language, planes))


def test_only_changed_lines_are_encoded_anew():
    language = FAMILY.language("enduro", "YMCKO")
    planes = TestMagicardKeepsTheContract().random_planes(language, 3)
    plate = Plate("p", planes)
    areas = (Rectangle(100, 7, 30, 9), Rectangle(130, 300, 20, 2), Rectangle(110, 0, 5, 5), Rectangle(900, 0, 10, 1))
    card = language.splice(language.compile(plate), Picture(plate, planes, areas), TIME)
    fresh = [len(part) for part in card.parts if isinstance(part, memoryview) and not part.readonly]
    assert fresh == [50 * 576, 10 * 576] * 3 + [50 * 96, 10 * 96]


# --- the overlay


def overlaid(*boxes):
    """Planes with an overlay of rectangles (x, y, width, height, value)."""
    planes = Planes.blank(FAMILY.models["enduro"].geometry, "ymcko")
    coat = np.zeros((HEIGHT, WIDTH), np.uint8)
    for x, y, width, height, value in boxes:
        coat[y : y + height, x : x + width] = value
    planes["o"][:] = coat.tobytes()
    return planes


WHOLE = (0, 0, WIDTH, HEIGHT, 255)


@pytest.mark.parametrize(
    ("boxes", "tags"),
    [
        ([WHOLE], "PCT0,0,1015,641,ICC0"),
        ([(100, 0, 916, HEIGHT, 255)], "PCT100,0,1015,641,ICC0"),
        ([WHOLE, (90, 191, 171, 156, 0)], "PCT0,0,1015,641,NCT90,295,260,450,ICC0"),  # the driver's hole for a chip
        ([WHOLE, (0, 51, WIDTH, 171, 0)], "PCT0,0,1015,641,NCT0,420,1015,590,ICC0"),  # and for a stripe
        ([WHOLE, (10, 10, 5, 5, 0), (30, 12, 5, 5, 0)], "PCT0,0,1015,641,NCT10,627,14,631,NCT30,625,34,629,ICC0"),
        ([(5, 6, 1, 1, 255)], "PCT5,635,5,635,ICC0"),
    ],
)
def test_an_overlay_is_an_area_with_holes(boxes, tags):
    language = FAMILY.language("enduro", "YMCKO")
    planes = overlaid(*boxes)
    stream = joined(whole(language, planes))
    assert b",OVRON,NNNOFF,USFOFF," + tags.encode() + b"," in stream
    assert (decode(stream).overlay * 255).tobytes() == planes["o"]
    # and where only the job says so
    plate = Plate("bare", overlaid())
    areas = (Rectangle(0, 0, WIDTH, HEIGHT, "o"),)
    assert joined(language.splice(language.compile(plate), Picture(plate, planes, areas), TIME)) == stream


@pytest.mark.parametrize(
    "boxes",
    [
        [WHOLE, *[(100 * n, 50, 20, 20, 0) for n in range(1, 4)]],  # three holes
        [(0, 0, 400, 200, 255), (500, 300, 400, 300, 255)],  # two areas
        [WHOLE, (0, 0, 1, 1, 0), (1, 1, 1, 1, 0), (2, 2, 1, 1, 0)],  # a slope
    ],
)
def test_an_overlay_that_the_printer_cannot_be_told_is_refused(boxes):
    language = FAMILY.language("enduro", "YMCKO")
    planes = overlaid(*boxes)
    with pytest.raises(ValueError, match="overlay is not one rectangle"):
        language.compile(Plate("p", planes))
    plate = Plate("bare", overlaid())
    areas = (Rectangle(0, 0, WIDTH, HEIGHT, "o"),)
    with pytest.raises(ValueError, match="overlay is not one rectangle"):
        language.splice(language.compile(plate), Picture(plate, planes, areas), TIME)


def test_a_back_is_refused():
    language = FAMILY.language("enduro", "K")
    plate = Plate("p", Planes.blank(language.model.geometry, "k"))
    compiled = language.compile(plate)
    picture = Picture(plate, plate.planes, ())
    with pytest.raises(ValueError, match="back"):
        language.splice(compiled, picture, TIME, back=(compiled, picture))


@pytest.mark.parametrize("cut", [1, 40, 700, 200_000, 585_500, -2])
def test_the_decoder_is_strict(cut):
    """Or it would judge nothing."""
    stream = reference("enduro.prn")[2 * len(POLL) :]
    with pytest.raises(GarbageError):
        decode(stream[:cut] + stream[cut + 1 :])


# --- conversations


def answer(cards=41, error=0, minor=0, since=10, every=500, shots=250, used=20, **other):
    fields = [
        "2", "Enduro", "1", "E1234567", "H99", "P77", "2.0.3", "3829", "0", cards, cards, 4 * cards, 3, 40, since,
        every, 50, 0, 0, error, minor, "E00401", shots, used, "LC1", 1016, 1016, 1016, 7, 0, 0, 0, 0, 0,
    ]  # fmt: skip
    for at, value in other.items():
        fields[int(at[1:])] = value
    return b"\x01STA$$" + ",".join(map(str, fields)).encode() + b"\x03"


CARD = EncodedCard((b"LEAD", b"JOB"), 7, 4)


def language():
    return FAMILY.language("enduro", "YMCKO")


def test_inquire_reads_every_fact_in_one_answer():
    steps, facts = drive(language().inquire(), iter([answer()]))
    assert [step.parts for step in steps] == [(b"\x01,REQ,INF,\x1c\x03",)]
    assert (facts.serial, facts.model, facts.firmware, facts.counter) == ("E1234567", "Enduro", "2.0.3", 41)
    assert facts.supplies == (Supply("ribbon", 230, 250),)
    assert facts.quiet
    assert facts.reasons == ()


def test_fields_may_be_parted_by_colons_and_the_end_may_have_a_1c():
    for reply in (answer().replace(b",", b":"), answer()[:-1] + b"\x1c\x03", answer()[:-1] + b",\x03"):
        assert drive(language().inquire(), iter([reply]))[1].counter == 41


@pytest.mark.parametrize(
    "reply",
    [
        b"", b"\x01STA$$\x03", b"STA$$" + answer()[6:], b"\x01STA$$1,2,3\x03", answer() + b"x", answer(cards="many"),
        answer(cards=""), answer(cards=10**10), answer(f3=""), answer(f3="E" * 65), answer(f3="\x07"),
        answer(error="-1"), answer(error=""), answer(cards="\u0661"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_a_language_error_that_quotes_nothing(reply):
    with pytest.raises(LanguageError) as caught:
        drive(language().inquire(), iter([reply]))
    assert "E1234567" not in str(caught.value)


def test_a_film_that_does_not_tell_is_no_supply():
    for changes in ({"shots": ""}, {"shots": 0}, {"used": "x"}):
        assert drive(language().inquire(), iter([answer(**changes)]))[1].supplies == ()
    assert drive(language().inquire(), iter([answer(used=300)]))[1].ribbon_left == 0


@pytest.mark.parametrize("number", sorted({*WAITS, *ADVICE, *LOST, 1, 14, 1024, 1028, 1050, 8191, 9002, 31337}))
def test_each_error_has_exactly_one_reason(number):
    """Also where it stands in the minor field; what is unknown is a fault."""
    for fields in ({"error": number}, {"minor": number}):
        facts = parse_status(answer(**fields)).facts
        (reason,) = facts.reasons
        assert reason in REASONS
        assert facts.fault == (number not in WAITS and number not in ADVICE)
        assert facts.state is (PrinterState.IDLE if number in ADVICE else PrinterState.STOPPED)
        assert not facts.quiet or number in ADVICE
    assert len({*WAITS, *ADVICE, *LOST}) == len(WAITS) + len(ADVICE) + len(LOST)


def test_cleaning_is_advised_when_it_is_due():
    assert parse_status(answer(since=500)).facts.reasons == ("cleaning-required",)
    assert parse_status(answer(since=499)).facts.reasons == ()
    assert parse_status(answer(since=499, every=0)).facts.reasons == ()


LEAST = FAMILY.models["enduro"].card_seconds("YMCKO")


def answers(*replies):
    """The replies, the last for ever."""
    return chain(replies, repeat(replies[-1]))


def test_a_card_goes_out_behind_a_question_and_is_followed_until_it_is_counted():
    replies = [answer(41)] * 60 + [answer(42, used=21)]
    steps, facts = drive(language().print_card(CARD), answers(*replies))
    assert steps[0].parts == (POLL, *CARD.parts)
    assert steps[0].moves_at == len(POLL) + 4
    asked = [step for step in steps[1:] if isinstance(step, Exchange)]
    assert [(step.parts, step.moves_at) for step in asked] == [((POLL,), None)] * 60
    assert all(step.whole(answer()) and not step.whole(answer()[:-1]) for step in (steps[0], *asked))
    assert (facts.counter, facts.fault, facts.ribbon_left) == (42, False, 229)
    assert sum(isinstance(step, Report) for step in steps) == 1


def test_a_counter_that_moves_early_is_not_believed_before_a_card_can_be_out():
    steps, facts = drive(language().print_card(CARD), answers(answer(41), answer(42)))
    assert (facts.counter, facts.fault) == (42, False)
    assert sum(step.seconds for step in steps if isinstance(step, Pause)) == LEAST
    _, facts = drive(language().print_card(CARD), answers(answer(41), *[answer(42)] * 9, answer(42, error=1026)))
    assert (facts.counter, facts.fault) == (42, True)


@pytest.mark.parametrize("number", [1026, 1038, 1042, 8191])
def test_a_lost_card_ends_the_conversation(number):
    _, facts = drive(language().print_card(CARD), answers(answer(), answer(), answer(error=number)))
    assert (facts.fault, facts.counter, facts.state) == (True, 41, PrinterState.STOPPED)


def test_an_empty_hopper_is_waited_for_and_reported_all_along():
    replies = [answer(), *[answer(error=1025)] * 1000, answer(), answer(42)]
    steps, facts = drive(language().print_card(CARD), answers(*replies), limit=10_000)
    assert (facts.counter, facts.fault) == (42, False)
    reports = [step.facts for step in steps if isinstance(step, Report)]
    assert [report.reasons for report in reports].count(("media-empty",)) == 1000


def test_a_card_that_never_comes_ends_with_the_counter_unmoved():
    steps, facts = drive(language().print_card(CARD), answers(answer()), limit=10_000)
    assert (facts.counter, facts.fault) == (41, False)
    assert sum(step.seconds for step in steps if isinstance(step, Pause)) == CARD_SECONDS
    assert FAMILY.models["enduro"].settle_seconds > CARD_SECONDS > LEAST


def test_a_reset_expects_no_answer_and_then_asks():
    steps, facts = drive(language().reset(), iter([b"", answer()]))
    assert steps[0].parts == (RESET,)
    assert (steps[0].reply_limit, steps[0].moves_at) == (0, None)
    assert facts.quiet


# --- over a real socket


class Toy:
    """A printer on loopback: it reads a connection to its end, takes jobs apart, counts each at its second question."""

    def __init__(self) -> None:
        self.cards, self.asked, self.error = 41, 0, 0
        self.held: list[bytes] = []
        self.printed = []

    async def serve(self, stream):
        async with stream:
            data = bytearray()
            async for chunk in stream:
                data += chunk
            if data == RESET:
                self.held.clear()
                return  # and no answer
            assert data.startswith(POLL)
            job = bytes(data[len(POLL) :])
            if job:
                self.held.append(job)
                self.asked = 0
            elif self.held and not self.error:
                self.asked += 1
                if self.asked == 2:
                    self.printed.append(decode(self.held.pop()))
                    self.cards += 1
            await stream.send_all(answer(self.cards, self.error))


async def test_a_card_through_the_tcp_transport(nursery, monkeypatch):
    monkeypatch.setattr(magicard, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(Model, "card_seconds", lambda model, ribbon: 0.05)
    toy = Toy()
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    nursery.start_soon(trio.serve_listeners, toy.serve, listeners)
    transport = open_transport(f"tcp://127.0.0.1:{listeners[0].socket.getsockname()[1]}")
    planes = TestMagicardKeepsTheContract().random_planes(language(), 6)
    card = whole(language(), planes)

    facts = await converse(language().reset(), transport)
    assert (facts.quiet, facts.counter) == (True, 41)
    progress = Progress()
    facts = await converse(language().print_card(card), transport, progress=progress)
    assert (facts.counter, facts.fault, progress.reach) == (42, False, Reach.WHOLE)
    (job,) = toy.printed
    assert (job.planes["k"] * 255).tobytes() == bytes(planes["k"])

    toy.error = 1026
    facts = await converse(language().print_card(card), transport, progress=progress)
    assert (facts.counter, facts.fault, facts.reasons) == (42, True, ("media-jam",))
    toy.error = 0
    facts = await converse(language().reset(), transport)
    assert toy.held == []
    assert (await converse(language().inquire(), transport)).counter == 42
