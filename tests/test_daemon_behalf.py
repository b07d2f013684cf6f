"""An application that speaks for officers: what both may, with both names in the ledger."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgpack
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from config_texts import changed, faults
from running import NOBODY, secret_file, selftest, write_config
from spooler.client import AsyncClient, ServerError, open_client
from spooler.config import load
from spooler.daemon import Addresses, serve
from spooler.model.roles import ROLES
from spooler.model.site import ALL_SITES, Principal, Right
from spooler.rules.behalf import may_speak_for, on_behalf

PEOPLE = """
[[principal]]
name = "loket"
rights = ["submit", "watch", "operate"]
sites = ["21.71.11"]
token_file = "loket.token"
speaks_for = ["siti", "budi"]
unit = "Loket Sagulung"

[[principal]]
name = "siti"
role = "officer"
unit = "Kecamatan Sagulung"

[[principal]]
name = "budi"
role = "officer"
rights = ["submit"]

[[principal]]
name = "kepala"
role = "supervisor"
token_file = "kepala.token"

[[principal]]
name = "ti"
role = "admin"
token_file = "ti.token"
"""


#: A program of all sites, and an officer of another one than where its jobs are.
OF_TWO_SITES = """
[[principal]]
name = "pusat"
rights = ["submit", "watch", "operate"]
token_file = "pusat.token"
speaks_for = ["tamu"]

