"""Conversations with an Evolis printer, one connection per command: facts, a reset, a card.

A connection costs a slow site network a round trip or more, so a card uses few: what cannot change while the serial is
the same (firmware, model) is asked once, the status is taken from the answer to the serial where the printer appends
it, and polls follow the seconds that the last cards took (pacing.py). The serial itself is asked at every reading:
another printer may stand at the address.
"""

from collections.abc import Generator
from functools import cache
from typing import Final

from attrs import evolve, frozen

from spooler.model.printer import Facts, Supply
from spooler.model.reasons import worst_first

from .contract import EncodedCard, Exchange, InUseError, LanguageError, Pause, Report, Script, Step
from .evolis_container import RELEASE, command
from .evolis_status import (
    Status,
    has_status,
    parse_number,
    parse_pairs,
    parse_status,
    parse_text,
    parse_word,
    refusal,
    status_behind,
)
from .pacing import Pacing

CLAIM_POLLS: Final = 40  # so often a printer that waits for nobody is asked whether it took the card
SEND_SECONDS: Final = 60.0  # 2 MB over a slow site network

#: Who we are in a reservation. One for all spoolers: a spooler that comes back after a crash must not be kept out by
#: what it reserved itself, and a second spooler on the same printer shows in the counter.
SESSION: Final = 0x4B54
RESERVED_SECONDS: Final = 180  # after which a printer forgets a reservation by itself; renewed at a third of it

_POLL: Final = Exchange((), aloud=command("Rpst") + b"\0", whole=has_status)
_RELEASE: Final = Exchange((RELEASE, b"\0"), whole=has_status)


@frozen
class _Known:
    """What a printer of this serial said once."""

    serial: str
    firmware: str
    model: str


