"""Drawing one card on a canvas: photo into the dyes, then signature and text into the resin, and no dye under it."""

from collections.abc import Mapping

from spooler.ext import raster
from spooler.model.job import Content
from spooler.model.picture import Drawn, Picture

from .canvas import Canvas, rectangles_of
from .photo import draw_mono_photo, draw_photo, draw_signature
from .plate import DYES, VEIL_LEVEL
from .typeset import Box, TextPlan


def compose(canvas: Canvas, content: Content, printed: "Printed") -> Picture:
    """Draw `content`. Raises UnprintableError; the canvas knows what to restore either way."""
    compiled, planes = canvas.compiled, canvas.planes
    size = (planes.geometry.width, planes.geometry.height)
    if content.photo is not None and compiled.photo is not None:
        canvas.dyes.append(compiled.photo)
        draw_photo(content.photo, planes, compiled.photo, compiled.tone)
        if compiled.mark is not None:
            for ink in DYES:
                level = VEIL_LEVEL if compiled.tone is None else compiled.tone.table(ink)[VEIL_LEVEL]
                raster.veil(planes[ink], compiled.mark, *size, compiled.photo, level)
    elif content.photo is not None and compiled.mono_photo is not None:
        canvas.resin.append(compiled.mono_photo)
        draw_mono_photo(content.photo, planes, compiled.mono_photo)
    if content.signature is not None and compiled.signature is not None:
        _touch(canvas, compiled.signature)
        draw_signature(content.signature, planes, compiled.signature)
    shown = _shown(content.fields, compiled.dates, printed)
    symbols = []
    for qr in compiled.qrs:
        symbol = qr.draw(planes, shown)
        if symbol is not None:
            canvas.resin.append(symbol[1])  # the plate has no dye here
            symbols.append((qr.field, *symbol))
    for plan in compiled.texts:
        _set_block(canvas, plan, shown)
    for ink in DYES:
        if ink in planes.inks and canvas.dyes:
            raster.knock_out(planes[ink], planes["k"], *size, canvas.dyes)
    rectangles = rectangles_of(canvas.resin, canvas.dyes)
    drawn = Drawn(planes, compiled.photo if content.photo else None, tuple(symbols))
    if canvas.landscape is not None:
        return canvas.landscape.turned(planes, rectangles, drawn)
    return Picture(compiled.plate, planes, rectangles, drawn)


def _touch(canvas: Canvas, box: Box) -> None:
    """`box` of the resin is about to be drawn, which takes the plate's dye away below it."""
    canvas.resin.append(box)
    if canvas.compiled.dyed:
        canvas.dyes.append(box)


def _set_block(canvas: Canvas, plan: TextPlan, shown: dict[str, str]) -> None:
    resin = canvas.planes["k"]
    boxes = plan.set(resin, shown)
    if boxes is None:
        setting = plan.wrap(shown)
        if setting.moved:
            _touch(canvas, plan.box)
            canvas.copy_from(canvas.compiled.ground, [plan.box], [plan.box] if canvas.compiled.dyed else [])
        boxes = plan.draw(resin, shown, setting)
        if setting.moved:
            boxes = [box for box in boxes if not _inside(box, plan.box)]
    for box in boxes:
        _touch(canvas, box)


def _inside(box: Box, other: Box) -> bool:
    x, y, width, height = box
    left, top, room_x, room_y = other
    return left <= x and top <= y and x + width <= left + room_x and y + height <= top + room_y


#: field -> value as sent, in capitals -> value as it stands on the card.
Printed = Mapping[str, Mapping[str, str]]


def _shown(fields: dict[str, str], dates: tuple[str, ...], printed: Printed) -> dict[str, str]:
    """The fields as they stand on the card: a date YYYY-MM-DD is shown DD-MM-YYYY, some values by a shorter one."""
    shown = dict(fields)
    for name, values in printed.items():
        if name in shown:
            shown[name] = values.get(shown[name].upper(), shown[name])
    for name in dates:
        value = shown.get(name, "")
        if len(value) == 10 and value[4] == value[7] == "-":
            shown[name] = f"{value[8:]}-{value[5:7]}-{value[:4]}"
    return shown
