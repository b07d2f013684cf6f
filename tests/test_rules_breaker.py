"""The breaker: against a slow model that keeps the whole history, and what it promises to a printer's queue."""

from itertools import pairwise
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from spooler.model.backoff import Backoff
from spooler.rules.breaker import GOOD, Breaker, BreakerPolicy, Stage

DICE: Final = st.floats(0, 1, exclude_max=True)
POLICIES: Final = st.builds(
    BreakerPolicy,
    failures=st.integers(1, 6),
    within_ms=st.integers(1, 5_000),
    rest_ms=st.integers(2, 20_000),
    backoff=st.builds(lambda first, more: Backoff(first, first + more), st.integers(1, 500), st.integers(0, 5_000)),
)


class AgainstHistory(RuleBasedStateMachine):
    """The model forgets nothing: it reads what holds now out of everything that ever happened."""

    @initialize(policy=POLICIES)
    def begin(self, policy: BreakerPolicy) -> None:
        self.policy = policy
        self.breaker: Breaker = GOOD
        self.now = 0
        self.history: list[tuple[int, str]] = []  # (when, what)
        self.blamed = False
        self.waits: list[int] = []  # since the last card that came through

    @rule(ms=st.integers(0, 8_000))
    def time_goes(self, ms: int) -> None:
        self.now += ms

    @rule()
    def the_wait_ends(self) -> None:
        self.now += self.breaker.wait_left(self.now)
        assert self.breaker.stage(self.now) is not Stage.OPEN

    @rule(card=st.booleans(), dice=DICE)
    def fails(self, card: bool, dice: float) -> None:
        before = len(self.counting())
        self.history.append((self.now, "card" if card else "failed"))
        self.breaker = self.breaker.failed(self.policy, self.now, dice, card=card)
        left, first, ceiling = self.breaker.wait_left(self.now), self.policy.backoff.first_ms, self.ceiling(card)
        assert first <= left <= ceiling
        if card and self.blamed:
            assert left >= self.policy.rest_ms // 2
        elif before == 0 or len(self.counting()) == 1:
            assert left == first or self.policy.failures == 1, "a first failure waits no longer than it must"
        self.waits.append(left)

    def ceiling(self, card: bool) -> int:
        most = self.policy.backoff.ceiling_ms
        return max(most, self.policy.rest_ms) if card and self.blamed else most

    @rule()
    def answers(self) -> None:
        self.history.append((self.now, "answered"))
        self.breaker = self.breaker.answered()
        assert self.breaker.wait_left(self.now) == 0

    @rule()
    def prints(self) -> None:
        self.history.append((self.now, "printed"))
        self.breaker, self.blamed = GOOD, False

    @rule()
    def uses_a_job_up(self) -> None:
        self.breaker, self.blamed = self.breaker.blame(), True

    def counting(self) -> list[int]:
        """The times of the failures that count, however many."""
        counting: list[int] = []
        answered = False
        for at, what in self.history:
            if what == "printed":
                counting, answered = [], False
            elif what == "answered":
                answered = True
            else:
                if answered:
                    counting = [each for each in counting if each > at - self.policy.within_ms]
                counting.append(at)
                answered = False
        return counting

    @invariant()
    def it_says_what_the_history_says(self) -> None:
        if not hasattr(self, "policy"):
            return
        counting = self.counting()
        assert self.breaker.failed_ms == tuple(counting[-self.policy.failures :])
        assert len(self.breaker.failed_ms) <= self.policy.failures
        since = [what for _, what in self.history]
        while since and since[-1] in ("failed", "card"):
            since.pop()
        lately = self.history[len(since) :]  # failures since the last good news
        if len(lately) == 0:
            assert self.breaker.stage(self.now) is Stage.CLOSED
        elif len(counting) >= self.policy.failures:
            assert self.breaker.stage(self.now) is not Stage.CLOSED
        elif not any(what == "card" for _, what in lately):
            assert self.breaker.stage(self.now) is Stage.CLOSED


TestAgainstHistory = AgainstHistory.TestCase
TestAgainstHistory.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)


@given(POLICIES, st.lists(DICE, min_size=30, max_size=30))
def test_a_link_that_answers_and_breaks_with_every_card_is_sent_ever_fewer(
    policy: BreakerPolicy, throws: list[float]
) -> None:
    """Each question has its good answer, and each card fails: the breaker is open between any two after the first few
    that come close together."""
    breaker, now, sent = GOOD, 0, []
    for dice in throws:
        now += breaker.wait_left(now)
        breaker = breaker.answered()
        assert breaker.stage(now) is Stage.CLOSED
        sent.append(now)
        breaker = breaker.failed(policy, now, dice, card=True)
        close = [at for at in sent if at > now - policy.within_ms]
        if len(close) >= policy.failures:
            assert breaker.stage(now) is Stage.OPEN
    assert all(b - a >= policy.backoff.first_ms for a, b in pairwise(sent))


@given(POLICIES, st.lists(DICE, min_size=10, max_size=10))
def test_a_printer_to_blame_is_sent_a_card_once_in_a_rest(policy: BreakerPolicy, throws: list[float]) -> None:
    breaker, now = GOOD.blame(), 0
    for dice in throws:
        before, now = now, now + breaker.wait_left(now)
        assert now == before or now - before >= policy.rest_ms // 2
        breaker = breaker.answered().failed(policy, now, dice, card=True)
        assert breaker.stage(now) is Stage.OPEN
    assert breaker.failed(policy, now, 0.5).wait_left(now) <= policy.backoff.ceiling_ms, "a question waits no rest"


def test_a_printer_that_takes_long_to_fail_opens_it_all_the_same() -> None:
    policy = BreakerPolicy(failures=3, within_ms=1_000)
    breaker = GOOD
    for now in (0, 20_000, 40_000):
        breaker = breaker.failed(policy, now, 0.0)
    assert breaker.stage(40_000) is Stage.OPEN


def test_old_failures_of_a_printer_that_answers_are_forgiven() -> None:
    policy = BreakerPolicy(failures=2, within_ms=1_000)
    breaker = GOOD.failed(policy, 0, 0.9).answered()
    assert breaker.failed(policy, 1_000, 0.9).stage(1_000) is Stage.CLOSED
    assert breaker.failed(policy, 999, 0.9).stage(999) is Stage.OPEN
