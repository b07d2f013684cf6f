"""The two ends of a connection, joined by streams that are cut anywhere: what one says the other hears, once, in order.

The machine plays client, server, the network between them, and a peer that suddenly talks rubbish.
"""

from typing import Any

import msgpack
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from spooler.client import ConnectionLost
from spooler.client.core import ClientCore
from spooler.model.problem import Problem
from spooler.wire import Connection, Limits, Notification, ProtocolError, Reply, Request

#: Small bounds, so that they are met.
LIMITS = Limits(max_message=300, max_values=20, max_array=8, max_map=4, max_depth=5)

SCALARS = st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=12) | st.binary(max_size=40)
VALUES = st.recursive(SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(max_size=4), v, max_size=3))
MAPS = st.dictionaries(st.text(max_size=6), VALUES, max_size=4)
RUBBISH = st.sampled_from(
    [b"\xc1", b"\x91\x05", b"\x91" * 9, b"\x94\x00\x01\xa1\xff\x90", b"\xdd\xff\xff\xff\xff", b"\xc6\x00\x01\x00\x00",
     b"\x94\x01\x01\xc0\xc0", b"\xd4\x01\x00", b"GET / HTTP/1.1\r\n"]
)  # fmt: skip


def shape(value: Any) -> tuple[int, int, int, int]:
    """(depth, values, longest array, largest map)."""
    if not isinstance(value, list | dict):
        return 0, 0, 0, 0
    inside = [shape(v) for v in (value if isinstance(value, list) else value.values())]
    depth, values, array, entries = (
        (list(column) for column in zip(*inside, strict=True)) if inside else ([], [], [], [])
    )
    size = len(value)
    return (
        1 + max(depth, default=0),
        sum(values) + size + 1,
        max([*array, size if isinstance(value, list) else 0]),
        max([*entries, size if isinstance(value, dict) else 0]),
    )


def allowed(packed: bytes) -> bool:
    """Whether a message keeps to the limits, judged by what it decodes to."""
    depth, values, array, entries = shape(msgpack.unpackb(packed))
    return (
        len(packed) <= LIMITS.max_message
        and values <= LIMITS.max_values
        and array <= LIMITS.max_array
        and entries <= LIMITS.max_map
        and depth <= LIMITS.max_depth
    )


class TwoEnds(RuleBasedStateMachine):
    @initialize()
    def connect(self) -> None:
        self.client, self.server = ClientCore(LIMITS), Connection(LIMITS)
        self.up, self.down = b"", b""  # on their way
        self.asked: list[tuple[int, str, dict[str, Any]]] = []
        self.heard: list[Request] = []
        self.open: list[int] = []  # heard and not answered
        self.said: list[Reply | Notification] = []
        self.got: list[Reply | Notification] = []
        self.spoilt = False  # something that is no request, or passes a limit, is on its way up
        self.spoilt_down = False
        self.error: Problem | None = None

    @rule(method=st.text(max_size=10), params=MAPS)
    def ask(self, method: str, params: dict[str, Any]) -> None:
        msgid, data = self.client.request(method, params)
        assert all(msgid != earlier for earlier, _, _ in self.asked)
        if not self.spoilt:
            if allowed(data):
                self.asked.append((msgid, method, params))
            else:
                self.spoilt = True
        self.up += data

    @rule(data=RUBBISH)
    def talk_rubbish(self, data: bytes) -> None:
        self.up += data
        self.spoilt = True

    @precondition(lambda self: self.open)
    @rule(which=st.randoms(use_true_random=False), result=MAPS, fails=st.booleans())
    def answer(self, which: Any, result: dict[str, Any], fails: bool) -> None:
        msgid = self.open.pop(which.randrange(len(self.open)))
        problem = Problem("busy", "Later.", retry_after_ms=5)
        data = self.server.fail(msgid, problem) if fails else self.server.reply(msgid, result)
        self._say(data, Reply(msgid, problem.as_wire(), None) if fails else Reply(msgid, None, result))

    @rule(method=st.sampled_from(["state", "entries"]), params=MAPS)
    def notify(self, method: str, params: dict[str, Any]) -> None:
        self._say(self.server.notify(method, params), Notification(method, params))

    def _say(self, data: bytes, message: Reply | Notification) -> None:
        if not self.spoilt_down:
            if allowed(data):
                self.said.append(message)
            else:
                self.spoilt_down = True
        self.down += data

    @rule(size=st.integers(1, 60) | st.just(700))
    def carry_up(self, size: int) -> None:
        piece, self.up = self.up[:size], self.up[size:]
        for event in self.server.receive_data(piece):
            assert self.error is None, "nothing follows an error"
            if isinstance(event, ProtocolError):
                self.error = event.problem
                self._say(self.server.farewell(), Reply(0, event.problem.as_wire(), None))
            elif isinstance(event, Request):
                self.heard.append(event)
                self.open.append(event.msgid)

    @rule(size=st.integers(1, 60) | st.just(700))
    def carry_down(self, size: int) -> None:
        piece, self.down = self.down[:size], self.down[size:]
        self.got += self.client.receive(piece)

    @invariant()
    def the_server_hears_what_was_asked(self) -> None:
        heard = [(request.msgid, request.method, request.params) for request in self.heard]
        assert heard == [(msgid, method, [params]) for msgid, method, params in self.asked[: len(heard)]]
        assert self.server.dead == (self.error is not None)
        assert self.error is None or (self.spoilt and self.error.code in ("bad-message", "too-large"))

    @invariant()
    def the_client_gets_what_was_said(self) -> None:
        said = [message for message in self.said if not (isinstance(message, Reply) and message.msgid == 0)]
        assert self.got == said[: len(self.got)]
        if self.client.lost is not None:
            assert isinstance(self.client.lost, ConnectionLost)
            assert self.error is not None or self.spoilt_down

    def teardown(self) -> None:
        if not hasattr(self, "server"):
            return
        while self.up:
            self.carry_up(700)
        while self.down:
            self.carry_down(700)
        # all that was good before the first fault has come through
        assert len(self.heard) == len(self.asked)
        farewells = [n for n, message in enumerate(self.said) if isinstance(message, Reply) and message.msgid == 0]
        assert len(self.got) == (farewells[0] if farewells else len(self.said))
        assert (self.client.lost is not None) == (bool(farewells) or self.spoilt_down)


TestTwoEnds = TwoEnds.TestCase
TestTwoEnds.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
