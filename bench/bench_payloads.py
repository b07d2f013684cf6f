"""Large payloads in segments beside large payloads in rows (`python bench/bench_payloads.py`).

The whole store takes lists of 1, 10 and 100 submissions, sealing, hashes, indexes and ledger included; the one store
keeps every payload in its row, the other every payload in a segment. By turns, the ratio inside each round. `new`:
segments are made while the lists come, as in a flood; `ready`: they are there, as when space is used again.
"""

import argparse
import os
import shutil
import tempfile
import time
from itertools import count
from pathlib import Path

from bench_store import SITES, WALL, place
from paired import by_turns, ratio, spread

from spooler.model.commands import Submit
from spooler.model.job import Content
from spooler.store import Retention, open_store, pack_payload, payload_files, payloads

KB = (2, 4, 8, 16, 40)
LISTS = {1: 40, 10: 12, 100: 4}  # size: lists in one round
_IN_ROWS, _IN_SEGMENTS = 1 << 40, 1


class Contestant:
    """A store whose large payloads have one home."""

    def __init__(self, folder: Path, large: int, ahead: int) -> None:
        self.large = large
        self.store = open_store(folder, node="bench", place=place, retention=Retention(1, 1))
        self.serial, self.wall = count(), count(WALL, 10)
        if ahead:
            for _ in range(ahead):
                self.store._files._make(payload_files.SEGMENT)

    def submit(self, payload: bytes, size: int) -> float:
        """Jobs a second of one round."""
        lists = [[_job(next(self.serial), payload) for _ in range(size)] for _ in range(LISTS[size])]
        payloads.LARGE = payloads.TOGETHER = self.large  # type: ignore[misc]
        began = time.perf_counter()
        for jobs in lists:
            self.store.apply(next(self.wall), jobs)
        return size * len(lists) / (time.perf_counter() - began)


def _job(i: int, payload: bytes) -> Submit:
    return Submit(
        submitter="app", ticket=f"ticket-{i}", kind="ktp", stock="card-test", site=SITES[i % 12],
        destination=f"site:{SITES[i % 12]}", priority=50, band=1, flow="app", group=None,
        authorisation=f"authorisation-{i}", payload=payload, label="SGL", day="2027-01-15", cost_ms=40_000, printers=1,
    )  # fmt: skip


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured; the temporary folder by default")
    asked = parser.parse_args()
    print(f"{'kB':>3} {'list':>4}  {'rows, jobs/s':28} {'segments, jobs/s':28} segments / rows")
    for kb in KB:
        payload = pack_payload(Content({"nama": "CONTOH"}, os.urandom(kb * 1000)))
        for ready in (False, True) if kb == KB[-1] else (True,):
            for size, lists in LISTS.items():
                scratch = Path(tempfile.mkdtemp(prefix="payloads-", dir=asked.folder))
                try:
                    needed = asked.rounds * lists * size * (len(payload) + 5000)
                    ahead = needed // payload_files.SEGMENT + 2 if ready else 0
                    rows = Contestant(scratch / "rows", _IN_ROWS, 0)
                    own = Contestant(scratch / "segments", _IN_SEGMENTS, ahead)
                    figures = by_turns(
                        {"rows": lambda: rows.submit(payload, size), "segments": lambda: own.submit(payload, size)},  # noqa: B023
                        asked.rounds,
                    )
                    rows.store.close()
                    own.store.close()
                finally:
                    shutil.rmtree(scratch)
                row, segment = figures["rows"], figures["segments"]
                print(
                    f"{kb:3} {size:4}  {spread(row)!s:28} {spread(segment)!s:28} {ratio(segment, row)}"
                    f"{'' if ready else '   new'}", flush=True,
                )  # fmt: skip


if __name__ == "__main__":
    main()
