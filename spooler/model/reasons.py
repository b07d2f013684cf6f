"""Why something stands still: the closed list (law 8), of which everybody who shows a reason reads.

The words stand in reasons_device.py and reasons_spool.py, which also say which keywords are IPP's.
"""

from itertools import chain
from typing import Final

from .reason import Reason
from .reasons_device import ADVICE, FAULTS, STOPS
from .reasons_spool import DOUBTS, JOBS, WORK

#: By keyword. The order is the order of urgency: the first that applies is shown first.
REASONS: Final[dict[str, Reason]] = {
    reason.keyword: reason for reason in chain(DOUBTS, FAULTS, STOPS, WORK, ADVICE, JOBS)
}


def worst_first(keywords: set[str]) -> tuple[str, ...]:
    """Keywords in the order of the table."""
    return tuple(keyword for keyword in REASONS if keyword in keywords)
