"""HID Fargo card printers that speak FRL, direct to card: DTC4500e and its kin. Facts, encoding, conversation.

A panel is lines of the 768-dot head, run-length coded, equal neighbours joined, in packets of 512 bytes (the format
stands at the foot). A compiled plate holds every line coded; a card codes those lines anew that its rectangles touch
(a line is a column of the picture), joins equal ones again over all of them, and packs the panel: that last pass copies
what is left after the coding, some ten kilobytes a panel.

Evidence: nothing that these printers are known to say counts a card or ends a job. So their grade is `sent`, over every
link: on accountable blanks each card waits for an officer's word.
"""

from collections.abc import Generator
from typing import Final

from attrs import field, frozen

from spooler.ext import frl
from spooler.model.care import Care, Pace
from spooler.model.kinds import ACCOUNTABLE, Stock
from spooler.model.picture import Geometry, Picture, Plate
from spooler.model.printer import Facts, PrinterState
from spooler.model.verdict import Grade

from .contract import (
    Buffer,
    Compiled,
    EncodedCard,
    Exchange,
    LanguageError,
    Model,
    NoChannelError,
    Pause,
    Report,
    Script,
    Step,
)  # fmt: skip
from .fargo_packets import ANSWER_LIMIT, END, QUESTION, SESSION, STATUS, job, panel_head, payload
from .fargo_status import Status, parse_status
from .spans import check_planes, touched

WIDTH: Final = 1009  # pixels; also the lines of a panel
HEIGHT: Final = 634  # pixels; also the dots of a line that print
LEFT: Final = 127  # dots before them
#: ink -> the panel's number
PANELS: Final = {"y": 1, "m": 2, "c": 3, "k": 4, "o": 7}
#: ink -> what of a pixel is sent: all of it, but of the overlay a constant heat
MASKS: Final = {"y": 255, "m": 255, "c": 255, "k": 255, "o": 128}
FRONT, BACK = 1, 2
#: side -> of a resin panel no empty lines go out at the end (1), nor at the beginning (2)
_TRIM: Final = {FRONT: 1, BACK: 2}
#: ribbon -> its number in the job section
_RIBBONS: Final = {"K": 1, "KO": 5, "YMCKO": 7, "YMCKOK": 8}

POLL_SECONDS: Final = 0.5
SEND_SECONDS: Final = 120.0  # it may read no faster than it prints
NOT_TOLD: Final = "not told"


def _model(name: str) -> Model:
    return Model(
        name=name,
        # the margins of the driver's own description, 138 and 163 um: nothing is printed past the card's edge
        geometry=Geometry("fargo-300", WIDTH, HEIGHT, 300, bleed_x_mm=-0.138, bleed_y_mm=-0.163),
        inks={"YMCKO": "ymcko", "YMCKOK": "ymcko", "KO": "ko", "K": "k"},
        back_inks={"YMCKOK": "k"},
        grade=Grade.SENT,
        # about 16 s for YMCKO, says a user; the parts are assumed
        pace=Pace(panels={"y": 3.0, "m": 3.0, "c": 3.0, "k": 1.5, "o": 1.5}),
        # offices tell it of their KTP units, which are Fargos of another model (PRINTERS.md's head, DOMAIN.md 8): about
        # a hundred cards without a rest spoil the next ones; months without work and a child's card broke them
        care=Care(rest_after_cards=100, idle_days=30),
        media=ACCOUNTABLE - {Stock.CARD_KIA},
        settle_seconds=60.0,  # it does not say that it is busy, so longer than its slowest card
        resumes_by_itself=True,  # not known: the safe side
    )


@frozen(eq=False)
class _Plate(Compiled):
    lines: dict[str, frl.Lines] = field(repr=False)  # ink -> its lines, coded


