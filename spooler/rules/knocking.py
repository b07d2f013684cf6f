"""Failed logins: how soon the next try from the same place is listened to.

Each place (an address, a user of the machine) has `most` failures to spend, and gets one back every `every_ms`. Whoever
guesses gets that many tries in the end, whatever he opens; whoever has mistyped a few times notices nothing. Places are
remembered for as long as they owe something, `places` of them at most: beyond that the one that owes least is let go.
"""

from typing import Final

from attrs import field, frozen, validators


@frozen
class KnockPolicy:
    """The bounds."""

    most: int = field(default=5, validator=validators.ge(1))
    every_ms: int = field(default=10_000, validator=validators.ge(1))
    places: int = field(default=1024, validator=validators.ge(1))


DEFAULT: Final = KnockPolicy()


class Knocks:
    """What each place owes. Times are milliseconds of a clock that never goes back."""

    def __init__(self, policy: KnockPolicy = DEFAULT) -> None:
        self._policy = policy
        self._even_at: dict[str, int] = {}  # when it owes nothing any more

    def wait_ms(self, place: str, now: int) -> int:
        """So long is nobody there listened to; 0: now."""
        owes = self._even_at.get(place, now) - now
        return max(0, owes - (self._policy.most - 1) * self._policy.every_ms)

    def failed(self, place: str, now: int) -> None:
        """A login failed there."""
        even = max(self._even_at.pop(place, now), now) + self._policy.every_ms
        self._even_at[place] = even
        if len(self._even_at) > self._policy.places:
            del self._even_at[min(self._even_at, key=lambda known: self._even_at[known])]
