"""Jobs that wait: held, put forward, moved, explained; groups as one. Over the socket, with a real store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from running import ktp, printing_city, selftest, write_config
from spooler.client import AsyncClient, ServerError, open_client
from spooler.config import load
from spooler.daemon import Addresses, serve

TWO_SITES = """
[[site]]
code = "21.71.10"
name = "Batam Kota"
label = "BTK"
status = "open"

[[printer]]
name = "SGL-2"
site = "21.71.11"
family = "evolis"
model = "primacy"
uri = "tcp://127.0.0.1:7"
ribbon = "YMCKO"
kinds = ["ktp", "selftest"]

[[printer]]
name = "BTK-1"
site = "21.71.10"
family = "evolis"
model = "primacy"
uri = "tcp://127.0.0.1:11"
ribbon = "YMCKO"
kinds = ["selftest"]

[[principal]]
name = "penyelia"
rights = ["submit", "watch", "operate", "supervise"]
token_file = "penyelia"

[[principal]]
name = "petugas"
rights = ["watch", "operate"]
sites = ["21.71.11"]
priority_cap = 60
token_file = "petugas"

[[principal]]
name = "loket"
rights = ["submit"]
token_file = "loket"
"""
SITE, OTHER = "21.71.11", "21.71.10"


def with_tokens(folder: Path) -> None:
    for name in ("penyelia", "petugas", "loket"):
        token = folder / name
        token.write_text(f"{name}-token-untuk-uji-saja")
        token.chmod(0o600)


def configured(folder: Path, port: int = 9) -> Path:
    with_tokens(folder)
    return write_config(folder, port, TWO_SITES)


@asynccontextmanager
async def waiting_city(folder: Path) -> AsyncIterator[dict[str, AsyncClient]]:
    """A spooler whose printers do not answer, so that everything waits; a client for each principal."""
    config = load(configured(folder))
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        addresses: Addresses = await nursery.start(partial(serve, config, stop=stop))
        where = f"unix:{addresses.socket}"
        async with (
            open_client(where, "t") as kantor,
            open_client(where, "t", "penyelia-token-untuk-uji-saja") as penyelia,
            open_client(where, "t", "petugas-token-untuk-uji-saja") as petugas,
            open_client(where, "t", "loket-token-untuk-uji-saja") as loket,
        ):
            yield {"kantor": kantor, "penyelia": penyelia, "petugas": petugas, "loket": loket}
        stop.set()


async def submitted(client: AsyncClient, *jobs: dict[str, Any]) -> list[str]:
    return [answer["id"] for answer in await client.submit(jobs)]


async def refused(code: str, client: AsyncClient, method: str, **params: Any) -> ServerError:
    with pytest.raises(ServerError) as error:
        await client.call(method, params)
    assert error.value.code == code
    return error.value


async def test_a_held_job_waits_and_a_released_one_is_printed(tmp_path: Path) -> None:
    async with printing_city(tmp_path, dwell_seconds=0.01) as (client, _):
        first, second = await submitted(client, selftest("A", priority=1), selftest("B"))
        held = await client.call("hold", {"id": first})
        assert (held["state"], held["reason"]) == ("pending-held", "job-hold-until-specified")
        assert (await client.job(id=second, wait_ms=20_000))["state"] == "completed"
        told = await client.call("explain", {"id": first})
        assert (told["why"], told["ahead"], told["expected_ms"]) == (["held"], None, None)
        assert (await client.call("release", {"id": first}))["state"] == "pending"
        assert (await client.job(id=first, wait_ms=20_000))["state"] == "completed"
        assert (await client.call("explain", {"id": first}))["why"] == ["ended"]
        await refused("too-late", client, "hold", id=first)


async def test_a_priority_changes_who_is_next_and_what_is_told(tmp_path: Path) -> None:
    async with waiting_city(tmp_path) as clients:
        officer = clients["petugas"]
        first, second, third = await submitted(clients["kantor"], *(selftest(str(n), flow=str(n)) for n in range(3)))
        told = await officer.call("explain", {"id": third})
        assert (told["why"], told["ahead"], told["more"]) == (["printers-stopped", "others-first"], 2, False)
        assert told["printers"] == {"able": 2, "working": 0, "reasons": ["connecting-to-device"]}
        assert told["expected_ms"] is None
        assert told["bound_ms"] > 0
        moved = await officer.call("priority", {"id": third, "priority": 60})
        assert (moved["priority"], moved["state"]) == (60, "pending")
        assert (await officer.call("explain", {"id": third}))["why"] == ["printers-stopped", "next"]
        assert (await officer.call("explain", {"id": first}))["ahead"] == 1
        await officer.call("priority", {"id": first, "priority": 40})
        told = await officer.call("explain", {"id": first})
        assert (told["ahead"], told["why"][-1]) == (2, "low-priority")
        await officer.call("priority", {"id": first, "priority": 50})
        assert (await officer.call("explain", {"id": first}))["ahead"] == 1  # as if nothing had been: its age stayed
        assert (await officer.call("explain", {"id": second}))["ahead"] == 2
        await refused("forbidden", officer, "priority", id=third, priority=61)
        await refused("forbidden", clients["loket"], "priority", id=third, priority=50)


async def test_a_job_goes_to_one_printer_and_back(tmp_path: Path) -> None:
    async with waiting_city(tmp_path) as clients:
        officer = clients["petugas"]
        (job,) = await submitted(clients["kantor"], selftest("A"))
        moved = await officer.call("move", {"id": job, "printer": "SGL-2"})
        assert (moved["destination"], moved["site"], moved["number"]) == ("printer:SGL-2", SITE, "SGL-0001")
        assert (await officer.call("explain", {"id": job}))["printers"]["able"] == 1
        assert (await officer.call("move", {"id": job, "site": SITE}))["destination"] == f"site:{SITE}"
        await refused("unknown-printer", officer, "move", id=job, printer="SGL-9")
        await refused("unknown-site", officer, "move", id=job, site="99.99.99")
        await refused("site-not-open", officer, "move", id=job, site="21.71.05")
        await refused("bad-params", officer, "move", id=job)


async def test_only_a_supervisor_of_both_sites_moves_work_between_them(tmp_path: Path) -> None:
    async with waiting_city(tmp_path) as clients:
        officer, supervisor = clients["petugas"], clients["penyelia"]
        job, held, card = await submitted(
            clients["kantor"], selftest("A", authorisation="izin-1"), selftest("B"), selftest("C")
        )
        await officer.call("hold", {"id": held})
        await refused("forbidden", officer, "move", id=job, site=OTHER)
        moved = await supervisor.call("move", {"id": job, "site": OTHER})
        assert (moved["site"], moved["destination"]) == (OTHER, f"site:{OTHER}")
        assert (await supervisor.call("move", {"id": held, "site": OTHER}))["reason"] == "job-hold-until-specified"
        counts = {site["code"]: site["jobs"] for site in (await supervisor.call("sites"))["sites"]}
        assert counts[OTHER] == {"pending": 1, "pending-held": 1}
        assert counts[SITE] == {"pending": 1}
        await refused("unknown-job", officer, "job", id=job)  # it is not at his site any more
        (answer,) = await clients["kantor"].submit([selftest("D", authorisation="izin-1")])
        assert answer["error"]["details"]["site"] == OTHER  # where to ask for it
        assert (await officer.call("job", {"id": card}))["site"] == SITE


async def test_a_move_is_told_at_both_sites_and_a_begun_job_stays(tmp_path: Path) -> None:
    async with waiting_city(tmp_path) as clients:
        supervisor = clients["penyelia"]
        (job,) = await submitted(clients["kantor"], selftest("A"))
        async with supervisor.watch(cursor="") as notes:
            await supervisor.call("move", {"id": job, "site": OTHER})
            moved = None
            while moved is None:
                entries = (await anext(notes)).params["entries"]
                moved = next((entry[4] for entry in entries if entry[3] == "moved"), None)
        assert (moved["site"], moved["to"], moved["from"]) == (SITE, OTHER, f"site:{SITE}")


async def test_a_moved_job_is_printed_where_it_went_and_nowhere_else(tmp_path: Path) -> None:
    async with printing_city(tmp_path, TWO_SITES.split("[[principal]]")[0], dwell_seconds=0.01) as (client, printer):
        jobs = await submitted(client, *(selftest(str(n), printer="SGL-2", site=None) for n in range(3)))
        for job in jobs:
            await client.call("move", {"id": job, "printer": "SGL-1"})
        for job in jobs:
            done = await client.job(id=job, wait_ms=20_000)
            assert (done["state"], done["printer"]) == ("completed", "SGL-1")
        assert len((printer / "cards.jsonl").read_text().splitlines()) == 3


async def test_a_moved_jobs_reprint_has_a_number_of_the_site_where_it_is_printed(tmp_path: Path) -> None:
    """A number that is counted there under the other site's letters would be some other citizen's, too."""
    with_tokens(tmp_path)
    async with printing_city(tmp_path, TWO_SITES, dwell_seconds=0.01) as (client, _):
        (first,) = await submitted(client, selftest("a"))
        assert (await client.job(id=first, wait_ms=20_000))["number"] == "SGL-0001"
        (job,) = await submitted(client, selftest("b", site=OTHER))
        async with open_client(f"unix:{tmp_path}/s.sock", "t", "penyelia-token-untuk-uji-saja") as supervisor:
            await supervisor.call("move", {"id": job, "site": SITE})
            moved = await client.job(id=job, wait_ms=20_000)
            assert (moved["state"], moved["number"]) == ("completed", "BTK-0001"), "as the citizen was told"
            looked = await supervisor.call("inspect", {"id": job, "result": "spoiled", "reprint": True})
            assert looked["reprint"]["number"] == "SGL-0002"


async def test_a_group_is_held_released_moved_and_taken_back_as_one(tmp_path: Path) -> None:
    async with waiting_city(tmp_path) as clients:
        school, officer, supervisor = clients["loket"], clients["petugas"], clients["penyelia"]
        jobs = await submitted(school, *(selftest(str(n), group="SDN-004") for n in range(250)))
        (other,) = await submitted(clients["kantor"], selftest("x", group="SDN-005"))
        await officer.call("hold", {"id": jobs[7]})
        assert await school.call("group-hold", {"group": "SDN-004"}) == {"changed": 249, "refused": 0, "error": None}
        state = await school.call("group", {"group": "SDN-004"})
        assert (state["jobs"], state["all"], state["ended"]) == ({"pending-held": 250}, 250, 0)
        assert (await school.call("group-hold", {"group": "SDN-004"}))["changed"] == 0  # asked again: nothing twice
        assert (await officer.call("group-release", {"group": "SDN-004"}))["changed"] == 250
        done = await officer.call("group-move", {"group": "SDN-004", "site": OTHER})
        assert (done["changed"], done["refused"], done["error"]["code"]) == (0, 250, "forbidden")
        assert (await supervisor.call("group-move", {"group": "SDN-004", "site": OTHER}))["changed"] == 250
        assert (await supervisor.call("group-move", {"group": "SDN-004", "site": OTHER}))["changed"] == 0
        assert (await supervisor.call("group", {"group": "SDN-004"}))["sites"] == [OTHER]
        await refused("unknown-job", officer, "group", group="SDN-004")
        await school.call("cancel", {"id": jobs[0]})
        assert (await school.call("group-cancel", {"group": "SDN-004"}))["changed"] == 249
        state = await school.call("group", {"group": "SDN-004"})
        assert (state["jobs"], state["ended"]) == ({"canceled": 250}, 250)
        assert (await clients["kantor"].job(id=other))["state"] == "pending"
        await refused("unknown-job", school, "group", group="SDN-005")


async def test_what_is_held_for_another_reason_is_not_released_with_its_group(tmp_path: Path) -> None:
    async with waiting_city(tmp_path) as clients:
        supervisor = clients["penyelia"]
        jobs = await submitted(supervisor, *(selftest(str(n), group="G") for n in range(2)))
        await supervisor.call("group-hold", {"group": "G"})
        record = await supervisor.submit([card_to_check("K", group="G")])
        assert record[0]["state"] == "pending-held"
        done = await supervisor.call("group-release", {"group": "G"})
        assert (done["changed"], done["refused"], done["error"]["code"]) == (len(jobs), 1, "forbidden")


def card_to_check(ticket: str, **more: Any) -> dict[str, Any]:
    """A card whose NIK has no such month: it is held until somebody has looked."""
    card = ktp(1, ticket=ticket, **more)
    nik = card["fields"]["nik"]
    return card | {"fields": card["fields"] | {"nik": nik[:8] + "77" + nik[10:]}}


async def test_a_batch_is_explained_as_one(tmp_path: Path) -> None:
    async with waiting_city(tmp_path) as clients:
        jobs = await submitted(clients["loket"], *(selftest(str(n), group="G") for n in range(40)))
        told = await clients["loket"].call("explain", {"id": jobs[-1]})
        assert told["ahead"] == 39
        assert "batch" in told["why"]
        (walk_in,) = await submitted(clients["kantor"], selftest("w"))
        assert (await clients["kantor"].call("explain", {"id": walk_in}))["ahead"] <= 2
