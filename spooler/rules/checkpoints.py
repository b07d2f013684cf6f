"""When the ledger is signed: at the end of each day at the site's clock, and in between so often that little is open.

Between two checkpoints an entry has only the chain behind it. A ledger that does not grow is not signed again.
"""

from attrs import frozen

_DAY_MS = 86_400_000


@frozen
class CheckpointPolicy:
    """At most so many entries, and so long, without a checkpoint. All times in milliseconds."""

    entries: int
    ms: int
    utc_offset_ms: int  # where a day ends


def due(policy: CheckpointPolicy, now_ms: int, head: int, last: tuple[int, int] | None) -> bool:
    """Whether a checkpoint is to be made. `head`: the ledger's last position; `last`: position and time of the last.

    The entry that a checkpoint writes of itself does not count as a new one.
    """
    if last is None:
        return head > 0
    position, at_ms = last
    new = head - position - 1
    if new <= 0:
        return False
    day, signed_day = ((ms + policy.utc_offset_ms) // _DAY_MS for ms in (now_ms, at_ms))
    return new >= policy.entries or now_ms - at_ms >= policy.ms or day != signed_day
