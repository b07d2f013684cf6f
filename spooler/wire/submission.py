"""One element of `submit` as a JobRequest: keys, types and lengths. Whether the values make sense is admission's.

This runs for every job that comes in, so it is written straight: one pass over the keys, one over the fields.
"""

from typing import Any, Final

from spooler.model.problem import Problem
from spooler.model.request import DEFAULT_PRIORITY, JobRequest

from .limits import Limits
from .paths import bare, join

MIN_PRIORITY: Final = 1
MAX_PRIORITY: Final = 100
_BOUNDS: Final = {"priority": (MIN_PRIORITY, MAX_PRIORITY), "hold_until_ms": (0, 2**53)}

#: key -> (type, the limit of its length, what to say of another type).
KEYS: Final[dict[str, tuple[type[Any], str, str]]] = {
    "ticket": (str, "max_ticket", "a text"),
    "site": (str, "max_name", "a text"),
    "printer": (str, "max_name", "a text"),
    "kind": (str, "max_name", "a text"),
    "priority": (int, "", "a whole number"),
    "authorisation": (str, "max_name", "a text"),
    "group": (str, "max_name", "a text"),
    "flow": (str, "max_name", "a text"),
    "reprint_of": (str, "max_name", "a text"),
    "class": (str, "max_name", "a text"),
    "hold_until_ms": (int, "", "a whole number"),
    "express": (str, "max_name", "a text"),
    "fields": (dict, "max_map", "a map of texts"),
    "photo": (bytes, "max_photo", "bytes (MessagePack bin)"),
    "signature": (bytes, "max_signature", "bytes (MessagePack bin)"),
}
REQUIRED: Final = ("ticket", "kind", "fields")


def parse_job(raw: Any, path: str, limits: Limits) -> JobRequest | Problem:
    """The job, or the first thing that is wrong with it. `path` is where it stands, `jobs[3]`, or "" for alone."""
    if type(raw) is not dict:
        return Problem("wrong-type", "A job must be a map.", path or None)
    for key, value in raw.items():
        rule = KEYS.get(key)
        if rule is None:
            return Problem("unknown-field", f"A job has no such key; it has: {', '.join(KEYS)}.", join(path, bare(key)))
        if value is None:
            continue
        if type(value) is not rule[0]:
            return Problem("wrong-type", f"{key} must be {rule[2]}.", join(path, key))
        if rule[0] is int:
            least, most = _BOUNDS[key]
            if not least <= value <= most:
                return Problem("bad-value", f"{key} must be from {least} to {most}.", join(path, key))
        elif len(value) > getattr(limits, rule[1]):
            return _too_large(join(path, key), value, getattr(limits, rule[1]))
        elif not value and key != "fields":
            return Problem("bad-value", f"{key} may not be empty.", join(path, key))
    get = raw.get
    ticket, kind, fields, priority = get("ticket"), get("kind"), get("fields"), get("priority")
    if ticket is None or kind is None or fields is None:
        missing = next(key for key in REQUIRED if get(key) is None)
        return Problem("missing-field", f"{missing} is missing: every job has one.", join(path, missing))
    site, printer = get("site"), get("printer")
    if (site is None) == (printer is None):
        if site is None:
            return Problem("missing-field", "A job names its site, or one printer.", join(path, "site"))
        return Problem("bad-params", "A job names its site or one printer, not both.", join(path, "printer"))
    priority_class = get("class")
    if priority_class is not None and priority is not None:
        return Problem("bad-params", "A job has a class or a priority, not both.", join(path, "class"))
    most = limits.max_text
    for name, text in fields.items():
        if type(text) is not str or type(name) is not str:
            at = join(join(path, "fields"), bare(name))
            return Problem("wrong-type", "Names and values of fields must be texts.", at)
        if len(text) > most:
            return _too_large(join(join(path, "fields"), bare(name)), text, most)
    return JobRequest(
        ticket,
        kind,
        site,
        printer,
        fields,
        get("photo"),
        get("signature"),
        DEFAULT_PRIORITY if priority is None else priority,
        get("authorisation"),
        get("group"),
        get("flow"),
        get("reprint_of"),
        priority_class,
        get("hold_until_ms"),
        get("express"),
    )


def _too_large(path: str, value: Any, most: int) -> Problem:
    unit = "characters" if type(value) is str else "bytes" if type(value) is bytes else "entries"
    return Problem("too-large", f"This may have {most} {unit} at most; it has {len(value)}.", path)
