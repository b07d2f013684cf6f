"""Preflight: what a supervisor should know before a blank moves. Runs after admission, on every job, without a pixel.

Everything costs a few dictionary look-ups where the record is in order: nearly every record is, and thousands come at
once. What needs pixels is in rules.looks.
"""

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from spooler.model.finding import Finding, find
from spooler.model.kinds import FieldType, Kind
from spooler.model.reference import Reference
from spooler.model.request import PictureFacts

from .dates import AGES, Ages, judge_dates
from .names import judge_name
from .numbers import judge_kk, judge_nik
from .shape import judge_shape

_NONE: Final[tuple[Finding, ...]] = ()


@frozen
class _Plan:
    """A kind, laid out for speed."""

    lists: tuple[tuple[str, frozenset[str]], ...]  # field, values
    nik: str | None  # the field with it
    kk: str | None
    ages: Ages | None
    aspect: float | None  # width / height of the photo's place


class Preflight:
    """The rules with what they know. Immutable after it is made, so threads share it.

    `aspects`: kind -> width / height of the photo's place on its card, for kinds that show one.
    """

    def __init__(self, reference: Reference, kinds: Mapping[str, Kind], aspects: Mapping[str, float]) -> None:
        self._regions = reference.regions
        self._districts = reference.districts
        self._plans = {
            kind.name: _Plan(
                lists=tuple((name, values.known) for name, values in reference.lists.get(kind.name, {}).items()),
                nik=_of_type(kind, FieldType.NIK),
                kk=_of_type(kind, FieldType.NOMOR_KK),
                ages=AGES.get(kind.name),
                aspect=aspects.get(kind.name),
            )
            for kind in kinds.values()
        }

    def judge(
        self, kind: str, fields: Mapping[str, str], photo: PictureFacts | None, today: str
    ) -> tuple[Finding, ...]:
        """What there is to say of a job; () for one that is in order.

        `fields` have passed admission each; those that have not are left out. `photo`: its header, None for no photo
        or one that was refused. `today`: YYYY-MM-DD.
        """
        plan = self._plans[kind]
        get = fields.get
        found: list[Finding] = []
        for name, known in plan.lists:
            value = get(name)
            if value is not None and value not in known and value.upper() not in known:
                found.append(find("unlisted-value", f"fields.{name}"))
        born = get("tanggal_lahir")
        if plan.nik is not None and (nik := get(plan.nik)) is not None:
            found += judge_nik(nik, f"fields.{plan.nik}", born, get("jenis_kelamin"), self._home(fields), self._regions)
        if plan.kk is not None and (number := get(plan.kk)) is not None:
            found += judge_kk(number, f"fields.{plan.kk}", self._regions)
        if born is not None:
            found += judge_dates(born, get("tanggal_terbit"), get("berlaku_hingga"), today, plan.ages)
        if plan.nik is not None and (person := get("nama")) is not None:
            found += judge_name(person, "fields.nama")
        if photo is not None and plan.aspect is not None:
            found += judge_shape(photo, plan.aspect)
        return tuple(found) if found else _NONE

    def _home(self, fields: Mapping[str, str]) -> str | None:
        """The six digits of the address's kecamatan, where city and kecamatan name one."""
        city, district = fields.get("kota"), fields.get("kecamatan")
        if city is None or district is None:
            return None
        districts = self._districts
        return districts.get((city, district)) or districts.get((city.upper(), district.upper()))


def _of_type(kind: Kind, wanted: FieldType) -> str | None:
    return next((field.name for field in kind.fields if field.type is wanted), None)
