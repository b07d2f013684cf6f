"""The Fargo language against the simulated printer: over real TCP, where it says nothing, and over USB in memory, where
it is asked. What the language is told is what has befallen the machine."""

import hashlib
import json
import threading
from functools import partial

import pytest
import trio
from attrs import frozen

from fakeusb import FakeBackend, FakePrinter
from fargo_streams import colour_card, hid, ours
from language_contract import TIME, whole
from spooler.backends.contract import EncodedCard, LanguageError, LinkError
from spooler.backends.fargo import FAMILY
from spooler.backends.fargo_packets import Command, command
from spooler.backends.fargo_status import FAULTS, STOPS
from spooler.backends.simulator import Place, World, fault, stand, steady
from spooler.backends.simulator.fargo import FargoMachine, simulate
from spooler.backends.simulator.fargo_decoder import read
from spooler.backends.simulator.fargo_words import NUMBERS, SENSORS, SILENT, WAITING
from spooler.backends.simulator.things import ADVICE, LOSSES, REFUSALS, WAITS
from spooler.backends.tcp import open_transport
from spooler.backends.usb import UsbTransport
from spooler.daemon.conversation import Progress, drive
from spooler.model.picture import Picture, Planes, Plate
from spooler.model.printer import PrinterState
from spooler.model.reasons import REASONS
from spooler.model.verdict import Reach

LANGUAGE = FAMILY.language("dtc4500e", "YMCKO")
BOTH = FAMILY.language("dtc4500e", "YMCKOK")
CARD = EncodedCard((ours(),), len(ours()), 24)
DWELL = 0.1
#: what the two sensors whose names are guesses stand for
SENSED = {"cover-open": "cover-open", "feeder-empty": "media-empty"}


def ledger(world):
    path = world.directory / "cards.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


async def until_out(world, cards=1):
    """The machine draws its cards in threads, so it has its own end."""
    with trio.fail_after(10):
        while world.cards < cards:
            moment = trio.Event()
            world.on_moment = lambda which, moment=moment: moment.set()
            await moment.wait()
    world.on_moment = lambda which: None


@pytest.fixture
def quick(monkeypatch):
    """The printer's time made short: what it takes is not what is tested here."""
    monkeypatch.setattr(LANGUAGE, "_card_seconds", 3 * DWELL)
    monkeypatch.setattr("spooler.backends.fargo.POLL_SECONDS", 0.02)


# -- over TCP ----------------------------------------------------------------------------------------------------


@pytest.fixture
async def socket_bench(nursery, tmp_path, quick):
    world = World(tmp_path / "F-1", "F-1")
    port = await nursery.start(partial(stand, FargoMachine, world, pace=steady(DWELL)))
    return world, open_transport(f"tcp://127.0.0.1:{port}")


async def test_a_card_over_tcp_is_printed_and_nothing_is_said(socket_bench):
    world, link = socket_bench
    before = await drive(LANGUAGE.inquire(), link)
    assert (before.state, before.counter, before.reasons) == (PrinterState.IDLE, None, ())
    progress = Progress()
    facts = await drive(LANGUAGE.print_card(CARD), link, progress=progress)
    assert progress.reach is Reach.WHOLE
    assert (facts.counter, facts.quiet) == (None, True)
    await until_out(world)
    (line,) = ledger(world)
    assert line["sha256"] == hashlib.sha256(read(ours())[0].image().tobytes()).hexdigest()


async def test_hids_own_job_is_printed(socket_bench):
    world, link = socket_bench
    stream = hid("YMCKO")
    await drive(LANGUAGE.print_card(EncodedCard((stream,), len(stream), 24)), link)
    await until_out(world)


async def test_a_second_card_waits_in_the_printer_for_the_first(socket_bench):
    world, link = socket_bench
    await drive(LANGUAGE.print_card(CARD), link)
    await drive(LANGUAGE.print_card(CARD), link)
    await until_out(world, 2)
    assert world.loaded == world.feeder + world.hopper


async def test_a_link_cut_in_mid_card_moves_none(socket_bench):
    world, link = socket_bench
    world.cut_after = 9000
    progress = Progress()
    with pytest.raises(LinkError):
        await drive(LANGUAGE.print_card(CARD), link, progress=progress)
    assert progress.reach is not Reach.NONE, "what lies in a buffer may have arrived"
    facts = await drive(LANGUAGE.inquire(), link)
    assert facts.quiet
    assert (world.cards, world.feeder) == (0, 100)


