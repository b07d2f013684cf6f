"""Order: fairness, the bound on waiting, no debt, and a queue that is the same after a restart."""

from functools import partial

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from rules_jobs import make_job
from spooler.model.job import Job
from spooler.model.order import Place, Progress
from spooler.rules.order import FULL_CREDIT, OrderPolicy, Pick, pick, place, waiting_bound
from spooler.store.contract import PlaceRule

CARD = 40_000
POLICY = OrderPolicy(patience_ms=20 * CARD, ms_per_priority=CARD // 10, express_share=50)


class Queue:
    """A site's queue as the store keeps it: pending jobs, progress; a tail is looked up, never remembered."""

    def __init__(self, policy: OrderPolicy = POLICY, printers: int = 1) -> None:
        self.policy, self.printers = policy, printers
        self.progress = Progress()
        self.pending: list[Job] = []
        self.number = 0
        self.credit = FULL_CREDIT

    def submit(self, flow: str, priority: int = 50, band: int = 1, weight: int = 1) -> Job:
        if not self.pending:
            self.progress = self.progress.rested()
        tail = max((job.fair_start for job in self.pending if job.flow == flow), default=None)
        stands = place(self.policy, self.progress.clock, self.progress.v, tail, CARD, self.printers, priority, weight)
        self.number += 1
        job = make_job(self.number, stands.rank, band=band, flow=flow, fair_start=stands.fair_start)
        self.pending.append(job)
        return job

    def begin(self) -> Job | None:
        picked = pick(self.policy, self.pending, self.credit)
        if picked is None:
            return None
        self.credit = picked.credit
        self.pending.remove(picked.job)
        self.progress = self.progress.begun(picked.job.fair_start, CARD // self.printers)
        return picked.job

    def cancel(self, flow: str) -> None:
        self.pending = [job for job in self.pending if job.flow != flow]

    def restarted(self) -> "Queue":
        """What a new process has: the stored rows, in any order."""
        other = Queue(self.policy, self.printers)
        other.pending, other.progress, other.number = sorted(self.pending, key=hash), self.progress, self.number
        other.credit = self.credit
        return other


FLOWS = st.sampled_from(["school", "batch", "a", "b", "c"])
PRIORITIES = st.integers(1, 100)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), FLOWS, PRIORITIES, st.sampled_from([0, 1, 1, 1])),
        st.tuples(st.just("begin")),
        st.tuples(st.just("cancel"), FLOWS),
    ),
    max_size=60,
)


def act(queue: Queue, step: tuple[object, ...]) -> Job | None:
    match step:
        case ("submit", str(flow), int(priority), int(band)):
            queue.submit(flow, priority, band)
        case ("cancel", str(flow)):
            queue.cancel(flow)
        case _:
            return queue.begin()
    return None


def test_formula_of_a_new_flow() -> None:
    # patience floor, v, tail, each as the greatest of the three once
    assert place(POLICY, 100 * CARD, 0, None, CARD, 1, 50) == Place(80 * CARD, 80 * CARD)
    assert place(POLICY, 100 * CARD, 90 * CARD, None, CARD, 1, 50) == Place(90 * CARD, 90 * CARD)
    assert place(POLICY, 100 * CARD, 90 * CARD, 95 * CARD, CARD, 1, 50) == Place(96 * CARD, 96 * CARD)
    assert place(POLICY, 100 * CARD, 90 * CARD, 95 * CARD, CARD, 4, 50, weight=2).fair_start == 95 * CARD + CARD // 8
    # ten points are worth ten times ms_per_priority, in rank only
    assert place(POLICY, 0, 0, None, CARD, 1, 60) == Place(0, -CARD)
    assert place(POLICY, 0, 0, None, CARD, 1, 40) == Place(0, CARD)


def test_place_is_the_stores_rule() -> None:
    rule: PlaceRule = partial(place, POLICY)
    assert rule(100 * CARD, 0, None, CARD, 1, 50) == Place(80 * CARD, 80 * CARD)


