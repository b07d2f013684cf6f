"""A running city is backed up, goes on printing, and is lost: real processes, real commands, one physical printer.

The judge is the printer's own record: a line for every card that left it.
"""

import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from running import NOBODY, SITE, cards, line, process, secret_file, selftest, write_config
from spooler.backends.simulator import World
from spooler.cli import main
from spooler.client import AsyncClient, ServerError, connect, open_client
from spooler.config import Config, load
from spooler.daemon import Addresses, restoring, serve
from spooler.store.backup import back_up
from test_crash import WAIT_MS, City
from test_crash import city as city_fixture
from test_docs_protocol import JSON
from test_docs_protocol_server import fits
from workshop import SECOND_PRINTER, Line

city = city_fixture

SUPERVISOR = """
[[principal]]
name = "penyelia"
rights = ["supervise", "watch"]
token_file = "penyelia.token"
"""
TOKEN = "token-penyelia-untuk-uji-coba"


@asynccontextmanager
async def running_city(config: Config, *, adopt: bool = False) -> AsyncIterator[str]:
    """A spooler in this process, whose printers do not answer; stopped at the end."""
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        addresses: Addresses = await nursery.start(partial(serve, config, stop=stop, adopt=adopt))
        yield f"unix:{addresses.socket}"
        stop.set()


def with_supervisor(folder: Path, name: str = "penyelia", token: str = TOKEN) -> Path:
    return secret_file(folder / f"{name}.token", token)


