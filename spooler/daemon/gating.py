"""The gates at work: the pauses, hours and rations of the city, and each press's question before its next card.

A press asks before each claim which of its lanes let a card through, waits for its bell or for the moment that its gate
names, and shows why. Pauses and hours are known here; the count of a ration is read from the store each time, by those
who have one, and the claim names the most that may have been begun, so that two printers cannot pass it together.
"""

from collections.abc import Callable, Mapping, Sequence

import structlog
import trio
from attrs import evolve, field, frozen

from spooler.config import Config
from spooler.model.gate import Gate, Pause, Paused, Pauses
from spooler.model.job import Job
from spooler.model.kinds import KINDS
from spooler.model.printer import PrinterState
from spooler.model.site import PrinterConfig, printer_destination
from spooler.model.stock import local_day
from spooler.rules.gate import GateRules, gate, most, site_gate, soonest
from spooler.rules.hours import calendar

from .clock import Clock
from .lanes import Bell, Lane
from .reads import Reads

log = structlog.get_logger()

Begun = Mapping[tuple[str, str], int]


def gate_rules(config: Config) -> GateRules:
    """What a config says of gates."""
    return GateRules(
        calendar(config.windows, config.exceptions),
        {(ration.site, ration.stock): ration for ration in config.rations},
        config.utc_offset_hours * 3_600_000,
    )


class Gates:
    """What all presses and desks know of the gates."""

    def __init__(self, rules: GateRules, pauses: Pauses, reads: Reads, clock: Clock) -> None:
        self.rules = rules
        self.pauses = pauses
        self._reads = reads
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []

    def subscribe(self, changed: Callable[[], None]) -> None:
        """Call `changed` whenever a pause begins or ends, or the rules change."""
        self._listeners.append(changed)

    def committed(self, paused: Paused) -> None:
        """Pauses as they stand in the store. Called in commit order."""
        self.pauses = paused.pauses
        self._tell()

    def replace(self, rules: GateRules) -> None:
        """The config was read anew."""
        self.rules = rules
        self._tell()

    def now_ms(self) -> int:
        """The wall clock."""
        return self._clock.wall_ms()

    async def begun(self, *of: tuple[str, str]) -> Begun:
        """(site, stock) -> cards begun today, of those with a ration. Raises StoreError."""
        rationed = [key for key in dict.fromkeys(of) if key in self.rules.rations]
        if not rationed:
            return {}
        day = local_day(self.now_ms(), self.rules.offset_ms)
        found = await self._reads.do(lambda reader: reader.begun(day, rationed))
        return dict(zip(rationed, found, strict=True))

    def gate(self, printer: str, site: str, stock: str, begun: Begun) -> Gate:
        """Of a printer for one site's cards on one stock, now."""
        return gate(self.rules, self.pauses, printer, site, stock, begun.get((site, stock), 0), self.now_ms())

    def site(self, site: str) -> Gate:
        """Of a site as a whole, now."""
        return site_gate(self.rules, self.pauses, site, self.now_ms())

    async def of_job(self, job: Job, printers: Sequence[str]) -> Gate | None:
        """What keeps a job from all of these printers; None where one of them may begin it now. Raises StoreError."""
        stock = KINDS[job.kind].stock
        begun = await self.begun((job.site, stock))
        ration = self.rules.rations.get((job.site, stock))
        gates = [self.gate(printer, job.site, stock, begun) for printer in printers]
        if ration is not None and begun.get((job.site, stock), 0) >= most(ration, job):  # the reserve is not for it
            gates = [evolve(one, urgent_priority=None) for one in gates]
        return soonest(gates)

    def _tell(self) -> None:
        for changed in self._listeners:
            changed()


@frozen
class Opening:
    """What a press may take now. `urgent`: lanes of which it may take only the express band and jobs of that priority
    or above."""

    lanes: tuple[Lane, ...] = ()
    urgent: Mapping[Lane, int] = field(factory=dict)

    @property
    def shut(self) -> bool:
        """Nothing at all."""
        return not self.lanes and not self.urgent


class PressGate:
    """One printer's gates."""

    def __init__(self, printer: PrinterConfig, lanes: Sequence[Lane], gates: Gates) -> None:
        self._printer = printer
        self._sites = {lane: _site(printer, lane) for lane in lanes}
        self._gates = gates
        self._begun: Begun = {}
        self.opening = Opening()  # as it was last looked at

    async def look(self) -> Opening:
        """What may be taken now. Raises StoreError."""
        self._begun = await self._gates.begun(*((site, _stock(lane)) for lane, site in self._sites.items()))
        found = self._found()
        self.opening = Opening(
            tuple(lane for lane, one in found.items() if one.reason is None),
            {lane: one.urgent_priority for lane, one in found.items() if one.urgent_priority is not None},
        )
        return self.opening

    def leave(self, lane: Lane) -> None:
        """The printer takes no more from it."""
        self._sites.pop(lane, None)

    def most(self, job: Job) -> int | None:
        """How many cards of the day may have been begun before this job's, where there is a ration."""
        ration = self._gates.rules.rations.get((job.site, KINDS[job.kind].stock))
        return None if ration is None else most(ration, job)

    def shown(self, state: PrinterState, reasons: Sequence[str]) -> tuple[PrinterState, tuple[str, ...]]:
        """What a printer without a card in hand is shown with."""
        found = list(self._found().values())
        closed = soonest(found)
        told = {one.reason for one in found if one.reason is not None}
        if closed is not None:
            return PrinterState.STOPPED, (*reasons, *told)
        return state, (*reasons, *(told & _OF_SOME))

    @property
    def until_ms(self) -> int | None:
        """When it goes on by itself, where nothing may be taken; None: when somebody acts, or it is open."""
        closed = soonest(list(self._found().values()))
        return None if closed is None else closed.until_ms

    @property
    def pause(self) -> Pause | None:
        """What a person said of the printer."""
        return self._gates.pauses.get(printer_destination(self._printer.name))

    async def wait(self, bell: Bell, longest: float) -> None:
        """For the bell, for the moment at which the gate says that it opens, or for so many seconds."""
        until_ms = self.until_ms
        if until_ms is not None:
            longest = min(longest, max(0.0, (until_ms - self._gates.now_ms()) / 1000))
        with trio.move_on_after(longest):
            await bell.wait()

    def _found(self) -> dict[Lane, Gate]:
        of: dict[tuple[str, str], Gate] = {}
        for lane, site in self._sites.items():  # many lanes, few gates
            key = site, _stock(lane)
            if key not in of:
                of[key] = self._gates.gate(self._printer.name, *key, self._begun)
        return {lane: of[site, _stock(lane)] for lane, site in self._sites.items()}


#: Told also where the printer goes on with other cards.
_OF_SOME = frozenset({"ration-spent", "ration-reserve"})


def _stock(lane: Lane) -> str:
    return KINDS[lane.kind].stock


def _site(printer: PrinterConfig, lane: Lane) -> str:
    """Whose jobs stand in the lane."""
    return lane.destination.removeprefix("site:") if lane.destination.startswith("site:") else printer.site
