"""The trio client over a real socket: pipelined, cancel-safe, bounded, and clear about a lost connection."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgpack
import pytest
import trio
import trio.testing

from spooler.client import AsyncClient, ConnectionLost, ServerError, open_client
from spooler.client.core import NOTES_KEPT
from toy_spooler import Toy, toy_spooler


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[Toy, AsyncClient]]:
    async with toy_spooler(tmp_path) as (toy, address), open_client(address, "tests") as client:
        yield toy, client


Both = tuple[Toy, AsyncClient]


async def test_hello_submit_and_errors(both: Both) -> None:
    _, client = both
    assert client.server == {"version": 1, "principal": "toy"}
    first, again = await client.submit([{"ticket": "a"}, {"ticket": "a"}])
    assert (first["id"], first["repeat"], again["id"], again["repeat"]) == (again["id"], False, first["id"], True)
    assert (await client.call("jobs"))["limit"] == 100
    with pytest.raises(ServerError, match="wait_ms") as refused:
        await client.call("job", {"id": "x", "wait_ms": -1})
    assert refused.value.code == "bad-value"
    with pytest.raises(TypeError):
        await client.call("job", {"id": object()})
    assert (await client.job(id="x"))["id"] == "x"


async def test_calls_from_many_tasks_do_not_wait_for_each_other(both: Both) -> None:
    toy, client = both
    answered = []

    async def ask(n: int) -> None:
        answer = await client.job(ticket=str(n), wait_ms=1000 if n == 0 else 0)
        assert answer["ticket"] == str(n)
        answered.append(n)

    async with trio.open_nursery() as nursery:
        for n in range(50):
            nursery.start_soon(ask, n)
        await trio.testing.wait_all_tasks_blocked(0.01)
        while len(answered) < 49:
            await trio.lowlevel.checkpoint()
        assert 0 not in answered
        toy.held.set()
    assert sorted(answered) == list(range(50))


async def test_a_cancelled_call_leaves_the_connection_whole(both: Both) -> None:
    toy, client = both
    big = {"jobs": [{"ticket": "big", "photo": bytes(1024 * 1024)}] * 8}
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.call, "submit", big)
            nursery.start_soon(client.call, "job", {"id": "x", "wait_ms": 1000})
            await trio.testing.wait_all_tasks_blocked()
            scope.cancel()
    assert scope.cancelled_caught
    toy.held.set()
    assert (await client.submit([{"ticket": "big"}]))[0]["repeat"]  # its bytes had been handed over: all of them went


async def test_a_watch_goes_on_where_its_cursor_says(both: Both) -> None:
    toy, client = both
    toy.add(5)
    async with client.watch(cursor="2") as notes:
        assert [entry[1] for entry in (await anext(notes)).params["entries"]] == [3, 4]
        last = await anext(notes)
        assert (last.params["cursor"], [entry[1] for entry in last.params["entries"]]) == ("5", [5])
    async with client.watch() as notes:  # from now on
        toy.add(1)
        assert [entry[1] for entry in (await anext(notes)).params["entries"]] == [6]


async def test_a_slow_watcher_loses_nothing_and_holds_up_no_calls(both: Both) -> None:
    toy, client = both
    total = 10 * NOTES_KEPT * toy.batch
    seen: list[int] = []
    async with client.watch(cursor="") as notes:
        toy.add(total)
        async for note in notes:
            seen += [entry[1] for entry in note.params["entries"]]
            if len(seen) % 50 == 0:
                assert (await client.job(id="x"))["id"] == "x"
            if len(seen) >= total:
                break
    assert seen == list(range(1, total + 1))


async def test_state_and_a_second_watch(both: Both) -> None:
    _, client = both
    async with client.watch(entries=False, state=True) as first:
        assert (await anext(first)).params["printers"] == [{"name": "SGL-1"}]
        async with client.watch(entries=False, state=True) as second:
            assert (await anext(second)).method == "state"
            with pytest.raises(StopAsyncIteration):
                await anext(first)


async def test_the_last_word_is_told(both: Both) -> None:
    _, client = both
    with pytest.raises(ConnectionLost) as lost:
        await client.call("submit", {"jobs": [{"photo": bytes(17 * 1024 * 1024)}]})
    assert lost.value.last_word is not None
    assert lost.value.last_word.code == "too-large"
    with pytest.raises(ConnectionLost, match="too-large"):
        await client.call("jobs")


async def serve_once(path: Path, answer: bytes, nursery: trio.Nursery) -> str:
    """A peer that answers the first bytes it gets with `answer`, and goes."""

    async def peer(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()
            await stream.send_all(answer)

    listener = trio.socket.socket(trio.socket.AF_UNIX)
    await listener.bind(str(path))
    listener.listen()
    nursery.start_soon(trio.serve_listeners, peer, [trio.SocketListener(listener)])
    return f"unix:{path}"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"", "closed the connection"),
        (b"\x94\x01", "closed the connection"),
        (b"SSH-2.0-OpenSSH\r\n", "no spooler"),
        (msgpack.packb([1, 0, {"code": "busy", "message": "too many connections"}, None]), "too many connections"),
    ],
)
async def test_a_peer_that_fails_during_hello(tmp_path: Path, answer: bytes, sentence: str) -> None:
    async with trio.open_nursery() as nursery:
        address = await serve_once(tmp_path / "s", answer, nursery)
        with pytest.raises(ConnectionLost, match=sentence):
            async with open_client(address, "tests"):
                raise AssertionError("not reached")
        nursery.cancel_scope.cancel()


async def test_what_the_block_raises_comes_out_as_it_is(tmp_path: Path) -> None:
    async with toy_spooler(tmp_path) as (_, address):
        with pytest.raises(KeyError, match="mine"):
            async with open_client(address, "tests"):
                raise KeyError("mine")
        with pytest.raises(ServerError, match="application"):
            async with open_client(address, ""):
                raise AssertionError("not reached")
        with trio.move_on_after(0) as scope:
            async with open_client(address, "tests"):
                await trio.sleep_forever()
        assert scope.cancelled_caught
        async with open_client(address, "tests") as client:
            pass
        with pytest.raises(ConnectionLost, match="closed here"):
            await client.call("jobs")


async def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        async with open_client(f"unix:{tmp_path}/none", "tests"):
            pass


async def test_the_token_goes_with_hello(tmp_path: Path) -> None:
    async with toy_spooler(tmp_path) as (_, address), open_client(address, "tests", token="secret-of-mine") as client:
        assert client.server["principal"] == "secret-of-mine"
