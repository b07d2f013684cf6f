"""A side of an Evolis card: a plate's panels ready turned, and a card as slices of them.

The panel rows that a card's rectangles touch are encoded anew: a panel row is a column of the picture, so a rectangle
costs its width, not its area. The header's figures (means of the dyes, blank panels) are sums over rows, so a card
takes the plate's, without the rows that changed, and adds theirs.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final

from attrs import field, frozen

from spooler.ext import encode
from spooler.model.picture import Planes, Plate, Rectangle

from .contract import Buffer, Compiled, OutOfReachError
from .evolis_container import BINARY_END, binary_heads, dyes_begin, pida, row_bytes
from .evolis_models import DYES, HALF_PANEL, HEIGHT, WIDTH
from .spans import Span, check_planes, touched, woven

_PIXELS: Final = WIDTH * HEIGHT
#: A span's rows, encoded anew, and their share of the header's figures.
_Fresh = tuple[memoryview, tuple[int, ...]]


@frozen(eq=False)
class TurnedPlate(Compiled):
    """A plate's panels; and for each figure of the header its sums over the first 0 … 1016 panel rows."""

    inks: str
    panels: dict[str, memoryview] = field(repr=False)
    ones: dict[str, list[int]] = field(repr=False)  # bits set in a 1-bit panel
    tallies: tuple[list[int], ...] = field(repr=False)  # of y, m, c and the pixels without any; () without dyes


