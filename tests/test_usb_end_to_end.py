"""A card over USB: press, transport, pyusb, a bus in memory, and in it the printer that other tests reach by TCP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from fakeusb import FakeBackend, FakePrinter, of_machine
from running import cards, selftest, write_config
from spooler.backends import usb_libusb
from spooler.backends.simulator.evolis import EvolisMachine
from spooler.backends.simulator.timing import steady
from spooler.backends.simulator.world import World
from spooler.client import AsyncClient, open_client
from spooler.config import load
from spooler.daemon import Addresses, serve
from workshop import hurry

URI = "usb://0f49/SIM-0001"


@asynccontextmanager
async def usb_city(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[AsyncClient, FakePrinter]]:
    """A spooler whose one printer is on USB."""
    hurry(monkeypatch)
    async with trio.open_nursery() as nursery:
        world = World(folder / "printer", "SIM-0001")
        printer = of_machine(EvolisMachine(world, nursery, pace=steady(0.1)), "SIM-0001")
        monkeypatch.setattr(usb_libusb, "new_backend", FakeBackend(printer))
        config = load(write_config(folder, 9100), [("printer.SGL-1.uri", URI)])
        stop = trio.Event()
        async with trio.open_nursery() as spooler:
            addresses: Addresses = await spooler.start(partial(serve, config, stop=stop))
            async with open_client(f"unix:{addresses.socket}", application="tests") as client:
                yield client, printer
            stop.set()
        nursery.cancel_scope.cancel()


async def printed(client: AsyncClient, ticket: str) -> dict[str, Any]:
    (answer,) = await client.submit([selftest(ticket)])
    with trio.fail_after(60):
        job: dict[str, Any] = await client.call("job", {"id": answer["id"], "wait_ms": 60_000})
    return job


async def test_cards_are_printed_over_usb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with usb_city(tmp_path, monkeypatch) as (client, printer):
        for n in range(2):
            assert (await printed(client, f"t{n}"))["state"] == "completed"
        assert not printer.kernel_driver
        assert max(printer.outs) == 16384
        assert printer.dropped == []
    assert len(cards(tmp_path / "printer")) == 2
    assert printer.kernel_driver  # a spooler that stops gives the printer back


@pytest.mark.parametrize("fault", ["gone", "noise", "stall", "timeout"])
async def test_a_card_that_is_cut_in_its_bytes_is_printed_once_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Bytes that can move a card are with the printer: the verdict table asks it, and lets the card go again."""
    async with usb_city(tmp_path, monkeypatch) as (client, printer):
        assert (await printed(client, "first"))["state"] == "completed"
        printer.faults, printer.comes_back = {("chunk", 1): "", ("chunk", 3): fault}, True
        done = await printed(client, "second")
        assert (done["state"], done["attempt"]) == ("completed", 2)
        assert printer.dropped  # the half card was not left in front of the next bytes
    assert len(cards(tmp_path / "printer")) == 2


async def test_an_answer_that_is_lost_after_the_card_is_no_second_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with usb_city(tmp_path, monkeypatch) as (client, printer):
        assert (await printed(client, "first"))["state"] == "completed"
        answer = printer.answer

        def unplugged_after_the_card(data: bytes) -> bytes:
            reply = answer(data)
            if len(data) > 100_000:
                printer.plugged = False
            return reply

        printer.answer, printer.comes_back = unplugged_after_the_card, True
        done = await printed(client, "second")
        assert (done["state"], done["attempt"]) == ("completed", 1)  # the counter has moved by one
    assert len(cards(tmp_path / "printer")) == 2
