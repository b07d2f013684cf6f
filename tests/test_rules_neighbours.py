"""Neighbours: what goes out of turn, and what it may cost the others at most."""

from itertools import pairwise

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from rules_jobs import make_job
from spooler.model.job import Job
from spooler.model.order import Progress
from spooler.rules.neighbours import Run, neighbour
from spooler.rules.order import FULL_CREDIT, OrderPolicy, pick, place, waiting_bound

CARD = 40_000
POLICY = OrderPolicy(patience_ms=20 * CARD, ms_per_priority=CARD // 10, group_slack_ms=2 * CARD)
KINDS = st.sampled_from(["ktp", "kia-5-17", "selftest"])
HEADS = st.lists(st.tuples(st.integers(-5 * CARD, 5 * CARD), KINDS, st.sampled_from([0, 1, 1])), min_size=1, max_size=8)
RUNS = st.builds(Run, st.integers(1, 3 * CARD), st.none() | KINDS, st.integers(0, 5))


def jobs(heads: list[tuple[int, str, int]]) -> list[Job]:
    return [make_job(n, rank, band=band, kind=kind) for n, (rank, kind, band) in enumerate(heads)]


@given(HEADS, RUNS, st.integers(0, 5 * CARD))
def test_only_a_like_card_that_is_close_enough_goes_out_of_turn(
    heads: list[tuple[int, str, int]], run: Run, slack: int
) -> None:
    normal = [job for job in jobs(heads) if job.band == 1] or [make_job(9)]
    best = min(normal, key=lambda job: job.key)
    taken = neighbour(normal, best, run, slack)
    close = [job for job in normal if job.kind == run.kind and job.rank <= best.rank + slack]
    if best.kind != run.kind and close and (run.passed + 1) * run.card_ms <= slack:
        assert taken is min(close, key=lambda job: job.key)
    else:
        assert taken is best


@given(HEADS, RUNS, st.integers(0, FULL_CREDIT))
def test_express_is_picked_as_if_there_were_no_neighbours(
    heads: list[tuple[int, str, int]], run: Run, credit: int
) -> None:
    with_run, without = pick(POLICY, jobs(heads), credit, run), pick(POLICY, jobs(heads), credit)
    assert with_run is not None
    assert without is not None
    assert (with_run.job.band, with_run.credit) == (without.job.band, without.credit)
    if without.job.band == 0:
        assert with_run.job == without.job


class Office:
    """One printer's queue, as in test_rules_order, with kinds."""

    def __init__(self, policy: OrderPolicy) -> None:
        self.policy, self.progress, self.pending = policy, Progress(), list[Job]()
        self.number, self.credit, self.run = 0, FULL_CREDIT, Run(CARD)

    def submit(self, flow: str, kind: str, priority: int = 50, band: int = 1) -> Job:
        if not self.pending:
            self.progress = self.progress.rested()
        tail = max((job.fair_start for job in self.pending if job.flow == flow), default=None)
        stands = place(self.policy, self.progress.clock, self.progress.v, tail, CARD, 1, priority)
        self.number += 1
        job = make_job(self.number, stands.rank, band=band, flow=flow, fair_start=stands.fair_start, kind=kind)
        self.pending.append(job)
        return job

    def begin(self) -> Job | None:
        picked = pick(self.policy, self.pending, self.credit, self.run)
        if picked is None or picked.run is None:
            return None
        self.credit, self.run = picked.credit, picked.run
        self.pending.remove(picked.job)
        self.progress = self.progress.begun(picked.job.fair_start, CARD)
        return picked.job


COMING = st.lists(
    st.one_of(st.tuples(st.sampled_from("abc"), KINDS, st.integers(1, 100), st.sampled_from([0, 1, 1, 1])), st.none()),
    max_size=80,
)


@given(COMING, st.integers(1, 100), COMING)
def test_the_bound_on_waiting_holds(before: list[tuple | None], priority: int, after: list[tuple | None]) -> None:  # type: ignore[type-arg]
    office = Office(POLICY)
    for step in before:
        office.submit(*step) if step else office.begin()
    ours = office.submit("ours", "ktp", priority)
    bound = waiting_bound(POLICY, ours.fair_start)
    late: set[str] = set()
    for step in after:
        if ours not in office.pending:
            break
        if step:
            clock = office.progress.clock
            job = office.submit(*step)
            if clock > bound and job.band == 1:
                late.add(job.id)
        elif (begun := office.begin()) is not None:
            assert begun.id not in late


@given(COMING)
def test_no_more_cards_in_a_row_go_out_of_turn_than_the_slack_has_room_for(steps: list[tuple | None]) -> None:  # type: ignore[type-arg]
    office = Office(POLICY)
    in_a_row = 0
    for step in steps:
        if step:
            office.submit(*step)
            continue
        begun = office.begin()
        if begun is None or begun.band == 0:
            continue
        passed = [job for job in office.pending if job.band == 1 and job.key < begun.key]
        in_a_row = in_a_row + 1 if passed else 0
        assert in_a_row <= POLICY.group_slack_ms // CARD
        assert all(begun.rank <= job.rank + POLICY.group_slack_ms for job in passed)


def test_equals_that_come_later_and_are_alike_do_not_go_first_for_ever() -> None:
    office = Office(POLICY)
    office.submit("x", "ktp")
    office.begin()
    lonely = office.submit("lonely", "kia-5-17")
    begun = []
    for n in range(10):  # each has the same rank as the lonely one
        office.submit(f"person-{n}", "ktp")
        begun.append(office.begin())
    assert begun.index(lonely) == POLICY.group_slack_ms // CARD


def test_two_flows_of_two_kinds_still_share() -> None:
    office = Office(evolve(POLICY, patience_ms=10**9))
    begun = []
    for _ in range(400):
        office.submit("a", "ktp")
        office.submit("b", "kia-5-17")
        begun.append(office.begin())
    for start in range(300):
        share = sum(job is not None and job.flow == "a" for job in begun[start : start + 100])
        assert 47 <= share <= 53
    kinds = [job.kind for job in begun if job is not None]
    changes = sum(one != two for one, two in pairwise(kinds))
    assert changes < 200  # without a slack every card is another kind than the one before