class Link:
    """One printer's conversations. Remembers what it last read of the printer, for reports."""

    def __init__(self, seconds: float) -> None:
        """`seconds`: of a card, by the model."""
        self._pacing = Pacing(seconds)
        self._known: _Known | None = None
        self._facts: Facts | None = None

    def inquire(self) -> Script:
        """Read the facts. Raises LanguageError for a reply that cannot be one.

        The counter is read after the status: a card that left before the printer was seen idle is then counted.
        """
        reply = yield from _ask("Rsn")
        serial = parse_word(reply, "serial number")
        status = status_behind(reply) or (yield from _poll())
        if self._known is None or self._known.serial != serial or status.rebooted:
            firmware = parse_word((yield from _ask("Rfv")), "firmware")
            self._known = _Known(serial, firmware, status.machine or parse_word((yield from _ask("Rtp")), "type"))
        ribbon = parse_pairs((yield from _ask("Rrt;all")))
        counter = parse_number((yield from _ask("Rco;card")), "card counter")
        left, new = (
            int(text) if text.isdecimal() else None for text in (ribbon.get("count", ""), ribbon.get("qty", ""))
        )
        self._facts = Facts(
            serial=serial,
            model=self._known.model,
            firmware=self._known.firmware,
            counter=counter,
            state=status.state,
            reasons=_reasons(status),
            card_in_path=status.card_in_path,
            fault=status.fault,
            supplies=(Supply("ribbon", left, new),) if left is not None else (),
        )
        return self._facts

    def reset(self) -> Script:
        """Soft reset: drops what was given and not begun, clears an error whose cause is gone.

        Raises InUseError while another host has the printer: its card would go with it.
        """
        if _taken(status := (yield from _poll())):
            raise InUseError("another host has reserved the printer: it cannot be reset now")
        yield from _ask("Srs")
        if status.session == SESSION:
            yield from _let_go()
        return (yield from self.inquire())

    def print_card(self, card: EncodedCard) -> Script:
        """Reserve the printer, hand the card over, let go of it once it has claimed the card, wait until it is out.

        Ends before the card if another host has the printer (reason `in-use`), and with `fault` where the printer
        refused the card, never claimed it, or lost it. While it waits for somebody (no cards, cover open …) the script
        reports and keeps asking: how long, is for the caller to say. A reservation that a broken link leaves behind
        ends by itself, or with the next reset.
        """
        if _taken((yield from _reserve())):
            return (yield from self.inquire())
        yield from _ask("Pem;2")  # the printer leaves errors to the host
        following = self._follow(card)
        del card
        try:
            facts = yield from following
        except LanguageError:
            yield from _let_go()
            raise
        yield from _let_go()
        return facts

    def _follow(self, card: EncodedCard) -> Script:
        handing_over = Exchange((*card.parts, b"\0"), card.moves_at, timeout=SEND_SECONDS, whole=has_status)
        del card
        reply = yield from _exchange(handing_over)
        del handing_over  # and with it the card's bytes, however long the printer then waits for somebody
        if refusal(parse_text(reply)):
            return (yield from self._lost())
        shown: tuple[object, ...] = ()
        watch = self._pacing.watch()
        released = False
        unclaimed = 0
        reserved = 0.0
        counted = self._facts.counter if self._facts is not None else None  # before the card
        answered = status_behind(reply)
        while True:
            status, polled = answered or (yield from _poll()), answered is None
            answered = None
            if status.fault:
                return (yield from self._lost())
            if status.claimed and not released:
                reply = yield from _exchange(_RELEASE)
                released = True
                if counted is not None and (facts := (yield from self._out_already(reply, counted))) is not None:
                    watch.out()
                    return facts
            elif released and not (status.claimed or status.working or status.card_in_path):
                watch.out()
                return (yield from self.inquire())
            elif not released and not status.stopped:
                unclaimed += 1
                if unclaimed == CLAIM_POLLS:
                    return (yield from self._lost())
            if polled and (status.state, status.reasons) != shown:  # with its answer to the card it has hardly begun
                shown = (status.state, status.reasons)
                yield Report((yield from self._seen(status)))
            elif status.stopped:
                yield Report((yield from self._seen(status)))  # it still waits for somebody: that is a sign of life
            pause = watch.next_pause(taken=released, stopped=status.stopped)
            yield Pause(pause)
            reserved += pause
            if reserved >= RESERVED_SECONDS / 3:
                yield from _reserve()
                reserved = 0.0

    def _out_already(self, reply: bytes, counted: int) -> Generator[Step, bytes | None, Facts | None]:
        """The facts, if the printer says with the release's answer that nothing is left to do, and its counter agrees.

        The status alone is not believed: it may be of the moment before the printer begins.
        """
        status = status_behind(reply)
        if status is None or status.claimed or status.working or status.card_in_path:
            return None
        facts = yield from self.inquire()
        return facts if facts.quiet and facts.counter != counted else None

    def _seen(self, status: Status) -> Generator[Step, bytes | None, Facts]:
        """What was last read, with this status: for those who watch, so a serial and counter of before will do."""
        facts = self._facts or (yield from self.inquire())
        return evolve(
            facts, state=status.state, reasons=_reasons(status), card_in_path=status.card_in_path, fault=status.fault
        )

    def _lost(self) -> Script:
        facts = yield from self.inquire()
        return evolve(facts, fault=True, reasons=facts.reasons or worst_first({"device-fault"}))


def _taken(status: Status) -> bool:
    """Another host has reserved the printer."""
    return status.session not in (0, SESSION)


def _reasons(status: Status) -> tuple[str, ...]:
    return worst_first({*status.reasons, "in-use"}) if _taken(status) else status.reasons


def _exchange(step: Exchange) -> Generator[Step, bytes | None, bytes]:
    reply = yield step
    if reply is None:
        raise LanguageError("the script was sent no reply for an exchange")
    return reply


@cache
def _question(text: str) -> Exchange:
    return Exchange((command(text) + b"\0",), whole=has_status)


def _ask(text: str) -> Generator[Step, bytes | None, bytes]:
    return (yield from _exchange(_question(text)))


def _poll() -> Generator[Step, bytes | None, Status]:
    """Nothing sent is the question for the status."""
    return parse_status((yield from _exchange(_POLL)))


def _reserve() -> Generator[Step, bytes | None, Status]:
    """The status shows who got it; a printer that knows no sessions shows nobody, and is used without one."""
    reply = yield from _ask(f"Psid;{SESSION};{RESERVED_SECONDS}")
    return status_behind(reply) or (yield from _poll())


def _let_go() -> Generator[Step, bytes | None, None]:
    """Errors are the printer's own affair again, and anybody may reserve it."""
    yield from _ask("Pem;0")
    yield from _ask("Psid;0;45")
