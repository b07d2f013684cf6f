"""What can be done to a simulated printer: its cable, its ears, its counter, its answers, its power."""

import json
import socket
from pathlib import Path

import pytest
import trio

from spooler.backends.contract import LanguageError, LinkError
from spooler.backends.simulator.evolis import serve
from spooler.backends.simulator.world import World
from spooler.backends.tcp import open_transport
from spooler.model.printer import PrinterState
from test_backends_evolis_simulator import KCARD, LANGUAGE, Bench, drive, reference


@pytest.fixture
async def bench(nursery: trio.Nursery, tmp_path: Path) -> Bench:
    world = World(tmp_path / "world", "S1", feeder=5)
    marks = iter("ABC")
    port = await nursery.start(
        lambda task_status: serve(world, pictures=False, read_mark=lambda card: next(marks), task_status=task_status)
    )
    return Bench(world, open_transport(f"tcp://127.0.0.1:{port}"), tmp_path / "world" / "cards.jsonl", port)


def spoiled(world: World) -> list[str]:
    path = world.directory / "spoiled.jsonl"
    return [json.loads(line)["mark"] for line in path.read_text().splitlines()] if path.exists() else []


async def test_each_moment_of_a_card_is_told_and_its_mark_is_in_the_record(bench, autojump_clock):
    moments = []
    bench.world.on_moment = lambda moment: moments.append((moment, bench.world.counter, bench.world.at_rest))
    await bench.print()
    assert moments == [("taken", 0, False), ("fed", 0, False), ("half", 0, False), ("out", 1, False)]
    assert bench.world.at_rest
    assert [card["mark"] for card in bench.cards()] == ["A"]


async def test_a_printer_that_loses_its_cable_in_mid_card_goes_on(bench, autojump_clock):
    out = trio.Event()

    def unplug(moment):
        bench.world.plugged = bench.world.plugged and moment != "fed"
        if moment == "out":
            out.set()

    bench.world.on_moment = unplug
    with pytest.raises(LinkError):
        await bench.print()
    await out.wait()
    bench.world.plugged = True
    assert (await bench.inquire()).counter == 1


async def test_a_deaf_printer_takes_the_card_of_a_sender_that_died_long_ago(bench, autojump_clock):
    bench.world.hearing = "armed"
    assert (await bench.inquire()).quiet  # it turns deaf with the next card
    buffered, out = trio.Event(), trio.Event()
    told = {"buffered": buffered, "out": out}
    bench.world.on_moment = lambda moment: told[moment].set() if moment in told else None
    stream = await trio.open_tcp_stream("127.0.0.1", bench.port)
    await stream.send_all(reference() + b"\0")
    stream.socket.shutdown(socket.SHUT_WR)
    await buffered.wait()
    await stream.aclose()
    with pytest.raises(LinkError):
        await bench.inquire()
    assert bench.world.counter == 0
    bench.world.hearing = "hears"
    await out.wait()
    assert (await bench.inquire()).counter == 1


@pytest.mark.parametrize("count", [0, 2])
async def test_a_counter_can_lie_about_one_card_and_the_record_does_not(bench, autojump_clock, count):
    bench.world.next_count = count
    assert (await bench.print()).counter == count
    assert (await bench.print()).counter == count + 1
    assert [card["mark"] for card in bench.cards()] == ["A", "B"]


async def test_answers_can_come_twice_and_late(bench, autojump_clock):
    bench.world.answers = 2
    with pytest.raises(LanguageError):
        await bench.inquire()
    bench.world.answers, bench.world.answer_delay_seconds = 1, 11.0
    with pytest.raises(LinkError):
        await bench.inquire()
    bench.world.answer_delay_seconds = 0.0
    assert (await bench.inquire()).quiet


async def test_a_printer_that_loses_its_power_spoils_the_card_and_may_see_it_lie_there(tmp_path, autojump_clock):
    world = World(tmp_path, "S1", feeder=5)
    async with trio.open_nursery() as nursery:
        world.on_moment = lambda moment: nursery.cancel_scope.cancel() if moment == "half" else None
        port = await nursery.start(
            lambda task_status: serve(world, read_mark=lambda card: "A", task_status=task_status)
        )
        with trio.CancelScope(shield=True):
            with pytest.raises(LinkError):
                await drive(LANGUAGE.print_card(KCARD), open_transport(f"tcp://127.0.0.1:{port}"))
    world = World(tmp_path, "S1")
    assert (world.counter, world.spoiled, spoiled(world)) == (0, 1, ["A"])
    world.fault = "jam"
    async with trio.open_nursery() as nursery:
        port = await nursery.start(lambda task_status: serve(world, task_status=task_status))
        facts = await drive(LANGUAGE.inquire(), open_transport(f"tcp://127.0.0.1:{port}"))
        assert (facts.state, facts.reasons, facts.fault) == (PrinterState.STOPPED, ("media-jam",), True)
        nursery.cancel_scope.cancel()
