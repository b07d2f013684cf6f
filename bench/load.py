"""Load on a running spooler: `python bench/load.py SOCKET --site 21.71.01`, or `HOST:PORT --token-file FILE`.

The jobs are real ones: the spooler stores them and its printers print them. Point it at a spooler whose printers are
simulated or stopped. Its principal needs the right to submit at the site. Refusals are counted by their code, and a run
with any is no figure of speed.

Latency runs from the write in which a message left to its answer. With many in flight it is mostly waiting for the
others: what a lone application sees is the figure with one connection and a window of 1. The server's own cost is its
processor time, read from /proc: behind a Unix socket its process is known, for another give --pid.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

from driver import Address, DriverError, Run, allow_files
from ours_load import KINDS, cpu_seconds, lanes, run, server_pid
from rich.console import Console
from rich.table import Table

#: Above this share of its time the driver may be what is slow.
TOO_BUSY = 0.8


def figures(done: Run, jobs: int, server_seconds: float | None) -> dict[str, Any]:
    """What is shown of a run; times in milliseconds, the server's in microseconds a job."""
    cuts = quantiles(done.latencies, n=100, method="inclusive") if len(done.latencies) > 1 else done.latencies * 99
    return {
        "jobs": jobs,
        "seconds": done.seconds,
        "jobs_per_second": jobs / done.seconds,
        "p50_ms": 1000 * cuts[49],
        "p95_ms": 1000 * cuts[94],
        "p99_ms": 1000 * cuts[98],
        "refused": done.refusals,
        "driver_busy": done.busy,
        "server_us_per_job": None if server_seconds is None else 1e6 * server_seconds / jobs,
        "load": os.getloadavg()[0],
    }


def table(shown: Sequence[dict[str, Any]], title: str) -> Table:
    """One row for each run."""
    drawn = Table(title=title)
    for heading in ("jobs/s", "p50 ms", "p95 ms", "p99 ms", "server µs/job", "driver busy", "load", "refused"):
        drawn.add_column(heading, justify="right", no_wrap=heading != "refused")
    for one in shown:
        server = one["server_us_per_job"]
        drawn.add_row(
            f"{one['jobs_per_second']:,.0f}",
            *(f"{one[name]:.2f}" for name in ("p50_ms", "p95_ms", "p99_ms")),
            "unknown" if server is None else f"{server:.0f}",
            f"{one['driver_busy']:.0%}",
            f"{one['load']:.1f}",
            ", ".join(f"{code} {n}" for code, n in sorted(one["refused"].items())) or "none",
        )
    return drawn


def address_of(text: str) -> Address:
    """`HOST:PORT`, or a path. Raises DriverError."""
    host, colon, port = text.rpartition(":")
    if "/" in text or not colon:
        return text
    if not port.isdigit():
        raise DriverError(f"{text}: write HOST:PORT, or the path of the spooler's socket")
    return host, int(port)


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description="load on a running spooler; the jobs are real ones")
    parser.add_argument("address", help="the path of its socket, or HOST:PORT")
    parser.add_argument("--site", required=True, help="the code of the site that the jobs are for")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="a file with this principal's token")
    parser.add_argument("--kind", choices=sorted(KINDS), default="selftest", help="1 kB of text, or 40 kB with a photo")
    parser.add_argument("--jobs", type=_number, default=2000, help="in each round")
    parser.add_argument("--connections", type=_number, default=1)
    parser.add_argument("--window", type=_number, default=1, help="messages in flight on each connection")
    parser.add_argument("--each", type=_number, default=1, help="jobs in one message")
    parser.add_argument("--rounds", type=_number, default=3)
    parser.add_argument("--pid", type=int, help="the spooler's process, where its cost cannot be found by the socket")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's figures there")
    return parser


def _number(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: a whole number from 1 on")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Rounds one after another; 1 where a job was refused or the run came to nothing."""
    asked = options().parse_args(arguments)
    console = Console(width=110)
    shown = []
    try:
        address = address_of(asked.address)
        token = asked.token_file.read_text("utf-8").strip() if asked.token_file else None
        pid = server_pid(address) if asked.pid is None else asked.pid
        allow_files(asked.connections)
        for _ in range(asked.rounds):
            messages = lanes(KINDS[asked.kind](asked.jobs, asked.site), asked.connections, asked.each)
            before = None if pid is None else cpu_seconds(pid)
            done = run(address, messages, asked.window, token)
            used = None if pid is None or before is None else cpu_seconds(pid) - before
            shown.append(figures(done, asked.jobs, used))
    except (DriverError, OSError) as error:
        print(f"no figures: {error}", file=sys.stderr)
        return 1
    flight = f"{asked.connections} connections, {asked.window} in flight on each, {asked.each} in a message"
    console.print(table(shown, f"{asked.jobs:,} {asked.kind} jobs in a round; {flight}"))
    if max(one["driver_busy"] for one in shown) > TOO_BUSY:
        console.print("The driver used most of a core itself: run two at once to see what the spooler can do.")
    if asked.json is not None:
        asked.json.write_text(json.dumps(shown, indent=1) + "\n", "utf-8")
    return 1 if any(one["refused"] for one in shown) else 0


if __name__ == "__main__":
    raise SystemExit(main())
