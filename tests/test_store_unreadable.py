"""A disk that cannot read one thing: one job waits for somebody, everything else goes on, and no store dies of it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from running import selftest as request
from spooler.client import ServerError
from spooler.daemon import engine
from spooler.model.commands import Change, Shred
from spooler.model.job import JobEvent
from spooler.store import StoreError, Submitted, payloads, reader
from spooler.store.contract import StoreDeadError, UnreadableError
from store_contract import CONTENT, DAY, Bench, selftest
from test_store_embedded import everything_in_segments, open_spool
from test_store_payload_files import PHOTOS
from workshop import hurry, workshop

EIO = 5


@define
class Disk:
    """Reads of files whose path `bad` names fail."""

    bad: Callable[[str, int], bool] = field(default=lambda _path, _start: False)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    state = Disk()
    pread, read = os.pread, os.read

    def path_of(fd: int) -> str:
        return os.readlink(f"/proc/self/fd/{fd}")

    def failing_pread(fd: int, n: int, start: int) -> bytes:
        if state.bad(path_of(fd), start):
            raise OSError(EIO, "Input/output error")
        return pread(fd, n, start)

    def failing_read(fd: int, n: int) -> bytes:
        if state.bad(path_of(fd), 0):
            raise OSError(EIO, "Input/output error")
        return read(fd, n)

    monkeypatch.setattr(os, "pread", failing_pread)
    monkeypatch.setattr(os, "read", failing_read)
    yield state
    state.bad = lambda _path, _start: False


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    everything_in_segments(monkeypatch)
    bench = Bench(open_spool(tmp_path / "spool"))
    yield bench
    bench.store.close()


def test_a_payload_that_cannot_be_read_concerns_its_own_job(bench: Bench, disk: Disk) -> None:
    first, second = bench.submit("a"), bench.submit("b")
    disk.bad = lambda path, start: path.endswith(".seg") and start == 0
    with pytest.raises(UnreadableError, match="cannot be read"):
        bench.read.content(first.id)
    assert bench.read.content(second.id) == CONTENT
    bench.submit("c")
    disk.bad = lambda path, start: False
    assert bench.read.content(first.id) == CONTENT, "nothing was lost"


def test_a_key_that_cannot_be_read_kills_no_store(tmp_path: Path, disk: Disk) -> None:
    bench = Bench(open_spool(tmp_path / "spool"))
    job = bench.submit("a")
    bench.store.close()
    bench = Bench(open_spool(tmp_path / "spool"))
    disk.bad = lambda path, start: "/bucket-" in path
    with pytest.raises(UnreadableError, match="keys/bucket-"):
        bench.read.content(job.id)
    with pytest.raises(StoreError, match="keys/bucket-") as caught:
        bench.apply(selftest("b"))  # it would be wrapped by that key
    assert not isinstance(caught.value, StoreDeadError)
    bench.change(job, JobEvent.CANCELED)
    disk.bad = lambda path, start: False
    assert bench.submit("b")
    bench.store.close()


def test_space_is_gained_round_a_payload_that_cannot_be_read(
    bench: Bench, disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payloads, "_MOVE_AT_MOST", 64 << 20)
    outcomes = bench.apply(*(selftest(f"t{n}", payload=PHOTOS) for n in range(400))).outcomes
    jobs = [outcome.job for outcome in outcomes if isinstance(outcome, Submitted)]
    kept = [jobs[0], jobs[1], jobs[-1]]  # two segments and a part
    gone = [job for job in jobs if job not in kept]
    bench.apply(*(Change(job.id, job.version, JobEvent.CANCELED, "h") for job in gone))
    disk.bad = lambda path, start: path.endswith("000001.seg") and start == 0
    bench.wall += 2 * DAY
    for _ in range(4):
        bench.apply(Shred())
    assert [job for job in gone if bench.read.content(job.id)] == [], "what had to be destroyed is"
    assert bench.read.content(kept[1].id) is not None, "its neighbour was moved, or can be read where it is"
    with pytest.raises(UnreadableError):
        bench.read.content(kept[0].id)
    disk.bad = lambda path, start: False
    assert all(bench.read.content(job.id) for job in kept)


async def test_the_next_card_is_printed_past_a_job_whose_data_cannot_be_read(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    everything_in_segments(monkeypatch)
    monkeypatch.setattr(engine, "_open_again", lambda *_: pytest.fail("the store is not dead"))
    async with workshop(tmp_path) as shop:
        disk.bad = lambda path, start: path.endswith(".seg") and start == 0
        first, second = [await shop.submit(request(ticket)) for ticket in "ab"]
        held = await shop.until_job(first, "pending-held")
        assert held["reason"] == "payload-unreadable"
        await shop.until_job(second, "completed")
        disk.bad = lambda path, start: False
        await shop.client.call("release", {"id": first})
        await shop.until_job(first, "completed")
        assert shop.world.counter == 2


async def test_a_question_that_the_disk_cannot_answer_has_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the next one is answered on the same connection: no store has died."""
    monkeypatch.setattr(engine, "_open_again", lambda *_: pytest.fail("the store is not dead"))
    fails = [True]
    fetch = reader.fetch

    def failing(*arguments: Any) -> Any:
        if fails:
            raise OSError(EIO, "Input/output error")
        return fetch(*arguments)

    async with workshop(tmp_path) as shop:
        monkeypatch.setattr(reader, "fetch", failing)
        with pytest.raises(ServerError) as caught:
            await shop.client.call("jobs", {})
        assert caught.value.code == "internal"
        fails.clear()
        assert (await shop.client.call("jobs", {}))["jobs"] == []
