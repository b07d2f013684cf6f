"""A printer's breaker in the daemon: virtual time, thrown dice, and the wall clock for people."""

import pytest
import trio

from running import SetClock
from spooler.backends.contract import InUseError, LinkError
from spooler.config import PressConfig
from spooler.daemon.circuit import Circuit
from spooler.model.printer import Retry
from spooler.rules.retry import TABLE, Fault

CONFIG = PressConfig(
    backoff_first_seconds=1, backoff_ceiling_seconds=10, breaker_failures=2, breaker_seconds=60,
    breaker_rest_seconds=100, tries_per_job=4,
)  # fmt: skip
NOON = 1_795_512_000_000


def circuit(dice: float = 0.5) -> Circuit:
    return Circuit(CONFIG, SetClock(NOON), trio.Event(), lambda: dice)


async def waited(one: Circuit) -> float:
    began = trio.current_time()
    await one.until_due()
    return trio.current_time() - began


async def test_it_waits_longer_each_time_and_begins_anew_after_a_card(autojump_clock: trio.testing.MockClock) -> None:
    one = circuit()
    assert one.shown == Retry("closed", 0)
    assert one.lost(LinkError("away")) == "connecting-to-device"
    assert one.shown == Retry("closed", 1, NOON + 1000)
    assert not one.probing
    assert await waited(one) == pytest.approx(1)
    assert one.lost(InUseError("another")) == "in-use"
    assert one.shown == Retry("open", 2, NOON + 2000)
    assert one.probing
    assert await waited(one) == pytest.approx(2)
    assert one.shown.state == "half-open"
    one.answered()
    assert not one.probing
    one.failed(Fault.LINK, card=True)
    assert await waited(one) == pytest.approx(3.5)
    one.printed()
    assert one.shown == Retry("closed", 0)
    assert await waited(one) == 0


async def test_printers_of_one_switch_fall_out_of_step(autojump_clock: trio.testing.MockClock) -> None:
    low, high = circuit(0.1), circuit(0.9)
    for one in (low, high):
        one.lost(LinkError("away"))
        one.lost(LinkError("away"))
    assert low.shown.next_ms != high.shown.next_ms


async def test_a_stop_ends_the_wait_at_once(autojump_clock: trio.testing.MockClock) -> None:
    stop = trio.Event()
    one = Circuit(CONFIG, SetClock(NOON), stop)
    one.lost(LinkError("away"))
    stop.set()
    assert await waited(one) == 0


async def test_a_stop_that_waits_for_a_hand_does_not_count_before_the_intent_and_does_after_it(
    autojump_clock: trio.testing.MockClock,
) -> None:
    one = circuit()
    one.failed(Fault.OPERATOR)
    assert one.shown.failures == 0
    one.failed(Fault.OPERATOR, card=True)
    assert one.shown.failures == 1
    assert one.hold_at(Fault.OPERATOR) is None


async def test_a_printer_to_blame_costs_no_job_a_try_until_a_card_comes_through(
    autojump_clock: trio.testing.MockClock,
) -> None:
    one = circuit()
    tried = [fault for fault in Fault if TABLE[fault].uses_try]
    assert [one.hold_at(fault) for fault in tried] == [4] * len(tried)
    one.used_up(Fault.OURS)
    assert one.hold_at(Fault.LINK) == 4, "where the program fails, no printer is to blame"
    one.used_up(Fault.LINK)
    assert [one.hold_at(fault) for fault in tried] == [None] * len(tried)
    one.failed(Fault.LINK, card=True)
    assert 50 <= await waited(one) <= 100
    one.printed()
    assert one.hold_at(Fault.LINK) == 4
