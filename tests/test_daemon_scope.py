"""People of one site over a real socket: they read, and change, nothing of another site, and learn no ids of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from running import SITE, ktp, selftest, write_config
from spooler.client import AsyncClient, ServerError, open_client
from spooler.config import load
from spooler.daemon import Addresses, serve
from spooler.model.site import Sites
from spooler.rules.scope import may_read_entry

THERE = "21.71.12"
NOBODY = "0" * 16
PLACES = """
[[site]]
code = "21.71.12"
name = "Batu Aji"
label = "BAJ"
status = "open"

[[printer]]
name = "BAJ-1"
site = "21.71.12"
family = "evolis"
model = "primacy"
uri = "tcp://127.0.0.1:10"
ribbon = "YMCKO"
kinds = ["ktp", "selftest"]

[[principal]]
name = "setempat"
rights = ["submit", "watch", "operate", "supervise", "stock", "audit"]
sites = ["21.71.11"]
token_file = "setempat"
"""


@asynccontextmanager
async def two_sites(folder: Path, *, adopt: bool = False) -> AsyncIterator[tuple[AsyncClient, AsyncClient]]:
    """(a client of all sites, one with every right at the first); no printer answers."""
    token = folder / "setempat"
    token.write_text("setempat-0123456789")
    token.chmod(0o600)
    config = load(write_config(folder, 9, PLACES))
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        addresses: Addresses = await nursery.start(
            lambda task_status: serve(config, stop=stop, adopt=adopt, task_status=task_status)
        )
        where = f"unix:{addresses.socket}"
        async with open_client(where, "tests") as everybody:
            async with open_client(where, "tests", "setempat-0123456789") as local:
                yield everybody, local
        stop.set()


async def submitted(client: AsyncClient, *jobs: dict[str, Any]) -> list[str]:
    return [answer["id"] for answer in await client.submit(list(jobs))]


async def refused(client: AsyncClient, method: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(ServerError) as caught:
        await client.call(method, params)
    return caught.value.code, str(caught.value)


async def told_of_printers(client: AsyncClient, n: int) -> None:
    """Until so many presses have said how their printer is."""
    with trio.fail_after(15):
        async with client.watch(state=True, entries=False) as notes:
            async for note in notes:
                if len(note.params["printers"]) >= n:
                    return


async def test_pages_of_jobs_are_of_ones_own_sites(tmp_path: Path) -> None:
    async with two_sites(tmp_path) as (everybody, local):
        ids = await submitted(everybody, *(selftest(f"s{n}", site=(SITE, THERE)[n % 2]) for n in range(8)))
        assert [job["id"] for job in (await everybody.call("jobs", {}))["jobs"]] == ids
        seen, after = [], None
        while True:
            page = await local.call("jobs", {"limit": 1, "after": after})
            seen += [job["id"] for job in page["jobs"]]
            assert page["next"] in (None, *ids[0::2]), "the mark of a page is no foreign id"
            if page["next"] is None:
                break
            after = page["next"]
        assert seen == ids[0::2]
        assert (await local.call("jobs", {"site": THERE}))["jobs"] == []
        assert (await refused(local, "cards", site=THERE))[0] == "forbidden"
        assert (await local.call("cards", {"site": SITE}))["cards"] == []


async def test_a_foreign_job_is_answered_like_one_that_is_not_there(tmp_path: Path) -> None:
    async with two_sites(tmp_path) as (everybody, local):
        (job,) = await submitted(everybody, selftest("s", site=THERE))
        for method, more in (
            ("job", {}), ("cancel", {}), ("release", {}), ("doubt", {}), ("note", {}), ("approve", {}),
            ("inspect", {"result": "passed"}), ("reprint", {"reason": "lost"}), ("correct", {"answer": "printed"}),
            ("resolve", {"answer": "printed"}), ("restored-release", {}), ("hold-payload", {"reason": "audit"}),
            ("restored-printed", {"printer": "SGL-1", "serial": "S"}),
        ):  # fmt: skip
            answer = await refused(local, method, id=job, **more)
            assert answer == await refused(local, method, id=NOBODY, **more), method
            assert answer[0] == ("bad-value" if method == "restored-printed" else "unknown-job")
        assert (await everybody.call("job", {"id": job}))["state"] == "pending"


async def test_ones_own_job_is_seen_wherever_it_is(tmp_path: Path) -> None:
    async with two_sites(tmp_path) as (everybody, local):
        (mine,) = await submitted(local, selftest("m"))
        (other,) = await submitted(everybody, selftest("o"))
        assert [job["id"] for job in (await local.call("jobs", {}))["jobs"]] == [mine, other]
        assert (await local.call("job", {"ticket": "m"}))["id"] == mine


async def test_printers_sites_and_entries_of_other_sites_are_not_shown(tmp_path: Path) -> None:
    async with two_sites(tmp_path) as (everybody, local):
        ids = await submitted(everybody, *(selftest(f"s{n}", site=(SITE, THERE)[n % 2]) for n in range(4)))
        assert [site["code"] for site in (await local.call("sites", {}))["sites"]] == [SITE]
        await told_of_printers(everybody, 2)
        with trio.fail_after(15):
            assert [printer["name"] for printer in (await local.call("printers", {}))["printers"]] == ["SGL-1"]
            async with local.watch(state=True, entries=False) as notes:
                async for note in notes:
                    assert {printer["site"] for printer in note.params["printers"]} <= {SITE}
                    assert {site["code"] for site in note.params["sites"]} == {SITE}
                    break
            seen: list[Any] = []
            async with local.watch(cursor="") as notes:
                async for note in notes:
                    seen += note.params["entries"]
                    if any(facts.get("job") == ids[2] for *_, facts in seen):
                        break
        assert [facts["job"] for *_, event, facts in seen if event == "submitted"] == ids[0::2]
        assert {facts["printer"] for *_, event, facts in seen if event == "attached"} <= {"SGL-1"}


async def test_what_concerns_all_sites_is_for_who_has_all_of_them(tmp_path: Path) -> None:
    async with two_sites(tmp_path) as (_, local):
        for method in ("confirm-clock", "rotate-signing-key", "restored-end"):
            assert (await refused(local, method))[0] == "forbidden"


async def test_an_auditors_pages_tell_no_foreign_ids(tmp_path: Path) -> None:
    async with two_sites(tmp_path) as (everybody, local):
        here, there = ktp(1), ktp(1) | {"site": THERE, "ticket": "there", "authorisation": "there"}
        ids = await submitted(everybody, there, here)
        page = await local.call("whereis", {"nik": here["fields"]["nik"], "limit": 1})
        assert [job["id"] for job in page["jobs"]] == [page["next"]] == ids[1:]
        assert (await local.call("whereis", {"nik": here["fields"]["nik"]}))["next"] is None


async def test_a_restored_city_is_counted_site_by_site(tmp_path: Path) -> None:
    async with two_sites(tmp_path) as (everybody, local):
        await submitted(everybody, *(selftest(f"s{n}", site=(THERE, THERE, SITE)[n]) for n in range(3)))
    async with two_sites(tmp_path, adopt=True) as (everybody, local):
        whole, part = [(await client.call("restored", {}))["restored"] for client in (everybody, local)]
        assert (whole["held"], part["held"]) == (3, 1)
        await told_of_printers(everybody, 2)
        assert len((await everybody.call("restored", {}))["restored"]["printers"]) == 2
        part = (await local.call("restored", {}))["restored"]
        assert [printer["printer"] for printer in part["printers"]] == ["SGL-1"]
        mine = (await local.call("jobs", {}))["jobs"][0]["id"]
        for printer in ("BAJ-1", "nirgends"):
            answer = await refused(local, "restored-printed", id=mine, printer=printer, serial="S")
            assert answer[0] == "unknown-printer"
        assert (await local.call("restored-release", {"all": True})) == {"released": 1, "left": 0}
        assert (await everybody.call("restored", {}))["restored"]["held"] == 2


@pytest.mark.parametrize(
    ("sites", "event", "facts", "shown"),
    [
        (None, "person-sought", {}, True),
        (("a",), "person-sought", {}, False),
        (("a",), "refused", {"actor": "loket"}, False),
        (("a",), "reads-counted", {"actor": "loket"}, False),
        (("a",), "clock-suspect", {}, True),
        (("a",), "printed", {"site": "a", "printer": "B-1"}, True),
        (("a",), "printed", {"site": "b", "printer": "A-1"}, False),
        (("a",), "stock-transferred", {"site": "b", "to": "a"}, True),
        (("a",), "stock-arrived", {"site": "b", "from": "a"}, True),
        (("a",), "stock-arrived", {"site": "b", "from": "c"}, False),
        (("a",), "moved", {"site": "b", "from": "site:a"}, False),
        (("a",), "breach-reported", {"site": "*"}, False),
        (("a",), "attached", {"printer": "A-1"}, True),
        (("a",), "attached", {"printer": "B-1"}, False),
        (("a",), "attached", {"printer": "gone"}, False),
        ((), "printed", {"site": "a"}, False),
    ],
)
def test_whose_an_entry_is(sites: Sites, event: str, facts: dict[str, str], shown: bool) -> None:
    assert may_read_entry(sites, event, facts, {"A-1": "a", "B-1": "b"}) is shown
