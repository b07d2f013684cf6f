"""Jobs that wait for a time: held until it comes, then released by the spooler itself."""

from typing import Final

from attrs import frozen

#: The reason of what somebody holds, until a time or until it is released.
UNTIL: Final = "job-hold-until-specified"
#: The longest hold, in milliseconds: a year and a day. A payload is kept as long as its job waits.
LONGEST_HOLD_MS: Final = 366 * 86_400_000


@frozen
class ReleaseDue:
    """Release held jobs whose time has come, `limit` at most.

    The outcome is how many: as long as it is `limit` there may be more. While the clock is suspect it is none.
    """

    limit: int
