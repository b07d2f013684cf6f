"""The server over real sockets: who may, how much at once, and what a watcher misses (nothing)."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgpack
import pytest
import trio
import trio.testing

from running import CONFIG, NOBODY, cards, line, process, selftest, write_config
from spooler.client import AsyncClient, BlockingClient, ConnectionLost, ServerError, connect, open_client
from spooler.config import load
from spooler.daemon import Addresses, serve, server
from workshop import hurry, workshop

TOKENS = {"loket": "token-loket-0123456789", "sekolah": "token-sekolah-0123456789"}
OFFICES = """
[[principal]]
name = "loket"
rights = ["submit"]
token_file = "loket.token"
priority_cap = 60

[[principal]]
name = "sekolah"
rights = ["submit"]
token_file = "sekolah.token"
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


def office(folder: Path, *extra: str, mode: int = 0o600) -> Path:
    """A config with TCP and two principals that come with tokens; its printer does not answer."""
    for name, token in TOKENS.items():
        path = folder / f"{name}.token"
        path.write_text(token + "\n")
        path.chmod(mode)
    path = write_config(folder, NOBODY, OFFICES, *extra)
    path.write_text(path.read_text().replace("[spool]", '[spool]\ntcp = "127.0.0.1:0"', 1))
    return path


@asynccontextmanager
async def serving(config: Path) -> AsyncIterator[Addresses]:
    stop = trio.Event()
    async with trio.open_nursery() as spooler:
        yield await spooler.start(partial(serve, load(config), stop=stop))
        stop.set()


def tcp(addresses: Addresses) -> str:
    assert addresses.tcp is not None
    return f"tcp:{addresses.tcp[0]}:{addresses.tcp[1]}"


def request(msgid: int, method: str, **params: Any) -> bytes:
    packed: bytes = msgpack.packb([0, msgid, method, [params]])
    return packed


HELLO = request(1, "hello", application="tests", versions=[1])


async def receive(stream: trio.SocketStream, count: int) -> list[list[Any]]:
    """The next `count` messages."""
    unpacker, messages = msgpack.Unpacker(), []
    with trio.fail_after(20):
        while len(messages) < count:
            data = await stream.receive_some()
            assert data, messages
            unpacker.feed(data)
            messages += list(unpacker)
    return messages


# -- who may -------------------------------------------------------------------------------------------------------


async def test_over_tcp_a_token_says_who_one_is(tmp_path: Path) -> None:
    async with serving(office(tmp_path)) as addresses:
        async with open_client(tcp(addresses), "tests", TOKENS["loket"]) as client:
            assert (client.server["principal"], client.server["rights"]) == ("loket", ["submit"])
            for method in ("printers", "sites", "watch"):
                with pytest.raises(ServerError) as caught:
                    await client.call(method, {})
                assert caught.value.code == "forbidden"
        async with open_client(tcp(addresses), "tests") as client:
            assert (client.server["principal"], client.server["rights"]) == (None, [])
            with pytest.raises(ServerError) as caught:
                await client.submit([selftest("a")])
            assert caught.value.code == "unauthorised"
        for token in ("token-nobody-0123456789", "", "é" * 30):
            with pytest.raises(ServerError) as caught:
                async with open_client(tcp(addresses), "tests", token):
                    pass
            assert (caught.value.code, caught.value.field) == ("unauthorised", "token")
            assert not token or token not in str(caught.value)


async def test_a_unix_user_whom_no_principal_names_may_nothing(tmp_path: Path) -> None:
    config = write_config(tmp_path, NOBODY)
    config.write_text(CONFIG.format(port=NOBODY).replace("@owner", str(os.getuid() + 1)))
    async with serving(config) as addresses, open_client(f"unix:{addresses.socket}", "tests") as client:
        assert client.server["principal"] is None
        with pytest.raises(ServerError) as caught:
            await client.call("jobs", {})
        assert caught.value.code == "unauthorised"


async def test_each_principal_has_its_own_tickets_and_sees_its_own_jobs(tmp_path: Path) -> None:
    async with serving(office(tmp_path)) as addresses:
        async with (
            open_client(tcp(addresses), "tests", TOKENS["loket"]) as loket,
            open_client(tcp(addresses), "tests", TOKENS["sekolah"]) as sekolah,
            open_client(f"unix:{addresses.socket}", "tests") as kantor,
        ):
            clients = (loket, sekolah, kantor)
            ids = [(await client.submit([selftest("same")]))[0]["id"] for client in clients]
            assert len(set(ids)) == 3
            for client, own in zip(clients, ids, strict=True):
                assert (await client.job(ticket="same"))["id"] == own
            for client, other in ((loket, ids[1]), (sekolah, ids[0]), (loket, ids[2])):
                for method, more in (("job", {}), ("cancel", {})):
                    with pytest.raises(ServerError) as caught:
                        await client.call(method, {"id": other} | more)
                    assert caught.value.code == "unknown-job"
            seen = [[job["id"] for job in (await client.call("jobs", {}))["jobs"]] for client in clients]
            assert seen == [[ids[0]], [ids[1]], sorted(ids)]

            (answer,) = await loket.submit([selftest("keen", priority=99)])
            assert (answer["error"]["code"], answer["error"]["field"]) == ("forbidden", "jobs[0].priority")
            (answer,) = await loket.submit([selftest("keen", priority=60)])
            assert answer["state"] == "pending"
            (answer,) = await sekolah.submit([selftest("keen", priority=99)])
            assert (await sekolah.job(id=answer["id"]))["priority"] == 99


