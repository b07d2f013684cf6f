"""The server's end of one connection, without I/O: bytes in, requests out; results in, bytes out.

A peer that sends rubbish gets one error and nothing more: the connection is then `dead`, `farewell` is what to send
before closing, and whatever else arrives is not looked at. Requests that came before the rubbish are good.
"""

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from spooler.model.problem import Problem, Refused

from .limits import Limits
from .messages import NO_MSGID, Encoder, Notification, Reply, Request, parse_message
from .reader import MessageReader


@frozen
class ProtocolError:
    """The peer does not speak the protocol; the last event of a connection."""

    problem: Problem


class Connection:
    """One client's connection. `dead`: it sent rubbish; send `farewell()` and close."""

    def __init__(self, limits: Limits) -> None:
        self._reader: MessageReader | None = MessageReader(limits)
        self._encoder = Encoder()
        self._error: Problem | None = None

    @property
    def dead(self) -> bool:
        """Whether a ProtocolError has come."""
        return self._error is not None

    def receive_data(self, data: bytes) -> list[Request | Notification | ProtocolError]:
        """The events that `data` completes, in order; a ProtocolError is the last there will ever be. Never raises."""
        events: list[Request | Notification | ProtocolError] = []
        if self._reader is None:
            return events
        try:
            for value in self._reader.read(data):
                message = parse_message(value)
                if isinstance(message, Reply):
                    raise Refused(Problem("bad-message", "This side asks nothing, so there is nothing to answer."))
                events.append(message)
        except Refused as refused:
            self._error = refused.problem
            self._reader = None  # and with it the bytes it holds
            events.append(ProtocolError(refused.problem))
        return events

    def farewell(self) -> bytes:
        """The one error for a peer that sent rubbish, under msgid 0: it may have meant no request at all."""
        assert self._error is not None, "only a dead connection says farewell"
        return self.fail(NO_MSGID, self._error)

    def reply(self, msgid: int, result: Any) -> bytes:
        """A request's result."""
        return self._encoder.result(msgid, result)

    def fail(self, msgid: int, problem: Problem) -> bytes:
        """A request's refusal."""
        return self._encoder.error(msgid, problem.as_wire())

    def notify(self, method: str, params: dict[str, Any]) -> bytes:
        """Something the client watches."""
        return self._encoder.notification(method, params)

    def notify_entries(self, cursor: str, bodies: Sequence[bytes]) -> bytes:
        """Ledger entries exactly as stored; `cursor` stands for the last of them."""
        return self._encoder.entries(cursor, bodies)