class SideEncoder:
    """Encodes one side: its `inks`, with `depth` bits for a dye's sample; `half`: the dyes are on half panels."""

    def __init__(self, inks: str, depth: int, *, half: bool) -> None:
        self.inks = inks
        self._depth = depth
        self._half = half
        self._dyed = DYES in inks
        self._others = inks.removeprefix(DYES)
        self._heads = {ink: binary_heads(ink, 1) for ink in self._others} | {DYES: binary_heads(DYES, depth)}

    def check(self, planes: Planes) -> None:
        """Raises ValueError for planes that are not this side's."""
        check_planes(planes, WIDTH, HEIGHT, self.inks)

    def compile(self, plate: Plate) -> TurnedPlate:
        """The plate's panels. Raises ValueError for another side's planes, and OutOfReachError as `face` does."""
        self.check(plate.planes)
        whole = self._encode(plate.planes, {ink: [(0, WIDTH)] for ink in self.inks}, 8)
        panels = {ink: rows.toreadonly() for ink, ((rows, _),) in whole.items()}

        def rows(ink: str) -> Iterator[memoryview]:
            step = row_bytes(8 if ink in DYES else 1)
            return (panels[ink][at : at + step] for at in range(0, WIDTH * step, step))

        ones = {ink: list(accumulate(map(encode.ones, rows(ink)), initial=0)) for ink in self._others}
        tallies: tuple[list[int], ...] = ()
        if self._dyed:
            figures = zip(*map(encode.tally, *(rows(ink) for ink in DYES)), strict=True)
            tallies = tuple(list(accumulate(figure, initial=0)) for figure in figures)
            if self._depth == 7:
                panels |= {ink: _seven(panels[ink]) for ink in DYES}
        compiled = TurnedPlate(plate.id, self.inks, panels, ones, tallies)
        if self._half:
            self._window(compiled, [], {})
        return compiled

    def face(self, plate: TurnedPlate, planes: Planes, rectangles: Sequence[Rectangle]) -> list[Buffer]:
        """What stands between a face's settings and its end: figures and panels.

        Blank resin and overlay are left out, and the dyes if all three are blank. Raises ValueError for a rectangle
        that is not on the card, OutOfReachError for dye beyond a half panel.
        """
        dyed = touched(rectangles, DYES, WIDTH)  # one for the three: Pida counts pixels without any of them
        spans = {ink: dyed if ink in DYES else touched(rectangles, ink, WIDTH) for ink in self.inks}
        fresh = self._encode(planes, spans, self._depth)
        parts: list[Buffer] = []
        if self._dyed:
            if self._half:
                parts.append(dyes_begin(self._window(plate, dyed, fresh)))
            y, m, c, none = _totals(plate.tallies, dyed, fresh["y"])
            parts.append(pida(_rounded(100 * none), _rounded(y), _rounded(m), _rounded(c)))
            if none < _PIXELS:
                parts += self._binary(plate, DYES, self._depth, spans, fresh)
        for ink in self._others:
            (count,) = _totals((plate.ones[ink],), spans[ink], fresh[ink])
            if count:
                parts += self._binary(plate, ink, 1, spans, fresh)
        return parts

    def _encode(self, planes: Planes, spans: dict[str, list[Span]], depth: int) -> dict[str, list[_Fresh]]:
        """The rows of every span, for each ink; y, m and c have the same spans, and the figures of all three."""
        dyes, bits = [], []
        fresh: dict[str, list[_Fresh]] = {ink: [] for ink in spans}
        for x, end in spans.get("y", ()):
            outs = [memoryview(encode.Rows((end - x) * row_bytes(depth))) for _ in DYES]
            dyes.append((*planes.buffers[:3], x, end - x, *outs))
        others = [(ink, x, end) for ink in self._others for x, end in spans[ink]]
        for ink, x, end in others:
            bits.append((planes[ink], x, end - x, memoryview(encode.Rows((end - x) * row_bytes(1)))))
        sums, counts = encode.rotate_spans(WIDTH, HEIGHT, dyes, bits, depth)  # type: ignore[arg-type]  # of these
        for span, figures in zip(dyes, sums, strict=True):
            for ink, rows in zip(DYES, span[5:], strict=True):
                fresh[ink].append((rows, figures))  # type: ignore[arg-type]
        for (ink, _, _), (_, _, _, rows), figures in zip(others, bits, counts, strict=True):
            fresh[ink].append((rows, figures))
        return fresh

    def _binary(
        self, plate: TurnedPlate, inks: str, bits: int, spans: dict[str, list[Span]], fresh: dict[str, list[_Fresh]]
    ) -> list[Buffer]:
        """A BINARY element with these panels."""
        parts: list[Buffer] = []
        step = row_bytes(bits)
        for head, ink in zip(self._heads[inks], inks, strict=True):
            parts.append(head)
            parts += woven(plate.panels[ink], step, spans[ink], [rows for rows, _ in fresh[ink]])
        parts.append(BINARY_END)
        return parts

    def _window(self, plate: TurnedPlate, dyed: list[Span], fresh: dict[str, list[_Fresh]]) -> int:
        """The first column with dye, WIDTH if there is none. Raises OutOfReachError if the last is beyond it."""
        blank = [after - before == HEIGHT for before, after in pairwise(plate.tallies[3])]
        for x, end in dyed:
            blank[x:end] = [True] * (end - x)
        columns = [column for column, empty in enumerate(blank) if not empty]
        step = row_bytes(self._depth)
        for ink in DYES if fresh else "":
            for (x, _), (rows, _) in zip(dyed, fresh[ink], strict=True):
                data = bytes(rows)
                if data.strip(b"\0"):
                    columns += [
                        x + (len(data) - len(data.lstrip(b"\0"))) // step,
                        x + (len(data.rstrip(b"\0")) - 1) // step,
                    ]
        first, last = (min(columns), max(columns)) if columns else (WIDTH, WIDTH)
        if last - first >= HALF_PANEL:
            raise OutOfReachError(
                f"there is dye from column {first} to {last}, and a half panel reaches {HALF_PANEL} columns: "
                "use a template with less colour, or a ribbon of full panels"
            )
        return first


def _seven(panel: memoryview) -> memoryview:
    packed = memoryview(encode.Rows(WIDTH * row_bytes(7)))
    encode.pack7(panel, packed)
    return packed.toreadonly()


def _rounded(total: int) -> int:
    """A mean over all pixels, rounded to nearest."""
    return (2 * total + _PIXELS) // (2 * _PIXELS)


def _totals(plate: Sequence[list[int]], spans: list[Span], fresh: list[_Fresh]) -> list[int]:
    """Each figure over the whole card: the plate's, without the rows that changed, and theirs."""
    return [
        sums[-1] + sum(new[i] - (sums[end] - sums[x]) for (x, end), (_, new) in zip(spans, fresh, strict=True))
        for i, sums in enumerate(plate)
    ]
