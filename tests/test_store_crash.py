"""kill -9 at any point: every job that was acknowledged is there, once, under its own id; the ledger holds.

The child submits lists and prints the ids after each apply; the parent kills it after a number of lines, which falls
anywhere in the next apply, and opens the same directory again. No time is measured and nobody sleeps.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spooler.model.commands import Claim, Intend
from spooler.store import Submitted, verify
from store_contract import WALL, Bench, selftest
from test_store_embedded import open_spool

PER_LIST = 7


def child(directory: Path, generation: str) -> None:
    """Submit, claim and intend for ever."""
    bench = Bench(open_spool(directory))
    bench.wall = WALL
    epoch = bench.attach()
    i = 0
    while True:
        i += 1
        tickets = [f"{generation}-{i}-{k}" for k in range(PER_LIST)]
        jobs = [o.job for o in bench.apply(*map(selftest, tickets)).outcomes if isinstance(o, Submitted)]
        job = jobs[0]
        bench.apply(Claim(job.id, 1, "SGL-1", epoch), Intend(job.id, 2, "SGL-1", epoch, "S", i))
        print(job.id, *(f"{t}={j.id}" for t, j in zip(tickets, jobs, strict=True)), flush=True)


@pytest.mark.parametrize("round_", range(3))
def test_acknowledged_jobs_survive_kill_9(tmp_path: Path, round_: int) -> None:
    acknowledged: dict[str, str] = {}
    intended: list[str] = []
    for generation in range(2):
        here = str(Path(__file__).parent)
        process = subprocess.Popen(
            [sys.executable, __file__, str(tmp_path / "spool"), str(generation)],
            stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])},
        )  # fmt: skip
        with process:
            assert process.stdout is not None
            for _ in range(1 + 9 * round_ + 4 * generation):
                first, *pairs = process.stdout.readline().split()
                intended.append(first)
                acknowledged |= dict(pair.split("=") for pair in pairs)
            process.kill()
            for line in process.stdout:  # acknowledged before the end
                if line.endswith("\n"):
                    first, *pairs = line.split()
                    intended.append(first)
                    acknowledged |= dict(pair.split("=") for pair in pairs)
        bench = Bench(open_spool(tmp_path / "spool"))
        jobs = bench.jobs()
        ids = [job.id for job in jobs]
        assert ids == sorted(set(ids))
        assert len(acknowledged) >= PER_LIST
        for ticket, job_id in acknowledged.items():
            found = bench.read.by_ticket("counter", ticket)
            assert found is not None
            assert found.id == job_id
            assert bench.read.content(found.id) is not None
        assert len(jobs) % PER_LIST == 0, "a list is there whole or not at all"
        assert len(jobs) <= len(acknowledged) + PER_LIST * (generation + 1)
        assert {intent.job for intent in bench.read.open_intents("SGL-1")} >= set(intended)
        assert verify(bench.read) is None
        bench.store.close()


_KILLED_AT_SYNC = """
import apsw, os, sys; from pathlib import Path; from test_store_embedded import open_spool
left = int(sys.argv[2])
class File(apsw.VFSFile):
    def __init__(self, name, flags): super().__init__("unix", name, flags)
    def xSync(self, flags):
        global left
        left -= 1
        if left == 0: os._exit(9)
        super().xSync(flags)
class Layer(apsw.VFS):
    def __init__(self): super().__init__("killing", "unix", makedefault=True)
    def xOpen(self, name, flags): return File(name, flags)
layer = Layer()
open_spool(Path(sys.argv[1])).close()
"""


def test_a_spool_that_was_killed_while_it_was_made_opens(tmp_path: Path) -> None:
    left: list[set[str]] = []
    for sync in range(1, 20):
        spool = tmp_path / f"spool{sync}"
        here = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
        child = subprocess.run(
            [sys.executable, "-c", _KILLED_AT_SYNC, spool, str(sync)],
            env={**os.environ, "PYTHONPATH": here}, check=False,
        )  # fmt: skip
        if child.returncode == 0:  # it made fewer
            break
        left.append({file.name for file in spool.iterdir()})
        open_spool(spool).close()
    else:
        raise AssertionError("a new spool is synced more than 18 times?")
    assert any("spool.db-journal" in files for files in left)
    assert any("spool.db-wal" in files for files in left)


if __name__ == "__main__":
    child(Path(sys.argv[1]), sys.argv[2])
