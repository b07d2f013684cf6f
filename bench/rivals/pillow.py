"""Pillow alone: its own JPEG and PNG, its own text call, its own scaling, turning and packing.

Written as a careful user would: fonts, plate and dye panels are made once; text is black or white from the start, so
nothing is quantised; the photo is turned while it is small, and only its rectangle of the panels is written.
"""

from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageFont

from spooler.model.job import Content

from .layout import Box, Face, Layout, Line, contain, cover, font_bytes

_TURN = Image.Transpose.ROTATE_270  # clockwise: panel row = x, panel column = height - 1 - y
#: Of 255: an average below this is ink of a signature.
INK_BELOW = 176
#: The smoother and slower BICUBIC and LANCZOS are what a user may pick; this is the fastest that averages.
FILTER = Image.Resampling.BILINEAR


class Type:
    """Fonts with their advances, laid out as ours are: no kerning, whole pixels."""

    def __init__(self, layout: Layout) -> None:
        self._fonts: dict[Face, ImageFont.FreeTypeFont] = {}
        self._advances: dict[Face, dict[str, int]] = {}
        for face in layout.faces:
            data = BytesIO(font_bytes(face))
            self._fonts[face] = ImageFont.truetype(data, face.pixels, layout_engine=ImageFont.Layout.BASIC)
            self._advances[face] = {}

    def font(self, face: Face) -> ImageFont.FreeTypeFont:
        """A typeface at its size."""
        return self._fonts[face]

    def measure(self, face: Face, text: str) -> int:
        """Pixels wide."""
        known = self._advances[face]
        try:
            return sum(map(known.__getitem__, text)) + face.spacing * (len(text) - 1)
        except KeyError:
            known |= {one: round(self._fonts[face].getlength(one, mode="1")) for one in text}
            return self.measure(face, text)

    def draw(self, draw: ImageDraw.ImageDraw, line: Line) -> None:
        """Set a line. Pillow knows no spacing between letters, so spaced text is set letter by letter."""
        font = self.font(line.face)
        if not line.face.spacing:
            draw.text((line.x, line.baseline), line.text, fill=255, font=font, anchor="ls")
            return
        x = line.x
        for one in line.text:
            draw.text((x, line.baseline), one, fill=255, font=font, anchor="ls")
            x += self.measure(line.face, one) + line.face.spacing


class Pillow:
    """The rival."""

    name = "Pillow"
    mode = "1"  # of the resin's image

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.type = Type(layout)
        turned = (layout.height, layout.width)
        self._dyes = [Image.new("L", turned, 0) for _ in "ymc"]
        self._overlay = Image.new("1", turned, 255).tobytes()
        self.ground = Image.new(self.mode, (layout.width, layout.height), 0)  # without the labels that can move
        self._draw(self.ground, layout.labels(self.type.measure, movable=False))
        self.plate = self.ground.copy()
        self._draw(self.plate, layout.labels(self.type.measure, movable=True))
        self.resin = self.plate

    def scaled(self, photo: bytes) -> Image.Image:
        """The photo at its place's size, turned."""
        image: Image.Image = Image.open(BytesIO(photo), formats=["JPEG"])
        _, _, width, height = self.layout.photo
        x, y, part_x, part_y = cover(*image.size, width, height)
        return image.resize((width, height), FILTER, box=(x, y, x + part_x, y + part_y)).transpose(_TURN)

    def photo(self, content: Content) -> None:
        """Into the dyes."""
        assert content.photo is not None
        bands = ImageChops.invert(self.scaled(content.photo)).split()
        for panel, band in zip(self._dyes, reversed(bands), strict=True):
            panel.paste(band, self.layout.photo_on_panel)

    def text(self, content: Content) -> None:
        """Onto a copy of the plate."""
        lines, moved = self.layout.lines(content.fields, self.type.measure)
        self.resin = (self.ground if moved else self.plate).copy()
        self._draw(self.resin, lines)

    def _draw(self, image: Image.Image, lines: list[Line]) -> None:
        draw = ImageDraw.Draw(image)
        draw.fontmode = "1"  # hinted to black and white, as a resin panel needs it
        for line in lines:
            self.type.draw(draw, line)

    def signature(self, content: Content) -> None:
        """Into the resin."""
        if content.signature is not None:
            mask, place = signature_ink(content.signature, self.layout.signature)
            self.resin.paste(255, (*place, place[0] + mask.width, place[1] + mask.height), mask)

    def panels(self) -> dict[str, bytes]:
        """The card's panels: no dye where the photo has resin."""
        resin = self.resin.transpose(_TURN)
        over = resin.crop(self.layout.photo_on_panel)
        if over.getbbox():
            for panel in self._dyes:
                panel.paste(0, self.layout.photo_on_panel, over)
        dyes = {ink: panel.tobytes() for ink, panel in zip("ymc", self._dyes, strict=True)}
        return dyes | {"k": resin.tobytes(), "o": self._overlay}


_CUT = [255 if grey < INK_BELOW else 0 for grey in range(256)]


def signature_ink(data: bytes, box: Box) -> tuple[Image.Image, tuple[int, int]]:
    """A signature's ink as a mask, and where it lies on the card."""
    image = Image.open(BytesIO(data), formats=["PNG"]).convert("L")
    x, y, width, height = contain(*image.size, box)
    return image.resize((width, height), FILTER).point(_CUT, "1"), (x, y)
