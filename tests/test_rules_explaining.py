"""How many cards go before a job: express ones only at their share, as the rule itself would pick them."""

from hypothesis import given
from hypothesis import strategies as st

from rules_jobs import make_job
from spooler.model.printer import PrinterState, PrinterStatus
from spooler.model.queue_commands import Standing
from spooler.rules.explaining import explain
from spooler.rules.order import FULL_CREDIT, OrderPolicy, pick

PRINTER = PrinterStatus("SGL-1", "21.71.11", PrinterState.IDLE, (), None, None, None, (), 0, None)


@given(st.integers(0, 30), st.integers(0, 60), st.integers(1, 100))
def test_express_cards_before_it_are_those_that_the_rule_takes(normal: int, express: int, share: int) -> None:
    policy = OrderPolicy(express_share=share)
    ours = make_job(999, 50)
    pending = [make_job(n + 1, 10) for n in range(normal)] + [make_job(100 + n, 0, band=0) for n in range(express)]
    waiting = [*pending, ours]
    before, credit = 0, FULL_CREDIT
    while (picked := pick(policy, waiting, credit)) is not None and picked.job != ours:
        waiting.remove(picked.job)
        before, credit = before + 1, picked.credit
    standing = Standing(normal + express, 40_000 * (normal + express), False, 0, 0, express)
    told = explain(ours, standing, [PRINTER], policy)
    assert told.ahead is not None
    assert before <= told.ahead <= before + 1 + 100 // (101 - share)
    assert told.expected_ms == 40_000 * told.ahead
    assert ("express-first" in told.why) == (express > 0)
