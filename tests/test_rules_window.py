"""A window hands out the true head of the store's order or says that it does not know."""

import random

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from rules_jobs import job_id, make_job
from spooler.model.job import Job
from spooler.rules.window import Window

LIMITS = st.integers(1, 6)
OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["submit", "submit", "claim", "claim", "cancel", "return", "rerank", "read", "fill"]),
        st.integers(0, 30),
    ),
    max_size=150,
)


def by_key(jobs: dict[str, Job]) -> list[Job]:
    return sorted(jobs.values(), key=lambda job: job.key)


@given(LIMITS, OPERATIONS)
def test_head_is_the_stores_head(limit: int, operations: list[tuple[str, int]]) -> None:
    """The oracle is a sorted list. A read and its refill stand apart: everything may happen between them."""
    window = Window(limit)
    store: dict[str, Job] = {}
    claimed: list[Job] = []
    reading: list[Job] | None = None
    for number, (operation, dice) in enumerate(operations):
        pending = by_key(store)
        victim = pending[dice % len(pending)] if pending else None
        if operation == "submit":
            job = make_job(number, dice % 7, band=dice % 5 > 0)
            store[job.id] = job
            window.offer(job)
        elif operation == "claim" and window.head() is not None:
            job = window.head()
            assert job is not None
            claimed.append(store.pop(job.id))
            window.remove(job.id)
        elif operation == "cancel" and victim is not None:
            del store[victim.id]
            window.remove(victim.id)
        elif operation == "return" and claimed:
            job = claimed.pop(dice % len(claimed))
            store[job.id] = evolve(job, version=job.version + 2)
            window.offer(store[job.id])
        elif operation == "rerank" and victim is not None:
            job = evolve(victim, rank=dice % 7, version=victim.version + 1)
            store[job.id] = job
            window.remove(job.id)
            window.offer(job)
        elif operation == "read":
            window.reading()
            reading = pending
        elif operation == "fill" and reading is not None:
            window.refill(reading[: limit + 1][:limit], complete=len(reading) <= limit)
            reading = None
        head = window.head()
        if head is not None:
            assert head == by_key(store)[0]
        elif window.complete:
            assert not store
        assert len(window) <= limit

    # and it never stays ignorant: a quiet refill makes it whole
    pending = by_key(store)
    window.reading()
    window.refill(pending[:limit], complete=len(pending) <= limit)
    printed: list[Job] = []
    for _ in range(2 * len(pending) + 1):
        head = window.head()
        if head is None and window.complete:
            break
        if head is None:
            assert window.needs_refill
            rest = by_key(store)
            window.refill(rest[:limit], complete=len(rest) <= limit)
            continue
        printed.append(head)
        del store[head.id]
        window.remove(head.id)
    assert printed == pending


def test_a_new_window_knows_nothing() -> None:
    window = Window(4)
    window.offer(make_job(1))
    assert window.head() is None
    assert window.needs_refill
    assert not window.complete


def test_a_window_that_runs_low_asks_once() -> None:
    window = Window(8)
    window.refill([make_job(n, n) for n in range(8)], complete=False)
    for n in range(5):
        window.remove(job_id(n))
        assert not window.needs_refill
    window.remove(job_id(5))
    assert window.needs_refill
    window.reading()
    assert not window.needs_refill


def test_a_read_that_had_no_answer_is_made_again() -> None:
    """A disk that fails, a wait that is given up: else the lane would look empty for ever."""
    window = Window(4)
    window.reading()
    assert not window.needs_refill
    window.gave_up()
    assert window.needs_refill


def test_a_complete_window_never_asks() -> None:
    window = Window(8)
    window.refill([], complete=True)
    assert window.complete
    assert not window.needs_refill
    window.offer(make_job(1))
    assert window.head() == make_job(1)


def test_memory_stays_bounded_under_a_flood_during_a_read() -> None:
    """Ten thousand come and go while the store is read: at most a few times the limit is kept, and the head is true."""
    window = Window(10)
    jobs = [make_job(n, n * 7919 % 10_007) for n in range(10_000)]
    window.reading()
    for job in jobs:
        window.offer(job)
    assert window._meanwhile is not None
    assert len(window._meanwhile.offered) <= 10
    # the read saw the lane empty, or with what came early: either way the first ten are known, and no more
    window.refill([], complete=True)
    in_order = sorted(jobs, key=lambda job: job.key)
    for job in in_order[:10]:
        assert window.head() == job
        window.remove(job.id)
    assert window.head() is None
    assert not window.complete


def test_too_much_removed_during_a_read_is_read_again() -> None:
    window = Window(2)
    jobs = [make_job(n, n) for n in range(100)]
    window.reading()
    order = list(jobs)
    random.Random(1).shuffle(order)
    for job in order[:50]:
        window.remove(job.id)
    window.refill(jobs[:2], complete=False)
    assert window.head() is None
    assert window.needs_refill


def test_what_came_and_went_during_a_read_stays_away() -> None:
    window = Window(4)
    window.reading()
    window.offer(make_job(1, 1))
    window.remove(job_id(1))
    window.refill([make_job(2, 2)], complete=True)
    assert window.head() == make_job(2, 2)


def test_what_was_let_go_during_a_read_is_not_passed_over() -> None:
    """Job 3 found no room; the later ones may not be taken for the lane's first when the room is there again."""
    window = Window(2)
    window.reading()
    for n in (1, 2, 3):
        window.offer(make_job(n, n))
    window.remove(job_id(1))
    window.remove(job_id(2))
    for n in (9, 8, 10):
        window.offer(make_job(n, n))
    window.refill([], complete=True)
    assert window.head() is None
    assert window.needs_refill


def test_a_window_needs_room() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Window(0)
