"""The Evolis language over real TCP against the simulated printer: cards, stops, faults and restarts."""

import gzip
import hashlib
import json
import socket
import struct
from pathlib import Path

import pytest
import trio
from attrs import frozen
from PIL import Image

from language_contract import TIME, joined, random_planes
from simulated import at_once
from spooler.backends.contract import EncodedCard, Exchange, LinkError, Pause, Report
from spooler.backends.evolis import FAMILY
from spooler.backends.evolis_container import RELEASE
from spooler.backends.simulator import mechanism
from spooler.backends.simulator.evolis import serve, simulate
from spooler.backends.simulator.evolis_decoder import decode
from spooler.backends.simulator.world import World
from spooler.backends.tcp import open_transport
from spooler.model.picture import Picture, Plate
from spooler.model.printer import PrinterState

DATA = Path(__file__).parent / "data"
LANGUAGE = FAMILY.language("primacy", "K")


def reference(name="primacy_kblack"):
    return gzip.decompress((DATA / f"{name}.prn.gz").read_bytes()).removesuffix(RELEASE)


def as_card(stream):
    return EncodedCard((stream,), len(stream), stream.index(b"\x1bSs\r"))


KCARD = as_card(reference())


async def drive(script, transport, see=lambda facts: None):
    """What the press does, without its store."""
    answer = None
    while True:
        try:
            step = script.send(answer)
        except StopIteration as stop:
            return stop.value
        answer = None
        match step:
            case Exchange():
                answer = await transport.exchange(step)
            case Pause():
                await trio.sleep(step.seconds)
            case Report():
                see(step.facts)


@frozen
class Bench:
    world: World
    transport: object
    ledger: Path
    port: int

    async def print(self, card=KCARD, see=lambda facts: None):
        return await drive(LANGUAGE.print_card(card), self.transport, see)

    async def inquire(self):
        return await drive(LANGUAGE.inquire(), self.transport)

    async def ask(self, data):
        return await self.transport.exchange(Exchange((data,)))

    async def pass_by(self):
        """Let every wait run out. The clock jumps over threads too, so the card's own thread is waited for."""
        await trio.sleep(30)
        for _ in range(1000):
            facts = await self.inquire()
            if not facts.card_in_path:
                return facts
        raise AssertionError("the card never leaves")

    def cards(self):
        return [json.loads(line) for line in self.ledger.read_text().splitlines()] if self.ledger.exists() else []


@pytest.fixture
async def bench(nursery, tmp_path, monkeypatch):
    monkeypatch.setattr(mechanism, "in_thread", at_once)
    world = World(tmp_path / "world", "1000000001", feeder=5)
    port = await nursery.start(lambda task_status: serve(world, task_status=task_status))
    return Bench(world, open_transport(f"tcp://127.0.0.1:{port}"), tmp_path / "world" / "cards.jsonl", port)


async def test_a_colour_card_comes_out_as_the_picture(bench, autojump_clock):
    facts = await bench.print(as_card(reference("primacy_ymcko")))
    assert (facts.serial, facts.counter, facts.fault, facts.state) == ("1000000001", 1, False, PrinterState.IDLE)
    with Image.open(bench.ledger.with_name("000001.png")) as out, Image.open(DATA / "card_in.png") as original:
        assert out.tobytes() == original.convert("RGB").tobytes()
    (line,) = bench.cards()
    assert line["counter"] == 1
    assert line["sha256"] == hashlib.sha256(decode(reference("primacy_ymcko")).image().tobytes()).hexdigest()
    assert (bench.world.feeder, bench.world.ribbon) == (4, 299)


async def test_our_planes_arrive_as_they_were(bench, autojump_clock):
    language = FAMILY.language("primacy", "YMCKO")
    planes = random_planes(language.model.geometry, "ymcko", 7)
    plate = Plate("p", planes)
    card = language.splice(language.compile(plate), Picture(plate, planes, ()), TIME)
    decoded = decode(joined(card))
    assert all(decoded.planes[ink] == bytes(planes[ink]) for ink in "ymcko")
    assert (await bench.print(card)).counter == 1
    assert bench.cards()[0]["sha256"] == hashlib.sha256(decoded.image().tobytes()).hexdigest()


async def test_it_is_seen_to_work_for_its_dwell_time(bench, autojump_clock):
    await bench.inquire()  # as the press does before each card
    start = trio.current_time()
    seen = []
    await bench.print(see=lambda facts: seen.append((facts.state, facts.card_in_path, facts.counter)))
    assert seen == [(PrinterState.PROCESSING, True, 0)]
    assert trio.current_time() - start >= 1