# -- how much at once ----------------------------------------------------------------------------------------------


async def test_two_hundred_requests_in_one_write_are_all_answered(tmp_path: Path) -> None:
    async with serving(write_config(tmp_path, NOBODY)) as addresses:
        async with await trio.open_unix_socket(str(addresses.socket)) as stream:
            methods = ("submit", "jobs", "sites", "printers")
            asked = [
                request(n, method, **({"jobs": [selftest(f"t{n}")]} if method == "submit" else {}))
                for n, method in enumerate((methods * 50), 2)
            ]
            await stream.send_all(HELLO + b"".join(asked))
            replies = await receive(stream, 201)
    assert sorted(reply[1] for reply in replies) == list(range(1, 202))
    assert [reply[2] for reply in replies if reply[2] is not None] == []


async def test_a_client_that_never_reads_holds_up_only_itself(tmp_path: Path) -> None:
    """It is read no further once its answers pile up, so that what waits for it stays bounded."""
    async with serving(write_config(tmp_path, NOBODY)) as addresses:
        async with open_client(f"unix:{addresses.socket}", "tests") as other:
            await other.submit([selftest(f"t{n}", group="g" * 100) for n in range(1000)])
            async with await trio.open_unix_socket(str(addresses.socket)) as deaf:
                await deaf.send_all(HELLO)
                pages = b"".join(request(n, "jobs", limit=1000) for n in range(2, 100))
                taken = 0
                with trio.move_on_after(3) as scope:
                    while taken < 64 << 20:
                        await deaf.send_all(pages)
                        taken += len(pages)
                        scope.deadline = trio.current_time() + 0.5
                        with trio.fail_after(5):
                            assert len((await other.call("jobs", {"limit": 5}))["jobs"]) == 5
                assert scope.cancelled_caught, "the server read on and on"
                assert taken < 1 << 20
                with trio.fail_after(5):
                    assert (await other.submit([selftest("x")]))[0]["state"] == "pending"


async def test_answers_that_do_not_fit_the_socket_arrive_whole_and_in_order(tmp_path: Path) -> None:
    """Each answer is larger than what the kernel takes at once; the client begins to read when all is asked."""
    async with serving(write_config(tmp_path, NOBODY)) as addresses:
        bad = [{"ticket": f"{n}", "kind": "selftest", "fields": {}} for n in range(1000)]  # no site
        async with await trio.open_unix_socket(str(addresses.socket)) as stream:
            asked = b"".join(request(n, "submit", jobs=bad) for n in range(1, 21))
            async with trio.open_nursery() as nursery:
                nursery.start_soon(stream.send_all, asked)
                await trio.testing.wait_all_tasks_blocked(0.05)
                unpacker = msgpack.Unpacker()
                answers: list[Any] = []
                with trio.fail_after(20):
                    while len(answers) < 20:
                        unpacker.feed(await stream.receive_some(1 << 16))
                        answers += unpacker
        assert [msgid for _, msgid, _, _ in answers] == list(range(1, 21))
        assert all(len(results) == 1000 and "error" in results[-1] for _, _, _, results in answers)


async def test_no_more_requests_are_read_than_the_window_lets_in(tmp_path: Path) -> None:
    config = write_config(tmp_path, NOBODY, "[limits]", "unanswered_per_connection = 2")
    async with serving(config) as addresses:
        async with open_client(f"unix:{addresses.socket}", "tests") as client:
            assert client.server["limits"]["unanswered"] == 2
            (answer,) = await client.submit([selftest("a")])
        async with await trio.open_unix_socket(str(addresses.socket)) as stream:
            await stream.send_all(HELLO)
            await receive(stream, 1)
            for n in (2, 3):
                await stream.send_all(request(n, "job", id=answer["id"], wait_ms=700))
                await trio.testing.wait_all_tasks_blocked(0.05)
            await stream.send_all(request(4, "printers"))
            replies = await receive(stream, 3)
            # the third was read only when one of the two before it had been answered
            assert replies[0][1] in (2, 3)
            assert sorted(reply[1] for reply in replies) == [2, 3, 4]


