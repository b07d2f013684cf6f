"""The lasting clients: over lost connections and a busy spooler, each job once and no entry missed."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgpack
import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from running import line, process, selftest, write_config
from spooler.client import (
    Batching,
    ConnectionLost,
    Patience,
    ServerError,
    connect,
    connect_lasting,
    open_lasting_client,
)
from spooler.client.lasting import REPEATABLE, Attempts, Batch, Progress, weigh
from spooler.model.backoff import Backoff
from spooler.wire import METHODS, Connection, Limits, Request

QUICK = Patience(seconds=20.0, backoff=Backoff(first_ms=1, ceiling_ms=50))
BUSY = {"code": "busy", "message": "A bound is reached.", "retry_after_ms": 3000}


# -- the rules -------------------------------------------------------------------------------------------------


def test_only_what_reads_or_has_a_ticket_is_asked_again() -> None:
    assert METHODS.keys() >= REPEATABLE
    assert {"submit", "job", "jobs", "watch", "stock-move"} <= REPEATABLE
    acts = {"cancel", "hold", "release", "move", "priority", "resolve", "reprint", "stock-count", "close-day"}
    assert REPEATABLE.isdisjoint(acts | {name for name in METHODS if name.startswith("group-")})


@pytest.mark.parametrize(
    ("method", "error", "connecting", "passes"),
    [
        ("submit", ConnectionLost("gone"), False, True),
        ("cancel", ConnectionLost("gone"), False, False),
        ("cancel", OSError("nobody listens"), True, True),
        ("cancel", ServerError(BUSY), False, True),
        ("submit", ServerError({"code": "stopping"}), False, True),
        ("submit", ServerError({"code": "forbidden"}), False, False),
        ("job", ConnectionLost("closed", ServerError({"code": "bad-message"})), False, False),
        ("job", ConnectionLost("closed", ServerError(BUSY)), True, True),
        ("job", ConnectionLost("closed", ServerError(BUSY)), False, True),
        ("stock-count", ConnectionLost("closed", ServerError(BUSY)), False, False),
    ],
)
def test_what_is_tried_again(method: str, error: Exception, connecting: bool, passes: bool) -> None:
    attempts = Attempts(method, QUICK)
    if passes:
        assert attempts.pause(error, 0.0, 0.5, connecting=connecting) > 0
    else:
        with pytest.raises((ConnectionLost, ServerError)):
            attempts.pause(error, 0.0, 0.5, connecting=connecting)


def test_the_spooler_says_when_and_patience_says_how_long() -> None:
    attempts = Attempts("submit", Patience(seconds=60.0))
    assert 3.0 <= attempts.pause(ServerError(BUSY), 100.0, 0.0) <= attempts.pause(ServerError(BUSY), 130.0, 0.99) < 3.8
    with pytest.raises(ServerError, match="bound"):
        attempts.pause(ServerError(BUSY), 160.0, 0.0)
    attempts.well()
    assert attempts.pause(ServerError(BUSY), 161.0, 0.0) == 3.0
    endless = Attempts("submit", Patience(seconds=None))
    assert all(endless.pause(OSError(), 1e6 * n, 0.9, connecting=True) <= 10.0 for n in range(50))


JOBS = st.lists(
    st.fixed_dictionaries(
        {"ticket": st.text(max_size=20)},
        optional={
            "photo": st.binary(max_size=400),
            "fields": st.dictionaries(st.text(max_size=9), st.text(max_size=30), max_size=4),
            "priority": st.integers(1, 100),
        },
    ),
    max_size=40,
)


@given(JOBS, st.integers(1, 9), st.integers(100, 900))
def test_messages_keep_their_bounds_and_lose_nothing(jobs: list[dict[str, Any]], most: int, size: int) -> None:
    batches = list(Batching(most, size).batches(jobs))
    assert list(itertools.chain(*batches)) == jobs
    for batch in batches:
        assert 1 <= len(batch) <= most
        packed = len(msgpack.packb(batch)) - 5
        assert packed <= sum(map(weigh, batch))
        assert sum(map(weigh, batch)) <= size or len(batch) == 1


def test_a_spoolers_own_limits_count() -> None:
    assert Batching(1000, 1 << 30).within({"jobs": 50, "message_bytes": 5000}) == Batching(50, 4936)
    assert Batching(10, 100).within({"jobs": 50, "message_bytes": 5000}) == Batching(10, 100)


@given(st.lists(st.sampled_from(["new", "known", "bad", "busy"]), min_size=1, max_size=20), st.data())
def test_a_job_told_to_come_back_is_sent_again_until_it_has_its_answer(kinds: list[str], data: st.DataObject) -> None:
    jobs = [{"ticket": str(n)} for n in range(len(kinds))]
    batch = Batch(jobs)
    busy = {n for n, kind in enumerate(kinds) if kind == "busy"}
    while sent := batch.open:
        answers: list[dict[str, Any]] = []
        waits: set[int] = set()
        for job in sent:
            n = int(job["ticket"])
            if n in busy:
                waits.add(n)
                answers.append({"error": {**BUSY, "retry_after_ms": n + 1}})
            elif kinds[n] == "bad":
                answers.append({"error": {"code": "bad-value", "message": "x"}})
            else:
                answers.append({"id": str(n), "repeat": kinds[n] == "known"})
        again = batch.answered(answers)
        assert (again.retry_after_ms if again else 0) == max((n + 1 for n in waits), default=0)
        busy -= data.draw(st.sets(st.sampled_from(sorted(busy)), min_size=1)) if busy else set()
    assert [job for job, _ in batch.results()] == jobs
    progress = Progress().after(answer for _, answer in batch.results())
    counts = (kinds.count("new") + kinds.count("busy"), kinds.count("known"), kinds.count("bad"))
    assert (progress.accepted, progress.known, progress.refused) == counts


# -- a real spooler --------------------------------------------------------------------------------------------


class Life:
    """A `spooler serve` that is killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = write_config(folder, 1)  # no printer answers
        self.address = f"unix:{folder / 's.sock'}"
        self._context: Any = None

    def begin(self) -> None:
        log = self.folder / "serve.log"
        self._context = process("serve", "--config", self.config, log=log)
        line(self._context.__enter__(), log)

    def kill(self) -> None:
        context, self._context = self._context, None
        if context is not None:
            context.__exit__(None, None, None)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    life = Life(tmp_path)
    life.begin()
    yield life
    life.kill()


