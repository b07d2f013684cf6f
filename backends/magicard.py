"""Magicard printers: the Enduro (head layout KGE2) and the Rio 2E (KEE), one side, 300 dpi, 6 bits.

A line of the head is a column of the picture, sent as bit planes; the two heads differ in the order of their pixels and
in a line's length. The overlay is no panel of pixels: the printer lays it over an area with holes in it, so a plate's
overlay must be one rectangle with at most two rectangles left out. The format and its sources stand at the foot.
"""

from collections.abc import Generator
from itertools import accumulate
from struct import pack
from typing import Final

from attrs import field, frozen

from spooler.ext import bitplanes, encode
from spooler.model.picture import Geometry, Picture, Planes, Plate
from spooler.model.verdict import Grade

from .contract import Buffer, Compiled, EncodedCard, Exchange, LanguageError, Model, Pause, Report, Script, Step
from .magicard_overlay import Box, Overlay, overlay_of
from .magicard_status import Status, parse_status
from .spans import Span, check_planes, touched, woven

WIDTH: Final = 1016  # pixels; also the lines of a plane
HEIGHT: Final = 642  # pixels
DPI: Final = 300
HEAD: Final = 672  # pixels of the head
TOP: Final = 656  # the head's pixel that prints a card's row 0; row y is pixel TOP - y
DYES: Final = "ymc"
#: ink -> the letter of its plane, in the order in which they are sent
LETTERS: Final = {"y": "B", "m": "G", "c": "R", "k": "K"}

_WHOLE: Final = Box(0, WIDTH - 1, 0, HEIGHT - 1)

POLL_SECONDS: Final = 0.5
SEND_SECONDS: Final = 60.0  # 1.8 MB over a slow site network
CARD_SECONDS: Final = 100.0  # so long a printer that waits for nobody is asked whether the card came out


def _head(rows: list[int]) -> tuple[int, memoryview]:
    """The bytes of a bit plane's line, and what each of its bits holds: a row of the card, or none."""
    table = [row if 0 <= row < HEIGHT else -1 for row in rows]
    return len(table) // 8, memoryview(pack(f"{len(table)}h", *table)).cast("h")


def _kge2() -> tuple[int, memoryview]:
    """Even bits of 24 words hold the head's pixels up to 287, from the seventh word on; odd bits the others."""
    rows = [-1] * (24 * 32)
    for pixel in range(HEAD):
        rows[2 * (pixel + 96) if pixel < 288 else 2 * (pixel - 288) + 1] = TOP - pixel
    return _head(rows)


def _kee() -> tuple[int, memoryview]:
    """The head's pixels in their order."""
    return _head([TOP - pixel for pixel in range(HEAD)])


@frozen
class _Head:
    """How a model is spoken to: a line's bytes in one bit plane, what each bit holds, the tags of a job."""

    line: int
    rows: memoryview = field(repr=False)
    tags: str  # with places for time, planes, overcoat and sizes
    overcoat: str  # what follows OVRON: security print, then the area
    area: str  # the whole card


_ENDURO: Final = (
    ",NOC1,VER1.16-,LANENG,TDT{time:08X},RSPDEF,COEH,KGE2,DPXOFF,PAG1,IMF{planes},XCO0,YCO0,WID1016,HGT642,"
    "{overcoat},ICC0,DDD50,{sizes}"
)
_RIO: Final = (
    ",NOC1,VER5.3.4,LANENG,REJOFF,ESS1,KEE,RT2,DPXOFF,PAG1,SLWON,XCO0,YCO0,WID1016,HGT642,"
    "{overcoat},DDD50,TDT{time:08X},IMF{planes},{sizes}"
)
_PLAIN: Final = "NNNOFF,USFOFF"
_HOLOKOTE: Final = "NNNOFF,USFON,HKT1,CKION,HKMFFFFFF,TRO0"  # the printer's own watermark, all over the card

_GEOMETRY: Final = Geometry(
    "magicard-300", WIDTH, HEIGHT, DPI, (WIDTH / DPI * 25.4 - 85.60) / 2, (HEIGHT / DPI * 25.4 - 53.98) / 2
)


def _model(name: str, ribbons: dict[str, str]) -> Model:
    return Model(
        name=name,
        geometry=_GEOMETRY,
        inks=ribbons,
        grade=Grade.CARD_COUNTED,
        # it never says whether it is busy, so this is longer than we believe that any card takes; not proven
        settle_seconds=120.0,
        resumes_by_itself=True,  # not known; the careful answer
        depth=6,
    )


ENDURO: Final = _model("enduro", {"YMCKO": "ymcko", "K": "k"})
#: the same printer with its watermark in the overcoat, as the vendor's driver prints unless told otherwise
ENDURO_HOLOKOTE: Final = _model("enduro-holokote", {"YMCKO": "ymcko"})
RIO_2E: Final = _model("rio2e", {"YMCKO": "ymcko", "K": "k"})
_HEADS: Final = {
    ENDURO.name: _Head(*_kge2(), _ENDURO, _PLAIN, "0,0,1015,641"),
    ENDURO_HOLOKOTE.name: _Head(*_kge2(), _ENDURO, _HOLOKOTE, "0,0,1015,641"),
    RIO_2E.name: _Head(*_kee(), _RIO, _PLAIN, "0,0,1025,641"),
}

