"""The silhouette of every printer family, and of every transport.

A language is sans-io: it compiles plates, splices pictures into printer bytes, and holds its conversations as
*scripts*: generators that yield steps and are sent the replies. The press drives a script over a transport; a test
drives it with canned bytes. So a family knows no socket, no clock and no task, and a new one is one file.

    script = language.print_card(card)
    step = next(script)              # Exchange(...): hand these bytes over, give me the reply
    step = script.send(reply_bytes)  # Pause(0.25), Report(facts), … (send None for those)
    StopIteration.value              # what the script returns
"""

from collections.abc import Callable, Generator
from typing import Protocol

from attrs import field, frozen

from spooler.model.care import Care, Pace
from spooler.model.kinds import ACCOUNTABLE, Stock
from spooler.model.picture import Geometry, Picture, Plate
from spooler.model.printer import Facts
from spooler.model.verdict import Grade

Buffer = bytes | bytearray | memoryview


class LanguageError(Exception):
    """The printer said something that the language does not understand; the text quotes no card data."""


class InUseError(LanguageError):
    """Another host has reserved the printer: it was left alone, and nothing was dropped, reset or proved."""


class OutOfReachError(ValueError):
    """A card has dye where its ribbon's panels do not reach: it must go to a printer with another ribbon."""


class LinkError(Exception):
    """The link failed. `sent`: bytes of this exchange that may have reached the printer (handed to the system)."""

    def __init__(self, message: str, *, sent: int = 0) -> None:
        super().__init__(message)
        self.sent = sent


class NoChannelError(LinkError):
    """The link has no channel beside the data (a socket, a file); nothing was sent.

    It is raised inside the script, at its `yield`: a script that can do without the answer catches it.
    """


@frozen
class Control:
    """A status channel beside the data, as USB has it: one vendor control transfer to the device, one from it."""

    out_type: int  # bmRequestType of the transfer that carries the question
    in_type: int  # and of the one that fetches the answer
    request: int = 0  # bRequest, wValue and wIndex of both
    value: int = 0
    index: int = 0


@frozen
class Exchange:
    """Send `parts`, one after the other, and read the reply.

    `moves_at`: the offset of the first byte that can move a card, or None if none of these can.
    `channel`: where a device answers beside its data; a transport without it raises NoChannelError.

    On TCP a connection is an exchange: nothing sent may be a question, and a reply ends with the connection. USB has
    neither, so a language says two things more: `aloud`, the same question in bytes where `parts` are empty; and
    `whole`, which is told the reply so far and says that nothing can follow. A reply that is not known to be whole
    ends with a silence, which costs its length and is a guess.
    """

    parts: tuple[Buffer, ...] = field(repr=False)
    moves_at: int | None = None
    reply_limit: int = 65536  # bytes; a longer reply is a LinkError; with 0 none is expected
    timeout: float = 10.0  # seconds from connect to the last byte of the reply
    aloud: bytes = field(default=b"", repr=False)
    whole: Callable[[bytes], bool] | None = field(default=None, eq=False, repr=False)
    channel: Control | None = None  # None: the data's own way


@frozen
class Pause:
    """Wait before the next step."""

    seconds: float


@frozen
class Report:
    """What the printer just said, for those who watch its state."""

    facts: Facts


Step = Exchange | Pause | Report
#: A conversation: yields steps, is sent a reply after each Exchange and None after the others, returns facts.
Script = Generator[Step, bytes | None, Facts]


@frozen
class Model:
    """The facts of one model of a family."""

    name: str
    geometry: Geometry
    inks: dict[str, str]  # ribbon -> the inks its panels have: {"YMCKO": "ymcko"}
    grade: Grade
    settle_seconds: float  # idle and empty for so long after a reset: nothing it was given can still become a card
    resumes_by_itself: bool  # goes on with a job after its cover closes or its feeder is filled
    #: ribbon -> the inks of its panels for the back: {"YMCKOK": "k"}; a ribbon that is not here prints one side
    back_inks: dict[str, str] = field(factory=dict)
    pace: Pace = field(factory=Pace)
    care: Care = field(factory=Care)
    depth: int = 8  # bits for each dye
    #: what its feeder may be given: a card of another body can break it (a KTP unit was broken by KIA cards)
    media: frozenset[Stock] = ACCOUNTABLE
    #: ribbons whose dyes cover a part of the card only: `compile` and `splice` raise OutOfReachError for dye beyond it
    partial_dyes: frozenset[str] = frozenset()

    def card_seconds(self, ribbon: str) -> float:
        """How long a card is expected to take, for ordering and time models: the press corrects it by what it sees.

        Raises KeyError for a ribbon that the model does not have.
        """
        return self.pace.card(self.inks[ribbon], self.back_inks.get(ribbon, ""))


@frozen(eq=False)
class Compiled:
    """A plate in a language's own encoding. The attributes beyond `plate_id` are the language's own affair."""

    plate_id: str


@frozen(eq=False)
class EncodedCard:
    """One card as printer bytes: slices of the compiled plate and the rows that changed, never copied together."""

    parts: tuple[Buffer, ...] = field(repr=False)
    size: int  # bytes in all
    moves_at: int  # offset of the first byte that can move a card


class Language(Protocol):
    """What every family offers, for one printer of a given model and ribbon."""

    model: Model
    ribbon: str

    def compile(self, plate: Plate) -> Compiled:
        """The plate of either side in the printer's encoding: once per template, side, model and ribbon.

        Raises ValueError for planes of another geometry or ribbon.
        """
        ...

    def splice(
        self, compiled: Compiled, picture: Picture, unix_time: int, back: tuple[Compiled, Picture] | None = None
    ) -> EncodedCard:
        """One card: the compiled plate with the picture's rectangles. The result borrows nothing of the picture.

        `back`: the other side, for a ribbon in `model.back_inks`. Raises ValueError for a plate that is not the
        picture's, a rectangle that is not on the card, or a back on a ribbon that has no panels for it.
        """
        ...

    def inquire(self) -> Script:
        """Read the printer's facts: serial, counter, state, reasons, supplies. Moves nothing."""
        ...

    def print_card(self, card: EncodedCard) -> Script:
        """Hand the card over and follow it to its end; returns the facts read after it."""
        ...

    def reset(self) -> Script:
        """Drop whatever the printer was given and has not begun (before a proof of quiet); returns the facts after."""
        ...


class Family(Protocol):
    """An entry point of the group `spooler.families`.

    One that drives printers on USB also has `usb_ids: frozenset[tuple[int, int | None]]`: (vendor, product), None for
    any product of the vendor. `spooler printers discover` goes by it.
    """

    name: str
    models: dict[str, Model]

    def language(self, model: str, ribbon: str) -> Language:
        """A language for one printer. Raises KeyError for a model or ribbon that the family does not have."""
        ...


class Transport(Protocol):
    """How bytes get to one printer: an entry point of `spooler.transports` is `open(uri) -> Transport`."""

    async def exchange(self, step: Exchange) -> bytes:
        """Send and read the reply. Raises LinkError; on any cancellation the link is closed."""
        ...

    async def aclose(self) -> None:
        """Let go of the printer."""
        ...
