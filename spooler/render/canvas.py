"""Canvases: planes that equal a plate outside the rectangles being drawn, lent to one thread at a time.

A card differs from its plate in a few rectangles; copying only those back costs a fraction of a fresh canvas. The
number of canvases is bounded over all plates together; who comes when all are lent waits.
"""

import threading
import time
from typing import Final

from spooler.ext import raster
from spooler.model.picture import Planes, Rectangle

from .plate import DYES, Compiled
from .turning import Landscape
from .typeset import Box

#: A canvas is lent for the milliseconds of one card; who waits so long has found a fault, not a queue.
_LONGEST_WAIT: Final = 30.0  # seconds


class Canvas:
    """Planes to draw one card on, and which rectangles of them were drawn: `resin` of k, `dyes` of y, m and c."""

    def __init__(self, compiled: Compiled) -> None:
        plate = compiled.planes
        self.compiled = compiled
        self.planes = Planes(plate.geometry, plate.inks, tuple(map(bytearray, plate.buffers)))
        self.landscape = Landscape(compiled.plate) if compiled.upright else None
        self.resin: list[Box] = []
        self.dyes: list[Box] = []
        self.thread = 0  # that drew on it last

    def restore(self) -> None:
        """Make it equal its plate again."""
        self.copy_from(self.compiled.planes, self.resin, self.dyes)
        if self.landscape is not None:
            self.landscape.restore(self.planes, rectangles_of(self.resin, self.dyes))
        self.resin.clear()
        self.dyes.clear()

    def copy_from(self, source: Planes, resin: list[Box], dyes: list[Box]) -> None:
        """Copy rectangles of `source`, planes of the same geometry and inks."""
        planes, size = self.planes, (self.planes.geometry.width, self.planes.geometry.height)
        if dyes:
            raster.copy_rectangles(planes.buffers[:3], source.buffers[:3], *size, dyes)
        if resin:
            raster.copy_rectangles(planes["k"], source["k"], *size, resin)


def rectangles_of(resin: list[Box], dyes: list[Box]) -> tuple[Rectangle, ...]:
    """What was drawn, each place once."""
    in_resin, in_dyes = set(resin), set(dyes)
    return tuple(
        Rectangle(*box, inks=(DYES if box in in_dyes else "") + ("k" if box in in_resin else ""))
        for box in in_resin | in_dyes
    )


class Pool:
    """At most `most` canvases, over all plates together.

    A thread gets the canvas back that it had last, if it is free: its bytes lie in the cache of that thread's core.
    """

    def __init__(self, most: int) -> None:
        if most < 1:
            raise ValueError("a renderer needs at least one canvas")
        self._most = most
        self._made = 0
        self._free: list[Canvas] = []  # the longest unused first
        self._changed = threading.Condition()

    def borrow(self, compiled: Compiled) -> Canvas:
        """A canvas that equals the plate. Blocks while all are lent; RuntimeError if that lasts half a minute."""
        deadline, thread = time.monotonic() + _LONGEST_WAIT, threading.get_ident()
        with self._changed:
            while True:
                places = [place for place, canvas in enumerate(self._free) if canvas.compiled is compiled]
                if places:
                    place = next((p for p in places if self._free[p].thread == thread), places[-1])
                    return self._free.pop(place)
                if self._made < self._most:
                    self._made += 1
                    break
                if self._free:
                    self._free.pop(0)  # another plate's: its place is taken
                    break
                if not self._changed.wait(deadline - time.monotonic()) and time.monotonic() >= deadline:
                    raise RuntimeError(
                        f"all {self._most} canvases were in use for {_LONGEST_WAIT:g} s: raise `canvases` above the"
                        " number of threads that draw"
                    )
        try:
            return Canvas(compiled)
        except BaseException:
            with self._changed:
                self._made -= 1
                self._changed.notify()
            raise

    def give_back(self, canvas: Canvas) -> None:
        """Restore the canvas and let the next one have it."""
        canvas.restore()
        canvas.thread = threading.get_ident()
        with self._changed:
            self._free.append(canvas)
            self._changed.notify()
