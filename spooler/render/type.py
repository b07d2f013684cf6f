"""Faces: which characters they have, and their glyphs at a size, made once and kept.

Glyphs are black or white, for the resin panel. FreeType's mono hinting gives every stem the same whole number of
pixels; where that number is one (5 pt at 300 dpi) resin would look thin beside the larger sizes, so there the grey
mask is cut at a threshold instead. Layout is Pillow's BASIC on purpose: RAQM uses the host's fribidi.
"""

import threading
from functools import cache
from importlib import resources
from io import BytesIO
from typing import Final
from unicodedata import category

from PIL import ImageFont

from spooler.ext.raster import Glyphs

#: (face, weight) -> file. Mono stands in for the OCR-A-like digits of a NIK.
FACES: Final[dict[tuple[str, str], str]] = {
    ("sans", "regular"): "LiberationSans-Regular.ttf",
    ("sans", "bold"): "LiberationSans-Bold.ttf",
    ("mono", "bold"): "LiberationMono-Bold.ttf",
}

#: Of the em: from the top of a line to its baseline, and from there to its foot (Liberation Sans' hhea table).
ASCENT: Final = 0.905
DESCENT: Final = 0.212

_THRESHOLD: Final = 116  # of 255: chosen by eye among 100, 116, 128, 150

#: Where names and addresses can come from: Latin letters, digits and the usual marks.
_BLOCKS: Final = (range(0x20, 0x7F), range(0xA0, 0x180), range(0x2010, 0x2040), range(0x20AC, 0x20AD))


def load_font(face: str, weight: str, pixels: float) -> ImageFont.FreeTypeFont:
    """A face at `pixels` to the em, laid out the same on every host."""
    data = _file(FACES[face, weight])
    return ImageFont.truetype(BytesIO(data), pixels, layout_engine=ImageFont.Layout.BASIC)


@cache
def _file(name: str) -> bytes:
    return (resources.files(__package__) / "fonts" / name).read_bytes()


@cache
def repertoire(face: str, weight: str) -> frozenset[str]:
    """The characters that a face can print, as they are and upper-cased."""
    font = load_font(face, weight, 24)
    lacking = bytes(font.getmask("\uffff"))  # .notdef
    there = {
        character
        for block in _BLOCKS
        for character in map(chr, block)
        if category(character)[0] != "C" and bytes(font.getmask(character)) != lacking
    }
    return frozenset(character for character in there if there.issuperset(character.upper()))


def _entry(font: ImageFont.FreeTypeFont, character: str, mono: bool) -> tuple[str, int, int, int, int, int, bytes]:
    mode = "1" if mono else "L"
    mask, (left, top) = font.getmask2(character, mode=mode, anchor="ls")
    width, height = mask.size
    pixels = bytes(mask)
    if not mono:
        pixels = pixels.translate(_CUT)
    return character, left, top, width, height, round(font.getlength(character, mode=mode)), pixels


_CUT: Final = bytes(255 if grey >= _THRESHOLD else 0 for grey in range(256))


def _stem(font: ImageFont.FreeTypeFont) -> int:
    """Pixels of the thinnest upright stroke, taken from a few letters at two thirds of their height."""
    strokes = []
    for letter in "HUKDR":
        mask = font.getmask(letter, mode="1")
        width, height = mask.size
        row = bytes(mask)[height * 2 // 3 * width :][:width]
        strokes += [len(stroke) for stroke in row.split(b"\0") if stroke]
    return min(strokes, default=0)


class Foundry:
    """Makes glyphs and keeps them: one set per face, size and spacing, so bounded by the templates' styles."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str, int, int], Glyphs] = {}

    def glyphs(self, face: str, weight: str, pixels: float, spacing: int = 0) -> Glyphs:
        """A face at `pixels` to the em (hinting knows whole ones only, so it is rounded)."""
        key = (face, weight, max(1, round(pixels)), spacing)
        with self._lock:
            if key not in self._kept:
                font = load_font(face, weight, key[2])
                mono = _stem(font) > 1
                entries = (_entry(font, character, mono) for character in sorted(repertoire(face, weight)))
                self._kept[key] = Glyphs(entries, spacing)
            return self._kept[key]
