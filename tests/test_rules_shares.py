"""Two flows that always have work share the cards, whatever happens to the printers; and nobody waits for ever.

The queue here is the store's: a flow's tail is the greatest fair start of its jobs that wait and of its last one begun.
Were it the waiting ones alone, a counter that hands in one job after the other would leave no tail, begin beside the
last card each time, and take all cards while a school's batch stands still.
"""

from collections import Counter
from heapq import heappop, heappush

from attrs import define, evolve, field
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_jobs import make_job
from spooler.model.job import Job
from spooler.model.order import Progress
from spooler.rules.order import FULL_CREDIT, OrderPolicy, pick, place, waiting_bound

CARD = 40_000
CARDS = 240  # printed in a run


@define
class Office:
    """A site's queue and its printers."""

    policy: OrderPolicy
    printers: int
    progress: Progress = field(factory=Progress)
    pending: list[Job] = field(factory=list)
    in_hand: dict[int, Job] = field(factory=dict)  # by printer
    begun: dict[str, int] = field(factory=dict)  # flow -> fair start of its last card begun
    credit: int = FULL_CREDIT
    number: int = 0

    def submit(self, flow: str, priority: int = 50, band: int = 1) -> Job:
        if not self.pending:
            self.progress = self.progress.rested()
        tails = [job.fair_start for job in self.pending if job.flow == flow]
        tails += [self.begun[flow]] if flow in self.begun else []
        clock, v, tail = self.progress.clock, self.progress.v, max(tails, default=None)
        stands = place(self.policy, clock, v, tail, CARD, self.printers, priority)
        self.number += 1
        job = make_job(self.number, stands.rank, band=band, flow=flow, fair_start=stands.fair_start)
        self.pending.append(job)
        return job

    def begin(self, printer: int) -> Job | None:
        picked = pick(self.policy, self.pending, self.credit)
        if picked is None:
            return None
        self.credit = picked.credit
        self.pending.remove(picked.job)
        self.progress = self.progress.begun(picked.job.fair_start, CARD // self.printers)
        flow = picked.job.flow
        self.begun[flow] = max(self.begun.get(flow, 0), picked.job.fair_start)
        self.in_hand[printer] = picked.job
        return picked.job

    def printed(self, printer: int) -> Job:
        return self.in_hand.pop(printer)

    def not_printed(self, printer: int) -> None:
        """The card jammed before it was made: the job goes back to its place."""
        self.pending.append(self.in_hand.pop(printer))


@define
class Feeder:
    """A flow that always has work: so many jobs wait whenever a printer looks."""

    flow: str
    depth: int

    def feed(self, office: Office) -> None:
        for _ in range(self.depth - sum(job.flow == self.flow for job in office.pending)):
            office.submit(self.flow)


def run(office: Office, feeders: list[Feeder], seconds: list[int], jams: dict[int, int]) -> list[str]:
    """The flows of the cards as they come out. `seconds`: a card's time at each printer; `jams`: the n-th card begun
    jams, and its printer stands still for so long."""
    ready = [(0, printer) for printer in range(len(seconds))]  # (when, who)
    busy: dict[int, bool] = {}  # printer -> the card in it jams
    begun, out = 0, list[str]()
    while len(out) < CARDS:
        now, printer = heappop(ready)
        if printer in busy:
            if busy.pop(printer):
                office.not_printed(printer)
                heappush(ready, (now + jams[begun % CARDS], printer) if begun % CARDS in jams else (now + 300, printer))
                continue
            out.append(office.printed(printer).flow)
        for feeder in feeders:
            feeder.feed(office)
        assert office.begin(printer) is not None
        begun += 1
        busy[printer] = begun in jams
        heappush(ready, (now + seconds[printer], printer))
    return out


def unfair(out: list[str]) -> int:
    """How far the worst 100 cards in a row are from half and half."""
    return max(abs(out[at : at + 100].count("a") - 50) for at in range(len(out) - 99))


DEPTHS = st.sampled_from([1, 2, 7, 120])
JAMS = st.dictionaries(st.integers(1, CARDS), st.integers(1, 3600), max_size=12)


@settings(deadline=None)  # a virtual clock; a busy machine may take long
@given(DEPTHS, DEPTHS, st.integers(0, 150), st.lists(st.sampled_from([20, 40, 80]), min_size=1, max_size=5), JAMS)
def test_two_flows_share_any_hundred_cards(
    a: int, b: int, alone: int, seconds: list[int], jams: dict[int, int]
) -> None:
    """One by one or a whole batch at once, the second also when the first has long been printing; printers of any
    speed, some at half of it; jams of seconds or an hour."""
    office = Office(OrderPolicy(), len(seconds))
    for _ in range(alone):
        Feeder("a", a).feed(office)
        office.begin(0)
        office.printed(0)
    assert unfair(run(office, [Feeder("a", a), Feeder("b", b)], seconds, jams)) <= 5


@settings(deadline=None)
@given(st.lists(DEPTHS, min_size=3, max_size=6), st.integers(1, 3))
def test_more_flows_share_too(depths: list[int], printers: int) -> None:
    office = Office(OrderPolicy(), printers)
    out = run(office, [Feeder(chr(97 + n), depth) for n, depth in enumerate(depths)], [CARD] * printers, {})
    shares = Counter(out)
    assert all(abs(shares[chr(97 + n)] - CARDS / len(depths)) <= 0.05 * CARDS for n in range(len(depths)))


FLOWS = st.sampled_from(["school", "batch", "a", "b", "c"])
PRIORITIES = st.integers(1, 100)
BANDS = st.sampled_from([0, 1, 1, 1])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), FLOWS, PRIORITIES, BANDS),
        st.tuples(st.just("begin")),
        st.tuples(st.just("cancel"), FLOWS),
        st.tuples(st.just("reorder"), FLOWS, PRIORITIES),
        st.tuples(st.just("moved-in"), FLOWS, st.integers(-100, 100)),
        st.tuples(st.just("express"), FLOWS),
    ),
    max_size=60,
)


