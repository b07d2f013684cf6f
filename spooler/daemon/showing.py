"""What people are shown of one printer: what its press says, what the gate adds to it, and how fast it prints."""

from collections import deque
from collections.abc import Sequence
from statistics import median

from spooler.model.ids import JobId
from spooler.model.printer import Facts, PrinterState, PrinterStatus
from spooler.model.reasons import told
from spooler.model.site import PrinterConfig

from .circuit import Circuit
from .feed import Board
from .gating import PressGate


class Showing:
    """One printer's place on the board."""

    def __init__(self, printer: PrinterConfig, board: Board, gate: PressGate, circuit: Circuit) -> None:
        self._printer = printer
        self._board = board
        self._gate = gate
        self._circuit = circuit
        self._said: tuple[PrinterState, Sequence[str]] = PrinterState.STOPPED, ("connecting-to-device",)
        self._printed = 0
        self._seconds: deque[float] = deque(maxlen=15)
        self.facts: Facts | None = None  # as the printer said them last
        self.job: JobId | None = None  # in hand
        self.doubt = False  # officers are asked about cards of this printer
        self.again()  # nobody who asks early misses a printer

    def printed(self, seconds: float) -> None:
        """A card came out, so long after its job was claimed."""
        self._printed += 1
        self._seconds.append(seconds)

    def show(self, state: PrinterState, reasons: Sequence[str]) -> None:
        """What its press says."""
        self._said = state, reasons
        self.again()

    def again(self) -> None:
        """The same, as the gate stands now."""
        (state, reasons), facts, gate = self._said, self.facts, self._gate
        if state is not PrinterState.PROCESSING:  # a card in hand is finished, whatever shuts meanwhile
            state, reasons = gate.shown(state, reasons)
        if self.doubt:  # it may go on, and still somebody is asked
            reasons = (*reasons, "inspect-card")
        self._board.put(
            PrinterStatus(
                name=self._printer.name,
                site=self._printer.site,
                state=state,
                reasons=told(set(reasons)),
                job=self.job,
                serial=facts.serial if facts else None,
                counter=facts.counter if facts else None,
                supplies=facts.supplies if facts else (),
                printed=self._printed,
                seconds_per_card=round(median(self._seconds), 2) if self._seconds else None,
                kinds=self._printer.kinds,
                retry=self._circuit.shown,
                paused=None if gate.pause is None else gate.pause.reason,
                until_ms=gate.until_ms,
            )
        )
