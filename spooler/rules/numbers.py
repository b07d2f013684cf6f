"""NIK and Nomor KK: what the sixteen digits say, held against the record (DOMAIN.md 3).

    PP KK CC   DDMMYY            SSSS
    region     birth, women +40  serial from 0001

A NIK never changes: not after moving, not after a corrected birth date. So what contradicts the record only warns, and
so does a region that today's list lacks. What no office ever gave out (month 13, serial 0000) is a typing error far
likelier than anything else: a supervisor looks. Values come here with sixteen ASCII digits: admission refuses others.
"""

from collections.abc import Set
from typing import Final

from spooler.model.finding import Finding, find

_DAYS: Final = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_OFFSET: Final = 40  # added to a woman's day
_WOMEN: Final = frozenset({"PEREMPUAN", "FEMALE"})
_NONE: Final[tuple[Finding, ...]] = ()


def judge_nik(
    nik: str, path: str, born: str | None, sex: str | None, home: str | None, regions: Set[str]
) -> tuple[Finding, ...]:
    """The NIK's findings.

    `born` (YYYY-MM-DD), `sex` and `home` (the six digits of the address's kecamatan) are the record's, None where they
    are not known; `regions`: the six digits of every kecamatan.
    """
    region, digits, serial = nik[:6], nik[6:12], nik[12:]
    if born is not None and sex is not None:
        day = int(born[8:]) + _OFFSET if sex in _WOMEN else born[8:]
        if digits == f"{day}{born[5:7]}{born[2:4]}" and serial != "0000" and region == home:
            return _NONE  # nearly every card: the record says the same
    found = list(_date(digits, path, born, sex))
    if serial == "0000":
        found.append(find("nik-serial", path))
    if region not in regions:
        found.append(find("nik-region", path))
    elif home is not None and region != home:
        found.append(find("nik-region-differs", path))
    return tuple(found)


def _date(digits: str, path: str, born: str | None, sex: str | None) -> list[Finding]:
    day, month, year = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    woman = day > _OFFSET
    if woman:
        day -= _OFFSET
    found = []
    if not 1 <= day <= 31:
        found.append(find("nik-day", path))
    if not 1 <= month <= 12:
        found.append(find("nik-month", path))
    if found:
        return found
    if not _exists(day, month, year):
        return [find("nik-date", path)]
    if born is not None and (day, month, _full(day, month, year, born)) != (
        int(born[8:]),
        int(born[5:7]),
        int(born[:4]),
    ):
        found.append(find("nik-birth-date", path))
    if sex is not None and woman != (sex in _WOMEN):
        found.append(find("nik-sex", path))
    return found


def _exists(day: int, month: int, year: int) -> bool:
    """Whether the date is one in 19YY or in 20YY."""
    return day <= _DAYS[month] and ((day, month) != (29, 2) or year % 4 == 0)  # 2000 had a 29 February, 1900 had none


def _full(day: int, month: int, year: int, born: str) -> int:
    """The whole year of a NIK's two digits: the record's century, but for the 29 February that 1900 did not have."""
    century = int(born[:2]) * 100
    return 2000 if (day, month, year, century) == (29, 2, 0, 1900) else century + year


def judge_kk(number: str, path: str, regions: Set[str]) -> tuple[Finding, ...]:
    """The Nomor KK's findings: region, date of registration without the women's 40, serial.

    That no day goes beyond 31 is told by one source only, so a day that would be a woman's in a NIK only warns.
    """
    day, month, year = int(number[6:8]), int(number[8:10]), int(number[10:12])
    shifted = 41 <= day <= 71
    if shifted:
        day -= _OFFSET
    found = []
    if not (1 <= day <= 31 and 1 <= month <= 12 and _exists(day, month, year)):
        found.append(find("kk-date", path))
    elif shifted:
        found.append(find("kk-day", path))
    if number.endswith("0000"):
        found.append(find("kk-serial", path))
    if number[:6] not in regions:
        found.append(find("kk-region", path))
    return tuple(found)
