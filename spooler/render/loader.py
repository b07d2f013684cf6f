"""Templates from TOML. Everything wrong with a file is reported at once, each fault with file and block.

    card = { width = 85.60, height = 53.98 }

    [[text]]                        # one line, or `rows` with or without `columns` (see ktp.toml)
    name = "provinsi"
    x = 3.0                         # mm from the card's top-left corner; y is the top of the first line
    y = 2.6
    width = 79.6
    height = 3.2
    sizes = [8, 7.5, 7]             # pt, tried in this order
    text = "PROVINSI {provinsi}"    # {field}; dates are shown DD-MM-YYYY

Optional in a text: face (sans, mono), weight (regular, bold), align (left, center, right), case (as-is, upper),
spacing (mm), condense ([0.94, 0.88]: then the smallest size at these parts of its width, before a second line is
begun), lines (1), pitch ([mm]), static_text (print, preprinted: text without a field is on the blank already).
Further blocks: [photo], [signature] (x, y, width, height) and [[box]] (these, ink, repeat, step_x, step_y).
"""

import tomllib
from importlib import resources
from pathlib import Path
from string import Formatter
from typing import Final

from spooler.model.kinds import Kind, Need
from spooler.model.picture import INKS

from .errors import TemplateError
from .reading import Table
from .template import POINT, Area, Box, Cell, Pattern, Style, Template, Text
from .type import ASCENT, DESCENT, FACES

#: More rows, lines or copies than these are a slip of the pen; the bound keeps a plate's cost in check.
_MOST: Final = 1000


def load_template(source: Path | str, kind: Kind) -> Template:
    """Read a template for `kind` from a file, or from TOML text. Raises TemplateError with every fault; OSError."""
    if isinstance(source, Path):
        return _Loader(source.name, source.read_text("utf-8"), kind).template()
    return _Loader(f"template of {kind.name}", source, kind).template()


def packaged_template(kind: Kind) -> Template:
    """The template that comes with the spooler."""
    name = f"{kind.template}.toml"
    text = (resources.files(__package__) / "templates" / name).read_text("utf-8")
    return _Loader(name, text, kind).template()


