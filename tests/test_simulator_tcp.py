"""What happens on the link to a simulated printer: power, slow ears, rubbish for an answer, another host, a cut."""

from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
import trio

from simulated import RELEASE, stream, words
from spooler.backends.contract import LanguageError, LinkError
from spooler.backends.evolis import FAMILY
from spooler.backends.simulator import World, fault, simulate
from spooler.backends.simulator.evolis import EvolisMachine, serve
from spooler.backends.tcp import open_transport
from test_backends_evolis_simulator import as_card, drive

K = stream("primacy_kblack")


async def say(port: int, data: bytes, source: str = "127.0.0.1") -> bytes:
    """One connection from an address of this machine's own."""
    with trio.socket.socket() as sock:
        await sock.bind((source, 0))
        await sock.connect(("127.0.0.1", port))
        connection = trio.SocketStream(sock)
        await connection.send_all(data)
        await connection.send_eof()
        answer = b""
        async for chunk in connection:
            answer += chunk
        return answer


async def stand(nursery: trio.Nursery, world: World) -> int:
    port: int = await nursery.start(partial(serve, world, dwell_seconds=0.1, pictures=False))
    return port


def ask(port: int) -> object:
    return drive(FAMILY.language("primacy", "K").inquire(), open_transport(f"tcp://127.0.0.1:{port}"))


async def test_a_printer_without_power_answers_nobody(nursery: trio.Nursery, tmp_path: Path) -> None:
    world = World(tmp_path, "S1")
    port = await stand(nursery, world)
    world.powered = False
    with pytest.raises(LinkError):
        await ask(port)
    world.powered = True
    assert (await ask(port)).serial == "S1"


async def test_rubbish_for_an_answer_is_no_facts(nursery: trio.Nursery, tmp_path: Path) -> None:
    world = World(tmp_path, "S1")
    port = await stand(nursery, world)
    world.garbled = 1
    with pytest.raises(LanguageError):
        await ask(port)
    assert (await ask(port)).serial == "S1"


async def test_a_slow_printer_takes_its_time_and_the_whole_card(
    nursery: trio.Nursery, tmp_path: Path, autojump_clock: object
) -> None:
    world = World(tmp_path, "S1")
    port = await stand(nursery, world)
    world.bytes_per_second = 20_000
    begun = trio.current_time()
    assert (await say(port, K)).startswith(b"OK\0")
    assert trio.current_time() - begun >= len(K) / 20_000


async def test_a_card_from_outside_the_session_is_refused(nursery: trio.Nursery, tmp_path: Path) -> None:
    world = World(tmp_path, "S1")
    port = await stand(nursery, world)
    assert words(await say(port, b"\x1bPsid;2;45\r\0")).session == 2
    answer = await say(port, K, "127.0.0.2")
    assert answer.startswith(b"BUSY\0")
    assert words(answer).session == 2
    assert (await say(port, K)).startswith(b"OK\0")
    await say(port, RELEASE)


async def test_a_session_of_a_language_that_reserves_comes_to_its_end(nursery: trio.Nursery, tmp_path: Path) -> None:
    """The order of PRINTERS.md 1.7, from the reservation to its end."""
    world = World(tmp_path, "S1")
    port = await stand(nursery, world)
    answers = [
        await say(port, command)
        for command in (b"", b"\x1bPsid;2;45\r\0", b"\x1bRem;1\r\0", b"\x1bPem;2\r\0", b"\x1bPsid;2;180\r\0", K + b"\0")
    ]
    assert [answer.partition(b"\0")[0] for answer in answers] == [b"", b"OK", b"0;0", b"OK", b"OK", b"OK"]
    while not words(await say(port, b"")).inf & 0x80000000:
        pass
    assert (await say(port, RELEASE + b"\0")).startswith(b"OK\0")
    while words(shown := await say(port, b"")).inf & 0x80000081:
        pass
    assert words(shown).session == 2
    await say(port, b"\x1bPem;0\r\0")
    await say(port, b"\x1bPsid;0;45\r\0")
    assert (words(await say(port, b"")).session, world.cards) == (0, 1)


@pytest.mark.parametrize("at", [1, 400, 70_000])
async def test_a_connection_that_is_cut_leaves_no_card(nursery: trio.Nursery, tmp_path: Path, at: int) -> None:
    port = await nursery.start(
        partial(simulate, EvolisMachine, directory=tmp_path / "S1", serial="S1", faults=[fault(f"cut={at}")])
    )
    transport = open_transport(f"tcp://127.0.0.1:{port}")
    with pytest.raises(LinkError):
        await drive(FAMILY.language("primacy", "K").print_card(as_card(K)), transport)
    assert not (tmp_path / "S1" / "cards.jsonl").exists()


async def test_another_printer_answers_until_the_first_is_back(nursery: trio.Nursery, tmp_path: Path) -> None:
    script = [fault("swapped@taken#1"), fault("swapped@taken#2")]
    port = await nursery.start(
        partial(simulate, EvolisMachine, directory=tmp_path / "S1", serial="S1", faults=script)
    )  # fmt: skip
    assert (await ask(port)).serial == "S1"
    for serial in ("S1-OTHER", "S1"):
        with suppress(trio.BrokenResourceError, OSError):  # its power goes while it answers
            await say(port, K)
        facts = await ask(port)
        assert (facts.serial, facts.counter, facts.fault) == (serial, 0, False)
