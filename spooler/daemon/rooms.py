"""What all presses share: the ways to the store, to jobs and to plates, and the bounds on memory and threads."""

import trio

from spooler.config import PressConfig

from .caring import Diary
from .clock import Clock
from .feed import Board
from .gating import Gates
from .lanes import Lanes
from .plates import Plates
from .reads import Reads
from .takers import Takers
from .writer import Writer


class Rooms:
    """What all presses share."""

    def __init__(
        self, *, writer: Writer, reads: Reads, lanes: Lanes, board: Board, plates: Plates, press: PressConfig,
        render_threads: int, encoded_cards: int, diary: Diary, clock: Clock, gates: Gates,
    ) -> None:  # fmt: skip
        self.writer = writer
        self.reads = reads
        self.lanes = lanes
        self.board = board
        self.plates = plates
        self.press = press
        self.diary = diary
        self.clock = clock
        self.takers = Takers()
        self.gates = gates
        self.render_limiter = trio.CapacityLimiter(render_threads)
        #: encoded cards in memory, over all presses: a press that finds none free waits
        self.card_slots = trio.Semaphore(encoded_cards, max_value=encoded_cards)
        self.stop = trio.Event()  # no new card is begun

    @property
    def stopping(self) -> bool:
        """Whether the spooler is going down: what is in hand is settled, nothing new is begun."""
        return self.stop.is_set()
