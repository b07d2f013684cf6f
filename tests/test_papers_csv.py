"""The papers' CSV: what a spreadsheet sees, that it comes back as it went out, and that anything else is refused."""

import csv
import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from paper_sheets import HEAD, blank, line, sheet
from spooler.model.citysheet import merge
from spooler.model.daysheet import DaySheet, Line, Shift
from spooler.papers import LONGEST, CsvError, city_csv, daily_csv, destruction_csv, parse_daily_csv

AMOUNTS = st.integers(-(10**12), 10**12)
#: Every character that UTF-8 can hold, and often those that a CSV or a spreadsheet stumbles over.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(list("=+-@'\"; ,\t\r\n\ufeff\x00\u2028＝")))
LINES = st.builds(
    Line,
    stock=TEXTS.filter(bool),
    **dict.fromkeys(("opening", "received", "good", "test", "outside", "returned", "destroyed", "doubts"), AMOUNTS),
    spoilt=st.tuples(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS),
    **dict.fromkeys(("counted", "counter_delta", "panels"), st.none() | AMOUNTS),
)
SHIFTS = st.tuples(st.lists(LINES, min_size=1, max_size=2, unique_by=lambda made: made.stock).map(tuple)).flatmap(
    lambda lines: st.sampled_from([(), (Shift("00:00", "12:00", lines[0]), Shift("12:00", "24:00", lines[0]))])
)
SHEETS = st.builds(
    DaySheet,
    **dict.fromkeys(("node", "site", "site_name", "city", "province", "chain"), TEXTS),
    day=st.dates().map(date.isoformat),
    lines=st.lists(LINES, max_size=4, unique_by=lambda made: made.stock).map(tuple),
    spoiled=st.just(()),
    corrections=st.lists(TEXTS, max_size=3).map(tuple),
    incidents=st.lists(TEXTS, max_size=3).map(tuple),
    closed_by=st.none() | TEXTS.filter(bool),
    closed_ms=st.none() | st.integers(0, 4_000_000_000_000),
    n=st.integers(0, 10**12),
    head=st.just("") | st.binary(min_size=32, max_size=32).map(bytes.hex),
    utc_offset_hours=st.integers(-12, 14),
    shifts=SHIFTS,
)


@given(SHEETS)
def test_a_sheet_comes_back_as_it_went_out(made: DaySheet) -> None:
    assert parse_daily_csv(daily_csv(made)) == made


@given(SHEETS)
def test_no_cell_is_a_formula(made: DaySheet) -> None:
    rows = list(csv.reader(io.StringIO(daily_csv(made).decode("utf-8-sig"), newline=""), delimiter=";"))
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if re.match(r"[=+@\t\r\n＝＋－＠]|-(?![0-9]+\Z)", cell)] == []


