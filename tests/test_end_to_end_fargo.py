"""KTPs on a Fargo over TCP, which says nothing: every card of an accountable blank waits for an officer's word.

One in this process, with the printer's own times made short; one with real processes and the printer's real times.
"""

import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import evolve
from PIL import Image, ImageChops

from running import cards, ktp, line, process, write_config
from spooler.backends.fargo import FAMILY
from spooler.backends.registry import simulator
from spooler.backends.simulator import fault
from spooler.client import AsyncClient, BlockingClient, connect, open_client
from spooler.config import load
from spooler.daemon import Addresses, serve
from spooler.model.care import Pace
from spooler.model.job import Content
from spooler.render import Renderer, proof

AS_FARGO = [("printer.SGL-1.family", "fargo"), ("printer.SGL-1.model", "dtc4500e")]
MODEL = FAMILY.models["dtc4500e"]


@asynccontextmanager
async def fargo_city(
    folder: Path, monkeypatch: pytest.MonkeyPatch, **simulation: Any
) -> AsyncIterator[tuple[AsyncClient, Path]]:
    """A spooler and a simulated Fargo in this process: (a client that has said hello, the printer's folder)."""
    fast = Pace(feed=0.1, panels=dict.fromkeys("ymcko", 0.02), flip=0.0, eject=0.1)
    monkeypatch.setitem(FAMILY.models, "dtc4500e", evolve(MODEL, pace=fast, settle_seconds=0.3))
    async with trio.open_nursery() as nursery:
        options = {"directory": folder / "printer", "serial": "SIM-0001", "dwell_seconds": 0.1} | simulation
        port = await nursery.start(partial(simulator("fargo"), **options))
        config = load(write_config(folder, port), AS_FARGO)
        stop = trio.Event()
        async with trio.open_nursery() as spooler:
            addresses: Addresses = await spooler.start(partial(serve, config, stop=stop))
            async with open_client(f"unix:{addresses.socket}", application="tests") as client:
                yield client, folder / "printer"
            stop.set()
        nursery.cancel_scope.cancel()


async def until(client: AsyncClient, job: str, *states: str) -> dict[str, Any]:
    with trio.fail_after(20):
        found: dict[str, Any] = await client.call("job", {"id": job})
        while found["state"] not in states:
            found = await client.call("job", {"id": job, "wait_ms": 15_000, "version": found["version"]})
    return found


async def test_each_card_waits_for_the_officer_and_only_then_comes_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fargo_city(tmp_path, monkeypatch) as (client, printer):
        first, second = (answer["id"] for answer in await client.submit([ktp(1), ktp(2)]))
        stopped = await until(client, first, "processing-stopped")
        assert stopped["reason"] == "inspect-card"
        doubt = await client.call("doubt", {"id": first})
        assert (doubt["row"], doubt["serial"], doubt["counter_before"]) == ("accountable-uncounted", "not told", None)
        assert (await client.call("job", {"id": second}))["state"] == "pending"
        assert len(cards(printer)) == 1, "the printer gets nothing more until somebody has looked"

        assert (await client.call("resolve", {"id": first, "answer": "printed"}))["state"] == "completed"
        await until(client, second, "processing-stopped")
        await client.call("resolve", {"id": second, "answer": "printed"})
        assert len(cards(printer)) == 2

    raw = ktp(1)
    with Image.open(printer / "000001.png") as decoded:
        content = Content(raw["fields"], raw["photo"], raw["signature"])
        with Renderer(specimen=True, canvases=1).draw("ktp", MODEL.geometry, "ymcko", content) as picture:
            assert ImageChops.difference(decoded.convert("RGB"), proof(picture.planes)).getbbox() is None


async def test_a_card_that_jammed_is_not_printed_again_by_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fargo_city(tmp_path, monkeypatch, faults=[fault("jam")]) as (client, printer):
        (answer,) = await client.submit([ktp(1)])
        stopped = await until(client, answer["id"], "processing-stopped")
        assert (stopped["reason"], stopped["attempt"]) == ("inspect-card", 1)
        assert cards(printer) == []
        spoiled = await client.call("resolve", {"id": answer["id"], "answer": "spoiled", "stage": "print"})
        assert spoiled["state"] == "aborted"


@contextmanager
def spooler(config: Path, log: Path) -> Iterator[tuple[BlockingClient, subprocess.Popen[str]]]:
    with process("serve", "--config", config, log=log) as running:
        with connect(line(running, log).removeprefix("ready "), application="tests") as client:
            yield client, running


def test_a_spooler_killed_while_the_printer_works_asks_and_prints_nothing_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    arguments = ("simulate", "fargo", "--model", "dtc1250e", "--directory", tmp_path / "p", "--dwell", "0.2")
    with process(*arguments, log=log) as machine:
        serial, uri = line(machine, log).split()
        config = write_config(tmp_path, int(uri.rpartition(":")[2]))
        config.write_text(config.read_text().replace('"evolis"', '"fargo"').replace('"primacy"', '"dtc1250e"'))
        with spooler(config, log) as (client, running):
            (answer,) = client.submit([ktp(1)])
            while not cards(tmp_path / "p" / serial):  # a card takes 16 s for the spooler, and here 0.2
                assert running.poll() is None
            assert client.call("job", {"id": answer["id"]})["state"] == "processing"
            running.send_signal(signal.SIGKILL)
            running.wait()
        with spooler(config, log) as (client, _):
            found = client.call("job", {"id": answer["id"]})
            while found["state"] != "processing-stopped":
                found = client.call("job", {"id": answer["id"], "wait_ms": 20_000, "version": found["version"]})
            assert (found["reason"], found["evidence"]) == ("inspect-card", "accountable-uncounted")
            assert client.call("resolve", {"id": answer["id"], "answer": "printed"})["state"] == "completed"
        assert len(cards(tmp_path / "p" / serial)) == 1
