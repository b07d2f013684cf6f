"""The panels of a card as NumPy arrays, made once and written to again: row = x, column = height - 1 - y."""

import numpy as np
from numpy.typing import NDArray

from .layout import Layout

Bytes = NDArray[np.uint8]


class Panels:
    """Dyes and resin, turned. `photo`: the photo's rectangle of y, m and c, to be written; `resin`: 0 or 255."""

    def __init__(self, layout: Layout) -> None:
        self._dyes = np.zeros((3, layout.width, layout.height), np.uint8)
        left, top, right, bottom = layout.photo_on_panel
        self._over = slice(top, bottom), slice(left, right)
        self.photo = self._dyes[:, top:bottom, left:right]
        self.resin = np.zeros((layout.width, layout.height), np.uint8)
        self._overlay = np.packbits(np.full_like(self.resin, 255), axis=1).data

    def separate(self, pixels: Bytes, channels: tuple[int, int, int]) -> None:
        """Write the photo from its turned pixels; `channels`: which are blue, green and red."""
        for plane, channel in zip(self.photo, channels, strict=True):
            np.invert(pixels[:, :, channel], out=plane)

    def finish(self) -> dict[str, memoryview]:
        """The card, good until the next one is written: no dye where the photo has resin."""
        over = self.resin[self._over]
        if over.any():
            np.putmask(self.photo, np.broadcast_to(over != 0, self.photo.shape), 0)
        y, m, c = self._dyes
        return {"y": y.data, "m": m.data, "c": c.data, "k": np.packbits(self.resin, axis=1).data, "o": self._overlay}


def turned(plane: Bytes) -> Bytes:
    """A view of a plane, or of a picture, as its panel lies."""
    return plane[::-1].swapaxes(0, 1)