def jobs_until(count: int, at: dict[int, Callable[[], None]]) -> Iterator[dict[str, Any]]:
    for n in range(count):
        if n in at:
            at[n]()
        yield selftest(f"T-{n}")


def stored(life: Life) -> list[str]:
    with connect(life.address, "tests") as client:
        page: list[dict[str, Any]] = client.call("jobs", {"limit": 1000})["jobs"]
    return [job["id"] for job in page]


async def test_a_spooler_killed_amid_a_submission_has_each_job_once(life: Life) -> None:
    lives = 0

    async def numbers() -> AsyncIterator[dict[str, Any]]:
        nonlocal lives
        for n in range(300):
            if n in (90, 200):  # with messages under way
                life.kill()
                lives += 1
            yield selftest(f"T-{n}")

    async def reviver() -> None:
        seen = 0
        while seen < 2:
            if lives > seen:
                seen = lives
                await trio.to_thread.run_sync(life.begin)
            await trio.lowlevel.checkpoint()

    async with open_lasting_client(life.address, "tests", patience=QUICK) as client, trio.open_nursery() as nursery:
        nursery.start_soon(reviver)
        async with client.submit_all(numbers(), batching=Batching(jobs=10)) as answers:
            got = {job["ticket"]: answer async for job, answer in answers}
        assert answers.progress == Progress(300, answers.progress.accepted, answers.progress.known, 0)
        assert answers.progress.accepted + answers.progress.known == 300
    assert len({answer["id"] for answer in got.values()}) == len(got) == 300
    assert sorted(stored(life)) == sorted(answer["id"] for answer in got.values())


async def test_jobs_are_stored_and_answered_in_the_callers_order(life: Life) -> None:
    async with open_lasting_client(life.address, "tests", patience=QUICK) as client:
        async with client.submit_all((selftest(f"T-{n}") for n in range(300)), batching=Batching(jobs=7)) as answers:
            pairs = [pair async for pair in answers]
    assert [job["ticket"] for job, _ in pairs] == [f"T-{n}" for n in range(300)]
    ids = [answer["id"] for _, answer in pairs]
    assert ids == sorted(ids)


