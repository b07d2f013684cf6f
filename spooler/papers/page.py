"""A page of office paper in millimetres from its top left corner: text that fits its place, rules, a QR symbol.

reportlab writes the PDF: text stays text, the fonts are the packaged Liberation faces, embedded as subsets. The same
calls give the same bytes: the file holds no time of its own and no random id.

Nothing is clipped: a text that is too long for its place shrinks, wraps, and shrinks further until it fits.
"""

import io
from datetime import datetime
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Final, Literal

import zxingcpp
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

REGULAR: Final = "LiberationSans"
BOLD: Final = "LiberationSans-Bold"
MONO: Final = "LiberationMono-Bold"
MM: Final = 72 / 25.4  # points
POINT: Final = 1 / MM
LEADING: Final = 1.2  # of the type size, from line to line
_SHRINK: Final = 0.97
_HAIR: Final = 0.5  # points: no text of the bounds that the wire sets comes near it
_WHOLE_WORDS: Final = 0.6  # of the size: below it a word may be broken
_QUIET: Final = 4  # modules of white around a symbol (ISO/IEC 18004)

Align = Literal["left", "centre", "right"]


@cache
def _register() -> None:
    """The packaged faces, once; named by path and not by import, since rooms of one row do not meet."""
    folder = files("spooler") / "render" / "fonts"
    for name, file in ((REGULAR, "LiberationSans-Regular"), (BOLD, BOLD), (MONO, MONO)):
        registerFont(TTFont(name, io.BytesIO((folder / f"{file}.ttf").read_bytes())))


def width_of(text: str, font: str, size: float) -> float:
    """The width of one line in mm."""
    return float(stringWidth(text, font, size)) * POINT


def wrap(text: str, font: str, size: float, width: float) -> list[str]:
    """Lines that are no wider than `width` mm, a line break kept; a word that is wider is broken where it must."""
    return [line for part in text.split("\n") for line in _wrap(part, font, size, width)]


def _wrap(text: str, font: str, size: float, width: float) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and width_of(f"{lines[-1]} {word}", font, size) <= width:
            lines[-1] += f" {word}"
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if lines[-1] and width_of(lines[-1] + letter, font, size) > width:
                lines.append("")
            lines[-1] += letter
    return lines


def fitted(text: str, font: str, size: float, width: float, height: float) -> tuple[float, list[str]]:
    """The largest size up to `size` at which the text, wrapped, stays within width and height in mm; its lines.

    Words are broken only where a little shrinking does not keep them whole.
    """
    smallest_whole = size * _WHOLE_WORDS
    longest = max(text.split(), key=len, default="")
    lines = wrap(text, font, size, width)
    while size > _HAIR:
        whole = size <= smallest_whole or width_of(longest, font, size) <= width
        if whole and len(lines) * size * LEADING * POINT <= height:
            break
        size *= _SHRINK
        lines = wrap(text, font, size, width)
    return size, lines


class Paper:
    """Pages of one document. `made`: the time that the file gives as its own; `wide`: A4 lying."""

    def __init__(self, title: str, subject: str, language: str, made: datetime, *, wide: bool = False) -> None:
        _register()
        self._size = landscape(A4) if wide else A4
        self._file = io.BytesIO()
        self._canvas = Canvas(
            self._file,
            pagesize=self._size,
            invariant=True,
            initialFontName=REGULAR,  # type: ignore[arg-type]  # the stubs call it a number
            lang=language,
            pageCompression=1,
        )
        stamp = made.strftime("D:%Y%m%d%H%M%S")
        self._canvas.setDateFormatter(lambda *_: stamp)
        self._canvas.setTitle(title)
        self._canvas.setSubject(subject)
        self._canvas.setAuthor("ktp-spooler")
        self._canvas.setCreator("ktp-spooler")
        self._start()

    @property
    def width(self) -> float:
        """mm"""
        return self._size[0] * POINT

    @property
    def height(self) -> float:
        """mm"""
        return self._size[1] * POINT

    def next_page(self) -> None:
        """Go on with an empty page."""
        self._canvas.showPage()
        self._start()

    def finish(self) -> bytes:
        """The file."""
        self._canvas.showPage()
        self._canvas.save()
        return self._file.getvalue()

    def _start(self) -> None:
        self._canvas.translate(0, self._size[1])
        self._canvas.setLineCap(0)

    def line_of(
        self, x: float, baseline: float, text: str, size: float, *, font: str = REGULAR, align: Align = "left",
        light: float = 0,
    ) -> None:  # fmt: skip
        """One line with its baseline `baseline` mm below the top; `light`: 0 black to 1 white."""
        self._canvas.setFillGray(light)
        self._canvas.setFont(font, size)
        draw = {
            "left": self._canvas.drawString,
            "centre": self._canvas.drawCentredString,
            "right": self._canvas.drawRightString,
        }[align]
        draw(x * MM, -baseline * MM, text)

    def text(
        self, x: float, y: float, width: float, height: float, text: str, size: float, *, font: str = REGULAR,
        align: Align = "left", light: float = 0,
    ) -> None:  # fmt: skip
        """Text in a place: wrapped, shrunk where it must be, in the middle of the height."""
        size, lines = fitted(text, font, size, width, height)
        pitch = size * LEADING * POINT
        at = x + {"left": 0, "centre": width / 2, "right": width}[align]
        # the middle of a capital stands in the middle of its line
        baseline = y + (height - pitch * len(lines)) / 2 + pitch / 2 + 0.36 * size * POINT
        for i, line in enumerate(lines):
            self.line_of(at, baseline + i * pitch, line, size, font=font, align=align, light=light)

    def rule(self, x1: float, y1: float, x2: float, y2: float, points: float = 0.5) -> None:
        """A line."""
        self._canvas.setLineWidth(points)
        self._canvas.line(x1 * MM, -y1 * MM, x2 * MM, -y2 * MM)

    def box(self, x: float, y: float, width: float, height: float, points: float = 0.5) -> None:
        """The outline of a rectangle."""
        self._canvas.setLineWidth(points)
        self._canvas.rect(x * MM, -(y + height) * MM, width * MM, height * MM)

    def fill(self, x: float, y: float, width: float, height: float, light: float) -> None:
        """A rectangle of grey; 0 black to 1 white."""
        self._canvas.setFillGray(light)
        self._canvas.rect(x * MM, -(y + height) * MM, width * MM, height * MM, stroke=0, fill=1)

    def qr(self, x: float, y: float, side: float, text: str) -> None:
        """A QR symbol of level M with its quiet zone, `side` mm in all: dark modules as rectangles, row by row."""
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
        modules = memoryview(code.to_image(scale=1, add_quiet_zones=False))  # type: ignore[arg-type]  # it is a buffer
        count = len(modules)
        module = side / (count + 2 * _QUIET)
        for i in range(count):
            at = _QUIET
            for dark, run in groupby(modules[i, j] == 0 for j in range(count)):
                length = len(list(run))
                if dark:
                    self.fill(x + at * module, y + (_QUIET + i) * module, length * module, module, 0)
                at += length
