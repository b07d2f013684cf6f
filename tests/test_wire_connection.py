"""The server's end: requests however they are cut, and one error for everything else."""

import tracemalloc
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.model.problem import CODES, Problem
from spooler.wire import Connection, Limits, Notification, ProtocolError, Request

MIB = 1024 * 1024
LIMITS = Limits()

SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=20) | st.binary(max_size=300)
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(max_size=8), v, max_size=4), max_leaves=12
)
REQUESTS = st.lists(
    st.tuples(st.just(0), st.integers(0, 2**32 - 1), st.text(max_size=12), st.lists(VALUES, max_size=2)), max_size=5
)


def request(msgid: int = 1, method: str = "jobs", *params: Any) -> bytes:
    packed: bytes = msgpack.packb([0, msgid, method, list(params)])
    return packed


def feed(data: bytes, piece: int = 65536, connection: Connection | None = None) -> list[Any]:
    connection = connection or Connection(LIMITS)
    return [e for i in range(0, len(data), piece) for e in connection.receive_data(data[i : i + piece])]


@given(REQUESTS, st.data())
def test_requests_are_the_same_however_the_stream_is_cut(requests: list[Any], data: st.DataObject) -> None:
    stream = b"".join(map(msgpack.packb, requests))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    connection = Connection(LIMITS)
    events = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        events += connection.receive_data(stream[start:end])
    assert [[0, e.msgid, e.method, e.params] for e in events] == [list(r) for r in requests]
    assert not connection.dead


def test_a_large_read_is_the_same_as_many_small_ones() -> None:
    stream = b"".join(request(i, "submit", {"jobs": [{"photo": bytes(300_000)}]}) for i in range(100))
    assert len(stream) > LIMITS.max_message
    assert [e.msgid for e in Connection(LIMITS).receive_data(stream)] == list(range(100))


@given(st.binary(max_size=200), st.integers(1, 50))
def test_whatever_bytes_come_nothing_is_raised_and_nothing_follows_an_error(data: bytes, piece: int) -> None:
    connection = Connection(LIMITS)
    events = feed(data, piece, connection)
    errors = [e for e in events if isinstance(e, ProtocolError)]
    assert connection.dead == bool(errors)
    if errors:
        assert errors == events[-1:]
        assert connection.receive_data(request()) == []
        kind, msgid, error, result = msgpack.unpackb(connection.farewell())
        assert (kind, msgid, result) == (1, 0, None)
        assert error["code"] in ("bad-message", "too-large")


def test_notifications_are_told_apart() -> None:
    (event,) = feed(msgpack.packb([2, "hello?", [{"a": 1}]]))
    assert event == Notification("hello?", {"a": 1})


@pytest.mark.parametrize(
    "message",
    [
        {"not": "an array"}, [], [0], [0, 1, "jobs"], [0, 1, "jobs", {}], [0, 1, 5, []], [0, -1, "jobs", []],
        [0, 2**32, "jobs", []], [0, 1.0, "jobs", []], [0, True, "jobs", []], [False, 1, "jobs", []],
        [0, 1, b"jobs", []], [0, 1, "jobs", [], 9], [1, 1, None, "an answer"], [2, "note", "x"], [3, 1, "jobs", []],
        7, None, "GET / HTTP/1.1", [0, 1, "jobs", [{1: 2}]],
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_request_ends_the_connection(message: Any) -> None:
    events = feed(request(7) + msgpack.packb(message) + request(8))
    assert [type(e) for e in events] == [Request, ProtocolError]
    assert events[1].problem.code == "bad-message"


@pytest.mark.parametrize(
    ("rubbish", "code"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "bad-message"),
        (b"\x91" * 100_000, "bad-message"),
        (b"\x81\xa1a" * 100_000, "bad-message"),
        (b"\xc1", "bad-message"),
        (b"\x94\x00\x01\xa1\xff\x90", "bad-message"),  # not UTF-8
        (b"\xdd\xff\xff\xff\xff", "too-large"),
        (b"\xdf\xff\xff\xff\xff", "too-large"),
        (b"\xd6\xff\x00\x00\x00\x00", "too-large"),  # a timestamp: extension types have no place here
        (b"\x94\x00\x01\xa1x\x91\xdc\x04\x00" + (b"\xdc\x04\x00" + b"\x80" * 1024) * 1024, "too-large"),
    ],
    ids=["http", "deep-arrays", "deep-maps", "c1", "utf-8", "array", "map", "ext", "a-million-maps"],
)
def test_rubbish_gets_one_error(rubbish: bytes, code: str) -> None:
    events = feed(request(7) + rubbish + request(8))
    assert [type(e) for e in events] == [Request, ProtocolError]
    assert events[1].problem.code == code
    assert code in CODES


def padded(size: int) -> bytes:
    """A request of exactly `size` bytes, in small values that leave the parser's buffer as they come."""
    message = request(1, "submit", {"a": [b"", b"x" * 9 * MIB], "b": b""})
    last = size - len(message) - 3  # the last value's header grows from two bytes to five
    return request(1, "submit", {"a": [b"", b"x" * 9 * MIB], "b": b"x" * last})


def test_a_message_may_have_exactly_its_limit() -> None:
    longest = padded(LIMITS.max_message)
    assert len(longest) == LIMITS.max_message
    connection = Connection(LIMITS)
    assert [e.msgid for e in feed(longest, connection=connection) + feed(longest, connection=connection)] == [1, 1]
    (event,) = feed(padded(LIMITS.max_message + 1))
    assert event.problem.code == "too-large"


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (b"\x94\x00\x01\xa1x\x91\xdc\x04\x00", b"\xc6\x00\x10\x00\x00" + bytes(MIB)),
        (b"\x94\x00\x01\xa1x\x91\xc6\xff\xff\xff\xff", bytes(MIB)),
        (b"\x94\x00\x01\xa1x\x91\xdb\xff\xff\xff\xff", b"x" * MIB),
    ],
    ids=["many-parts", "one-bin", "one-str"],
)
def test_an_over_long_message_is_refused_before_it_has_all_come(head: bytes, part: bytes) -> None:
    connection = Connection(LIMITS)
    endless = head + part * 17
    sent = 0
    for start in range(0, len(endless), 65536):
        sent += 65536
        if events := connection.receive_data(endless[start : start + 65536]):
            assert events[0].problem.code == "too-large"
            break
    assert connection.dead
    assert sent <= LIMITS.max_message + 2 * 65536


