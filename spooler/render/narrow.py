"""Glyphs narrower than the face has them, and the smallest ones: strokes of even width in few pixels.

FreeType hints a face at its own width only, and drops its stems to one pixel below about 6 pt. Here the outline is
drawn large, averaged down to rows and then across to columns (narrower by `condense`), and cut at a threshold each
time. A stroke s pixels wide at an arbitrary place, cut where more than t of a pixel is covered, becomes n or n+1
pixels wide; with t = (s - n + 1) / 2 it is n wide wherever it lies. So all stems of a size are equal, and all bars.
Thinner strokes (a macron, a crossed d) keep the pixels that they cover most, so that none is ever lost.
"""

from collections.abc import Iterable, Iterator
from math import ceil, floor
from typing import Final, NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFont

#: (character, left, top, width, height, advance, mask) as spooler.ext.text.Glyphs takes them.
Entry = tuple[str, int, int, int, int, int, bytes]

_MOST: Final = 16
_WIDEST: Final = 640  # pixels to the em of the large drawing, which keeps its cost in check for headlines


def magnify(pixels: int) -> int:
    """How many pixels of the large drawing are one, for a face at `pixels` to the em."""
    return max(4, min(_MOST, _WIDEST // pixels))


_BOX: Final = Image.Resampling.BOX
_NONE: Final = [255] + [0] * 255
_ANY: Final = [0] + [255] * 255
_SAFE: Final = 0.4  # strokes of 0.8 pixels cover one by so much wherever they lie
_FAINT: Final = [0] * 64 + [255] * 192  # a quarter of a pixel: less is the rim of a stroke, not a stroke


class Strokes(NamedTuple):
    """Of a face at some size, in its pixels: `stem` is an upright's width, `bar` a bar's, `cap` a capital's height."""

    stem: float
    bar: float
    cap: float


def strokes(font: ImageFont.FreeTypeFont) -> Strokes:
    """Measured on H: its left stem below the bar, the bar in its middle."""
    mask = font.getmask("H", mode="1")
    width, height = mask.size
    pixels = bytes(mask)
    row = pixels[height * 3 // 4 * width :][:width]
    column = pixels[width // 2 :: width]
    return Strokes(len(row.strip(b"\0").split(b"\0")[0]), len(column.strip(b"\0")), height)


def narrow(large: ImageFont.FreeTypeFont, times: int, condense: float, characters: Iterable[str]) -> Iterator[Entry]:
    """Glyphs of `condense` of the width. `large`: the face at `times` the wanted pixels to the em."""
    stem, bar, cap = strokes(large)
    across = times / condense
    down = cap / max(1, round(cap / times))  # capitals end on a whole row
    for character in characters:
        left, top, right, bottom = large.getbbox(character, anchor="ls")
        advance = large.getlength(character) / across
        if right <= left or bottom <= top:
            yield character, 0, 0, 0, 0, max(1, round(advance)), b""
            continue
        x0, x1 = floor(left / across) - 1, ceil(right / across) + 1
        y0, y1 = floor(top / down) - 1, ceil(bottom / down) + 1
        frame = (ceil((x1 - x0) * across), ceil((y1 - y0) * down))
        drawing = Image.new("L", frame)
        ImageDraw.Draw(drawing).text((-x0 * across, -y0 * down), character, fill=255, font=large, anchor="ls")
        drawing = drawing.resize((frame[0], y1 - y0), _BOX, box=(0, 0, frame[0], (y1 - y0) * down))
        drawing = _cut(drawing, bar / down, 0, 1)
        drawing = drawing.resize((x1 - x0, y1 - y0), _BOX, box=(0, 0, (x1 - x0) * across, y1 - y0))
        drawing = _cut(drawing, stem / across, 1, 0)
        ink = drawing.getbbox()
        assert ink is not None, "every stroke is at least a pixel wide"
        width = ink[2] - ink[0]
        grown = width - (right - left) / across
        before, after = left / across, advance - right / across  # the bearings
        start = _bearing(before, grown)
        advance = max(floor(advance + 0.5), start + width + (1 if after >= 0.5 else floor(after + 0.5)))
        yield character, start, y0 + ink[1], width, ink[3] - ink[1], max(1, advance), drawing.crop(ink).tobytes()


def _bearing(before: float, grown: float) -> int:
    """Whole pixels between pen and ink: the same for equal outlines, and never none where the face has one."""
    return max(floor(before - grown / 2 + 0.5), 1 if before >= 0.5 else floor(before))


def _cut(grey: Image.Image, stroke: float, x: int, y: int) -> Image.Image:
    """Ink where strokes of this width, across the direction (x, y), become the nearest whole number of pixels."""
    whole = 2 if stroke > 1.25 else 1
    threshold = (stroke - max(whole, round(stroke)) + 1) / 2
    dark = grey.point([255 if level >= 255 * threshold else 0 for level in range(256)])
    if threshold < _SAFE:
        return dark
    before, after = ImageChops.offset(grey, x, y), ImageChops.offset(grey, -x, -y)
    crest = ImageChops.darker(
        ImageChops.subtract(before, grey).point(_NONE), ImageChops.subtract(grey, after).point(_ANY)
    )
    return ImageChops.lighter(dark, ImageChops.darker(crest, grey.point(_FAINT)))
