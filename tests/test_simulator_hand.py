"""The hand at a simulator that runs: each action by its socket; a ribbon changed by an officer from stop to card."""

import json
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from running import line, process
from simulated import RELEASE, Bench, simulated, stream
from spooler.backends.evolis import FAMILY
from spooler.backends.simulator import FAULTS
from spooler.backends.simulator.control import ACTIONS, Hand, ask, serve_hand
from spooler.backends.tcp import open_transport
from spooler.cli import main
from test_backends_evolis_simulator import as_card, drive

K = stream("primacy_kblack")


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with simulated(tmp_path) as made:
        yield made


async def do(bench: Bench, action: str) -> str:
    """What the hand says, over its socket."""
    answer = await trio.to_thread.run_sync(ask, bench.folder, action)
    return ("" if answer["ok"] else "no: ") + str(answer["said"])


async def served(bench: Bench, nursery: trio.Nursery) -> None:
    await nursery.start(partial(serve_hand, bench.place, bench.folder))


async def test_everything_that_a_hand_does(bench: Bench, nursery: trio.Nursery) -> None:
    await served(bench, nursery)
    world = bench.world
    assert await do(bench, "load 50") == "59 blanks in the feeder"
    assert await do(bench, "ribbon 200 YMCKO R12345") == "ribbon R12345 is in, for 200 cards"
    assert (world.roll.kind, world.ribbon) == ("YMCKO", 200)
    assert await do(bench, "no-ribbon") == "the ribbon is out"
    assert await do(bench, "ribbon") == "ribbon S1-R3 is in, for 300 cards"
    assert await do(bench, "open") == "the cover is open"
    assert world.cover_open
    assert await do(bench, "close") == "the cover is closed"
    assert await do(bench, "clear-jam") == "no: no card lies in the machine"
    assert await do(bench, "fault jam@c#3 late=2") == "armed: jam@c#3, struck: late=2@now#1"
    assert world.answer_delay_seconds == 2
    assert await do(bench, "mend") == "what was armed is forgotten, and what was out of order is mended"
    assert (world.answer_delay_seconds, bench.place.armed) == (0, ())
    assert await do(bench, "fault cleaning-due") == "struck: cleaning-due@now#1"
    assert await do(bench, "clean") == "cleaned"
    assert world.troubles() == frozenset()
    assert await do(bench, "empty-hopper") == "0 cards taken out of the hopper"
    assert await do(bench, "empty-rejects") == "0 cards taken out of the reject bin"
    assert await do(bench, "power off") == "power off"
    assert not world.powered
    assert await do(bench, "power on") == "power on"
    assert await do(bench, "swap") == "another printer is put here"
    assert await bench.ask("Rsn") == "S2"


