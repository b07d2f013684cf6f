"""Durable submission beside the rivals: `make bench-peers`. Jobs a second until the answer that means "on the disk".

Every contestant is started in a folder of its own and is idle but for its turn; in each round each has its turn with
the same jobs, over as many Unix-socket connections with as many in flight, from the same driver. A ratio is taken
within a round, its median is the figure. What is not installed is named and left out.

What differs, all of it to the rivals' good: they store the bytes as they come, without looking at them; ours checks
each field and picture, seals, hashes, enters the ledger and keeps the order of the queue. CUPS is not among them: it
answers before a job is durable unless it is configured otherwise, and its rate was not reproducible.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import msgpack
from attrs import frozen
from driver import Address, DriverError, connect, drive, greet
from machine import facts
from ours_load import KINDS
from paired import by_turns, ratio, spread
from peers import PEERS, CannotServeError, Peer
from rich.console import Console
from rich.table import Table

ROOT: Final = Path(__file__).parent
SITE: Final = "21.71.01"  # city.py's first
SKIPPED: Final = "CUPS is not run: by default it answers before a job is on the disk."


@frozen
class Shape:
    """One way of sending."""

    kind: str
    connections: int
    window: int
    jobs: int  # in a round

    @property
    def name(self) -> str:
        """As in the table."""
        return f"{self.kind}, {self.connections} x {self.window}"


SHAPES: Final = (
    Shape("selftest", 1, 1, 400),
    Shape("selftest", 10, 1, 2000),
    Shape("selftest", 100, 1, 5000),
    Shape("selftest", 10, 64, 10000),
    Shape("ktp", 10, 8, 1000),
)


def contest(peer: Peer, address: Address, shape: Shape) -> Callable[[], float]:
    """One turn: jobs per second. Raises DriverError."""

    def turn() -> float:
        jobs = [msgpack.packb(job) for job in KINDS[shape.kind](shape.jobs, SITE)]
        lanes = [
            [peer.message(n, job) for n, job in enumerate(jobs[lane :: shape.connections])]
            for lane in range(shape.connections)
        ]
        sockets = [
            greet(address, peer.greeting, peer.answers(), peer.greetings) if peer.greetings else connect(address)
            for _ in lanes
        ]
        done = drive(sockets, lanes, peer.answers, shape.window)
        if done.refusals:
            raise DriverError(f"{peer.name} refuses jobs: {', '.join(done.refusals)}")
        return shape.jobs / done.seconds

    return turn


@contextmanager
def started(peers: Sequence[Peer], within: Path | None) -> Iterator[tuple[list[tuple[Peer, Address]], dict[str, str]]]:
    """Those that come up, each in a folder of its own in `within`, and why the others do not; until the block ends."""
    missing: dict[str, str] = {}
    ready: list[tuple[Peer, Address]] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="peers-", dir=within)))
        folder.chmod(0o711)  # PostgreSQL runs as another user where we are root
        for peer in peers:
            reason = peer.missing()
            if reason is None:
                own = folder / peer.name.lower()
                own.mkdir(mode=0o700)
                try:
                    ready.append((peer, stack.enter_context(peer.serve(own))))
                except CannotServeError as error:
                    reason = str(error)
            if reason is not None:
                missing[peer.name] = reason
        yield ready, missing


def race(peers: Sequence[tuple[Peer, Address]], rounds: int, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Shape by shape: the rates of each contestant in each round, and by what part of its rate ours differs."""
    results = []
    for shape in SHAPES:
        say(f"{shape.name} …")
        turns = {peer.name: contest(peer, address, shape) for peer, address in peers}
        for turn in turns.values():
            turn()  # unmeasured: pages, plans and buffers are warm
        rates = by_turns(turns, rounds)
        own = rates[peers[0][0].name]
        results.append(
            {
                "shape": shape.name,
                "rates": rates,
                "ours_by": {name: vars_of(own, theirs) for name, theirs in rates.items() if theirs is not own},
            }
        )
    return results


def vars_of(own: Sequence[float], theirs: Sequence[float]) -> dict[str, float]:
    """Our rate by theirs: median and quartiles."""
    part = ratio(own, theirs)
    return {"median": part.median, "low": part.low, "high": part.high}


def table(results: Sequence[dict[str, Any]], rounds: int) -> Table:
    """Rates and ratios."""
    drawn = Table(
        title=f"Jobs a second, durable before the answer; {rounds} rounds by turns; in brackets: ours by theirs"
    )
    drawn.add_column("kind, connections x in flight", no_wrap=True)
    for name in results[0]["rates"]:
        drawn.add_column(name, justify="right")
    for one in results:
        cells = []
        for name, rates in one["rates"].items():
            part = one["ours_by"].get(name)
            rate = f"{spread(rates).median:,.0f}"
            cells.append(
                rate if part is None else f"{rate}\n({part['median']:.2f}; {part['low']:.2f}…{part['high']:.2f})"
            )
        drawn.add_row(one["shape"], *cells)
    return drawn


def verdicts(results: Sequence[dict[str, Any]]) -> list[str]:
    """Where a rival wins: in all the middle rounds, or only in the median."""
    said = []
    for one in results:
        for name, part in one["ours_by"].items():
            if part["median"] < 1:
                sure = "" if part["high"] < 1 else ", but not in every round"
                said.append(f"{name} is faster at {one['shape']}: {1 / part['median']:.2f} times ours{sure}.")
    return said or ["No rival is faster at any of these."]


def main(arguments: Sequence[str] | None = None) -> int:
    """Start, race, print, end everything."""
    parser = argparse.ArgumentParser(description="durable submission beside the rivals")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", metavar="NAME", help="this rival alone beside ours")
    parser.add_argument("--folder", type=Path, help="where everybody's files go: on the disk that is meant")
    parser.add_argument("--json", type=Path, default=ROOT / "results" / "peers.json", metavar="FILE")
    asked = parser.parse_args(arguments)
    console = Console(width=120)
    chosen = [peer for peer in PEERS if peer is PEERS[0] or not asked.only or peer.name in asked.only]
    with started(chosen, asked.folder) as (ready, missing):
        for name, reason in missing.items():
            console.print(f"{name} does not take part: {reason}")
        try:
            results = race(ready, asked.rounds, console.print)
        except DriverError as error:
            print(f"the race was broken off: {error}", file=sys.stderr)
            return 1
    console.print(table(results, asked.rounds))
    for sentence in (*verdicts(results), SKIPPED, f"Load average at the end: {os.getloadavg()[0]:.1f}."):
        console.print(sentence)
    found = {
        "facts": facts(), "rounds": asked.rounds, "results": results, "missing": missing,
        "durable": {peer.name: peer.durable for peer, _ in ready}, "skipped": SKIPPED,
    }  # fmt: skip
    asked.json.parent.mkdir(exist_ok=True)
    asked.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
