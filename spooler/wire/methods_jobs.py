"""The methods that applications use, and those that only read."""

from typing import Final

from spooler.model.job import JobState
from spooler.model.site import Right

from .method import Method, Param

#: How much of a job is checked before it is stored: without pixels, or the drawn card too.
CHECKS: Final = ("fast", "full")

_ID: Final = Param("id", str, 32)
_TICKET: Final = Param("ticket", str, "max_ticket", least=1)
_JOBS: Final = Param("jobs", list, "max_jobs", required=True)
_SUBMIT: Final = frozenset({Right.SUBMIT})
_WATCH: Final = frozenset({Right.WATCH})
_OPERATE: Final = frozenset({Right.OPERATE})
_SUPERVISE: Final = frozenset({Right.SUPERVISE})

METHODS: Final[dict[str, Method]] = {
    "hello": Method(
        "Agree on a version; over TCP, say who you are.",
        frozenset(),
        (
            Param("application", str, "max_name", least=1, required=True),
            Param("versions", list, 16, least=1, required=True, items=int),
            Param("token", str, "max_text"),
            Param("on_behalf_of", str, "max_name", least=1, since=2),
        ),
    ),
    "submit": Method(
        "Hand jobs over: each is answered on its own, after it is durable.",
        _SUBMIT,
        (_JOBS, Param("check", str, choices=CHECKS, default=CHECKS[0])),
    ),
    "check": Method(
        "Say all that would be found in jobs, and store nothing.",
        _SUBMIT,
        (_JOBS, Param("full", bool, default=False)),
    ),
    "job": Method(
        "One job; with wait_ms, as soon as it has ended or has changed.",
        _SUBMIT | _WATCH | _OPERATE | _SUPERVISE,
        (_ID, _TICKET, Param("wait_ms", int, "max_wait_ms", default=0), Param("version", int, 2**53)),
        ("id", "ticket"),
    ),
    "jobs": Method(
        "Jobs by growing id, page by page.",
        _SUBMIT | _WATCH | _OPERATE | _SUPERVISE,
        (
            Param("site", str, "max_name"),
            Param("state", str, choices=tuple(JobState)),
            Param("group", str, "max_name"),
            Param("after", str, 32),
            Param("limit", int, "max_page", least=1, default=100),
            Param("states", list, len(JobState), least=1, items=str, since=2),
            Param("kind", str, "max_name", since=2),
            Param("printer", str, "max_name", since=2),
            Param("submitter", str, "max_name", since=2),
            Param("since_ms", int, 2**44, since=2),
        ),
    ),
    "cards": Method(
        "The latest cards that a site's jobs used, the newest first.",
        _WATCH | _OPERATE,
        (Param("site", str, "max_name", required=True), Param("limit", int, "max_page", least=1, default=100)),
    ),
    "cancel": Method(
        "Take a job back, as long as no card can move.",
        _SUBMIT | _OPERATE,
        (_ID, _TICKET),
        ("id", "ticket"),
    ),
    "watch": Method(
        "Be sent ledger entries as they are written, and states as they change.",
        _WATCH,
        (
            Param("cursor", str, "max_text"),
            Param("entries", bool, default=True),
            Param("state", bool, default=False),
        ),
    ),
    "printers": Method("What each printer does and lacks.", _WATCH),
    "sites": Method("The sites, their printers and queues.", _WATCH),
}
