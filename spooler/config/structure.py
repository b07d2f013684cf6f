"""From tomllib's tables to the classes of spooler.config.values, with every fault as a path and a sentence.

cattrs walks the classes, collects what the forms refuse, and forbids keys that no class has; this file only puts its
findings into words.
"""

from typing import Annotated, Any, Final, Generic, TypeVar, cast, get_args, get_origin

import attrs
from attrs import Factory
from cattrs import Converter
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError

from spooler.model.hints import nearest

from .forms import Form

T = TypeVar("T")
#: A path below the table, and the sentence.
Finding = tuple[tuple[str, ...], str]


def _is_formed(annotation: Any) -> bool:
    origin: object = get_origin(annotation)
    return origin is Annotated


def _form(annotation: Any) -> Form:
    return cast(Form, get_args(annotation)[1])


_CONVERTER: Final = Converter(forbid_extra_keys=True)
_CONVERTER.register_structure_hook_factory(
    _is_formed,
    lambda annotation: lambda raw, _: _form(annotation).read(raw),
)


@attrs.frozen
class Read(Generic[T]):
    """One table, as far as it could be read."""

    value: T | None  # None where there are findings
    known: dict[str, Any]  # the values that are good, defaults included: enough for checks across tables
    findings: list[Finding]


def structure(raw: object, cls: type[T], title: str) -> Read[T]:
    """The table as a value, or everything that is wrong with it. `title`: as the file writes it, [[site]]."""
    if not isinstance(raw, dict):
        return Read(None, {}, [((), f"must be a table: write {title} on a line of its own")])
    try:
        value = _CONVERTER.structure(raw, cls)
    except ClassValidationError as error:
        meant = {near for key in raw if (near := _meant(key, cls))}
        good = {key: value for key, value in _good(raw, cls).items() if key not in meant}
        return Read(None, good, _findings(error, cls, title, meant))
    return Read(value, {a.name: getattr(value, a.name) for a in attrs.fields(cast(Any, cls))}, [])


def _good(raw: dict[str, Any], cls: type) -> dict[str, Any]:
    good = {}
    for attribute in attrs.fields(cls):
        if attribute.name in raw:
            try:
                good[attribute.name] = _form(attribute.type).read(raw[attribute.name])
            except ValueError:
                pass  # it is among the findings
        elif attribute.default is not attrs.NOTHING and not isinstance(attribute.default, Factory):  # type: ignore[arg-type]
            good[attribute.name] = attribute.default
    return good


def _meant(key: str, cls: type) -> str | None:
    """The key that an unknown one probably stands for: it is neither missing nor left at its default."""
    keys = [attribute.name for attribute in attrs.fields(cls)]
    return None if key in keys else nearest(key, keys)


def _findings(error: ClassValidationError, cls: type, title: str, meant: set[str]) -> list[Finding]:
    keys = [attribute.name for attribute in attrs.fields(cls)]
    at_attributes, others = error.group_exceptions()
    findings: list[Finding] = []
    for inner in others:
        if not isinstance(inner, ForbiddenExtraKeysError):
            raise inner
        for key in sorted(inner.extra_fields):
            near = _meant(key, cls)
            advice = f" (did you mean `{near}`?)" if near else f"; there are: {', '.join(keys)}"
            findings.append(((key,), f"is not known in {title}{advice}"))
    for inner, note in at_attributes:
        # cattrs looks a required key up in the table; a form never raises KeyError
        if not isinstance(inner, KeyError):
            findings.append(((note.name,), str(inner)))
        elif note.name not in meant:
            findings.append(((note.name,), f"is missing: every {title} needs it"))
    return findings
