"""Drawing one card on a canvas: text into the resin, photo into the dyes, signature and QR, and no dye under resin.

Text comes first: rows that move clear their block, and nothing that stands in or beside it may go with them.
"""

from collections.abc import Mapping

from spooler.ext import raster
from spooler.model.job import Content
from spooler.model.picture import Drawn, Picture

from .canvas import Canvas, rectangles_of
from .photo import draw_mono_photo, draw_photo, draw_signature
from .plate import DYES, VEIL_LEVEL
from .typeset import Box, Setting, TextPlan


def compose(canvas: Canvas, content: Content, printed: "Printed") -> Picture:
    """Draw `content`. Raises UnprintableError; the canvas knows what to restore either way."""
    compiled, planes = canvas.compiled, canvas.planes
    size = (planes.geometry.width, planes.geometry.height)
    if content.photo is not None and compiled.mono_photo is not None:
        canvas.resin.append(compiled.mono_photo)
        draw_mono_photo(content.photo, planes, compiled.mono_photo)
    shown = _shown(content.fields, compiled.dates, printed)
    _set_texts(canvas, shown)
    if content.photo is not None and compiled.photo is not None:
        canvas.dyes.append(compiled.photo)
        draw_photo(content.photo, planes, compiled.photo, compiled.tone)
        if compiled.mark is not None:
            for ink in DYES:
                level = VEIL_LEVEL if compiled.tone is None else compiled.tone.table(ink)[VEIL_LEVEL]
                raster.veil(planes[ink], compiled.mark, *size, compiled.photo, level)
    if content.signature is not None and compiled.signature is not None:
        _touch(canvas, compiled.signature)
        draw_signature(content.signature, planes, compiled.signature)
    symbols = []
    for qr in compiled.qrs:
        symbol = qr.draw(planes, shown)
        if symbol is not None:
            canvas.resin.append(symbol[1])  # the plate has no dye here
            symbols.append((qr.field, *symbol))
    near = compiled.dyed or compiled.resin_in_photo or _meet(canvas.resin, compiled.photo)
    if canvas.dyes and near and "k" in planes.inks:
        raster.knock_out(planes.buffers[:3], planes["k"], *size, canvas.dyes)
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


def _meet(boxes: list[Box], photo: Box | None) -> bool:
    """Whether any of the boxes touches the photo."""
    if photo is None:
        return False
    x, y, width, height = photo
    right, bottom = x + width, y + height
    return any(left < right and top < bottom and left + w > x and top + h > y for left, top, w, h in boxes)


def _set_texts(canvas: Canvas, shown: dict[str, str]) -> None:
    plans = canvas.compiled.texts
    if not plans:
        return  # and there may be no resin
    resin = canvas.planes["k"]
    longer: list[tuple[TextPlan, Setting]] = []
    for plan in plans:
        boxes = plan.set(resin, shown)
        if boxes is None:
            longer.append((plan, plan.wrap(shown)))
        else:
            _touch_all(canvas, boxes)
    moved = [plan for plan, setting in longer if setting.moved]
    if moved:
        _clear(canvas, [plan.box for plan in moved])
        for plan in plans:  # what others had in these boxes
            if plan not in moved and plan.movable:
                plan.draw_labels(resin)
            plan.set(resin, shown)  # nothing for those that are longer
    for plan, setting in longer:
        boxes = plan.draw(resin, shown, setting)
        _touch_all(canvas, [box for box in boxes if not (setting.moved and _inside(box, plan.box))])


def _clear(canvas: Canvas, boxes: list[Box]) -> None:
    """Take the labels that can move off these boxes."""
    _touch_all(canvas, boxes)
    canvas.copy_from(canvas.compiled.ground, boxes, boxes if canvas.compiled.dyed else [])


def _touch_all(canvas: Canvas, boxes: list[Box]) -> None:
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
