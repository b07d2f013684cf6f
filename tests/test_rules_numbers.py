"""NIK and Nomor KK against an oracle that knows nothing but the calendar, and case by case."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.model.finding import Finding
from spooler.rules.numbers import judge_kk, judge_nik

REGIONS = frozenset({"217111", "317301"})
PATH = "fields.nik"


def calendar() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """DDMMYY -> the dates of 1900 to 2099 that a man's, and a woman's, NIK can mean by it."""
    men: dict[str, set[str]] = {}
    women: dict[str, set[str]] = {}
    day = date(1900, 1, 1)
    while day.year < 2100:
        men.setdefault(f"{day:%d%m%y}", set()).add(day.isoformat())
        women.setdefault(f"{day.day + 40}{day:%m%y}", set()).add(day.isoformat())
        day += timedelta(days=1)
    return men, women


MEN, WOMEN = calendar()
DAYS = {f"{n:02}" for n in (*range(1, 32), *range(41, 72))}
MONTHS = {f"{n:02}" for n in range(1, 13)}


def oracle(nik: str, born: str, woman: bool, home: str | None) -> set[str]:
    digits = nik[6:12]
    found = set()
    if digits[:2] not in DAYS:
        found.add("nik-day")
    if digits[2:4] not in MONTHS:
        found.add("nik-month")
    if not found:
        if digits not in MEN and digits not in WOMEN:
            found.add("nik-date")
        else:
            if born not in MEN.get(digits, set()) | WOMEN.get(digits, set()):
                found.add("nik-birth-date")
            if (digits in WOMEN) != woman:
                found.add("nik-sex")
    if nik.endswith("0000"):
        found.add("nik-serial")
    if nik[:6] not in REGIONS:
        found.add("nik-region")
    elif home is not None and not nik.startswith(home):
        found.add("nik-region-differs")
    return found


def codes(found: tuple[Finding, ...]) -> list[str]:
    assert all(finding.field == PATH and finding.details == () for finding in found)
    return [finding.code for finding in found]


born = st.dates(date(1900, 1, 1), date(2099, 12, 31))
region = st.sampled_from(["217111", "317301", "090110", "999999"])
home = st.sampled_from(["217111", "317301", None])
serial = st.sampled_from(["0000", "0001", "9999"])


@given(region, st.integers(0, 99), st.integers(0, 19), st.integers(0, 99), serial, born, st.booleans(), home)
def test_any_digits_are_judged_as_the_calendar_says(
    region: str, day: int, month: int, year: int, serial: str, born: date, woman: bool, home: str | None
) -> None:
    nik = f"{region}{day:02}{month:02}{year:02}{serial}"
    sex = "PEREMPUAN" if woman else "LAKI-LAKI"
    found = codes(judge_nik(nik, PATH, born.isoformat(), sex, home, REGIONS))
    assert set(found) == oracle(nik, born.isoformat(), woman, home)
    assert len(found) == len(set(found))


@given(region, serial, born, st.booleans(), st.booleans(), home)
def test_a_nik_made_of_the_record_is_found_to_agree_with_it(
    region: str, serial: str, born: date, woman: bool, said: bool, home: str | None
) -> None:
    nik = f"{region}{born.day + 40 * woman:02}{born:%m%y}{serial}"
    for sex in ("PEREMPUAN", "FEMALE") if said else ("LAKI-LAKI", "MALE"):
        found = codes(judge_nik(nik, PATH, born.isoformat(), sex, home, REGIONS))
        assert set(found) == oracle(nik, born.isoformat(), said, home)
        assert "nik-birth-date" not in found
        assert ("nik-sex" in found) == (woman != said)


@pytest.mark.parametrize(
    ("nik", "found"),
    [
        ("2171111708990001", []),
        ("2171113208990001", ["nik-day"]),
        ("2171110008990001", ["nik-day"]),
        ("2171114008990001", ["nik-day"]),
        ("2171117208990001", ["nik-day"]),
        ("2171111713990001", ["nik-month"]),
        ("2171111700990001", ["nik-month"]),
        ("2171113113990001", ["nik-month"]),
        ("2171113002990001", ["nik-date"]),
        ("2171113104990001", ["nik-date"]),
        ("2171112902990001", ["nik-date"]),  # neither 1999 nor 2099 has one
        ("2171111708990000", ["nik-serial"]),
        ("0901011708990001", ["nik-region"]),  # a code from before the reform
        ("3173011708990001", ["nik-region-differs"]),
        ("2171111808990001", ["nik-birth-date"]),
        ("2171115708990001", ["nik-sex"]),
        ("2171119913990000", ["nik-day", "nik-month", "nik-serial"]),
    ],
)
def test_each_fault_of_a_nik_is_found_and_no_other(nik: str, found: list[str]) -> None:
    assert codes(judge_nik(nik, PATH, "1999-08-17", "LAKI-LAKI", "217111", REGIONS)) == found


def test_the_century_is_the_records() -> None:
    assert judge_nik("2171110101050001", PATH, "1905-01-01", "LAKI-LAKI", None, REGIONS) == ()
    assert judge_nik("2171110101050001", PATH, "2005-01-01", "LAKI-LAKI", None, REGIONS) == ()
    assert judge_nik("2171112902000001", PATH, "2000-02-29", "LAKI-LAKI", None, REGIONS) == ()
    # 1900 had no 29 February: the NIK means 2000, whatever the record's century
    assert codes(judge_nik("2171112902000001", PATH, "1900-03-01", "LAKI-LAKI", None, REGIONS)) == ["nik-birth-date"]


def test_what_the_record_does_not_say_is_not_held_against_the_nik() -> None:
    assert judge_nik("2171115708990001", PATH, None, None, None, REGIONS) == ()


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("2171110402190003", []),
        ("2171113202190003", ["kk-date"]),
        ("2171110013190003", ["kk-date"]),
        ("2171110413190003", ["kk-date"]),
        ("2171112902190003", ["kk-date"]),
        ("2171112902200003", []),
        ("2171117202190003", ["kk-date"]),
        ("2171114402190003", ["kk-day"]),
        ("2171110402190000", ["kk-serial"]),
        ("9999990402190003", ["kk-region"]),
    ],
)
def test_each_fault_of_a_nomor_kk_is_found_and_no_other(number: str, found: list[str]) -> None:
    assert codes(judge_kk(number, PATH, REGIONS)) == found
