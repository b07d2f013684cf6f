"""A race's figures as tables for a terminal of 100 columns, and as a file."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rivals import STEPS


def write(result: dict[str, Any], path: Path) -> None:
    """As JSON, with every round."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


def show(result: dict[str, Any], console: Console) -> None:
    """Facts, the race, the steps, and how the contestants differ."""
    console.print("  ".join(f"[dim]{name}[/] {value}" for name, value in result["facts"].items()), highlight=False)
    console.print()
    console.print(_race(result))
    console.print(_steps(result))
    for sentence in result["differences"]:
        console.print(f"· {sentence}", highlight=False)
    for name, reason in result["missing"].items():
        console.print(f"[bold]{name} did not run:[/] {reason}", highlight=False)


def _race(result: dict[str, Any]) -> Table:
    table = Table(title=f"A KTP from fields, JPEG and PNG to panels; {result['rounds']} rounds by turns, one core")
    table.add_column("")
    for heading in ("ms", "cards/s", "half the rounds", "times ours", "half the rounds"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in result["contestants"]:
        slower = one["slower"]
        table.add_row(
            one["name"],
            f"{1000 * one['median']:.2f}",
            f"{1 / one['median']:.0f}",
            f"{1 / one['high']:.0f} … {1 / one['low']:.0f}",
            f"{slower['median']:.2f}",
            f"{slower['low']:.2f} … {slower['high']:.2f}",
        )
    return table


def _steps(result: dict[str, Any]) -> Table:
    table = Table(title="Where the time goes (ms, medians)")
    table.add_column("")
    for step in STEPS:
        table.add_column(step, justify="right")
    mine = our_steps(result["stages"])
    for name, steps in {result["contestants"][0]["name"]: mine, **result["steps"]}.items():
        table.add_row(name, *(f"{1000 * steps[step]:.2f}" for step in STEPS))
    return table


def our_steps(stages: dict[str, float]) -> dict[str, float]:
    """Our stages summed up as the rivals' steps: `photo: …` belongs to photo."""
    steps = dict.fromkeys(STEPS, 0.0)
    for name, seconds in stages.items():
        steps[name.partition(":")[0]] += seconds
    return steps
