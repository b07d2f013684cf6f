"""When the ledger is signed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spooler.rules.checkpoints import CheckpointPolicy, due

HOUR = 3_600_000
POLICY = CheckpointPolicy(entries=100, ms=HOUR, utc_offset_ms=7 * HOUR)
NOON = 1_795_582_800_000  # 12:00 in Batam


@pytest.mark.parametrize(
    ("after_ms", "new", "expected"),
    [
        (HOUR - 1, 99, False),
        (HOUR - 1, 100, True),  # so many entries
        (HOUR, 1, True),  # so long
        (HOUR, 0, False),  # and nothing new
        (24 * HOUR, 0, False),
    ],
)
def test_after_so_many_entries_or_so_long(after_ms: int, new: int, expected: bool) -> None:
    assert due(POLICY, NOON + after_ms, 500 + 1 + new, (500, NOON)) is expected


def test_at_the_end_of_the_sites_day() -> None:
    midnight = NOON + 12 * HOUR
    assert not due(POLICY, midnight - 1, 503, (500, midnight - 1000))
    assert due(POLICY, midnight, 503, (500, midnight - 1000))


def test_the_first_entry_is_signed_at_once() -> None:
    assert not due(POLICY, NOON, 0, None)
    assert due(POLICY, NOON, 1, None)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3 * HOUR)), max_size=50))
def test_nothing_stays_unsigned_longer_than_the_policy_says(steps: list[tuple[int, int]]) -> None:
    """Looked at after each step: what is unsigned then is younger and less than the policy allows."""
    now, head, last = NOON, 1, (1, NOON)
    for entries, ms in steps:
        now, head = now + ms, head + entries
        if due(POLICY, now, head, last):
            last, head = (head, now), head + 1
        unsigned = head - last[0] - 1
        assert unsigned <= 0 or (unsigned < POLICY.entries and now - last[1] < POLICY.ms)