[[principal]]
name = "tamu"
rights = ["submit", "watch", "operate"]
sites = ["21.71.05"]
"""
PEOPLE += OF_TWO_SITES


def city(folder: Path) -> Path:
    for name in ("loket", "kepala", "ti", "pusat"):
        secret_file(folder / f"{name}.token", f"token-of-{name}-0123456789")
    return write_config(folder, NOBODY, PEOPLE)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Addresses]:
    stop = trio.Event()
    async with trio.open_nursery() as spooler:
        yield await spooler.start(partial(serve, load(city(folder)), stop=stop))
        stop.set()


def speaking(addresses: Addresses, who: str, officer: str | None = None) -> Any:
    return open_client(f"unix:{addresses.socket}", who, f"token-of-{who}-0123456789", on_behalf_of=officer)


async def entries(client: AsyncClient, count: int) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    async with client.watch(cursor="") as notes:
        with trio.fail_after(10):
            while len(found) < count:
                for entry in (await anext(notes)).params["entries"]:
                    if "job" in entry[4]:
                        found.append((entry[3], entry[4]))
    return found


async def test_both_stand_in_the_ledger_and_jobs_stay_the_applications(tmp_path: Path) -> None:
    async with serving(tmp_path) as addresses:
        async with speaking(addresses, "loket", "budi") as client:
            told = client.server
            assert (told["principal"], told["via"], told["rights"]) == ("budi", "loket", ["operate", "submit", "watch"])
            (first,) = await client.submit([selftest("t1")])
            job = await client.call("hold", {"id": first["id"]})
            assert (job["submitter"], job["flow"]) == ("loket", "loket")
            (_, submitted), (held, by) = await entries(client, 2)
            assert (submitted["actor"], submitted["via"]) == ("budi", "loket")
            assert (held, by["actor"], by["via"]) == ("held", "budi", "loket")
        async with speaking(addresses, "loket") as client:
            assert (client.server["principal"], client.server["via"]) == ("loket", None)
            assert client.server["unit"] == "Loket Sagulung"
            # what an officer began goes on without him: no second card
            assert (await client.submit([selftest("t1")]))[0] == first | {"repeat": True, "state": "pending-held"}
            await client.call("cancel", {"ticket": "t1"})
            (*_, (event, by)) = await entries(client, 3)
            assert (event, by["actor"], "via" in by) == ("canceled", "loket", False)


async def test_nobody_gets_a_right_that_one_of_the_two_has_not(tmp_path: Path) -> None:
    async with serving(tmp_path) as addresses:
        async with speaking(addresses, "loket", "siti") as client:
            assert (client.server["rights"], client.server["unit"]) == (["operate", "watch"], "Kecamatan Sagulung")
            with pytest.raises(ServerError) as caught:
                await client.submit([selftest("t1")])  # the program may, the officer may not
            assert caught.value.code == "forbidden"
            sites = await client.call("sites", {})
            assert [site["code"] for site in sites["sites"]] == ["21.71.11"]  # the officer has all, the program one
        for who, officer in (("loket", "kepala"), ("loket", "nobody"), ("loket", "loket"), ("kepala", "siti")):
            with pytest.raises(ServerError) as caught:
                async with speaking(addresses, who, officer):
                    pass
            assert (caught.value.code, caught.value.field) == ("forbidden", "on_behalf_of")


async def test_of_the_programs_jobs_an_officer_has_those_of_his_sites(tmp_path: Path) -> None:
    async with serving(tmp_path) as addresses:
        async with speaking(addresses, "pusat") as client:
            (answer,) = await client.submit([selftest("t1", group="SDN")])
            held = await client.call("hold", {"id": answer["id"]})
        async with speaking(addresses, "pusat", "tamu") as officer:
            for method, params in (
                ("job", {"id": answer["id"]}), ("job", {"ticket": "t1"}), ("explain", {"ticket": "t1"}),
                ("cancel", {"ticket": "t1"}), ("hold", {"id": answer["id"]}), ("release", {"id": answer["id"]}),
                ("group", {"group": "SDN"}),
            ):  # fmt: skip
                with pytest.raises(ServerError) as caught:
                    await officer.call(method, params)
                assert caught.value.code == "unknown-job", method
            for params in ({}, {"site": "21.71.11"}, {"states": ["pending-held", "pending"]}, {"group": "SDN"}):
                assert (await officer.call("jobs", params))["jobs"] == []
            assert (await officer.call("group-cancel", {"group": "SDN"}))["changed"] == 0
        async with speaking(addresses, "pusat") as client:
            assert await client.call("job", {"ticket": "t1"}) == held, "and nothing was done to it"


async def test_who_has_begun_to_ask_stays_who_he_is(tmp_path: Path) -> None:
    async with serving(tmp_path) as addresses, speaking(addresses, "loket", "siti") as client:
        await client.call("printers", {})
        for officer in ({}, {"on_behalf_of": "budi"}):
            with pytest.raises(ServerError) as caught:
                await client.call("hello", {"application": "loket", "versions": [2]} | officer)
            assert (caught.value.code, caught.value.field) == ("bad-params", "on_behalf_of")


async def test_an_older_conversation_knows_no_behalf(tmp_path: Path) -> None:
    async with serving(tmp_path) as addresses, await trio.open_unix_socket(str(addresses.socket)) as stream:
        params = {"application": "x", "versions": [1], "token": "token-of-loket-0123456789", "on_behalf_of": "siti"}
        await stream.send_all(msgpack.packb([0, 1, "hello", [params]]))
        _, _, error, _ = msgpack.unpackb(await stream.receive_some())
        assert (error["code"], error["field"]) == ("unknown-field", "on_behalf_of")


async def test_an_admin_keeps_the_machine_and_touches_no_job(tmp_path: Path) -> None:
    async with serving(tmp_path) as addresses, speaking(addresses, "ti") as client:
        assert client.server["rights"] == ["admin", "watch"]
        assert (await client.call("rotate-signing-key", {}))["number"] == 2
        await client.call("confirm-clock", {})
        for method, params in (("submit", {"jobs": [selftest("t")]}), ("release", {"id": "0" * 16})):
            with pytest.raises(ServerError) as caught:
                await client.call(method, params)
            assert caught.value.code == "forbidden"


RIGHTS = st.frozensets(st.sampled_from(Right))
SITES = st.just(ALL_SITES) | st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True).map(tuple)
DAYS = st.none() | st.sampled_from(["2026-01-05", "2026-02-05", "2026-03-05"])
PRINCIPALS = st.builds(Principal, st.sampled_from(["x", "y"]), RIGHTS, SITES, st.integers(1, 100), DAYS, DAYS)


@given(
    PRINCIPALS, PRINCIPALS, st.sampled_from(Right), st.sampled_from(["a", "b", "c"]), st.sampled_from(["2026-02-01"])
)
def test_together_they_may_what_each_may(one: Principal, two: Principal, right: Right, site: str, day: str) -> None:
    both = on_behalf(one, two)
    assert both.may(right, site) == (one.may(right, site) and two.may(right, site))
    assert both.serves(day) == (one.serves(day) and two.serves(day))
    assert both.priority_cap <= min(one.priority_cap, two.priority_cap)
    assert (both.name, both.owner) == (two.name, one.name)


def test_programs_are_spoken_for_by_nobody() -> None:
    kiosk, loket = (
        Principal("kiosk", frozenset(), speaks_for=("*",)),
        Principal("loket", frozenset(), speaks_for=("a",)),
    )
    officer = Principal("siti", frozenset())
    assert may_speak_for(kiosk, officer)
    assert not may_speak_for(kiosk, loket)
    assert not may_speak_for(loket, officer)
    assert not may_speak_for(kiosk, kiosk)
    assert not may_speak_for(officer, Principal("budi", frozenset()))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('name = "a"\nrole = "officer"\nunix_user = "root"\nspeaks_for = ["b"]', "no [[principal]] with the name b"),
        ('name = "a"\nrole = "officer"\nunix_user = "root"\nspeaks_for = ["a"]', "names itself"),
        ('name = "a"\nrole = "officer"', "nobody could be recognised"),
        ('name = "a"\nunix_user = "root"', "give it a role or rights"),
        ('name = "a"\nrole = "officer"\nrights = []\nunix_user = "root"', "may not be an empty list"),
    ],
)
def test_faults_of_the_configuration_are_told(more: str, said: str) -> None:
    assert any(said in str(fault) for fault in faults(changed() + f"\n[[principal]]\n{more}\n"))


def test_every_right_is_in_a_role() -> None:
    assert frozenset().union(*ROLES.values()) == set(Right)
