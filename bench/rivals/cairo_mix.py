"""The best mix of libraries: simplejpeg decodes, pycairo scales and sets text, NumPy separates, turns and packs.

pycairo opens typefaces by family name only, so the packaged files are made known to fontconfig first. Cairo's
FILTER_BEST averages, but takes longer than all the rest together; FILTER_GOOD, a bilinear filter here, is what runs.
Signature and packing are Pillow's or NumPy's, whichever was faster.
"""

from ctypes import CDLL, util
from importlib import resources

import cairo
import numpy as np
import simplejpeg

from spooler.model.job import Content

from .layout import FILES, Face, Layout, Line, cover
from .panels import Bytes, Panels, turned
from .pillow import signature_ink

_FAMILIES = {"sans": "Liberation Sans", "mono": "Liberation Mono"}


class CairoMix:
    """The rival."""

    name = "pycairo mix"

    def __init__(self, layout: Layout) -> None:
        _register_fonts()
        self._layout = layout
        self._panels = Panels(layout)
        self._fonts = {face: _scaled_font(face) for face in layout.faces}
        self._advances: dict[Face, dict[str, int]] = {face: {} for face in layout.faces}

        self._surface = cairo.ImageSurface(cairo.FORMAT_A8, layout.width, layout.height)
        self._context = cairo.Context(self._surface)
        stride = self._surface.get_stride()
        self._canvas: Bytes = np.frombuffer(self._surface.get_data(), np.uint8).reshape(-1, stride)[:, : layout.width]
        self._draw(layout.labels(self._measure, movable=False))
        ground = self._canvas.copy()
        self._draw(layout.labels(self._measure, movable=True))
        self._plates = {False: self._canvas.copy(), True: ground}

        _, _, width, height = layout.photo
        self._small = cairo.ImageSurface(cairo.FORMAT_RGB24, width, height)
        self._small_context = cairo.Context(self._small)
        self._small_context.set_operator(cairo.OPERATOR_SOURCE)
        pixels = np.frombuffer(self._small.get_data(), np.uint8)
        self._small_pixels = turned(pixels.reshape(height, -1, 4)[:, :width])
        self._pictures: dict[tuple[int, int], tuple[bytearray, cairo.ImageSurface]] = {}

    def _measure(self, face: Face, text: str) -> int:
        known = self._advances[face]
        try:
            return sum(map(known.__getitem__, text)) + face.spacing * (len(text) - 1)
        except KeyError:
            known |= {one: round(self._fonts[face].text_extents(one).x_advance) for one in text}
            return self._measure(face, text)

    def _draw(self, lines: list[Line]) -> None:
        context = self._context
        self._surface.mark_dirty()
        for face, x, baseline, text in lines:
            context.set_scaled_font(self._fonts[face])
            if not face.spacing:
                context.move_to(x, baseline)
                context.show_text(text)
                continue
            glyphs = []
            for one in text:
                glyphs += self._fonts[face].text_to_glyphs(x, baseline, one, False)
                x += self._advances[face][one] + face.spacing
            context.show_glyphs(glyphs)
        self._surface.flush()

    def photo(self, content: Content) -> None:
        """Into the dyes."""
        data = content.photo
        assert data is not None
        rows, columns, _, _ = simplejpeg.decode_jpeg_header(data)
        if (columns, rows) not in self._pictures:
            self._pictures[columns, rows] = _picture(columns, rows)
        pixels, source = self._pictures[columns, rows]
        simplejpeg.decode_jpeg(data, "BGRX", buffer=pixels)
        source.mark_dirty()
        _, _, width, height = self._layout.photo
        x, y, part_x, part_y = cover(columns, rows, width, height)
        context = self._small_context
        context.identity_matrix()
        context.scale(width / part_x, height / part_y)
        context.set_source_surface(source, -x, -y)
        context.get_source().set_filter(cairo.FILTER_GOOD)
        context.paint()
        self._small.flush()
        self._panels.separate(self._small_pixels, (0, 1, 2))

    def text(self, content: Content) -> None:
        """Onto a copy of the plate."""
        lines, moved = self._layout.lines(content.fields, self._measure)
        np.copyto(self._canvas, self._plates[moved])
        self._draw(lines)

    def signature(self, content: Content) -> None:
        """Into the resin."""
        if content.signature is not None:
            mask, (x, y) = signature_ink(content.signature, self._layout.signature)
            place = self._canvas[y : y + mask.height, x : x + mask.width]
            np.bitwise_or(place, np.asarray(mask.convert("L")), out=place)

    def panels(self) -> dict[str, memoryview]:
        """The card's panels, good until the next card."""
        np.copyto(self._panels.resin, turned(self._canvas))
        return self._panels.finish()


def _register_fonts() -> None:
    fontconfig = CDLL(util.find_library("fontconfig") or "libfontconfig.so.1")
    for name in FILES.values():
        with resources.as_file(resources.files("spooler.render") / "fonts" / name) as path:
            if not fontconfig.FcConfigAppFontAddFile(None, bytes(path)):
                raise OSError(f"fontconfig does not take {name}")


def _scaled_font(face: Face) -> cairo.ScaledFont:
    """Hinted to black and white on whole pixels, as a resin panel needs it."""
    options = cairo.FontOptions()
    options.set_antialias(cairo.ANTIALIAS_NONE)
    options.set_hint_style(cairo.HINT_STYLE_FULL)
    options.set_hint_metrics(cairo.HINT_METRICS_ON)
    weight = cairo.FONT_WEIGHT_BOLD if face.weight == "bold" else cairo.FONT_WEIGHT_NORMAL
    family = cairo.ToyFontFace(_FAMILIES[face.face], cairo.FONT_SLANT_NORMAL, weight)
    em = cairo.Matrix(face.pixels, 0, 0, face.pixels, 0, 0)
    return cairo.ScaledFont(family, em, cairo.Matrix(), options)


def _picture(width: int, height: int) -> tuple[bytearray, cairo.ImageSurface]:
    pixels = bytearray(4 * width * height)
    return pixels, cairo.ImageSurface.create_for_data(pixels, cairo.FORMAT_RGB24, width, height, 4 * width)
