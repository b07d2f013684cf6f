"""Photo and signature: from the bytes of a job into the planes.

A photo much larger than its place is decoded at a half, a quarter or an eighth (libjpeg's own scaling, fast only for
those); the rest of the way is the area average. It covers its place: what does not have the place's shape is cropped
evenly. A signature is fitted into its place whole, and cut to black and white after scaling.
"""

from functools import lru_cache
from io import BytesIO
from typing import Final

from PIL import Image, ImageChops, UnidentifiedImageError

from spooler.ext.encode import Rows
from spooler.ext.scale import Scale, decode_jpeg
from spooler.model.picture import Planes, Tone

from .errors import BadPictureError
from .facts import measure
from .png import DamagedError, read_grey
from .typeset import Box

#: Scans of a JPEG above which it is not decoded: a progressive one has about ten, and each may cost a pass over all its
#: pixels for a dozen bytes, so that a picture within its bounds could take minutes.
MOST_SCANS: Final = 64
_SCAN: Final = b"\xff\xda"  # T.81 B.1.1.2: in the coded data no byte but 00 or RST follows FF
#: Pixels of a photo's header above which it is not decoded.
MOST_PHOTO_PIXELS: Final = 4_000_000
#: Pixels of a signature's header above which it is not decoded.
MOST_SIGNATURE_PIXELS: Final = 2_000_000
_LONGEST_SIDE: Final = 32_768  # pixels, the scaling's own bound
#: Of 255: an average below this is ink. Above the middle, so that a thin stroke survives its scaling down.
_INK_BELOW: Final = 176


def draw_photo(data: bytes, planes: Planes, box: Box, tone: Tone | None = None) -> None:
    """Fill `box` of the dye planes, through the tone's curves. Raises BadPictureError."""
    scale, eighths, source = _plan(data, box)
    size = (planes.geometry.width, planes.geometry.height)
    tables = tone.tables if tone is not None else None
    pixels = Rows(3 * source[0] * source[1])
    try:
        scale.photo_of_jpeg(
            data, eighths, pixels, source, planes["y"], planes["m"], planes["c"], *size, box[0], box[1], tables
        )
    except ValueError:
        raise _damaged() from None


def draw_mono_photo(data: bytes, planes: Planes, box: Box) -> None:
    """Fill `box` of the resin plane with the photo's grey, dithered. Raises BadPictureError."""
    scale, eighths, source = _plan(data, box)
    pixels = Rows(3 * source[0] * source[1])
    try:
        decode_jpeg(data, eighths, source[0], source[1], pixels)
    except ValueError:
        raise _damaged() from None
    scale.dither(pixels, source, planes["k"], planes.geometry.width, planes.geometry.height, box[0], box[1])


def _plan(data: bytes, box: Box) -> tuple[Scale, int, tuple[int, int, int, int]]:
    """How the photo is scaled to `box`, at how many eighths it is decoded, and (width, height, left, top) of what is
    taken of that."""
    facts = measure(data)
    if facts is None or facts.format != "jpeg":
        raise BadPictureError("photo", "is not a JPEG picture")
    if facts.width * facts.height > MOST_PHOTO_PIXELS or max(facts.width, facts.height) > _LONGEST_SIDE:
        raise BadPictureError("photo", f"has more than {MOST_PHOTO_PIXELS // 1_000_000} megapixels; scale it down")
    if not facts.one_scan and data.count(_SCAN) > MOST_SCANS:
        raise BadPictureError("photo", f"has more than {MOST_SCANS} scans; save it as a plain JPEG")
    _, _, width, height = box
    eighths, columns, rows = 8, facts.width, facts.height
    while eighths > 1 and rows >= 2 * height and columns >= 2 * width:  # libjpeg's own scaling is fast for halves
        eighths //= 2
        columns, rows = -(-facts.width * eighths // 8), -(-facts.height * eighths // 8)
    left, top, part_x, part_y = cover(columns, rows, width, height)
    try:
        scale = _scale(part_x, part_y, width, height)
    except ValueError:
        raise BadPictureError("photo", "has a side that is too long; send one of the usual shape") from None
    return scale, eighths, (columns, rows, left, top)


def _damaged() -> BadPictureError:
    return BadPictureError("photo", "is damaged or cut off: its JPEG data cannot be decoded; send it again")


#: Cameras and pads of an office write few sizes; one of these takes some ten kilobytes.
@lru_cache(maxsize=64)
def _scale(source_width: int, source_height: int, width: int, height: int) -> Scale:
    return Scale(source_width, source_height, width, height)


def cover(width: int, height: int, to_width: int, to_height: int) -> Box:
    """The largest part of a picture, from its middle, that has the target's shape."""
    if width * to_height > height * to_width:
        part = max(1, round(height * to_width / to_height))
        return (width - part) // 2, 0, part, height
    part = max(1, round(width * to_height / to_width))
    return 0, (height - part) // 2, width, part


def contain(width: int, height: int, box: Box) -> Box:
    """Where a picture lies in `box` when it is fitted in whole, in the middle."""
    x, y, room_x, room_y = box
    scale = min(room_x / width, room_y / height)
    fitted_x, fitted_y = max(1, min(room_x, round(width * scale))), max(1, min(room_y, round(height * scale)))
    return x + (room_x - fitted_x) // 2, y + (room_y - fitted_y) // 2, fitted_x, fitted_y


def draw_signature(data: bytes, planes: Planes, box: Box) -> None:
    """Draw the signature into `box` of the resin plane. Raises BadPictureError."""
    facts = measure(data)
    if facts is None or facts.format != "png":
        raise BadPictureError("signature", "is not a PNG picture")
    if facts.width * facts.height > MOST_SIGNATURE_PIXELS:
        raise BadPictureError(
            "signature", f"has more than {MOST_SIGNATURE_PIXELS // 1_000_000} megapixels; scale it down"
        )
    grey = _grey(data)
    x, y, width, height = contain(facts.width, facts.height, box)
    try:
        scale = _scale(facts.width, facts.height, width, height)
    except ValueError:
        raise BadPictureError("signature", "has a side that is too long; crop it to the strokes") from None
    scale.signature(grey, planes["k"], planes.geometry.width, planes.geometry.height, x, y, _INK_BELOW)


def _grey(data: bytes) -> memoryview | bytes:
    """A PNG's pixels as grey on white."""
    try:
        plain = read_grey(data)
    except DamagedError:
        raise _damaged_signature() from None
    if plain is not None:
        return plain[0]
    try:
        with Image.open(BytesIO(data), formats=["PNG"]) as image:
            return _on_white(image).tobytes()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, OverflowError, MemoryError):
        raise _damaged_signature() from None


def _damaged_signature() -> BadPictureError:
    return BadPictureError("signature", "is damaged or cut off: its PNG data cannot be decoded; send it again")


def _on_white(image: Image.Image) -> Image.Image:
    """Grey, with what is transparent as white."""
    if image.mode.startswith("I"):  # 16 bits, which Pillow cuts off at 255 where it converts them
        return _high(image)
    if image.mode in ("1", "L") and "transparency" not in image.info:
        return image.convert("L")
    colour = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), colour).convert("L")


def _high(image: Image.Image) -> Image.Image:
    """The upper halves of 16-bit greys; the one grey that is transparent becomes white."""
    samples = image.convert("I;16").tobytes()  # little-endian
    low, high = (Image.frombytes("L", image.size, samples[half::2]) for half in (0, 1))
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        same = [
            half.point([255 * (n == part) for n in range(256)])
            for half, part in ((low, clear & 255), (high, clear >> 8))
        ]
        high.paste(255, mask=ImageChops.darker(*same))
    return high
