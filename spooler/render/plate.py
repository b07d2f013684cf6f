"""A template compiled for one geometry and ribbon: what is the same on every card, drawn once."""

from hashlib import blake2b
from math import atan2, degrees, hypot
from typing import Final

from attrs import field, frozen
from PIL import Image, ImageDraw

from spooler.ext import raster
from spooler.model.kinds import Kind, Need
from spooler.model.picture import INKS, Geometry, Planes, Plate, Rectangle, Tone

from .errors import TemplateError, UnfitRibbonError
from .qr import QrPlan, plan_qr
from .template import Area, Template
from .turning import turn_rectangles
from .type import Foundry, load_font
from .typeset import Box, TextPlan

DYES: Final = "ymc"

#: The specimen's mark: what the dyes are drawn towards, and how far (of 255). 59 of 255 of each dye on white.
VEIL_LEVEL: Final = 150
_VEIL_STRENGTH: Final = 100
_PHOTO_STRENGTH: Final = 150  # a picture hides more than paper
_MARK: Final = "CONTOH"
_WORD_SIZE: Final = 0.18  # of the diagonal, so that its ends stay off the corners


@frozen(eq=False)
class Compiled:
    """A plate with what a job's drawing needs. Shared by all threads, never written to again."""

    plate: Plate  # always landscape
    planes: Planes = field(repr=False)  # the plate's, as a card is drawn: upright for an upright card
    ground: Planes = field(repr=False)  # the same without the labels that can move
    texts: tuple[TextPlan, ...] = field(repr=False)
    qrs: tuple[QrPlan, ...] = field(repr=False)
    photo: Box | None  # None: not on this card, or no dyes to print it with
    mono_photo: Box | None  # where it is printed in resin dots instead
    signature: Box | None
    mark: bytearray | None = field(repr=False)  # the specimen's veil, one byte a pixel
    dates: tuple[str, ...]  # fields shown DD-MM-YYYY
    dyed: bool  # there is dye on the plate, so text must knock it out
    resin_in_photo: bool  # the plate has resin where the photo goes
    tone: Tone | None  # what the dyes go through

    @property
    def upright(self) -> bool:
        """The card is drawn upright and turned into the plate's planes."""
        return self.planes is not self.plate.planes


def check_ribbon(kind: Kind, template: Template, inks: str, *, front: bool) -> None:
    """Raises ValueError for something that is no ribbon, UnfitRibbonError for one that cannot print this side of the
    kind: the photo that a kind must have is the front's affair, unless the back shows one too."""
    if not inks or "".join(ink for ink in INKS if ink in inks) != inks:
        raise ValueError(f"inks must be some of {INKS}, in this order")
    if "k" not in inks and (template.texts or template.signature or template.qrs):
        raise UnfitRibbonError(f"kind {kind.name} has text, which is printed in resin: the ribbon needs a k panel")
    in_dots = bool(template.photos) and all(photo.dither for photo in template.photos)
    with_photo = kind.photo is Need.REQUIRED and (front or bool(template.photos))
    if with_photo and not set(DYES) <= set(inks) and not in_dots:
        raise UnfitRibbonError(f"kind {kind.name} has a photo: the ribbon needs y, m and c panels")


def compile_template(
    kind: Kind, template: Template, geometry: Geometry, inks: str, foundry: Foundry, *, specimen: bool,
    tone: Tone | None = None, front: bool = True,
) -> Compiled:  # fmt: skip
    """Draw the plate of a template that was selected for what jobs bring.

    Raises TemplateError if the template reaches beyond the geometry's pixels.
    """
    check_ribbon(kind, template, inks, front=front)
    has_dyes = set(DYES) <= set(inks)
    landscape = geometry
    if template.upright:
        geometry = geometry.turned(template.height)
    ground = Planes.blank(geometry, inks)
    place = _place(template.photo.area, template, geometry) if template.photo else None
    photo = place if has_dyes else None
    qrs = tuple(plan_qr(block, geometry, _place(block.area, template, geometry)) for block in template.qrs)
    _draw_boxes(ground, template)
    mark = None
    if specimen:
        mark = _specimen_mark(geometry, photo)
        for qr in qrs:
            _fill(mark, geometry, qr.box, 0)
        if has_dyes:
            for ink in DYES:
                raster.veil(ground[ink], mark, *_size(geometry), (0, 0, *_size(geometry)), VEIL_LEVEL)
        else:
            _screen(ground["k"], mark, geometry)
    if tone is not None and has_dyes:
        for ink in DYES:
            ground[ink][:] = ground[ink].translate(tone.table(ink))
    if "o" in inks:
        ground["o"][:] = b"\xff" * len(ground["o"])
        for cutout in template.cutouts:
            _fill(ground["o"], geometry, _bled(cutout.area, template, geometry), 0)
    for qr in qrs:  # light modules and the quiet zone are the bare card
        for ink in DYES:
            if ink in inks:
                _fill(ground[ink], geometry, qr.box, 0)
    try:
        texts = tuple(TextPlan(block, geometry, foundry) for block in template.texts)
        for plan in texts:
            if not plan.movable:
                plan.draw_labels(ground["k"])
        _knock_out(ground)
        planes = ground
        if any(plan.movable for plan in texts):
            planes = Planes(geometry, inks, tuple(map(bytearray, ground.buffers)))
        for plan in texts:
            if plan.movable:
                plan.draw_labels(planes["k"])
        _knock_out(planes)
    except ValueError as error:
        raise TemplateError((f"{template.name}: on {geometry.name}: {error}",)) from None
    lying = planes
    if template.upright:
        lying = Planes.blank(landscape, inks)
        turn_rectangles(planes, lying, [Rectangle(0, 0, *_size(geometry))])
    return Compiled(
        plate=Plate(_identity(lying), lying),
        planes=planes,
        ground=ground,
        texts=texts,
        qrs=qrs,
        photo=photo,
        mono_photo=place if template.photo and template.photo.dither and not has_dyes else None,
        signature=_place(template.signature.area, template, geometry) if template.signature else None,
        mark=mark if has_dyes else None,
        dates=tuple(f.name for f in kind.fields if "date" in f.type),
        dyed=has_dyes and any(any(planes[ink]) for ink in DYES),
        resin_in_photo=photo is not None and "k" in inks and _any_in(planes["k"], geometry, photo),
        tone=tone,
    )


