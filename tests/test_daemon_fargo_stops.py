"""A Fargo that can be asked (over USB) and waits for somebody: the job keeps its place and its tries, and goes on by
itself. What an Evolis does then is in test_every_fault_has_its_reason.py; a Magicard has no simulator."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio
from attrs import evolve

from fakeusb import FakeBackend, FakePrinter
from running import selftest, write_config
from spooler.backends import usb_libusb
from spooler.backends.fargo import FAMILY
from spooler.backends.simulator import Place, World, steady
from spooler.backends.simulator.fargo import FargoMachine
from spooler.client import open_client
from spooler.config import load
from spooler.daemon import Addresses, serve
from spooler.model.care import Pace
from workshop import Workshop

OVER_USB = [
    ("printer.SGL-1.family", "fargo"), ("printer.SGL-1.model", "dtc4500e"), ("printer.SGL-1.uri", "usb://09b0/F-1"),
]  # fmt: skip


@asynccontextmanager
async def fargo_city(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Workshop, World]]:
    fast = Pace(feed=0.1, panels=dict.fromkeys("ymcko", 0.02), flip=0.0, eject=0.1)
    monkeypatch.setitem(FAMILY.models, "dtc4500e", evolve(FAMILY.models["dtc4500e"], pace=fast, settle_seconds=0.3))
    monkeypatch.setattr("spooler.backends.fargo.POLL_SECONDS", 0.02)
    async with trio.open_nursery() as nursery:
        machine = FargoMachine(World(folder / "F-1", "F-1", ribbon_kind="YMCKO"), nursery, pace=steady(0.1))
        Place(machine, nursery)
        device = FakePrinter("F-1", vendor=0x09B0, product=0xBF0C, whole=lambda data: 0)

        def beside(question: bytes) -> bytes:
            if device.waiting:
                size = machine.whole(bytes(device.waiting)) or len(device.waiting)
                data = bytes(device.waiting[:size])
                del device.waiting[:size]
                trio.from_thread.run(machine.handle, data)
            return machine.world.spoken(trio.from_thread.run_sync(machine.beside, question))

        device.beside = beside
        monkeypatch.setattr(usb_libusb, "new_backend", FakeBackend(device))
        stop = trio.Event()
        async with trio.open_nursery() as spooler:
            config = load(write_config(folder, 9100), OVER_USB)
            addresses: Addresses = await spooler.start(partial(serve, config, stop=stop))
            async with open_client(f"unix:{addresses.socket}", application="tests") as client:
                yield Workshop(client, (), folder), machine.world
            stop.set()
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ("cover-open", "cover-open"), ("feeder-empty", "media-empty"), ("no-ribbon", "marker-supply-missing"),
        ("wrong-ribbon", "marker-supply-wrong"), ("unknown-ribbon", "marker-supply-wrong"),
        ("ribbon-ended", "marker-supply-empty"),
    ],
)  # fmt: skip
async def test_a_stop_keeps_the_job_first_in_line_and_clears_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str, reason: str
) -> None:
    async with fargo_city(tmp_path, monkeypatch) as (shop, world):
        await shop.until_printer("idle")
        world.says.add(trouble)  # type: ignore[arg-type]
        await shop.until_printer("stopped", reason)
        job, later = [await shop.submit(selftest(ticket)) for ticket in "ab"]
        (printer,) = (await shop.client.call("printers", {}))["printers"]
        assert printer["retry"] == {"state": "closed", "failures": 0, "next_ms": None}, "nobody counts it as a failure"
        assert [(await shop.job(each))["state"] for each in (job, later)] == ["pending", "pending"]
        world.says.discard(trouble)  # type: ignore[arg-type]
        found = await shop.until_job(job, "processing-stopped", "completed", "pending-held")
        assert (found["evidence"], found["attempt"]) == ("accountable-uncounted", 1)
        assert await shop.events(job) == ["submitted", "claimed", "intended", "doubted"]
        assert (await shop.job(later))["state"] == "pending"
        await shop.client.call("resolve", {"id": job, "answer": "printed"})
        assert (await shop.until_job(later, "processing-stopped"))["attempt"] == 1
