"""The versions of the protocol: which are spoken, and what came with which.

A method or a parameter says with its `since` in which version it came; in a conversation of an older version it does
not exist, so that whoever agreed on 1 is answered as by a spooler that knows nothing newer. Version 2 brought the
filters of `jobs` and `deadline_ms`. Nothing of 1 has changed or gone: a client of 1 goes on as it is.
"""

from collections.abc import Iterable
from typing import Final

#: Spoken here, the oldest first.
VERSIONS: Final = (1, 2)
PROTOCOL_VERSION: Final = VERSIONS[-1]
#: Of a conversation without a hello.
OLDEST: Final = VERSIONS[0]


def agree(offered: Iterable[int]) -> int | None:
    """The newest version that both speak; None where there is none."""
    return max(set(VERSIONS).intersection(offered), default=None)