async def test_an_empty_feeder_stops_the_card_until_it_is_filled(bench, autojump_clock):
    bench.world.feeder = 0
    seen = []

    def see(facts):
        seen.append((facts.state, facts.reasons, bench.world.counter))
        if facts.state is PrinterState.STOPPED:
            bench.world.load(2)

    facts = await bench.print(see=see)
    assert seen == [(PrinterState.STOPPED, ("media-empty",), 0), (PrinterState.PROCESSING, (), 0)]
    assert (facts.counter, bench.world.feeder) == (1, 1)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("cover-open", "cover-open"), ("ribbon-ended", "marker-supply-empty"), ("feeder-empty", "media-empty")],
)
async def test_each_stop_has_its_reason_and_resumes(bench, autojump_clock, fault, reason):
    bench.world.fault = fault
    assert (await bench.inquire()).reasons == (reason,)
    seen = []

    def see(facts):
        seen.append(facts.reasons)
        bench.world.fault = None

    assert (await bench.print(see=see)).counter == 1
    assert seen[0] == (reason,)


async def test_the_last_panel_ends_the_ribbon(bench, autojump_clock):
    bench.world.change_ribbon(1)
    facts = await bench.print()
    assert facts.counter == 1
    assert facts.reasons == ("marker-supply-empty", "marker-supply-low")
    bench.world.change_ribbon()
    assert (await bench.inquire()).supplies[0].left == 300


async def test_a_jam_loses_the_card(bench, autojump_clock):
    bench.world.fault = "jam"
    facts = await bench.print()
    assert facts.fault
    assert facts.reasons == ("media-jam",)
    assert (facts.counter, facts.card_in_path, bench.world.feeder, bench.world.spoiled) == (0, True, 4, 1)
    assert b"ERROR MECHANICAL" in await bench.ask(reference())
    bench.world.fault = None  # somebody takes the card out
    assert (await bench.inquire()).quiet
    assert (await bench.print()).counter == 1


async def test_a_reset_drops_a_card_that_has_not_begun(bench, autojump_clock):
    bench.world.feeder = 0
    assert (await bench.ask(reference())).startswith(b"OK\0")
    assert (await bench.inquire()).state is PrinterState.STOPPED
    facts = await drive(LANGUAGE.reset(), bench.transport)
    assert (facts.state, facts.card_in_path) == (PrinterState.STOPPED, False)
    bench.world.load(3)
    facts = await bench.pass_by()
    assert facts.quiet
    assert (facts.counter, bench.cards()) == (0, [])


async def test_a_reset_does_not_undo_a_card_that_has_begun(bench, autojump_clock):
    await bench.ask(reference())
    await trio.sleep(0.5)
    facts = await drive(LANGUAGE.reset(), bench.transport)
    assert (facts.counter, facts.quiet) == (0, False)
    facts = await bench.pass_by()
    assert (facts.counter, facts.quiet) == (1, True)


async def test_a_second_card_is_refused_while_one_is_in_hand(bench, autojump_clock):
    await bench.ask(reference())
    facts = await bench.print()
    assert facts.fault
    await bench.pass_by()
    assert bench.world.counter == 1
    assert (await bench.inquire()).state is PrinterState.PROCESSING  # still claimed
    assert (await bench.print()).fault
    await bench.ask(RELEASE)
    assert (await bench.inquire()).quiet
    assert bench.world.counter == 1


@pytest.mark.parametrize("cut", [1, 500, 5000, len(reference())])
async def test_a_connection_cut_in_mid_card_leaves_no_card(bench, autojump_clock, cut):
    bench.world.cut_after = cut
    with pytest.raises(LinkError):
        await bench.print()
    assert ((await bench.pass_by()).quiet, bench.world.counter, bench.world.feeder) == (True, 0, 5)
    assert (await bench.print()).counter == 1  # it is cut once


@pytest.mark.parametrize("abort", [False, True])
async def test_a_sender_that_vanishes_in_mid_card_leaves_no_card(bench, autojump_clock, abort):
    stream = await trio.open_tcp_stream("127.0.0.1", bench.port)
    await stream.send_all(reference()[:-9])
    if abort:
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.socket.close()
    assert ((await bench.pass_by()).quiet, bench.world.counter, bench.world.feeder) == (True, 0, 5)


@pytest.mark.parametrize(
    "garbage", [b"hello", b"\x1bRsn", b"\x1bXyz\r\0", reference()[:-9], b"\x1bPsync;1;0\r", b"\x1bRsn\r\x1bRsn\r"]
)
async def test_garbage_is_an_error_and_no_card(bench, autojump_clock, garbage):
    assert (await bench.ask(garbage)).startswith(b"ERROR CDE\0")
    await bench.pass_by()
    assert (bench.world.counter, bench.world.feeder) == (0, 5)
    facts = await bench.print(as_card(reference().replace(b"Psk;10", b"Psk;99")))
    assert (facts.fault, facts.counter, facts.state) == (True, 0, PrinterState.IDLE)


