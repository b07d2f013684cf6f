"""Care of a printer: what keeps it from taking a new card, so that a stop is seen before an intent, not after it."""

from typing import Final

from spooler.model.printer import Facts, PrinterState
from spooler.model.reasons import REASONS, worst_first
from spooler.model.reasons_device import ADVICE

#: Worth showing, no cause to stop.
ADVISORY: Final = frozenset(reason.keyword for reason in ADVICE)
#: A stop for which the printer names no reason that we know: law 8 asks for one.
_NAMELESS: Final = "device-fault"


def ready(facts: Facts) -> tuple[str, ...]:
    """The reasons why this printer must not be given a card, the worst first; empty if it may be.

    Advisory reasons never block by themselves; on a printer that says it is stopped they are the best that is known.
    """
    reported = {keyword if keyword in REASONS else _NAMELESS for keyword in facts.reasons}
    blocking = reported - ADVISORY
    if not blocking and facts.fault:
        blocking = {_NAMELESS}
    if not blocking and facts.state is PrinterState.STOPPED:
        blocking = reported or {_NAMELESS}
    return worst_first(blocking)