class _Loader:
    def __init__(self, name: str, text: str, kind: Kind) -> None:
        self.name = name
        self.kind = kind
        self.faults: list[str] = []
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise TemplateError((f"{name}: not TOML: {error}",)) from None
        self.top = Table(content, name, self.faults)
        card = self.top.table("card")
        self.card = Area(0, 0, card.number("width", least=1, most=500), card.number("height", least=1, most=500))
        card.close()

    def template(self) -> Template:
        template = Template(
            name=self.name,
            width=self.card.width,
            height=self.card.height,
            texts=tuple(text for block in self.top.tables("text") if (text := self.text(block))),
            boxes=tuple(self.box(block) for block in self.top.tables("box")),
            photo=self.picture("photo", self.kind.photo),
            signature=self.picture("signature", self.kind.signature),
        )
        self.top.close()
        if self.faults:
            raise TemplateError(tuple(self.faults))
        return template

    # ---- blocks ----

    def area(self, block: Table) -> Area:
        x, y = block.number("x"), block.number("y")
        area = Area(x, y, block.number("width", least=0.01), block.number("height", least=0.01))
        if not self.on_card(area):
            block.fault(f"falls off the card of {self.card.width} x {self.card.height} mm")
        return area

    def on_card(self, area: Area) -> bool:
        slack = 1e-6  # sums of decimals
        return (
            area.x >= -slack
            and area.y >= -slack
            and area.right <= self.card.width + slack
            and area.bottom <= self.card.height + slack
        )

    def picture(self, key: str, need: Need) -> Area | None:
        if not self.top.has(key):
            if need is not Need.NONE:
                self.top.fault(f"kind {self.kind.name} has a {key}, so [{key}] must say where")
            return None
        if need is Need.NONE:
            self.top.fault(f"kind {self.kind.name} has no {key}: take [{key}] out")
        block = self.top.table(key)
        area = self.area(block)
        block.close()
        return area

    def box(self, block: Table) -> Box:
        area = self.area(block)
        inks = block.table("ink")
        ink = {name: inks.whole(name, least=1, most=255) for name in INKS if inks.has(name)}
        inks.close()
        if any(ink.get(name, 255) != 255 for name in "ko"):
            block.fault("ink: k and o are there or not, so 255")
        repeat = block.whole("repeat", 1, least=1, most=_MOST)
        box = Box(area, ink, repeat, block.number("step_x", 0.0, least=-500), block.number("step_y", 0.0, least=-500))
        last = Area(area.x + (repeat - 1) * box.step_x, area.y + (repeat - 1) * box.step_y, area.width, area.height)
        if not self.on_card(last):
            block.fault("its last copy falls off the card")
        block.close()
        return box

    def text(self, block: Table) -> Text | None:
        name = block.text("name")
        block.rename(name)
        area = self.area(block)
        style = self.style(block)
        preprinted = block.choice("static_text", "print", ("print", "preprinted")) == "preprinted"
        pitches = block.numbers("pitch", (), least=0.1)
        if block.has("rows"):
            rows = self.rows(block, area)
        else:
            lines = block.whole("lines", 1, least=1, most=_MOST)
            rows = ((Cell(area.x, area.right, self.pattern(block, "text"), lines),),)
        block.close()
        if not style.sizes:
            return None
        longest = max([len(rows), *(cell.lines for row in rows for cell in row)])
        if longest > 1 and not pitches:
            block.fault("pitch: text of more than one line needs [mm from line to line]")
        line = style.sizes[0] * POINT * (ASCENT + DESCENT)
        if (len(rows) - 1) * min(pitches, default=0) + line > area.height + 1e-6:
            block.fault(f"{len(rows)} lines of {style.sizes[0]} pt need more than its height of {area.height} mm")
        if preprinted:
            rows = tuple(tuple(cell for cell in row if cell.pattern.fields) for row in rows)
        return Text(name, area, style, rows, pitches)

    def style(self, block: Table) -> Style:
        face = block.text("face", "sans")
        weight = block.text("weight", "regular")
        if (face, weight) not in FACES:
            block.fault(f"face: there is no {face} {weight}; there are {', '.join(' '.join(f) for f in FACES)}")
        sizes = block.numbers("sizes", None, least=3, most=72)
        if list(sizes) != sorted(sizes, reverse=True):
            block.fault("sizes: the largest comes first")
        condense = block.numbers("condense", (), least=0.6, most=1)
        if list(condense) != sorted(condense, reverse=True):
            block.fault("condense: the largest comes first")
        align = block.choice("align", "left", ("left", "center", "right"))
        case = block.choice("case", "as-is", ("as-is", "upper"))
        spacing = block.number("spacing", 0.0, most=10)
        return Style(face, weight, sizes, align, case, spacing, condense)  # type: ignore[arg-type]

    def rows(self, block: Table, area: Area) -> tuple[tuple[Cell, ...], ...]:
        if not block.has("columns"):
            return tuple(self.plain_row(row, area) for row in block.tables("rows"))
        columns = block.table("columns")
        colon, value, indent = columns.number("colon"), columns.number("value"), columns.number("indent", 0.0)
        columns.close()
        made = []
        for row in block.tables("rows"):
            cells: list[Cell] = []
            right = area.right
            if row.has("beside"):
                beside = row.table("beside")
                x, at = beside.number("x"), beside.number("value")
                right = x
                cells = self.pair(beside, x, beside.number("colon"), at, area.right, 1)
                beside.close()
            x = area.x + (indent if row.flag("indent") else 0.0)
            cells = self.pair(row, x, colon, value, right, row.whole("lines", 1, least=1, most=_MOST)) + cells
            row.close()
            made.append(tuple(cells))
        return tuple(made)

    def plain_row(self, row: Table, area: Area) -> tuple[Cell, ...]:
        lines = row.whole("lines", 1, least=1, most=_MOST)
        cell = Cell(area.x, area.right, self.pattern(row, "text"), lines)
        row.close()
        return (cell,)

    def pair(self, row: Table, x: float, colon: float, value: float, right: float, lines: int) -> list[Cell]:
        """Label, colon and value."""
        if not x < colon < value < right:
            row.fault("label, colon and value must follow each other from left to right within the block")
        return [
            Cell(x, colon, Pattern(((row.text("label"), None),))),
            Cell(colon, value, Pattern(((":", None),))),
            Cell(value, right, self.pattern(row, "text"), lines),
        ]

    def pattern(self, block: Table, key: str) -> Pattern:
        text = block.text(key)
        try:
            parts = tuple((literal, name) for literal, name, _, _ in Formatter().parse(text))
        except ValueError:
            block.fault(f"{key}: a brace is not closed; write {{{{ for a brace that is printed")
            return Pattern(())
        for _, name in parts:
            if name is not None and name not in self.kind.names:
                block.fault(f"{key}: kind {self.kind.name} has no field {{{name}}}")
        return Pattern(parts)
