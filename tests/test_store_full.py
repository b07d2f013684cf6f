"""A disk that is full, for real (a small tmpfs) and as its errors come one by one (strace).

New jobs are refused, what was acknowledged stays, what is queued goes on out of the reserve, and all by itself new jobs
are taken again when there is space.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trio

from running import cards, printing_city
from running import selftest as request
from spooler.client import ServerError
from spooler.daemon.writer import Writer
from spooler.model.commands import Attach, Change, Shred
from spooler.model.job import Content, JobEvent
from spooler.model.verdict import Verdict
from spooler.store import StoreError, Submitted, pack_payload, verify
from spooler.store.contract import Outcome
from store_contract import WALL, Bench, selftest
from test_store_embedded import open_spool

SIZE_MB = 96
PHOTOS = pack_payload(Content({"title": "CONTOH"}, os.urandom(40_000)))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    path = tmp_path / "disk"
    path.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", path], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here (that takes root)")
    yield path
    subprocess.run(["umount", "--lazy", path], check=True)


def fill(disk: Path) -> Path:
    """Somebody else's file takes all there is."""
    path = disk / "somebody-elses"
    with path.open("ab", buffering=0) as file:
        for size in (1 << 16, 1 << 8):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
    return path


def submit(bench: Bench, prefix: str, count: int) -> list[str]:
    """The tickets, acknowledged."""
    tickets = [f"{prefix}-{i}" for i in range(count)]
    outcomes = bench.apply(*(selftest(ticket, payload=PHOTOS) for ticket in tickets)).outcomes
    assert all(isinstance(outcome, Submitted) for outcome in outcomes)
    return tickets


def submit_until_refused(bench: Bench, prefix: str) -> list[str]:
    acknowledged: list[str] = []
    for n in range(10_000):
        try:
            acknowledged += submit(bench, f"{prefix}-{n}", 10)
        except StoreError as error:
            if not error.full:
                raise
            return acknowledged
    raise AssertionError("the disk is never full")


def test_new_jobs_are_refused_and_what_is_queued_is_printed(small_disk: Path) -> None:
    bench = Bench(open_spool(small_disk / "spool"))
    bench.attach()
    acknowledged = submit(bench, "before", 300)
    foreign = fill(small_disk)
    acknowledged += submit_until_refused(bench, "full")
    for job in bench.jobs()[:200]:
        with pytest.raises(StoreError, match="full"):
            bench.submit(f"new-{job.id}")
        done = bench.settle(bench.intend(bench.claim(job)), Verdict.PRINTED)
        acknowledged.remove(ticket := ticket_of(bench, acknowledged, done.id))
        assert bench.read.content(done.id) is not None, ticket
    foreign.unlink()
    acknowledged += submit(bench, "after", 20)
    for ticket in acknowledged:
        found = bench.read.by_ticket("counter", ticket)
        assert found is not None
        assert bench.read.content(found.id) is not None
    assert verify(bench.read) is None
    bench.store.close()


def ticket_of(bench: Bench, tickets: list[str], job_id: str) -> str:
    """The queue's order is that of submission here, so that it is among the first."""
    return next(t for t in tickets if (job := bench.read.by_ticket("counter", t)) is not None and job.id == job_id)


