"""The methods of the protocol: one table. Who may call each, which parameters it takes, within which bounds.

The server, the documents and the tests read this table; a method that does not stand here does not exist.
"""

from typing import Any, Final

from spooler.model.problem import Problem

from . import (
    methods_cards,
    methods_gates,
    methods_jobs,
    methods_ledger,
    methods_officers,
    methods_privacy,
    methods_queue,
    methods_restored,
    methods_stats,
    methods_stock,
)  # fmt: skip
from .limits import Limits
from .method import Method, Param
from .paths import bare, join
from .versions import PROTOCOL_VERSION

_WORDS: Final = {str: "a text", int: "a whole number", bool: "true or false", list: "an array"}

METHODS: Final[dict[str, Method]] = {
    **methods_jobs.METHODS,
    **methods_officers.METHODS,
    **methods_ledger.METHODS,
    **methods_privacy.METHODS,
    **methods_restored.METHODS,
    **methods_queue.METHODS,
    **methods_gates.METHODS,
    **methods_stock.METHODS,
    **methods_cards.METHODS,
    **methods_stats.METHODS,
}
#: What every method takes.
COMMON: Final = (Param("deadline_ms", int, 2**53, since=2),)
_NAMES: Final = {name: frozenset(param.name for param in method.params) for name, method in METHODS.items()}


def check_params(
    method: str, params: list[Any], limits: Limits, version: int = PROTOCOL_VERSION
) -> dict[str, Any] | Problem:
    """The parameters of one of METHODS with its defaults filled in, or the first thing that is wrong with them.

    `params` is the request's array: [{…}], or [] for none; `version`: of the conversation. The elements of submit's
    `jobs` are judged by parse_job.
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
        problem = _check(param, value, limits) if param.since <= version else _stranger(method, param.name, version)
        if problem is not None:
            return problem
        checked[param.name] = value
    if not given.keys() <= _NAMES[method]:
        problem = _common(method, given, checked, limits, version)
        if problem is not None:
            return problem
    if spec.one_of and sum(name in checked for name in spec.one_of) != 1:
        return Problem("bad-params", f"{method} needs exactly one of {' and '.join(spec.one_of)}.", spec.one_of[0])
    return checked


def _common(
    method: str, given: dict[Any, Any], checked: dict[str, Any], limits: Limits, version: int
) -> Problem | None:
    """What is given beside the method's own: parameters of every method, or a stranger."""
    known = {param.name: param for param in COMMON if param.since <= version}
    for name in given.keys() - _NAMES[method]:
        if name not in known:
            return _stranger(method, name, version)
        if given[name] is not None:
            if (problem := _check(known[name], given[name], limits)) is not None:
                return problem
            checked[name] = given[name]
    return None


def _stranger(method: str, name: Any, version: int) -> Problem:
    names = ", ".join(param.name for param in METHODS[method].params if param.since <= version) or "none"
    return Problem("unknown-field", f"{method} has no such parameter; it has: {names}.", bare(name))


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
            short = "may not be empty" if param.least == 1 else f"must have {param.least} {unit} at least"
            return Problem("bad-value", f"{name} {short}.", name)
        if param.items is not None:
            for index, element in enumerate(value):
                if type(element) is not param.items:
                    path = join(name, f"[{index}]")
                    return Problem("wrong-type", f"{path} must be {_WORDS[param.items]}.", path)
    return None
