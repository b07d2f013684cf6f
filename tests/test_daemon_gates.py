"""Gates over the socket, with real presses and simulated printers: pauses, opening hours, rations; why a job waits."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from running import SITE, SetClock, ktp, secret_file, selftest, write_config
from spooler.client import AsyncClient, ServerError, open_client
from spooler.config import load
from spooler.daemon import Addresses, serve
from spooler.daemon.clock import SpoolTime
from spooler.model.commands import Attach
from test_store_embedded import open_spool
from workshop import Workshop, hurry, workshop

TOKEN = "penyelia-token-untuk-uji-saja"
SUPERVISOR = """
[[principal]]
name = "penyelia"
rights = ["submit", "watch", "operate", "supervise"]
token_file = "penyelia"
"""
MORNING = """
[[window]]
site = "21.71.11"
days = ["mon", "tue", "wed", "thu", "fri"]
opens = "08:00"
closes = "16:00"

[[window_exception]]
day = "2026-12-25"
closed = true
"""
RATION = """
[[ration]]
site = "21.71.11"
stock = "card-test"
cards_per_day = {cards}
reserve = {reserve}
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


def batam(text: str) -> int:
    """Milliseconds of a local time (UTC+7)."""
    return int(datetime.fromisoformat(f"{text}+07:00").timestamp() * 1000)


async def states(shop: Workshop, jobs: list[str]) -> list[str]:
    return [(await shop.job(job))["state"] for job in jobs]


