"""A flood: many clients submit far more than the printers take, and one urgent job after the other goes in between.

The spooler, its simulated printers, the flood and the lone client are processes of their own, and share the machine's
cores (`python bench/flood.py`). Each of CONNECTIONS clients sends lists of JOBS jobs, keeps WINDOW of them
unanswered, and never waits as told: the rudest sender that the protocol has. A lone client submits an urgent job every
INTERVAL ms; its times are from the send to the answer, which comes after the flush.

First the same without the flood, over a queue that is as full. Printed: what was acknowledged (each job is then asked
for), told busy and printed; the urgent job's times; the spooler's memory; the highest level seen against its marks.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final
from zlib import crc32

import msgpack
import trio
from city import CONFIG, SITE, process, simulators

from spooler.client import AsyncClient, open_client

LIMITS: Final = """
[limits]
queued_jobs = {high}
queued_jobs_per_site = {high}
queued_jobs_per_submitter = {high}
urgent_reserve_percent = 50
"""
_PRINTERS: Final = 12


class Flooder:
    """The rude ones, in a process of their own: what they were told."""

    def __init__(self, socket: str, asked: argparse.Namespace) -> None:
        self.socket = socket
        self.asked = asked
        self.acknowledged: list[str] = []
        self.busy = 0
        self.retry_ms: list[int] = []

    async def run(self) -> None:
        """For the time that was asked for."""
        with trio.move_on_after(self.asked.seconds):
            async with trio.open_nursery() as nursery:
                for source in range(self.asked.connections):
                    nursery.start_soon(self._client, source)

    async def _client(self, source: int) -> None:
        unpacker = msgpack.Unpacker()
        async with await trio.open_unix_socket(self.socket) as stream:
            sent = self.asked.window
            await stream.send_all(b"".join(self._message(source, n) for n in range(sent)))
            while True:
                unpacker.feed(await stream.receive_some(65536))
                more: list[bytes] = []
                for _, _, _, results in unpacker:
                    self._count(results)
                    more.append(self._message(source, sent))
                    sent += 1
                if more:
                    await stream.send_all(b"".join(more))

    def _count(self, results: Sequence[dict[str, Any]]) -> None:
        for result in results:
            if "id" in result:
                self.acknowledged.append(result["id"])
            else:
                assert result["error"]["code"] == "busy", result
                self.retry_ms.append(result["error"]["retry_after_ms"])
                self.busy += 1

    def _message(self, source: int, n: int) -> bytes:
        jobs = [job(f"{source} {n} {i}") for i in range(self.asked.jobs)]
        packed: bytes = msgpack.packb([0, n + 1, "submit", [{"jobs": jobs}]])
        return packed


def flood(socket: str, asked: argparse.Namespace, told: Connection) -> None:
    """The process of the rude ones."""
    flooder = Flooder(socket, asked)
    trio.run(flooder.run)
    told.send((flooder.acknowledged, flooder.busy, flooder.retry_ms))


def job(ticket: str, **more: Any) -> dict[str, Any]:
    """1 kB for one of the printers."""
    fields = {"title": "CONTOH"} | {f"line_{i}": "uji cetak " * 3 for i in range(1, 9)}
    site = f"21.71.{crc32(ticket.encode()) % _PRINTERS + 1:02}"
    return {"ticket": ticket, "site": site, "kind": "selftest", "fields": fields} | more


class Counter:
    """The lone client at a counter, who looks at the spooler meanwhile."""

    def __init__(self, socket: str, pid: int, asked: argparse.Namespace) -> None:
        self.socket = socket
        self.pid = pid
        self.asked = asked
        self.acknowledged: list[str] = []
        self.quiet_ms: list[float] = []
        self.urgent_ms: list[float] = []
        self.memory: list[float] = []
        self.levels: list[int] = []
        self.printed: list[float] = []  # cards a second: before, and in the flood

    async def run(self) -> None:
        """Fill, look at it in peace, then in the flood."""
        async with open_client(f"unix:{self.socket}", "flood") as client:
            await self._fill(client)
            await self._urgent(client, "quiet", self.quiet_ms)
            self.calm = len(self.memory)
            apart = get_context("spawn")
            ours, theirs = apart.Pipe()
            rude = apart.Process(target=flood, args=(self.socket, self.asked, theirs))
            rude.start()
            theirs.close()
            try:
                await self._urgent(client, "flood", self.urgent_ms)
                told = await trio.to_thread.run_sync(ours.recv)
            finally:
                rude.join()
            acknowledged, self.busy, self.retry_ms = told
            self.acknowledged += acknowledged
            for known in self.acknowledged:
                assert (await client.call("job", {"id": known}))["id"] == known

    async def _fill(self, client: AsyncClient) -> None:
        """Up to the mark, so that memory before and after is that of the same backlog."""
        for n in range(self.asked.high // 500 + 1):
            answers = await client.submit([job(f"fill {n} {i}") for i in range(500)])
            self.acknowledged += [answer["id"] for answer in answers if "id" in answer]

    async def _urgent(self, client: AsyncClient, word: str, times: list[float]) -> None:
        """One urgent job after the other, for the time that was asked for."""
        before, began, n = await self._completed(client), time.perf_counter(), 0
        while time.perf_counter() - began < self.asked.seconds:
            start = time.perf_counter()
            (answer,) = await client.submit([job(f"{word} {n}", priority=95)])
            times.append((time.perf_counter() - start) * 1000)
            assert "id" in answer, answer
            self.acknowledged.append(answer["id"])
            n += 1
            if n % 20 == 0:
                stats = await client.call("stats")
                self.levels += [m["level"] + m["coming"] for m in stats["meters"] if m["limit"] == "queued_jobs"]
                self.memory.append(self._anonymous())
            await trio.sleep(self.asked.interval / 1000)
        self.memory.append(self._anonymous())
        self.printed.append((await self._completed(client) - before) / (time.perf_counter() - began))

    async def _completed(self, client: AsyncClient) -> int:
        sites = (await client.call("sites"))["sites"]
        return sum(site["jobs"].get("completed", 0) for site in sites)

    def _anonymous(self) -> float:
        """Memory of the spooler in MB, without its files."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(row.split()[1]) / 1000 for row in status.splitlines() if row.startswith("RssAnon"))

    def report(self) -> None:
        """The figures."""
        asked = self.asked
        print(
            f"{asked.connections} connections of {asked.window} x {asked.jobs} jobs under way, {asked.seconds:.0f} s, "
            f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
        )
        print(f"acknowledged and found: {len(self.acknowledged):,}; busy {self.busy / asked.seconds:,.0f}/s")
        print(f"printed: {self.printed[0]:.1f} cards/s in peace, {self.printed[1]:.1f} in the flood")
        for word, times in (("in peace", self.quiet_ms), ("in the flood", self.urgent_ms)):
            p99 = quantiles(times, n=100)[98]
            print(f"urgent {word}: {len(times)}, median {median(times):.1f} ms, p99 {p99:.1f}, worst {max(times):.1f}")
        flooded = self.memory[self.calm :]
        along = [f"{flooded[len(flooded) * n // 5]:.0f}" for n in range(5)]
        print(f"memory MB: {self.memory[self.calm - 1]:.0f} before, {', '.join(along)}, {flooded[-1]:.0f} in the flood")
        print(f"level at most {max(self.levels, default=0):,} of {asked.high:,} and {asked.high // 2:,} in reserve")
        if self.retry_ms:
            print(f"retry_after_ms: {min(self.retry_ms)} … {max(self.retry_ms)}, median {median(self.retry_ms):.0f}")


def main() -> None:
    """Start the city, flood it, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--window", type=int, default=4, help="messages under way per connection")
    parser.add_argument("--jobs", type=int, default=20, help="in one message")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--interval", type=float, default=50, help="ms between two urgent jobs")
    parser.add_argument("--high", type=int, default=5000, help="the high mark of queued jobs")
    parser.add_argument("--dwell", type=float, default=0.2, help="seconds a card takes")
    asked = parser.parse_args()
    with simulators(_PRINTERS, asked.dwell) as uris, tempfile.TemporaryDirectory(prefix="flood-") as name:
        sites = "".join(SITE.format(n=i + 1, letter=chr(65 + i), uri=uri) for i, uri in enumerate(uris))
        config = Path(name) / "spooler.toml"
        config.write_text(CONFIG + LIMITS.format(high=asked.high) + sites)
        with process("serve", "--config", config) as running:
            assert running.stdout is not None
            assert running.stdout.readline().startswith("ready")
            counter = Counter(f"{name}/s.sock", running.pid, asked)
            trio.run(counter.run)
            counter.report()


if __name__ == "__main__":
    sys.exit(main())
