"""The client's core against the server's wire, with nothing in between; and the bounded memory of a watch."""

from typing import Any

import msgpack
import pytest

from spooler.client.core import NOTES_KEPT, ClientCore, Watch, parse_address, result_of
from spooler.client.errors import ServerError
from spooler.model.problem import Problem
from spooler.wire import Connection, Limits, Notification, Reply, Request


def pair() -> tuple[ClientCore, Connection]:
    return ClientCore(), Connection(Limits())


def test_requests_and_answers_in_any_order() -> None:
    client, server = pair()
    first, data = client.request("job", {"id": "a"})
    second, more = client.request("jobs", {})
    assert first != second
    one, two = server.receive_data(data + more)
    assert isinstance(one, Request)
    assert isinstance(two, Request)
    assert (one.method, one.params, two.params) == ("job", [{"id": "a"}], [{}])
    problem = Problem("unknown-job", "No such job.", "id", details=(("limit", 3),))
    answers = server.reply(two.msgid, {"jobs": []}) + server.fail(one.msgid, problem)
    found = [event for byte in answers for event in client.receive(bytes([byte]))]
    assert [reply.msgid for reply in found if isinstance(reply, Reply)] == [second, first]
    assert result_of(found[0]) == {"jobs": []}  # type: ignore[arg-type]
    with pytest.raises(ServerError) as refused:
        result_of(found[1])  # type: ignore[arg-type]
    error = refused.value
    assert (error.code, error.field, error.details, error.retry_after_ms) == ("unknown-job", "id", {"limit": 3}, None)


def test_what_came_before_the_last_word_counts() -> None:
    client, server = pair()
    server.receive_data(b"\xc1")
    reply = server.reply(1, [])
    assert client.receive(reply + server.farewell() + reply) == [Reply(1, None, [])]
    assert client.lost is not None
    assert client.lost.last_word is not None
    assert client.lost.last_word.code == "bad-message"
    assert client.receive(reply) == []


@pytest.mark.parametrize("data", [b"HTTP/1.1 400 Bad Request\r\n", b"\xc1", b"\x91" * 5000])
def test_what_is_no_spooler(data: bytes) -> None:
    client = ClientCore()
    assert client.receive(data) == []
    assert client.lost is not None
    assert "no spooler" in str(client.lost)


def test_numbers_start_again_without_the_one_that_means_none() -> None:
    client = ClientCore()
    client._last = 2**32 - 2
    assert [client.request("jobs", {})[0] for _ in range(3)] == [2**32 - 1, 1, 2]


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("unix:/run/spooler.sock", "/run/spooler.sock"),
        ("tcp:localhost:7411", ("localhost", 7411)),
        ("tcp:[::1]:7411", ("::1", 7411)),
    ],
)
def test_addresses(address: str, target: Any) -> None:
    assert parse_address(address) == target


@pytest.mark.parametrize(
    "address", ["", "unix:", "/run/s.sock", "tcp:7411", "tcp:h:", "tcp:h:0", "tcp:h:70000", "udp:h:1"]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ValueError, match="write unix:/path, tcp:host:port or tls:host:port"):
        parse_address(address)


def note(n: int) -> Notification:
    return Notification("entries", {"cursor": str(n), "entries": [n]})


def taken(watch: Watch) -> list[int]:
    return [found.params["entries"][0] for found in iter(watch.take, None)]


def test_a_watch_takes_nothing_before_it_has_begun() -> None:
    watch = Watch(entries=True, state=False)
    watch.offer(note(1))
    watch.begun({"cursor": "1"})
    watch.offer(note(2))
    assert taken(watch) == [2]


def test_a_watch_that_is_not_read_stays_small_and_goes_on_without_a_gap() -> None:
    watch = Watch(entries=True, state=False)
    watch.begun({"cursor": "0"})
    for n in range(1, 10 * NOTES_KEPT):
        watch.offer(note(n))
    assert watch.lagging
    assert watch.params() == {"entries": True, "state": False, "cursor": str(NOTES_KEPT)}
    assert taken(watch) == list(range(1, NOTES_KEPT + 1))
    watch.offer(note(10 * NOTES_KEPT))  # still of the watch that was given up
    watch.begun({"cursor": str(NOTES_KEPT)})
    watch.offer(note(NOTES_KEPT + 1))
    assert taken(watch) == [NOTES_KEPT + 1]


def test_after_a_gap_a_watch_goes_on_from_where_the_spooler_stopped() -> None:
    watch = Watch(entries=True, state=False)
    watch.begun({"cursor": "0"})
    watch.offer(note(1))
    watch.offer(Notification("gap", {"cursor": "7"}))  # 2 to 7 were other sites'
    watch.offer(note(9))
    assert (watch.lagging, taken(watch)) == (True, [1])
    assert watch.params()["cursor"] == "7"
    watch.offer(Notification("gap", {"cursor": "99"}))
    assert watch.params()["cursor"] == "7", "a watch that lags has its place already"
    watch.begun({"cursor": "7"})
    watch.offer(note(8))
    assert taken(watch) == [8]


def test_of_states_only_the_latest_is_kept() -> None:
    watch = Watch(entries=True, state=True)
    watch.begun({"cursor": ""})
    for n in range(1000):
        watch.offer(Notification("state", {"printers": [n]}))
    found = watch.take()
    assert found is not None
    assert found.params == {"printers": [999]}
    assert watch.take() is None


def test_an_error_is_a_sentence() -> None:
    packed = msgpack.packb(Problem("bad-value", "nik must have 16 digits", "jobs[0].fields.nik").as_wire())
    assert str(ServerError(msgpack.unpackb(packed))) == "nik must have 16 digits (jobs[0].fields.nik) [bad-value]"
