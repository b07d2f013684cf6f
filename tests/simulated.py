"""A simulated Evolis printer without a socket, and what its status words say: for tests of the simulator itself."""

import gzip
import json
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import define, frozen

from spooler.backends.simulator import Pace, Place, World, mechanism, steady
from spooler.backends.simulator.evolis import EvolisMachine

DATA = Path(__file__).parent / "data"
RELEASE = b"\x1bPcla;0\r\x1bPsync;11;1\r<END>\x1bPsync;11;0\r"


def stream(name: str) -> bytes:
    """A card as the vendor's library wrote it, without its releasing part."""
    return gzip.decompress((DATA / f"{name}.prn.gz").read_bytes()).removesuffix(RELEASE)


@frozen
class Words:
    """A status block, taken apart by the format alone."""

    cfg: int
    inf: int
    war: int
    err: int
    session: int
    extensions: tuple[int, ...]


def words(answer: bytes) -> Words:
    """What stands behind an answer's text."""
    block = answer.partition(b"\0")[2][2:]
    assert block[0] == 16
    assert block[17] == 2
    more = block[20:]
    assert all(more[at] == 4 for at in range(0, len(more), 5))
    extensions = tuple(struct.unpack(">I", more[at + 1 : at + 5])[0] for at in range(0, len(more), 5))
    return Words(*struct.unpack(">4I", block[1:17]), *struct.unpack(">H", block[18:20]), extensions)


@define
class Bench:
    """A printer at a place, within arm's reach."""

    place: Place
    folder: Path

    @property
    def world(self) -> World:
        return self.place.world

    async def ask(self, command: str, sender: str = "a") -> str:
        answer = await self.place.machine.handle(f"\x1b{command}\r".encode() + b"\0", sender)
        return answer.partition(b"\0")[0].decode()

    async def send(self, data: bytes, sender: str = "a") -> str:
        return (await self.place.machine.handle(data, sender)).partition(b"\0")[0].decode()

    async def words(self) -> Words:
        return words(await self.place.machine.handle(b""))

    async def settle(self, seconds: float = 60.0) -> Words:
        """Some time later."""
        await trio.sleep(seconds)
        return await self.words()

    async def print(self, card: bytes) -> str:
        """The whole conversation of one card; its first answer."""
        answer = await self.send(card)
        await self.send(RELEASE)
        await self.settle()
        return answer

    def lines(self, name: str) -> list[dict[str, Any]]:
        path = self.folder / f"{name}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


async def at_once(work: Callable[..., Any], *arguments: Any) -> Any:
    """In place of mechanism.in_thread: a virtual clock does not wait for threads."""
    await trio.lowlevel.checkpoint()
    return work(*arguments)


@asynccontextmanager
async def simulated(
    folder: Path, *, pace: Pace | None = None, model: str = "primacy", pictures: bool = False, **world: Any
) -> AsyncIterator[Bench]:
    """A printer whose every card takes a second, if no `pace` is given."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mechanism, "in_thread", at_once)
        async with trio.open_nursery() as nursery:
            build = partial(EvolisMachine, nursery=nursery, pace=pace or steady(1.0), model=model, pictures=pictures)
            machine = build(World(folder / "one", "S1", **({"feeder": 9} | world)))
            yield Bench(Place(machine, nursery, lambda: build(World(folder / "other", "S2", feeder=9))), folder / "one")
            nursery.cancel_scope.cancel()
