"""A job by the number that the counter has for it: today's, another day's, and what is said where it is not clear."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.cli.naming import find_job
from spooler.cli.show import CommandError
from spooler.model.ids import NOISE_BITS, encode_id

HOUR = 3_600_000
#: 2026-11-25 08:00 in Batam.
MORNING = 1_795_568_400_000


class Office:
    """What a client sees of a spooler: jobs by growing id, page by page."""

    def __init__(self, jobs: Sequence[tuple[int, str]], offset: int = 7, page: int = 1000) -> None:
        self.server = {"utc_offset_hours": offset}
        self.jobs = sorted(
            ({"id": encode_id((at << NOISE_BITS) + n), "number": number, "submitted_ms": at, "state": "completed"}
             for n, (at, number) in enumerate(jobs)),
            key=lambda job: str(job["id"]),
        )  # fmt: skip
        self.page, self.calls = page, 0

    def call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        assert method == "jobs"
        self.calls += 1
        limit = min(params["limit"], self.page)
        found = [job for job in self.jobs if job["id"] > params["after"]][:limit]
        return {"jobs": found, "next": found[-1]["id"] if len(found) == limit else None}

    def find(self, text: str) -> int:
        """Which of the jobs was meant, as its time."""
        found = find_job(self, text)  # type: ignore[arg-type]  # what it needs of a client is here
        return next(int(job["submitted_ms"]) for job in self.jobs if job["id"] == found)


@pytest.fixture(autouse=True)
def _morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spooler.cli.times.now_ms", lambda: MORNING)


OFFICE = [
    (MORNING - 48 * HOUR, "SGL-0007"), (MORNING - 24 * HOUR, "SGL-0003"), (MORNING - HOUR, "SGL-0001"),
    (MORNING - HOUR, "BTA-0003"), (MORNING - HOUR + 1, "SGL-0003"), (MORNING - 9 * HOUR, "SGL-0008"),
]  # fmt: skip


@pytest.mark.parametrize("text", ["SGL-0003", "sgl-3", "SGL3", "2026-11-25/SGL-0003"])
def test_a_number_is_todays(text: str) -> None:
    assert Office(OFFICE).find(text) == MORNING - HOUR + 1


def test_another_day_is_named() -> None:
    assert Office(OFFICE).find("2026-11-24/SGL-0003") == MORNING - 24 * HOUR


def test_the_day_is_the_citys() -> None:
    """23:00 in Batam is 01:00 of the next day in Jayapura."""
    late = [(MORNING - 9 * HOUR, "SGL-0008")]
    with pytest.raises(CommandError, match="no SGL-0008 today; there is 2026-11-24/SGL-0008"):
        Office(late).find("SGL-8")
    assert Office(late, offset=9).find("SGL-8") == MORNING - 9 * HOUR


def test_an_id_asks_nobody() -> None:
    office = Office([])
    assert find_job(office, "1m88-3htk-dpdg-wh11") == "1M883HTKDPDGWH11"  # type: ignore[arg-type]
    assert office.calls == 0


def test_what_is_not_clear_is_listed() -> None:
    with pytest.raises(CommandError, match=r"no SGL-0007 today; there is 2026-11-23/SGL-0007 \(.{19}, completed\)"):
        Office(OFFICE).find("SGL-7")
    with pytest.raises(CommandError, match="no SGL-0099 of 2026-11-25: `spooler jobs` lists"):
        Office(OFFICE).find("SGL-99")
    twice = Office([(MORNING, "SGL-0001"), (MORNING + 1, "SGL-0001")])
    with pytest.raises(CommandError, match=r"not one job alone, name its id: .*, 2026-11-25/SGL-0001"):
        twice.find("SGL-1")
    with pytest.raises(CommandError, match="2026-13-01 is not a day"):
        Office(OFFICE).find("2026-13-01/SGL-1")
    with pytest.raises(CommandError, match="or a number like SGL-0003"):
        Office(OFFICE).find("budi")


@given(st.lists(st.integers(-60, 12), min_size=1, max_size=30), st.integers(1, 4), st.data())
def test_pages_lose_no_job(hours: list[int], page: int, data: st.DataObject) -> None:
    office = Office([(MORNING + hour * HOUR, f"SGL-{n:04}") for n, hour in enumerate(hours)], page=page)
    n = data.draw(st.integers(0, len(hours) - 1))
    at = MORNING + hours[n] * HOUR
    day = ("2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25")[(at + 7 * HOUR) // (24 * HOUR) - 20_779]
    assert office.find(f"{day}/SGL-{n:04}") == at
