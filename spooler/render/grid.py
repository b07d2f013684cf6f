"""The grid of a proof: a line each millimetre from the card's corner, and where each block of the template lies.

It is drawn on an enlarged copy of the proof, never on planes.
"""

from typing import Final

from PIL import Image, ImageDraw

from spooler.model.picture import Geometry

from .template import Area, Template
from .type import load_font

#: Of one pixel of the proof, so that labels of 7 pt can be read on a screen.
ENLARGED: Final = 3

_Colour = tuple[int, int, int, int]

_FINE: Final[_Colour] = (0, 90, 200, 38)
_FIVE: Final[_Colour] = (0, 90, 200, 70)
_TEN: Final[_Colour] = (0, 90, 200, 140)
_EDGE: Final[_Colour] = (220, 0, 0, 255)
_LABEL: Final[_Colour] = (0, 60, 150, 255)
_BLOCKS: Final[dict[str, _Colour]] = {
    "text": (0, 130, 60, 255),
    "photo": (200, 80, 0, 255),
    "signature": (130, 0, 170, 255),
    "qr": (170, 0, 110, 255),
    "cutout": (110, 110, 110, 255),
}


def grid(proof: Image.Image, geometry: Geometry, template: Template) -> Image.Image:
    """`proof` enlarged, with the grid and the areas of `template`, a side selected for the job.

    `proof` and `geometry` are as the card is looked at: both upright for an upright card.
    """
    image = proof.resize((proof.width * ENLARGED, proof.height * ENLARGED), Image.Resampling.BOX).convert("RGBA")
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    drawing = _Drawing(ImageDraw.Draw(layer), geometry)
    drawing.millimetres(template)
    for kind, name, area in _areas(template):
        drawing.block(area, _BLOCKS[kind], name)
    return Image.alpha_composite(image, layer).convert("RGB")


def _areas(template: Template) -> list[tuple[str, str, Area]]:
    found = [("text", text.name, text.area) for text in template.texts]
    found += [("photo", "photo", block.area) for block in template.photos]
    found += [("signature", "signature", block.area) for block in template.signatures]
    found += [("qr", "qr", block.area) for block in template.qrs]
    return found + [("cutout", "cutout", block.area) for block in template.cutouts]


class _Drawing:
    def __init__(self, draw: ImageDraw.ImageDraw, geometry: Geometry) -> None:
        self._draw = draw
        self._geometry = geometry
        self._font = load_font("sans", "regular", 7 * ENLARGED)
        self._small = load_font("sans", "bold", 6 * ENLARGED)

    def x(self, mm: float) -> int:
        return round(self._geometry.x(mm) * ENLARGED)

    def y(self, mm: float) -> int:
        return round(self._geometry.y(mm) * ENLARGED)

    def millimetres(self, card: Template) -> None:
        """The grid and the card's edge."""
        right, bottom = self.x(card.width), self.y(card.height)
        for n in range(int(card.width) + 1):
            self._draw.line((self.x(n), self.y(0), self.x(n), bottom), fill=_weight(n), width=1)
        for n in range(int(card.height) + 1):
            self._draw.line((self.x(0), self.y(n), right, self.y(n)), fill=_weight(n), width=1)
        self._draw.rectangle((self.x(0), self.y(0), right, bottom), outline=_EDGE, width=1)
        for n in range(10, int(card.width) + 1, 10):
            self._label((self.x(n), self.y(0) + 2), str(n), "ma")
        for n in range(10, int(card.height) + 1, 10):
            self._label((self.x(0) + 3, self.y(n)), str(n), "lm")

    def _label(self, place: tuple[int, int], text: str, anchor: str) -> None:
        box = self._draw.textbbox(place, text, font=self._font, anchor=anchor)
        self._draw.rectangle((box[0] - 2, box[1] - 1, box[2] + 2, box[3] + 1), fill=(255, 255, 255, 200))
        self._draw.text(place, text, fill=_LABEL, font=self._font, anchor=anchor)

    def block(self, area: Area, colour: _Colour, name: str) -> None:
        """An outline, its name at its lower right corner, where text seldom is."""
        left, top, right, bottom = self.x(area.x), self.y(area.y), self.x(area.right), self.y(area.bottom)
        self._draw.rectangle((left, top, right, bottom), outline=colour, width=2)
        place = (right - 2, bottom - 1)
        box = self._draw.textbbox(place, name, font=self._small, anchor="rd")
        self._draw.rectangle((box[0] - 3, box[1] - 2, right, bottom), fill=colour)
        self._draw.text(place, name, fill=(255, 255, 255, 255), font=self._small, anchor="rd")


def _weight(n: int) -> _Colour:
    return _FINE if n % 5 else _FIVE if n % 10 else _TEN