def test_an_indonesian_spreadsheet_opens_it() -> None:
    data = daily_csv(sheet(lines=(line(counted=1452), line("card-kia"))))
    assert data.startswith(b"\xef\xbb\xbfrecord;day;province;city;site;site_name;stock;opening;received;good;spoilt_")
    assert data.count(b"\r\n") == data.count(b"\n") == 4
    first, day, wni, _ = csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"), *rows(data)
    assert first.fieldnames is not None
    assert (day["closed_by"], day["closed_at"], day["n"]) == ("petugas-03", "2026-11-24T16:35:00.123+07:00", "48211")
    assert (day["chain"], day["head"]) == ("batam-7", HEAD)
    assert (wni["opening"], wni["spoilt_inspection"], wni["closing"], wni["gap"]) == ("1250", "14", "1453", "-1")
    assert (wni["counter_delta"], wni["panels"], wni["doubts"]) == ("241", "1205", "0")


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_a_mail_program_may_take_the_mark_and_the_line_ends() -> None:
    made = sheet(corrections=("2026-11-23 card-ktp-wni: good +1",))
    data = daily_csv(made)
    assert parse_daily_csv(data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")) == made


@given(st.binary(max_size=300))
def test_rubbish_is_refused(data: bytes) -> None:
    with pytest.raises(CsvError):
        parse_daily_csv(data)


WHOLE = daily_csv(sheet(lines=(line(), line("card-kia", counted=None)), incidents=("gap card-kia",)))


@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=3))
def test_a_changed_file_is_refused_or_says_exactly_what_it_holds(at: int, put: bytes) -> None:
    data = WHOLE[:at] + put + WHOLE[at + 1 :]
    try:
        made = parse_daily_csv(data)
    except CsvError:
        return
    bare = [given.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n") for given in (daily_csv(made), data)]
    assert bare[0] == bare[1]


REFUSED: list[tuple[str, str, int, str]] = [
    ("record;day", "record;date", 1, "header"),
    ("sheet;2026-11-24", "sheet;24/11/2026", 2, "day is not a date"),
    ("sheet;2026-11-24", "sheet;20261124", 2, "day is not a date"),
    ("stock;2026-11-24", "stock;2026-11-25", 3, "not as the spooler writes it"),
    ("card-kia;1250", "card-kia;1.250", 4, "opening is not a whole number"),
    ("card-kia;1250", "card-kia;1251", 4, "adds up to 1454"),
    ("1453;1453;0", "1453;1453;1", 3, "gap is not counted less closing"),
    ("card-kia;", "card-ktp-wni;", 4, "twice"),
    ("stock;2026-11-24", "total;2026-11-24", 3, "record is none of"),
    ("sheet;2026-11-24", "total;2026-11-24", 2, "not one site's daily sheet"),
    (HEAD, HEAD.upper(), 2, "hexadecimal"),
    ("16:35:00.123+07:00", "16:35", 2, "closed_at is not a time"),
    ("16:35:00.123+07:00", "09:35:00.123+00:00", 2, "not as the spooler writes it"),
    ("petugas-03", '"petugas-03"', 2, "not as the spooler writes it"),
    ("petugas-03", '"petugas-03', 2, "not CSV"),
    ("incident;2026-11-24;", "incident;2026-11-24", 5, "columns"),
]


@pytest.mark.parametrize(("old", "new", "at", "says"), REFUSED)
def test_a_refusal_names_the_line(old: str, new: str, at: int, says: str) -> None:
    text = WHOLE.decode()
    assert old in text
    with pytest.raises(CsvError, match=says) as error:
        parse_daily_csv(text.replace(old, new, 1).encode())
    assert error.value.line == at


def test_the_ends_of_a_file() -> None:
    with pytest.raises(CsvError, match="empty"):
        parse_daily_csv(b"")
    with pytest.raises(CsvError, match="not UTF-8") as error:
        parse_daily_csv(WHOLE.replace(b"gap card-kia", b"gap \xff"))
    assert error.value.line == 5
    with pytest.raises(CsvError, match="columns"):
        parse_daily_csv(WHOLE + b"\r\n")
    with pytest.raises(CsvError, match="larger"):
        parse_daily_csv(WHOLE + b" " * LONGEST)
    with pytest.raises(CsvError, match="the row of the day"):
        parse_daily_csv(WHOLE.splitlines(keepends=True)[0])


def test_the_destruction_list() -> None:
    blanks = tuple(blank(number) for number in (2, 1, 5))
    found = rows(destruction_csv([sheet(3, spoiled=blanks), sheet(1, spoiled=(blank(7),))]))
    assert [(row["line"], row["site"], row["number"]) for row in found] == [
        ("1", "21.71.01", "SKP-0007"), ("2", "21.71.03", "SKP-0001"), ("3", "21.71.03", "SKP-0002"),
        ("4", "21.71.03", ""),
    ]  # fmt: skip
    wanted: dict[str, Any] = {
        "day": "2026-11-24", "site_name": "Sekupang", "stock": "card-kia", "uid": "04A20000000001",
        "job": "01JD8K3M0QZ40001", "stage": "chip", "reason": "ribbon-creased", "actor": "petugas-03",
        "at": "2026-11-24T16:36:00.123+07:00",
    }  # fmt: skip
    assert {key: found[1][key] for key in wanted} == wanted
    assert found[3]["job"] == ""


def test_the_citys_file_holds_every_sites_rows_and_is_no_sites_file() -> None:
    sites = [sheet(1), sheet(2, lines=(line(counted=1450), line("card-kia")), incidents=("gap card-ktp-wni",))]
    data = city_csv(merge(sites))
    total, kia, *rest = data.splitlines()[1:]
    assert total.startswith(b"total;2026-11-24;Kepulauan Riau;Kota Batam;;;card-ktp-wni;2500;1034;372;22;24;26;28;")
    assert kia.startswith(b"total;2026-11-24;Kepulauan Riau;Kota Batam;;;card-kia;1250;")
    assert rest == [row for one in sites for row in daily_csv(one).splitlines()[1:]]
    with pytest.raises(CsvError, match="not one site's daily sheet"):
        parse_daily_csv(data)


def test_an_open_day_has_empty_cells() -> None:
    made = evolve(sheet(), closed_by=None, closed_ms=None, chain="", n=0, head="", lines=(line(counted=None),))
    day, wni = rows(daily_csv(made))
    assert (day["closed_by"], day["closed_at"], day["head"], wni["counted"], wni["gap"]) == ("",) * 5
    assert parse_daily_csv(daily_csv(made)) == made


def test_the_document_names_every_column() -> None:
    text = (Path(__file__).resolve().parents[1] / "docs" / "papers.md").read_text()
    table = "\n".join(re.findall(r"^\| (`.*?) \|", text, re.MULTILINE))
    assert re.findall(r"`(\w+)`", table) == list(daily_csv(sheet()).decode("utf-8-sig").splitlines()[0].split(";"))
    head = destruction_csv([sheet()]).decode("utf-8-sig").splitlines()[0]
    words = re.search(r"The destruction list has (.*?)\.\n", text, re.DOTALL)
    assert words is not None
    assert re.findall(r"`(\w+)`", words[1]) == head.split(";")
