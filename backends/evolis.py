"""Evolis card printers: facts, encoding, conversation. So far the Primacy, one side, 300 dpi.

A card is the "modern container" that the vendor's own library writes (the format stands at the foot). A compiled
plate holds its panels ready turned; a card is slices of them with the panel rows that its rectangles touch encoded
anew: a panel row is a column of the picture, so a rectangle costs its width, not its area.
"""

from collections.abc import Generator, Iterator, Sequence
from itertools import accumulate
from operator import itemgetter
from typing import Final

from attrs import evolve, field, frozen

from spooler.ext import encode
from spooler.model.picture import Geometry, Picture, Planes, Plate, Rectangle
from spooler.model.printer import Facts, Supply
from spooler.model.reasons import worst_first
from spooler.model.verdict import Grade

from .contract import Buffer, Compiled, EncodedCard, Exchange, LanguageError, Model, Pause, Report, Script, Step
from .evolis_status import Status, has_status, parse_number, parse_pairs, parse_status, parse_text, parse_word, refusal

WIDTH: Final = 1016  # pixels; also the rows of a panel
HEIGHT: Final = 648  # pixels; also the columns of a panel
DPI: Final = 300
DYES: Final = "ymc"

POLL_SECONDS: Final = 0.25  # as the vendor's library does
FIRST_POLL_SECONDS: Final = 0.02  # doubled up to the above: a fast answer is not slept through
CLAIM_POLLS: Final = 40  # so often a printer that waits for nobody is asked whether it took the card
SEND_SECONDS: Final = 60.0  # 2 MB over a slow site network

_GEOMETRY: Final = Geometry(
    "evolis-300", WIDTH, HEIGHT, DPI, (WIDTH / DPI * 25.4 - 85.60) / 2, (HEIGHT / DPI * 25.4 - 53.98) / 2
)
#: ribbon -> its number in `Pr` and `Pwres`
_RIBBON_IDS: Final = {"YMCKO": 0, "KO": 1, "K": 100}

PRIMACY: Final = Model(
    name="primacy",
    geometry=_GEOMETRY,
    inks={"YMCKO": "ymcko", "KO": "ko", "K": "k"},
    grade=Grade.CARD_COUNTED,
    settle_seconds=3.0,  # not proven on hardware; twelve polls
    resumes_by_itself=True,
)


def _command(text: str) -> bytes:
    return b"\x1b" + text.encode() + b"\r"


_BEFORE_SS: Final = (
    b"<OPTION Dpi=300x300>", _command("Psync;13;0"), b"</OPTION>",
    _command("Psync;3;1"), b"<DOC Duplex=0>", _command("Psync;3;0"),
    _command("Psync;5;1"), b"<CARD>", _command("Psync;5;0"),
)  # fmt: skip
_FACE: Final = (
    _command("Psync;9;1"), b"<FACE>", _command("Psync;9;0"), _command("Sr"),
    *(_command(f"P{what};=;10") for what in ("c;a", "l;a", "c;k", "c;o", "c;l", "c;f", "l;f")),
)  # fmt: skip
_TAIL: Final = b"".join(
    (
        _command("Psync;10;1"), b"</FACE>", _command("Psync;10;0"), _command("Se"),
        _command("Psync;6;1"), b"</CARD>", _command("Psync;6;0"),
        _command("Psync;4;1"), b"</DOC>", _command("Psync;4;0"),
    )
)  # fmt: skip
#: lets go of the printer once it has claimed the card: the second part of the container
RELEASE: Final = b"".join((_command("Pcla;0"), _command("Psync;11;1"), b"<END>", _command("Psync;11;0")))


def _until_ss(ribbon: int) -> tuple[bytes, bytes]:
    """Everything that stands before the first command that feeds a card, in two halves: the time goes between."""
    header = ("Pcla;1", "Ppmode;0", f"Pr;{ribbon};t", f"Pwres;300;300;{ribbon}", "Psk;10", "Piqla;a;d", "Pmc;h",
              "Peoic;k;D", "Psync;2")  # fmt: skip
    return b"".join((_command("Psync;1;0"), b"<HEADER>", _command("Psmgr;1"), b"\x1bPpws;")), b"".join(
        (b"\r", *map(_command, header), b"</HEADER>", _command("Psync;12;1"), *_BEFORE_SS)
    )


_SS: Final = b"".join((_command("Ss"), _command("Mr;s"), *_FACE))


def _row_bytes(ink: str) -> int:
    return HEIGHT if ink in DYES else HEIGHT // 8


#: A panel's rows, encoded anew, and their share of the header's figures.
_Fresh = tuple[memoryview, tuple[int, ...]]


