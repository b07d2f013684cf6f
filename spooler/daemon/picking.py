"""Which job a press takes next: out of its lanes, as far as its gate lets cards through.

Beside the heads of the lanes a pick depends on what was picked before: the express credit (rules.order) and the run of
cards of one kind (rules.neighbours). A pick of which no card is begun is undone.
"""

from attrs import frozen

from spooler.model.job import Job
from spooler.model.site import PrinterConfig
from spooler.rules.neighbours import Run
from spooler.rules.order import FULL_CREDIT

from .gating import PressGate
from .lanes import Bell, Lane
from .rooms import Rooms


@frozen
class _Before:
    """What the next pick depends on."""

    credit: int
    run: Run | None


class Picker:
    """One press's picks."""

    def __init__(self, printer: PrinterConfig, rooms: Rooms, bell: Bell, card_ms: int) -> None:
        """`bell` rings whenever a job becomes pending; `card_ms`: the machine time of one card."""
        self._printer = printer
        self._rooms = rooms
        self._lanes = [Lane(destination, kind) for destination in printer.destinations for kind in printer.kinds]
        rooms.lanes.subscribe(printer.destinations, bell)
        rooms.takers.join(printer.name, self._lanes)
        self.gate = PressGate(printer, self._lanes, rooms.gates)
        self._next = self._last = _Before(FULL_CREDIT, Run(card_ms))

    def forget(self) -> None:
        """Jobs came back to the lanes by an Attach: they are read anew."""
        self._rooms.lanes.forget(self._lanes)

    async def take(self) -> Job | None:
        """The next job, now in the press's hand: it must be claimed, or put back. None: nothing may be taken."""
        opening = await self.gate.look()
        picked = await self._rooms.lanes.take(opening.lanes, self._next.credit, opening.urgent, self._next.run)
        if picked is None:
            return None
        self._last, self._next = self._next, _Before(picked.credit, picked.run)
        return picked.job

    def put_back(self, job: Job) -> None:
        """It was not claimed after all."""
        self._rooms.lanes.put_back(job)
        self.undo()

    def undo(self) -> None:
        """No card was begun of the last pick: it has cost nobody anything."""
        self._next = self._last

    async def peek(self) -> Job | None:
        """What `take` would give, as things stand."""
        opening = self.gate.opening
        picked = await self._rooms.lanes.peek(opening.lanes, self._next.credit, opening.urgent, self._next.run)
        return None if picked is None else picked.job

    async def gives_way(self, job: Job) -> bool:
        """Whether an express job has come that goes before `job`, the last one taken."""
        opening = self.gate.opening
        return await self._rooms.lanes.overtaken(job, (*opening.lanes, *opening.urgent), self._last.credit)

    def leave(self, job: Job) -> bool:
        """This kind is beyond the printer: the pool's others take it. False, and nothing changes, where there is no
        other."""
        lane = Lane(job.destination, job.kind)
        if not self._rooms.takers.leave(self._printer.name, lane):
            return False
        self._lanes.remove(lane)
        self.gate.leave(lane)
        return True
