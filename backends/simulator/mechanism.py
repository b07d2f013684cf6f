"""The works of a simulated printer, of whatever family: one card from the feeder to the exit, in time and in heat.

A machine gives it `Work` and asks it how things stand. Time is trio's, so a virtual clock rules it. What goes wrong is
the World's: the mechanism reaches a moment, tells it, and then looks at what has become of the card.
"""

import os
from collections.abc import Callable
from typing import Any, Final, TypeVar

import trio
from attrs import field, frozen
from PIL import Image

from .things import REFUSALS, WAITS, Trouble
from .timing import Head, Pace
from .world import World

_WAIT_SECONDS: Final = 0.1  # between looks at an empty feeder: whoever fills it rings no bell

T = TypeVar("T")
Pictures = tuple[Image.Image | None, Image.Image | None]

#: As many cards are drawn and written at a time, over all simulators, as there are processors.
_threads: trio.lowlevel.RunVar[trio.CapacityLimiter] = trio.lowlevel.RunVar("simulator_threads")


async def in_thread(work: Callable[..., T], *arguments: Any) -> T:
    """What would keep other printers waiting: drawing, and flushing to the disk."""
    try:
        limiter = _threads.get()
    except LookupError:
        limiter = trio.CapacityLimiter(os.cpu_count() or 1)
        _threads.set(limiter)
    return await trio.to_thread.run_sync(work, *arguments, limiter=limiter)


@frozen(eq=False)
class Work:
    """A card to print. `draw` and `read_mark` are called in a thread."""

    panels: str  # inks in the order in which they are printed, the back's after the front's
    ribbon: str = ""  # the kind of ribbon that it is for; "": any
    front_panels: int | None = None  # so many of them are the front's, then the card is flipped; None: one side
    draw: Callable[[], Pictures] | None = field(default=None, repr=False)
    read_mark: Callable[[], str | None] | None = field(default=None, repr=False)


