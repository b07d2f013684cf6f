"""Back-pressure: how full something may get, when the sender is told to wait, and when he may come again.

A gauge has a high and a low mark. What is let in never passes the high mark; once something was turned away, nothing
ordinary is let in before the level is down at the low mark, so that senders do not come back for one place each. Above
the high mark there is a reserve which only urgent work may take, and which pushing back does not close.

`level` is what is durable, `coming` what was let in and is not yet: the two together are held against the marks. That
bound is exact for whatever is asked here. What nobody asks for here (a reprint that an officer orders) may pass it.
"""

from typing import Final

from attrs import field, frozen, validators

#: Nobody is told to come back sooner: an answer on its way takes part of that.
SOONEST_MS: Final = 100


@frozen
class Marks:
    """Levels. `reserve`: above `high`, for urgent work."""

    high: int = field(validator=validators.ge(1))
    low: int = field(validator=validators.ge(0))
    reserve: int = field(validator=validators.ge(0))

    def __attrs_post_init__(self) -> None:
        if self.low >= self.high:
            raise ValueError("the low mark lies below the high one")

    @classmethod
    def at(cls, high: int, low_percent: int, reserve_percent: int) -> "Marks":
        """Marks whose other two are shares of the high one."""
        return cls(high, high * low_percent // 100, high * reserve_percent // 100)


class Gauge:
    """One level and its marks."""

    __slots__ = ("coming", "level", "marks", "pushing")

    def __init__(self, marks: Marks, level: int = 0) -> None:
        self.marks = marks
        self.level = level
        self.coming = 0
        self.pushing = level >= marks.high

    def fits(self, amount: int, *, urgent: bool = False) -> bool:
        """Whether so much more may come in."""
        after = self.level + self.coming + amount
        if urgent:
            return after <= self.marks.high + self.marks.reserve
        return not self.pushing and after <= self.marks.high

    def take(self, amount: int) -> None:
        """It comes in."""
        self.coming += amount

    def turn_away(self) -> None:
        """Something did not fit: nothing ordinary comes in before the level is down at the low mark."""
        self.pushing = self.level + self.coming > self.marks.low

    def reopen(self) -> None:
        """What did not fit was not new: nobody was turned away for it."""
        self.pushing = self.level >= self.marks.high

    def settle(self, amount: int) -> None:
        """What was let in is durable, and counted as such, or will never be."""
        self.coming -= amount
        self._ease()

    def change(self, came: int, went: int) -> None:
        """The durable level has changed."""
        self.level += came - went
        self._ease()

    def excess(self, amount: int, *, urgent: bool = False) -> int:
        """How much must go before `amount` can be let in; 0: it fits."""
        now = self.level + self.coming
        if urgent:
            return max(0, now + amount - self.marks.high - self.marks.reserve)
        return max(0, now - self.marks.low if self.pushing else now + amount - self.marks.high)

    def _ease(self) -> None:
        if self.pushing and self.level + self.coming <= self.marks.low:
            self.pushing = False


def retry_after_ms(excess: int, per_second: float, latest_ms: int) -> int:
    """When to come back, where `excess` must go first and so much goes in a second; `latest_ms` where nothing does."""
    if excess <= 0:
        return SOONEST_MS
    if per_second * latest_ms <= excess * 1000:  # it would take longer, or for ever
        return latest_ms
    return max(SOONEST_MS, min(latest_ms, round(excess * 1000 / per_second)))


def share(each: int, total: int, sharers: int) -> int:
    """The window of one of so many sharers: `each`, but all together no more than `total`, and one at least."""
    return max(1, min(each, total // max(1, sharers)))
