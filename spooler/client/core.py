"""The client's end of a connection, without I/O: requests out, replies and notifications in. Both shells share it."""

from collections import deque
from collections.abc import Sequence
from typing import Any, Final

from spooler.model.problem import Refused
from spooler.wire import VERSIONS, Encoder, Limits, MessageReader, Notification, Reply, Request, parse_message
from spooler.wire.messages import MAX_MSGID, NO_MSGID

from .errors import ConnectionLost, ServerError

#: What an answer may hold: more than a request, since each of its jobs may have a dozen findings.
_ANSWERS: Final = Limits(max_values=4 * Limits().max_values)
#: Batches of ledger entries kept for a watcher that is busy. What does not fit is read again from the ledger.
NOTES_KEPT: Final = 64


def hello_params(application: str, token: str | None, on_behalf_of: str | None = None) -> dict[str, Any]:
    """What a client says first."""
    params: dict[str, Any] = {"application": application, "versions": list(VERSIONS)}
    if on_behalf_of is not None:
        params["on_behalf_of"] = on_behalf_of
    return params if token is None else params | {"token": token}


def submit_params(jobs: Sequence[dict[str, Any]], *, full: bool) -> dict[str, Any]:
    """Of a submission. `check` is left out where it is the default: a spooler that does not know it would refuse it."""
    params: dict[str, Any] = {"jobs": list(jobs)}
    return params | {"check": "full"} if full else params


def parse_address(address: str) -> str | tuple[str, int]:
    """`unix:/path` as a path, `tcp:` or `tls:host:port` as (host, port). Raises ValueError with a sentence."""
    scheme, _, rest = address.partition(":")
    if scheme == "unix" and rest:
        return rest
    host, _, port = rest.rpartition(":")
    if scheme in ("tcp", "tls") and host and port.isascii() and port.isdecimal() and 0 < int(port) < 65536:
        return host.removeprefix("[").removesuffix("]"), int(port)
    raise ValueError(f"{address!r} is not an address: write unix:/path, tcp:host:port or tls:host:port")


def is_tls(address: str) -> bool:
    """Whether an address wants TLS."""
    return address.startswith("tls:")


class ClientCore:
    """Numbers requests and tells what arrives apart. Who waits for what is the shell's affair.

    `lost` is set when the connection is over for what has arrived: the spooler's last word, or bytes that are not
    our protocol. The shell hands out what came before, and then raises it.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._reader = MessageReader(limits or _ANSWERS)
        self._encoder = Encoder()
        self._last = NO_MSGID
        self.lost: ConnectionLost | None = None

    def request(self, method: str, params: dict[str, Any]) -> tuple[int, bytes]:
        """A new msgid, and the bytes to send. Raises TypeError for a value that MessagePack does not have."""
        self._last = self._last % MAX_MSGID + 1
        return self._last, self._encoder.request(self._last, method, params)

    def receive(self, data: bytes) -> list[Reply | Notification]:
        """What `data` completes, in order."""
        events: list[Reply | Notification] = []
        if self.lost is not None:
            return events
        try:
            for value in self._reader.read(data):
                message = parse_message(value)
                if isinstance(message, Reply) and message.msgid == NO_MSGID:
                    word = ServerError(message.error or {})
                    self.lost = ConnectionLost("the spooler closed the connection", word)
                    break
                if not isinstance(message, Request):
                    events.append(message)
        except Refused as refused:
            self.lost = ConnectionLost(f"what answers there is no spooler: {refused.problem.message}")
        return events


def result_of(reply: Reply) -> Any:
    """The result. Raises ServerError."""
    if reply.error is not None:
        raise ServerError(reply.error)
    return reply.result


class Watch:
    """What waits for a watcher: bounded, and never with a gap.

    A watcher may be slow, or call methods between two batches; the connection's reader cannot wait for it, since the
    reply it waits for may be the next thing to arrive. So up to NOTES_KEPT batches of entries are kept. Beyond them
    the watch *lags*: new batches are let go, and once the kept ones are taken the shell watches again from `cursor`,
    the end of the last one kept; so it does after the spooler's `gap`, which lets new ones go for the same reason.
    State is latest-only: a newer one replaces the one not yet taken.
    """

    def __init__(self, entries: bool, state: bool) -> None:
        self._wanted: dict[str, Any] = {"entries": entries, "state": state}
        self._notes: deque[Notification] = deque()
        self._latest: Notification | None = None
        self._cursor = ""
        self.lagging = True  # until it has begun: what an earlier watch sent is not ours

    def params(self) -> dict[str, Any]:
        """For the request that takes the watch up again."""
        return self._wanted | {"cursor": self._cursor}

    def first_params(self, cursor: str | None) -> dict[str, Any]:
        """For the request that begins it."""
        return self._wanted if cursor is None else self._wanted | {"cursor": cursor}

    @property
    def cursor(self) -> str:
        """The end of the last batch that was kept, or where the watch began."""
        return self._cursor

    def begun(self, result: dict[str, Any]) -> None:
        """The reply to such a request: the batches after it in the stream continue what is kept."""
        self._cursor = str(result["cursor"])
        self.lagging = False

    def offer(self, note: Notification) -> None:
        """A notification has come."""
        if note.method == "state":
            self._latest = note
        elif note.method == "entries" and not self.lagging:
            if len(self._notes) >= NOTES_KEPT:
                self.lagging = True
            else:
                self._notes.append(note)
                self._cursor = str(note.params["cursor"])

        elif note.method == "gap" and not self.lagging:  # the spooler let new ones go: from here they can be had again
            self.lagging = True
            self._cursor = str(note.params["cursor"])

    def take(self) -> Notification | None:
        """The next one, state before entries (it comes seldom, and must not starve); None if nothing waits."""
        if self._latest is not None:
            note, self._latest = self._latest, None
            return note
        return self._notes.popleft() if self._notes else None