async def until_printers(client: AsyncClient, good: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    """The printers, as soon as they are so."""
    with trio.fail_after(15):
        async with client.watch(entries=False, state=True) as notes:
            async for note in notes:
                printers: list[dict[str, Any]] = note.params["printers"]
                if good(printers):
                    return printers
    raise AssertionError("the watch ended")


async def refused(code: str, client: AsyncClient, method: str, **params: Any) -> None:
    with pytest.raises(ServerError) as error:
        await client.call(method, params)
    assert error.value.code == code


async def test_a_paused_printer_keeps_its_jobs_and_says_why_and_the_rest_of_the_pool_goes_on(tmp_path: Path) -> None:
    async with workshop(tmp_path, printers=2) as shop:
        answer = await shop.client.call("pause", {"printer": "SGL-1", "reason": "maintenance"})
        assert (answer["site"], answer["printer"], answer["paused"], answer["actor"]) == (
            SITE, "SGL-1", "maintenance", "kantor",
        )  # fmt: skip
        own = await shop.submit(selftest("own", site=None, printer="SGL-1"))
        pool = [await shop.submit(selftest(f"p{n}")) for n in range(3)]
        for job in pool:
            assert (await shop.until_job(job, "completed"))["printer"] == "SGL-2"
        printers = await until_printers(shop.client, lambda p: p[0]["reasons"] == ["paused"])
        assert (printers[0]["state"], printers[0]["paused"], printers[0]["until_ms"]) == (
            "stopped",
            "maintenance",
            None,
        )
        assert (printers[1]["state"], printers[1]["paused"]) != ("stopped", "maintenance")
        told = await shop.client.call("explain", {"id": own})
        assert (told["why"], told["until_ms"], told["expected_ms"]) == (["paused", "next"], None, None)
        assert (await shop.job(own))["state"] == "pending"
        assert (await shop.client.call("resume", {"printer": "SGL-1"}))["paused"] is None
        assert (await shop.until_job(own, "completed"))["printer"] == "SGL-1"


async def test_a_pause_lets_the_card_in_hand_come_out(tmp_path: Path) -> None:
    async with workshop(tmp_path, feeder=0) as shop:
        await shop.until_printer("stopped", "media-empty")
        jobs = [await shop.submit(selftest(f"{n}")) for n in range(2)]
        shop.world.load(5)
        await shop.until_job(jobs[0], "processing", "completed")
        await shop.client.call("pause", {"printer": "SGL-1", "reason": "stock-count"})
        await shop.until_job(jobs[0], "completed")
        await shop.until_printer("stopped", "paused")
        assert await states(shop, jobs) == ["completed", "pending"]
        await shop.client.call("resume", {"printer": "SGL-1"})
        await shop.until_job(jobs[1], "completed")
        assert shop.world.counter == 2


async def test_a_paused_site_takes_jobs_and_begins_none_over_a_restart(tmp_path: Path) -> None:
    secret_file(tmp_path / "penyelia", TOKEN)
    config = load(write_config(tmp_path, 9, SUPERVISOR))

    async def life(act: Callable[[AsyncClient], Any]) -> Any:
        stop = trio.Event()
        async with trio.open_nursery() as nursery:
            addresses: Addresses = await nursery.start(partial(serve, config, stop=stop))
            async with open_client(f"unix:{addresses.socket}", "t", TOKEN) as client:
                found = await act(client)
            stop.set()
        return found

    async def pause(client: AsyncClient) -> str:
        await client.call("pause", {"site": SITE, "reason": "power-or-network"})
        await client.call("pause", {"site": SITE, "reason": "power-or-network"})  # again: nothing new
        (answer,) = await client.submit([selftest("a")])
        return str(answer["id"])

    async def look(client: AsyncClient) -> None:
        site = next(site for site in (await client.call("sites", {}))["sites"] if site["code"] == SITE)
        assert (site["paused"], site["closed"], site["until_ms"], site["status"]) == (
            "power-or-network", "site-paused", None, "open",
        )  # fmt: skip
        assert (await client.call("explain", {"id": job}))["why"] == ["site-paused", "next"]
        await until_printers(client, lambda printers: "site-paused" in printers[0]["reasons"])
        await client.call("resume", {"site": SITE})
        async with client.watch(cursor="") as notes:
            async for note in notes:
                entries = [entry[3:5] for entry in note.params["entries"] if entry[3] in ("paused", "resumed")]
                assert entries == [
                    ["paused", {"actor": "penyelia", "reason": "power-or-network", "site": SITE}],
                    ["resumed", {"actor": "penyelia", "site": SITE}],
                ]
                break

    job = await life(pause)
    await life(look)


async def test_who_may_pause_what(tmp_path: Path) -> None:
    async with workshop(tmp_path) as shop:
        client = shop.client  # it operates, and supervises nothing
        await refused("forbidden", client, "pause", site=SITE, reason="maintenance")
        await refused("unknown-printer", client, "pause", printer="SGL-9", reason="maintenance")
        await refused("bad-value", client, "pause", printer="SGL-1", reason="lunch")
        await refused("missing-field", client, "pause", printer="SGL-1")
        assert (await client.call("resume", {"printer": "SGL-1"}))["paused"] is None  # it was not paused


async def test_outside_its_hours_a_site_begins_nothing_and_says_when_it_opens(tmp_path: Path) -> None:
    clock = SetClock(batam("2026-12-24T16:00"))  # a Thursday; Friday is Christmas
    async with workshop(tmp_path, MORNING, clock=clock) as shop:
        job = await shop.submit(selftest("a"))
        printer = await shop.until_printer("stopped", "outside-window")
        opens = batam("2026-12-28T08:00")
        assert printer["until_ms"] == opens
        told = await shop.client.call("explain", {"id": job})
        assert (told["why"][0], told["until_ms"]) == ("outside-window", opens)
        site = next(s for s in (await shop.client.call("sites", {}))["sites"] if s["code"] == SITE)
        assert (site["closed"], site["until_ms"]) == ("outside-window", opens)
        clock.ms = opens - 1
        await shop.client.call("pause", {"printer": "SGL-1", "reason": "quality"})  # rings, and is lifted again
        await shop.client.call("resume", {"printer": "SGL-1"})
        assert (await shop.job(job))["state"] == "pending"
        clock.ms = opens
        await shop.until_job(job, "completed")


async def test_a_pool_of_two_never_passes_the_ration_and_urgent_jobs_have_the_reserve(tmp_path: Path) -> None:
    clock = SetClock(batam("2026-11-24T09:00"))
    async with workshop(tmp_path, RATION.format(cards=7, reserve=2), printers=2, clock=clock) as shop:
        ordinary = [await shop.submit(selftest(f"o{n}")) for n in range(9)]
        await until_printers(
            shop.client, lambda ps: all(p["state"] == "idle" and p["reasons"] == ["ration-reserve"] for p in ps)
        )
        assert (await states(shop, ordinary)).count("completed") == 5
        # what stands at the head is ordinary: the urgent one is found behind it
        urgent = [await shop.submit(selftest(f"u{n}", priority=80, flow="z")) for n in range(3)]
        await until_printers(
            shop.client, lambda ps: all((p["state"], p["reasons"]) == ("idle", ["ration-spent"]) for p in ps)
        )
        assert (await states(shop, urgent)).count("completed") == 2
        assert (await states(shop, ordinary)).count("completed") == 5
        (waits,) = [job for job in urgent if (await shop.job(job))["state"] == "pending"]
        told = await shop.client.call("explain", {"id": waits})
        assert (told["why"][0], told["until_ms"]) == ("ration-spent", batam("2026-11-25T00:00"))
        site = next(s for s in (await shop.client.call("sites", {}))["sites"] if s["code"] == SITE)
        assert site["rations"] == [{"stock": "card-test", "cards": 7, "reserve": 2, "begun": 7}]
        assert sum(line.world.counter for line in shop.lines) == 7
        clock.ms = batam("2026-11-25T00:00")
        for job in [*ordinary, *urgent][:7]:
            await shop.until_job(job, "completed")


async def test_an_ordinary_job_is_told_that_the_reserve_is_not_for_it(tmp_path: Path) -> None:
    clock = SetClock(batam("2026-11-24T09:00"))
    async with workshop(tmp_path, MORNING, RATION.format(cards=2, reserve=1), clock=clock) as shop:
        await shop.until_job(await shop.submit(selftest("a")), "completed")
        waits = await shop.submit(selftest("b"))
        await shop.until_printer("idle", "ration-reserve")
        told = await shop.client.call("explain", {"id": waits})
        assert (told["why"][0], told["until_ms"]) == ("ration-reserve", batam("2026-11-25T08:00"))
        other = await shop.submit(ktp(1))  # another stock has no ration
        await shop.until_job(other, "completed")
        await shop.until_job(await shop.submit(selftest("c", priority=75)), "completed")
        assert (await shop.job(waits))["state"] == "pending"


async def test_the_ration_counts_over_a_restart(tmp_path: Path) -> None:
    clock = SetClock(batam("2026-11-24T09:00"))
    ration = RATION.format(cards=2, reserve=0)
    async with workshop(tmp_path, ration, clock=clock) as shop:
        jobs = [await shop.submit(selftest(f"{n}")) for n in range(3)]
        await shop.until_printer("idle", "ration-spent")
        assert sorted(await states(shop, jobs)) == ["completed", "completed", "pending"]
    async with workshop(tmp_path, ration, clock=clock) as shop:
        await shop.until_printer("idle", "ration-spent")
        assert sorted(await states(shop, jobs)) == ["completed", "completed", "pending"]


SHARED = """
[[principal]]
name = "tetangga"
rights = ["watch", "operate"]
sites = ["21.71.10"]
token_file = "tetangga"

[[site]]
code = "21.71.10"
name = "Batam Kota"
label = "BTK"
status = "open"

[[window]]
printer = "SGL-1"
site = "21.71.11"
days = ["tue"]
opens = "08:00"
closes = "12:00"

[[window]]
printer = "SGL-1"
site = "21.71.10"
days = ["tue"]
opens = "12:00"
closes = "16:00"
"""


async def test_two_sites_share_a_printer_each_in_its_own_hours(tmp_path: Path) -> None:
    clock = SetClock(batam("2026-11-24T09:00"))  # a Tuesday
    serves = [("printer.SGL-1.serves", '["21.71.10"]')]
    secret_file(tmp_path / "tetangga", TOKEN)
    async with workshop(tmp_path, SHARED, clock=clock, overrides=serves) as shop:
        async with open_client(f"unix:{tmp_path / 's.sock'}", "t", TOKEN) as neighbour:
            assert [p["name"] for p in (await neighbour.call("printers", {}))["printers"]] == ["SGL-1"]
            await refused("forbidden", neighbour, "pause", printer="SGL-1", reason="quality")  # where it stands decides
        guest = await shop.submit(selftest("guest", site="21.71.10"))
        await shop.until_job(await shop.submit(selftest("own")), "completed")
        told = await shop.client.call("explain", {"id": guest})
        assert (told["why"][0], told["until_ms"]) == ("outside-window", batam("2026-11-24T12:00"))
        clock.ms = batam("2026-11-24T12:00")
        found = await shop.until_job(guest, "completed")
        assert (found["site"], found["printer"]) == ("21.71.10", "SGL-1")
        late = await shop.submit(selftest("late"))
        told = await shop.client.call("explain", {"id": late})
        assert (told["why"][0], told["until_ms"]) == ("outside-window", batam("2026-12-01T08:00"))
        sites = {site["code"]: site for site in (await shop.client.call("sites", {}))["sites"]}
        assert sites["21.71.10"]["printers"] == sites[SITE]["printers"] == ["SGL-1"]
        shop.world.counter += 1  # a card from the panel, while it printed for the other site
        clock.ms = batam("2026-12-01T08:00")
        await shop.until_job(late, "completed")
        incidents = await reasons_of_incidents(shop.client)
        assert incidents == ["counter-elsewhere"]  # and none from the two sites' taking turns


async def reasons_of_incidents(client: AsyncClient) -> list[str]:
    async with client.watch(cursor="") as notes:
        async for note in notes:
            return [entry[4]["reason"] for entry in note.params["entries"] if entry[3] == "incident"]
    raise AssertionError("the watch ended")


#: Ten minutes after a midnight in Batam, in UTC milliseconds.
NEW_DAY = int(datetime.fromisoformat("2026-12-24T00:10+07:00").timestamp() * 1000)


async def test_a_clock_that_was_set_back_brings_no_day_back(tmp_path: Path) -> None:
    """The gate counts the day on which the claims are booked: else it would be open, and every claim refused."""
    store = open_spool(tmp_path / "spool")
    clock = SetClock(NEW_DAY)
    store.apply(clock.ms, [Attach("SGL-1")])
    clock.ms -= 30 * 60_000
    assert SpoolTime(clock, store).wall_ms() == NEW_DAY + 1
    store.close()
