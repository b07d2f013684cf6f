"""Law 8 against the simulator: every fault that it can have is told by the running spooler with exactly one reason, and
when it is gone the reason is gone and printing goes on, or an officer is asked about one card.

The machine's own troubles are mapped to what an officer reads; the table names every fault of the simulator, so that
a new one fails here until somebody has said what it is called.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
import trio
from attrs import evolve

from running import selftest, write_config
from spooler.backends import evolis, tcp
from spooler.backends.contract import Exchange
from spooler.backends.simulator import FAULTS, Fault, Place, World, fault, steady
from spooler.backends.simulator.effects import EFFECTS
from spooler.backends.simulator.evolis import EvolisMachine
from spooler.backends.simulator.tcp import serve_tcp
from spooler.client import AsyncClient, open_client
from spooler.config import load
from spooler.daemon import Addresses, serve
from spooler.model.care import Care
from spooler.model.reasons import REASONS
from spooler.rules.care import ADVISORY
from workshop import hurry

DWELL: Final = 0.4
#: What a fault is called while it stands, and how it ends: an officer is asked ("doubt"), or the card is printed.
STOPS: Final = {
    "jam": ("media-jam", "doubt"),
    "feed-fails": ("feed-fault", "doubt"),
    "ribbon-ends": ("marker-supply-empty", "doubt"),
    "ribbon-breaks": ("ribbon-fault", "doubt"),
    "head-hot": ("over-temperature", "doubt"),
    "cover-opens": ("cover-open", "goes-on"),
    "feeder-empty": ("media-empty", "goes-on"),
    "hopper-full": ("output-area-full", "goes-on"),
    "reject-full": ("rejects-full", "goes-on"),
    "ribbon-ended": ("marker-supply-empty", "goes-on"),
    "no-ribbon": ("marker-supply-missing", "goes-on"),
    "unknown-ribbon": ("marker-supply-wrong", "goes-on"),
    "overheats": ("cooling", "goes-on"),
    "cleaning-due": ("cleaning-required", "goes-on"),
    "unplugged": ("connecting-to-device", "goes-on"),
    "late": ("connecting-to-device", "goes-on"),
    "garbled": ("connecting-to-device", "goes-on"),
    "power": ("connecting-to-device", "goes-on"),
}
#: What no sensor tells, so that no printer can name it: it shows in the counter, costs a try, or nothing. What becomes
#: of these cards is the verdict's affair: tests/test_backends_evolis_misfortunes.py and the crash campaign.
SILENT: Final = frozenset(
    {"two-fed", "rejects", "counts", "swapped", "resumes", "cut", "slow", "busy", "twice", "deaf"}
)  # fmt: skip


def test_every_fault_of_the_simulator_stands_in_the_table() -> None:
    assert {*STOPS, *SILENT} == set(FAULTS)
    assert not set(STOPS) & set(SILENT)
    assert all(reason in REASONS for reason, _ in STOPS.values())


class Shown:
    """Every reason that the printer was shown with."""

    def __init__(self, client: AsyncClient) -> None:
        self.client = client
        self.ever: set[str] = set()
        self.now: tuple[str, ...] | None = None  # before anything was seen
        self._changed = trio.Event()

    async def follow(self) -> None:
        async with self.client.watch(entries=False, state=True) as notes:
            async for note in notes:
                self.now = tuple(note.params["printers"][0]["reasons"])
                self.ever.update(self.now)
                self._changed.set()
                self._changed = trio.Event()

    async def until(self, *reasons: str) -> None:
        with trio.fail_after(15):
            while self.now != reasons:
                await self._changed.wait()


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[tuple[AsyncClient, Place, Shown]]:
    """A spooler in good order with one simulated printer, whose place the test holds."""
    async with trio.open_nursery() as nursery:
        worlds = [World(folder / name, serial) for name, serial in (("P1", "SIM-1"), ("P2", "SIM-2"))]
        machines = [EvolisMachine(world, nursery, pace=steady(DWELL), pictures=False) for world in worlds]
        place = Place(machines[0], nursery, lambda: machines[1])
        port = await nursery.start(partial(serve_tcp, place))
        stop = trio.Event()
        async with trio.open_nursery() as spooler:
            addresses: Addresses = await spooler.start(partial(serve, load(write_config(folder, port)), stop=stop))
            async with open_client(f"unix:{addresses.socket}", application="tests") as client:
                async with open_client(f"unix:{addresses.socket}", application="watch") as watcher:
                    shown = Shown(watcher)
                    spooler.start_soon(quietly, shown.follow)
                    await shown.until()
                    shown.ever.clear()
                    yield client, place, shown
            stop.set()
        nursery.cancel_scope.cancel()


async def quietly(follow: Any) -> None:
    try:
        await follow()
    except Exception:  # noqa: BLE001 - the test is over, and its connection with it
        return


async def job_of(client: AsyncClient, ticket: str) -> str:
    (answer,) = await client.submit([selftest(ticket)])
    return str(answer["id"])


async def ended(client: AsyncClient, job: str) -> str:
    """What became of it: "goes-on" or "doubt"."""
    with trio.fail_after(30):
        found = await client.call("job", {"id": job})
        while found["state"] not in ("completed", "processing-stopped"):
            found = await client.call("job", {"id": job, "wait_ms": 15_000, "version": found["version"]})
    return "goes-on" if found["state"] == "completed" else "doubt"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    model = evolve(evolis.FAMILY.models["primacy"], care=Care())
    monkeypatch.setitem(evolis.FAMILY.models, "primacy", model)
    patient = tcp.TcpTransport.exchange

    async def exchange(self: tcp.TcpTransport, step: Exchange) -> bytes:
        return await patient(self, evolve(step, timeout=min(step.timeout, 2.0)))

    monkeypatch.setattr(tcp.TcpTransport, "exchange", exchange)


#: Reasons of the spooler itself on the way through a doubt.
OWN: Final = {"inspect-card", "settling"}


@pytest.mark.parametrize("what", STOPS)
async def test_a_fault_is_told_by_one_reason_and_clears_by_itself(tmp_path: Path, what: str) -> None:
    reason, end = STOPS[what]
    async with stage(tmp_path) as (client, place, shown):
        struck: Fault = fault(what)
        if struck.at == "now":
            mend = strike(place, struck)
            await shown.until(reason)
            job = await job_of(client, "a")
            if reason not in ADVISORY:
                assert (await client.call("job", {"id": job}))["state"] == "pending"
                assert place.world.path is None
            mend()
        else:
            place.arm(struck)
            job = await job_of(client, "a")
        assert await ended(client, job) == end
        if end == "doubt":
            await shown.until("inspect-card", reason)
            place.world.clear()
            place.world.mend()
            if place.world.ribbon < 1:
                place.world.change_ribbon()
            await client.call("resolve", {"id": job, "answer": "no-card"})
            assert await ended(client, job) == "goes-on"
        await shown.until()
        assert await ended(client, await job_of(client, "after")) == "goes-on"
        assert shown.ever - OWN == {reason}


def strike(place: Place, struck: Fault) -> Any:
    """Let it come true; returns what mends it."""
    if struck.what == "power":
        place.power("off")
        return lambda: place.power("on")
    if struck.what in ("late", "garbled"):  # longer than the link is patient, and more than one answer
        struck = evolve(struck, value=1000.0)
    return EFFECTS[struck.what](place.machine.mechanism, struck)
