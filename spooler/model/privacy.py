"""Who may ask about a person's data, and who may stop its destruction: commands, closed words, what is answered.

A payload under a *legal hold* is kept until every reason to hold it has been lifted. A *search* finds the jobs that
concern a person by a keyed hash of a number. Neither leaves anything personal behind: entries name jobs, reasons and
amounts.
"""

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from .ids import JobId
from .kinds import KINDS, FieldType

#: Numbers by which a person can be found: which number -> the type of the fields that hold it.
PERSON_NUMBERS: Final[dict[str, FieldType]] = {"nik": FieldType.NIK, "nomor-kk": FieldType.NOMOR_KK}


@frozen
class HoldReason:
    """Why a payload may be kept beyond its time."""

    keyword: str
    indonesian: str
    english: str


HOLD_REASONS: Final = {
    reason.keyword: reason
    for reason in (
        HoldReason("court-order", "Penetapan pengadilan.", "A court ordered it."),
        HoldReason("police-request", "Permintaan tertulis kepolisian.", "The police asked for it in writing."),
        HoldReason("citizen-complaint", "Pengaduan warga belum selesai.", "A citizen's complaint is open."),
        HoldReason("internal-inquiry", "Pemeriksaan internal belum selesai.", "An internal inquiry is open."),
        HoldReason("audit", "Pemeriksaan auditor belum selesai.", "An auditor is at work."),
    )
}


@frozen
class HoldPayload:
    """Keep the payload for `reason`, one of HOLD_REASONS. Again does nothing."""

    job: JobId
    actor: str
    reason: str


@frozen
class ReleasePayload:
    """`reason` is lifted; other reasons go on holding."""

    job: JobId
    actor: str
    reason: str


@frozen
class NoteSearch:
    """Somebody asked which jobs concern a person; `about`: by which number. The number itself is not told."""

    actor: str
    about: str
    hits: int


@frozen
class NoteBreachReport:
    """Somebody asked what lay open at a site at a time."""

    actor: str
    site: str
    at_ms: int
    jobs: int


@frozen
class Concern:
    """A job that concerns the person asked for."""

    job: JobId
    site: str
    kind: str
    state: str
    submitted_ms: int
    payload: bool  # it still has its payload


@frozen
class PayloadHold:
    """One reason that keeps one payload."""

    job: JobId
    site: str
    kind: str
    reason: str
    actor: str
    since_ms: int


def person_fields(kind: str) -> tuple[tuple[str, str], ...]:
    """(which number, field) for the fields of a kind that hold a person's number."""
    words = {type_: about for about, type_ in PERSON_NUMBERS.items()}
    return tuple((words[f.type], f.name) for f in KINDS[kind].fields if f.type in words)


def persons_of(fields: tuple[tuple[str, str], ...], values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """(which number, number) of a job's fields."""
    return tuple((about, values[name]) for about, name in fields if name in values)