class FargoLanguage:
    """The language of one printer: `model` with `ribbon`."""

    def __init__(self, model: Model, ribbon: str) -> None:
        self.model = model
        self.ribbon = ribbon
        self._sides = {FRONT: model.inks[ribbon]}
        if ribbon in model.back_inks:
            self._sides[BACK] = model.back_inks[ribbon]
        self._number = _RIBBONS[ribbon]
        self._card_seconds = model.card_seconds(ribbon)

    def compile(self, plate: Plate) -> Compiled:
        """The coded lines of either side. Raises ValueError for planes of another geometry or ribbon."""
        planes = plate.planes
        check_planes(planes, WIDTH, HEIGHT, *self._sides.values())
        coded = frl.encode(WIDTH, HEIGHT, LEFT, [(planes[ink], 0, WIDTH, MASKS[ink]) for ink in planes.inks])
        return _Plate(plate.id, dict(zip(planes.inks, coded, strict=True)))

    def splice(
        self, compiled: Compiled, picture: Picture, unix_time: int, back: tuple[Compiled, Picture] | None = None
    ) -> EncodedCard:
        """One card; it carries no time. Raises ValueError if a plate is not its picture's, a rectangle is not on the
        card, or there is a back that the ribbon has no panel for."""
        if back is not None and BACK not in self._sides:
            raise ValueError(f"the ribbon {self.ribbon} has no panels for a card's back")
        parts: list[Buffer] = [SESSION, job(self._number, both_sides=back is not None)]
        parts += self._panels(FRONT, compiled, picture)
        if back is not None:
            parts += self._panels(BACK, *back)
        parts.append(END)
        return EncodedCard(tuple(parts), sum(map(len, parts)), len(SESSION))

    def _panels(self, side: int, compiled: Compiled, picture: Picture) -> list[bytes]:
        """The sections of one side, in the ribbon's order."""
        inks = self._sides[side]
        if not isinstance(compiled, _Plate) or compiled.plate_id != picture.plate.id:
            raise ValueError("the compiled plate is not the picture's plate")
        check_planes(picture.planes, WIDTH, HEIGHT, inks)
        if compiled.lines.keys() != set(inks):
            raise ValueError("the compiled plate is of the card's other side")
        spans = [(ink, begin, end) for ink in inks for begin, end in touched(picture.rectangles, ink, WIDTH)]
        coded = frl.encode(
            WIDTH, HEIGHT, LEFT, [(picture.planes[ink], x, end - x, MASKS[ink]) for ink, x, end in spans]
        )
        pieces: dict[str, list[tuple[frl.Lines, int, int]]] = {ink: [] for ink in inks}
        done = dict.fromkeys(inks, 0)
        for (ink, x, end), fresh in zip(spans, coded, strict=True):
            if done[ink] < x:
                pieces[ink].append((compiled.lines[ink], done[ink], x))
            pieces[ink].append((fresh, 0, end - x))
            done[ink] = end
        for ink, at in done.items():
            if at < WIDTH:
                pieces[ink].append((compiled.lines[ink], at, WIDTH))
        return [
            frl.section(panel_head(index, side, PANELS[ink]), pieces[ink], _TRIM[side] if ink == "k" else 0)
            for index, ink in enumerate(inks)
        ]

    def inquire(self) -> Script:
        """What the printer says of itself over USB; over a link without that channel only that its address answers."""
        status = yield from _status()
        if status is None:
            yield from _exchange(Exchange((), reply_limit=0))
        return _facts(status)

    def print_card(self, card: EncodedCard) -> Script:
        """Hand the card over, and wait as long as one takes: the printer does not say when it is out.

        Where it can be asked it is, and the time begins anew while it waits for somebody.
        """
        handing_over = Exchange(card.parts, card.moves_at, reply_limit=0, timeout=SEND_SECONDS)
        del card
        yield from _exchange(handing_over)
        del handing_over  # and with it the card's bytes, however long the printer then waits for somebody
        status = yield from _status()
        if status is None:
            yield Pause(self._card_seconds)
            return _facts(None)
        waited = 0.0
        shown = None
        while waited < self._card_seconds and not status.fault:
            if status.reasons:
                waited = 0.0
            if status.reasons or status.reasons != shown:
                yield Report(_facts(status))
                shown = status.reasons
            yield Pause(POLL_SECONDS)
            waited += POLL_SECONDS
            status = yield from _told()
        return _facts(status)

    def reset(self) -> Script:
        """Nothing known makes the printer forget a job: this only looks. The transport clears a half that was sent."""
        return (yield from self.inquire())


def _exchange(step: Exchange) -> Generator[Step, bytes | None, bytes]:
    reply = yield step
    if reply is None:
        raise LanguageError("the script was sent no reply for an exchange")
    return reply


