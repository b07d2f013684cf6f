"""The peers' figures as a plot: `python bench/plot_peers.py bench/results/peers.json` writes PNG and SVG beside it.

A panel for each way of sending: a bar for the median of the rounds, a dot for each round.
"""

from statistics import median
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from plot import FAINT, HEADING, INK, OURS, THEIRS, sentences, tidy, write


def plot(found: dict[str, Any]) -> Figure:
    """The figure of one race."""
    results = found["results"]
    height = 0.9 + 0.36 * len(results[0]["rates"])
    figure, panels = plt.subplots(
        len(results), 1, figsize=(10, 1.4 + height * len(results)), layout="constrained", squeeze=False
    )
    figure.suptitle("Jobs a second, each on the disk before its answer", weight="bold", color=INK)
    for axes, one in zip(panels[:, 0], results, strict=True):
        _panel(axes, one)
    said = [f"{name}: {how}." for name, how in found["durable"].items()] + [found["skipped"]]
    figure.supxlabel(
        sentences(found["facts"], found["rounds"], said, found["missing"]),
        x=0.01, ha="left", fontsize=7.5, color=FAINT, linespacing=1.5,
    )  # fmt: skip
    return figure


def _panel(axes: Axes, one: dict[str, Any]) -> None:
    names = list(one["rates"])
    for place, (name, rates) in enumerate(one["rates"].items()):
        rate, part = median(rates), one["ours_by"].get(name)
        axes.barh(place, rate, height=0.62, color=OURS if part is None else THEIRS, alpha=0.85)
        axes.plot(rates, [place] * len(rates), ".", color=INK, alpha=0.4, markersize=5, markeredgewidth=0)
        label = f"{rate:,.0f}" if part is None else f"{rate:,.0f}   ours {part['median']:.2f} times as fast"
        axes.annotate(label, (max(rates), place), (8, 0), textcoords="offset points", va="center", color=INK)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.35 * max(max(rates) for rates in one["rates"].values()))
    axes.set_title(f"{one['shape']} in flight", **HEADING)
    tidy(axes)


if __name__ == "__main__":
    write(__doc__.splitlines()[0], plot, "bench_peers.py")
