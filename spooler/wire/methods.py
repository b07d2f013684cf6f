"""The methods of the protocol: one table. Who may call each, which parameters it takes, within which bounds.

The server, the documents and the tests read this table; a method that does not stand here does not exist.
"""

from typing import Any, Final

from attrs import frozen

from spooler.model.job import JobState
from spooler.model.problem import Problem
from spooler.model.site import Principal, Right

from .limits import Limits
from .paths import bare, join

#: What an officer may answer to a doubt.
RESOLUTIONS: Final = ("printed", "spoiled", "no-card")
#: How much of a job is checked before it is stored: without pixels, or the drawn card too.
CHECKS: Final = ("fast", "full")
_WORDS: Final = {str: "a text", int: "a whole number", bool: "true or false", list: "an array"}


@frozen
class Param:
    """One parameter. `least` and `most` bound a number, or the length of a text or an array.

    A `most` that is a word is the name of a limit. A parameter that is nil counts as one that is not there.
    """

    name: str
    kind: type[Any]  # str, int, bool or list
    most: int | str = 1
    least: int = 0
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    items: type[Any] | None = None  # what an array holds, where it is not judged element by element


@frozen
class Method:
    """One method: any of `rights` opens it; `one_of` names parameters of which exactly one must be there."""

    doc: str
    rights: frozenset[Right]
    params: tuple[Param, ...] = ()
    one_of: tuple[str, ...] = ()

    def refusal(self, principal: Principal | None) -> Problem | None:
        """Why `principal` may not call this method at all; None if it may."""
        if not self.rights:
            return None
        if principal is None:
            return Problem(
                "unauthorised",
                "This connection has no principal: say hello with a token, or connect as a Unix user that the "
                "configuration names.",
            )
        if principal.rights.isdisjoint(self.rights):
            needed = " or ".join(sorted(self.rights))
            return Problem("forbidden", f"This method needs the right to {needed}.")
        return None


_ID: Final = Param("id", str, 32)
_TICKET: Final = Param("ticket", str, "max_ticket", least=1)
_JOBS: Final = Param("jobs", list, "max_jobs", required=True)
_SUBMIT: Final = frozenset({Right.SUBMIT})
_WATCH: Final = frozenset({Right.WATCH})
_OPERATE: Final = frozenset({Right.OPERATE})

METHODS: Final[dict[str, Method]] = {
    "hello": Method(
        "Agree on a version; over TCP, say who you are.",
        frozenset(),
        (
            Param("application", str, "max_name", least=1, required=True),
            Param("versions", list, 16, least=1, required=True, items=int),
            Param("token", str, "max_text"),
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
        _SUBMIT | _WATCH | _OPERATE,
        (_ID, _TICKET, Param("wait_ms", int, "max_wait_ms", default=0), Param("version", int, 2**53)),
        ("id", "ticket"),
    ),
    "jobs": Method(
        "Jobs by growing id, page by page.",
        _SUBMIT | _WATCH | _OPERATE,
        (
            Param("site", str, "max_name"),
            Param("state", str, choices=tuple(JobState)),
            Param("group", str, "max_name"),
            Param("after", str, 32),
            Param("limit", int, "max_page", least=1, default=100),
        ),
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
    "resolve": Method(
        "Say what became of a card that the spooler is in doubt about.",
        _OPERATE,
        (Param("id", str, 32, required=True), Param("answer", str, required=True, choices=RESOLUTIONS)),
    ),
    "release": Method(
        "Let a held job go to its queue after all.",
        _OPERATE,
        (Param("id", str, 32, required=True),),
    ),
    "confirm-clock": Method("Say that the clock is right after it has jumped.", _OPERATE),
}


_NAMES: Final = {name: frozenset(param.name for param in method.params) for name, method in METHODS.items()}


def check_params(method: str, params: list[Any], limits: Limits) -> dict[str, Any] | Problem:
    """The parameters of one of METHODS with its defaults filled in, or the first thing that is wrong with them.

    `params` is the request's array: [{…}], or [] for none. The elements of submit's `jobs` are judged by parse_job.
    """
    if not params:
        params = [{}]
    if len(params) != 1 or type(params[0]) is not dict:
        return Problem("bad-params", "The parameters are an array that holds one map, or nothing.")
    given: dict[Any, Any] = params[0]
    spec = METHODS[method]
    checked: dict[str, Any] = {}
    for param in spec.params:
        value = given.get(param.name)
        if value is None:
            if param.required:
                return Problem("missing-field", f"{method} needs {param.name}.", param.name)
            if param.default is not None:
                checked[param.name] = param.default
            continue
        problem = _check(param, value, limits)
        if problem is not None:
            return problem
        checked[param.name] = value
    if not given.keys() <= _NAMES[method]:
        stranger = next(name for name in given if name not in _NAMES[method])
        names = ", ".join(param.name for param in spec.params) or "none"
        return Problem("unknown-field", f"{method} has no such parameter; it has: {names}.", bare(stranger))
    if spec.one_of and sum(name in checked for name in spec.one_of) != 1:
        return Problem("bad-params", f"{method} needs exactly one of {' and '.join(spec.one_of)}.", spec.one_of[0])
    return checked


def _check(param: Param, value: Any, limits: Limits) -> Problem | None:
    name = param.name
    if type(value) is not param.kind:
        return Problem("wrong-type", f"{name} must be {_WORDS[param.kind]}.", name)
    if param.choices:
        if value not in param.choices:
            return Problem("bad-value", f"{name} must be one of: {', '.join(param.choices)}.", name)
        return None
    most = getattr(limits, param.most) if isinstance(param.most, str) else param.most
    if param.kind is int:
        if not param.least <= value <= most:
            return Problem("bad-value", f"{name} must be from {param.least} to {most}.", name)
    elif param.kind is not bool:
        unit = "elements" if param.kind is list else "characters"
        if len(value) > most:
            return Problem("too-large", f"{name} may have {most} {unit}; this one has {len(value)}.", name)
        if len(value) < param.least:
            return Problem("bad-value", f"{name} may not be empty.", name)
        if param.items is not None:
            for index, element in enumerate(value):
                if type(element) is not param.items:
                    path = join(name, f"[{index}]")
                    return Problem("wrong-type", f"{path} must be {_WORDS[param.items]}.", path)
    return None
