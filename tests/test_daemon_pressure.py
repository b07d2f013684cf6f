"""Back-pressure over real sockets: what is turned away, when it comes in again, and that nobody is held up."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgpack
import pytest
import trio
import trio.testing
from attrs import evolve

from running import NOBODY, cards, ktp, printing_city, secret_file, selftest, write_config
from spooler.client import AsyncClient, Patience, open_client, open_lasting_client
from spooler.config import LimitsConfig, load
from spooler.daemon import Addresses, serve
from spooler.daemon.session import Session
from spooler.wire import Connection, Limits
from spooler.wire.limits import CONFIGURED
from test_daemon_server import HELLO, receive, request

SITE = "21.71.11"
SMALL = evolve(
    LimitsConfig(), queued_jobs=10, low_mark_percent=50, urgent_priority=90, urgent_reserve_percent=20,
    retry_after_max_seconds=1,
)  # fmt: skip


@asynccontextmanager
async def serving(folder: Path, limits: LimitsConfig, *extra: str) -> AsyncIterator[Addresses]:
    """A spooler whose printer does not answer: only cancelling drains it."""
    config = evolve(load(write_config(folder, NOBODY, *extra)), limits=limits)
    stop = trio.Event()
    async with trio.open_nursery() as spooler:
        yield await spooler.start(partial(serve, config, stop=stop))
        stop.set()


@asynccontextmanager
async def office(folder: Path, limits: LimitsConfig = SMALL) -> AsyncIterator[AsyncClient]:
    async with serving(folder, limits) as addresses, open_client(f"unix:{addresses.socket}", "tests") as client:
        yield client


def codes(answers: Sequence[dict[str, Any]]) -> list[str]:
    return [answer["error"]["code"] if "error" in answer else answer["state"] for answer in answers]


def meter(stats: dict[str, Any], limit: str, of: str | None = None) -> dict[str, Any]:
    (found,) = [meter for meter in stats["meters"] if (meter["limit"], meter["of"]) == (limit, of)]
    return dict(found)


def used(stats: dict[str, Any]) -> dict[str, int]:
    return {bound["limit"]: bound["used"] for bound in stats["bounds"]}


async def test_of_a_list_what_fits_is_taken_in_order_and_the_rest_told_when_to_come(tmp_path: Path) -> None:
    async with office(tmp_path) as client:
        answers = await client.submit([selftest(f"{n}") for n in range(13)])
        assert codes(answers) == ["pending"] * 10 + ["busy"] * 3
        assert answers[10]["error"] == {
            "code": "busy", "message": answers[10]["error"]["message"], "field": "jobs[10]", "retry_after_ms": 1000,
            "details": {"limit": "queued_jobs", "most": 10},
        }  # fmt: skip
        assert "queued_jobs" in answers[10]["error"]["message"]
        jobs = (await client.call("jobs", {"limit": 100}))["jobs"]
        assert [job["id"] for job in jobs] == [answer["id"] for answer in answers[:10]], "nothing of the rest is stored"


async def test_a_known_ticket_gets_its_first_answer_however_full_it_is(tmp_path: Path) -> None:
    async with office(tmp_path) as client:
        first = await client.submit([selftest(f"{n}") for n in range(10)])
        for full in (False, True):
            again = await client.submit([selftest("new"), *(selftest(f"{n}") for n in range(10))], full=full)
            assert codes(again) == ["busy"] + ["pending"] * 10
            assert [answer["id"] for answer in again[1:]] == [answer["id"] for answer in first]
            assert all(answer["repeat"] for answer in again[1:])
        other = selftest("3") | {"fields": {"title": "LAIN"}}
        assert codes(await client.submit([other])) == ["conflict"]


async def test_who_only_repeats_shuts_the_door_for_nobody(tmp_path: Path) -> None:
    """A client that sends its last batch again after a broken line brings nothing new."""
    async with office(tmp_path) as client:
        batch = [selftest(f"{n}") for n in range(6)]
        first = await client.submit(batch)
        again = await client.submit(batch)
        assert [answer["id"] for answer in again] == [answer["id"] for answer in first]
        assert not meter(await client.call("stats"), "queued_jobs")["pushing"]
        assert codes(await client.submit([selftest("new")])) == ["pending"]


async def test_urgent_jobs_have_a_reserve_and_the_door_opens_again_at_the_low_mark(tmp_path: Path) -> None:
    async with office(tmp_path) as client:
        taken = await client.submit([selftest(f"{n}") for n in range(11)])
        assert codes(taken)[-1] == "busy"
        urgent = await client.submit([selftest(f"u{n}", priority=90) for n in range(3)])
        assert codes(urgent) == ["pending", "pending", "busy"]
        assert codes(await client.submit([selftest("below", priority=89)])) == ["busy"]
        ids = [answer["id"] for answer in (*taken, *urgent) if "id" in answer]
        for left in range(11, 4, -1):
            await client.call("cancel", {"id": ids.pop()})
            found = meter(await client.call("stats"), "queued_jobs")
            assert (found["level"], found["pushing"]) == (left, left > 5)
            assert codes(await client.submit([selftest(f"try {left}")])) == ["busy" if left > 5 else "pending"]
            if left == 5:
                break
        assert codes(await client.submit([selftest(f"more {n}") for n in range(5)])) == ["pending"] * 4 + ["busy"]


async def test_each_submitter_and_each_site_has_a_bound_of_its_own(tmp_path: Path) -> None:
    secret_file(tmp_path / "sekolah.token", "token-sekolah-0123456789")
    school = ["[[principal]]", 'name = "sekolah"', 'rights = ["submit"]', 'token_file = "sekolah.token"']
    limits = evolve(SMALL, queued_jobs=100, queued_jobs_per_submitter=10, queued_jobs_per_site=15)
    async with serving(tmp_path, limits, *school) as addresses:
        address = f"unix:{addresses.socket}"
        async with (
            open_client(address, "tests") as counter,
            open_client(address, "tests", token="token-sekolah-0123456789") as batch,
        ):
            answers = await batch.submit([selftest(f"{n}") for n in range(12)])
            assert codes(answers) == ["pending"] * 10 + ["busy"] * 2
            assert answers[-1]["error"]["details"]["limit"] == "queued_jobs_per_submitter"
            answers = await counter.submit([selftest(f"{n}") for n in range(6)])
            assert codes(answers) == ["pending"] * 5 + ["busy"], "the school's fill is not the counter's"
            assert answers[-1]["error"]["details"]["limit"] == "queued_jobs_per_site"
            stats = await counter.call("stats")
            assert meter(stats, "queued_jobs_per_submitter", "sekolah")["level"] == 10
            assert meter(stats, "queued_jobs_per_site", SITE)["level"] == 15


async def test_bytes_are_bounded_too(tmp_path: Path) -> None:
    async with office(tmp_path, evolve(SMALL, queued_jobs=100, spool_bytes=200_000)) as client:
        answers = await client.submit([ktp(n) for n in range(10)])
        assert "busy" in codes(answers)
        assert {a["error"]["details"]["limit"] for a in answers if "error" in a} == {"spool_bytes"}
        found = meter(await client.call("stats"), "spool_bytes")
        assert 100_000 < found["level"] <= 200_500, "what sealing adds is not asked for"
        assert found["coming"] == 0


async def test_what_waits_is_counted_from_the_first_moment_of_the_next_start(tmp_path: Path) -> None:
    async with office(tmp_path) as client:
        await client.submit([selftest(f"{n}") for n in range(10)])
    async with office(tmp_path) as client:
        assert codes(await client.submit([selftest("new"), selftest("0")])) == ["busy", "pending"]


async def test_a_lasting_client_waits_as_told_and_sends_only_what_was_turned_away(tmp_path: Path) -> None:
    async with serving(tmp_path, SMALL) as addresses:
        address = f"unix:{addresses.socket}"
        answers: list[dict[str, Any]] = []

        async def submit() -> None:
            async with open_lasting_client(address, "tests", patience=Patience(20)) as client:
                answers.extend(await client.submit([selftest(f"{n}") for n in range(14)]))

        with trio.fail_after(20):
            async with open_client(address, "tests") as other, trio.open_nursery() as nursery:
                nursery.start_soon(submit)
                while meter(await other.call("stats"), "queued_jobs")["level"] < 10:
                    await trio.testing.wait_all_tasks_blocked()
                for job in (await other.call("jobs", {"limit": 6}))["jobs"]:
                    await other.call("cancel", {"id": job["id"]})
        assert codes(answers) == ["pending"] * 14
        assert not any(answer["repeat"] for answer in answers)


# -- windows ---------------------------------------------------------------------------------------------------------


async def test_all_windows_together_are_bounded_and_each_connection_keeps_its_share(tmp_path: Path) -> None:
    limits = evolve(SMALL, unanswered_in_total=6)
    async with serving(tmp_path, limits) as addresses:
        async with open_client(f"unix:{addresses.socket}", "tests") as client:
            (answer,) = await client.submit([selftest("a")])
            async with await trio.open_unix_socket(str(addresses.socket)) as stream:
                await stream.send_all(HELLO)
                await receive(stream, 1)
                for n in range(2, 9):  # each is a read of its own
                    await stream.send_all(request(n, "job", id=answer["id"], wait_ms=60_000))
                    await trio.testing.wait_all_tasks_blocked(0.02)
                stats = await client.call("stats")
                assert used(stats)["unanswered_in_total"] == 3 + 1, "an equal share of the six, and this question"
                assert codes(await client.submit([selftest("b")])) == ["pending"]
                await client.call("cancel", {"id": answer["id"]})
                assert sorted(reply[1] for reply in await receive(stream, 7)) == list(range(2, 9))


async def test_who_comes_back_before_his_time_is_read_from_later_and_who_waits_is_not(
    autojump_clock: trio.testing.MockClock,
) -> None:
    session = Session(Connection(Limits()), None)

    async def until_read() -> float:
        begun = trio.current_time()
        await session.room(lambda: (1, 1))
        return trio.current_time() - begun

    async def told(ms: int) -> float:
        """A submission comes and is turned away; seconds until the next bytes are read."""
        session.turned_away(ms, trio.current_time())
        return await until_read()

    assert await told(60_000) == 0, "nobody had told him anything"
    assert await told(60_000) == 0, "it may have been on its way"
    await trio.sleep(1)
    assert [await told(60_000) for _ in range(5)] == [1, 2, 4, 8, 8]
    await trio.sleep(60)
    assert await told(500) == 0, "he came when he was told"
    await trio.sleep(0.3)
    session.turned_away(0, trio.current_time())
    assert await until_read() == pytest.approx(0.2), "never longer than he was told"


# -- watchers --------------------------------------------------------------------------------------------------------


async def test_a_watcher_that_does_not_read_is_told_of_the_gap_and_misses_nothing(tmp_path: Path) -> None:
    limits = evolve(LimitsConfig(), watch_tail=512)
    async with serving(tmp_path, limits) as addresses:
        address = f"unix:{addresses.socket}"
        async with (
            await trio.open_unix_socket(str(addresses.socket)) as stream,
            open_client(address, "tests") as client,
        ):
            await stream.send_all(HELLO + request(2, "watch", cursor=""))
            await receive(stream, 2)
            beside: list[Any] = []
            async with client.watch(cursor="") as notes:
                for n in range(40):
                    await client.submit([selftest(f"{n}-{i}") for i in range(100)])
                    while len(beside) < 1 + (n + 1) * 100:  # the press has attached, too
                        with trio.fail_after(5):
                            beside += (await anext(notes)).params["entries"]
            assert used(await client.call("stats"))["watch_tail"] == 512
            entries: list[Any] = []
            gaps = 0
            unpacker = msgpack.Unpacker()
            while len(entries) < len(beside):
                with trio.fail_after(5):
                    note = await next_note(stream, unpacker)
                if note[1] == "gap":
                    gaps += 1
                    await stream.send_all(request(3, "watch", cursor=note[2][0]["cursor"]))
                else:
                    entries += note[2][0]["entries"]
            assert gaps >= 1
            assert [entry[1] for entry in entries] == [entry[1] for entry in beside]


# -- stats -----------------------------------------------------------------------------------------------------------


async def test_every_limit_is_told_at_hello_or_seen_in_use(tmp_path: Path) -> None:
    async with office(tmp_path) as client:
        stats = await client.call("stats")
        seen = {found["limit"] for found in (*stats["meters"], *stats["bounds"])}
        keys = {attribute.name for attribute in LimitsConfig.__attrs_attrs__}  # type: ignore[misc]
        told = set(client.server["limits"]) & keys
        assert told == set(CONFIGURED)
        assert seen | told == keys
        assert keys - seen == {
            "low_mark_percent", "urgent_priority", "urgent_reserve_percent", "retry_after_max_seconds"
        }, "these are no levels"  # fmt: skip


async def test_a_principal_of_some_sites_sees_those(tmp_path: Path) -> None:
    secret_file(tmp_path / "token", "token-bulang-0123456789")
    one = ["[[principal]]", 'name = "bulang"', 'rights = ["watch"]', 'sites = ["21.71.05"]', 'token_file = "token"']
    async with serving(tmp_path, SMALL, *one) as addresses:
        address = f"unix:{addresses.socket}"
        async with open_client(address, "tests") as all_sites:
            await all_sites.submit([selftest("a")])
            stats = await all_sites.call("stats")
            assert {site["code"]: site["jobs"] for site in stats["sites"]} == {SITE: {"pending": 1}, "21.71.05": {}}
            assert meter(stats, "queued_jobs_per_submitter", "kantor")["level"] == 1
            assert stats["writer"]["commands"] >= stats["writer"]["transactions"] >= 1
        async with open_client(address, "tests", token="token-bulang-0123456789") as some:
            stats = await some.call("stats")
            assert [site["code"] for site in stats["sites"]] == ["21.71.05"]
            assert {found["of"] for found in stats["meters"]} == {None, "21.71.05", "bulang"}


# -- a flood ---------------------------------------------------------------------------------------------------------


async def test_in_a_flood_the_marks_hold_cards_come_out_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """Forty rude clients, who come back at once whatever they are told, beside one printer and one counter."""
    limits = ["queued_jobs = 60", "low_mark_percent = 90", "urgent_reserve_percent = 50", "unanswered_in_total = 400"]
    known: list[str] = []
    levels: list[int] = []
    turned_away = 0
    async with printing_city(tmp_path, "[limits]", *limits, dwell_seconds=0.02) as (client, printer):
        address = f"unix:{tmp_path / 's.sock'}"

        async def flood(source: int) -> None:
            nonlocal turned_away
            async with open_client(address, "flood") as rude:
                n = 0
                while True:
                    for answer in await rude.submit([selftest(f"{source}-{n + i}") for i in range(10)]):
                        if "id" in answer:
                            known.append(answer["id"])
                        else:
                            assert answer["error"]["code"] == "busy"
                            turned_away += 1
                    n += 10

        async with trio.open_nursery() as nursery:
            for source in range(40):
                nursery.start_soon(flood, source)
            with trio.fail_after(60):
                for n in range(20):
                    (answer,) = await client.submit([selftest(f"urgent {n}", priority=95)])
                    assert "error" not in answer, answer
                    known.append(answer["id"])
                    stats = await client.call("stats")
                    found = meter(stats, "queued_jobs")
                    levels.append(found["level"] + found["coming"])
                    assert used(stats)["unanswered_in_total"] <= 400
                    assert stats["writer"]["waiting"] <= 400
                while len(cards(printer)) < 5:
                    await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        assert max(levels) <= 60 + 30
        assert turned_away > 500
        for job in known:
            assert (await client.job(id=job))["id"] == job


async def next_note(stream: trio.SocketStream, unpacker: msgpack.Unpacker) -> list[Any]:
    """The next notification; replies before it are passed over."""
    while True:
        for message in unpacker:
            if message[0] == 2:
                return list(message)
        unpacker.feed(await stream.receive_some())
