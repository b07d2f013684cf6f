"""The press against a printer that has all the troubles printers have: each card once, and no stop without a reason."""

from pathlib import Path
from typing import Any

import pytest
import trio

import running
from running import cards, ktp, selftest
from spooler.backends.simulator.world import World
from spooler.client import ServerError
from spooler.model.commands import Intend
from spooler.store import StoreError, embedded, lifecycle
from workshop import Workshop, hurry, let_pass, workshop


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


async def test_an_empty_feeder_stops_the_printer_until_it_is_filled(tmp_path: Path) -> None:
    async with workshop(tmp_path, feeder=0) as shop:
        job = await shop.submit(selftest("a"))
        await shop.until_printer("stopped", "media-empty")
        assert (await shop.job(job))["state"] == "pending"
        shop.world.load(5)
        assert (await shop.until_job(job, "completed"))["attempt"] == 1
        await shop.until_printer("idle")
        assert (shop.world.counter, shop.world.feeder) == (1, 4)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("feeder-empty", "media-empty"), ("ribbon-ended", "marker-supply-empty"), ("cover-open", "cover-open")],
)
async def test_a_stop_after_the_card_was_given_is_waited_out(tmp_path: Path, fault: str, reason: str) -> None:
    async with workshop(tmp_path) as shop:
        await shop.until_printer("idle")

        async def trouble_after_the_intent() -> bool:
            found = await shop.job(job)
            if found["intent_open"] and shop.world.feeder == 20 and not troubled:
                shop.world.fault = fault  # type: ignore[assignment]
                troubled.append(fault)
            return True

        troubled: list[str] = []
        job = await shop.submit(selftest("a"))
        shop.lines[0].gate = trouble_after_the_intent
        printer = await shop.until_printer("stopped", reason)
        assert printer["job"] == job
        assert (await shop.job(job))["intent_open"]
        shop.world.fault = None
        assert (await shop.until_job(job, "completed", "processing-stopped"))["evidence"] == "counted"
        assert shop.world.counter == 1


def to_printer(name: str, ticket: str) -> dict[str, Any]:
    return {key: value for key, value in selftest(ticket, printer=name).items() if key != "site"}


async def jammed(shop: Workshop) -> tuple[str, str]:
    """(the job whose card is jammed, the one after it)"""
    shop.world.fault = "jam"
    job = await shop.submit(selftest("jammed"))
    after = await shop.submit(selftest("after"))
    stopped = await shop.until_job(job, "processing-stopped", "completed")
    assert (stopped["state"], stopped["reason"], stopped["evidence"]) == (
        "processing-stopped", "inspect-card", "fault-unmoved",
    )  # fmt: skip
    await shop.until_printer("stopped", "inspect-card")
    return job, after


async def test_a_jam_stops_the_printer_until_an_officer_has_answered(tmp_path: Path) -> None:
    async with workshop(tmp_path) as shop:
        job, after = await jammed(shop)
        shop.world.fault = None  # the card has been taken out, but nobody has answered

        async def nobody_may_pass() -> bool:
            raise AssertionError("the printer was spoken to while an officer is asked")

        shop.lines[0].gate = nobody_may_pass
        with pytest.raises(ServerError) as caught:
            await shop.client.call("cancel", {"id": job})
        assert caught.value.code == "too-late"
        again = await shop.submit(selftest("third"))  # rings the printer's bell
        for waiting in (after, again):
            assert (await shop.job(waiting))["state"] == "pending"
        assert (shop.world.counter, shop.world.spoiled) == (0, 1)


@pytest.mark.parametrize(
    ("answer", "state", "reason", "counted"),
    [("printed", "completed", None, 1), ("spoiled", "aborted", "spoiled", 1), ("no-card", "completed", None, 2)],
)
async def test_an_officers_answer_decides(
    tmp_path: Path, answer: str, state: str, reason: str | None, counted: int
) -> None:
    async with workshop(tmp_path) as shop:
        job, after = await jammed(shop)
        shop.world.fault = None
        stage = {"stage": "print"} if answer == "spoiled" else {}
        resolved = await shop.client.call("resolve", {"id": job, "answer": answer} | stage)
        assert resolved["state"] == (state if answer != "no-card" else "pending")
        await shop.until_job(after, "completed")
        ended = await shop.until_job(job, "completed", "aborted")
        assert (ended["state"], ended["reason"]) == (state, reason)
        assert shop.world.counter == counted
        with pytest.raises(ServerError) as caught:
            await shop.client.call("resolve", {"id": job, "answer": "printed"})
        assert caught.value.code == "too-late"