async def test_a_stream_without_end_is_cut_off(bench, autojump_clock):
    with pytest.raises(LinkError):
        await bench.ask(b"x" * (8 << 20))
    assert (await bench.inquire()).quiet


async def test_the_vendors_file_in_one_piece_needs_no_release(bench, autojump_clock):
    await bench.ask(reference() + RELEASE)
    facts = await bench.pass_by()
    assert (facts.counter, facts.quiet) == (1, True)


async def test_the_vendors_library_finds_its_words(bench, autojump_clock):
    """The order of the recorded session: reserve, take over the errors, print, give back."""
    assert (await bench.ask(b"\x1bPsid;2;45\r\0")).endswith(b"\x02\x00\x02")
    assert (await bench.ask(b"\x1bRem;1\r\0")).startswith(b"0;0\0")
    assert (await bench.ask(b"\x1bPem;2\r\0")).startswith(b"OK\0")
    assert (await bench.ask(b"\x1bRrt;count\r\0")).startswith(b"300\0")
    assert (await bench.ask(b"\x1bPsid;0;45\r\0")).endswith(b"\x02\x00\x00")


async def test_a_dead_link_says_so(bench, autojump_clock):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(LinkError):
        await drive(LANGUAGE.inquire(), open_transport(f"tcp://127.0.0.1:{port}"))


# --- the world outlives its printer


async def test_the_counter_survives_a_restart(tmp_path, autojump_clock):
    for expected in (1, 2):
        async with trio.open_nursery() as nursery:
            port = await nursery.start(
                lambda task_status: simulate(
                    directory=tmp_path, serial="S1", feeder=9, pictures=False, task_status=task_status
                )
            )
            transport = open_transport(f"tcp://127.0.0.1:{port}")
            assert (await drive(LANGUAGE.print_card(KCARD), transport)).counter == expected
            nursery.cancel_scope.cancel()
    world = World(tmp_path, "S1", feeder=1)
    assert (world.counter, world.feeder, world.spoiled) == (2, 7, 0)
    assert not list(tmp_path.glob("*.png"))


def test_a_card_in_the_machine_is_spoiled_by_a_crash(tmp_path):
    World(tmp_path, "S1", feeder=9).take()
    world = World(tmp_path, "S1")
    assert (world.counter, world.feeder, world.spoiled) == (0, 8, 1)
    assert World(tmp_path, "S1").spoiled == 1  # once


def test_a_card_in_the_ledger_is_counted_though_the_rest_was_not_written(tmp_path):
    world = World(tmp_path, "S1", feeder=9)
    world.take()
    before = (tmp_path / "world.json").read_bytes()
    world.leave(Image.new("RGB", (2, 2)))
    (tmp_path / "world.json").write_bytes(before)
    world = World(tmp_path, "S1")
    assert (world.counter, world.feeder, world.spoiled) == (1, 8, 0)


def test_half_a_line_in_the_ledger_is_no_card(tmp_path):
    world = World(tmp_path, "S1", feeder=9)
    for _ in range(2):
        world.take()
        world.leave(Image.new("RGB", (2, 2)))
    ledger = tmp_path / "cards.jsonl"
    ledger.write_bytes(ledger.read_bytes()[:-4])
    world = World(tmp_path, "S1")
    assert world.counter == 1
    world.take()
    world.leave(Image.new("RGB", (2, 2)))
    assert [json.loads(line)["counter"] for line in ledger.read_text().splitlines()] == [1, 2]


def test_another_printers_world_is_refused(tmp_path):
    World(tmp_path, "S1")
    with pytest.raises(ValueError, match="S1"):
        World(tmp_path, "S2")


async def test_ten_printers_share_a_process(tmp_path, autojump_clock):
    counters = []

    async def one(n):
        port = await nursery.start(
            lambda task_status: simulate(directory=tmp_path / str(n), serial=f"S{n}", task_status=task_status)
        )
        transport = open_transport(f"tcp://127.0.0.1:{port}")
        for _ in range(2):
            facts = await drive(LANGUAGE.print_card(KCARD), transport)
        counters.append((facts.serial, facts.counter))
        done.append(n)
        if len(done) == 10:
            nursery.cancel_scope.cancel()

    done = []
    async with trio.open_nursery() as nursery:
        for n in range(10):
            nursery.start_soon(one, n)
    assert sorted(counters) == [(f"S{n}", 2) for n in range(10)]
