"""Care of a printer: what keeps it from taking a new card, so that a stop is seen before an intent, not after it.

Theory: a stop is what the printer reports, or what its model's Care makes of its figures: a supply that cannot finish a
card, a roller that is not warm. What it has done so far is rules.duty's.

Limits: a device's figures are believed only where they can be: a supply that tells no capacity, or none above 0, may be
one without a chip, and its 0 is no end.
"""

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from spooler.model.care import Care
from spooler.model.kinds import Stock
from spooler.model.printer import Facts, PrinterState, Supply
from spooler.model.reasons import REASONS, worst_first
from spooler.model.reasons_device import ADVICE
from spooler.model.site import PrinterConfig

#: Worth showing, no cause to stop.
ADVISORY: Final = frozenset(reason.keyword for reason in ADVICE)
#: A stop for which the printer names no reason that we know: law 8 asks for one.
_NAMELESS: Final = "device-fault"
#: A model of which nothing is known.
_NONE: Final = Care()
#: supply -> (reason where some is left, and not enough; where nothing is)
_SHORT: Final = {
    "ribbon": ("ribbon-too-short", "marker-supply-empty"),
    "film": ("film-empty", "film-empty"),
}


def ready(facts: Facts, care: Care = _NONE) -> tuple[str, ...]:
    """The reasons why this printer must not be given a card, the worst first; empty if it may be.

    Advisory reasons never block by themselves; on a printer that says it is stopped they are the best that is known.
    """
    reported = {keyword if keyword in REASONS else _NAMELESS for keyword in facts.reasons}
    blocking = reported - ADVISORY
    if not blocking and facts.fault:
        blocking = {_NAMELESS}
    if not blocking and facts.state is PrinterState.STOPPED:
        blocking = reported or {_NAMELESS}
    for supply in facts.supplies:
        blocking.update(_short(supply, blocking))
    if (temperature := _temperature(facts, care)) is not None:
        blocking.add(temperature)
    return worst_first(blocking)


def advice(facts: Facts, care: Care) -> tuple[str, ...]:
    """What the figures advise, beyond what the printer reports by itself."""
    due = care.cleaning_cards is not None and (facts.since_cleaning or 0) >= care.cleaning_cards
    return ("cleaning-required",) if due else ()


def _short(supply: Supply, known: set[str]) -> Iterator[str]:
    """A supply that cannot finish a card; what the printer itself said of it is not said in other words."""
    if supply.name not in _SHORT or supply.left is None or supply.left < 0 or not supply.capacity:
        return
    too_short, empty = _SHORT[supply.name]
    if supply.left < supply.per_card and empty not in known:
        yield empty if supply.left == 0 else too_short


def _temperature(facts: Facts, care: Care) -> str | None:
    if facts.celsius is None or care.ready_celsius is None:
        return None
    coldest, hottest = care.ready_celsius
    if facts.celsius < coldest:
        return "warming-up"
    return "cooling" if facts.celsius > hottest else None


def care_of(printer: PrinterConfig, care: Care) -> Care:
    """The model's care with what the config says of this unit."""
    own = {"cards_per_day": printer.duty_cards_per_day, "rest_after_cards": printer.rest_after_cards,
           "rest_minutes": printer.rest_minutes}  # fmt: skip
    return evolve(care, **{name: value for name, value in own.items() if value is not None})  # type: ignore[arg-type]


def media_of(printer: PrinterConfig, media: frozenset[Stock]) -> frozenset[Stock]:
    """The stocks that this unit may be given: the config's, else the model's."""
    return media if printer.media is None else frozenset(printer.media)