def test_nothing_that_was_printed_after_the_backup_is_printed_again(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    token = with_supervisor(city.folder)
    city.config.write_text(city.config.read_text() + SUPERVISOR)
    tickets = [f"t{i}" for i in range(4)]
    with city.spooler() as (client, running):
        client.submit([selftest(ticket) for ticket in tickets])
        client.call("job", {"ticket": "t0", "wait_ms": WAIT_MS})
        back_up(city.folder / "spool", city.folder / "backup", node="pusat", at_ms=1_800_000_000_000,
                keys_to=city.folder / "keys")  # fmt: skip
        client.submit([selftest("lost")])
        for ticket in (*tickets, "lost"):
            assert client.call("job", {"ticket": ticket, "wait_ms": WAIT_MS})["state"] == "completed"
        running.send_signal(signal.SIGTERM)
        running.wait()
    assert len(cards(city.printer)) == 5

    def spooler(*words: str | Path) -> Any:
        assert main([*map(str, words), "--address", address, "--token-file", str(token), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    again = city.folder / "again"
    assert main(["restore", str(city.folder / "backup"), "--to", str(again), "--keys", str(city.folder / "keys")]) == 0
    capsys.readouterr()
    overrides = ("--set", f"spool.directory={again}")
    with process("serve", "--config", city.config, *overrides, log=city.log) as running:
        address = line(running, city.log).removeprefix("ready ")
        with connect(address, application="tests") as client:
            (lost,) = client.submit([selftest("lost")])  # the application asks for its lost hour again
            assert (lost["state"], lost["repeat"]) == ("pending-held", False)
            with pytest.raises(ServerError, match="a supervisor answers for it"):
                client.call("release", {"id": lost["id"]})
            state = wait_for_the_printer(spooler)
            assert fits(state, JSON["reply", "restored"][3]["restored"]), "as the protocol's page shows it"
            (device,) = state["printers"]
            answered = state["held"] + state["doubts"]
            assert answered >= 3
            assert (state["cause"], state["later"]) == ("backup", 1)
            assert device["unexplained"] == 5 - (4 - answered) == answered + 1, "what was printed after the copy"
            for job in client.call("jobs", {})["jobs"]:
                if job["state"] == "processing-stopped":
                    client.call("resolve", {"id": job["id"], "answer": "printed"})
                elif job["state"] == "pending-held":
                    assert spooler("restored", "printed", job["id"], "--printer", "SGL-1")["state"] == "completed"
            assert spooler("restored", "list")["printers"][0]["unexplained"] == 0
            assert spooler("restored", "end") == {"ended": True}
            assert all(answer["repeat"] for answer in client.submit([selftest(t) for t in (*tickets, "lost")]))
            client.submit([selftest("new")])
            assert client.call("job", {"ticket": "new", "wait_ms": WAIT_MS})["state"] == "completed"
    assert len(cards(city.printer)) == 6


def wait_for_the_printer(spooler: Any) -> Any:
    """The state, as soon as the printer has told its counter."""
    while True:
        state = spooler("restored", "list")
        if state["printers"][0]["counter"] is not None:
            return state


def test_a_copy_on_another_machine_serves_only_when_it_is_adopted(tmp_path: Path) -> None:
    config = write_config(tmp_path, NOBODY)
    log = tmp_path / "log"
    for number in (1, 2):
        (tmp_path / f"machine-{number}").write_text(f"{number}" * 32)
    command = ("serve", "--config", config, "--set")
    with process(*command, f"spool.machine_id={tmp_path / 'machine-1'}", log=log) as running:
        with connect(line(running, log).removeprefix("ready "), application="tests") as client:
            client.submit([selftest("a")])
    with process(*command, f"spool.machine_id={tmp_path / 'machine-2'}", log=log) as running:
        assert running.wait() == 1
    assert "spooler: This spool belongs to another machine" in log.read_text()
    with process(*command, f"spool.machine_id={tmp_path / 'machine-2'}", "--adopt", log=log) as running:
        with connect(line(running, log).removeprefix("ready "), application="tests") as client:
            job = client.call("job", {"ticket": "a"})
            assert (job["state"], job["reason"]) == ("pending-held", "restored")


async def test_a_supervisor_releases_by_printer_site_or_all_and_page_by_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "RELEASE_AT_MOST", 3)
    with_supervisor(tmp_path)
    config = load(write_config(tmp_path, NOBODY, SECOND_PRINTER.format(port=NOBODY + 1), SUPERVISOR))
    async with running_city(config) as address, open_client(address, application="tests") as client:
        await client.submit([selftest(f"s{i}") for i in range(4)])
        to_printer = [selftest(f"p{i}", printer="SGL-1") for i in range(4)]
        for job in to_printer:
            del job["site"]
        await client.submit(to_printer)
    async with running_city(config, adopt=True) as address:
        async with open_client(address, application="tests", token=TOKEN) as boss:
            assert (await boss.call("restored", {}))["restored"]["held"] == 8
            with pytest.raises(ServerError, match="wait for a supervisor"):
                await boss.call("restored-end", {})
            # SGL-1 does not stand alone at its site: the site's jobs are not its own
            answer = await boss.call("restored-release", {"printer": "SGL-1"})
            assert (answer["released"], answer["left"]) == (3, 1)
            answer = await boss.call("restored-release", {"printer": "SGL-1"})
            assert (answer["released"], answer["left"]) == (1, 0)
            assert (await boss.call("restored", {}))["restored"]["held"] == 4
            job = await boss.call("jobs", {"state": "pending-held", "limit": 1})
            answer = await boss.call("restored-release", {"id": job["jobs"][0]["id"]})
            assert (answer["released"], answer["left"]) == (1, 0)
            answer = await boss.call("restored-release", {"site": "21.71.05"})
            assert (answer["released"], answer["left"]) == (0, 0)
            answer = await boss.call("restored-release", {"site": SITE})
            assert (answer["released"], answer["left"]) == (3, 0)
            assert await boss.call("restored-end", {}) == {"ended": True}
            assert await boss.call("restored", {}) == {"restored": None}
            assert await boss.call("restored-end", {}) == {"ended": False}


async def test_a_card_that_was_printed_at_another_site_is_answered_for_there(tmp_path: Path) -> None:
    """The job was moved in the time that the copy does not know."""
    with_supervisor(tmp_path)
    with_supervisor(tmp_path, "kepala", TOKEN[::-1])
    of_one_site = SUPERVISOR.replace("penyelia", "kepala") + f'sites = ["{SITE}"]'
    bulang = SECOND_PRINTER.replace("SGL-2", "BLG-1").replace("21.71.11", "21.71.05")
    async with trio.open_nursery() as nursery:
        there = Line(World(tmp_path / "P", "SIM-5"))
        await nursery.start(there.run)
        config = load(write_config(tmp_path, NOBODY, bulang.format(port=there.port), SUPERVISOR, of_one_site))
        async with running_city(config) as address, open_client(address, application="tests") as client:
            await client.submit([selftest("a")])
        async with running_city(config, adopt=True) as address:
            async with open_client(address, application="tests", token=TOKEN) as boss:
                async with boss.watch(entries=False, state=True) as notes:
                    async for note in notes:
                        if any(p["name"] == "BLG-1" and p["serial"] for p in note.params["printers"]):
                            break
                job = (await boss.call("jobs", {}))["jobs"][0]["id"]
                found = {"id": job, "printer": "BLG-1"}
                async with open_client(address, application="tests", token=TOKEN[::-1]) as elsewhere:
                    assert await code(elsewhere, "restored-printed", found) == "unknown-printer"
                answer = await boss.call("restored-printed", found)
                assert (answer["state"], answer["site"], answer["printer"]) == ("completed", "21.71.05", "BLG-1")
                assert (await boss.call("restored", {}))["restored"]["held"] == 0
        nursery.cancel_scope.cancel()


async def test_what_a_supervisor_may_not_do(tmp_path: Path) -> None:
    with_supervisor(tmp_path)
    with_supervisor(tmp_path, "kepala", TOKEN[::-1])
    bulang = SUPERVISOR.replace("penyelia", "kepala") + 'sites = ["21.71.05"]'
    config = load(write_config(tmp_path, NOBODY, SUPERVISOR, bulang))
    async with running_city(config) as address, open_client(address, application="tests") as client:
        await client.submit([selftest("a")])
    async with running_city(config, adopt=True) as address:
        async with open_client(address, application="tests") as officer:
            job = (await officer.call("job", {"ticket": "a"}))["id"]
            for method, params in (
                ("restored-release", {"all": True}),
                ("restored-printed", {"id": job, "printer": "SGL-1"}),
                ("restored-end", {}),
            ):
                assert await code(officer, method, params) == "forbidden"
        async with open_client(address, application="tests", token=TOKEN[::-1]) as elsewhere:
            assert await code(elsewhere, "restored-release", {"id": job}) == "unknown-job"
            assert (await elsewhere.call("restored-release", {"all": True}))["released"] == 0
            assert await code(elsewhere, "restored-end", {}) == "forbidden"
        async with open_client(address, application="tests", token=TOKEN) as boss:
            assert await code(boss, "restored-release", {}) == "bad-params"
            assert await code(boss, "restored-release", {"all": False}) == "bad-value"
            assert await code(boss, "restored-release", {"printer": "BLG-1"}) == "unknown-printer"
            assert await code(boss, "restored-release", {"site": "21.71.99"}) == "unknown-site"
            assert await code(boss, "restored-printed", {"id": job, "printer": "SGL-1"}) == "missing-field"
            free_text = {"id": job, "printer": "SGL-1", "serial": "BUDI"}
            assert await code(boss, "restored-printed", free_text) == "bad-value", "no free text comes into the ledger"
            assert await code(boss, "restored-printed", {"id": "0" * 16, "printer": "SGL-1"}) == "missing-field"
            assert (await boss.call("restored-release", {"all": True}))["released"] == 1
            assert await code(boss, "restored-release", {"id": job}) == "too-late"


async def code(client: AsyncClient, method: str, params: dict[str, Any]) -> str:
    with pytest.raises(ServerError) as caught:
        await client.call(method, params)
    return caught.value.code
