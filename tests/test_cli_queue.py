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
        for sentence in ("It waits for the cards before it.", "Cards before it: 1.", "41 h 39 min of machine time"):
            assert sentence in told
        assert "pending-held" in await terminal.run("hold", first)
        assert "It is next." in await terminal.run("explain", second, "--lang", "en")
        assert _json(await terminal.run("priority", second, "90", "--json"))["priority"] == 90
        assert "priority must be from 1 to 100" in await terminal.run("priority", second, "900", code=1)
        assert _json(await terminal.run("move", second, "--printer", "SGL-2", "--json"))["printer"] is None
        assert (await clients["kantor"].job(id=second))["destination"] == "printer:SGL-2"
        assert "there is no such printer" in await terminal.run("move", second, "--printer", "X", code=1)


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
