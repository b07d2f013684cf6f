"""What can go wrong for an application: two things.

ServerError      the spooler refused, and says why; the connection goes on
ConnectionLost   nobody's word: what was asked may or may not have been done; connect and ask again
"""

from typing import Any


class ServerError(Exception):
    """The spooler's refusal. `code` is stable (docs/protocol.md lists them), `message` is a sentence for people."""

    def __init__(self, error: dict[str, Any]) -> None:
        self.code = str(error.get("code", "internal"))
        self.message = str(error.get("message", ""))
        self.field: str | None = error.get("field")
        self.retry_after_ms: int | None = error.get("retry_after_ms")
        self.details: dict[str, Any] = error.get("details") or {}
        at = f" ({self.field})" if self.field else ""
        super().__init__(f"{self.message}{at} [{self.code}]")


class ConnectionLost(Exception):  # noqa: N818 - often nobody's error
    """The connection is over. A `submit` under way may have been stored: repeat it with the same tickets.

    `last_word`: why the spooler closed the connection, where it said so.
    """

    def __init__(self, sentence: str, last_word: ServerError | None = None) -> None:
        super().__init__(sentence if last_word is None else f"{sentence}: {last_word}")
        self.sentence = sentence
        self.last_word = last_word
