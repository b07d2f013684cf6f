"""Printers as they report themselves: facts read from the device, never guessed."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from attrs import frozen

from .reasons import told


class PrinterState(StrEnum):
    """IPP printer states (RFC 8011, 5.4.11)."""

    IDLE = "idle"
    PROCESSING = "processing"
    STOPPED = "stopped"


@frozen
class Supply:
    """Something that runs out: `left` of `capacity`, in cards or panels; None where the device does not say."""

    name: str  # "ribbon"
    left: int | None
    capacity: int | None
    per_card: int = 1  # so many of `left` go for one card


@frozen
class Facts:
    """One reading of a printer."""

    serial: str
    model: str
    firmware: str
    counter: int | None  # cards ever printed, where the family counts them
    state: PrinterState
    reasons: tuple[str, ...]  # keywords of model.reasons, the worst first
    card_in_path: bool  # a card lies anywhere between feeder and exit
    fault: bool  # the device says that the card in progress is lost
    supplies: tuple[Supply, ...] = ()
    celsius: float | None = None  # of what must be warm: a transfer roller
    since_cleaning: int | None = None  # cards

    @property
    def quiet(self) -> bool:
        """Idle and empty: nothing it was given can still become a card, if it stays so."""
        return self.state is PrinterState.IDLE and not self.card_in_path and not self.fault

    @property
    def ribbon_left(self) -> int | None:
        """What is left on the ribbon, as the device counts it; None where it does not say."""
        return next((supply.left for supply in self.supplies if supply.name == "ribbon"), None)

    @property
    def ribbon_size(self) -> int | None:
        """What a new one has, in the same unit."""
        return next((supply.capacity for supply in self.supplies if supply.name == "ribbon"), None)


@frozen
class Retry:
    """Whether a printer is spoken to (rules.breaker)."""

    state: str  # closed, open or half-open
    failures: int  # that count against it now
    next_ms: int | None = None  # wall time of the next try, where one is waited for


#: Of a printer against which nothing is known.
UNTRIED: Final = Retry("closed", 0)


@frozen
class PrinterStatus:
    """State, watched as latest-only: what the press last saw and does."""

    name: str
    site: str
    state: PrinterState
    reasons: tuple[str, ...]
    job: str | None  # the job in hand
    serial: str | None
    counter: int | None
    supplies: tuple[Supply, ...]
    printed: int  # since start
    seconds_per_card: float | None  # median of the last cards
    kinds: tuple[str, ...] = ()  # that it may print
    retry: Retry = UNTRIED
    paused: str | None = None  # why a person has paused it: a word of model.gate
    until_ms: int | None = None  # when it goes on by itself, where a gate keeps it from all cards


def why_stopped(statuses: Iterable[PrinterStatus]) -> tuple[str, ...]:
    """The reasons of those printers that have stopped, the worst first."""
    stopped = (status.reasons for status in statuses if status.state is PrinterState.STOPPED)
    return told({keyword for reasons in stopped for keyword in reasons})
