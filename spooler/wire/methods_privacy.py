"""The methods of auditors: whose data is where, what lay open, what may not be destroyed."""

from typing import Final

from spooler.model.privacy import HOLD_REASONS
from spooler.model.site import Right

from .method import Method, Param

_AUDIT: Final = frozenset({Right.AUDIT})
_AFTER: Final = Param("after", str, 32)
_LIMIT: Final = Param("limit", int, "max_page", least=1, default=100)
_HOLD: Final = (
    Param("id", str, 32, required=True),
    Param("reason", str, required=True, choices=tuple(HOLD_REASONS)),
)

METHODS: Final[dict[str, Method]] = {
    "whereis": Method(
        "Which jobs and entries concern a person; the question itself is an entry.",
        _AUDIT,
        (Param("nik", str, 16, least=16), Param("nomor_kk", str, 16, least=16), _AFTER, _LIMIT),
        ("nik", "nomor_kk"),
    ),
    "breach-report": Method(
        "Which payloads could be read at a site at a time, for a machine that was lost.",
        _AUDIT,
        (
            Param("site", str, "max_name", least=1, required=True),
            Param("at_ms", int, 2**53, required=True),
            _AFTER,
            _LIMIT,
        ),
    ),
    "hold-payload": Method("Keep a job's data beyond its time.", _AUDIT, _HOLD),
    "release-payload": Method("Lift one reason to keep a job's data.", _AUDIT, _HOLD),
    "payload-holds": Method("What is kept beyond its time, and why.", _AUDIT, (_AFTER, _LIMIT)),
}