def _size(geometry: Geometry) -> tuple[int, int]:
    return geometry.width, geometry.height


def _pixels(area: Area, geometry: Geometry) -> Box:
    left, top = round(geometry.x(area.x)), round(geometry.y(area.y))
    return left, top, round(geometry.length(area.width)), round(geometry.length(area.height))


def _identity(planes: Planes) -> str:
    digest = blake2b(repr((planes.geometry, planes.inks)).encode(), digest_size=16)
    for buffer in planes.buffers:
        digest.update(buffer)
    return digest.hexdigest()


def _knock_out(planes: Planes) -> None:
    if "k" in planes.inks:
        size = _size(planes.geometry)
        for ink in DYES:
            if ink in planes.inks:
                raster.knock_out(planes[ink], planes["k"], *size, [(0, 0, *size)])


def _any_in(plane: bytearray, geometry: Geometry, box: Box) -> bool:
    x, y, width, height = box
    starts = (row * geometry.width + x for row in range(y, y + height))
    return any(any(plane[start : start + width]) for start in starts)


def _place(area: Area, template: Template, geometry: Geometry) -> Box:
    """Pixels of an area that a job will fill: one at least."""
    x, y, width, height = _pixels(area, geometry)
    width, height = max(1, width), max(1, height)
    if x < 0 or y < 0 or x + width > geometry.width or y + height > geometry.height:
        raise TemplateError((f"{template.name}: on {geometry.name}: an area lies outside the printable pixels",))
    return x, y, width, height


def _bled(area: Area, template: Template, geometry: Geometry) -> Box:
    """Pixels of an area; where it ends at the card's edge it goes on to the last pixel, over the edge."""
    x, y, width, height = _pixels(area, geometry)
    width, height = max(1, width), max(1, height)
    right, bottom = x + width, y + height
    slack = 1e-6  # mm: sums of decimals
    if area.right >= template.width - slack:
        right = geometry.width
    if area.bottom >= template.height - slack:
        bottom = geometry.height
    x, y = 0 if area.x <= slack else x, 0 if area.y <= slack else y
    if x < 0 or y < 0 or right > geometry.width or bottom > geometry.height:
        raise TemplateError((f"{template.name}: on {geometry.name}: a box lies outside the printable pixels",))
    return x, y, right - x, bottom - y


def _draw_boxes(planes: Planes, template: Template) -> None:
    geometry = planes.geometry
    for box in template.boxes:
        for n in range(box.repeat):
            area = Area(box.area.x + n * box.step_x, box.area.y + n * box.step_y, box.area.width, box.area.height)
            whole = _bled(area, template, geometry)
            parts = [whole] if box.outline is None else _frame(whole, max(1, round(geometry.length(box.outline))))
            for ink, level in box.ink.items():
                if ink in planes.inks:
                    for part in parts:
                        _fill(planes[ink], geometry, part, level)


def _frame(box: Box, line: int) -> list[Box]:
    """The four sides of a frame, inside the box."""
    x, y, width, height = box
    line = min(line, width, height)
    across, down = (x, y, width, line), (x, y, line, height)
    return [across, down, (x, y + height - line, width, line), (x + width - line, y, line, height)]


def _fill(plane: bytearray, geometry: Geometry, box: Box, level: int) -> None:
    x, y, width, height = box
    for row in range(y, y + height):
        start = row * geometry.width + x
        plane[start : start + width] = bytes([level]) * width


def _specimen_mark(geometry: Geometry, photo: Box | None) -> bytearray:
    """The word along the card's diagonal and once more along the photo's, as a mask."""
    width, height = _size(geometry)
    mark = _word(width, height, _VEIL_STRENGTH)
    if photo is not None:
        x, y, room_x, room_y = photo
        mark.paste(_word(room_x, room_y, _PHOTO_STRENGTH), (x, y))
    return bytearray(mark.tobytes())


def _word(width: int, height: int, strength: int) -> Image.Image:
    """The mark from corner to corner of an area."""
    diagonal = hypot(width, height)
    flat = Image.new("L", (round(diagonal), round(diagonal)), 0)
    font = load_font("sans", "bold", diagonal * _WORD_SIZE)
    ImageDraw.Draw(flat).text((diagonal / 2, diagonal / 2), _MARK, fill=strength, font=font, anchor="mm")
    turned = flat.rotate(degrees(atan2(height, width)), resample=Image.Resampling.BICUBIC)
    left, top = (turned.width - width) // 2, (turned.height - height) // 2
    return turned.crop((left, top, left + width, top + height))


def _screen(resin: bytearray, mark: bytearray, geometry: Geometry) -> None:
    """Without dyes the mark is a fine screen of resin dots: plain to see, and text on it stays readable."""
    for y in range(0, geometry.height, 3):
        start = y * geometry.width + y % 2
        for at in range(start, (y + 1) * geometry.width, 4):
            if mark[at] >= _VEIL_STRENGTH // 2:
                resin[at] = 255