async def test_a_printer_that_is_off_does_not_answer(socket_bench):
    world, link = socket_bench
    world.plugged = False
    with pytest.raises(LinkError):
        await drive(LANGUAGE.inquire(), link)


async def test_an_entry_point_serves_a_directory_and_knows_its_models(nursery, tmp_path):
    start = partial(simulate, directory=tmp_path / "S", serial="S", model="dtc1250e", dwell_seconds=0.05)
    port = await nursery.start(start)
    link = open_transport(f"tcp://127.0.0.1:{port}")
    assert (await drive(FAMILY.language("dtc1250e", "K").inquire(), link)).quiet
    with pytest.raises(ValueError, match="no Fargo 'hdp5000'; there are: dtc4500e"):
        FargoMachine(World(tmp_path / "T", "T"), nursery, pace=steady(DWELL), model="hdp5000")


# -- over USB ----------------------------------------------------------------------------------------------------


@frozen
class UsbBench:
    machine: FargoMachine
    place: Place
    device: FakePrinter
    link: UsbTransport

    @property
    def world(self):
        return self.machine.world

    async def print(self, language=LANGUAGE, card=CARD, reports=None):
        see = None if reports is None else lambda facts: reports.append(facts.reasons)
        return await drive(language.print_card(card), self.link, on_report=see)

    async def inquire(self):
        return await drive(LANGUAGE.inquire(), self.link)


@pytest.fixture
async def bench(nursery, tmp_path, quick):
    """A machine behind a device that reads what came when it is asked for its status: from the transport's thread."""
    machine = FargoMachine(World(tmp_path / "F-2", "F-2", ribbon_kind="YMCKO"), nursery, pace=steady(DWELL))
    device = FakePrinter("F-2", vendor=0x09B0, product=0xBF0C, whole=lambda data: 0)

    def beside(question):
        assert threading.current_thread() is not threading.main_thread()
        if device.waiting:
            size = machine.whole(bytes(device.waiting)) or len(device.waiting)
            data = bytes(device.waiting[:size])
            del device.waiting[:size]
            trio.from_thread.run(machine.handle, data)
        return machine.world.spoken(trio.from_thread.run_sync(machine.beside, question))

    device.beside = beside
    link = UsbTransport(0x09B0, "F-2", FakeBackend(device))
    yield UsbBench(machine, Place(machine, nursery), device, link)
    await link.aclose()


async def test_a_card_over_usb_is_printed_and_watched(bench):
    reports = []
    facts = await bench.print(reports=reports)
    assert (facts.state, facts.reasons, facts.fault, facts.counter) == (PrinterState.IDLE, (), False, None)
    assert reports == [()]
    await until_out(bench.world)
    assert bytes(bench.device.taken) == ours()


async def test_a_card_of_two_sides_is_printed_on_both(bench):
    geometry = BOTH.model.geometry
    front, back = colour_card(geometry), Planes.blank(geometry, "k")
    back["k"][1000:200_000] = b"\xff" * 199_000
    plates = Plate("front", front), Plate("back", back)
    card = BOTH.splice(
        BOTH.compile(plates[0]), Picture(plates[0], front, ()), TIME,
        (BOTH.compile(plates[1]), Picture(plates[1], back, ())),
    )  # fmt: skip
    bench.world.change_ribbon(100, "YMCKOK")
    await bench.print(card=card)
    await until_out(bench.world)
    (line,) = ledger(bench.world)
    assert line["sha256"] == hashlib.sha256(read(ours())[0].image().tobytes()).hexdigest()
    job, _ = read(b"".join(card.parts))
    assert line["back_sha256"] == hashlib.sha256(job.image(2).tobytes()).hexdigest()


def test_every_trouble_of_the_world_is_shown_in_one_way_or_not_at_all():
    everything = LOSSES | REFUSALS | WAITS | ADVICE
    assert NUMBERS.keys() | SENSORS.keys() | SILENT == everything
    assert len(NUMBERS) + len(SENSORS) + len(SILENT) == len(everything)