async def test_connections_are_bounded_and_the_one_too_many_is_told(tmp_path: Path) -> None:
    config = write_config(tmp_path, NOBODY, "[limits]", "max_connections = 1")
    async with serving(config) as addresses:
        async with open_client(f"unix:{addresses.socket}", "tests"):
            with pytest.raises(ConnectionLost) as caught:
                async with open_client(f"unix:{addresses.socket}", "tests"):
                    pass
            assert caught.value.last_word is not None
            assert caught.value.last_word.code == "busy"
        with trio.fail_after(5):
            while True:  # the place is free again as soon as the server has seen the first one go
                try:
                    async with open_client(f"unix:{addresses.socket}", "tests"):
                        break
                except ConnectionLost:
                    await trio.testing.wait_all_tasks_blocked()


# -- waiting and watching --------------------------------------------------------------------------------------------


async def test_a_wait_for_a_job_ends_with_the_job_or_with_its_next_version(tmp_path: Path) -> None:
    async with serving(write_config(tmp_path, NOBODY)) as addresses:
        async with open_client(f"unix:{addresses.socket}", "tests") as client:
            for params in ({}, {"version": 1}):
                (answer,) = await client.submit([selftest(f"a{params}")])
                async with trio.open_nursery() as nursery:
                    found: list[dict[str, Any]] = []

                    async def wait(params: dict[str, int], job_id: str, found: list[dict[str, Any]]) -> None:
                        found.append(await client.job(id=job_id, wait_ms=60_000, **params))

                    with trio.fail_after(5):
                        nursery.start_soon(wait, params, answer["id"], found)
                        await trio.testing.wait_all_tasks_blocked(0.02)
                        assert not found
                        await client.call("cancel", {"id": answer["id"]})
                        while not found:
                            await trio.testing.wait_all_tasks_blocked()
                assert (found[0]["state"], found[0]["version"]) == ("canceled", 2)
            with trio.fail_after(5):
                assert (await client.job(id=answer["id"], wait_ms=60_000))["state"] == "canceled"
                assert (await client.job(id=answer["id"], wait_ms=60_000, version=1))["version"] == 2


async def entries_after(client: AsyncClient, cursor: str, last: str) -> tuple[list[tuple[str, int]], str]:
    """((chain, n) of every entry after `cursor` until one about job `last`, the cursor after them)"""
    found: list[tuple[str, int]] = []
    with trio.fail_after(10):
        async with client.watch(cursor=cursor) as notes:
            async for note in notes:
                found += [(entry[0], entry[1]) for entry in note.params["entries"]]
                if last in [entry[4].get("job") for entry in note.params["entries"]]:
                    return found, note.params["cursor"]
    raise AssertionError("the watch ended")


async def test_a_watch_taken_up_after_a_restart_gives_every_entry_once(tmp_path: Path) -> None:
    config = write_config(tmp_path, NOBODY)
    seen: list[tuple[str, int]] = []
    cursor = ""
    for life in range(3):
        async with serving(config) as addresses, open_client(f"unix:{addresses.socket}", "tests") as client:
            (first,) = await client.submit([selftest(f"{life}-before")])
            more, cursor = await entries_after(client, cursor, first["id"])
            seen += more
            await client.submit([selftest(f"{life}-{n}") for n in range(300)])  # unseen before the restart
    async with serving(config) as addresses, open_client(f"unix:{addresses.socket}", "tests") as client:
        (last,) = await client.submit([selftest("last")])
        more, _ = await entries_after(client, cursor, last["id"])
        whole, _ = await entries_after(client, "", last["id"])
        with pytest.raises(ServerError) as caught:
            async with client.watch(cursor="k6diYXRhbS03EcQIjzoSwJvkVw0"):
                pass
        assert caught.value.code == "bad-cursor"
    assert seen + more == whole
    assert len(set(whole)) == len(whole) > 900


async def test_a_watch_that_follows_the_end_of_another_stays(tmp_path: Path) -> None:
    async with serving(write_config(tmp_path, NOBODY)) as addresses:
        for n in range(20):
            async with await trio.open_unix_socket(str(addresses.socket)) as stream:
                await stream.send_all(HELLO)
                await receive(stream, 1)
                await stream.send_all(
                    request(2, "watch", cursor="")
                    + request(3, "watch", entries=False)
                    + request(4, "watch", cursor="")
                    + request(5, "submit", jobs=[selftest(f"t{n}")])
                )
                unpacker, submitted = msgpack.Unpacker(), 0
                with trio.fail_after(5):
                    while submitted < n + 1:
                        unpacker.feed(await stream.receive_some())
                        for message in unpacker:
                            if message[0] == 2:
                                submitted += sum(entry[3] == "submitted" for entry in message[2][0]["entries"])


