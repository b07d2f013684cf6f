"""Admission: may this request become a job? Fast and without a pixel: fields, and the headers of the pictures.

Only what the printer must be sure of. Whether a person may have a card was decided before the request came; whether
the text fits the card is render's to say. A sentence says what is wanted, never what came: it ends up in logs.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from attrs import frozen

from spooler.model.kinds import Field, FieldType, Kind, Need
from spooler.model.problem import Problem
from spooler.model.request import JobRequest, PictureFacts


@frozen
class PictureLimits:
    """What a picture may be."""

    format: str  # "jpeg" or "png"
    most_bytes: int
    most_pixels: int
    least_width: int = 1  # pixels
    least_height: int = 1  # pixels


@frozen
class Limits:
    """The pictures of a job."""

    photo: PictureLimits = PictureLimits("jpeg", 1 << 20, 4_000_000, 60, 80)
    signature: PictureLimits = PictureLimits("png", 1 << 18, 2_000_000)


LIMITS: Final = Limits()


def check(
    kind: Kind,
    request: JobRequest,
    photo: PictureFacts | None,
    signature: PictureFacts | None,
    limits: Limits = LIMITS,
) -> Problem | None:
    """The first thing wrong with the request, or None. Paths are relative to the job: `fields.nik`, `photo`.

    `photo`, `signature`: what the headers of the request's pictures say; None for bytes that are no picture.
    """
    return next(problems(kind, request, photo, signature, limits), None)


def problems(
    kind: Kind,
    request: JobRequest,
    photo: PictureFacts | None,
    signature: PictureFacts | None,
    limits: Limits = LIMITS,
) -> Iterator[Problem]:
    """All that is wrong with the request, one problem a field at most; what `check` finds comes first."""
    plan = _PLANS.get(kind.name)
    if plan is None or plan.kind is not kind:
        plan = _PLANS[kind.name] = _plan(kind)
    fields = request.fields
    if not fields.keys() <= plan.names:
        for stranger in sorted(fields.keys() - plan.names):
            yield _unknown(kind, stranger)
    printable = _printable("".join(fields.values()))  # one look at all, then only at the culprit
    for name, longest, required, refusal in plan.rows:
        value = fields.get(name)
        if value is None:
            if required:
                yield Problem("missing-field", f"{name} is missing: every {kind.name} has one", f"fields.{name}")
            continue
        if len(value) > longest:
            sentence = f"{name} may have {longest} characters at most; this one has {len(value)}"
            yield Problem("too-large", sentence, f"fields.{name}")
        elif not printable and not value.isprintable():
            yield Problem("bad-value", f"{name} may not hold control or invisible characters", f"fields.{name}")
        elif not value or value.isspace():
            advice = "" if required else "; leave it out instead"
            yield Problem("bad-value", f"{name} may not be empty or blank{advice}", f"fields.{name}")
        elif refusal is not None:
            why = refusal(value)
            if why is not None:
                yield Problem("bad-value", f"{name} {why}", f"fields.{name}")
    if (problem := _picture("photo", kind, kind.photo, request.photo, photo, limits.photo)) is not None:
        yield problem
    if (
        problem := _picture("signature", kind, kind.signature, request.signature, signature, limits.signature)
    ) is not None:
        yield problem


_CONTROLS: Final = bytes((*range(32), 127))


def _printable(text: str) -> bool:
    """str.isprintable; for ASCII, nearly every text here, several times faster."""
    if text.isascii():
        data = text.encode()
        return len(data.translate(None, _CONTROLS)) == len(data)
    return text.isprintable()


#: A field's own rule: the end of the sentence that refuses a value, or None. Values are printable and not blank.
_Refusal = Callable[[str], str | None]


@frozen
class _Plan:
    """A kind, laid out for speed."""

    kind: Kind
    names: frozenset[str]
    rows: tuple[tuple[str, int, bool, _Refusal | None], ...]  # name, longest, required, rule


#: By name; bounded by the number of kinds. A kind that was replaced by a new version is planned anew.
_PLANS: Final[dict[str, _Plan]] = {}


def _plan(kind: Kind) -> _Plan:
    rows = tuple((f.name, _longest(f), f.required, _refusal(f)) for f in kind.fields)
    return _Plan(kind, kind.names, rows)


_FORMED: Final = frozenset({FieldType.NIK, FieldType.NOMOR_KK, FieldType.DATE, FieldType.RT_RW, FieldType.CHOICE})
_LONGEST_FORMED: Final = 1000


def _longest(field: Field) -> int:
    """Fields with a form of their own are told their form, not a length; this only bounds the work on them."""
    return _LONGEST_FORMED if field.type in _FORMED else field.longest


def _refusal(field: Field) -> _Refusal | None:
    if field.type is FieldType.CHOICE:
        choices = frozenset(field.choices)
        sentence = f"must be one of: {', '.join(field.choices)}"
        return lambda value: None if value in choices else sentence
    return {
        FieldType.NIK: _sixteen_digits,
        FieldType.NOMOR_KK: _sixteen_digits,
        FieldType.DATE: _date,
        FieldType.DATE_OR_TEXT: _date_or_text,
        FieldType.RT_RW: _rt_rw,
    }.get(field.type)


def _sixteen_digits(value: str) -> str | None:
    if not (value.isascii() and value.isdigit()):
        return "must be exactly 16 digits; this one holds other characters"
    return None if len(value) == 16 else f"must be exactly 16 digits; this one has {len(value)}"


_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DAYS: Final = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _date(value: str) -> str | None:
    parts = _DATE.fullmatch(value)
    if parts is None:
        return "must be a date written YYYY-MM-DD"
    year, month, day = int(parts[1]), int(parts[2]), int(parts[3])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if year and 1 <= month <= 12 and 1 <= day <= _DAYS[month] and (leap or (month, day) != (2, 29)):
        return None
    return "must be a date that exists, written YYYY-MM-DD"


def _date_or_text(value: str) -> str | None:
    return _date(value) if value[0].isdigit() else None


_RT_RW: Final = re.compile(r"[0-9]{3}/[0-9]{3}")


def _rt_rw(value: str) -> str | None:
    return None if _RT_RW.fullmatch(value) else "must be three digits, a slash and three digits: NNN/NNN"


#: What an unknown field may be called to be named in the answer; anything else might be somebody's data.
_NAME: Final = re.compile(r"[a-z][a-z_]{0,31}[0-9]?")


def _unknown(kind: Kind, name: str) -> Problem:
    path = f"fields.{name}" if _NAME.fullmatch(name) else "fields"
    known = ", ".join(field.name for field in kind.fields)
    return Problem("unknown-field", f"{kind.name} has no such field; it has: {known}", path)


def _picture(
    name: str, kind: Kind, need: Need, data: bytes | None, facts: PictureFacts | None, limits: PictureLimits
) -> Problem | None:
    if data is None:
        if need is not Need.REQUIRED:
            return None
        return Problem("missing-field", f"{name} is missing: every {kind.name} has one", name)
    if need is Need.NONE:
        return Problem("unknown-field", f"{kind.name} has no {name}", name)
    form = limits.format.upper()
    if len(data) > limits.most_bytes:
        return Problem(
            "too-large", f"{name} may have {limits.most_bytes} bytes at most; this one has {len(data)}", name
        )
    if facts is None or facts.format != limits.format:
        return Problem("bad-picture", f"{name} must be a {form} picture", name)
    if not facts.complete:
        return Problem("bad-picture", f"{name} is cut off: the end of the {form} picture is missing", name)
    if facts.orientation != 1:
        return Problem(
            "bad-picture",
            f"{name} lies turned or mirrored (Exif orientation {facts.orientation}): save it the way it is to be seen",
            name,
        )
    if facts.width * facts.height > limits.most_pixels:
        most = f"{limits.most_pixels // 1_000_000} megapixels"
        return Problem("too-large", f"{name} may have {most} at most; this one is {facts.width}x{facts.height}", name)
    if facts.width < limits.least_width or facts.height < limits.least_height:
        least = f"{limits.least_width}x{limits.least_height} pixels"
        return Problem(
            "bad-picture", f"{name} must have {least} at least; this one is {facts.width}x{facts.height}", name
        )
    return None
