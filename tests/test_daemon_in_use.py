"""Another host's reservation of a printer: its card is left alone, ours waits and says why, and then goes on."""

import gzip
import socket
from functools import partial
from pathlib import Path

import pytest
import trio

from running import selftest, write_config
from spooler.backends.simulator.evolis import serve as serve_printer
from spooler.backends.simulator.world import World
from spooler.client import open_client
from spooler.config import load
from spooler.daemon import serve
from workshop import Workshop, hurry, workshop

#: Loopback addresses all reach us, and the simulated printer tells hosts apart by them.
OTHER_HOST = "127.0.0.2"
CARD = gzip.decompress((Path(__file__).parent / "data" / "primacy_kblack.prn.gz").read_bytes())


@pytest.fixture(autouse=True)
def _hurry(monkeypatch):
    hurry(monkeypatch)


async def send(port: int, data: bytes) -> bytes:
    """From the other host; the answer."""
    sock = trio.socket.socket()
    await sock.bind((OTHER_HOST, 0))
    await sock.connect(("127.0.0.1", port))
    async with trio.SocketStream(sock) as stream:
        await stream.send_all(data + b"\0")
        stream.socket.shutdown(socket.SHUT_WR)
        return b"".join([data async for data in stream])


RESERVE, LET_GO = b"\x1bPsid;2;45\r", b"\x1bPsid;0;45\r"


async def test_a_card_waits_while_another_host_has_the_printer(tmp_path):
    async with workshop(tmp_path) as shop:
        await shop.until_printer("idle")
        port = shop.lines[0]._printer_port
        assert (await send(port, RESERVE)).startswith(b"OK")
        job = await shop.submit(selftest("T1"))
        await shop.until_printer("stopped", "in-use")
        assert (await shop.job(job))["state"] == "pending"
        assert shop.world.counter == 0
        assert (await send(port, LET_GO)).startswith(b"OK")
        await shop.until_job(job, "completed")
        assert shop.world.counter == 1
        await shop.until_printer("idle")
        assert (await send(port, RESERVE)).startswith(b"OK"), "we have let go of it"


async def test_a_spooler_that_begins_drops_no_card_of_another_host(tmp_path, nursery):
    """The reset that it begins with would: the other host's card waits for blanks."""
    world = World(tmp_path / "P", "SIM-1", feeder=0)
    out = trio.Event()
    world.on_moment = lambda moment: out.set() if moment == "out" else None
    simulator = partial(serve_printer, world, dwell_seconds=0.05, pictures=False)
    port = await nursery.start(simulator)
    assert (await send(port, RESERVE)).startswith(b"OK")
    assert (await send(port, CARD)).startswith(b"OK")
    addresses = await nursery.start(partial(serve, load(write_config(tmp_path, port)), stop=trio.Event()))
    async with open_client(f"unix:{addresses.socket}", application="tests") as client:
        await Workshop(client, (), tmp_path).until_printer("stopped", "in-use")
        world.load(1)
        with trio.fail_after(15):
            await out.wait()
    assert world.counter == 1
    nursery.cancel_scope.cancel()
