"""Fair shares once through the real store and the lanes that presses take from: no printers, no sleeps."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from spooler.daemon.lanes import Lane, Lanes
from spooler.daemon.reads import Reads
from spooler.model.commands import Command
from spooler.model.job import Job
from spooler.model.verdict import Verdict
from spooler.rules.order import FULL_CREDIT, OrderPolicy, place
from spooler.store import open_store
from spooler.store.contract import Applied
from store_contract import RETENTION, STEP_MAX, Bench, selftest
from test_rules_shares import unfair

POLICY = OrderPolicy()
LANES = [Lane("site:21.71.11", "selftest")]
PRINTERS = ("SGL-1", "SGL-2", "SGL-3")


class Shop(Bench):
    """A bench whose lanes hear of every commit, as the engine's do."""

    lanes: Lanes

    def apply(self, *commands: Command) -> Applied:
        applied = super().apply(*commands)
        for job in applied.changed:
            self.lanes.committed(job)
        return applied


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    store = open_store(
        tmp_path / "spool", node="test", place=partial(place, POLICY), retention=RETENTION, clock_step_max_ms=STEP_MAX
    )
    shop = Shop(store)
    shop.lanes = Lanes(Reads(store.reader()), POLICY)
    for printer in PRINTERS:
        shop.attach(printer)
    yield shop
    store.close()


@pytest.mark.parametrize("printers", [PRINTERS[:1], PRINTERS])
async def test_a_counter_and_a_batch_share_also_after_a_jam(shop: Shop, printers: tuple[str, ...]) -> None:
    """A batch of 150 at once; a counter that hands in its next job when a printer has had the last. Every tenth card
    jams, and the second printer is half as fast as the others."""
    more = {"cost_ms": 40_000, "printers": len(printers)}
    shop.apply(*(selftest(f"b{n}", flow="b", **more) for n in range(150)))
    counter, credit = 0, FULL_CREDIT
    in_hand: dict[str, Job] = {}
    out: list[str] = []

    async def begin(printer: str) -> None:
        nonlocal counter, credit
        if not any(job.flow == "a" for job in shop.jobs(state="pending")):
            counter += 1
            shop.submit(f"a{counter}", flow="a", **more)
        picked = await shop.lanes.take(LANES, credit)
        assert picked is not None
        credit = picked.credit
        in_hand[printer] = shop.intend(shop.claim(picked.job, printer), printer)

    turn = 0
    while len(out) < 120:
        turn += 1
        for printer in printers:
            if printer == "SGL-2" and turn % 2:
                continue
            if printer in in_hand:
                job = in_hand.pop(printer)
                jams = (len(out) + turn) % 10 == 9
                shop.settle(job, Verdict.NOT_PRINTED if jams else Verdict.PRINTED, printer)
                if not jams:
                    out.append(job.flow)
            await begin(printer)
    assert unfair(out) <= 5
