"""Retry in the running spooler: what breaks is tried again, later each time and not for ever; the queue goes on."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import trio

import running
from running import selftest
from spooler.backends.contract import EncodedCard, Script
from spooler.backends.evolis_link import Link
from spooler.daemon.circuit import Circuit
from spooler.model.printer import Facts, PrinterState
from spooler.model.reasons_device import FAULTS, STOPS
from spooler.rules.care import ready
from spooler.rules.retry import TABLE, Fault, fault_of
from workshop import Line, Workshop, hurry, let_pass, workshop

#: No question is so long, and a card's header is longer.
IN_THE_HEADER = 100


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets keys of [press]."""

    def put(**keys: float) -> None:
        lines = "".join(f"{key} = {value}\n" for key, value in keys.items())
        monkeypatch.setattr(running, "CONFIG", running.CONFIG.replace("[press]\n", f"[press]\n{lines}"))

    return put


def break_each_card(line: Line) -> None:
    """From now on the line answers every question and is cut in the first bytes of every card."""

    async def cut() -> bool:
        await trio.lowlevel.checkpoint()
        line.world.cut_after = IN_THE_HEADER
        return True

    line.gate = cut
    line.world.cut_after = IN_THE_HEADER


def mend(line: Line) -> None:
    line.gate, line.world.cut_after = let_pass, None


async def printers(shop: Workshop) -> dict[str, dict[str, Any]]:
    answer = await shop.client.call("printers", {})
    return {printer["name"]: printer for printer in answer["printers"]}


async def until_stage(shop: Workshop, *stages: str) -> dict[str, Any]:
    """The first printer, once its breaker stands like that."""
    with trio.fail_after(15):
        async with shop.client.watch(entries=False, state=True) as notes:
            async for note in notes:
                printer: dict[str, Any] = note.params["printers"][0]
                if printer["retry"]["state"] in stages:
                    return printer
    raise AssertionError("the watch ended")


async def test_a_link_that_breaks_with_every_card_sets_one_job_aside_and_not_the_queue(
    tmp_path: Path, press: Callable[..., None]
) -> None:
    press(tries_per_job=3, breaker_failures=2, breaker_rest_seconds=0.4)
    async with workshop(tmp_path) as shop:
        await shop.until_printer("idle")
        assert (await printers(shop))["SGL-1"]["retry"] == {"state": "closed", "failures": 0, "next_ms": None}
        break_each_card(shop.lines[0])
        first, second = [await shop.submit(selftest(ticket)) for ticket in "ab"]
        held = await shop.until_job(first, "pending-held", "completed", "processing-stopped")
        assert (held["state"], held["reason"], held["attempt"]) == ("pending-held", "tries-used-up", 3)
        assert (await shop.events(first)).count("intended") == 3
        printer = await until_stage(shop, "open", "half-open")
        assert printer["state"] == "stopped"
        assert printer["reasons"] == ["link-unstable"]
        assert printer["retry"]["failures"] == 2, "no more are remembered than open it"
        found = await shop.job(second)
        with trio.fail_after(20):  # the second job is tried, too, and more often than it would have tries
            while found["attempt"] < 4:
                asked = {"id": second, "wait_ms": 15_000, "version": found["version"]}
                found = await shop.client.call("job", asked)
        assert (await shop.job(second))["state"] in ("pending", "processing")
        assert shop.world.counter == 0
        mend(shop.lines[0])
        await shop.until_job(second, "completed")
        printer = await shop.until_printer("idle")
        assert printer["retry"] == {"state": "closed", "failures": 0, "next_ms": None}
        await shop.client.call("release", {"id": first})
        assert (await shop.until_job(first, "completed"))["attempt"] == 4
        assert (shop.world.counter, shop.world.spoiled) == (2, 0)


