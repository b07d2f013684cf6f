"""What follows from each kind of fault: for the printer, for the job, within which bound, and who acts.

Theory: whether something may be tried again depends on what failed. A link or a busy printer mends itself: wait and try
again, longer each time. An empty feeder needs a hand, and time: nothing is tried. A card that cannot be drawn is the
same card on every printer: nothing is tried elsewhere. A card that may exist is tried by nobody (rules.verdict).

One literal, from which docs/retry.md is drawn. The press and the store do what it says; what stands in words is for
people.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from attrs import frozen

from spooler.model.job import JobEvent


class Fault(StrEnum):
    """The kinds."""

    LINK = "link"
    IN_USE = "in-use"
    OPERATOR = "operator"
    REST = "rest"
    DATA = "data"
    ABILITY = "ability"
    DOUBT = "doubt"
    OURS = "ours"


@frozen
class Consequence:
    """One row. `trips`: a try that fails before the intent counts for the printer's breaker; one that fails after it
    always does. `uses_try`: a card that surely did not come out counts for its job. `job`: what can become of it."""

    fault: Fault
    like: str
    trips: bool
    uses_try: bool
    printer: str
    job: tuple[JobEvent, ...]
    bound: str
    who: str


_BACK: Final = (JobEvent.RETURNED, JobEvent.NOT_PRINTED, JobEvent.HELD)

# fmt: off
TABLE: Final[dict[Fault, Consequence]] = {row.fault: row for row in (
    Consequence(
        Fault.LINK, "no answer, a cut line, words that nobody understands", True, True,
        "tried again, later each time; the breaker opens", _BACK,
        "`tries_per_job` cards; waits up to `backoff_ceiling_seconds`, of a printer to blame `breaker_rest_seconds`",
        "nobody; IT if it stays",
    ),
    Consequence(
        Fault.IN_USE, "another computer has reserved the printer", True, True,
        "tried again, later each time; the breaker opens", _BACK,
        "as above", "nobody; IT if it stays",
    ),
    Consequence(
        Fault.OPERATOR, "ribbon or feeder empty, cover open, a jam without a card in doubt", False, False,
        "stopped, and looked at every `poll_seconds`; goes on by itself", (JobEvent.RETURNED, JobEvent.NOT_PRINTED),
        "nothing is sent while it stands", "an officer at the printer",
    ),
    Consequence(
        Fault.REST, "its own duty, rest or temperature", False, False,
        "stopped, and looked at every `idle_poll_seconds`; goes on by itself",
        (JobEvent.RETURNED, JobEvent.NOT_PRINTED),
        "nothing is sent while it stands", "nobody",
    ),
    Consequence(
        Fault.DATA, "a text too long, a picture that cannot be read, data that is gone",
        False, False,
        "takes the next job", (JobEvent.HELD, JobEvent.ABORTED),
        "drawn once, sent never", "who is named beside the reason",
    ),
    Consequence(
        Fault.ABILITY, "dye where the ribbon's half panels do not reach", False, False,
        "takes no more of that kind from a pool where another printer does, until the next start",
        (JobEvent.RETURNED, JobEvent.HELD),
        "drawn once on each printer of the pool", "the pool's other printers; IT where there is none",
    ),
    Consequence(
        Fault.DOUBT, "nobody can know whether a card came out", False, False,
        "stopped, or reset first: `on_unknown`", (JobEvent.DOUBTED,),
        "never tried again by the machine", "an officer, who looks",
    ),
    Consequence(
        Fault.OURS, "the program or its computer fails", False, True,
        "begins anew after `backoff_ceiling_seconds`; open intents are settled first", _BACK,
        "`tries_per_job` cards", "IT",
    ),
)}
# fmt: on

#: Stops that are no officer's affair.
_RESTS: Final = frozenset({"duty-reached", "resting", "cooling", "warming-up"})


def fault_of(stops: Collection[str], otherwise: Fault = Fault.LINK) -> Fault:
    """The kind of fault, by what keeps the printer from taking a card now; where nothing does: `otherwise`."""
    if "in-use" in stops:
        return Fault.IN_USE
    if not stops:
        return otherwise
    return Fault.REST if _RESTS.issuperset(stops) else Fault.OPERATOR