def test_half_a_message_is_no_event_and_no_error() -> None:
    whole = request(1, "submit", {"jobs": [{"photo": bytes(100)}]})
    for cut in range(len(whole)):
        connection = Connection(LIMITS)
        assert connection.receive_data(whole[:cut]) == []
        assert not connection.dead


@pytest.mark.parametrize(
    ("bomb", "most"),
    [
        (b"\xdd\xff\xff\xff\xff", MIB),
        (b"\xdc\xff\xff" * 1000, MIB),
        (b"\xdc\x04\x00" * 1000, 9 * MIB),
        (b"\xdc\x04\x00" * 100_000, 9 * MIB),
        (b"\xdc\x14\x00" * 16, MIB),
        (b"\x94\x00\x01\xa1x\x91" + (b"\xdc\x14\x00" + b"\xa2ab" * 5119) * 1000, 9 * MIB),
        (b"\x94\x00\x01\xa1x\x91\xdc\x04\x00" + (b"\xdc\x04\x00" + b"\x80" * 1024) * 100, 9 * MIB),
        (b"\x94\x00\x01\xa1x\x91\xdc\x04\x00" + (b"\xdc\x04\x00" + b"\xa2ab" * 1024) * 100, 9 * MIB),
    ],
    ids=["array32", "array16", "nested", "nested-too-deep", "widest", "widest-texts", "empty-maps", "texts"],
)
def test_bombs_stay_cheap(bomb: bytes, most: int) -> None:
    connection = Connection(LIMITS)
    tracemalloc.start()
    try:
        feed(bomb, connection=connection)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < most


def test_answers_are_messagepack_rpc() -> None:
    connection = Connection(LIMITS)
    assert msgpack.unpackb(connection.reply(5, {"a": [1]})) == [1, 5, None, {"a": [1]}]
    problem = Problem("busy", "Later.", "jobs", 250, (("limit", 3),))
    assert msgpack.unpackb(connection.fail(6, problem)) == [
        1, 6,
        {"code": "busy", "message": "Later.", "field": "jobs", "retry_after_ms": 250, "details": {"limit": 3}},
        None,
    ]  # fmt: skip
    assert msgpack.unpackb(connection.notify("state", {"sites": []})) == [2, "state", [{"sites": []}]]


@pytest.mark.parametrize("count", [0, 1, 15, 16, 256])
def test_entries_are_sent_as_they_are_stored(count: int) -> None:
    # not the shortest form of 7: a re-encoding would show, and break the hash
    bodies = [b"\x95\xa1c\xcd\x00\x07" + msgpack.packb(n) + b"\xa7printed\x80" for n in range(count)]
    note = Connection(LIMITS).notify_entries("a-cursor", bodies)
    assert note.endswith(b"".join(bodies))
    entries = [["c", 7, n, "printed", {}] for n in range(count)]
    assert msgpack.unpackb(note) == [2, "entries", [{"cursor": "a-cursor", "entries": entries}]]


def test_a_failed_encoding_does_not_taint_the_next() -> None:
    connection = Connection(LIMITS)
    with pytest.raises(TypeError):
        connection.reply(1, {"a": object()})
    assert msgpack.unpackb(connection.reply(2, None)) == [1, 2, None, None]
