"""Measuring by turns: every round runs each contestant once, and a ratio is taken within its round.

A shared machine drifts by half within minutes; what two contestants meet within one round is nearly the same. So the
figure is the median of the rounds' ratios, and the quartiles say how far to trust it.
"""

from collections.abc import Callable, Mapping, Sequence
from statistics import quantiles

from attrs import frozen


@frozen
class Spread:
    """Median and quartiles: half of the rounds lie within `low` … `high`."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} … {self.high:.2f})"


def spread(values: Sequence[float]) -> Spread:
    """Raises ValueError for no values."""
    if not values:
        raise ValueError("no rounds were run")
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    low, median, high = quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high)


def ratio(of: Sequence[float], to: Sequence[float]) -> Spread:
    """of / to, round by round. Raises ValueError for lists that are not of the same rounds."""
    return spread([a / b for a, b in zip(of, to, strict=True)])


def by_turns(contestants: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Run each `rounds` times; what a call returns is its figure. Who goes first changes from round to round."""
    names = list(contestants)
    figures: dict[str, list[float]] = {name: [] for name in names}
    for n in range(rounds):
        start = n % len(names)
        for name in names[start:] + names[:start]:
            figures[name].append(contestants[name]())
    return figures
