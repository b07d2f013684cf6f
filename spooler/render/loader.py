"""Templates from TOML (docs/templates.md has every key). Everything wrong with a file is reported at once, by line."""

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final, TypeVar

from attrs import evolve

from spooler.model.hints import hint
from spooler.model.kinds import KINDS, Kind, Need
from spooler.model.lines import Lines, scan, syntax_fault

from .blocks import MOST, Blocks
from .consistency import check
from .errors import TemplateError
from .reading import Faults, Table
from .template import POINT, Area, Cell, Condition, Pattern, PictureBlock, QrBlock, Style, Template, Text
from .type import ASCENT, DESCENT, FACES

_Block = TypeVar("_Block", Text, QrBlock, PictureBlock)

_LARGEST: Final = 1 << 20  # bytes


def load_template(source: Path | str, kind: Kind) -> Template:
    """Read a template for `kind` from a file, or from TOML text. Raises TemplateError with every fault."""
    if isinstance(source, Path):
        return _load(source.name, _read(source), kind)
    return _load(f"template of {kind.name}", source, kind)


def packaged_template(kind: Kind) -> Template:
    """The template that comes with the spooler."""
    name = f"{kind.template}.toml"
    return _load(name, (resources.files(__package__) / "templates" / name).read_text("utf-8"), kind)


def load_templates(folder: Path | None = None) -> Mapping[str, Template]:
    """The template of every kind: NAME.toml in `folder` stands in for the packaged one of that name.

    Raises TemplateError with every fault of every file, also for a file that no kind would use.
    """
    templates: dict[str, Template] = {}
    faults: dict[str, None] = {}
    names = {kind.template for kind in KINDS.values()}
    own: dict[str, str] = {}
    try:
        files = sorted(folder.glob("*.toml")) if folder else []
        if folder and not folder.is_dir():
            raise TemplateError((f"{folder}: is no folder: there must be one for templates",))
        for file in files:
            if file.stem not in names:
                faults[f"{file.name}: no kind uses a template of this name{hint(file.stem, names)}"] = None
            own[file.stem] = _read(file)
    except OSError as error:
        raise TemplateError((f"{folder}: cannot be read: {error.strerror}",)) from None
    for kind in KINDS.values():
        try:
            if kind.template in own:
                templates[kind.name] = _load(f"{kind.template}.toml", own[kind.template], kind)
            else:
                templates[kind.name] = packaged_template(kind)
        except TemplateError as error:
            faults |= dict.fromkeys(error.faults)
    if faults:
        raise TemplateError(tuple(faults))
    return templates


def _read(file: Path) -> str:
    try:
        data = file.read_bytes() if file.stat().st_size <= _LARGEST else b""
    except OSError as error:
        raise TemplateError((f"{file.name}: cannot be read: {error.strerror}",)) from None
    if not data:
        raise TemplateError((f"{file.name}: is empty, or longer than {_LARGEST} bytes: is it the right file?",))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TemplateError((f"{file.name}:{line}: is not text in UTF-8: save it as UTF-8",)) from None


def _load(name: str, text: str, kind: Kind) -> Template:
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        line, sentence = syntax_fault(error)
        faults = Faults(name, Lines() if line is None else Lines({("toml",): line}))
        faults.add(("toml",), "", sentence)
        raise TemplateError(faults.all()) from None
    faults = Faults(name, scan(text))
    top = Table(content, faults)
    card = top.table("card")
    area = Area(0, 0, card.number("width", least=1, most=500), card.number("height", least=1, most=500))
    card.close()
    template = _Loader(name, kind, area).template(top)
    if faults.all():
        raise TemplateError(faults.all())
    return template


