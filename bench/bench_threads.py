"""Two threads beside two processes, and how much of a card holds the GIL: `python bench/bench_threads.py`.

One thread, two threads of one process (one renderer, two canvases) and two processes draw cards for the same length
of time, by turns; the figure is cards per second of wall time, and the ratio is taken inside each round. Two threads
can at most reach what two processes do; what they lack is waiting for each other's Python part. `--pin` keeps each
worker to a core of its own, which the spooler does not: it shows how much of a loss is the kernel's placing of
threads.

That part is seen from outside by py-spy (`make bench-setup`): one thread draws, and the share of samples in which it
holds the GIL, of all samples in which it runs, is the share of a card that no second thread can overlap with its own.
It needs no knowledge of what the kernels do, and its error is that of counting: about 1 in 100 with 2,000 samples.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import cycle
from multiprocessing.connection import Connection
from statistics import median
from time import monotonic, sleep, thread_time

import ours
from machine import facts, tune_malloc
from ours import Ours
from paired import by_turns, ratio, spread
from rich.console import Console
from rich.table import Table
from spy import CannotLookError, stacks

people = cache(ours.people)

START_AFTER = 0.02  # seconds until all workers surely wait for the start
SAMPLES_A_SECOND = 200


def work(mine: Ours, start: float, seconds: float) -> float:
    """Cards per second of one worker that draws from `start` (monotonic, the same clock in all processes) on."""
    queue = cycle(people())
    sleep(max(0.0, start - monotonic()))
    began, cards = monotonic(), 0
    while (now := monotonic()) < start + seconds:
        mine.card(next(queue))
        cards += 1
    return cards / (now - began)


PIN = "SPOOLER_BENCH_PIN"  # in the environment, so that the processes know, too


def keep_to_core(n: int) -> None:
    """With --pin this thread stays on the machine's `n`th core: else the kernel may put a thread that is woken for the
    GIL beside the one that woke it, and both share a core for seconds (seen here: 70 % instead of 93)."""
    if PIN not in os.environ:
        return
    cores = sorted(os.sched_getaffinity(os.getpid()))
    os.sched_setaffinity(threading.get_native_id(), {cores[n % len(cores)]})


def threads(mine: Ours, count: int, seconds: float) -> float:
    """Cards per second of `count` threads that share a renderer."""
    start = monotonic() + START_AFTER
    rates: list[float] = []

    def one(n: int) -> None:
        keep_to_core(n)
        rates.append(work(mine, start, seconds))

    crew = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    if len(rates) != count:
        raise RuntimeError("a thread did not finish; its error stands above")
    return sum(rates)


def serve(pipe: Connection, n: int) -> None:
    """The `n`th process's life: draws whenever it is told (start, seconds), ends at None."""
    keep_to_core(n)
    tune_malloc()
    people()
    mine = Ours()
    while (order := pipe.recv()) is not None:
        pipe.send(work(mine, *order))


@contextmanager
def processes(count: int) -> Iterator[Callable[[float], float]]:
    """Workers in processes of their own; gives a function of seconds that answers with their cards per second."""
    context = multiprocessing.get_context("spawn")
    pairs = [context.Pipe() for _ in range(count)]
    crew = [context.Process(target=serve, args=(far, n), daemon=True) for n, (_, far) in enumerate(pairs)]
    for process, (_, far) in zip(crew, pairs, strict=True):
        process.start()
        far.close()

    def run(seconds: float) -> float:
        start = monotonic() + START_AFTER
        for near, _ in pairs:
            near.send((start, seconds))
        return sum(near.recv() for near, _ in pairs)

    try:
        yield run
    finally:
        for process, (near, _) in zip(crew, pairs, strict=True):
            near.send(None)
            process.join()


def gil_share(seconds: float) -> float:
    """The share of a card's time in which its thread holds the GIL. Raises CannotLookError."""
    with drawing() as pid:
        held = running = 0
        for _ in range(4):  # in turns, so that a slow moment meets both
            running += sum(samples for _, samples in stacks(pid, seconds / 8, SAMPLES_A_SECOND))
            held += sum(samples for _, samples in stacks(pid, seconds / 8, SAMPLES_A_SECOND, "--gil"))
    return held / max(1, running)


def cpu_seconds(mine: Ours) -> float:
    """CPU time of a card in one thread: the median of a few laps."""
    laps = []
    for _ in range(15):
        started = thread_time()
        for content in people():
            mine.card(content)
        laps.append((thread_time() - started) / len(people()))
    return median(laps)


@contextmanager
def drawing() -> Iterator[int]:
    """A process in which one thread draws cards, warm; gives its id."""
    command = [sys.executable, __file__, "--draw"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            child.stdout.readline()
            yield child.pid
        finally:
            child.kill()


def draw_for_ever() -> None:
    """What py-spy looks at."""
    tune_malloc()
    mine = Ours()
    for n, content in enumerate(cycle(people())):
        mine.card(content)
        if n == 2 * len(people()):
            print("warm", flush=True)


def main() -> None:
    """Run, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=0.5, help="that each turn draws (0.5)")
    parser.add_argument("--pin", action="store_true", help="each worker keeps to a core of its own")
    parser.add_argument("--draw", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.draw:
        draw_for_ever()
        return
    if arguments.pin:
        os.environ[PIN] = "1"
    tune_malloc()
    console = Console(width=100)
    seconds = arguments.seconds
    mine = Ours(canvases=2)
    with processes(2) as pair:
        ways = {
            "1 thread": lambda: threads(mine, 1, seconds),
            "2 threads": lambda: threads(mine, 2, seconds),
            "2 processes": lambda: pair(seconds),
        }
        for way in ways.values():
            way()
        rates = by_turns(ways, arguments.rounds)
    how = ", pinned" if arguments.pin else ""
    table = Table(title=f"Cards per second of wall time, {arguments.rounds} rounds of {seconds:g} s by turns{how}")
    for heading in ("", "cards/s", "half the rounds", "of 2 processes", "half the rounds"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for name, figures in rates.items():
        rate, part = spread(figures), ratio(figures, rates["2 processes"])
        table.add_row(
            name,
            f"{rate.median:.0f}",
            f"{rate.low:.0f} … {rate.high:.0f}",
            f"{100 * part.median:.0f} %",
            f"{100 * part.low:.0f} … {100 * part.high:.0f} %",
        )
    console.print("  ".join(f"[dim]{name}[/] {value}" for name, value in facts().items()), highlight=False)
    console.print(table)
    try:
        share = gil_share(16.0)
    except CannotLookError as error:
        console.print(f"GIL: not measured: {error}", highlight=False)
        return
    alone = cpu_seconds(mine)
    held = f"{100 * share:.0f} % of a card, {1e6 * share * alone:.0f} µs of {1e6 * alone:.0f}"
    console.print(f"GIL: held for {held}, as py-spy saw one thread draw.", highlight=False)


if __name__ == "__main__":
    main()