def _encode(planes: Planes, spans: dict[str, list[tuple[int, int]]]) -> dict[str, list[_Fresh]]:
    """The rows of every span, for each ink; y, m and c have the same spans, and the figures of all three."""
    dyes, bits = [], []
    fresh: dict[str, list[_Fresh]] = {ink: [] for ink in spans}
    for x, end in spans.get("y", ()):
        outs = [memoryview(encode.Rows((end - x) * HEIGHT)) for _ in DYES]
        dyes.append((*planes.buffers[:3], x, end - x, *outs))
    others = [(ink, x, end) for ink in spans if ink not in DYES for x, end in spans[ink]]
    for ink, x, end in others:
        bits.append((planes[ink], x, end - x, memoryview(encode.Rows((end - x) * (HEIGHT // 8)))))
    sums, counts = encode.rotate_spans(WIDTH, HEIGHT, dyes, bits)  # type: ignore[arg-type]  # tuples of these
    for span, figures in zip(dyes, sums, strict=True):
        for ink, rows in zip(DYES, span[5:], strict=True):
            fresh[ink].append((rows, figures))  # type: ignore[arg-type]
    for (ink, _, _), (_, _, _, rows), figures in zip(others, bits, counts, strict=True):
        fresh[ink].append((rows, figures))
    return fresh


#: Of an ink; a card with more is encoded from its first to its last. 256 are the kernel's bound for all inks.
_MOST_SPANS: Final = 64


def _spans(rectangles: Sequence[Rectangle], inks: str) -> list[tuple[int, int]]:
    """The columns that the rectangles touch in any of `inks`, as (first, after the last): apart from each other, left
    to right."""
    wanted = set(inks)
    touched = [(r.x, r.x + r.width) for r in rectangles if not wanted.isdisjoint(r.inks) and r.width and r.height]
    if not touched:
        return touched
    touched.sort()
    first, last = touched[0][0], max(touched, key=itemgetter(1))[1]
    if first < 0 or last > WIDTH:
        raise ValueError(f"a rectangle over columns {first} to {last - 1} is not on a card {WIDTH} pixels wide")
    spans: list[tuple[int, int]] = []
    begin, end = touched[0]
    for x, after in touched:
        if x > end:
            spans.append((begin, end))
            begin, end = x, after
        elif after > end:
            end = after
    spans.append((begin, end))
    return spans if len(spans) <= _MOST_SPANS else [(first, last)]


@frozen(eq=False)
class _Plate(Compiled):
    """A plate's panels, turned; and for each figure of the header its sums over the first 0 … 1016 panel rows."""

    panels: dict[str, memoryview] = field(repr=False)
    ones: dict[str, list[int]] = field(repr=False)  # bits set in a 1-bit panel
    tallies: tuple[list[int], ...] = field(repr=False)  # of y, m, c and the pixels without any; () without dyes


class EvolisLanguage:
    """The language of one printer: `model` with `ribbon`."""

    def __init__(self, model: Model, ribbon: str) -> None:
        self.model = model
        self.ribbon = ribbon
        self._inks = model.inks[ribbon]
        self._until_ss = _until_ss(_RIBBON_IDS[ribbon])

    def _check(self, planes: Planes) -> None:
        size = (planes.geometry.width, planes.geometry.height)
        if size != (WIDTH, HEIGHT) or planes.inks != self._inks:
            raise ValueError(
                f"planes of {size[0]} x {size[1]} pixels in {planes.inks!r}: "
                f"this printer needs {WIDTH} x {HEIGHT} in {self._inks!r}"
            )

    def compile(self, plate: Plate) -> Compiled:
        """The plate's panels. Raises ValueError for planes of another geometry or ribbon."""
        self._check(plate.planes)
        whole = _encode(plate.planes, {ink: [(0, WIDTH)] for ink in self._inks})
        panels = {ink: rows.toreadonly() for ink, ((rows, _),) in whole.items()}

        def rows(ink: str) -> Iterator[memoryview]:
            step = _row_bytes(ink)
            return (panels[ink][at : at + step] for at in range(0, WIDTH * step, step))

        ones = {ink: list(accumulate(map(encode.ones, rows(ink)), initial=0)) for ink in self._inks if ink not in DYES}
        tallies: tuple[list[int], ...] = ()
        if DYES in self._inks:
            figures = zip(*map(encode.tally, *(rows(ink) for ink in DYES)), strict=True)
            tallies = tuple(list(accumulate(figure, initial=0)) for figure in figures)
        return _Plate(plate.id, panels, ones, tallies)

    def splice(
        self, compiled: Compiled, picture: Picture, unix_time: int, back: tuple[Compiled, Picture] | None = None
    ) -> EncodedCard:
        """One card. Raises ValueError if the plate is not the picture's, a rectangle is not on the card, or there is a
        back: no model here has a ribbon for two sides yet."""
        if back is not None:
            raise ValueError(f"the ribbon {self.ribbon} has no panels for a card's back")
        if not isinstance(compiled, _Plate) or compiled.plate_id != picture.plate.id:
            raise ValueError("the compiled plate is not the picture's plate")
        self._check(picture.planes)
        dyed = _spans(picture.rectangles, DYES)  # one for the three: Pida counts pixels without any of them
        spans = {ink: dyed if ink in DYES else _spans(picture.rectangles, ink) for ink in self._inks}
        fresh = _encode(picture.planes, spans)

        first = b"%b%d%b" % (self._until_ss[0], unix_time, self._until_ss[1])
        parts: list[Buffer] = [first, _SS]
        if compiled.tallies:
            sums = _totals(compiled.tallies, dyed, fresh["y"])
            parts.append(_pida(sums))
            if sums[3] < WIDTH * HEIGHT:
                parts += _binary(compiled, DYES, spans, fresh)
        for ink in self._inks:
            if ink not in DYES:
                (count,) = _totals((compiled.ones[ink],), spans[ink], fresh[ink])
                if count:
                    parts += _binary(compiled, ink, spans, fresh)
        parts.append(_TAIL)
        return EncodedCard(tuple(parts), sum(map(len, parts)), len(first))

    def inquire(self) -> Script:
        """Read the facts. Raises LanguageError for a reply that cannot be one.

        The counter is read after the status: a card that left before the printer was seen idle is then counted.
        """
        status = yield from _poll()
        return (yield from self._facts(status))

    def _facts(self, status: Status) -> Script:
        serial = parse_word((yield from _ask("Rsn")), "serial number")
        firmware = parse_word((yield from _ask("Rfv")), "firmware")
        model = parse_word((yield from _ask("Rtp")), "type")
        ribbon = parse_pairs((yield from _ask("Rrt;all")))
        counter = parse_number((yield from _ask("Rco;card")), "card counter")
        left, new = (
            int(text) if text.isdecimal() else None for text in (ribbon.get("count", ""), ribbon.get("qty", ""))
        )
        return Facts(
            serial=serial,
            model=model,
            firmware=firmware,
            counter=counter,
            state=status.state,
            reasons=status.reasons,
            card_in_path=status.card_in_path,
            fault=status.fault,
            supplies=(Supply("ribbon", left, new),) if left is not None else (),
        )

    def print_card(self, card: EncodedCard) -> Script:
        """Hand the card over, release the printer once it has claimed it, wait until the card is out.

        Ends with `fault` where the printer refused the card, never claimed it, or lost it. While it waits for
        somebody (no cards, cover open …) the script reports and keeps asking: how long, is for the caller to say.
        """
        handing_over = Exchange((*card.parts, b"\0"), card.moves_at, timeout=SEND_SECONDS, whole=has_status)
        del card
        reply = yield from _exchange(handing_over)
        del handing_over  # and with it the card's bytes, however long the printer then waits for somebody
        if refusal(parse_text(reply)):
            return (yield from self._lost())
        shown: tuple[object, ...] = ()
        facts: Facts
        released = False
        unclaimed = 0
        pause = FIRST_POLL_SECONDS
        while True:
            status = yield from _poll()
            if status.fault:
                return (yield from self._lost())
            if status.claimed and not released:
                yield from _exchange(Exchange((RELEASE, b"\0"), whole=has_status))
                released = True
            elif released and not (status.claimed or status.working or status.card_in_path):
                return (yield from self.inquire())
            elif not released and not status.stopped:
                unclaimed += 1
                if unclaimed == CLAIM_POLLS:
                    return (yield from self._lost())
            if (status.state, status.reasons) != shown:
                shown = (status.state, status.reasons)
                facts = yield from self._facts(status)
                yield Report(facts)
            elif status.stopped:
                yield Report(facts)  # it still waits for somebody, and says so: that is a sign of life
            yield Pause(pause)
            pause = min(2 * pause, POLL_SECONDS)

    def _lost(self) -> Script:
        facts = yield from self.inquire()
        return evolve(facts, fault=True, reasons=facts.reasons or worst_first({"device-fault"}))

    def reset(self) -> Script:
        """Soft reset: drops what was given and not begun, clears an error whose cause is gone."""
        yield from _ask("Srs")
        return (yield from self.inquire())


def _totals(plate: Sequence[list[int]], spans: list[tuple[int, int]], fresh: list[_Fresh]) -> list[int]:
    """Each figure over the whole card: the plate's, without the rows that changed, and theirs."""
    return [
        sums[-1] + sum(new[i] - (sums[end] - sums[x]) for (x, end), (_, new) in zip(spans, fresh, strict=True))
        for i, sums in enumerate(plate)
    ]


def _pida(sums: Sequence[int]) -> bytes:
    """Percent of pixels without dye, then the means of y, m and c, rounded to nearest."""
    pixels = WIDTH * HEIGHT
    y, m, c, none = ((2 * value + pixels) // (2 * pixels) for value in (*sums[:3], 100 * sums[3]))
    return _command(f"Pida;{none};{y};{m};{c}")


def _heads(inks: str) -> tuple[bytes, ...]:
    """What stands before each panel of a BINARY element; its size counts everything between the tags."""
    heads = [f"\x1bDb;{ink};{256 if ink in DYES else 2};".encode() for ink in inks]
    size = sum(len(head) + WIDTH * _row_bytes(ink) + 1 for head, ink in zip(heads, inks, strict=True))
    return (f"<BINARY Size={size}>".encode() + heads[0], *(b"\r" + head for head in heads[1:]))


_HEADS: Final = {inks: _heads(inks) for inks in (DYES, "k", "o")}


def _binary(
    plate: _Plate, inks: str, spans: dict[str, list[tuple[int, int]]], fresh: dict[str, list[_Fresh]]
) -> list[Buffer]:
    """A BINARY element with these panels."""
    parts: list[Buffer] = []
    for head, ink in zip(_HEADS[inks], inks, strict=True):
        parts.append(head)
        panel, step = plate.panels[ink], _row_bytes(ink)
        at = 0
        for (x, end), (rows, _) in zip(spans[ink], fresh[ink], strict=True):
            if at < x:
                parts.append(panel[at * step : x * step])
            parts.append(rows)
            at = end
        if at < WIDTH:
            parts.append(panel[at * step :])
    parts.append(b"\r</BINARY>")
    return parts


def _exchange(step: Exchange) -> Generator[Step, bytes | None, bytes]:
    reply = yield step
    if reply is None:
        raise LanguageError("the script was sent no reply for an exchange")
    return reply


def _ask(command: str) -> Generator[Step, bytes | None, bytes]:
    return (yield from _exchange(Exchange((_command(command) + b"\0",), whole=has_status)))


def _poll() -> Generator[Step, bytes | None, Status]:
    """Nothing sent is the question for the status."""
    return parse_status((yield from _exchange(Exchange((), aloud=_command("Rpst") + b"\0", whole=has_status))))


class EvolisFamily:
    """The entry point."""

    name = "evolis"
    models: Final = {PRIMACY.name: PRIMACY}
    usb_ids: Final = frozenset({(0x0F49, None)})

    def language(self, model: str, ribbon: str) -> EvolisLanguage:
        """Raises KeyError for a model or ribbon that is not in `models`."""
        return EvolisLanguage(self.models[model], ribbon)


FAMILY: Final = EvolisFamily()

# The wire format (PRINTERS.md 1; [RUN] = as the vendor's library 9.4.1 writes it, reproduced here byte for byte)
#
# command    1B mnemonic [;parameter]… 0D; tags are bare ASCII between commands                                [RUN]
# card       <HEADER> time, ribbon, resolution </HEADER> <OPTION> <DOC> <CARD> Ss (feeds) Mr;s (ribbon to its
#            start) <FACE> Sr settings, Pida, panels </FACE> Se (out) </CARD> </DOC>; then, apart, Pcla;0 <END> [RUN]
# panel      1016 rows of 648: row = x, column = 647 - y. y m c at 8 bits, k o at 1 bit, MSB first             [RUN]
#            y m c in one BINARY, k and o in one each; blank k or o is left out; y m c only if all are blank   [RUN]
# Pida       percent of pixels without dye; means of y, m, c; rounded to nearest                               [RUN]
# link       one connection per command: bytes, 00, half-close, read to the end; nothing sent = status         [RUN]
#            on USB Rpst asks for the status: nothing sent is no question there                                [DOC]
#
# Not proven on a device: the exact replies to Rco;card, Rtp, Rfv and Rrt;all, and whether a status block follows
# them (none is needed here); what a job is answered; a refusal's words; Srs (from the classic guide) on a Primacy with
# a job waiting; whether CARD_FEEDER means a card on its way. The vendor's library also reserves the printer (Psid) and
# takes error handling to itself (Pem;2) around a card: not done; a second host shows in the counter.