async def test_a_line_cut_before_the_card_moves_costs_nothing(tmp_path: Path) -> None:
    async with workshop(tmp_path) as shop:
        await shop.until_printer("idle")
        shop.world.cut_after = 100  # within the card's header: no question is so long
        job = await shop.submit(selftest("a"))
        assert (await shop.until_job(job, "completed", "processing-stopped"))["state"] == "completed"
        events = await shop.events(job)
        assert shop.world.cut_after is None
        assert events == ["submitted", "claimed", "intended", "not-printed", "claimed", "intended", "printed"]
        assert (shop.world.counter, shop.world.feeder) == (1, 19)


async def test_a_line_lost_while_the_card_is_in_the_printer_costs_nothing(tmp_path: Path) -> None:
    async with workshop(tmp_path) as shop:
        await shop.until_printer("idle")
        lost = []

        async def dead_while_it_prints() -> bool:
            await trio.lowlevel.checkpoint()
            dead = shop.world.feeder == 19 and shop.world.counter == 0
            lost.append(dead)
            return not dead

        shop.lines[0].gate = dead_while_it_prints
        job = await shop.submit(selftest("a"))
        done = await shop.until_job(job, "completed", "processing-stopped")
        assert (done["state"], done["attempt"], done["evidence"]) == ("completed", 1, "counted")
        assert any(lost)
        assert shop.world.counter == 1


async def test_another_printer_at_the_address_is_no_witness(tmp_path: Path) -> None:
    async with workshop(tmp_path) as shop:
        await shop.until_printer("idle")
        line = shop.lines[0]
        job = await shop.submit(selftest("a"))

        async def swap_while_it_prints() -> bool:
            await trio.lowlevel.checkpoint()
            if line.world.serial == "SIM-1" and line.world.feeder == 19:
                await line.plug_in(World(tmp_path / "other", "SIM-9", feeder=20))
            return True

        line.gate = swap_while_it_prints
        stopped = await shop.until_job(job, "completed", "processing-stopped")
        assert (stopped["state"], stopped["reason"], stopped["evidence"]) == (
            "processing-stopped", "inspect-card", "printer-swapped",
        )  # fmt: skip
        assert line.world.counter == 0
        await shop.client.call("resolve", {"id": job, "answer": "no-card"})
        assert (await shop.until_job(job, "completed"))["attempt"] == 2
        assert line.world.counter == 1


async def test_a_printer_that_does_not_answer_is_waited_for(tmp_path: Path) -> None:
    async with workshop(tmp_path) as shop:
        calls = []

        async def unplugged() -> bool:
            await trio.lowlevel.checkpoint()
            calls.append(trio.current_time())
            if len(calls) == 5:
                enough.set()
            return False

        enough = trio.Event()
        shop.lines[0].gate = unplugged
        job = await shop.submit(selftest("a"))
        await shop.until_printer("stopped", "connecting-to-device")
        with trio.fail_after(15):
            await enough.wait()
        assert (await shop.job(job))["state"] == "pending"
        shop.lines[0].gate = let_pass
        assert (await shop.until_job(job, "completed"))["attempt"] == 1


async def test_a_cancel_before_the_intent_wins_and_one_after_it_is_too_late(tmp_path: Path) -> None:
    async with workshop(tmp_path) as shop:
        await shop.until_printer("idle")
        early: list[str] = []

        async def cancel_once_claimed() -> bool:
            found = await shop.job(job)
            if found["state"] == "processing" and not early:
                early.append((await shop.client.call("cancel", {"id": job}))["state"])
            return True

        job = await shop.submit(selftest("early"))
        shop.lines[0].gate = cancel_once_claimed
        assert (await shop.until_job(job, "canceled", "completed"))["state"] == "canceled"
        assert early == ["canceled"]

        late: list[str] = []

        async def cancel_once_intended() -> bool:
            if (await shop.job(job))["intent_open"] and not late:
                with pytest.raises(ServerError) as caught:
                    await shop.client.call("cancel", {"id": job})
                late.append(caught.value.code)
            return True

        shop.lines[0].gate = cancel_once_intended
        job = await shop.submit(selftest("late"))
        assert (await shop.until_job(job, "canceled", "completed"))["state"] == "completed"
        assert late == ["too-late"]
        assert "intended" not in await shop.events(early_id(await shop.client.call("jobs", {})))
        assert shop.world.counter == 1


def early_id(page: dict[str, list[dict[str, str]]]) -> str:
    return next(job["id"] for job in page["jobs"] if job["state"] == "canceled")


