"""The blocking client over a real socket: the same face as the trio one, and every wait has an end."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgpack
import pytest
import trio

from spooler.client import ConnectionLost, ServerError, connect
from spooler.client.core import NOTES_KEPT
from toy_spooler import Toy, toy_spooler


@contextmanager
def running(folder: Path) -> Iterator[tuple[Toy, str, Callable[..., Any]]]:
    """A toy in a thread of its own; the third is how to call into it."""
    ready: list[Any] = []
    started, stop = threading.Event(), trio.Event()

    async def main() -> None:
        async with toy_spooler(folder) as (toy, address):
            ready.extend((toy, address, trio.lowlevel.current_trio_token()))
            started.set()
            await stop.wait()

    thread = threading.Thread(target=trio.run, args=(main,))
    thread.start()
    assert started.wait(10)
    toy, address, token = ready

    def inside(function: Callable[..., Any], *args: Any) -> Any:
        return trio.from_thread.run_sync(function, *args, trio_token=token)

    try:
        yield toy, address, inside
    finally:
        inside(stop.set)
        thread.join()


def test_hello_submit_and_errors(tmp_path: Path) -> None:
    with running(tmp_path) as (_, address, _), connect(address, "tests", token="t") as client:
        assert client.server == {"version": 1, "principal": "t"}
        first, again = client.submit([{"ticket": "a"}, {"ticket": "a"}])
        assert first["id"] == again["id"]
        assert [first["repeat"], again["repeat"]] == [False, True]
        with pytest.raises(ServerError) as refused:
            client.call("jobs", {"limit": 0})
        assert (refused.value.code, refused.value.field) == ("bad-value", "limit")
        assert client.job(ticket="a")["ticket"] == "a"


def test_a_watch_beside_calls_loses_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as (toy, address, inside), connect(address, "tests") as client:
        total = 5 * NOTES_KEPT * toy.batch
        notes = client.watch(cursor="", state=True)
        inside(toy.add, total)
        seen: list[int] = []
        states = 0
        for note in notes:
            if note.method == "state":
                states += 1
                continue
            seen += [entry[1] for entry in note.params["entries"]]
            if len(seen) % 20 == 0:
                assert client.job(id="x")["id"] == "x"
            if len(seen) >= total:
                break
        assert seen == list(range(1, total + 1))
        assert states >= 1


def test_an_idle_watch_lets_the_loop_go_on(tmp_path: Path) -> None:
    with running(tmp_path) as (toy, address, inside), connect(address, "tests") as client:
        kinds = []
        for note in client.watch(cursor="", idle_seconds=0.001):
            kinds.append(note and note.method)
            if note is None and kinds.count(None) == 1:
                inside(toy.add, 1)
            if note is not None:
                break
        assert kinds[0] is None
        assert kinds[-1] == "entries"


def test_the_bytes_of_one_exchange(tmp_path: Path) -> None:
    with running(tmp_path) as (_, address, _), connect(address, "tests") as client:
        request, reply = client.raw("job", {"id": "x"})
        kind, msgid, method, params = msgpack.unpackb(request)
        assert (kind, method, params) == (0, "job", [{"id": "x"}])
        assert msgpack.unpackb(reply) == [1, msgid, None, {"id": "x", "ticket": None, "limit": None}]
        _, error = client.raw("nonsense", {})
        assert msgpack.unpackb(error)[2]["code"] == "unknown-method"


def test_the_last_word_is_told(tmp_path: Path) -> None:
    with running(tmp_path) as (_, address, _), connect(address, "tests") as client:
        with pytest.raises(ConnectionLost) as lost:
            client.submit([{"photo": bytes(17 * 1024 * 1024)}])
        assert lost.value.last_word is not None
        assert lost.value.last_word.code == "too-large"
        with pytest.raises(ConnectionLost, match="too-large"):
            client.call("jobs")


@contextmanager
def silent_peer(path: Path, answer: bytes) -> Iterator[str]:
    """A peer that answers hello, and then no more."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def peer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)
                while connection.recv(65536):
                    pass

        thread = threading.Thread(target=peer)
        thread.start()
        yield f"unix:{path}"
        thread.join()


def test_a_spooler_that_does_not_answer(tmp_path: Path) -> None:
    with silent_peer(tmp_path / "s", msgpack.packb([1, 1, None, {}])) as address:
        with connect(address, "tests", timeout=0.05) as client:
            with pytest.raises(ConnectionLost, match=r"no answer within 0\.05 seconds"):
                client.call("jobs")
            with pytest.raises(ConnectionLost):
                client.call("jobs")


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"), connect(f"unix:{tmp_path}/none", "tests"):
        pass
    with pytest.raises(ValueError, match="write unix"), connect("nowhere", "tests"):
        pass
