"""Marks, drain, shares and turns: pure rules, under any sequence of events."""

from collections import Counter, deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from spooler.rules.drain import MEMORY_MS, Drain
from spooler.rules.pressure import SOONEST_MS, Gauge, Marks, retry_after_ms, share
from spooler.rules.turns import AT_WORK, ORDINARY, URGENT, Turns


class Door(RuleBasedStateMachine):
    """Whatever comes and goes, in any order: no mark is passed, and who was turned away comes in at the low one."""

    @initialize(high=st.integers(2, 40), low=st.integers(1, 99), reserve=st.integers(0, 100), level=st.integers(0, 60))
    def open(self, high: int, low: int, reserve: int, level: int) -> None:
        self.marks = Marks.at(high, low, reserve)
        self.gauge = Gauge(self.marks, level)
        self.under_way: list[int] = []
        self.stored = self.found = level  # found: what an earlier life left, perhaps above the marks
        self.urgent = 0
        self.turned_away = level >= high

    @property
    def now(self) -> int:
        return self.stored + sum(self.under_way)

    @rule(amount=st.integers(1, 12), urgent=st.booleans())
    def come(self, amount: int, urgent: bool) -> None:
        before = self.now
        if self.gauge.fits(amount, urgent=urgent):
            assert self.gauge.excess(amount, urgent=urgent) == 0
            assert before + amount <= self.marks.high + (self.marks.reserve if urgent else 0)
            assert urgent or not self.turned_away
            self.gauge.take(amount)
            self.under_way.append(amount)
        else:
            assert self.gauge.excess(amount, urgent=urgent) > 0
            assert before > self.marks.low or before + amount > self.marks.high, "there was room"
            self.gauge.turn_away()
            self.turned_away = before > self.marks.low

    @precondition(lambda self: self.under_way)
    @rule(stored=st.booleans())
    def settle(self, stored: bool) -> None:
        amount = self.under_way.pop()
        if stored:
            self.gauge.change(amount, 0)
            self.stored += amount
        self.gauge.settle(amount)

    @precondition(lambda self: self.stored)
    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        amount = data.draw(st.integers(1, self.stored))
        self.gauge.change(0, amount)
        self.stored -= amount

    @invariant()
    def marks_hold(self) -> None:
        if not hasattr(self, "gauge"):
            return
        if self.now <= self.marks.low:
            self.turned_away = False
        assert self.gauge.level + self.gauge.coming == self.now
        assert self.now <= max(self.found, self.marks.high + self.marks.reserve)
        assert self.gauge.pushing == self.turned_away
        if not self.turned_away:
            assert self.gauge.fits(1) == (self.now < self.marks.high)


TestDoor = Door.TestCase
TestDoor.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


def test_nobody_comes_back_for_one_place() -> None:
    gauge = Gauge(Marks(high=10, low=6, reserve=2), 10)
    assert not gauge.fits(1)
    assert [gauge.fits(1, urgent=True), gauge.fits(3, urgent=True)] == [True, False]
    gauge.change(0, 3)
    assert not gauge.fits(1), "7 is below the high mark, and not at the low one"
    assert gauge.excess(1) == 1
    gauge.change(0, 1)
    assert gauge.fits(4)


@pytest.mark.parametrize(("high", "low", "reserve"), [(5, 5, 0), (5, 6, 0), (0, 0, 0), (5, 2, -1)])
def test_marks_that_are_none(high: int, low: int, reserve: int) -> None:
    with pytest.raises(ValueError, match=r"low mark|must be"):
        Marks(high, low, reserve)


# -- when to come back ---------------------------------------------------------------------------------------------


@given(st.integers(-5, 10**9), st.floats(0, 1e9), st.integers(SOONEST_MS, 3_600_000))
def test_a_time_to_come_back_is_bounded_on_both_sides(excess: int, per_second: float, latest_ms: int) -> None:
    told = retry_after_ms(excess, per_second, latest_ms)
    assert SOONEST_MS <= told <= latest_ms
    if excess > 0 and SOONEST_MS < told < latest_ms:
        assert abs(told / 1000 * per_second - excess) <= per_second / 1000 + 1e-6 * excess, "then it has gone"


