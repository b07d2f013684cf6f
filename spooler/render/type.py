"""Faces: which characters they have, and their glyphs at a size, made once and kept.

Glyphs are black or white, for the resin panel. FreeType's mono hinting gives every stem the same whole number of
pixels; where that number is one (5 pt at 300 dpi) resin would look thin beside the larger sizes, so there, and where
type is condensed, `narrow` makes them. Layout is Pillow's BASIC on purpose: RAQM uses the host's fribidi.
"""

import threading
from collections.abc import Iterable, Iterator
from functools import cache, partial
from importlib import resources
from io import BytesIO
from typing import Final
from unicodedata import category

from PIL import ImageFont

from spooler.ext.text import Glyphs

from .narrow import Entry, narrow

#: (face, weight) -> file. Mono stands in for the OCR-A-like digits of a NIK.
FACES: Final[dict[tuple[str, str], str]] = {
    ("sans", "regular"): "LiberationSans-Regular.ttf",
    ("sans", "bold"): "LiberationSans-Bold.ttf",
    ("mono", "bold"): "LiberationMono-Bold.ttf",
}

#: Of the em: from the top of a line to its baseline, and from there to its foot (Liberation Sans' hhea table).
ASCENT: Final = 0.905
DESCENT: Final = 0.212

#: Where names and addresses can come from: Latin letters, digits and the usual marks; U+02BC and U+039C are in the
#: upper case of U+0149 and U+00B5.
_BLOCKS: Final = (
    range(0x20, 0x7F), range(0xA0, 0x180), range(0x2BC, 0x2BD), range(0x39C, 0x39D), range(0x2010, 0x2040),
    range(0x20AC, 0x20AD),
)  # fmt: skip


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


def _hinted(font: ImageFont.FreeTypeFont, characters: Iterable[str]) -> Iterator[Entry]:
    for character in characters:
        mask, (left, top) = font.getmask2(character, mode="1", anchor="ls")
        yield character, left, top, *mask.size, round(font.getlength(character, mode="1")), bytes(mask)


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
    """Makes glyphs and keeps them: one set per face, size, spacing and width, so bounded by the templates' styles."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str, int, int, float], Glyphs] = {}

    def glyphs(self, face: str, weight: str, pixels: float, spacing: int = 0, condense: float = 1.0) -> Glyphs:
        """A face at `pixels` to the em (hinting knows whole ones only, so it is rounded), `condense` of its width.

        The first time it takes about a tenth of a second where `narrow` makes them.
        """
        key = (face, weight, max(1, round(pixels)), spacing, condense)
        with self._lock:
            if key not in self._kept:
                characters = sorted(repertoire(face, weight))
                font = load_font(face, weight, key[2])
                if condense == 1 and _stem(font) > 1:
                    entries = _hinted(font, characters)
                else:
                    entries = narrow(partial(load_font, face, weight), key[2], condense, characters)
                self._kept[key] = Glyphs(entries, spacing)
            return self._kept[key]
