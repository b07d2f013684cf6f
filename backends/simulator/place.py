"""Where a printer stands: one machine at a time, its power, and its script of faults.

A place is what an address leads to. After a swap another printer stands there; the first one's power is off meanwhile.
"""

from collections.abc import Callable
from typing import Final

import trio

from .effects import EFFECTS
from .faults import Fault
from .machine import Machine
from .world import World

OFF_SECONDS: Final = 1.0  # of a power failure or a swap for which nothing is said


class Place:
    """A machine, and what befalls it."""

    def __init__(self, machine: Machine, nursery: trio.Nursery, other: Callable[[], Machine] | None = None) -> None:
        """`other` makes the printer that a swap puts here, when it is first needed."""
        self.machine = machine
        self._nursery = nursery
        self._other = other
        self._away: Machine | None = None
        self._taken = 0  # cards so far
        self._script: list[tuple[int, Fault]] = []  # (strikes at this card or a later one, fault)
        self.struck: list[Fault] = []  # what has come true, in order
        machine.world.on_reached = self._reached

    @property
    def world(self) -> World:
        """Of the machine that stands here."""
        return self.machine.world

    # -- faults ------------------------------------------------------------------------------------------------

    @property
    def armed(self) -> tuple[Fault, ...]:
        """What has not struck yet."""
        return tuple(fault for _, fault in self._script)

    def arm(self, *faults: Fault) -> None:
        """A fault at "now" strikes at once; another at its moment of its card, or of the first later one that has it.

        Raises ValueError for a swap where there is no other printer.
        """
        for fault in faults:
            if fault.what == "swapped" and self._other is None:
                raise ValueError("there is no other printer to be put here")
            if fault.at == "now":
                self.strike(fault)
            else:
                self._script.append((self._taken + fault.card, fault))

    def disarm(self) -> None:
        """Forget what has not struck yet."""
        self._script.clear()

    def strike(self, fault: Fault) -> None:
        """Let it come true, and mend it after its seconds."""
        self.struck.append(fault)
        match fault.what:
            case "power":
                self._nursery.start_soon(self.power_cycle, fault.seconds or OFF_SECONDS)
                self.power_off()
            case "swapped":
                self._nursery.start_soon(self._swap, fault.seconds)
            case _:
                mend = EFFECTS[fault.what](self.machine.mechanism, fault)
                if fault.seconds is not None:
                    self._nursery.start_soon(self._mend, fault.seconds, mend)

    def _reached(self, names: tuple[str, ...]) -> None:
        self._taken += "taken" in names
        for due, fault in tuple(self._script):
            if due <= self._taken and fault.at in names:
                self._script.remove((due, fault))
                self.strike(fault)

    async def _mend(self, seconds: float, mend: Callable[[], object]) -> None:
        await trio.sleep(seconds)
        mend()

    # -- power -------------------------------------------------------------------------------------------------

    def power_off(self) -> None:
        """Memory and session are lost; a card in the path stays there."""
        self.machine.mechanism.power_off()
        self.machine.forget()

    async def power_cycle(self, seconds: float) -> None:
        """Off, and on again after `seconds`."""
        machine = self.machine
        machine.mechanism.power_off()
        machine.forget()
        await trio.sleep(seconds)
        if machine is self.machine:
            await machine.mechanism.power_on()

    def power(self, which: str) -> None:
        """off, on or cycle; it goes on by itself."""
        match which:
            case "off":
                self.power_off()
            case "on" if not self.world.powered:
                self._nursery.start_soon(self.machine.mechanism.power_on)
            case "cycle":
                self._nursery.start_soon(self.power_cycle, OFF_SECONDS)

    async def swap(self) -> None:
        """The other printer stands here now. Raises ValueError if there is none."""
        if self._away is None and self._other is None:
            raise ValueError("there is no other printer to be put here")
        self.power_off()
        self.machine, self._away = self._away or self._make(), self.machine
        self.machine.world.on_reached = self._reached
        if not self.world.powered:
            await self.machine.mechanism.power_on()

    def _make(self) -> Machine:
        assert self._other is not None
        return self._other()

    async def _swap(self, seconds: float | None) -> None:
        await self.swap()
        if seconds is not None:
            await trio.sleep(seconds)
            await self.swap()