@pytest.mark.parametrize(
    "wrong", [{"patience_ms": -1}, {"ms_per_priority": -1}, {"express_share": 0}, {"express_share": 101}]
)
def test_policy_refuses_impossible_numbers(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        OrderPolicy(**wrong)


@given(STEPS)
def test_work_conserving_and_nothing_lost(steps: list[tuple[object, ...]]) -> None:
    queue = Queue()
    for step in steps:
        waiting = len(queue.pending)
        if step[0] == "begin":
            assert (act(queue, step) is None) == (waiting == 0)
        else:
            act(queue, step)
    left = {job.id for job in queue.pending}
    assert {job.id for job in iter(queue.begin, None)} == left


@given(STEPS, PRIORITIES, st.lists(st.tuples(st.booleans(), PRIORITIES), max_size=400))
def test_bound_on_waiting(before: list[tuple[object, ...]], priority: int, after: list[tuple[bool, int]]) -> None:
    """However many newcomers of whatever priority: those at or after the bound stay behind."""
    policy = evolve(POLICY, patience_ms=5 * CARD)
    queue = Queue(policy)
    for step in before:
        act(queue, step)
    ours = queue.submit("ours", priority)
    bound = waiting_bound(policy, ours.fair_start)
    for prints, newcomer in after:
        if queue.progress.clock >= bound:
            late = queue.submit("new", newcomer)
            assert late.key > ours.key
            assert queue.submit(f"new-{queue.number}", 100).key > ours.key
        else:
            queue.submit(f"new-{queue.number}", newcomer)
        if prints and queue.begin() == ours:
            return


def test_bound_is_tight() -> None:
    """One millisecond before the bound, the most urgent newcomer does overtake the least urgent job."""
    bound = waiting_bound(POLICY, 0)
    ours = place(POLICY, 0, 0, None, CARD, 1, 1)
    assert place(POLICY, bound - 1, 0, None, CARD, 1, 100).rank < ours.rank
    assert place(POLICY, bound, 0, None, CARD, 1, 100).rank == ours.rank  # a tie, and the older id goes first


def test_a_job_is_begun_though_the_office_never_empties() -> None:
    """Starvation: a low job under twice as many newcomers as the printer can take."""
    queue = Queue()
    ours = queue.submit("ours", priority=1)
    bound = waiting_bound(POLICY, ours.fair_start)
    for n in range(10_000):
        queue.submit(f"a-{n}", 100)
        if n % 2 and queue.begin() == ours:
            break
    else:
        pytest.fail("never begun")
    # those who came in time may all go first, two for each card of clock
    assert bound <= queue.progress.clock <= 2 * bound + 2 * CARD


@given(STEPS, st.integers(1, 300))
def test_a_cancelled_batch_leaves_no_debt(steps: list[tuple[object, ...]], size: int) -> None:
    """After its cancel, a flow's next job stands exactly where it would without the batch."""
    with_batch, without = Queue(), Queue()
    for step in steps:
        act(with_batch, step)
        act(without, step)
    for queue in (with_batch, without):
        queue.cancel("school")
        queue.submit("somebody")  # or the queue would be empty and begin anew
    for _ in range(size):
        with_batch.submit("school")
    with_batch.cancel("school")
    mine, plain = with_batch.submit("school"), without.submit("school")
    assert (mine.fair_start, mine.rank) == (plain.fair_start, plain.rank)


@given(STEPS, STEPS)
def test_restart_changes_nothing(before: list[tuple[object, ...]], after: list[tuple[object, ...]]) -> None:
    queue = Queue()
    for step in before:
        act(queue, step)
    other = queue.restarted()
    for step in after:
        assert act(queue, step) == act(other, step)
    assert list(iter(queue.begin, None)) == list(iter(other.begin, None))


@pytest.mark.parametrize("printers", [1, 3])
def test_two_busy_flows_share_evenly(printers: int) -> None:
    """The second comes when the first has long been printing, and with ten times as many."""
    queue = Queue(OrderPolicy(), printers)
    for _ in range(200):
        queue.submit("a")
    for _ in range(20):
        queue.begin()
    for _ in range(2000):
        queue.submit("b")
    begun = [job.flow for _ in range(100) if (job := queue.begin())]
    for n in range(1, 101):
        assert abs(begun[:n].count("a") - begun[:n].count("b")) <= 1


def test_weight_gives_a_greater_share() -> None:
    queue = Queue(OrderPolicy())
    for _ in range(100):
        queue.submit("a", weight=3)
        queue.submit("b")
    begun = [job.flow for _ in range(80) if (job := queue.begin())]
    assert abs(begun.count("a") - 60) <= 1


def test_a_walk_in_goes_next_beside_a_group_on_every_day() -> None:
    """The night, a jam and a quiet week before are all the same: the clock stands."""
    queue = Queue(OrderPolicy())
    for n in range(500):  # a week of people who come one at a time
        queue.submit(f"early-{n}")
        queue.begin()
    for _ in range(2000):
        queue.submit("school")
    for n in range(1500):
        queue.begin()
        if n % 10 < 3:
            walk_in = queue.submit(f"person-{n}")
            assert queue.begin() == walk_in


def test_equal_people_go_in_the_order_they_came() -> None:
    queue = Queue()
    came = [queue.submit(f"person-{n}") for n in range(30)]
    assert list(iter(queue.begin, None)) == came


def test_priority_is_a_head_start() -> None:
    queue = Queue()
    first, second, urgent = queue.submit("a"), queue.submit("b"), queue.submit("c", priority=51)
    assert list(iter(queue.begin, None)) == [urgent, first, second]


@given(st.integers(1, 100), st.lists(st.sampled_from(["express", "normal", "both", "none"]), max_size=120))
def test_express_takes_at_most_its_share(share: int, waiting: list[str]) -> None:
    policy = evolve(POLICY, express_share=share)
    express, normal = make_job(2, 0, band=0), make_job(1, -10)
    heads = {"express": [express], "normal": [normal], "both": [normal, express], "none": []}
    credit, contested = FULL_CREDIT, []
    for kind in waiting:
        picked = pick(policy, heads[kind], credit)
        if picked is None:
            assert kind == "none"
            continue
        credit = picked.credit
        assert 0 <= credit <= FULL_CREDIT
        if kind == "both":
            contested.append(picked.job)
        else:
            assert picked.job in heads[kind]
            if kind == "normal":
                contested.append(picked.job)
    # every stretch of cards during which others waited, also one that begins in the middle
    for start in range(len(contested)):
        for end in range(start + 1, len(contested) + 1):
            taken = contested[start:end].count(express)
            assert taken <= (FULL_CREDIT + share * (end - start)) // 100


def test_express_goes_first_and_every_second_by_default() -> None:
    queue = Queue(OrderPolicy())
    normal = [queue.submit("a"), queue.submit("b"), queue.submit("c")]
    express = [queue.submit("x", band=0), queue.submit("y", band=0), queue.submit("z", band=0)]
    assert list(iter(queue.begin, None)) == [
        express[0], normal[0], express[1], normal[1], express[2], normal[2],
    ]  # fmt: skip


def test_express_costs_nothing_while_nobody_else_waits() -> None:
    queue = Queue(OrderPolicy())
    for _ in range(3):
        queue.submit("x", band=0)
        queue.begin()
    normal, express = queue.submit("a"), queue.submit("x", band=0)
    assert list(iter(queue.begin, None)) == [express, normal]


def test_pick_takes_the_lowest_key_of_each_band() -> None:
    heads = [make_job(3, 5), make_job(1, 7), make_job(2, 5)]
    assert pick(POLICY, heads) == Pick(heads[2], FULL_CREDIT)
    assert pick(POLICY, []) is None


def test_progress_never_goes_back() -> None:
    progress = Progress().begun(10, 40).begun(5, 40)
    assert (progress.clock, progress.v) == (80, 10)
    assert progress.rested() == Progress(80, 80)
    assert Progress(10, 90).rested() == Progress(10, 90)
