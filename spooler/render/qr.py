"""QR symbols: zxing-cpp writes the modules, a kernel enlarges them into the resin plane.

A module is a whole number of pixels, so that every edge is sharp; as many as the area allows with the quiet zone of
four modules that ISO/IEC 18004 asks for. The least that a template may leave a module is 0.25 mm unless it says
otherwise: what the maker of the code lists for common hand-held readers (qrcode.com, "Point for setting the module
size"), and three dots of a 300 dpi head. zxing-cpp holds the GIL while it writes a symbol, and most of its time goes
into the choice of the mask, so that is made here.
"""

from collections.abc import Mapping
from typing import Final

import zxingcpp
from attrs import frozen

from spooler.ext import qr
from spooler.model.picture import Geometry, Planes

from .errors import QrDoesNotFitError
from .template import Pattern, QrBlock

#: Modules along a side up to which masks are chosen here: version 25, some thousand bytes.
_WIDEST: Final = 117

Box = tuple[int, int, int, int]  # x, y, width, height in pixels


@frozen
class QrPlan:
    """A block in pixels."""

    box: Box
    pattern: Pattern
    level: str
    quiet: int  # modules
    least: int  # pixels of a module
    millimetre: float  # pixels

    @property
    def field(self) -> str:
        """The field to blame."""
        return self.pattern.fields[0] if self.pattern.fields else "qr"

    def draw(self, planes: Planes, shown: Mapping[str, str]) -> tuple[str, Box] | None:
        """Draw the symbol: what it says, and where; None for a text that is empty. Raises QrDoesNotFitError."""
        text = self.pattern.fill(shown).strip(" ")
        if not text:
            return None
        x, y, width, height = self.box
        room = min(width, height)
        try:
            modules = _symbol(text, self.level)
        except ValueError:  # more than the largest symbol holds
            raise self._too_long(None) from None
        side = len(modules)
        module = room // (side + 2 * self.quiet)
        if module < self.least:
            raise self._too_long((side + 2 * self.quiet) * self.least)
        pixels = side * module
        left, top = x + (width - pixels) // 2, y + (height - pixels) // 2
        size = (planes.geometry.width, planes.geometry.height)
        qr.enlarge(modules, module, planes["k"], *size, left, top)
        return text, (left, top, pixels, pixels)

    def _too_long(self, pixels: int | None) -> QrDoesNotFitError:
        room = min(self.box[2:]) / self.millimetre
        return QrDoesNotFitError(self.field, None if pixels is None else pixels / self.millimetre, room)


def _write(text: str, level: str, mask: int | None = None) -> memoryview:
    """The symbol's modules, 0 dark and 255 light. ValueError for more than any symbol holds."""
    options = {} if mask is None else {"data_mask": mask}
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level, **options)
    return memoryview(code.to_image(scale=1, add_quiet_zones=False))  # type: ignore[arg-type]  # it is a buffer


#: side -> the masks of that version: 40 at most.
_MASKS: Final[dict[int, qr.Masks]] = {}


def _symbol(text: str, level: str) -> memoryview:
    """The symbol under its best mask, which is chosen here: zxing-cpp takes five times as long when it chooses."""
    first = _write(text, level, 0)
    side = len(first)
    if side > _WIDEST:
        return _write(text, level)
    if side not in _MASKS:
        _MASKS[side] = qr.Masks(_write(text, level, mask) for mask in range(8))
    best = memoryview(bytearray(side * side)).cast("B", (side, side))
    _MASKS[side].best(first, best)
    return best


def plan_qr(block: QrBlock, geometry: Geometry, box: Box) -> QrPlan:
    """A block whose area is `box` on this geometry."""
    least = max(1, round(geometry.length(block.module)))
    return QrPlan(box, block.pattern, block.level, block.quiet, least, geometry.length(1))