#: the vendor's driver asks so before a job, and while it prints
POLL: Final = b"\x01,REQ,INF,\x1c\x03"
RESET: Final = b"\x05" * 9 + b"\x01RST,\x1c\x03"
_LEAD: Final = b"\x05" * 64
_START: Final = b"\x01"
_END: Final = b"\x03"  # of a job, a question and a reply


@frozen(eq=False)
class _Plate(Compiled):
    """A plate's planes as lines; for each the bits set in its first 0 … 1016 lines; and its overlay."""

    panels: dict[str, memoryview] = field(repr=False)
    ones: dict[str, list[int]] = field(repr=False)
    overlay: Overlay | None


class MagicardLanguage:
    """The language of one printer: `model` with `ribbon`."""

    def __init__(self, model: Model, ribbon: str) -> None:
        self.model = model
        self.ribbon = ribbon
        self._inks = model.inks[ribbon]
        self._sent = [ink for ink in self._inks if ink in LETTERS]
        self._head = _HEADS[model.name]

    def _line(self, ink: str) -> int:
        return self._head.line * (6 if ink in DYES else 1)

    def _encode(self, planes: Planes, spans: dict[str, list[Span]]) -> tuple[dict[str, list[memoryview]], set[str]]:
        """The lines of every span, for each ink; and the inks of which they print anything."""
        fresh: dict[str, list[memoryview]] = {ink: [] for ink in spans}
        work: list[tuple[Buffer, int, int, int, memoryview]] = []
        for ink, begin, end in ((name, *span) for name in spans for span in spans[name]):
            out = memoryview(encode.Rows((end - begin) * self._line(ink)))
            work.append((planes[ink], 6 if ink in DYES else 1, begin, end - begin, out))
            fresh[ink].append(out)
        printed = bitplanes.bit_planes(WIDTH, HEIGHT, self._head.rows, work)
        inks = (ink for ink in spans for _ in spans[ink])
        return fresh, {ink for ink, any_of_it in zip(inks, printed, strict=True) if any_of_it}

    def compile(self, plate: Plate) -> Compiled:
        """The plate's planes. Raises ValueError for planes of another geometry or ribbon, or an overlay that is not
        one rectangle with few holes."""
        check_planes(plate.planes, WIDTH, HEIGHT, self._inks)
        whole, _ = self._encode(plate.planes, {ink: [(0, WIDTH)] for ink in self._sent})
        panels = {ink: lines.toreadonly() for ink, (lines,) in whole.items()}
        ones = {}
        for ink, panel in panels.items():
            line = self._line(ink)
            counts = (encode.ones(panel[at : at + line]) for at in range(0, WIDTH * line, line))
            ones[ink] = list(accumulate(counts, initial=0))
        return _Plate(plate.id, panels, ones, overlay_of(plate.planes["o"], WIDTH) if "o" in self._inks else None)

    def splice(
        self, compiled: Compiled, picture: Picture, unix_time: int, back: tuple[Compiled, Picture] | None = None
    ) -> EncodedCard:
        """One card. Raises ValueError if the plate is not the picture's, a rectangle is not on the card, the overlay
        cannot be told to the printer, or there is a back: no model here prints two sides yet."""
        if back is not None:
            raise ValueError(f"the ribbon {self.ribbon} has no panels for a card's back")
        if not isinstance(compiled, _Plate) or compiled.plate_id != picture.plate.id:
            raise ValueError("the compiled plate is not the picture's plate")
        check_planes(picture.planes, WIDTH, HEIGHT, self._inks)
        spans = {ink: touched(picture.rectangles, ink, WIDTH) for ink in self._sent}
        fresh, changed = self._encode(picture.planes, spans)
        overlay = compiled.overlay
        if "o" in self._inks and touched(picture.rectangles, "o", WIDTH):
            overlay = overlay_of(picture.planes["o"], WIDTH)

        printed = [ink for ink in self._sent if ink in changed or _kept(compiled.ones[ink], spans[ink])]
        if set(DYES).intersection(printed):  # one dye: all three
            printed = [ink for ink in self._sent if ink in DYES or ink in printed]
        printed = printed or ["k"]  # a blank card is one of blank resin
        parts: list[Buffer] = [_LEAD, _START, self._tags(printed, overlay, unix_time), b"\x1c"]
        for ink in printed:
            parts += woven(compiled.panels[ink], self._line(ink), spans[ink], fresh[ink])
            parts.append(f"\x1c{LETTERS[ink]}:".encode())
        parts.append(_END)
        return EncodedCard(tuple(parts), sum(map(len, parts)), len(_LEAD))  # when it feeds, nobody has told

    def _tags(self, printed: list[str], overlay: Overlay | None, unix_time: int) -> bytes:
        coat = "OVROFF"
        if overlay is not None:
            left_out = "".join(f",NCT{hole.corners(HEIGHT)}" for hole in overlay.holes)
            area = self._head.area if overlay.area == _WHOLE else overlay.area.corners(HEIGHT)
            coat = f"OVRON,{self._head.overcoat},PCT{area}{left_out}"
        return self._head.tags.format(
            time=unix_time & 0xFFFFFFFF,
            planes="".join(LETTERS[ink] for ink in printed),
            overcoat=coat,
            sizes=",".join(f"SZ{LETTERS[ink]}{WIDTH * self._line(ink)}" for ink in printed),
        ).encode()

    def inquire(self) -> Script:
        """Read the facts: one answer holds them all. Raises LanguageError for a reply that cannot be one."""
        return (yield from _ask()).facts

    def print_card(self, card: EncodedCard) -> Script:
        """Hand the card over and wait until the counter has moved, or the printer has lost the card.

        The question before the card's bytes, which the vendor's driver asks too, gives the counter before it. Nobody
        has told whether a card is counted at its start or its end: so a counter that has moved is not believed before a
        card can be out, and a fault until then counts. A card that does not come out while nobody is waited for ends
        the script, with the counter unmoved.
        """
        handing_over = Exchange((POLL, *card.parts), len(POLL) + card.moves_at, timeout=SEND_SECONDS, whole=_is_whole)
        del card
        before = yield from _status(handing_over)
        del handing_over  # and with it the card's bytes, however long the printer then waits for somebody
        least = self.model.card_seconds(self.ribbon)
        shown, status = None, before
        since_sent = unmoved = 0.0  # seconds; of the latter none in which it waits for somebody
        while unmoved < CARD_SECONDS:
            status = yield from _ask()
            moved = status.cards != before.cards
            if status.fault or (moved and since_sent >= least):
                break
            if status.waits or status != shown:
                yield Report(status.facts)
            shown = status
            since_sent += POLL_SECONDS
            unmoved = 0.0 if status.waits or moved else unmoved + POLL_SECONDS
            yield Pause(POLL_SECONDS)
        return status.facts

    def reset(self) -> Script:
        """Reset the printer, which answers nothing to that, and read the facts."""
        yield Exchange((RESET,), reply_limit=0)
        return (yield from self.inquire())


