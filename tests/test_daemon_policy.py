"""Classes, express and holds over the socket, with a real store, real presses and simulated printers."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio

from running import NOBODY, SetClock, secret_file, selftest, write_config
from spooler.client import AsyncClient, ServerError, open_client
from spooler.config import load
from spooler.daemon import Addresses, serve
from spooler.model.stock import local_day
from store_contract import DAY, HOUR
from workshop import Workshop, hurry, let_pass, workshop

#: Noon of 2026-11-24 in the city, whose clock is seven hours ahead.
NOON = 1_795_500_000_000 - 1_795_500_000_000 % DAY + 5 * HOUR
POLICY = """
[[priority_class]]
name = "lansia"
from_day = "2026-01-01"
priority = 70

[[priority_class]]
name = "bencana"
from_day = "2026-01-01"
priority = 90
express = "disaster"

[[priority_class]]
name = "lansia"
from_day = "{tomorrow}"
priority = 80

[[principal]]
name = "kepala"
rights = ["submit", "watch", "express"]
token_file = "kepala"

[[principal]]
name = "loket"
rights = ["submit"]
priority_cap = 75
token_file = "loket"
"""


@asynccontextmanager
async def waiting(folder: Path, clock: SetClock) -> AsyncIterator[tuple[AsyncClient, AsyncClient, AsyncClient]]:
    """A spooler whose printer does not answer: clients of the office, its head and a counter."""
    for name in ("kepala", "loket"):
        secret_file(folder / name, f"{name}-token-untuk-uji-saja")
    config = load(write_config(folder, NOBODY, POLICY.format(tomorrow=local_day(NOON + DAY, 7 * HOUR))))
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        addresses: Addresses = await nursery.start(partial(serve, config, stop=stop, clock=clock))
        where = f"unix:{addresses.socket}"
        async with (
            open_client(where, "t") as kantor,
            open_client(where, "t", "kepala-token-untuk-uji-saja") as kepala,
            open_client(where, "t", "loket-token-untuk-uji-saja") as loket,
        ):
            yield kantor, kepala, loket
        stop.set()


async def until(client: AsyncClient, job: str, good: Callable[[dict[str, object]], bool]) -> dict[str, object]:
    """The job, as soon as it is as it should be."""
    with trio.fail_after(15):
        found: dict[str, object] = await client.job(id=job)
        while not good(found):
            found = await client.call("job", {"id": job, "wait_ms": 15_000, "version": found["version"]})
    return found


async def put(client: AsyncClient, *raw: dict[str, object]) -> list[str]:
    answers = await client.submit(raw)
    assert all("error" not in answer for answer in answers), answers
    return [answer["id"] for answer in answers]


async def error_of(client: AsyncClient, raw: dict[str, object]) -> tuple[str, str]:
    (answer,) = await client.submit([raw])
    return answer["error"]["code"], answer["error"]["field"]


async def test_a_class_gives_the_priority_and_is_shown(tmp_path: Path) -> None:
    async with waiting(tmp_path, SetClock(NOON)) as (kantor, kepala, loket):
        plain, old = await put(loket, selftest("a", flow="a"), selftest("b", flow="b", **{"class": "lansia"}))
        job = await kantor.job(id=old)
        assert (job["class"], job["priority"], job["express"], job["hold_until_ms"]) == ("lansia", 70, False, None)
        assert (await kantor.call("explain", {"id": plain}))["ahead"] == 1
        assert await error_of(loket, selftest("c", **{"class": "bencana"})) == ("forbidden", "jobs[0].class")
        assert await error_of(loket, selftest("c", express="medical")) == ("forbidden", "jobs[0].express")
        assert await error_of(loket, selftest("c", **{"class": "tidak-ada"})) == ("bad-value", "jobs[0].class")
        (told,) = await loket.call("check", {"jobs": [selftest("c", **{"class": "bencana"})]})
        assert [(found["code"], found["field"]) for found in told["findings"]] == [("forbidden", "class")]
        (first,) = await put(kepala, selftest("d", **{"class": "bencana"}))
        assert (await kantor.job(id=first))["express"] is True
        told = await kantor.call("explain", {"id": plain})
        assert (told["ahead"], "express-first" in told["why"]) == (2, True)
        assert "express" in (await kantor.call("explain", {"id": first}))["why"]


async def test_waiting_jobs_are_ranked_anew_when_a_row_begins(tmp_path: Path) -> None:
    clock = SetClock(NOON)
    async with waiting(tmp_path, clock) as (kantor, _, _):
        (job,) = await put(kantor, selftest("a", **{"class": "lansia"}))
        assert (await kantor.job(id=job))["priority"] == 70
    clock.ms = NOON + DAY
    async with waiting(tmp_path, clock) as (kantor, _, _):  # the next morning
        await until(kantor, job, lambda found: found["priority"] == 80)
        (again,) = await kantor.submit([selftest("a", **{"class": "lansia"})])
        assert (again["id"], again["repeat"]) == (job, True)


async def test_a_row_begins_at_midnight_while_the_spooler_runs(tmp_path: Path) -> None:
    midnight = NOON + 12 * HOUR
    clock = SetClock(midnight - 300)
    async with waiting(tmp_path, clock) as (kantor, _, _):
        (job,) = await put(kantor, selftest("a", **{"class": "lansia"}))
        assert (await kantor.job(id=job))["priority"] == 70
        clock.ms = midnight
        await until(kantor, job, lambda found: found["priority"] == 80)


async def test_an_officer_with_the_right_lets_a_job_go_first(tmp_path: Path) -> None:
    async with waiting(tmp_path, SetClock(NOON)) as (kantor, kepala, _):
        first, second = await put(kantor, selftest("a", flow="a"), selftest("b", flow="b"))
        assert (await kepala.call("express", {"id": second, "reason": "medical"}))["express"] is True
        assert (await kepala.call("explain", {"id": first}))["ahead"] == 1
        back = await kepala.call("express", {"id": second, "reason": "correction", "express": False})
        assert back["express"] is False
        for client, params, code in (
            (kantor, {"id": first, "reason": "medical"}, "forbidden"),
            (kepala, {"id": first}, "missing-field"),
            (kepala, {"id": first, "reason": "kenalan"}, "bad-value"),
        ):
            with pytest.raises(ServerError) as error:
                await client.call("express", params)
            assert error.value.code == code
        await kantor.call("priority", {"id": first, "priority": 60, "reason": "elderly"})
        await kantor.call("priority", {"id": first, "priority": 50})  # a program of before reasons
        async with kantor.watch(cursor="") as notes:
            async for note in notes:
                said = [entry[4]["why"] for entry in note.params["entries"] if entry[3] == "reordered"]
                break
        assert said == ["medical", "correction", "elderly", "not-given"]


async def test_a_hold_ends_by_itself_and_the_job_is_printed(tmp_path: Path) -> None:
    async with workshop(tmp_path) as shop:
        job = await shop.submit(selftest("a", flow="a"))
        await shop.until_job(job, "completed")
        ended = (await shop.job(job))["changed_ms"]
        later = await shop.submit(selftest("b", hold_until_ms=ended + 1000, flow="b"))
        found = await shop.job(later)
        assert (found["state"], found["hold_until_ms"]) == ("pending-held", ended + 1000)
        printed = await shop.until_job(later, "completed")
        assert printed["changed_ms"] >= ended + 1000
        assert (await shop.events(later))[:2] == ["submitted", "released"]


async def test_a_hold_is_told_changed_and_survives_its_group(tmp_path: Path) -> None:
    async with waiting(tmp_path, SetClock(NOON)) as (kantor, _, loket):
        due = NOON + HOUR
        group = {"group": "SDN-004"}
        (dated, plain) = await put(loket, selftest("a", hold_until_ms=due, **group), selftest("b", **group))
        told = await kantor.call("explain", {"id": dated})
        assert (told["why"], told["job"]["hold_until_ms"]) == (["held-until"], due)
        await loket.call("group-hold", group)
        done = await loket.call("group-release", group)
        assert (done["changed"], done["refused"]) == (1, 0)
        assert (await kantor.job(id=dated))["state"] == "pending-held"
        assert (await kantor.job(id=plain))["state"] == "pending"
        with pytest.raises(ServerError) as error:
            await loket.call("hold", {"id": dated, "until_ms": due + 1})  # what is held is an officer's
        assert error.value.code == "too-late"
        moved = await kantor.call("hold", {"id": dated, "until_ms": due + HOUR})
        assert moved["hold_until_ms"] == due + HOUR
        with pytest.raises(ServerError) as error:
            await kantor.call("hold", {"id": dated, "until_ms": NOON + 400 * DAY})
        assert (error.value.code, error.value.field) == ("bad-value", "until_ms")
        assert await error_of(loket, selftest("z", hold_until_ms=NOON + 400 * DAY)) == (
            "bad-value", "jobs[0].hold_until_ms",
        )  # fmt: skip


async def test_a_clock_that_jumps_releases_nothing_until_it_is_confirmed(tmp_path: Path) -> None:
    clock = SetClock(NOON)
    async with waiting(tmp_path, clock) as (kantor, _, _):
        (job,) = await put(kantor, selftest("a", hold_until_ms=NOON + HOUR))
        clock.ms += 2 * HOUR
        async with kantor.watch() as notes:
            await put(kantor, selftest("b", hold_until_ms=NOON + 9 * HOUR))  # it looks at the dates again
            async for note in notes:
                events = [entry[3] for entry in note.params["entries"]]
                assert "released" not in events
                if "clock-suspect" in events:
                    break
        assert (await kantor.job(id=job))["state"] == "pending-held"
        await kantor.call("confirm-clock", {})
        await until(kantor, job, lambda found: found["state"] == "pending")


async def test_after_a_restart_what_became_due_meanwhile_is_released(tmp_path: Path) -> None:
    clock = SetClock(NOON)
    async with waiting(tmp_path, clock) as (kantor, _, _):
        (job,) = await put(kantor, selftest("a", hold_until_ms=NOON + HOUR))
    clock.ms += 2 * HOUR
    async with waiting(tmp_path, clock) as (kantor, _, _):
        await until(kantor, job, lambda found: found["state"] == "pending")


# -- express at real presses

HEAD = """
[[principal]]
name = "kepala"
rights = ["submit", "express"]
token_file = "kepala"
"""


def intended(events: list[tuple[str, str]]) -> list[str]:
    return [job for event, job in events if event == "intended"]


async def ledger(shop: Workshop) -> list[tuple[str, str]]:
    async with shop.client.watch(cursor="") as notes:
        async for note in notes:
            return [(entry[3], entry[4].get("job", "")) for entry in note.params["entries"]]
    raise AssertionError("the watch ended")


async def test_an_express_job_goes_before_one_that_is_claimed_but_not_intended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The printer is asked once more right before an intent: at that moment the express job comes."""
    hurry(monkeypatch)
    secret_file(tmp_path / "kepala", "kepala-token-untuk-uji-saja")
    async with (
        workshop(tmp_path, HEAD) as shop,
        open_client(f"unix:{tmp_path / 's.sock'}", "t", "kepala-token-untuk-uji-saja") as kepala,
    ):
        express: list[str] = []

        async def while_it_is_claimed() -> bool:
            jobs = (await shop.client.call("jobs", {"state": "processing"}))["jobs"]
            if not express and any(not job["intent_open"] for job in jobs):
                express.extend(await put(kepala, selftest("x", flow="x", express="medical")))
            return await let_pass()

        shop.lines[0].gate = while_it_is_claimed
        normal = [await shop.submit(selftest(f"n{n}", flow=f"n{n}")) for n in range(3)]
        for job in normal:
            await shop.until_job(job, "completed")
        events = await ledger(shop)
        assert intended(events) == [*express, *normal]
        assert ("returned", normal[0]) in events
