"""A client one version older keeps working: it sends the bytes that it always sent, and understands the answers."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import msgpack
import pytest
import trio

from running import NOBODY, SetClock, selftest, write_config
from spooler.client import ServerError, open_client
from spooler.config import load
from spooler.daemon import serve
from spooler.wire import METHODS, OLDEST, VERSIONS, agree
from spooler.wire.methods import COMMON

RECORDED = json.loads((Path(__file__).parent / "data" / "protocol" / "1.json").read_text())
NOW = 1_764_000_000_000
#: What differs from one run to the next.
OF_THE_RUN = frozenset({"id", "submitted_ms", "changed_ms", "release", "message", "expected_ms", "bound_ms", "number"})


def same(then: Any, now: Any, path: str = "") -> None:
    """All that a client found then it finds now, where it found it; there may be more keys, and higher limits."""
    key = path.rpartition(".")[2]
    if isinstance(then, dict):
        assert isinstance(now, dict), path
        assert then.keys() <= now.keys(), path
        for name, value in then.items():
            same(value, now[name], f"{path}.{name}")
    elif isinstance(then, list) and key != "rights":
        assert isinstance(now, list), path
        assert len(then) == len(now), path
        for index, (old, new) in enumerate(zip(then, now, strict=True)):
            same(old, new, f"{path}[{index}]")
    elif ".limits." in path:
        assert now >= then, path
    elif key in OF_THE_RUN or key == "next":
        assert type(now) is type(then), path
    else:
        assert now == then, path


async def test_the_recorded_conversation_goes_as_it_went(tmp_path: Path) -> None:
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        addresses = await nursery.start(partial(serve, load(write_config(tmp_path, NOBODY)), stop=stop))
        async with await trio.open_unix_socket(str(addresses.socket)) as stream:
            for said in RECORDED:
                await stream.send_all(bytes.fromhex(said["request"]))
                unpacker, replies = msgpack.Unpacker(), []
                with trio.fail_after(20):
                    while not replies:
                        unpacker.feed(await stream.receive_some())
                        replies = list(unpacker)
                then = msgpack.unpackb(bytes.fromhex(said["reply"]))
                same(then, replies[0], said["method"])
        stop.set()


@pytest.mark.parametrize(
    ("offered", "agreed"), [([1], 1), ([2], 2), ([1, 2], 2), ([2, 1], 2), ([2, 3], 2), ([3], None), ([0, -1], None)]
)
def test_the_newest_that_both_speak_is_agreed_on(offered: list[int], agreed: int | None) -> None:
    assert agree(offered) == agreed


def test_what_is_newer_says_so_in_the_document() -> None:
    page = (Path(__file__).parents[1] / "docs" / "protocol.md").read_text()
    newer = [p for method in METHODS.values() for p in method.params if p.since > OLDEST]
    for param in newer:
        assert f"| `{param.name}` | " in page
        row = next(line for line in page.splitlines() if line.startswith(f"| `{param.name}` |") and "**2**" in line)
        assert f"**{param.since}**" in row
    assert all(param.since in VERSIONS for param in (*newer, *COMMON))


async def test_a_request_whose_deadline_has_passed_is_not_begun(tmp_path: Path) -> None:
    stop, clock = trio.Event(), SetClock(NOW)
    async with trio.open_nursery() as nursery:
        config = load(write_config(tmp_path, NOBODY))
        addresses = await nursery.start(partial(serve, config, stop=stop, clock=clock))
        async with open_client(f"unix:{addresses.socket}", application="tests") as client:
            assert client.server["version"] == VERSIONS[-1]
            job = selftest("a")
            for method, params in (("submit", {"jobs": [job]}), ("jobs", {}), ("job", {"ticket": "a"})):
                with pytest.raises(ServerError) as caught:
                    await client.call(method, params | {"deadline_ms": NOW - 1})
                assert (caught.value.code, caught.value.field) == ("expired", "deadline_ms")
            assert (await client.call("jobs", {"deadline_ms": NOW}))["jobs"] == []
            (answer,) = await client.call("submit", {"jobs": [job], "deadline_ms": NOW})
            assert answer["state"] == "pending"
            with pytest.raises(ServerError) as caught:
                await client.call("jobs", {"deadline_ms": "soon"})
            assert caught.value.code == "wrong-type"
        stop.set()


async def test_jobs_are_found_by_what_they_are(tmp_path: Path) -> None:
    stop, clock = trio.Event(), SetClock(NOW)
    async with trio.open_nursery() as nursery:
        config = load(write_config(tmp_path, NOBODY))
        addresses = await nursery.start(partial(serve, config, stop=stop, clock=clock))
        async with open_client(f"unix:{addresses.socket}", application="tests") as client:
            ids = []
            for n in range(6):
                place = {"site": None, "printer": "SGL-1"} if n == 3 else {}
                (answer,) = await client.submit([selftest(f"t{n}", **place)])
                ids.append(answer["id"])
                clock.ms += 1000
            await client.call("hold", {"id": ids[1]})
            await client.call("cancel", {"id": ids[2]})

            async def found(**which: Any) -> list[int]:
                numbers, after = [], None
                while True:
                    page = await client.call("jobs", which | {"after": after, "limit": 2})
                    numbers += [ids.index(job["id"]) for job in page["jobs"]]
                    if (after := page["next"]) is None:
                        return numbers

            assert await found(states=["canceled", "pending-held"]) == [1, 2]
            assert await found(states=["pending", "canceled"], since_ms=NOW + 2000) == [2, 3, 4, 5]
            assert await found(kind="selftest", site="21.71.11") == [0, 1, 2, 3, 4, 5]
            assert await found(kind="ktp") == []
            assert await found(printer="SGL-1") == [3]
            assert await found(submitter="kantor", state="canceled") == [2]
            assert await found(submitter="somebody") == []
            assert await found(since_ms=NOW + 5000) == [5]
            assert await found(since_ms=NOW + 5001) == []
            for wrong, field in (
                ({"states": ["printed"]}, "states[0]"), ({"states": ["pending"], "state": "pending"}, "states"),
                ({"states": []}, "states"),
            ):  # fmt: skip
                with pytest.raises(ServerError) as caught:
                    await client.call("jobs", wrong)
                assert caught.value.field == field
        stop.set()


async def test_a_page_looks_at_a_bounded_number_of_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spooler.daemon.job_pages.MOST_LOOKED_AT", 6)
    monkeypatch.setattr("spooler.daemon.job_pages._AT_A_TIME", 3)
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        addresses = await nursery.start(partial(serve, load(write_config(tmp_path, NOBODY)), stop=stop))
        async with open_client(f"unix:{addresses.socket}", application="tests") as client:
            answers = await client.submit([selftest(f"t{n}") for n in range(8)])
            page = await client.call("jobs", {"kind": "ktp"})
            assert (page["jobs"], page["next"]) == ([], answers[5]["id"])
            assert await client.call("jobs", {"kind": "ktp", "after": page["next"]}) == {"jobs": [], "next": None}
        stop.set()
