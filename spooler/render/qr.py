"""QR symbols: zxing-cpp writes the modules, a kernel enlarges them into the resin plane.

A module is a whole number of pixels, so that every edge is sharp; as many as the area allows with the quiet zone of
four modules that ISO/IEC 18004 asks for. The least that a template may leave a module is 0.25 mm unless it says
otherwise: what the maker of the code lists for common hand-held readers (qrcode.com, "Point for setting the module
size"), and three dots of a 300 dpi head. zxing-cpp is quick, but holds the GIL while it writes a symbol.
"""

from collections.abc import Mapping

import zxingcpp
from attrs import frozen

from spooler.ext import qr
from spooler.model.picture import Geometry, Planes

from .errors import QrDoesNotFitError
from .template import Pattern, QrBlock

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
            barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=self.level)
        except ValueError:  # more than the largest symbol holds
            raise self._too_long(None) from None
        modules = barcode.to_image(scale=1, add_quiet_zones=False)
        side = modules.shape[0]
        module = room // (side + 2 * self.quiet)
        if module < self.least:
            raise self._too_long((side + 2 * self.quiet) * self.least)
        pixels = side * module
        left, top = x + (width - pixels) // 2, y + (height - pixels) // 2
        size = (planes.geometry.width, planes.geometry.height)
        qr.enlarge(modules, module, planes["k"], *size, left, top)  # type: ignore[arg-type]  # it is a buffer
        return text, (left, top, pixels, pixels)

    def _too_long(self, pixels: int | None) -> QrDoesNotFitError:
        room = min(self.box[2:]) / self.millimetre
        return QrDoesNotFitError(self.field, None if pixels is None else pixels / self.millimetre, room)


def plan_qr(block: QrBlock, geometry: Geometry, box: Box) -> QrPlan:
    """A block whose area is `box` on this geometry."""
    least = max(1, round(geometry.length(block.module)))
    return QrPlan(box, block.pattern, block.level, block.quiet, least, geometry.length(1))
