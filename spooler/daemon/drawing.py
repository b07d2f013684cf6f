"""A press's cards before they are sent: the one whose turn it is, and the one drawn ahead.

Encoded cards of the whole process come out of one bounded pool. A place in it is let go as soon as the printer has the
bytes, so that printers which wait for somebody starve nobody, and no raster stays in memory longer than it must.
"""

import trio

from spooler.backends.contract import EncodedCard, Language, OutOfReachError
from spooler.model.ids import JobId
from spooler.model.job import Job
from spooler.model.site import PrinterConfig
from spooler.render import UnprintableError

from .rooms import Rooms
from .trouble import ShreddedError


class Drawn:
    """An encoded card and its place in the pool. `take` hands the bytes over, `let_go` frees the place, once."""

    def __init__(self, job: Job, card: EncodedCard, pool: trio.Semaphore) -> None:
        self.job: JobId = job.id
        self._card: EncodedCard | None = card
        self._pool = pool
        self._held = True

    def take(self) -> EncodedCard:
        """The card; whoever takes it is the last to hold it."""
        card, self._card = self._card, None
        assert card is not None, "a card is sent once"
        return card

    def let_go(self) -> None:
        """The bytes are out of our hands, or not wanted any more."""
        self._card = None
        if self._held:
            self._held = False
            self._pool.release()


class Drawer:
    """Draws for one press."""

    def __init__(self, rooms: Rooms, printer: PrinterConfig, language: Language) -> None:
        self._rooms = rooms
        self._family = printer.family
        self._tone = printer.tone
        self._language = language
        self._ahead: Drawn | None = None

    def has(self, job: Job) -> bool:
        """Whether the job's card is drawn already."""
        return self._ahead is not None and self._ahead.job == job.id

    async def draw(self, job: Job) -> Drawn:
        """The job's card: the one drawn ahead if it is that one. Waits for a place in the pool.

        Raises spooler.render.UnprintableError and ShreddedError.
        """
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            if ahead.job == job.id:
                return ahead
            ahead.let_go()
        await self._rooms.card_slots.acquire()
        return await self._encode(job)

    async def draw_ahead(self, job: Job) -> None:
        """Draw a job before its turn, if there is a place free; nothing is claimed by it."""
        if self._ahead is not None:
            return
        try:
            self._rooms.card_slots.acquire_nowait()
        except trio.WouldBlock:
            return
        try:
            self._ahead = await self._encode(job)
        except (UnprintableError, ShreddedError, OutOfReachError):
            pass  # its own turn will say so

    def drop(self) -> None:
        """Whoever stands still keeps no card drawn for later: the pool is everybody's, and the job may go elsewhere."""
        if self._ahead is not None:
            self._ahead.let_go()
            self._ahead = None

    async def _encode(self, job: Job) -> Drawn:
        """Draw in a thread; the caller's place in the pool goes over to the result, or back."""
        encode = self._rooms.plates.encode
        try:
            card = await trio.to_thread.run_sync(
                encode, self._family, self._language, job.kind, job.id, job.changed_ms // 1000,
                self._tone,
                limiter=self._rooms.render_limiter,
            )  # fmt: skip
        except BaseException:
            self._rooms.card_slots.release()
            raise
        return Drawn(job, card, self._rooms.card_slots)