async def test_what_an_open_breaker_lets_through_is_one_question(
    tmp_path: Path, press: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never a card, and no reset either, although a printer that lost a card is to be reset before the next one."""
    said: list[str] = []
    for name in ("inquire", "reset", "print_card"):
        monkeypatch.setattr(Link, name, spoken(said, name, getattr(Link, name)))
    really = Circuit.probing.fget
    assert really is not None

    def probing(self: Circuit) -> bool:
        said.append("half-open" if really(self) else "closed")
        return said[-1] == "half-open"

    monkeypatch.setattr(Circuit, "probing", property(probing))
    press(breaker_failures=1)
    async with workshop(tmp_path) as shop:
        await shop.until_printer("idle")
        shop.world.cut_after = IN_THE_HEADER
        await shop.until_job(await shop.submit(selftest("a")), "completed")
    lost = said.index("print_card")
    half_open = said.index("half-open", lost)
    assert said[half_open:][:5] == ["half-open", "inquire", "closed", "reset", "inquire"]
    assert "print_card" not in said[lost + 1 : half_open]


def spoken(said: list[str], name: str, really: Callable[..., Script]) -> Callable[..., Script]:
    def speak(*arguments: Any) -> Script:
        said.append(name)
        return really(*arguments)

    return speak


async def test_a_printer_that_does_not_answer_is_shown_with_the_time_of_the_next_try(
    tmp_path: Path, press: Callable[..., None]
) -> None:
    press(breaker_failures=2)
    async with workshop(tmp_path) as shop:
        await shop.until_printer("idle")
        line, asked = shop.lines[0], []

        async def dead() -> bool:
            await trio.lowlevel.checkpoint()
            asked.append(trio.current_time())
            return False

        line.gate = dead
        job = await shop.submit(selftest("a"))
        printer = await until_stage(shop, "open")
        assert printer["reasons"] == ["connecting-to-device"]
        assert printer["retry"]["failures"] == 2
        assert printer["retry"]["next_ms"] > 1_000_000_000_000
        assert (await shop.job(job))["state"] == "pending"
        line.gate = let_pass
        assert (await shop.until_job(job, "completed"))["attempt"] == 1
        gaps = [b - a for a, b in pairwise(asked)]
        assert all(gap >= 0.045 for gap in gaps), "each try waits at least for the first back-off"


async def test_a_job_of_a_pool_is_taken_by_the_other_printer_when_the_first_is_lost_before_the_intent(
    tmp_path: Path,
) -> None:
    async with workshop(tmp_path, printers=2) as shop:
        await shop.until_printer("idle")
        lost: list[str] = []

        def lose_while_claimed(line: Line, name: str) -> None:
            async def gate() -> bool:
                job = (await shop.client.call("jobs", {"state": "processing"}))["jobs"]
                if name in lost or (not lost and job and job[0]["printer"] == name):
                    lost.append(name)
                    return False
                return True

            line.gate = gate

        for line, name in zip(shop.lines, ("SGL-1", "SGL-2"), strict=True):
            lose_while_claimed(line, name)
        job = await shop.submit(selftest("a"))
        done = await shop.until_job(job, "completed", "processing-stopped")
        assert (done["state"], done["attempt"]) == ("completed", 1)
        assert done["printer"] not in lost
        events = await shop.events(job)
        assert events == ["submitted", "claimed", "returned", "claimed", "intended", "printed"]
        assert (await printers(shop))[lost[0]]["job"] is None, "who has given it back is not shown with it"


async def test_a_pool_whose_printers_have_all_stopped_keeps_its_jobs_and_says_why(tmp_path: Path) -> None:
    async with workshop(tmp_path, printers=2, feeder=0) as shop:
        job = await shop.submit(selftest("a"))

        async def dead() -> bool:
            await trio.lowlevel.checkpoint()
            return False

        shop.lines[1].gate = dead
        with trio.fail_after(15):
            async with shop.client.watch(entries=False, state=True) as notes:
                async for note in notes:
                    site = next(s for s in note.params["sites"] if s["code"] == running.SITE)
                    if site["reasons"] == ["media-empty", "connecting-to-device"]:
                        break
        assert (site["working"], site["jobs"]) == (0, {"pending": 1})
        told = await shop.client.call("explain", {"id": job})
        assert told["why"][0] == "printers-stopped"
        assert told["printers"] == {"able": 2, "working": 0, "reasons": site["reasons"]}
        assert (await shop.events(job)) == ["submitted"], "nobody took it, nothing was sent"
        shop.world.load(3)
        await shop.until_job(job, "completed")
        (site, _) = (await shop.client.call("sites", {}))["sites"]
        assert site["working"] == 1


async def test_data_that_cannot_be_drawn_is_drawn_by_one_printer_of_the_pool(tmp_path: Path) -> None:
    long = running.ktp(1)
    long["fields"]["nama"] = "W" * 60
    async with workshop(tmp_path, printers=2) as shop:
        await shop.until_printer("idle")
        job = await shop.submit(long)
        await shop.until_job(job, "pending-held")
        for ticket in "abcd":  # both printers look at the queue again, and pass it by
            await shop.until_job(await shop.submit(selftest(ticket)), "completed")
        assert await shop.events(job) == ["submitted", "claimed", "held"]


async def test_a_job_that_brings_the_program_down_is_held_and_its_printer_goes_on(
    tmp_path: Path, press: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    press(tries_per_job=2, breaker_rest_seconds=60)
    really, given = Link.print_card, []

    def print_card(self: Link, card: EncodedCard) -> Script:
        given.append(card.size)
        if len(given) <= 2:
            raise RuntimeError("a fault of ours")
        return really(self, card)

    monkeypatch.setattr(Link, "print_card", print_card)
    async with workshop(tmp_path) as shop:
        await shop.until_printer("idle")
        job = await shop.submit(selftest("a"))
        held = await shop.until_job(job, "pending-held", "completed", "processing-stopped")
        assert (held["state"], held["reason"], held["attempt"]) == ("pending-held", "tries-used-up", 2)
        await shop.until_job(await shop.submit(selftest("b")), "completed")  # and without a long rest
        await shop.client.call("release", {"id": job})
        assert (await shop.until_job(job, "completed"))["attempt"] == 3
        assert shop.world.counter == 2


def reading(*reasons: str) -> Facts:
    state = PrinterState.STOPPED if reasons else PrinterState.IDLE
    return Facts("S", "M", "1", 1, state, reasons, card_in_path=False, fault=False)


@pytest.mark.parametrize("reason", [reason.keyword for reason in (*FAULTS, *STOPS)])
def test_a_reported_stop_lasts_exactly_as_long_as_it_is_reported(reason: str) -> None:
    """Whether a printer may be given a card is a function of its last reading: no stop outlives its cause."""
    assert ready(reading(reason)) == (reason,)
    assert ready(reading()) == ()


@pytest.mark.parametrize("reason", [reason.keyword for reason in (*FAULTS, *STOPS)])
def test_what_waits_for_a_hand_or_for_time_costs_no_try(reason: str) -> None:
    fault = fault_of([reason])
    assert TABLE[fault].uses_try is (reason == "in-use")
    assert TABLE[fault].trips is (reason == "in-use")
    assert fault_of([]) is Fault.LINK