async def test_what_cannot_be_drawn_is_set_aside_before_any_intent(tmp_path: Path) -> None:
    long = ktp(1)
    long["fields"]["nama"] = "W" * 60
    rotten = ktp(2)
    photo = bytearray(rotten["photo"])
    scan = photo.index(b"\xff\xda")
    photo[scan:-2] = b"\xff\xc4\x00\x05\x00\x01\x02" * ((len(photo) - 2 - scan) // 7 + 1)
    rotten["photo"] = bytes(photo)
    async with workshop(tmp_path) as shop:
        held, aborted, good = [await shop.submit(raw) for raw in (long, rotten, ktp(3))]
        await shop.until_job(good, "completed")
        first, second = await shop.job(held), await shop.job(aborted)
        assert (first["state"], first["reason"]) == ("pending-held", "text-does-not-fit")
        assert (second["state"], second["reason"]) == ("aborted", "bad-picture")
        assert await shop.events(held) == ["submitted", "claimed", "held"]
        assert await shop.events(aborted) == ["submitted", "claimed", "aborted"]
        assert shop.world.counter == 1


async def test_a_job_for_a_printer_goes_there_and_a_sites_printers_share_its_queue(tmp_path: Path) -> None:
    async with workshop(tmp_path, printers=2) as shop:
        named = []
        for n, name in enumerate(["SGL-2", "SGL-1", "SGL-2"]):
            named.append((await shop.submit(to_printer(name, f"named{n}")), name))
        shared = [await shop.submit(selftest(f"shared{n}")) for n in range(7)]
        for job, name in named:
            done = await shop.until_job(job, "completed")
            assert (done["printer"], done["destination"]) == (name, f"printer:{name}")
        printers = {(await shop.until_job(job, "completed"))["printer"] for job in shared}
        assert printers == {"SGL-1", "SGL-2"}
        assert [len(cards(shop.folder / name)) for name in ("P1", "P2")] == [
            line.world.counter for line in shop.lines
        ]  # fmt: skip
        assert sum(line.world.counter for line in shop.lines) == 10


async def test_a_printer_that_waits_for_somebody_keeps_no_drawn_card_from_the_others(tmp_path: Path) -> None:
    """Drawn cards come out of one bounded pool: who stands still with a card keeps none beside it for later."""
    async with workshop(tmp_path, "[limits]", "encoded_cards = 2", printers=2) as shop:
        await shop.until_printer("idle")
        first, second = shop.lines
        answered = trio.Event()  # nothing reaches the printer before: the first card is the one that stops

        async def open_the_cover_after_the_intent() -> bool:
            await answered.wait()
            intended = (await shop.job(mine[0]))["intent_open"]
            if intended and first.gate is open_the_cover_after_the_intent:  # it may have been closed meanwhile
                first.world.fault = "cover-open"
            return True

        first.gate = open_the_cover_after_the_intent
        answers = await shop.client.submit([to_printer("SGL-1", f"mine{n}") for n in range(2)])
        mine = [answer["id"] for answer in answers]
        answered.set()
        await shop.until_printer("stopped", "cover-open")
        others = [await shop.submit(to_printer("SGL-2", f"other{n}")) for n in range(2)]
        for job in others:
            await shop.until_job(job, "completed")
        first.gate, first.world.fault = let_pass, None
        for job in mine:
            await shop.until_job(job, "completed")
        assert (first.world.counter, second.world.counter) == (2, 2)


async def test_a_job_whose_intent_the_disk_refused_is_printed_after_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []
    really = lifecycle.intend

    def full_once(tx: Any, command: Intend) -> Any:
        if not refused:
            refused.append(command.job)
            raise StoreError("the disk is full", full=True)
        return really(tx, command)

    monkeypatch.setitem(embedded.HANDLERS, Intend, full_once)
    async with workshop(tmp_path) as shop:
        first, second = await shop.submit(selftest("a")), await shop.submit(selftest("b"))
        assert (await shop.until_job(first, "completed"))["attempt"] == 1
        await shop.until_job(second, "completed")
        assert refused == [first]
        assert shop.world.counter == 2


async def test_a_card_that_was_answered_for_does_not_come_out_when_the_feeder_is_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The printer waits for blanks with a card in its memory; the line dies; an officer sees no card, and says so."""
    patient = running.CONFIG.replace("card_timeout_seconds = 20", "card_timeout_seconds = 1")
    monkeypatch.setattr(running, "CONFIG", patient)
    async with workshop(tmp_path) as shop:
        await shop.until_printer("idle")
        job = await shop.submit(selftest("a"))

        async def empty_after_the_intent() -> bool:
            if (await shop.job(job))["intent_open"]:
                shop.world.fault = "feeder-empty"
                shop.lines[0].gate = let_pass
            return True

        shop.lines[0].gate = empty_after_the_intent
        await shop.until_printer("stopped", "media-empty")

        async def dead() -> bool:
            await trio.lowlevel.checkpoint()
            return False

        shop.lines[0].gate = dead
        await shop.until_job(job, "processing-stopped")
        await shop.client.call("resolve", {"id": job, "answer": "no-card"})
        shop.lines[0].gate = let_pass
        await shop.until_printer("stopped", "media-empty")
        shop.world.fault = None
        await shop.until_job(job, "completed")
        await shop.until_printer("idle")
        assert shop.world.counter == 1
