"""The blocks of a template that are no text, read from TOML: areas, conditions, boxes, lines, QR, photo, signature."""

from collections.abc import Iterator
from string import Formatter
from typing import Final

from spooler.model.hints import hint
from spooler.model.kinds import FieldType, Kind, Need
from spooler.model.picture import INKS

from .reading import Table
from .template import Area, Background, Box, Condition, Cutout, Pattern, PictureBlock, QrBlock

#: More rows, lines or copies than these are a slip of the pen; the bound keeps a plate's cost in check.
MOST: Final = 1000

#: Colours that a photo's background may be asked to have.
COLOURS: Final = ("red", "blue", "orange", "yellow", "green", "white", "grey")

_SLACK: Final = 1e-6  # mm: sums of decimals


class Blocks:
    """Reads blocks for one kind on a card of one size."""

    def __init__(self, kind: Kind, card: Area) -> None:
        self.kind = kind
        self.card = card
        self._dates = tuple(f.name for f in kind.fields if "date" in f.type)
        self._symbols = frozenset(f.name for f in kind.fields if f.type is FieldType.QR)

    # ---- what all blocks have ----

    def area(self, block: Table) -> Area:
        """x, y, width and height, on the card."""
        x, y = block.number("x"), block.number("y")
        area = Area(x, y, block.number("width", least=0.01), block.number("height", least=0.01))
        self.keep_on_card(block, area)
        return area

    def keep_on_card(self, block: Table, area: Area, what: str = "") -> None:
        """Note a fault if it is not."""
        inside = area.x >= -_SLACK and area.y >= -_SLACK
        if not (inside and area.right <= self.card.width + _SLACK and area.bottom <= self.card.height + _SLACK):
            block.fault(f"{what}falls off the card of {self.card.width} x {self.card.height} mm")

    def variants(self, side: Table, key: str, *, single: bool = False) -> Iterator[tuple[Table, Condition]]:
        """The blocks under `key` with their conditions; one with `otherwise` comes twice."""
        for block in side.tables(key, single=single):
            if key == "text":
                block.rename(block.text("name"))
            condition = self.condition(block)
            if block.has("otherwise"):
                other = block.changed("otherwise")
                if self.condition(other) != condition:
                    block.fault("otherwise: its own condition is the opposite of the block's: take it out", "otherwise")
                if len(condition.names) != 1:
                    block.fault("otherwise: needs a block with one word in `when` or `unless`", "otherwise")
                yield other, condition.inverse()
            yield block, condition

    def condition(self, block: Table) -> Condition:
        """`when` and `unless`, each a word or a list of words."""
        read = {}
        known = {"photo", "signature", *self.kind.names}
        for key in ("when", "unless"):
            read[key] = block.words(key)
            for word in sorted(read[key] - known):
                block.fault(f"{key}: kind {self.kind.name} has no field {word}{hint(word, known)}", key)
        if read["when"] & read["unless"]:
            block.fault("when and unless ask for the same word, so it is never on a card", "unless")
        return Condition(**read)

    def pattern(self, block: Table, key: str, *, symbol: bool = False) -> Pattern:
        """A text with {fields}. A field that is shown as a symbol may stand in no other text."""
        text = block.text(key)
        try:
            found = list(Formatter().parse(text))
        except ValueError:
            block.fault(f"{key}: a brace is not closed; write {{{{ for a brace that is printed", key)
            return Pattern(())
        for _, name, layout, conversion in found:
            if name is None:
                continue
            if layout or conversion:
                block.fault(f"{key}: write {{{name}}}, with nothing behind the name", key)
            if name not in self.kind.names:
                block.fault(f"{key}: kind {self.kind.name} has no field {{{name}}}{hint(name, self.kind.names)}", key)
            elif name in self._symbols and not symbol:
                block.fault(f"{key}: {{{name}}} is shown as a QR symbol: it stands in a [[qr]] block", key)
        return Pattern(tuple((literal, name) for literal, name, _, _ in found))

    def ink(self, block: Table, *, default: bool) -> dict[str, int]:
        """Ink -> amount."""
        if default and not block.has("ink"):
            return {"k": 255}
        inks = block.table("ink")
        ink = {name: inks.whole(name, least=1, most=255) for name in INKS if inks.has(name)}
        inks.close()
        if any(ink.get(name, 255) != 255 for name in "ko"):
            block.fault("ink: k and o are there or not, so 255", "ink")
        return ink

    # ---- blocks ----

    def box(self, block: Table, condition: Condition) -> Box:
        """[[box]]."""
        area = self.area(block)
        ink = self.ink(block, default=False)
        repeat = block.whole("repeat", 1, least=1, most=MOST)
        step_x, step_y = block.number("step_x", 0.0, least=-500), block.number("step_y", 0.0, least=-500)
        outline = block.number("outline", least=0.01, most=20) if block.has("outline") else None
        if outline is not None and 2 * outline > min(area.width, area.height):
            block.fault("outline: its lines are wider than the box: leave it out to fill the box", "outline")
        last = Area(area.x + (repeat - 1) * step_x, area.y + (repeat - 1) * step_y, area.width, area.height)
        if repeat > 1:
            self.keep_on_card(block, last, "its last copy ")
        block.close()
        return Box(area, ink, repeat, step_x, step_y, outline, condition)

    def line(self, block: Table, condition: Condition) -> Box:
        """[[line]]: a box along its middle."""
        x1, y1, x2, y2 = (block.number(key) for key in ("x1", "y1", "x2", "y2"))
        thickness = block.number("thickness", least=0.01, most=20)
        ink = self.ink(block, default=True)
        if (x1 == x2) == (y1 == y2):
            block.fault("a line is horizontal (y1 = y2) or vertical (x1 = x2), and longer than nothing")
        half = thickness / 2
        if y1 == y2:
            area = Area(min(x1, x2), y1 - half, abs(x2 - x1), thickness)
        else:
            area = Area(x1 - half, min(y1, y2), thickness, abs(y2 - y1))
        self.keep_on_card(block, area)
        block.close()
        return Box(area, ink, condition=condition)

    def cutout(self, block: Table, condition: Condition) -> Cutout:
        """[[cutout]]."""
        area = self.area(block)
        block.close()
        return Cutout(area, condition)

    def qr(self, block: Table, condition: Condition) -> QrBlock:
        """[[qr]]."""
        area = self.area(block)
        pattern = self.pattern(block, "text", symbol=True)
        level = block.choice("error_correction", "M", ("L", "M", "Q", "H"))
        quiet = block.whole("quiet", 4, least=0, most=20)
        module = block.number("module_mm", 0.25, least=0.05, most=10)
        block.close()
        return QrBlock(area, pattern, level, quiet, module, condition)

    def picture(self, key: str, need: Need, block: Table, condition: Condition) -> PictureBlock:
        """[photo] or [signature]."""
        area = self.area(block)
        if need is Need.NONE and key not in condition.when:
            block.fault(f'kind {self.kind.name} has no {key}: take [{key}] out, or say when = "{key}"')
        background, dither = None, False
        if key == "photo":
            background = self.background(block.table("background")) if block.has("background") else None
            dither = block.choice("mono", "none", ("none", "dither")) == "dither"
        block.close()
        return PictureBlock(area, background, dither, condition)

    def background(self, rule: Table) -> Background:
        """{ colour } or { rule, field, odd, even }."""
        if rule.has("colour"):
            background = Background(rule.choice("colour", None, COLOURS))
        else:
            rule.choice("rule", None, ("birth-year",))
            background = Background(
                field=rule.choice("field", None, self._dates),
                odd=rule.choice("odd", None, COLOURS),
                even=rule.choice("even", None, COLOURS),
            )
        rule.close()
        return background
