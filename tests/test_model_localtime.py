"""The city's clock: not the machine's, and back from what people type."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.model.localtime import from_local, local, shown, stamp, zone

AT = 1_795_512_900_123  # 2026-11-24 16:35 in Batam


def test_a_time_is_the_citys() -> None:
    assert shown(AT, 7) == "2026-11-24 16:35:00"
    assert shown(AT, 9) == "2026-11-24 18:35:00"
    assert stamp(AT, -3) == "2026-11-24T06:35:00.123-03:00"
    assert stamp(AT, 7, "seconds") == "2026-11-24T16:35:00+07:00"
    assert [zone(hours) for hours in (7, 8, 9, -3)] == ["WIB", "WITA", "WIT", "UTC-3"]


@given(st.integers(0, 4 * 10**12), st.integers(-12, 14), st.integers(-12, 14))
def test_what_is_shown_is_taken_back(at: int, offset: int, other: int) -> None:
    assert from_local(stamp(at, offset), other) == at, "a zone that is written counts"
    assert from_local(local(at, offset).isoformat(), offset) == at, "else it is the city's"


@pytest.mark.parametrize("text", ["kemarin", "25:00", ""])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|format"):
        from_local(text, 7)


def test_nothing_that_people_read_asks_for_the_machines_zone() -> None:
    rooms = Path(__file__).resolve().parents[1] / "spooler"
    asked = re.compile(r"astimezone\(\)|localtime\(|fromtimestamp\(|datetime\.now\(\)|strftime\([^)]*gmtime")
    for room in ("cli", "papers", "model", "rules"):
        for path in (rooms / room).rglob("*.py"):
            assert not asked.search(path.read_text()), path