def act(office: Office, step: tuple[object, ...], ours: Job | None = None) -> Job | None:
    """One step; what concerns other people's jobs leaves ours alone."""
    match step:
        case ("submit", str(flow), int(priority), int(band)):
            office.submit(flow, priority, band)
        case ("cancel", str(flow)):
            office.pending = [job for job in office.pending if job.flow != flow or job == ours]
        case ("reorder", str(flow), int(priority)):
            distance = (priority - 50) * office.policy.ms_per_priority
            office.pending = [
                evolve(job, rank=job.fair_start - distance) if job.flow == flow and job != ours else job
                for job in office.pending
            ]
        case ("express", str(flow)):
            office.pending = [
                evolve(job, band=0) if job.flow == flow and job != ours else job for job in office.pending
            ]
        case ("moved-in", str(flow), int(cards)):  # as old as it was where it came from
            office.number += 1
            start = office.progress.clock + cards * CARD
            office.pending.append(make_job(office.number, start, flow=flow, fair_start=start))
        case _:
            job = office.begin(0)
            office.in_hand.clear()
            return job
    return None


@settings(deadline=None)
@given(STEPS, PRIORITIES, STEPS, st.integers(1, 80), st.lists(st.tuples(PRIORITIES, BANDS), max_size=4))
def test_from_the_bound_on_only_who_stood_before_goes_before(
    before: list[tuple[object, ...]],
    priority: int,
    meanwhile: list[tuple[object, ...]],
    share: int,
    crowd: list[tuple[int, int]],
) -> None:
    """Arrivals, cancels, moves, priorities and express in any mix: once the clock has passed the bound, newcomers of
    any priority stay behind, and express takes its share and no more."""
    policy = OrderPolicy(patience_ms=10 * CARD, ms_per_priority=CARD // 20, express_share=share)
    office = Office(policy, 1)
    for step in before:
        act(office, step)
    ours = office.submit("ours", priority)
    bound = waiting_bound(policy, ours.fair_start)
    for step in meanwhile:
        if act(office, step, ours) == ours:
            return
    while office.progress.clock < bound:
        for newcomer, band in crowd:
            office.submit(f"new-{office.number}", newcomer, band)
        if act(office, ("begin",)) == ours:
            return
    first = sum(job.band == 1 and job.key < ours.key for job in office.pending)
    normal = express = 0
    while (job := act(office, ("begin",))) != ours:
        assert job is not None
        normal, express = normal + (job.band == 1), express + (job.band == 0)
        assert normal <= first, "nobody who came after the bound"
        assert express <= (FULL_CREDIT + share * (normal + express)) // 100
        for newcomer, band in crowd:
            office.submit(f"new-{office.number}", newcomer, band)
            office.submit(f"late-{office.number}", 100, 0)
