"""Glyphs narrower than the face has them, and the smallest ones: strokes of even width in few pixels.

FreeType hints a face at its own width only, and drops its stems to one pixel below about 6 pt. Here the outline is
drawn large, averaged across to columns (narrower by `condense`) and then down to rows, and cut at a threshold each
time. A stroke s pixels wide, cut where t of a pixel is covered, becomes now one, now another number of pixels wide as
it lies; with t = (s - n + 1) / 2 it is n wide wherever it lies. So all stems of a size are equal, and all bars. From
1.25 pixels on they become at least two: one looks thin in resin. Thinner strokes (a macron, a crossed d) keep the
pixels that they cover most, so that none is ever lost.
"""

from collections.abc import Callable, Iterable, Iterator
from math import ceil, floor
from typing import Final, NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFont

#: (character, left, top, width, height, advance, mask) as spooler.ext.text.Glyphs takes them.
Entry = tuple[str, int, int, int, int, int, bytes]

_TIMES: Final = 16  # the large drawing's pixels to one across; down it is `condense` of that
_WIDEST: Final = 640  # pixels to the em of the large drawing, which keeps its cost in check for headlines
_FINE: Final = 64  # parts of a pixel in which rows are told apart

_NONE: Final = [255] + [0] * 255
_ANY: Final = [0] + [255] * 255
_SAFE: Final = 0.4  # strokes of 0.8 pixels cover one by so much wherever they lie
_FAINT: Final = [0] * 64 + [255] * 192  # a quarter of a pixel: less is the rim of a stroke, not a stroke


class _Measures(NamedTuple):
    """Of a face at some size, in its pixels: a stem's and a bar's width, a capital's height, the bearings of H."""

    stem: float
    bar: float
    cap: int
    before: float
    after: float


def _measure(font: ImageFont.FreeTypeFont) -> _Measures:
    """The stem is H's left one below its bar, the bar E's lowest."""
    left, _, right, _ = _ink(font, "H")
    mask = font.getmask("H")
    width, height = mask.size
    stem = bytes(mask)[height * 3 // 4 * width :][: width // 2]
    mask = font.getmask("E")
    width = mask.size[0]
    bar = bytes(mask)[width * 2 // 3 :: width][height * 3 // 4 :]
    return _Measures(sum(stem) / 255, sum(bar) / 255, height, left, font.getlength("H") - right)


def _ink(font: ImageFont.FreeTypeFont, character: str) -> tuple[int, int, int, int]:
    """Left, top, right, bottom from pen and baseline; getbbox would count the bearings in. All 0 without ink."""
    mask, (left, top) = font.getmask2(character, anchor="ls")
    x0, y0, x1, y1 = mask.getbbox() or (0, 0, 0, 0)
    return (left + x0, top + y0, left + x1, top + y1) if x1 else (0, 0, 0, 0)


def narrow(
    face: Callable[[float], ImageFont.FreeTypeFont], pixels: int, condense: float, characters: Iterable[str]
) -> Iterator[Entry]:
    """Glyphs at `pixels` to the em, `condense` of the width. `face` gives the font at any size."""
    across = max(4, min(_TIMES, _WIDEST // pixels))  # whole, so that columns are averaged exactly
    large = face(pixels * across * condense)
    stem, bar, cap, before, after = _measure(large)
    down = cap / max(1, round(cap / (across * condense)))  # capitals end on a whole row
    gap = floor((before + after + stem) / across - _whole(stem / across) + 0.5)  # between two of H
    for character in characters:
        left, top, right, bottom = _ink(large, character)
        advance = large.getlength(character) / across
        if left == right:
            yield character, 0, 0, 0, 0, max(1, round(advance)), b""
            continue
        x0, x1 = floor(left / across) - 1, ceil(right / across) + 1
        y0, y1 = floor(top / down) - 1, ceil(bottom / down) + 1
        above = ceil(-y0 * down)  # rows of the large drawing over the baseline
        drawing = Image.new("L", ((x1 - x0) * across, above + ceil(y1 * down)))
        ImageDraw.Draw(drawing).text((-x0 * across, above), character, fill=255, font=large, anchor="ls")
        drawing = _cut(drawing.reduce((across, 1)), stem / across, 1, 0)
        fine = drawing.resize(
            (x1 - x0, (y1 - y0) * _FINE), Image.Resampling.BOX, box=(0, above + y0 * down, x1 - x0, above + y1 * down)
        )
        drawing = _cut(fine.reduce((1, _FINE)), bar / down, 0, 1)
        ink = drawing.getbbox()
        assert ink is not None, "no stroke is ever lost"
        start = _bearing(gap // 2, left / across, before / across)
        end = _bearing(gap - gap // 2, advance - right / across, after / across)
        width = ink[2] - ink[0]
        advance = max(1, start + width + end)
        yield character, start, y0 + ink[1], width, ink[3] - ink[1], advance, drawing.crop(ink).tobytes()


def _bearing(straight: int, outline: float, of_straight: float) -> int:
    """Whole pixels beside a letter: as many as beside H but for what its outline has more or less, so that letters with
    equal outlines have equal gaps. What stands apart in the outline does not touch."""
    least = 1 if outline >= 0.5 else 0 if outline >= -0.5 else floor(outline)
    return max(least, straight + floor(outline - of_straight + 0.5))


def _whole(stroke: float) -> int:
    return max(2 if stroke > 1.25 else 1, round(stroke))


def _cut(grey: Image.Image, stroke: float, x: int, y: int) -> Image.Image:
    """Ink where strokes of this width, across the direction (x, y), become the nearest whole number of pixels."""
    threshold = (stroke - _whole(stroke) + 1) / 2
    dark = grey.point([255 if level >= 255 * threshold else 0 for level in range(256)])
    if threshold < _SAFE:
        return dark
    before, after = ImageChops.offset(grey, x, y), ImageChops.offset(grey, -x, -y)
    crest = ImageChops.darker(
        ImageChops.subtract(before, grey).point(_NONE), ImageChops.subtract(grey, after).point(_ANY)
    )
    return ImageChops.lighter(dark, ImageChops.darker(crest, grey.point(_FAINT)))
