"""The simulated printers of a round, in a process of their own, and the hand that mistreats them.

    python printers.py FOLDER SERIAL…        prints one port per line, then obeys JSON lines on standard input

A printer's world is in FOLDER/SERIAL. Every line is answered by a line. What strikes is armed for a moment of a card
(world.Moment) or strikes at once ("now"); it is struck by the printer's own program, at that very moment, so that
no scheduling lies between the moment and the blow. The link to a printer is its port, and it stays while the printer
is off, unplugged, or another one.
"""

import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import trio
import zxingcpp
from PIL import Image, ImageChops

from spooler.backends.simulator.evolis import serve
from spooler.backends.simulator.evolis_decoder import COLUMNS, ROWS, Card
from spooler.backends.simulator.world import Moment, World

DWELL_SECONDS: Final = 0.06
#: Where the template of a child's card has its QR, with some air: x from, y from, x to, y to.
_QR: Final = (690, 370, 1016, 640)


def read_mark(card: Card) -> str | None:
    """The text of the QR on a card, which is its ticket; read from its resin, by a reader that is not the spooler's."""
    panel = Image.frombytes("1", (COLUMNS, ROWS), bytes(card.panels["k"])).convert("L")
    upright = panel.transpose(Image.Transpose.ROTATE_90).crop(_QR)
    found = zxingcpp.read_barcodes(ImageChops.invert(upright), formats=zxingcpp.BarcodeFormat.QRCode)
    return found[0].text.rpartition("/")[2] if found else None


