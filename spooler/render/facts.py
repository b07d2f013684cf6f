"""What a picture's header says, without decoding it. Survives any bytes, in a bounded number of steps.

Formats: JPEG, ITU-T T.81 annex B (markers, frame header); Exif 2.3, 4.5.4 and 4.6.2 (APP1, orientation); PNG, RFC
2083 chapter 3 and 4.1.1 (IHDR).
"""

from typing import Final, Literal

from spooler.model.request import PictureFacts

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_END: Final = b"\0\0\0\0IEND\xaeB`\x82"
_JPEG: Final = b"\xff\xd8\xff"
_JPEG_END: Final = b"\xff\xd9"
#: Frame headers: SOF0 … SOF15 without DHT (C4), JPG (C8) and DAC (CC).
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_APP1: Final = 0xE1
_EXIF: Final = b"Exif\0\0"
_ORDERS: Final[dict[bytes, Literal["little", "big"]]] = {b"II*\0": "little", b"MM\0*": "big"}
_ORIENTATION: Final = 0x112
_MOST_TAGS: Final = 100
#: Baseline and extended sequential frames, Huffman coded.
_SEQUENTIAL: Final = (0xC0, 0xC1)
_SCAN: Final = 0xDA
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
    at, orientation = 2, 1
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
            whole = data.endswith(_JPEG_END)
            return PictureFacts("jpeg", width, height, len(data), whole, orientation, _one_scan(data, at))
        length = int.from_bytes(head[2:4])
        if length < 2 or marker < 0xC0 or 0xD0 <= marker <= 0xDA:  # a scan, or no segment at all, before the frame
            return None
        if marker == _APP1 and data.startswith(_EXIF, at + 4):
            orientation = _orientation(data[at + 4 + len(_EXIF) : at + 2 + length])
        at += 2 + length
    return None


def _one_scan(data: bytes, at: int) -> bool:
    """Whether the frame at `at` is sequential and the first scan after it has all of its components."""
    sequential, components = data[at + 1] in _SEQUENTIAL, data[at + 9 : at + 10]
    for _ in range(_MOST_SEGMENTS):
        head = data[at : at + 5]
        if len(head) < 5 or head[0] != 0xFF:
            return False
        if head[1] == _SCAN:
            return sequential and head[4:] == components
        at += 1 if head[1] == 0xFF else 2 + int.from_bytes(head[2:4])
    return False


def _orientation(tiff: bytes) -> int:
    """The tag of the first directory; 1 where there is none, or none that can be read."""
    order = _ORDERS.get(tiff[:4])
    if order is None:
        return 1
    first = int.from_bytes(tiff[4:8], order)
    count = int.from_bytes(tiff[first : first + 2], order)
    for n in range(min(count, _MOST_TAGS)):
        entry = tiff[first + 2 + 12 * n : first + 14 + 12 * n]
        if int.from_bytes(entry[:2], order) == _ORIENTATION and len(entry) == 12:
            value = int.from_bytes(entry[8:10], order)
            return value if 1 <= value <= 8 else 1
    return 1
