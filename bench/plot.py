"""A race's figures as a plot: `python bench/plot.py bench/results/raster.json` writes PNG and SVG beside it.

Above: cards per second of one core, a bar for the median, a dot for each round. Below: what our card is made of.
"""

import argparse
import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")  # no window
mpl.rcParams["svg.hashsalt"] = "bench"  # the same figures give the same file
mpl.rcParams["font.size"] = 10

from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

OURS, THEIRS, INK, FAINT = "#0b6e8f", "#a9b3ba", "#1d2529", "#5d6a72"
STAGES = ("#0b6e8f", "#3c93ad", "#e0a030", "#c2683a", "#6b5b95")


def plot(result: dict[str, Any]) -> Figure:
    """The figure of one race."""
    contestants = result["contestants"]
    figure, (race, stages) = plt.subplots(
        2, 1, figsize=(10, 3.6 + 0.5 * len(contestants)), height_ratios=[len(contestants), 1.5], layout="constrained"
    )
    figure.suptitle("A sample KTP: from fields, JPEG and PNG to a printer's panels", weight="bold", color=INK)
    _race(race, contestants)
    _stages(stages, result["stages"])
    figure.supxlabel(_words(result), x=0.01, ha="left", fontsize=7.5, color=FAINT, linespacing=1.5)
    return figure


def _race(axes: Axes, contestants: list[dict[str, Any]]) -> None:
    own = contestants[0]["name"]
    for place, one in enumerate(contestants):
        rate = 1 / one["median"]
        colour = OURS if one["name"].startswith(own) else THEIRS
        axes.barh(place, rate, height=0.62, color=colour, alpha=0.85)
        rounds = [1 / seconds for seconds in one["seconds"]]
        axes.plot(rounds, [place] * len(rounds), ".", color=INK, alpha=0.4, markersize=5, markeredgewidth=0)
        spread = ([rate - 1 / one["high"]], [1 / one["low"] - rate])
        axes.errorbar(rate, place, xerr=spread, color=INK, capsize=4, linewidth=1.4)
        times = one["slower"]["median"]
        label = f"{rate:.0f}" if one["name"].startswith(own) else f"{rate:.0f}   ours is {times:.1f} times as fast"
        axes.annotate(
            label, (max(*rounds, 1 / one["low"]), place), (8, 0), textcoords="offset points", va="center", color=INK
        )
    axes.set_yticks(range(len(contestants)), [one["name"] for one in contestants])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.1 * max(1 / min(one["seconds"]) for one in contestants))
    axes.set_title("Cards per second of one core (median; whiskers: half of the rounds; dots: each round)", **HEADING)
    tidy(axes)
    axes.grid(axis="x", color="#e3e7ea", linewidth=0.8)
    axes.set_axisbelow(True)


def _stages(axes: Axes, stages: dict[str, float]) -> None:
    total = 1000 * sum(stages.values())
    at = 0.0
    for (name, seconds), colour in zip(stages.items(), STAGES, strict=True):
        width = 1000 * seconds
        label = f"{name}\n{width:.2f} ms, {100 * width / total:.0f} %"
        axes.barh(0, width, left=at, height=0.5, color=colour, label=label, edgecolor="white")
        at += width
    axes.set_xlim(0, total)
    axes.set_ylim(-0.35, 0.35)
    axes.set_yticks([])
    axes.set_title("Where the time of our card goes (ms; medians, each stage by itself)", **HEADING)
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.3), ncols=len(stages), frameon=False, fontsize=8, handlelength=1
    )
    tidy(axes)


HEADING: dict[str, Any] = {"loc": "left", "fontsize": 10, "color": INK}


def tidy(axes: Axes) -> None:
    """Only what carries a figure."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(left=False, colors=INK)


def _words(result: dict[str, Any]) -> str:
    return sentences(result["facts"], result["rounds"], result["differences"], result["missing"])


def sentences(facts: dict[str, str], rounds: int, said: list[str], missing: dict[str, str]) -> str:
    """What stands below a plot."""
    words = ", ".join(f"{name} {value}" for name, value in facts.items())
    lines = [f"{words}; {rounds} rounds by turns.", *said]
    lines += [f"{name} did not run: {reason}." for name, reason in missing.items()]
    return "\n".join(line for sentence in lines for line in textwrap.wrap(sentence, 165))


def write(what: str, plot: Callable[[dict[str, Any]], Any], source: str) -> None:
    """The command of a plot: both files beside the JSON that it is given. `source`: which program wrote that."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("json", type=Path, help=f"what {source} wrote")
    path = parser.parse_args().json
    figure = plot(json.loads(path.read_text("utf-8")))
    for suffix, metadata in ((".png", {}), (".svg", {"Date": None})):
        figure.savefig(path.with_suffix(suffix), dpi=160, metadata=metadata)
        print(path.with_suffix(suffix))


if __name__ == "__main__":
    write(__doc__.splitlines()[0], plot, "bench_raster.py")
