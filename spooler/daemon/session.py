"""One connection's state: who it is, what it has under way, what waits to be sent."""

from collections.abc import Awaitable, Callable, Iterable
from math import inf
from typing import Any, Final

import trio

from spooler.model.problem import Problem
from spooler.model.site import Principal
from spooler.wire import OLDEST, Connection

from .peers import Proof

#: Bytes waiting to be sent beyond which a watcher's next batch waits: a slow reader holds up only itself.
LOW_MARK: Final = 64 * 1024

#: Seconds for which nothing is read from who comes back before the time that it was told: the first time, and at most.
RUDE_PAUSE: Final = 1.0
RUDE_PAUSE_MOST: Final = 8.0
#: Seconds after the first such word in which what comes may have crossed it.
CROSSING: Final = 0.2


class Session:
    """Bounded on both sides: requests under way, and bytes not yet sent."""

    def __init__(
        self, connection: Connection, principal: Principal | None, place: str = "", proof: Proof | None = None
    ) -> None:
        """`place`: where it comes from, an address or a user of this machine; `proof`: how it was recognised."""
        self.connection = connection
        self.place = place
        self.proof = proof
        self.officer: str | None = None  # on whose behalf it says to speak
        self.version = OLDEST  # of the protocol, until hello agrees on another
        self.acted = False  # it has asked for more than hello: from then on it stays who it is
        self.principal = principal
        self.nursery: trio.Nursery | None = None
        self.known = trio.Event()  # it has a principal
        if principal is not None:
            self.known.set()
        self.asking = trio.Lock()  # one long answer in the making at a time
        self.watcher: trio.CancelScope | None = None
        self.send_now: Callable[[bytes], int] | None = None  # how many bytes leave at once; plain sockets have it
        self._outbox: list[bytes] = []
        self._outbox_bytes = 0  # queued, and being sent
        self._sending = False
        self._unanswered = 0
        self._unanswered_bytes = 0
        self._filled = trio.Event()  # there is something to send
        self._changed = trio.Event()  # somebody waits for less of something, and perhaps there is
        self._waiting = 0
        self._told_at = self._told_until = self._pause_until = -inf  # seconds of trio's clock
        self._pause = RUDE_PAUSE

    # -- requests under way ------------------------------------------------------------------------------------

    def opened(self, size: int) -> None:
        """A request of about `size` bytes came in: `reply` must follow once, with the same size."""
        self._unanswered += 1
        self._unanswered_bytes += size

    def reply(self, size: int, msgid: int, result: Any) -> None:
        """Answer an opened request with a result, or with a Problem."""
        encode = self.connection.fail if isinstance(result, Problem) else self.connection.reply
        self._unanswered -= 1
        self._unanswered_bytes -= size
        self.send(encode(msgid, result))

    def reply_all(self, size: int, results: Iterable[tuple[int, Any]]) -> None:
        """Answer opened requests of `size` bytes each with their results: in one write, and at once where it can be."""
        encode = self.connection.reply
        answers = [encode(msgid, result) for msgid, result in results]
        self._unanswered -= len(answers)
        self._unanswered_bytes -= size * len(answers)
        data = b"".join(answers)
        if self.send_now is not None and not self._outbox_bytes:
            data = data[self.send_now(data) :]
        if data:
            self.send(data)
        elif self._waiting:
            self._changed.set()

    def turned_away(self, told_ms: int, came: float) -> None:
        """All that it submitted at `came` is told to come back after `told_ms`. Who was told before, and did not wait,
        is read from after a pause, each time a longer one: whoever does not heed words must not cost what work needs.
        """
        now = trio.current_time()
        if came >= self._told_until:
            self._told_at, self._pause = now, RUDE_PAUSE
        elif came > self._told_at + CROSSING:
            self._pause_until = min(now + self._pause, self._told_until)
            self._pause = min(2 * self._pause, RUDE_PAUSE_MOST)
        self._told_until = max(self._told_until, now + told_ms / 1000)

    async def room(self, window: Callable[[], tuple[int, int]]) -> None:
        """Wait until fewer requests and bytes are under way than `window` says now, and the answers get away."""
        if trio.current_time() < self._pause_until:
            await trio.sleep_until(self._pause_until)
        while True:
            requests, size = window()
            if self._unanswered < requests and self._unanswered_bytes < size and self._outbox_bytes <= LOW_MARK * 16:
                return
            await self._change()

    @property
    def under_way(self) -> tuple[int, int]:
        """Requests without an answer, and their bytes."""
        return self._unanswered, self._unanswered_bytes

    def watch_anew(self) -> trio.CancelScope:
        """A watch begins: the one before it ends, and nothing more of it is sent. Returns the new one's scope."""
        if self.watcher is not None:
            self.watcher.cancel()
        self.watcher = trio.CancelScope()
        return self.watcher

    # -- answers -----------------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Queue bytes for the client."""
        self._outbox.append(data)
        self._outbox_bytes += len(data)
        self._filled.set()
        if self._waiting:
            self._changed.set()

    async def outgoing(self) -> bytes:
        """Everything that waits to be sent, as soon as there is something."""
        while not self._outbox:
            self._filled = trio.Event()
            await self._filled.wait()
        data = b"".join(self._outbox)
        self._outbox.clear()
        self._sending = True
        return data

    def sent(self) -> None:
        """What `outgoing` gave has left."""
        self._outbox_bytes = sum(map(len, self._outbox))
        self._sending = False
        if self._waiting:
            self._changed.set()

    async def flowing(self) -> None:
        """Wait until little enough waits to be sent that more may be produced unasked."""
        while self._outbox_bytes > LOW_MARK:
            await self._change()

    async def drained(self) -> None:
        """Wait until every request is answered and every answer has left."""
        while self._unanswered or self._outbox or self._sending:
            await self._change()

    async def _change(self) -> None:
        # one event for all who wait: each looks again at its own condition
        if self._changed.is_set():
            self._changed = trio.Event()
        self._waiting += 1
        try:
            await self._changed.wait()
        finally:
            self._waiting -= 1


#: What carries out a method: (session, checked parameters) -> the result. Raises Refused.
Handler = Callable[[Session, dict[str, Any]], Awaitable[Any]]
