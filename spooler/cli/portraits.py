"""Pictures of people who do not exist: a drawn bust and a scribble. Made with Pillow alone, the same for the same seed.

A few busts are drawn once, in layers of flat shapes with soft light; each person gets one of them with a shift, a tint
and a patch of a shared texture of its own, so that a JPEG weighs what a camera's would (25 to 40 kB).
"""

import io
import math
import random
from functools import cache
from itertools import pairwise
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH: Final = 300  # pixels
HEIGHT: Final = 400  # pixels
JPEG_QUALITY: Final = 90
BUSTS: Final = 8  # per sex and background
RED: Final = (186, 38, 42)
BLUE: Final = (38, 84, 168)
ORANGE: Final = (226, 124, 34)

_DRAWN: Final = 3  # busts are drawn so many times larger, then reduced: smooth edges
_MARGIN: Final = 12  # pixels around a bust, so that it can be shifted
_TEXTURE: Final = 640  # pixels a side
_GRAIN: Final = 0.17  # strength of the texture

_SKINS: Final = ((226, 178, 140), (205, 152, 112), (184, 130, 92), (160, 108, 74))
_HAIR: Final = ((32, 26, 26), (48, 36, 32), (24, 24, 32))
_CLOTHES: Final = ((240, 240, 236), (66, 90, 96), (120, 82, 60), (70, 66, 110), (46, 110, 92), (150, 60, 84))
_SCARVES: Final = ((232, 214, 200), (92, 122, 112), (196, 150, 160), (88, 96, 140))

_Box = tuple[float, float, float, float]
_Colour = tuple[int, int, int]


def photo(n: int, *, woman: bool, birth_year: int, ground: _Colour | None = None) -> bytes:
    """A JPEG of 300x400 pixels: `ground`, or red behind those born in odd years and blue behind even ones (DOMAIN.md
    2.4)."""
    dice = random.Random(f"photo {n}")
    bust = _bust(dice.randrange(BUSTS), woman, ground or (RED if birth_year % 2 else BLUE))
    left, top = dice.randrange(2 * _MARGIN), dice.randrange(2 * _MARGIN)
    image = bust.crop((left, top, left + WIDTH, top + HEIGHT))
    if dice.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    image = Image.blend(image, Image.new("RGB", image.size, (255, 226, 190)), dice.uniform(0, 0.08))
    x, y = dice.randrange(_TEXTURE - WIDTH), dice.randrange(_TEXTURE - HEIGHT)
    image = ImageChops.overlay(image, _texture().crop((x, y, x + WIDTH, y + HEIGHT)))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=JPEG_QUALITY, dpi=(300, 300))
    return stream.getvalue()


def signature(n: int) -> bytes:
    """A PNG of 480x210 pixels, black on white, one bit deep: loops that run to the right and a flourish below."""
    dice = random.Random(f"signature {n}")
    scale = 2
    image = Image.new("L", (480 * scale, 210 * scale), 255)
    draw = ImageDraw.Draw(image)
    _stroke(draw, _loops(dice), scale)
    _stroke(draw, _flourish(dice), scale)
    small = image.resize((480, 210), Image.Resampling.BOX).point(lambda value: 255 if value > 140 else 0)
    stream = io.BytesIO()
    small.convert("1", dither=Image.Dither.NONE).save(stream, "PNG", optimize=False)
    return stream.getvalue()


# -- signatures --------------------------------------------------------------------------------------------------

_Points = list[tuple[float, float, float]]  # x, y, width of the pen, in pixels of the picture


def _loops(dice: random.Random) -> _Points:
    loops = dice.randint(4, 8)
    steps = loops * 24
    heights = [dice.uniform(14, 34) for _ in range(loops + 2)]
    heights[0] = dice.uniform(50, 72)  # the capital
    slant, lean = dice.uniform(0.25, 0.6), dice.uniform(0.75, 1.25)
    stride = 330 / steps
    points: _Points = []
    for step in range(steps + 1):
        phase = step / 24
        low = int(phase)
        height = heights[low] + (heights[low + 1] - heights[low]) * (phase - low)
        angle = phase * 2 * math.pi
        y = height * math.sin(angle)
        x = 60 + step * stride + 0.5 * height * lean * math.cos(angle) + slant * y
        points.append((x, 100 - y, 5 + 2 * math.cos(angle + 1)))
    return points


