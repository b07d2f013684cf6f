"""What a QR symbol adds to a card, and what a render worker keeps in memory: `python bench/bench_extras.py`.

A child's card is drawn and encoded with a QR symbol of 100 characters and without one, by turns, in CPU time; the
figure is the median difference within a round. Reading the symbol back, as the press does before every intent, is
timed apart.
Memory is what the process holds (resident) after hundreds of cards with one, two and four canvases in use.
"""

import argparse
import random
import subprocess
import sys
import threading
from itertools import cycle
from statistics import median
from time import thread_time

import ours
from machine import facts, tune_malloc
from paired import by_turns, spread
from rich.console import Console
from rich.table import Table

from spooler.cli.people_of_kinds import job_of
from spooler.model.job import Content
from spooler.render import Renderer
from spooler.render.examine import read_qr

#: Of 101 characters, each its own: what a processor has learnt from one symbol does not help with the next.
TEXTS = [f"https://tte.contoh.example/v/{random.Random(n).getrandbits(288):072x}" for n in range(90)]
KINDS = ("kia-0-5", "kia-5-17")


class Children:
    """Children's cards, with a symbol or without."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._renderer = Renderer(specimen=False, canvases=2)  # one for each plate
        self._compiled: dict[str, object] = {}
        jobs = [job_of(kind, n, "21.71.11") for n in range(9)]
        bare = [{name: text for name, text in job["fields"].items() if name != "tte"} for job in jobs]
        self.without = [Content(fields, job.get("photo")) for fields, job in zip(bare, jobs, strict=True)]
        self._signed = [
            [Content({**c.fields, "tte": text}, c.photo) for c, text in zip(self.without, lap, strict=False)]
            for lap in (TEXTS[at : at + 9] for at in range(0, len(TEXTS), 9))
        ]
        self._lap = 0

    @property
    def with_qr(self) -> list[Content]:
        """The same children with other texts each time."""
        self._lap += 1
        return self._signed[self._lap % len(self._signed)]

    def seconds(self, contents: list[Content]) -> float:
        """CPU time of a card."""
        started = thread_time()
        for content in contents:
            with self._renderer.draw(self._kind, ours.CARD, "ymcko", content) as picture:
                if picture.plate.id not in self._compiled:
                    self._compiled[picture.plate.id] = ours.LANGUAGE.compile(picture.plate)
                ours.LANGUAGE.splice(self._compiled[picture.plate.id], picture, ours.UNIX_TIME)  # type: ignore[arg-type]
        return (thread_time() - started) / len(contents)

    def read_back(self) -> float:
        """CPU time of reading a symbol in the drawn planes."""
        laps = []
        with self._renderer.draw(self._kind, ours.CARD, "ymcko", self._signed[0][0]) as picture:
            assert picture.drawn is not None
            _, text, box = picture.drawn.qrs[0]
            for _ in range(100):
                started = thread_time()
                assert read_qr(picture.drawn.planes, box) == text
                laps.append(thread_time() - started)
        return median(laps)


def resident() -> float:
    """MB that this process holds."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6


def hold(canvases: int) -> None:
    """Draw with so many threads, then say what is held (run in a process of its own)."""
    mine = ours.Ours(canvases=max(1, canvases))
    if canvases:
        queue = cycle(ours.people())
        lock = threading.Lock()

        def work() -> None:
            for _ in range(200):
                with lock:
                    content = next(queue)
                mine.card(content)

        crew = [threading.Thread(target=work) for _ in range(canvases)]
        for thread in crew:
            thread.start()
        for thread in crew:
            thread.join()
    print(resident())


def main() -> None:
    """Run, print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=30)
    arguments.add_argument("--hold", type=int, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.hold is not None:
        return hold(options.hold)
    tune_malloc()
    console = Console(width=100)
    console.print("  ".join(f"[dim]{name}[/] {value}" for name, value in facts().items()), highlight=False)
    table = Table(
        title=f"A child's card with a QR symbol of {len(TEXTS[0])} characters; {options.rounds} rounds by turns"
    )
    for heading in ("", "without, ms", "with, ms", "added, ms", "half the rounds", "read back, ms"):
        table.add_column(heading, justify="right" if heading else "left")
    for kind in KINDS:
        children = Children(kind)
        for contents in (children.without, children.with_qr):
            children.seconds(contents)  # compiles the plate, makes the glyphs
        figures = by_turns(
            {
                "without": lambda children=children: children.seconds(children.without),  # type: ignore[misc]
                "with": lambda children=children: children.seconds(children.with_qr),  # type: ignore[misc]
            },
            options.rounds,
        )
        added = spread([1000 * (b - a) for a, b in zip(figures["without"], figures["with"], strict=True)])
        table.add_row(
            kind, f"{1000 * median(figures['without']):.2f}", f"{1000 * median(figures['with']):.2f}",
            f"{added.median:.2f}", f"{added.low:.2f} … {added.high:.2f}", f"{1000 * children.read_back():.3f}",
        )  # fmt: skip
    console.print(table)
    held = [
        float(subprocess.run([sys.executable, __file__, "--hold", str(n)], capture_output=True, check=True).stdout)
        for n in (0, 1, 2, 4)
    ]
    console.print(
        f"Memory: {held[0]:.0f} MB with a plate and nothing drawn; {held[1]:.0f}, {held[2]:.0f} and {held[3]:.0f} MB "
        "after 200 cards in each of one, two and four threads."
    )
    return None


if __name__ == "__main__":
    main()