@pytest.mark.parametrize("trouble", sorted((LOSSES | REFUSALS | WAITS | ADVICE) - {"cooling"}))
async def test_every_trouble_is_exactly_one_reason_and_clears_by_itself(bench, trouble):
    bench.world.says.add(trouble)
    facts = await bench.inquire()
    if trouble in SILENT:
        assert facts.quiet
    else:
        number = NUMBERS.get(trouble)
        expected = (STOPS | FAULTS)[number] if number else (SENSORS.get(trouble) and facts.reasons[0]) or "device-fault"
        assert facts.reasons == (expected,)
        assert facts.reasons[0] in REASONS
        assert facts.state is PrinterState.STOPPED
        assert facts.fault is (trouble not in SENSORS and (number is None or number in FAULTS))
    bench.world.says.discard(trouble)
    assert (await bench.inquire()).quiet


async def test_an_empty_feeder_is_waited_for(bench):
    bench.world.says.add("feeder-empty")
    reports = []

    def see(facts):
        reports.append(facts.reasons)
        if facts.reasons:
            bench.world.load(10)

    facts = await drive(LANGUAGE.print_card(CARD), bench.link, on_report=see)
    assert facts.quiet
    assert reports == [("media-empty",), ()]
    await until_out(bench.world)


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("jam", "media-jam"),
        ("ribbon-breaks", "ribbon-fault"),
        ("head-hot", "device-fault"),
        ("feed-fails", "feed-fault"),
    ],
)
async def test_a_lost_card_is_a_fault_until_somebody_has_cleared_it(bench, what, reason):
    bench.place.arm(fault(what))
    facts = await bench.print()
    assert (facts.fault, facts.reasons) == (True, (reason,))
    assert bench.world.cards == 0
    assert (await bench.inquire()).fault, "a reading later it is still there"
    bench.world.clear()
    assert (await bench.inquire()).quiet


async def test_the_wrong_ribbon_is_said_so(bench):
    bench.world.change_ribbon(100, "KO")
    reports = []
    with trio.move_on_after(1):
        await bench.print(reports=reports)
    assert ("marker-supply-wrong",) in reports
    assert bench.world.cards == 0


async def test_job_data_that_is_none_is_error_106_until_a_good_job(bench):
    stream = bytearray(ours())
    stream[-4] ^= 1
    facts = await bench.print(card=EncodedCard((bytes(stream),), len(stream), 24))
    assert (facts.fault, facts.reasons) == (True, ("job-data",))
    assert bench.world.feeder == 100
    await bench.print()
    await until_out(bench.world)
    assert (await bench.inquire()).quiet


async def test_a_job_cut_short_leaves_it_waiting_for_data(bench):
    facts = await bench.print(card=EncodedCard((ours()[:-9],), len(ours()) - 9, 24))
    assert bench.machine.shown()["says"] == WAITING
    assert (facts.fault, facts.reasons) == (True, ("device-fault",)), "whatever it calls that, it is a stop"
    bench.place.power_off()
    assert bench.machine.shown()["says"] != WAITING


async def test_a_soft_reset_drops_the_half_of_a_card_that_was_sent(bench):
    bench.device.faults = {("out", 2): "gone:100"}
    progress = Progress()
    with pytest.raises(LinkError):
        await drive(LANGUAGE.print_card(CARD), bench.link, progress=progress)
    assert progress.reach is Reach.PART
    bench.device.plugged = True
    assert (await bench.inquire()).quiet
    assert [len(dropped) > 0 for dropped in bench.device.dropped] == [True]
    assert bench.world.cards == 0


@pytest.mark.parametrize("what", Command)
async def test_command_jobs_are_obeyed_and_move_no_card(bench, what):
    bench.world.says.add("cleaning-due")
    await bench.machine.handle(command(what))
    assert bench.machine.commands == [what.name.lower().replace("_", "-")]
    assert (bench.world.cards, bench.world.feeder) == (0, 100)
    assert ("cleaning-due" in bench.world.says) is (what is not Command.CLEAN)


async def test_another_question_is_not_answered(bench):
    assert bench.machine.beside(b"how are you?") == b""


async def test_a_garbled_answer_is_a_language_error_and_the_next_one_is_read(bench):
    bench.world.garbled = 1
    with pytest.raises(LanguageError, match="no packet"):
        await bench.inquire()
    assert (await bench.inquire()).quiet


async def test_the_language_prints_what_the_machine_sees(bench):
    planes = colour_card(LANGUAGE.model.geometry)
    await bench.print(card=whole(LANGUAGE, planes))
    await until_out(bench.world)
    assert bench.world.memory == "ymcko"
