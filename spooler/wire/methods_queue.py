"""The methods about jobs that wait: their place, their queue, and a whole group as one."""

from typing import Final

from spooler.model.override import OVERRIDES
from spooler.model.site import Right

from .method import Method, Param

_ID: Final = Param("id", str, 32)
_TICKET: Final = Param("ticket", str, "max_ticket", least=1)
_GROUP: Final = Param("group", str, "max_name", least=1, required=True)
_SITE: Final = Param("site", str, "max_name")
_PRINTER: Final = Param("printer", str, "max_name")
_SUBMIT: Final = Right.SUBMIT
_OPERATE: Final = Right.OPERATE
_ANY: Final = frozenset({Right.SUBMIT, Right.WATCH, Right.OPERATE})

METHODS: Final[dict[str, Method]] = {
    "explain": Method("Say why a job waits, and for how long.", _ANY, (_ID, _TICKET), ("id", "ticket")),
    "hold": Method(
        "Keep a job from its queue until it is released, or until a time.",
        frozenset({_SUBMIT, _OPERATE}),
        (_ID, _TICKET, Param("until_ms", int, 2**53)),
        ("id", "ticket"),
    ),
    "priority": Method(
        "Give a job that waits another priority; its age stays.",
        frozenset({_OPERATE}),
        (
            Param("id", str, 32, required=True),
            Param("priority", int, 100, least=1, required=True),
            Param("reason", str, choices=tuple(OVERRIDES)),
        ),
    ),
    "express": Method(
        "Let a job that waits go first, or take its turn again; with a reason.",
        frozenset({Right.EXPRESS}),
        (
            Param("id", str, 32, required=True),
            Param("reason", str, choices=tuple(OVERRIDES), required=True),
            Param("express", bool, default=True),
        ),
    ),
    "move": Method(
        "Send a job that waits to another site or printer; it keeps its age.",
        frozenset({_OPERATE}),
        (Param("id", str, 32, required=True), _SITE, _PRINTER),
        ("site", "printer"),
    ),
    "group": Method("How far a group has come.", _ANY, (_GROUP,)),
    "group-hold": Method("Hold all jobs of a group that wait.", frozenset({_SUBMIT, _OPERATE}), (_GROUP,)),
    "group-release": Method("Release all jobs of a group that were held.", frozenset({_SUBMIT, _OPERATE}), (_GROUP,)),
    "group-cancel": Method("Take back all jobs of a group that wait.", frozenset({_SUBMIT, _OPERATE}), (_GROUP,)),
    "group-move": Method(
        "Send all jobs of a group that wait to another site or printer.",
        frozenset({_OPERATE}),
        (_GROUP, _SITE, _PRINTER),
        ("site", "printer"),
    ),
}
