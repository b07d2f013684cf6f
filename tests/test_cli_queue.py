"""The commands about jobs that wait."""

import json
from pathlib import Path
from typing import Any

import pytest

from running import selftest
from test_cli_cards import Terminal
from test_daemon_queueing import OTHER, SITE, submitted, waiting_city


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    monkeypatch.setenv("COLUMNS", "80")
    return Terminal(monkeypatch, capsys, tmp_path)


def _json(said: str) -> Any:
    return json.loads(said.splitlines()[-1])


async def test_a_job_is_explained_held_put_forward_and_moved(terminal: Terminal, tmp_path: Path) -> None:
    async with waiting_city(tmp_path) as clients:
        first, second = await submitted(clients["kantor"], selftest("a", flow="1"), selftest("b", flow="2"))
        told = await terminal.run("explain", second)
        for sentence in (
            "Semua printer yang boleh mencetaknya berhenti.",
            "Kartu di depannya: 1.",
            "0 dari 2 bekerja",
            "connecting-to-device (officer): ",
            "\n     ",
        ):
            assert sentence in told
        told = await terminal.run("explain", second, "--lang", "en")
        for sentence in ("It waits for the cards before it.", "Cards before it: 1.", "41 h 40 min of machine time"):
            assert sentence in told
        assert "pending-held" in await terminal.run("hold", first)
        assert "It is next." in await terminal.run("explain", second, "--lang", "en")
        assert _json(await terminal.run("priority", second, "90", "--reason", "elderly", "--json"))["priority"] == 90
        assert "priority must be from 1 to 100" in await terminal.run(
            "priority", second, "900", "--reason", "elderly", code=1
        )
        assert _json(await terminal.run("move", second, "--printer", "SGL-2", "--json"))["printer"] is None
        assert (await clients["kantor"].job(id=second))["destination"] == "printer:SGL-2"
        assert "there is no such printer" in await terminal.run("move", second, "--printer", "X", code=1)


async def test_what_was_done_is_said_with_names(terminal: Terminal, tmp_path: Path) -> None:
    async with waiting_city(tmp_path) as clients:
        first, second = await submitted(clients["kantor"], selftest("a", flow="1"), selftest("b", flow="2"))
        told = await terminal.run("hold", first, "--until", "2027-01-04T08:00")
        assert "SGL-0001 ditahan sampai 2027-01-04 08:00:00, lalu dilepas sendiri." in told
        assert (await clients["kantor"].job(id=first))["hold_until_ms"] == 1_799_024_400_000  # 01:00 UTC
        assert "Dilepas sendiri: 2027-01-04 08:00:00." in await terminal.run("explain", first)
        assert "Released by itself: 2027-01-04 08:00:00." in await terminal.run("job", first)
        assert "is held until somebody releases it" in await terminal.run("hold", first)
        assert "not a time like" in await terminal.run("hold", first, "--until", "besok", code=2)
        assert "has priority 80 now" in await terminal.run("priority", second, "80", "--reason", "elderly")
        told = await terminal.run("move", second, "--printer", "SGL-2")
        assert "SGL-0002 sekarang menunggu di Sagulung (21.71.11), untuk printer SGL-2." in told
        assert "waits at Sagulung (21.71.11) now." in await terminal.run("move", second, "--site", SITE)
        assert "the right to express" in await terminal.run("express", second, "--reason", "medical", code=1)


async def test_an_express_job_is_told(terminal: Terminal, tmp_path: Path) -> None:
    async with waiting_city(tmp_path) as clients:
        first, second = await submitted(clients["kantor"], selftest("a", flow="1"), selftest("b", flow="2"))
        token = ("--token-file", tmp_path / "penyelia")
        assert "SGL-0002 didahulukan." in await terminal.run("express", second, "--reason", "medical", *token)
        assert "express" in await terminal.run("jobs")
        told = await terminal.run("explain", first, "--lang", "en")
        assert "Express cards go before it, taking turns with the others." in told
        assert "It is express" in await terminal.run("explain", second, "--lang", "en")
        assert "takes its turn again" in await terminal.run(
            "express", second, "--off", "--reason", "correction", *token
        )


async def test_a_group_is_shown_and_acted_on(terminal: Terminal, tmp_path: Path) -> None:
    async with waiting_city(tmp_path) as clients:
        await submitted(clients["kantor"], *(selftest(str(n), group="SDN-004") for n in range(5)))
        told = await terminal.run("group", "SDN-004")
        assert "pending" in told
        assert "0 of 5 ended." in told
        assert "5 held." in await terminal.run("group", "SDN-004", "--hold")
        assert _json(await terminal.run("group", "SDN-004", "--release", "--json"))["done"]["changed"] == 5
        await terminal.run("group", "SDN-004", "--site", OTHER, code=1)  # only a supervisor of both sites may
        assert (await clients["kantor"].call("group", {"group": "SDN-004"}))["sites"] == [SITE]
        assert "one at a time" in await terminal.run("group", "SDN-004", "--hold", "--site", OTHER, code=2)
        assert "5 canceled." in await terminal.run("group", "SDN-004", "--cancel")
        assert "5 of 5 ended." in await terminal.run("group", "SDN-004")
        assert "there is no such group" in await terminal.run("group", "SDN-999", code=1)
