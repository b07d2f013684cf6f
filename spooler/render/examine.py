"""What a drawn card shows of itself: measured on its planes, so it is what would be printed. rules.looks judges it.

On the machine of the benchmarks a look at a photo takes 12 us, reading a QR symbol of 180 pixels 65 us
with it (zxing-cpp keeps it).
"""

from typing import Final

import zxingcpp
from PIL import Image, ImageChops

from spooler.ext import look
from spooler.model.picture import Box, Planes
from spooler.model.request import PhotoLook

#: Every third pixel both ways: 7,800 of a card's photo tell the same as all 70,000.
_STEP: Final = 3
#: A reader sees the symbol with an eighth of its width around it.
_AROUND: Final = 8


def look_at_photo(planes: Planes, box: Box) -> PhotoLook:
    """The facts of the photo in `box` of the dye planes."""
    geometry = planes.geometry
    return PhotoLook(*look.photo(planes["y"], planes["m"], planes["c"], geometry.width, geometry.height, box, _STEP))


def read_qr(planes: Planes, box: Box) -> str | None:
    """The text of the QR symbol in `box` of the resin plane, as a reader would have it; None if it cannot be read."""
    x, y, width, height = box
    geometry, around = planes.geometry, width // _AROUND
    left, top = max(0, x - around), max(0, y - around)
    right, bottom = min(geometry.width, x + width + around), min(geometry.height, y + height + around)
    resin = Image.frombuffer("L", (geometry.width, geometry.height), planes["k"], "raw", "L", 0, 1)
    paper = ImageChops.invert(resin.crop((left, top, right, bottom)))
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)  # one kept for good is a leak at exit, it says
    found = zxingcpp.read_barcodes(
        memoryview(paper.tobytes()).cast("B", (paper.height, paper.width)), formats, try_rotate=False,
        try_downscale=False, try_invert=False, binarizer=zxingcpp.Binarizer.FixedThreshold,
        text_mode=zxingcpp.TextMode.Plain,
    )  # fmt: skip
    return found[0].text if found else None