class Mechanism:
    """One printer's works. It must be the only one in its world."""

    def __init__(self, world: World, pace: Pace, nursery: trio.Nursery) -> None:
        self.world = world
        self.pace = pace
        self.printing = False  # a card moves
        self._nursery = nursery
        self._waiting: trio.CancelScope | None = None  # a job that was given and has not begun
        self._job: trio.CancelScope | None = None  # from the moment it is taken on until its end
        self._ended = trio.Event()
        self._head = Head(pace)
        self._warm_at = trio.current_time() + pace.warm_up
        #: told when a job has ended without its card having come out
        self.on_lost: Callable[[], None] = lambda: None

    # -- how things stand --------------------------------------------------------------------------------------

    @property
    def waiting(self) -> bool:
        """A job was given and has not begun."""
        return self._waiting is not None

    @property
    def warming(self) -> bool:
        """It was switched on a moment ago."""
        return trio.current_time() < self._warm_at

    @property
    def degrees(self) -> float:
        """Of the head, Celsius."""
        return self._head.then(trio.current_time()).degrees

    def troubles(self) -> frozenset[Trouble]:
        """The world's, and the head's."""
        self._head = self._head.then(trio.current_time())
        found = self.world.troubles()
        return found | {"cooling"} if self._head.resting else found

    def overheat(self) -> None:
        """The head is as hot as it may get."""
        self._head = Head(self.pace, self.pace.hot, trio.current_time(), resting=True)

    def cool(self) -> None:
        """Somebody has waited long enough."""
        self._head = Head(self.pace)

    # -- power -------------------------------------------------------------------------------------------------

    def power_off(self) -> None:
        """Whatever it does ends here; a card in the path stays there."""
        self.world.powered = False
        self.world.memory = ""
        if self._job is not None:
            self._job.cancel()

    async def power_on(self) -> None:
        """It finds what lies in it, and warms up."""
        if self._job is not None:
            await self._ended.wait()  # a line that was being written is written
        self.printing = False
        self._waiting = self._job = None
        self.world.power_up()
        self.world.says -= REFUSALS
        self.world.at_rest = True
        self._warm_at = trio.current_time() + self.pace.warm_up
        self.world.powered = True

    # -- a card ------------------------------------------------------------------------------------------------

    def begin(self, work: Work) -> None:
        """Take it on. Raises ValueError while another is in hand or a lost card lies in the path."""
        if self.waiting or self.printing or self.world.path is not None:
            raise ValueError("there is a card in hand")
        self._waiting = trio.CancelScope()
        self.world.at_rest = False
        self.world.says -= REFUSALS
        self._job, self._ended = trio.CancelScope(), trio.Event()
        self._nursery.start_soon(self._run, work, self._waiting, self._job, self._ended)

    def drop(self) -> None:
        """Forget a job that has not begun."""
        if self._waiting is not None:
            self._waiting.cancel()

    async def _run(self, work: Work, waiting: trio.CancelScope, job: trio.CancelScope, ended: trio.Event) -> None:
        try:
            with job:
                out = await self._work(work, waiting)
                self._waiting = self._job = None
                self.printing = False
                self.world.at_rest = True
                if not out:
                    self.on_lost()
        finally:
            ended.set()

    async def _work(self, work: Work, waiting: trio.CancelScope) -> bool:
        """Whether a card came out."""
        await trio.lowlevel.checkpoint()  # the power may have failed at once
        mark: str | None = None
        ready = False
        with waiting:
            if work.read_mark is not None:
                mark = await in_thread(work.read_mark)
            ready = await self._ready()
        self._waiting = None
        if not ready or not self._feed(work, mark):
            return False
        pictures: list[Pictures] = []
        async with trio.open_nursery() as nursery:
            if work.draw is not None:
                nursery.start_soon(self._draw, work.draw, pictures)
            out = await self._panels(work)
        if out:
            front, back = pictures[0] if pictures else (None, None)
            await in_thread(self.world.leave, front, back)
            self.world.reached("out")
        return out

    async def _draw(self, draw: Callable[[], Pictures], pictures: list[Pictures]) -> None:
        pictures.append(await in_thread(draw))

    async def _ready(self) -> bool:
        """Wait until a card can be fed; False if the job is forgotten, since somebody had to help."""
        helped = False
        while self.warming or (waits := self.troubles() & WAITS):
            helped = helped or (not self.warming and bool(waits - {"cooling"}))
            await trio.sleep(_WAIT_SECONDS)
        return self.world.resumes or not helped

    def _feed(self, work: Work, mark: str | None) -> bool:
        """A card leaves the feeder, if it can."""
        if work.ribbon and not self.world.fits(work.ribbon):
            self.world.says.add("wrong-ribbon")
            return False
        if self.world.feed_fails:
            self.world.feed_fails = False
            self.world.says.add("feed-failed")
            return False
        self.world.take(mark)
        self.printing = True
        return True

    async def _panels(self, work: Work) -> bool:
        """Everything between the feeder and the exit; False if the card does not come out."""
        await trio.sleep(self.pace.feed)
        self.world.reached("fed")
        panels = work.panels
        for place, ink in enumerate(panels):
            if place == work.front_panels:
                await trio.sleep(self.pace.flip)
            seconds = self.pace.panel(ink, len(panels))
            await trio.sleep(seconds / 2)
            self._head = self._head.then(trio.current_time(), self.pace.heat(ink))
            self.world.turn(place + 1)
            names = (str(place + 1), ink)
            self.world.reached(*names, "half") if place == len(panels) // 2 else self.world.reached(*names)
            if not await self._whole():
                return False
            await trio.sleep(seconds / 2)
        if not panels:
            await self._blank()
        if self.world.jams_next:
            self.world.jams_next = False
            self.world.lose("jam")
        self.world.reached("printed")
        if not await self._whole():
            return False
        await trio.sleep(self.pace.eject)
        return True

    async def _blank(self) -> None:
        """A card without a panel goes through at the same pace."""
        await trio.sleep((self.pace.body or 0.0) / 2)
        self.world.reached("half")
        await trio.sleep((self.pace.body or 0.0) / 2)

    async def _whole(self) -> bool:
        """Whether the card is still to come out. With the cover open the machine waits, if it resumes by itself."""
        world = self.world
        while world.path is not None and world.path.lost is None and world.cover_open:
            if not world.resumes:
                world.lose("cover-opened-in-card")
                break
            await trio.sleep(_WAIT_SECONDS)
        return world.path is not None and world.path.lost is None