def _told() -> Generator[Step, bytes | None, Status]:
    """Raises NoChannelError where it cannot be asked."""
    answer = yield from _exchange(Exchange((QUESTION,), reply_limit=ANSWER_LIMIT, channel=STATUS))
    return parse_status(payload(answer))


def _status() -> Generator[Step, bytes | None, Status | None]:
    try:
        return (yield from _told())
    except NoChannelError:
        return None


def _facts(status: Status | None) -> Facts:
    """None: it cannot be asked, and whoever stands before it sees more."""
    return Facts(
        serial=NOT_TOLD,
        model=NOT_TOLD,
        firmware=NOT_TOLD,
        counter=None,
        state=status.state if status else PrinterState.IDLE,
        reasons=status.reasons if status else (),
        card_in_path=False,
        fault=status is not None and status.fault,
    )


class FargoFamily:
    """The entry point."""

    name = "fargo"
    models: Final = {name: _model(name) for name in ("dtc4500e", "dtc1250e", "dtc4250e")}
    #: a DTC4500e; other units of HID are 076B:BF00 … BFFF
    usb_ids: Final = frozenset({(0x09B0, None), *((0x076B, product) for product in range(0xBF00, 0xC000))})

    def language(self, model: str, ribbon: str) -> FargoLanguage:
        """Raises KeyError for a model or ribbon that is not in `models`."""
        return FargoLanguage(self.models[model], ribbon)


FAMILY: Final = FargoFamily()

# The wire format (PRINTERS.md 4.1; [RUN] = all of HID's own test jobs parse and come back byte for byte, [CODE] =
# from a working session of somebody else's, [UNC] = inferred, never seen)
#
# packet     'F' 'g'|'s', version u16 (1 prints, 0 commands and status), length u16, bytes, 'e' 'P'            [RUN]
# stream     Fs 0, Fs 8 zeros; sections of Fg packets: job, panels in the ribbon's order, end                  [RUN]
# section    type u32, L u32 (header bytes that follow); 512 bytes a packet, a shorter one ends it             [RUN]
# job        type 1, L 40 (42 both sides): +8 L-6, +10 1, +14 ribbon, +16 both sides, +23 3, +24 1, +40 30 mil,
#            +44 1 both sides                                                                                  [RUN]
# panel      type 0F, L 22: +8 16, +10 index on its side, +12 side, +14 panel, +18 start in 1/1000 inch, +20 lines,
#            +22 data length = section after +30, and 8 for each packet of 512; +30 records                    [RUN]
# record     16 u16, 0 u16, 0 u32, repeat u16 (1 … 256), one line of 768 bytes coded (ext/frl_kernels.h)       [RUN]
# line       column x of the picture; dot 760 - y; heat 0 … 255, resin 0 or 255, overlay 0 or 128              [RUN]
# resin      empty lines at the end are left out; on a back also those before the first, which start replaces  [RUN]
# end        type 63, L 6, zeros                                                                               [RUN]
# command    Fg version 0, 32 bytes: 1, 0, command, flags (u32), zeros                                         [RUN]
# status     control OUT 41 with 000000 and an empty Fg of 32; control IN C1: Fg with two strings             [CODE]
# USB        interface 0, bulk OUT 01; 09B0:BF0C is a DTC4500e                                                [CODE]
# models     DTC1250e and DTC4250e share the DTC4500e's filter in HID's driver; only its jobs were seen
#
# Open, and the side taken:
# - When may the printer feed: after the job section, a panel, or the end? Nobody says. The first byte that can move a
#   card is the job section's first; the session before it names no card.
# - A section of exactly n * 512 bytes was never seen. The last line's first run is cut in two: two bytes more.
# - A resin panel without ink keeps one empty line: one with none was never seen.
# - One side on YMCKOK: the job section of one side with the ribbon's number.                                   [UNC]
# - Is the back's picture turned about the card's long or short side? It goes out as the front's does.
# - Does TCP 9100 close when its sender half-closes, and take an empty connection? HID's driver is used with a sender
#   that does the first.                                                                                        [UNC]
# - What drops a job that a printer holds (cover open, no cards)? Nothing known: whoever answers "no card" for it must
#   have cancelled it at the printer, or switched that off.
# - Half-panel ribbons (13) are left out: only one window, 302 lines at 2.236 inch, was ever seen.