def test_where_nothing_drains_the_latest_time_is_told() -> None:
    assert retry_after_ms(1, 0.0, 60_000) == 60_000
    assert retry_after_ms(30, 10.0, 60_000) == 3000
    assert retry_after_ms(1, 1e6, 60_000) == SOONEST_MS


@given(st.integers(1, 400), st.integers(100, 60_000), st.integers(50, 400))
def test_a_steady_drain_is_measured(each: int, every_ms: int, times: int) -> None:
    """Between two amounts the average falls by at most the share of the memory that passes."""
    drain = Drain(0)
    for n in range(1, times + 1):
        drain.went(each, n * every_ms)
    rate = each * 1000 / every_ms
    assert rate * 0.95 <= drain.per_second(times * every_ms) <= rate * (1.05 + every_ms / MEMORY_MS)


def test_a_drain_that_stops_is_forgotten_and_one_that_never_was_is_none() -> None:
    drain = Drain(0)
    assert drain.per_second(10_000) == 0
    drain.went(1000, 10_000)
    rates = [drain.per_second(at) for at in (10_000, 60_000, MEMORY_MS, 10 * MEMORY_MS)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == pytest.approx(1000 / 10, rel=0.02)
    assert 0 < rates[-1] < rates[0] / 1000


@given(st.integers(1, 100_000), st.integers(1, 10**6), st.integers(1, 10_000))
def test_shares_fit_together(each: int, total: int, sharers: int) -> None:
    one = share(each, total, sharers)
    assert 1 <= one <= each
    assert one * sharers <= max(total, sharers)
    assert one == each or (one + 1) * sharers > total, "not less than its share"


# -- whose turn it is ------------------------------------------------------------------------------------------------

POSTS = st.lists(
    st.tuples(st.integers(1, 300), st.sampled_from([AT_WORK, URGENT, ORDINARY]), st.sampled_from("abcd")), max_size=60
)


@given(POSTS, st.integers(4, 200), st.data())
def test_everything_is_taken_once_and_each_sources_in_its_order(
    posts: list[tuple[int, int, str]], most: int, data: st.DataObject
) -> None:
    turns: Turns[int] = Turns()
    rest = deque(enumerate(posts))
    order: list[int] = []
    while rest or len(turns):
        for _ in range(data.draw(st.integers(0, len(rest)))):
            n, (size, rank, source) = rest.popleft()
            turns.put(n, size, rank, source)
        taken = turns.cut(most)
        sizes = [posts[n][0] for n in taken]
        assert bool(taken) or not len(turns)
        assert sum(sizes) <= most or len(taken) == 1
        order += taken
    assert sorted(order) == list(range(len(posts)))
    for kind in {(rank, source) for _, rank, source in posts}:
        own = [n for n in order if posts[n][1:] == kind]
        assert own == sorted(own)


def test_a_lone_post_does_not_wait_behind_a_flood() -> None:
    turns: Turns[str] = Turns()
    for n in range(1000):
        turns.put(f"flood {n}", 64, ORDINARY, n % 100)
    turns.put("lone", 1, ORDINARY, "lone")
    turns.put("urgent", 1, URGENT, "urgent")
    turns.put("press", 1, AT_WORK, None)
    first = turns.cut(512)
    assert first[:2] == ["press", "urgent"]
    assert len(first) - 2 == 2, "whoever waits for the first two waits for little more"
    cuts = 0
    while "lone" not in turns.cut(512):
        cuts += 1
    assert cuts < 100 / 8 + 1, "one turn of each of a hundred others, and not their whole flood"


def test_neither_rank_starves_the_other() -> None:
    """With more urgent work than goes into a cut, and ordinary posts too large for what is left of one."""
    turns: Turns[str] = Turns()
    counts: Counter[str] = Counter()
    for _ in range(200):
        turns.put("large", 400, ORDINARY, "school")
        for _ in range(100):
            turns.put("urgent", 10, URGENT, "counter")
        counts.update(turns.cut(512))
    assert counts["large"] >= 90
    assert counts["urgent"] >= 90 * 38


def test_what_is_left_at_the_end_is_told_once() -> None:
    turns: Turns[int] = Turns()
    for n, rank in enumerate([ORDINARY, AT_WORK, URGENT]):
        turns.put(n, 1, rank, None)
    assert turns.rest() == [1, 2, 0]
    assert len(turns) == 0
    assert turns.cut(5) == []