class _Loader(Blocks):
    def __init__(self, name: str, kind: Kind, card: Area) -> None:
        super().__init__(kind, card)
        self.name = name
        self._tables: dict[int, Table] = {}  # id of a block -> where it stands
        self._kept: list[object] = []  # keeps those ids

    def template(self, top: Table) -> Template:
        """Both sides. Faults go to where `top` notes them."""
        front = self.side(top)
        if top.has("back"):
            back = top.table("back")
            front = evolve(front, back=self.side(back))
            back.close()
        top.close()
        check(self.kind, front, top, self._tables)
        return front

    def side(self, side: Table) -> Template:
        """One side's blocks."""
        boxes = [self.box(block, asks) for block, asks in self.variants(side, "box")]
        lines = [self.line(block, asks) for block, asks in self.variants(side, "line")]
        return Template(
            name=self.name,
            width=self.card.width,
            height=self.card.height,
            texts=tuple(
                self.standing(block, text)
                for block, asks in self.variants(side, "text")
                if (text := self.text(block, asks))
            ),
            boxes=(*boxes, *lines),
            cutouts=tuple(self.cutout(block, asks) for block, asks in self.variants(side, "cutout")),
            qrs=tuple(self.standing(block, self.qr(block, asks)) for block, asks in self.variants(side, "qr")),
            photos=self.pictures(side, "photo", self.kind.photo),
            signatures=self.pictures(side, "signature", self.kind.signature),
        )

    def pictures(self, side: Table, key: str, need: Need) -> tuple[PictureBlock, ...]:
        return tuple(
            self.standing(block, self.picture(key, need, block, asks))
            for block, asks in self.variants(side, key, single=True)
        )

    def standing(self, block: Table, value: _Block) -> _Block:
        """Remember where a block stands in the file."""
        self._tables[id(value)] = block
        self._kept.append(value)
        return value

    # ---- text ----

    def text(self, block: Table, condition: Condition) -> Text | None:
        name = block.text("name")
        area = self.area(block)
        style = self.style(block)
        preprinted = block.choice("static_text", "print", ("print", "preprinted")) == "preprinted"
        pitches = block.numbers("pitch", (), least=0.1)
        if block.has("rows"):
            rows, asked = self.rows(block, area)
        else:
            lines = block.whole("lines", 1, least=1, most=MOST)
            rows, asked = ((Cell(area.x, area.right, self.pattern(block, "text"), lines),),), ()
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
        return Text(name, area, style, rows, pitches, condition, asked)

    def style(self, block: Table) -> Style:
        face = block.text("face", "sans")
        weight = block.text("weight", "regular")
        if (face, weight) not in FACES:
            block.fault(f"face: there is no {face} {weight}; there are {', '.join(' '.join(f) for f in FACES)}", "face")
        sizes = block.numbers("sizes", None, least=3, most=72)
        if list(sizes) != sorted(sizes, reverse=True):
            block.fault("sizes: the largest comes first", "sizes")
        condense = block.numbers("condense", (), least=0.6, most=1)
        if list(condense) != sorted(condense, reverse=True):
            block.fault("condense: the largest comes first", "condense")
        align = block.choice("align", "left", ("left", "center", "right"))
        case = block.choice("case", "as-is", ("as-is", "upper"))
        spacing = block.number("spacing", 0.0, most=10)
        return Style(face, weight, sizes, align, case, spacing, condense)  # type: ignore[arg-type]

    def rows(self, block: Table, area: Area) -> tuple[tuple[tuple[Cell, ...], ...], tuple[Condition, ...]]:
        """The rows and their conditions (none if no row has one)."""
        read = self.plain_row
        if block.has("columns"):
            columns = block.table("columns")
            colon, value, indent = columns.number("colon"), columns.number("value"), columns.number("indent", 0.0)
            columns.close()

            def read(row: Table, area: Area) -> tuple[Cell, ...]:
                return self.paired_row(row, area, colon, value, indent)

        made, asked = [], []
        for row in block.tables("rows"):
            asked.append(self.condition(row))
            made.append(read(row, area))
            row.close()
        return tuple(made), tuple(asked) if any(condition.names for condition in asked) else ()

    def paired_row(self, row: Table, area: Area, colon: float, value: float, indent: float) -> tuple[Cell, ...]:
        cells: list[Cell] = []
        right = area.right
        if row.has("beside"):
            beside = row.table("beside")
            right = beside.number("x")
            cells = self.pair(beside, right, beside.number("colon"), beside.number("value"), area.right, 1)
            beside.close()
        x = area.x + (indent if row.flag("indent") else 0.0)
        return (*self.pair(row, x, colon, value, right, row.whole("lines", 1, least=1, most=MOST)), *cells)

    def plain_row(self, row: Table, area: Area) -> tuple[Cell, ...]:
        lines = row.whole("lines", 1, least=1, most=MOST)
        return (Cell(area.x, area.right, self.pattern(row, "text"), lines),)

    def pair(self, row: Table, x: float, colon: float, value: float, right: float, lines: int) -> list[Cell]:
        """Label, colon and value."""
        if not x < colon < value < right:
            row.fault("label, colon and value must follow each other from left to right within the block")
        return [
            Cell(x, colon, Pattern(((row.text("label"), None),))),
            Cell(colon, value, Pattern(((":", None),))),
            Cell(value, right, self.pattern(row, "text"), lines),
        ]