def _flourish(dice: random.Random) -> _Points:
    start, end = dice.uniform(40, 110), dice.uniform(330, 440)
    sag, waves = dice.uniform(8, 26), dice.choice((0.5, 1.0, 1.5))
    points: _Points = []
    for step in range(61):
        t = step / 60
        points.append((end + (start - end) * t, 172 + sag * math.sin(t * waves * 2 * math.pi) * (1 - t), 6 - 3 * t))
    return points


def _stroke(draw: ImageDraw.ImageDraw, points: _Points, scale: int) -> None:
    for (x0, y0, width), (x1, y1, _) in pairwise(points):
        draw.line((x0 * scale, y0 * scale, x1 * scale, y1 * scale), fill=0, width=round(width * scale))
        radius = width * scale / 2
        draw.ellipse((x1 * scale - radius, y1 * scale - radius, x1 * scale + radius, y1 * scale + radius), fill=0)


# -- busts -------------------------------------------------------------------------------------------------------


@cache
def _texture() -> Image.Image:
    """Grey noise of two grain sizes around the middle grey, which `overlay` leaves as it is."""
    dice = random.Random("texture")
    size = (_TEXTURE, _TEXTURE)
    fine = Image.frombytes("L", size, dice.randbytes(_TEXTURE * _TEXTURE)).filter(ImageFilter.GaussianBlur(0.6))
    half = (_TEXTURE // 2, _TEXTURE // 2)
    coarse = Image.frombytes("L", half, dice.randbytes(half[0] * half[1])).resize(size, Image.Resampling.BICUBIC)
    grey = Image.blend(fine, coarse, 0.35).point(lambda value: 128 + (value - 128) * _GRAIN * 2)
    return Image.merge("RGB", (grey, grey, grey))


@cache
def _bust(variant: int, woman: bool, background: _Colour) -> Image.Image:
    dice = random.Random(f"bust {variant} {woman}")
    skin, hair = _SKINS[variant % 4], dice.choice(_HAIR)
    clothes, scarf = dice.choice(_CLOTHES), _SCARVES[variant // 2 % 4]
    width, height = WIDTH + 2 * _MARGIN, HEIGHT + 2 * _MARGIN
    painter = _Painter(width, height, background)
    covered = woman and variant % 2 == 0
    capped = not woman and variant % 4 == 1
    face = dice.uniform(-4, 4)  # how much wider than usual

    if woman and not covered:  # long hair falls behind the shoulders
        painter.blob((80 - face, 70, 244 + face, 330), hair)
    if covered:
        painter.blob((70 - face, 62, 254 + face, 360), scarf)
    painter.blob((-6, 300, 330, 620), clothes)
    if covered:
        painter.blob((78, 250, 246, 372), scarf)
    else:
        painter.blob((132, 230, 192, 342), _shade(skin, 0.86))  # the neck
        painter.polygon(((112, 322), (162, 372), (212, 322), (204, 300), (162, 350), (120, 300)), _shade(clothes, 0.82))
        painter.blob((84 - face, 176, 104 - face, 220), _shade(skin, 0.92))
        painter.blob((220 + face, 176, 240 + face, 220), _shade(skin, 0.92))
    painter.blob((92 - face, 92, 232 + face, 282), skin)  # the face
    if covered:
        painter.arch((84 - face, 78, 240 + face, 300), scarf, 30)
    elif woman:
        painter.cap((84 - face, 76, 240 + face, 262), hair, dice.uniform(0.34, 0.42))
    elif capped:
        painter.cap((88 - face, 84, 236 + face, 260), hair, 0.36)
        painter.polygon(((90 - face, 142), (100, 66), (224, 66), (234 + face, 142)), (28, 28, 34))
    else:
        painter.cap((86 - face, 78, 238 + face, 262), hair, dice.uniform(0.3, 0.4))
    _features(painter, skin, hair, dice)
    return painter.finish()


def _features(painter: "_Painter", skin: _Colour, hair: _Colour, dice: random.Random) -> None:
    """As few as a pictogram has: brows, eyes, a nose of two tones, a line for the mouth."""
    high, smile = dice.uniform(-3, 3), dice.uniform(4, 10)
    for x in (128, 196):
        painter.curve((x - 16, 162 + high, x + 16, 182 + high), 200, 340, hair, 4)
        painter.dot((x - 7, 180 + high, x + 7, 192 + high), (250, 246, 240))
        painter.dot((x - 5, 180 + high, x + 5, 191 + high), (36, 28, 26))
    painter.curve((152, 196, 172, 222), 20, 160, _shade(skin, 0.72), 3)
    painter.curve((140, 232 - smile, 184, 240 + smile / 2), 25, 155, _shade(skin, 0.58), 4)


class _Painter:
    """Soft shapes on a background; coordinates are pixels of the finished picture."""

    def __init__(self, width: int, height: int, background: _Colour) -> None:
        self._size = (width * _DRAWN, height * _DRAWN)
        glow = ImageChops.invert(Image.radial_gradient("L")).resize(self._size)
        self._image = Image.new("RGB", self._size, background)
        self._image.paste(_shade(background, 1.16), mask=glow)

    def blob(self, box: _Box, colour: _Colour) -> None:
        """An ellipse, lit from the upper left."""
        mask = Image.new("L", self._size, 0)
        ImageDraw.Draw(mask).ellipse(self._box(box), fill=255)
        self._lit(mask, box, colour)

    def cap(self, box: _Box, colour: _Colour, share: float) -> None:
        """The upper share of an ellipse, with a curved lower edge: hair."""
        mask = Image.new("L", self._size, 0)
        draw = ImageDraw.Draw(mask)
        draw.ellipse(self._box(box), fill=255)
        x0, y0, x1, y1 = box
        edge = y0 + (y1 - y0) * share
        draw.ellipse(self._box((x0 + 10, edge - 22, x1 - 10, y1 + 90)), fill=0)
        draw.rectangle(self._box((x0 - 2, edge + 50, x1 + 2, y1 + 2)), fill=0)
        self._lit(mask, box, colour)

    def arch(self, box: _Box, colour: _Colour, thickness: float) -> None:
        """A ring around the face: a headscarf's edge."""
        mask = Image.new("L", self._size, 0)
        draw = ImageDraw.Draw(mask)
        draw.ellipse(self._box(box), fill=255)
        x0, y0, x1, y1 = box
        draw.ellipse(
            self._box((x0 + thickness * 0.6, y0 + thickness * 1.3, x1 - thickness * 0.6, y1 - thickness)), fill=0
        )
        self._lit(mask, box, colour)

    def polygon(self, points: tuple[tuple[float, float], ...], colour: _Colour) -> None:
        """A flat shape."""
        ImageDraw.Draw(self._image).polygon([(x * _DRAWN, y * _DRAWN) for x, y in points], fill=colour)

    def dot(self, box: _Box, colour: _Colour) -> None:
        """A flat ellipse."""
        ImageDraw.Draw(self._image).ellipse(self._box(box), fill=colour)

    def curve(self, box: _Box, start: int, end: int, colour: _Colour, width: int) -> None:
        """A part of an ellipse's line."""
        ImageDraw.Draw(self._image).arc(self._box(box), start, end, fill=colour, width=width * _DRAWN)

    def finish(self) -> Image.Image:
        """The picture in its real size."""
        return self._image.reduce(_DRAWN)

    def _lit(self, mask: Image.Image, box: _Box, colour: _Colour) -> None:
        x0, y0, x1, y1 = (round(value) for value in self._box(box))
        width, height = x1 - x0 + 1, y1 - y0 + 1
        # the light's centre lies a fifth of the way towards the upper left
        glow = ImageChops.invert(Image.radial_gradient("L")).resize((round(width * 1.3), round(height * 1.3)))
        glow = glow.crop(
            (round(width * 0.2), round(height * 0.2), round(width * 0.2) + width, round(height * 0.2) + height)
        )
        tones = Image.new("RGB", (width, height), _shade(colour, 0.8))
        tones.paste(_shade(colour, 1.08), mask=glow)
        self._image.paste(tones, (x0, y0), mask.crop((x0, y0, x1 + 1, y1 + 1)))

    @staticmethod
    def _box(box: _Box) -> _Box:
        x0, y0, x1, y1 = box
        return (x0 * _DRAWN, y0 * _DRAWN, x1 * _DRAWN, y1 * _DRAWN)


def _shade(colour: _Colour, factor: float) -> _Colour:
    red, green, blue = (min(255, round(value * factor)) for value in colour)
    return (red, green, blue)