def test_a_spool_that_fills_its_disk_by_itself_empties_it_again(small_disk: Path) -> None:
    """Segments, database, log: none of them needs what the other took; what is shredded makes room for new jobs."""
    bench = Bench(open_spool(small_disk / "spool"))
    first = submit_until_refused(bench, "first")
    assert len(first) * len(PHOTOS) > SIZE_MB * 250_000, "a good part of the disk is jobs"
    for job in bench.jobs():
        bench.apply(Change(job.id, job.version, JobEvent.CANCELED, "officer", None))
    bench.wall += 3 * 86_400_000
    for _ in range(2 + len(first) // 1000):
        bench.apply(Shred())
    second = submit_until_refused(bench, "second")
    assert len(second) > len(first) // 2
    assert verify(bench.read) is None
    bench.store.close()


def test_a_spool_opens_on_a_full_disk(small_disk: Path) -> None:
    bench = Bench(open_spool(small_disk / "spool"))
    job = bench.submit("before")
    bench.store.close()
    foreign = fill(small_disk)
    bench = Bench(open_spool(small_disk / "spool"))
    bench.attach()
    with pytest.raises(StoreError, match="full"):
        bench.submit("new")
    bench.settle(bench.intend(bench.claim(job)), Verdict.PRINTED)
    foreign.unlink()
    bench.submit("new")
    bench.store.close()


async def test_the_writer_refuses_the_new_and_carries_out_the_rest(tmp_path: Path) -> None:
    """They came together, in one transaction: each is answered, and who waits for a verdict gets it."""
    store = open_spool(tmp_path / "spool")
    store.apply(WALL, [selftest("before")])
    store._db.pragma("max_page_count", store._db.pragma("page_count"))
    answers: dict[str, object] = {}
    everybody = trio.Event()

    def note(name: str):  # type: ignore[no-untyped-def]
        def done(outcomes: object) -> None:
            answers[name] = outcomes
            if len(answers) == 3:
                everybody.set()

        return done

    class Wall:
        def wall_ms(self) -> int:
            return WALL

    seen: list[tuple[Outcome, ...]] = []
    writer = Writer(store, Wall(), lambda applied: seen.append(applied.outcomes), 300_000)
    flood = [selftest(f"new-{i}", payload=PHOTOS[:7000]) for i in range(100)]
    writer.post([Attach("SGL-1")], note("press"))
    writer.post(flood, note("application"))
    writer.post([Attach("SGL-2")], note("other press"))
    async with trio.open_nursery() as nursery:
        await nursery.start(writer.run)
        with trio.fail_after(20):
            await everybody.wait()
        nursery.cancel_scope.cancel()
    refused = answers["application"]
    assert isinstance(refused, StoreError)
    assert refused.full
    assert (answers["press"], answers["other press"], seen) == ((1,), (1,), [(1, 1)])
    store.close()


@pytest.mark.timeout(60)
async def test_an_application_is_told_and_cards_go_on(small_disk: Path, tmp_path: Path) -> None:
    """The whole spooler: the disk fills while jobs wait; the printer does not notice, and the next day is as before."""
    overrides = [("spool.directory", str(small_disk / "spool")), ("spool.socket", str(tmp_path / "s.sock"))]
    async with printing_city(tmp_path, overrides=overrides, dwell_seconds=0.05) as (client, printer):
        answers = await client.submit([request(f"before-{i}") for i in range(20)])
        foreign = fill(small_disk)
        fields = {f"line_{k}": "x" * 100 for k in range(1, 9)}

        async def until_refused() -> None:
            for n in range(1000):
                batch = [request(f"full-{n}-{i}", fields={"title": "CONTOH", **fields}) for i in range(200)]
                answers.extend(await client.submit(batch))

        with pytest.raises(ServerError) as caught:
            await until_refused()
        assert caught.value.code == "spool-full"
        assert caught.value.retry_after_ms
        assert "error" not in {key for answer in answers for key in answer}
        for answer in answers[:20]:
            done = await client.call("job", {"id": answer["id"], "wait_ms": 30_000})
            assert done["state"] == "completed"
        assert len(cards(printer)) >= 20
        foreign.unlink()
        assert "error" not in (await client.submit([request("after")]))[0]


# -- one error at a time -----------------------------------------------------------------------------------------

_CHILD = """
import sys
from pathlib import Path
from spooler.store import StoreError
from store_contract import Bench
from test_store_embedded import open_spool
from test_store_full import submit

bench = Bench(open_spool(Path(sys.argv[1])))
kept, refused = [], []
for n in range(6):
    try:
        kept += submit(bench, str(n), 10)
    except StoreError as error:
        refused.append("full" if error.full else "other")
        if not error.full:  # what the disk did not keep is trusted no more
            bench.store.close()
            bench = Bench(open_spool(Path(sys.argv[1])))
            bench.wall += (n + 1) * 1000
print(*refused, *kept, flush=True)
"""


LOG, SEGMENT = "spool.db-wal", "payloads/000001.seg"
QUOTA = ["pwrite64:error=EDQUOT:when=40", "write:error=EDQUOT"]


@pytest.mark.parametrize(
    ("path", "injections", "refusals"),
    [
        (LOG, ["pwrite64:error=ENOSPC:when=40"], {"full"}),
        (LOG, QUOTA, {"full"}),
        (LOG, ["fdatasync:error=EIO:when=3"], {"other"}),
        (SEGMENT, ["pwritev2:error=EDQUOT:when=2"], set()),
        (SEGMENT, ["fdatasync:error=EIO:when=2"], {"other"}),
        ("payloads/000001.new", ["pwritev2:error=ENOSPC:when=5"], set()),
    ],
    ids=["log, full", "log, quota", "log, sync", "segment, quota", "segment, sync", "new segment, full"],
)
def test_an_error_of_the_disk_stores_nothing_and_the_next_list_is_taken(
    tmp_path: Path, path: str, injections: list[str], refusals: set[str]
) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    spool = tmp_path / "spool"
    open_spool(spool).close()
    calls = ",".join(injection.partition(":")[0] for injection in injections)
    command = ["strace", "-f", "-qq", "-o", tmp_path / "calls", "-e", f"trace={calls}"]
    command += [word for injection in injections for word in ("-e", f"inject={injection}")]
    command += ["-P", spool / path, "-P", spool / "reserve.new"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    child = subprocess.run(
        [*command, sys.executable, "-c", _CHILD, spool], check=False, env=environment, capture_output=True, text=True
    )
    if "PTRACE" in child.stderr or "ptrace" in child.stderr:
        pytest.skip("strace may not trace here")
    assert child.returncode == 0, child.stderr
    said = child.stdout.split()
    kept = [word for word in said if "-" in word]
    assert "INJECTED" in (tmp_path / "calls").read_text()
    assert set(said) - set(kept) == refusals
    assert kept[-1] == "5-9", "it goes on by itself"
    bench = Bench(open_spool(spool))
    assert len(bench.jobs()) == len(kept)
    for ticket in kept:
        found = bench.read.by_ticket("counter", ticket)
        assert found is not None
        assert bench.read.content(found.id) is not None
    assert verify(bench.read) is None
    bench.store.close()
