"""A config read anew: a leaver's rights end on the connections that stand; what has faults changes nothing."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio
import trio.lowlevel

from running import line, process, selftest, write_config
from spooler.client import ConnectionLost, ServerError, connect, open_client

OFFICERS = """
[[principal]]
name = "petugas"
rights = ["watch", "operate"]
token_file = "petugas"

[[principal]]
name = "loket"
rights = ["submit"]
token_file = "loket"
"""
TOKENS = {"petugas": "petugas-token-untuk-uji", "loket": "loket-token-untuk-uji"}


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Path, str]]:
    """(the process, its config, its address)"""
    for name, token in TOKENS.items():
        (folder / name).write_text(token)
        (folder / name).chmod(0o600)
    config = write_config(folder, 9, OFFICERS)
    log = folder / "log"
    with process("serve", "--config", config, log=log) as spooler:
        yield spooler, config, line(spooler, log).removeprefix("ready ")


async def until_told(folder: Path, word: str, times: int = 1) -> None:
    """Until the log says it, so often."""
    with trio.fail_after(20):
        while (folder / "log").read_text().count(word) < times:
            await trio.lowlevel.checkpoint()


def read_anew(spooler: subprocess.Popen[str], config: Path, old: str, new: str) -> None:
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))
    spooler.send_signal(signal.SIGHUP)


async def test_a_leaver_loses_his_rights_at_once_and_others_notice_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as (spooler, config, address):
        async with open_client(address, "t", TOKENS["petugas"]) as officer, open_client(address, "t") as office:
            async with officer.watch(cursor="") as notes:
                (job,) = await office.submit([selftest("A")])
                while not any(entry[3] == "submitted" for entry in (await anext(notes)).params["entries"]):
                    pass
                read_anew(spooler, config, OFFICERS.split("\n\n")[0], "")
                with trio.fail_after(10), pytest.raises(ConnectionLost, match="not in the configuration"):
                    async for _ in notes:
                        pass
            assert (await office.job(id=job["id"]))["state"] == "pending"
            with pytest.raises(ServerError, match="not known"):
                async with open_client(address, "t", TOKENS["petugas"]):
                    pass


async def test_changed_rights_hold_from_the_next_request_on(tmp_path: Path) -> None:
    with running(tmp_path) as (spooler, config, address):
        async with open_client(address, "t", TOKENS["petugas"]) as officer:
            assert (await officer.call("jobs"))["jobs"] == []
            read_anew(spooler, config, 'rights = ["watch", "operate"]', 'rights = ["watch"]')
            await until_told(tmp_path, "read anew")
            with pytest.raises(ConnectionLost, match="rights have changed"):
                await officer.call("jobs")
        async with open_client(address, "t", TOKENS["petugas"]) as officer:
            assert officer.server["rights"] == ["watch"]


async def test_a_site_and_a_priority_that_were_taken_away_are_so_for_who_used_them_before(tmp_path: Path) -> None:
    """The way to a printer is remembered, and who may go it is not."""
    with running(tmp_path) as (spooler, config, address):

        async def submit(ticket: str, priority: int) -> str:
            async with open_client(address, "t", TOKENS["loket"]) as clerk:
                (answer,) = await clerk.submit([selftest(ticket, priority=priority)])
                return "taken" if "id" in answer else str(answer["error"]["code"])

        assert await submit("a", 90) == "taken"
        read_anew(spooler, config, 'rights = ["submit"]', 'rights = ["submit"]\npriority_cap = 60')
        await until_told(tmp_path, "configuration read anew")
        assert (await submit("b", 90), await submit("c", 60)) == ("forbidden", "taken")
        read_anew(spooler, config, "priority_cap = 60", 'sites = ["21.71.05"]')
        await until_told(tmp_path, "configuration read anew", times=2)
        assert await submit("d", 60) == "forbidden"


async def test_a_new_token_is_known_after_a_reload(tmp_path: Path) -> None:
    with running(tmp_path) as (spooler, _, address):
        (tmp_path / "loket").write_text("another-token-for-loket")
        spooler.send_signal(signal.SIGHUP)
        await until_told(tmp_path, "read anew")
        async with open_client(address, "t", "another-token-for-loket") as client:
            assert client.server["principal"] == "loket"


async def test_a_token_that_was_taken_out_opens_nothing_more_on_the_connection_that_it_opened(tmp_path: Path) -> None:
    with running(tmp_path) as (spooler, _, address):
        async with open_client(address, "t", TOKENS["petugas"]) as officer:
            (tmp_path / "petugas").write_text("another-token-for-petugas")
            spooler.send_signal(signal.SIGHUP)
            await until_told(tmp_path, "read anew")
            with pytest.raises(ConnectionLost, match="not in the configuration"):
                await officer.call("jobs")


async def test_nobody_becomes_another_on_a_connection_that_has_asked_for_something(tmp_path: Path) -> None:
    with running(tmp_path) as (_, _, address):
        async with open_client(address, "t", TOKENS["petugas"]) as officer:
            hello = {"application": "t", "versions": [1], "token": TOKENS["loket"]}
            await officer.call("jobs")
            with pytest.raises(ServerError, match="hello comes first"):
                await officer.call("hello", hello)
            assert (await officer.call("hello", hello | {"token": TOKENS["petugas"]}))["principal"] == "petugas"


async def test_a_config_with_faults_is_told_and_changes_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as (spooler, config, address):
        async with open_client(address, "t", TOKENS["loket"]) as counter:
            read_anew(spooler, config, 'rights = ["submit"]', 'rights = ["submitt"]')
            await until_told(tmp_path, "was not taken over")
            assert (await counter.submit([selftest("A")]))[0]["state"] == "pending"


async def test_a_config_with_which_the_next_start_would_fail_is_refused_now(tmp_path: Path) -> None:
    with running(tmp_path) as (spooler, config, address):
        read_anew(spooler, config, 'model = "primacy"', 'model = "primacy3"')
        await until_told(tmp_path, "was not taken over")
        assert "evolis has no model 'primacy3'" in (tmp_path / "log").read_text()
        async with open_client(address, "t", TOKENS["loket"]) as counter:
            assert (await counter.submit([selftest("A")]))[0]["state"] == "pending"


def test_days_of_service(tmp_path: Path) -> None:
    folder = tmp_path
    (folder / "past").write_text("past-token-untuk-uji")
    (folder / "past").chmod(0o600)
    config = write_config(folder, 9, '[[principal]]\nname = "past"\nrights = ["watch"]\ntoken_file = "past"\n'
                                     'first_day = "2020-01-01"\nlast_day = "2020-12-31"\n')  # fmt: skip
    with process("serve", "--config", config, log=folder / "log") as spooler:
        address = line(spooler, folder / "log").removeprefix("ready ")
        with connect(address, "t", "past-token-untuk-uji") as client:
            with pytest.raises(ServerError, match="no day on which"):
                client.call("jobs")


async def test_a_holiday_that_is_announced_today_needs_no_restart(tmp_path: Path) -> None:
    today = datetime.now(UTC) + timedelta(hours=7)
    dates = [(today + timedelta(days=days)).date().isoformat() for days in (0, 1)]  # the test may run at midnight
    holiday = "".join(f'[[window_exception]]\nday = "{day}"\nclosed = true\n' for day in dates)
    with running(tmp_path) as (spooler, config, address):
        async with open_client(address, "t") as office:
            read_anew(spooler, config, OFFICERS, f"{OFFICERS}\n{holiday}")
            with trio.fail_after(20):
                async with office.watch(entries=False, state=True) as notes:
                    async for note in notes:
                        site, printer = note.params["sites"][0], note.params["printers"][0]
                        if site["closed"] == "outside-window" and "outside-window" in printer["reasons"]:
                            break
            assert printer["until_ms"] is not None
    assert "next start" not in (tmp_path / "log").read_text()