def test_the_blocking_twin_too(life: Life) -> None:
    def restart() -> None:
        life.kill()
        life.begin()

    told: list[Progress] = []
    with connect_lasting(life.address, "tests", patience=QUICK) as client:
        jobs = jobs_until(120, {45: restart, 80: restart})
        pairs = list(client.submit_all(jobs, batching=Batching(jobs=20), on_progress=told.append))
        assert [job["ticket"] for job, _ in pairs] == [f"T-{n}" for n in range(120)]
        assert [progress.taken for progress in told] == [20, 40, 60, 80, 100, 120]
        assert told[-1].accepted == 120
    assert len(stored(life)) == 120


async def test_a_watch_misses_nothing_over_a_restart(life: Life) -> None:
    seen: list[str] = []
    async with open_lasting_client(life.address, "tests", patience=QUICK) as client:
        async with aclosing(client.watch(cursor="")) as notes:
            await client.submit([selftest("A")])
            async for note in notes:
                seen += [entry[4]["job"] for entry in note.params["entries"] if entry[3] == "submitted"]
                if len(seen) == 1 and "B" not in seen:
                    life.kill()
                    await trio.to_thread.run_sync(life.begin)
                    await client.submit([selftest("B"), selftest("C")])
                if len(seen) >= 3:
                    break
    assert len(seen) == len(set(seen)) == 3
    assert set(seen) == set(stored(life))


async def test_what_may_not_be_asked_twice_is_not() -> None:
    """A peer that hears each request and then is gone."""
    heard: list[str] = []

    async def peer(stream: trio.SocketStream) -> None:
        connection = Connection(Limits())
        async with stream:
            async for data in stream:
                for event in connection.receive_data(bytes(data)):
                    assert isinstance(event, Request)
                    if event.method != "hello":
                        heard.append(event.method)
                        return
                    await stream.send_all(connection.reply(event.msgid, {}))

    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, peer, [listener])
        address = f"tcp:127.0.0.1:{listener.socket.getsockname()[1]}"
        patience = Patience(seconds=0.2, backoff=QUICK.backoff)
        async with open_lasting_client(address, "tests", patience=patience) as client:
            with pytest.raises(ConnectionLost):
                await client.call("resolve", {"id": "0" * 16, "answer": "no-card"})
            assert heard == ["resolve"]
            with pytest.raises(ConnectionLost):
                await client.call("jobs")
            assert heard.count("jobs") > 1
        nursery.cancel_scope.cancel()


def test_nobody_there_is_said_after_the_patience(tmp_path: Path) -> None:
    with connect_lasting(f"unix:{tmp_path}/none", "tests", patience=Patience(seconds=0.05)) as client:
        with pytest.raises(OSError, match="No such file"):
            client.call("jobs")
    with pytest.raises(ValueError, match="address"), connect_lasting("here", "tests"):
        pass


async def test_memory_is_bounded_by_messages_not_by_jobs(life: Life) -> None:
    """A caller that takes no answers stops the reading of its own jobs."""
    taken = 0

    def jobs() -> Iterator[dict[str, Any]]:
        nonlocal taken
        for n in range(1000):
            taken += 1
            yield selftest(f"T-{n}")

    async with open_lasting_client(life.address, "tests", patience=QUICK) as client:
        async with client.submit_all(jobs(), batching=Batching(jobs=5)) as answers:
            job, answer = await anext(answers)
            await trio.testing.wait_all_tasks_blocked(0.05)
            assert taken <= 5 * 7
            assert (job["ticket"], answer["state"]) == ("T-0", "pending")


async def test_an_error_of_the_callers_jobs_comes_out_as_it_was(life: Life) -> None:
    def jobs() -> Iterator[dict[str, Any]]:
        yield selftest("T-0")
        raise LookupError("the register is closed")

    async with open_lasting_client(life.address, "tests", patience=QUICK) as client:
        with pytest.raises(LookupError, match="register"):  # noqa: PT012 - where in the block it comes out is the matter
            async with client.submit_all(jobs()) as answers:
                async for _ in answers:
                    pass
