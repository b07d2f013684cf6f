"""Groups in one message: thousands of jobs, each answered, and nobody else waits for the last of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgpack
import pytest
import trio

from running import NOBODY, SITE, ktp, selftest, write_config
from spooler.client import AsyncClient, Batching, ServerError, connect_lasting, open_client
from spooler.config import load
from spooler.daemon import Addresses, serve
from spooler.daemon.session import Session
from spooler.daemon.shipments import STEP, Shipments
from spooler.model.commands import Command
from spooler.model.problem import Problem
from spooler.model.site import Principal
from spooler.store.contract import StoreDeadError, StoreError
from spooler.wire import Connection, Limits
from store_contract import selftest as command
from workshop import hurry

LIMITS = Limits()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Addresses]:
    stop = trio.Event()
    async with trio.open_nursery() as spooler:
        yield await spooler.start(partial(serve, load(write_config(folder, NOBODY)), stop=stop))
        stop.set()


@asynccontextmanager
async def client_of(folder: Path) -> AsyncIterator[AsyncClient]:
    async with serving(folder) as addresses, open_client(f"unix:{addresses.socket}", application="tests") as client:
        yield client


def kilobyte(ticket: str, **more: Any) -> dict[str, Any]:
    """A selftest that takes 1 kB in a message."""
    job = selftest(ticket, **more)
    job["fields"] |= {f"line_{n}": "x" * 90 for n in range(2, 9)} | {"note": ""}
    job["fields"]["note"] = "y" * (1000 - len(msgpack.packb(job)))
    return job


async def pages(client: AsyncClient, **which: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = await client.call("jobs", which | {"after": after, "limit": 1000})
        found += page["jobs"]
        if (after := page["next"]) is None:
            return found


async def test_five_thousand_jobs_in_one_message_are_each_answered(tmp_path: Path) -> None:
    jobs = [kilobyte(f"t{n:05}", group="sekolah-1") for n in range(LIMITS.max_jobs)]
    jobs[17] = kilobyte("t00017", kind="nonsense")
    jobs[4711] = kilobyte("t00042", priority=51)  # a ticket of a step before
    async with client_of(tmp_path) as client:
        answers = await client.submit(jobs)
        assert len(answers) == len(jobs)
        bad = {n: answer["error"] for n, answer in enumerate(answers) if "error" in answer}
        assert {n: (error["code"], error["field"]) for n, error in bad.items()} == {
            17: ("unknown-kind", "jobs[17].kind"),
            4711: ("conflict", "jobs[4711].ticket"),
        }
        ids = [answer["id"] for answer in answers if "id" in answer]
        stored = await pages(client, group="sekolah-1")
        assert [job["id"] for job in stored] == ids  # all of them, in the order in which they came
        again = await client.submit(jobs)
        assert [answer.get("id") for answer in again] == [answer.get("id") for answer in answers]
        assert all(answer["repeat"] for answer in again if "id" in answer)


async def test_three_hundred_jobs_with_photos_go_in_one_message(tmp_path: Path) -> None:
    photo = ktp(1)["photo"]
    photo = photo[:2] + b"\xff\xfe" + (39_998 - len(photo)).to_bytes(2) + bytes(39_996 - len(photo)) + photo[2:]
    assert len(photo) == 40_000
    jobs = [ktp(n, photo=photo) for n in range(1, 301)]
    async with client_of(tmp_path) as client:
        answers = await client.submit(jobs)
        assert [answer["state"] for answer in answers if "id" in answer] == ["pending"] * 300
        assert len(await pages(client, site=SITE)) == 300


async def test_one_job_too_many_is_told_the_limit_and_the_connection_stays(tmp_path: Path) -> None:
    async with client_of(tmp_path) as client:
        assert client.server["limits"]["jobs"] == LIMITS.max_jobs
        with pytest.raises(ServerError) as refused:
            await client.submit([selftest(f"t{n}") for n in range(LIMITS.max_jobs + 1)])
        assert refused.value.code == "too-large"
        assert "5000 elements" in refused.value.message
        assert (await client.submit([selftest("good")]))[0]["state"] == "pending"


async def test_a_lone_job_is_answered_while_a_school_is_being_stored(tmp_path: Path) -> None:
    async with serving(tmp_path) as addresses, trio.open_nursery() as nursery:
        address = f"unix:{addresses.socket}"
        async with (
            open_client(address, application="school") as school,
            open_client(address, application="counter") as counter,
            open_client(address, application="watcher") as watcher,
        ):
            ended = trio.Event()

            async def send() -> None:
                answers = await school.submit([kilobyte(f"s{n}") for n in range(LIMITS.max_jobs)])
                assert all("id" in answer for answer in answers)
                ended.set()

            async with watcher.watch() as notes:
                nursery.start_soon(send)
                await anext(notes)  # the first step is stored
                (answer,) = await counter.submit([selftest("lone")])
                assert answer["state"] == "pending"
                assert not ended.is_set()
                # of the school no more had gone before it than the steps that were under way
                assert len([job for job in await pages(counter) if job["id"] < answer["id"]]) < LIMITS.max_jobs - STEP
            await ended.wait()


async def test_submissions_of_one_connection_stay_in_their_order(tmp_path: Path) -> None:
    async with serving(tmp_path) as addresses, await trio.open_unix_socket(str(addresses.socket)) as stream:
        calls: list[tuple[str, dict[str, Any]]] = [("hello", {"application": "tests", "versions": [1]})]
        for n, size in enumerate((1, STEP + 1, 1, 2 * STEP, 1)):
            calls.append(("submit", {"jobs": [selftest(f"m{n}-{i}") for i in range(size)]}))
        data = b"".join(msgpack.packb([0, n, method, [params]]) for n, (method, params) in enumerate(calls))
        replies: dict[int, Any] = {}
        unpacker = msgpack.Unpacker()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stream.send_all, data)
            while len(replies) < len(calls):
                unpacker.feed(await stream.receive_some())
                replies |= {message[1]: message[3] for message in unpacker}
    ids = [answer["id"] for n in range(1, len(calls)) for answer in replies[n]]
    assert ids == sorted(ids)


def test_an_iterators_messages_keep_to_the_limits_of_hello() -> None:
    told = LIMITS.as_wire()
    batching = Batching(jobs=10**6, size=10**9, values=10**9).within(told)
    small = [selftest(f"t{n}") for n in range(told["jobs"] + 1)]
    assert [len(batch) for batch in batching.batches(small)] == [told["jobs"], 1]
    for jobs in (
        [selftest(f"t{n}") | {"fields": {f"line_{i}": "" for i in range(200)}} for n in range(2000)],
        [ktp(1) | {"photo": bytes(1 << 20)}] * 40,
    ):
        sizes = []
        for batch in batching.batches(jobs):
            sizes.append(len(batch))
            packed = msgpack.packb([0, 2**32 - 1, "submit", [{"jobs": batch, "check": "full"}]])
            assert len(packed) <= told["message_bytes"]
            values = sum(len(job) + 1 + len(job["fields"]) + 1 for job in batch)
            assert values + 12 <= told["message_values"]
        assert sum(sizes) == len(jobs)
        assert max(sizes) > 1


async def test_a_lasting_client_sends_a_school_in_few_messages(tmp_path: Path) -> None:
    async with serving(tmp_path) as addresses:
        address = f"unix:{addresses.socket}"

        def send() -> list[Any]:
            with connect_lasting(address, application="school") as client:
                wide = Batching(jobs=10**6, size=10**9)
                return list(client.submit_all((selftest(f"t{n}") for n in range(6000)), batching=wide))

        pairs = await trio.to_thread.run_sync(send)
    assert [job["ticket"] for job, _ in pairs] == [f"t{n}" for n in range(6000)]
    assert all("id" in answer for _, answer in pairs)


# -- a disk that refuses in the middle ---------------------------------------------------------------------------


class _Judge:
    def judge(self, raw_jobs: list[Any], principal: Principal, first: int = 0) -> list[Problem]:
        return [Problem("bad-value", "no", "x").at(f"jobs[{first + n}]") for n in range(len(raw_jobs))]


class _Refusing:
    """The way to a writer that takes `good` posts and refuses the rest."""

    def __init__(self, good: int, error: StoreError) -> None:
        self.good, self.error = good, error

    def is_urgent(self, judged: list[Any]) -> bool:
        return False

    def post(self, session: object, commands: list[Command], done: Any, *, urgent: bool) -> None:
        self.good -= 1
        done(self.error if self.good < 0 else [Problem("conflict", "taken", "ticket") for _ in commands])


async def shipped(good: int, error: StoreError, judged: list[Any]) -> list[dict[str, Any]]:
    told = Problem("spool-full", "full", retry_after_ms=5)
    session = Session(Connection(LIMITS), None)
    shipments = Shipments(_Judge(), _Refusing(good, error), lambda _: told)  # type: ignore[arg-type]
    return await shipments.store(session, judged)


async def test_where_the_disk_refuses_in_the_middle_each_job_is_told_its_own() -> None:
    judged = [command(f"t{n}") for n in range(3 * STEP)]
    full = StoreError("full", full=True)
    answers = await shipped(2, full, judged)
    assert [answer["error"]["code"] for answer in answers] == ["conflict"] * 2 * STEP + ["spool-full"] * STEP
    assert answers[STEP + 3]["error"]["field"] == f"jobs[{STEP + 3}].ticket"
    assert answers[-1]["error"]["retry_after_ms"] == 5
    with pytest.raises(StoreError):
        await shipped(0, full, judged)
    with pytest.raises(StoreDeadError):
        await shipped(2, StoreDeadError("dead"), judged)
