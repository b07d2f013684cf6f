"""A simulated Evolis printer: it answers, prints into a World, runs out of cards and jams.

It knows the format (PRINTERS.md 1.7, 1.8, 9) and nothing of the spooler's own language. A card begins when the whole of
it has come. No source has the device's words for a busy printer, nor what it does to a card from outside the session
that has reserved it: here it is refused, by its sender's address.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import trio

from .evolis_decoder import KINDS, LONGEST, RELEASE, Card, GarbageError, develop, read
from .evolis_framing import CARD_BEGINS, whole
from .evolis_words import (
    BITS,
    BUSY,
    CARD_PRINT,
    CLAIM,
    INF,
    MODELS,
    PRINTING_RUNNING,
    REFUSALS,
    RESET,
    Model,
    status_block,
)  # fmt: skip
from .mechanism import Mechanism, Pictures, Work
from .stand import simulate as stand_in
from .stand import stand
from .timing import Pace, steady
from .world import World

_COMMAND: Final = re.compile(rb"\x1b([ -~]{1,64})\r")
#: the back's panels that the ribbon has; the vendor's library sends an overlay for YMCKOK that no ribbon can print
_BACK_INKS: Final = {4: "k", 10: "ko"}

#: what the judge reads on a card, in a thread; what it reads goes into the world's record
ReadMark = Callable[[Card], str | None]


class EvolisMachine:
    """One printer. See machine.Machine."""

    longest = LONGEST

    def __init__(
        self, world: World, nursery: trio.Nursery, *, pace: Pace, model: str = "primacy",
        pictures: bool = True, read_mark: ReadMark | None = None,
    ) -> None:  # fmt: skip
        """Raises ValueError for a model that does not exist."""
        if model not in MODELS:
            raise ValueError(f"there is no Evolis {model!r}; there are: {', '.join(MODELS)}")
        self.world = world
        self.mechanism = Mechanism(world, pace, nursery)
        self.mechanism.on_lost = self._unclaim
        self.model = model
        self._facts: Model = MODELS[model]
        self._pictures = pictures
        self._read_mark = read_mark
        self._claimed = False
        self._session = 0  # that has reserved it
        self._members: set[str] = set()  # who speaks for that session: addresses
        self._until = 0.0
        self._was_reset = False

    # -- what fronts need --------------------------------------------------------------------------------------

    async def handle(self, data: bytes, sender: str = "") -> bytes:
        """Obey one command or card, and answer it with the status behind it; b"" asks for the status alone."""
        body = data.rstrip(b"\0")
        text = self._obey(body, sender) if body else ""
        return text.encode("ascii") + b"\0" + self._status()

    def whole(self, data: bytes) -> int:
        """Bytes of the first command in `data`, with the NULs before it; 0 while it has not all come."""
        return whole(data)

    def is_card(self, first: bytes) -> bool:
        """Whether a card begins so."""
        return first.startswith(CARD_BEGINS)

    def forget(self) -> None:
        """The power has gone: no session, no claim."""
        self._claimed = False
        self._session, self._was_reset = 0, True

    def shown(self) -> dict[str, Any]:
        """For a table."""
        return {"model": self._facts.says, "claimed": self._claimed, "session": self._reserved()}

    # -- the status block --------------------------------------------------------------------------------------

    def _status(self) -> bytes:
        mechanism = self.mechanism
        troubles = mechanism.troubles()
        words = [self._facts.configuration, 0, 0, 0]
        if self._claimed:
            words[INF] |= CLAIM
        if mechanism.printing:
            words[INF] |= PRINTING_RUNNING
        if mechanism.printing or mechanism.waiting or mechanism.warming:
            words[INF] |= BUSY
        if mechanism.printing or self.world.path is not None:
            words[INF] |= CARD_PRINT
        if self._was_reset:
            words[INF] |= RESET
        for trouble in troubles:
            word, mask = BITS[trouble]
            words[word] |= mask
        return status_block(words, self._reserved(), heating=mechanism.warming)

    def _reserved(self) -> int:
        """The session that holds the printer; 0: none."""
        if self._session and trio.current_time() >= self._until:
            self._session = 0
        return self._session

    def _kept_from(self, sender: str) -> bool:
        """Whether a session holds the printer for which this sender does not speak."""
        return bool(self._reserved()) and sender not in self._members

    # -- commands ----------------------------------------------------------------------------------------------

    def _obey(self, body: bytes, sender: str) -> str:
        if body.startswith(CARD_BEGINS):
            return self._take_card(body, sender)
        if RELEASE.fullmatch(body):
            self._claimed = False
            return "OK"
        command = _COMMAND.fullmatch(body)
        return self._command(command[1].decode("ascii"), sender) if command else "ERROR CDE"

    def _command(self, command: str, sender: str) -> str:
        world = self.world
        match command.split(";"):
            case ["Rsn"]:
                return world.serial
            case ["Rfv"]:
                return "SIM 1.0"
            case ["Rtp", *_]:
                return self._facts.says
            case ["Rco", "card"]:
                return str(world.counter)
            case ["Rrt", key]:
                return self._ribbon(key)
            case ["Rem", "1"]:
                return "0;0"
            case ["Rpst"]:
                return ""
            case ["Psid", session, seconds] if session.isdecimal() and seconds.isdecimal():
                return self._reserve(int(session) & 0xFFFF, int(seconds), sender)
            case ["Srs"]:
                self._claimed = False
                self.mechanism.drop()
                return self._settle()
            case ["Scs"]:
                return self._settle()
            case ["Ser"]:
                if world.path is None or world.path.lost is None:
                    return "ERROR CARD"
                world.reject()
                return "OK"
            case ["Pem", "0" | "1" | "2"] | ["Pps", "0" | "1"]:
                return "OK"
        return "ERROR CDE"

    def _settle(self) -> str:
        """An error whose cause is gone is forgotten; a lost card is a cause."""
        self.world.says -= {"feed-failed", "wrong-ribbon"}
        return "OK"

    def _ribbon(self, key: str) -> str:
        roll = self.world.roll
        if roll is None:
            return "ERR RIB DETECTION"
        facts = {
            "count": str(max(roll.left, 0)), "qty": str(roll.size),
            "type": roll.kind or "YMCKO", "evosn": roll.serial,
        }  # fmt: skip
        if key == "all":
            return "\r\n".join(f"{name}: {value}" for name, value in facts.items())
        return facts.get(key, "ERROR PARAMETRES")

    def _reserve(self, session: int, seconds: int, sender: str) -> str:
        """Another session's reservation stands until it is given back by one who speaks for it, or its time is over."""
        held = self._reserved()
        if held and session != held and (session or sender not in self._members):
            return "BUSY"
        self._members = self._members | {sender} if session == held else {sender}
        self._session, self._until, self._was_reset = session, trio.current_time() + seconds, False
        return "OK"

    # -- cards -------------------------------------------------------------------------------------------------

    def _take_card(self, body: bytes, sender: str) -> str:
        world, mechanism = self.world, self.mechanism
        if world.path is not None and world.path.lost is not None:
            return REFUSALS[world.path.lost]
        if self._claimed or mechanism.printing or mechanism.waiting or world.path is not None:
            return "BUSY"
        if world.refuses > 0:
            world.refuses -= 1
            return "BUSY"
        if self._kept_from(sender):
            return "BUSY"
        try:
            card = read(body)
        except GarbageError:
            return "ERROR CDE"
        if card.encoder != self._facts.encoder:
            return "ERROR CDE"
        if card.duplex and not self._facts.flips:
            return "OPTION NOT AVAILABLE"
        if card.levels is not None and card.levels not in self._facts.levels:
            return "ERROR PARAMETRES"
        back = "".join(ink for ink in card.back if ink in _BACK_INKS.get(card.ribbon, ""))
        self._claimed = not card.released
        world.memory = card.inks
        mechanism.begin(
            Work(
                "".join(card.panels) + back, KINDS[card.ribbon], len(card.panels) if card.duplex else None,
                partial(_draw, card) if self._pictures else None,
                partial(self._read_mark, card) if self._read_mark is not None else None,
            )
        )  # fmt: skip
        world.reached("taken")
        return "OK"

    def _unclaim(self) -> None:
        """The job has ended without its card."""
        self._claimed = False


def _draw(card: Card) -> Pictures:
    decoded = develop(card)
    return decoded.image(), decoded.back_image() if card.duplex else None


async def serve(
    world: World,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    dwell_seconds: float = 1.0,
    model: str = "primacy",
    pictures: bool = True,
    read_mark: ReadMark | None = None,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
) -> None:
    """A printer in `world` until cancelled, each card in `dwell_seconds`; starts with its port.

    Without `pictures` it counts cards and draws none. Raises OSError if it cannot listen.
    """
    build = partial(EvolisMachine, model=model, pictures=pictures, read_mark=read_mark)
    await stand(build, world, pace=steady(dwell_seconds), host=host, port=port, task_status=task_status)


async def simulate(
    *,
    model: str = "primacy",
    pictures: bool = True,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
    **options: Any,
) -> None:
    """The printer of the world in a directory, until cancelled; starts with its port. See stand.simulate.

    Raises ValueError for a model that does not exist.
    """
    build = partial(EvolisMachine, model=model, pictures=pictures)
    await stand_in(build, task_status=task_status, **options)