class Station:
    """One place where a printer stands."""

    def __init__(self, folder: Path, serial: str, nursery: trio.Nursery) -> None:
        self._folder = folder
        self._serial = serial
        self._nursery = nursery
        self._power = trio.CancelScope()
        self.port = 0
        self.armed: list[dict[str, Any]] = []
        self.hits: list[str] = []  # what has struck, in order
        self.ejected: list[str] = []  # marks of spoiled cards that left with nobody watching
        self._hears_later = False
        self.troubles = 0  # how many things are out of order for a while
        self.world = self._enter(serial)

    def _enter(self, serial: str) -> World:
        world = World(self._folder / serial, serial, feeder=10_000, ribbon=10_000)
        world.on_moment = self._moment
        return world

    async def switch_on(self) -> None:
        """The printer of `world`, on the place's port."""
        self._power = trio.CancelScope()
        self.port = await self._nursery.start(self._run)

    async def _run(self, task_status: trio.TaskStatus[int]) -> None:
        off = self._off = trio.Event()
        try:
            with self._power:
                await serve(
                    self.world, port=self.port, dwell_seconds=DWELL_SECONDS, pictures=False, read_mark=read_mark,
                    task_status=task_status,
                )  # fmt: skip
        finally:
            off.set()

    def _moment(self, moment: Moment) -> None:
        for blow in [blow for blow in self.armed if blow["moment"] == moment]:
            blow["skip"] -= 1
            if blow["skip"] < 0:
                self.armed.remove(blow)
                self.strike(blow)
        if moment == "out":
            self._prepare()

    def _prepare(self) -> None:
        """What must be set before a card's bytes come."""
        for blow in [blow for blow in self.armed if blow["moment"] == "next"]:
            blow["skip"] -= 1
            if blow["skip"] < 0:
                self.armed.remove(blow)
                self.strike(blow)

    def arm(self, blow: dict[str, Any]) -> None:
        """`moment`: of a card, or "now", or "next": before the next card; `skip`: so many such moments pass first."""
        if blow["moment"] == "now":
            self.strike(blow)
        else:
            self.armed.append(blow)
            if blow["moment"] == "next":
                self._prepare()

    def strike(self, blow: dict[str, Any]) -> None:
        """Do it, and mend it after its `seconds`."""
        self.hits.append(blow["name"])
        world, seconds = self.world, blow.get("seconds", 0.0)
        match blow["do"]:
            case "kill":
                kill_spooler(blow["pid"])
                if world.hearing == "deaf":  # the dead one's card is read when the next one may be there already
                    self._hears_later = True
                    self._later(seconds, self._hear)
            case "unplug":
                world.plugged = False
                self._later(seconds, lambda: setattr(world, "plugged", True))
            case "late":
                world.answer_delay_seconds = blow["delay"]
                self._later(seconds, lambda: setattr(world, "answer_delay_seconds", 0.0))
            case "twice":
                world.answers = 2
                self._later(seconds, lambda: setattr(world, "answers", 1))
            case "fault":
                world.fault = blow["fault"]
                if blow["fault"] != "jam":  # a jam stays until somebody has taken the card out
                    self._later(seconds, lambda: setattr(world, "fault", None))
            case "deaf":
                world.hearing = "armed"
            case "count":
                world.next_count = blow["count"]
            case "cut":
                world.cut_after = blow["bytes"]
            case "power":
                self._power.cancel()
                self._later(seconds, partial(self._return, self._serial, ejects=blow["ejects"]))
            case "swap":
                self._power.cancel()
                self._later(0.0, partial(self._return, f"{self._serial}-OTHER", ejects=False))
                self._later(seconds, partial(self._swap_back))

    def _later(self, seconds: float, mend: Any) -> None:
        self.troubles += 1
        self._nursery.start_soon(self._mend, seconds, mend)

    async def _mend(self, seconds: float, mend: Any) -> None:
        await trio.sleep(seconds)
        result = mend()
        if result is not None:
            await result
        self.troubles -= 1

    def _hear(self) -> None:
        self.world.hearing = "hears"
        self._hears_later = False

    async def _swap_back(self) -> None:
        self._power.cancel()
        await self._return(self._serial, ejects=False)

    async def _return(self, serial: str, *, ejects: bool) -> None:
        """A printer is switched on. A card that lay in it is a jam that it sees, or it throws the card out unseen."""
        await self._off.wait()  # the one that was cancelled has let go of the port
        fault = self.world.fault
        spoiled = len(records(self._folder / serial, "spoiled"))
        self.world = self._enter(serial)
        lost = records(self._folder / serial, "spoiled")[spoiled:]
        if ejects:
            self.ejected += [line.get("mark", "") for line in lost]
        elif lost or (fault == "jam" and self.world.spoiled):
            self.world.fault = "jam"
        await self.switch_on()

    def status(self) -> dict[str, Any]:
        """At rest: nothing is out of order, armed or under way."""
        world = self.world
        return {
            "rest": self.troubles == 0 and world.at_rest and world.hearing == "hears",
            "fault": world.fault, "serial": world.serial, "armed": [blow["name"] for blow in self.armed],
            "hits": self.hits, "ejected": self.ejected, "troubles": self.troubles,
        }  # fmt: skip

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        match order["order"]:
            case "arm":
                self.arm(order)
            case "disarm":
                self.armed.clear()
                if not self._hears_later:
                    self.world.hearing = "hears"
                self.world.cut_after = None
                self.world.next_count = 1
            case "clear":  # an officer takes the jammed card out
                self.world.fault = None
        return self.status()


def kill_spooler(pid: int) -> None:
    """SIGKILL, if that process is still the round's spooler."""
    try:
        if b"hurried" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        pass


def records(world: Path, name: str) -> list[dict[str, Any]]:
    """The lines of a world's record `name`: cards, or spoiled."""
    path = world / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


async def main(folder: Path, serials: list[str]) -> None:
    """Until standard input ends."""
    async with trio.open_nursery() as nursery:
        stations = [Station(folder, serial, nursery) for serial in serials]
        for station in stations:
            await station.switch_on()
            print(station.port, flush=True)
        async for line in _lines():
            order = json.loads(line)
            print(json.dumps(stations[order["printer"]].obey(order)), flush=True)
        nursery.cancel_scope.cancel()


async def _lines() -> AsyncIterator[bytes]:
    stream = trio.lowlevel.FdStream(os.dup(sys.stdin.fileno()))
    rest = b""
    async for data in stream:
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield line


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]), sys.argv[2:])