def _kept(ones: list[int], spans: list[Span]) -> bool:
    """Whether a plate's plane prints anything outside the spans."""
    return ones[-1] > sum(ones[end] - ones[begin] for begin, end in spans)


def _is_whole(reply: bytes) -> bool:
    return reply.endswith(_END)


def _status(step: Exchange) -> Generator[Step, bytes | None, Status]:
    reply = yield step
    if reply is None:
        raise LanguageError("the script was sent no reply for an exchange")
    return parse_status(reply)


def _ask() -> Generator[Step, bytes | None, Status]:
    return (yield from _status(Exchange((POLL,), whole=_is_whole)))


class MagicardFamily:
    """The entry point."""

    name = "magicard"
    models: Final = {model.name: model for model in (ENDURO, ENDURO_HOLOKOTE, RIO_2E)}
    usb_ids: Final = frozenset({(0x0C1F, None)})

    def language(self, model: str, ribbon: str) -> MagicardLanguage:
        """Raises KeyError for a model or ribbon that is not in `models`."""
        return MagicardLanguage(self.models[model], ribbon)


FAMILY: Final = MagicardFamily()

# The wire format (PRINTERS.md 2; [RUN] = as the vendor's GPL driver 1.0.16 (Enduro) or Gutenprint (Rio 2E) writes it,
# reproduced here byte for byte; [CODE] = read in that driver or in Gutenprint's backend)
#
# job        05 x 64, 01, tags ",NAMEvalue", 1C, planes, 03; before it 01 ,REQ,INF, 1C 03                        [RUN]
# plane      1016 lines, then 1C, its letter (B yellow, G magenta, R cyan, K resin, in this order), 3A           [RUN]
# line       picture column x; dyes as 6 bit planes of ink >> 2, the lowest bit first; resin as one              [RUN]
# bits       KEE: the head's 672 pixels in order, 84 bytes. KGE2: 96 bytes; even bits 192… hold pixels 0…287,
#            odd bits 288…671; all most significant bit first                                                    [RUN]
# row        y is pixel 656 - y of the head: of the driver's 641 rows, and of Gutenprint's 642                   [RUN]
# planes     IMFBGR without resin [RUN]; IMFK and IMFBGRK [CODE for KGE2, BGRK RUN for KEE]; OVROFF alone        [CODE]
# overcoat   OVRON, PCT area; NCT hole, again for a second; left, bottom, right, top from the lower edge         [CODE]
# reset      05 x 9, 01 RST, 1C 03; no answer is read                                                            [CODE]
#
# Not proven on a device: everything beyond the bytes of a job. Which corner of the card a picture's first pixel meets
# (it may come out turned by 180 degrees); when a card is fed, and when it is counted (field 9); whether field 19 holds
# the numbers of the driver's error_codes.h on every firmware; which errors a printer waits in, and whether it prints
# the card after them; that RST forgets a job; that REQ,INF is answered while it prints.
