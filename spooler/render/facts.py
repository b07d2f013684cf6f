"""What a picture's header says, without decoding it. Survives any bytes, in a bounded number of steps.

Formats: JPEG, ITU-T T.81 annex B (markers, frame header); PNG, RFC 2083 chapter 3 and 4.1.1 (IHDR).
"""

from typing import Final

from spooler.model.request import PictureFacts

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_END: Final = b"\0\0\0\0IEND\xaeB`\x82"
_JPEG: Final = b"\xff\xd8\xff"
_JPEG_END: Final = b"\xff\xd9"
#: Frame headers: SOF0 … SOF15 without DHT (C4), JPG (C8) and DAC (CC).
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: Cameras write a dozen; a bound keeps a hostile header from costing more than a few microseconds.
_MOST_SEGMENTS: Final = 100


def measure(data: bytes) -> PictureFacts | None:
    """The facts of a JPEG or PNG; None if `data` is neither, or its header ends before it says a size."""
    if data.startswith(_JPEG):
        return _jpeg(data)
    if data.startswith(_PNG):
        return _png(data)
    return None


def _png(data: bytes) -> PictureFacts | None:
    if data[8:16] != b"\0\0\0\x0dIHDR" or len(data) < 33:
        return None
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    if not width or not height:
        return None
    return PictureFacts("png", width, height, len(data), data.endswith(_PNG_END))


def _jpeg(data: bytes) -> PictureFacts | None:
    at = 2
    for _ in range(_MOST_SEGMENTS):
        head = data[at : at + 9]
        if len(head) < 9 or head[0] != 0xFF:
            return None
        marker = head[1]
        if marker == 0xFF:  # a fill byte before a marker
            at += 1
            continue
        if marker in _FRAMES:
            height, width = int.from_bytes(head[5:7]), int.from_bytes(head[7:9])
            if not width or not height:
                return None
            return PictureFacts("jpeg", width, height, len(data), data.endswith(_JPEG_END))
        length = int.from_bytes(head[2:4])
        if length < 2 or marker < 0xC0 or 0xD0 <= marker <= 0xDA:  # a scan, or no segment at all, before the frame
            return None
        at += 2 + length
    return None
