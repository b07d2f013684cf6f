"""What can be wrong with a request, as a value; and the closed list of codes.

A problem names its code (stable, for programs), a sentence (for people), the path of the bad field where there is
one, and whether waiting helps. It never quotes what the caller sent: a name in an error text would end up in a log.
"""

from typing import Any, Final

from attrs import frozen

#: code -> (whose fault, what it means). The wire, the documents and the tests read this one table.
CODES: Final[dict[str, tuple[str, str]]] = {
    # the message
    "bad-message": ("caller", "The bytes are not MessagePack-RPC, or nest too deep; the connection closes."),
    "unknown-method": ("caller", "There is no such method."),
    "bad-params": ("caller", "The parameters have the wrong shape; `field` says where."),
    "too-large": (
        "caller",
        "A message, list, text or picture passes its limit; the sentence names the limit. With msgid 0 it was the "
        "message, and the connection closes.",
    ),
    "unauthorised": ("caller", "The connection has no principal: say hello first, over TCP with a valid token."),
    "forbidden": ("caller", "The principal may not do this, or not at this site."),
    "unsupported-version": ("caller", "No protocol version in common."),
    # the job
    "missing-field": ("caller", "A field that this kind needs is not there."),
    "unknown-field": ("caller", "A field that this kind does not know."),
    "wrong-type": ("caller", "A value of another type than the field's."),
    "bad-value": ("caller", "A value that the field's rule does not allow."),
    "bad-picture": ("caller", "A picture that cannot be read, or is not of the format asked for."),
    "no-glyph": ("caller", "A character that the card's typeface does not have."),
    "text-does-not-fit": ("caller", "A text that is too long for the card in every size that its template allows."),
    "unknown-kind": ("caller", "No such kind of document."),
    "unknown-site": ("caller", "No such site."),
    "unknown-printer": ("caller", "No such printer."),
    "site-not-open": ("caller", "The site is preparing, paused or closed: it takes no jobs."),
    "no-printer": ("caller", "No printer there can print this kind."),
    "media-not-allowed": ("caller", "No printer there may be given this kind's stock: it could break the printer."),
    "conflict": ("caller", "The ticket was used before for another content."),
    "authorisation-spent": ("caller", "A job already stands under this authorisation."),
    "no-reprint": ("caller", "The job has no card that could be printed again so, or it was reprinted already."),
    "reprint-limit": ("caller", "The officer has ordered as many replacements today as he may: ask a supervisor."),
    # the act
    "unknown-job": ("caller", "No such job, or not one of yours."),
    "too-late": ("caller", "The job has gone too far for this: a card may already move, or it has ended."),
    "unsettled": ("caller", "Jobs of the restored store still wait for an answer."),
    "stale": ("nobody", "The job changed meanwhile: read it again and repeat."),
    "expired": ("caller", "The request's `deadline_ms` had passed before it was begun: nothing was done."),
    "bad-cursor": ("caller", "The cursor is not of this ledger."),
    # the spooler
    "busy": ("nobody", "A bound is reached: try again after `retry_after_ms`."),
    "spool-full": ("nobody", "The spool's disk is full: nothing was stored; try again after `retry_after_ms`."),
    "stopping": ("nobody", "The spooler is shutting down: nothing was stored, try again later."),
    "internal": ("spooler", "A fault of the spooler; nothing was stored. It is in the log under the id given."),
}


@frozen
class Problem:
    """One refusal: `code` from CODES, a sentence, the field's path (`jobs[3].fields.nik`), a hint when to come back."""

    code: str
    message: str
    field: str | None = None
    retry_after_ms: int | None = None
    #: facts for programs, closed words, ids and amounts only (the first job's id, a limit …)
    details: tuple[tuple[str, str | int | float], ...] = ()

    def at(self, prefix: str) -> "Problem":
        """The same problem with its path put under `prefix`."""
        dot = "." if self.field and not self.field.startswith("[") else ""
        path = f"{prefix}{dot}{self.field or ''}"
        return Problem(self.code, self.message, path, self.retry_after_ms, self.details)

    def as_wire(self) -> dict[str, Any]:
        """The error map of the protocol; keys without a value are left out."""
        wire: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.field is not None:
            wire["field"] = self.field
        if self.retry_after_ms is not None:
            wire["retry_after_ms"] = self.retry_after_ms
        if self.details:
            wire["details"] = dict(self.details)
        return wire


class Refused(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """Raised where a problem must travel up a call; carries the value."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.message}")
        self.problem = problem
