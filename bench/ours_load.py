"""The spooler's side of the load driver: jobs, messages and answers of its protocol, and what a server costs.

The answers are decoded by msgpack alone; nothing of ours looks at them, as with any client.
"""

import os
import socket
import struct
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

import msgpack
from driver import Address, Answer, Answers, connect, drive, greet
from driver import Run as Run

from spooler.cli.people import job

#: Different citizens among the ktp jobs: their photos are made, which takes time.
PEOPLE: Final = 20
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_runs = count()


def selftests(number: int, site: str) -> list[dict[str, Any]]:
    """1 kB jobs of text, each with a ticket of its own."""
    run = f"{os.getpid()}-{os.urandom(4).hex()}"
    fields = {"title": "CONTOH"} | {f"line_{i}": "uji cetak " * 8 for i in range(1, 9)} | {"note": "n" * 190}
    return [{"ticket": f"{run}-{n}", "site": site, "kind": "selftest", "fields": fields} for n in range(number)]


def ktps(number: int, site: str) -> list[dict[str, Any]]:
    """Cards with a photo, about 40 kB, each under an authorisation of its own."""
    run = f"{os.getpid()}-{os.urandom(4).hex()}"
    people = [job(n, site) for n in range(min(number, PEOPLE))]
    return [people[n % len(people)] | {"ticket": f"{run}-{n}", "authorisation": f"{run}-{n}"} for n in range(number)]


KINDS: Final[dict[str, Callable[[int, str], list[dict[str, Any]]]]] = {"selftest": selftests, "ktp": ktps}


def lanes(jobs: Sequence[dict[str, Any]], connections: int, each: int = 1) -> list[list[bytes]]:
    """Each connection's messages, with `each` jobs in one: numbered from 0 on each."""
    pack = msgpack.Packer(autoreset=True).pack
    parts = [jobs[n : n + each] for n in range(0, len(jobs), each)]
    return [
        [pack([0, n, "submit", [{"jobs": part}]]) for n, part in enumerate(parts[lane::connections])]
        for lane in range(connections)
    ]


def answers() -> Answers:
    """The counter of one connection's answers: a code for each job that was refused."""
    unpacker = msgpack.Unpacker()

    def count_in(data: bytes) -> list[Answer]:
        unpacker.feed(data)
        found: list[Answer] = []
        for _, msgid, error, results in unpacker:
            if error is not None:
                found.append((msgid, (error["code"],)))
            elif type(results) is list:
                found.append((msgid, [one["error"]["code"] for one in results if "error" in one]))
            else:  # hello's
                found.append((msgid, ()))
        return found

    return count_in


def open_all(address: Address, connections: int, token: str | None = None) -> list[socket.socket]:
    """The connections, greeted where a token says who we are. Raises DriverError."""
    if token is None:
        return [connect(address) for _ in range(connections)]
    hello = msgpack.packb([0, 0, "hello", [{"application": "bench", "versions": [1], "token": token}]])
    return [greet(address, hello, answers()) for _ in range(connections)]


def run(address: Address, messages: Sequence[Sequence[bytes]], window: int, token: str | None = None) -> Run:
    """One run of the driver against a spooler. Raises DriverError."""
    return drive(open_all(address, len(messages), token), messages, answers, window)


def server_pid(address: Address) -> int | None:
    """The process that listens behind a Unix socket; None for another machine's, or another container's."""
    if not isinstance(address, str):
        return None
    with connect(address) as one:
        credentials = one.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, _, _ = struct.unpack("3i", credentials)
    return int(pid) or None


def cpu_seconds(pid: int) -> float:
    """Seconds of processors that a process has used, all threads, in steps of the system's tick (10 ms)."""
    stat = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS
