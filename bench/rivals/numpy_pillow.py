"""Pillow with NumPy: separation, turning and packing in NumPy, the rest in Pillow.

Two contestants. The first sets text with Pillow's own call. The second keeps every glyph as an array that is turned
already and ORs it into the panel: no text call, no turning of the resin. That is about as far as one gets without a
compiler. It is no longer what people do, and runs here so that nobody need ask.
"""

import numpy as np
from PIL import Image

from spooler.model.job import Content

from .layout import Face, Layout
from .panels import Bytes, Panels, turned
from .pillow import Pillow, signature_ink


class NumpyPillow(Pillow):
    """The rival with Pillow's text."""

    name = "Pillow + NumPy"
    mode = "L"  # which NumPy reads as it lies in memory

    def __init__(self, layout: Layout) -> None:
        super().__init__(layout)
        self._panels = Panels(layout)

    def photo(self, content: Content) -> None:
        """Into the dyes."""
        assert content.photo is not None
        self._panels.separate(np.asarray(self.scaled(content.photo)), (2, 1, 0))

    def panels(self) -> dict[str, memoryview]:
        """The card's panels, good until the next card: what Pillow alone must copy is not copied here."""
        np.copyto(self._panels.resin, turned(np.asarray(self.resin)))
        return self._panels.finish()


class GlyphNumpy(NumpyPillow):
    """The rival with glyphs kept as arrays."""

    name = "Pillow + NumPy, own glyphs"

    def __init__(self, layout: Layout) -> None:
        super().__init__(layout)
        self._plates = {moved: _array(image) for moved, image in ((False, self.plate), (True, self.ground))}
        self._glyphs: dict[Face, dict[str, tuple[int, int, Bytes, int]]] = {face: {} for face in layout.faces}

    def text(self, content: Content) -> None:
        """Onto a copy of the plate's panel."""
        lines, moved = self.layout.lines(content.fields, self.type.measure)
        panel = self._panels.resin
        np.copyto(panel, self._plates[moved])
        for face, x, baseline, text in lines:
            known = self._glyphs[face]
            for one in text:
                if one not in known:
                    known[one] = self._glyph(face, one)
                left, foot, mask, advance = known[one]
                row, column = x + left, self.layout.height - baseline - foot
                place = panel[row : row + mask.shape[0], column : column + mask.shape[1]]
                np.bitwise_or(place, mask, out=place)
                x += advance

    def _glyph(self, face: Face, one: str) -> tuple[int, int, Bytes, int]:
        """Left bearing, pixels from the baseline to its foot, turned mask, advance."""
        mask, (left, top) = self.type.font(face).getmask2(one, mode="1", anchor="ls")
        width, height = mask.size
        pixels = np.frombuffer(bytes(mask), np.uint8).reshape(height, width)
        return left, top + height, turned(pixels).copy(), self.type.measure(face, one) + face.spacing

    def signature(self, content: Content) -> None:
        """Into the panel."""
        if content.signature is not None:
            mask, (x, y) = signature_ink(content.signature, self.layout.signature)
            column = self.layout.height - y - mask.height
            place = self._panels.resin[x : x + mask.width, column : column + mask.height]
            np.bitwise_or(place, _array(mask.convert("L")), out=place)

    def panels(self) -> dict[str, memoryview]:
        """The card's panels, good until the next card."""
        return self._panels.finish()


def _array(image: Image.Image) -> Bytes:
    return turned(np.asarray(image)).copy()