async def test_the_status_says_how_everything_stands(bench: Bench, nursery: trio.Nursery) -> None:
    await served(bench, nursery)
    status = (await trio.to_thread.run_sync(ask, bench.folder, "status"))["status"]
    assert status["serial"] == "S1"
    assert (status["feeder"], status["path"], status["ribbon"], status["counter"], status["troubles"]) == (
        9, 0, 300, 0, [],
    )  # fmt: skip
    assert json.loads(json.dumps(status)) == status


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ("", "there is no action ''; there are: status, load,"),
        ("dance", "there is no action 'dance'"),
        ("load", "write load CARDS, with a number from 1 to 1000000"),
        ("load -1", "write load CARDS"),
        ("load 0", "write load CARDS"),
        ("load 1 2", "write load CARDS"),
        ("ribbon many", "write ribbon [CARDS]"),
        ("ribbon 1 K R1 R2", "write ribbon [CARDS [KIND [SERIAL]]]"),
        ("open wide", "open takes nothing after it"),
        ("fault explode", "there is no fault 'explode'"),
        ("power", "write power off, power on or power cycle"),
    ],
)
async def test_what_cannot_be_done_is_said(bench: Bench, action: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Hand(bench.place).do(action)


async def test_nobody_reaches_into_a_printer_that_prints(bench: Bench, autojump_clock: object) -> None:
    hand = Hand(bench.place)
    await bench.send(K)
    await trio.sleep(0.1)
    for action in ("ribbon", "no-ribbon", "clear-jam"):
        with pytest.raises(ValueError, match="is being printed"):
            hand.do(action)
    hand.do("open")
    hand.do("ribbon")  # whoever opens the cover can
    hand.do("close")
    await bench.settle()
    assert bench.world.cards == 1


async def test_a_jam_is_played_to_its_end(bench: Bench, autojump_clock: object) -> None:
    hand = Hand(bench.place)
    hand.do("fault jam")
    await bench.print(K)
    assert hand.status()["card"] == "jam"
    assert hand.do("clear-jam") == "1 card taken out"
    await bench.print(K)
    await bench.send(RELEASE)
    assert (bench.world.cards, bench.world.taken_away) == (1, 1)


def test_every_fault_can_be_looked_up(tmp_path: Path) -> None:
    async def look() -> str:
        async with simulated(tmp_path) as made:
            return Hand(made.place).do("fault")

    said = trio.run(look)
    assert all(name in said for name in FAULTS)


async def test_the_socket_goes_with_its_simulator_and_a_stale_one_is_no_hindrance(tmp_path: Path) -> None:
    for _ in range(2):
        async with simulated(tmp_path) as made, trio.open_nursery() as nursery:
            (made.folder / "hand.sock").touch()
            await served(made, nursery)
            assert await do(made, "status")
            nursery.cancel_scope.cancel()
    with pytest.raises(FileNotFoundError):
        ask(tmp_path / "one", "status")


# -- by the command line, with real processes ------------------------------------------------------------------


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """(its folder, its address): a printer with a card in its feeder and one on its ribbon."""
    arguments = ("--directory", tmp_path / "p", "--dwell", "0.1", "--no-pictures", "--feeder", "1", "--ribbon", "1")
    with process("simulate", "evolis", *arguments, log=tmp_path / "log") as running:
        _, uri = line(running, tmp_path / "log").split()
        yield tmp_path / "p", uri


def told(capsys: pytest.CaptureFixture[str], *arguments: Any) -> str:
    assert main(["simulate-do", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_an_officer_changes_the_ribbon_and_the_card_comes(
    printer: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, uri = printer
    language = FAMILY.language("primacy", "K")
    assert trio.run(drive, language.print_card(as_card(K)), open_transport(uri)).counter == 1
    facts = trio.run(drive, language.inquire(), open_transport(uri))
    assert facts.reasons[:2] == ("media-empty", "marker-supply-empty")
    assert "ribbon-ended" in told(capsys, folder, "status")
    done = []

    def officer(facts: Any) -> None:
        """As the printer asks for it, one thing after the other."""
        if facts.reasons[:1] == ("media-empty",) and "load" not in done:
            done.append("load")
            assert told(capsys, folder, "load", 5) == "5 blanks in the feeder\n"
        elif facts.reasons[:1] == ("marker-supply-empty",) and "ribbon" not in done:
            done.append("ribbon")
            told(capsys, folder / "SIM-0001", "open")
            assert told(capsys, folder, "ribbon", 300, "K", "R77") == "ribbon R77 is in, for 300 cards\n"
            told(capsys, folder, "close")

    after = trio.run(drive, language.print_card(as_card(K)), open_transport(uri), officer)
    assert done == ["load", "ribbon"]
    assert (after.counter, after.reasons, after.ribbon_left) == (2, (), 299)


def test_what_the_hand_refuses_and_who_is_not_there(
    printer: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = printer
    assert main(["simulate-do", str(folder), "clear-jam"]) == 1
    assert capsys.readouterr().err == "spooler: no card lies in the machine\n"
    assert main(["simulate-do", str(tmp_path / "nobody"), "status"]) == 1
    assert "no simulated printer runs in" in capsys.readouterr().err
    assert set(ACTIONS) >= {"load", "ribbon", "open", "close", "clear-jam", "fault", "power", "status"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--fault", "explode"], "there is no fault 'explode'"),
        (["--rate", "jam"], "'jam' is no rate: write FAULT=SHARE"),
        (["--rate", "jam=2"], "the rate of jam is 2"),
        (["--model", "laser"], "there is no Evolis 'laser'"),
    ],
)
def test_a_simulator_that_cannot_start_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert main(["simulate", "evolis", "--directory", str(tmp_path / "p"), *arguments]) != 0
    assert sentence in capsys.readouterr().err


def test_a_session_is_recorded_and_replayed_by_command(
    printer: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, uri = printer
    language, log = FAMILY.language("primacy", "K"), tmp_path / "log"
    file = tmp_path / "a.session"
    with process("capture", uri, "-o", file, log=log) as recording:
        near = line(recording, log).split()[1]
        facts = trio.run(drive, language.print_card(as_card(K)), open_transport(near))
        recording.send_signal(signal.SIGTERM)
        assert "connections in" in line(recording, log)
        assert recording.wait(20) == 0
    with process("simulate", "evolis", "--replay", file, log=log) as replaying:
        near = line(replaying, log).split()[1]
        again = trio.run(drive, FAMILY.language("primacy", "K").print_card(as_card(K)), open_transport(near))
        assert again == facts
    assert main(["capture", uri, "-o", str(file)]) == 1
    assert "File exists" in capsys.readouterr().err
    assert main(["capture", uri, "-o", str(tmp_path / "b"), "--with-pictures"]) == 2
    assert "needs --specimen" in capsys.readouterr().err
    assert not os.path.exists(tmp_path / "b")
    assert main(["simulate", "evolis", "--replay", str(tmp_path / "nothing")]) == 2
    assert "cannot replay" in capsys.readouterr().err


def test_a_second_simulator_is_kept_out_of_a_folder_in_use(tmp_path: Path) -> None:
    """Two would write one world: its files could not be believed, and the hand would be taken from the first."""
    arguments = ("simulate", "evolis", "--directory", tmp_path / "p", "--dwell", "1")
    with process(*arguments, log=tmp_path / "first.log") as first:
        line(first, tmp_path / "first.log")
        with process(*arguments, log=tmp_path / "second.log") as second:
            assert second.wait(timeout=30) == 1
        assert "another simulator runs in" in (tmp_path / "second.log").read_text()
        assert ask(tmp_path / "p" / "SIM-0001", "status")["ok"], "the first still obeys"
    with process(*arguments, log=tmp_path / "third.log") as third:
        line(third, tmp_path / "third.log")
