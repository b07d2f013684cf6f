"""Why something stands still: the closed list (law 8), of which everybody who shows a reason reads.

The words stand in reasons_device.py and reasons_spool.py, which also say which keywords are IPP's.
"""

from itertools import chain
from typing import Final

from .reason import Reason
from .reasons_device import ADVICE, FAULTS, STOPS
from .reasons_gates import GATES
from .reasons_spool import DOUBTS, JOBS, WORK

#: By keyword. The order is the order of urgency: the first that applies is shown first.
REASONS: Final[dict[str, Reason]] = {
    reason.keyword: reason for reason in chain(DOUBTS, FAULTS, STOPS, WORK, GATES, ADVICE, JOBS)
}
#: milder -> the worse that say the same thing more strongly: one cause has one reason.
_OUTDONE: Final = {
    "media-low": frozenset({"media-empty"}),
    "marker-supply-wrong": frozenset({"marker-supply-missing"}),
    "marker-supply-empty": frozenset({"marker-supply-missing", "marker-supply-wrong"}),
    "ribbon-too-short": frozenset({"marker-supply-missing", "marker-supply-wrong", "marker-supply-empty"}),
    "marker-supply-low": frozenset(
        {"marker-supply-missing", "marker-supply-wrong", "marker-supply-empty", "ribbon-too-short"}
    ),
    "film-empty": frozenset({"film-missing"}),
    "film-low": frozenset({"film-empty", "film-missing"}),
}
_NONE: Final[frozenset[str]] = frozenset()


def worst_first(keywords: set[str]) -> tuple[str, ...]:
    """Keywords in the order of the table."""
    return tuple(keyword for keyword in REASONS if keyword in keywords)


def told(keywords: set[str]) -> tuple[str, ...]:
    """The same for people: without what a worse one among them says already."""
    return tuple(keyword for keyword in worst_first(keywords) if _OUTDONE.get(keyword, _NONE).isdisjoint(keywords))