async def test_states_are_told_at_once_and_when_something_changes(tmp_path: Path) -> None:
    async with workshop(tmp_path, feeder=0) as shop:
        printer = await shop.until_printer("stopped", "media-empty")
        assert (printer["name"], printer["serial"], printer["job"]) == ("SGL-1", "SIM-1", None)
        with trio.fail_after(10):
            async with shop.client.watch(entries=False, state=True) as notes:
                note = await anext(notes)
                assert [site["jobs"] for site in note.params["sites"]] == [{}, {}]
                job = await shop.submit(selftest("a"))
                async for note in notes:
                    if note.params["sites"][0]["jobs"].get("pending") == 1:
                        break
                shop.world.load(1)
                async for note in notes:
                    assert note.method == "state"
                    if note.params["sites"][0]["jobs"].get("completed") == 1:
                        break
        assert (await shop.job(job))["state"] == "completed"


# -- processes -----------------------------------------------------------------------------------------------------


@contextmanager
def spooler(config: Path, log: Path) -> Iterator[tuple[BlockingClient, subprocess.Popen[str]]]:
    with process("serve", "--config", config, log=log) as running:
        with connect(line(running, log).removeprefix("ready "), "tests") as client:
            yield client, running


def refusal(config: Path, log: Path, code: int = 1) -> str:
    """What a second `serve` says on its way out."""
    log.write_text("")
    with process("serve", "--config", config, log=log) as running:
        assert running.wait(20) == code
    said = log.read_text()
    assert "Traceback" not in said
    return said


def test_a_spool_has_one_spooler_and_a_dead_ones_socket_is_no_obstacle(tmp_path: Path) -> None:
    config, log = write_config(tmp_path, NOBODY), tmp_path / "log"
    with spooler(config, log) as (client, running):
        said = refusal(config, tmp_path / "second.log")
        assert said.startswith("spooler: The spool ")
        assert said.count("\n") == 1
        assert client.call("sites", {})["sites"]
        running.send_signal(signal.SIGKILL)
        running.wait()
    assert (tmp_path / "s.sock").is_socket()
    with spooler(config, log) as (client, running):
        assert client.call("sites", {})["sites"]
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 0
    assert not (tmp_path / "s.sock").exists()


def test_a_token_that_others_can_read_is_refused_at_the_start(tmp_path: Path) -> None:
    said = refusal(office(tmp_path, mode=0o644), tmp_path / "log", code=2)
    assert said == f"spooler: {tmp_path / 'loket.token'} must belong to the spooler's user with mode 600\n"


def test_a_port_that_is_taken_is_named_in_a_sentence(tmp_path: Path) -> None:
    config = office(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config.write_text(config.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        said = refusal(config, tmp_path / "log")
    assert "in use" in said
    assert said.count("\n") == 1


def test_sigterm_finishes_the_card_in_hand(tmp_path: Path) -> None:
    arguments = ("simulate", "evolis", "--directory", tmp_path / "p", "--dwell", "0.5", "--no-pictures")
    with process(*arguments, log=tmp_path / "sim.log") as printer:
        _serial, uri = line(printer, tmp_path / "sim.log").split()
        config, log = write_config(tmp_path, int(uri.rpartition(":")[2])), tmp_path / "log"
        with spooler(config, log) as (client, running):
            first, second = client.submit([selftest("a"), selftest("b")])
            for note in client.watch(cursor=""):
                if "intended" in [entry[3] for entry in note.params["entries"]]:
                    break
            begun = time.monotonic()
            running.send_signal(signal.SIGTERM)
            assert running.wait(20) == 0
            assert time.monotonic() - begun > 0.3
        assert len(cards(tmp_path / "p" / "SIM-0001")) == 1
        with spooler(config, log) as (client, _):
            assert client.job(id=first["id"])["state"] == "completed"
            assert client.job(id=second["id"], wait_ms=20_000)["state"] == "completed"
        assert len(cards(tmp_path / "p" / "SIM-0001")) == 2


async def test_strangers_who_do_not_say_hello_are_shown_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HELLO_SECONDS", 0.3)
    async with serving(office(tmp_path)) as addresses:
        assert addresses.tcp is not None
        strangers = [await trio.open_tcp_stream(*addresses.tcp) for _ in range(3)]
        for stream in strangers:
            await stream.send_all(b"\x94\x00")
        async with open_client(f"unix:{addresses.socket}", "tests") as client:
            with trio.fail_after(10):
                for stream in strangers:
                    with suppress(trio.BrokenResourceError):
                        assert await stream.receive_some() == b""
                    await stream.aclose()
            assert "printers" in await client.call("printers", {})
