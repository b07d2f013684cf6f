"""`spooler pause` and `resume`, and what the other commands say of gates."""

import json
from pathlib import Path

import pytest

from running import SetClock, selftest
from test_cli_cards import Terminal
from test_daemon_gates import MORNING, RATION, batam
from test_daemon_queueing import SITE, submitted, waiting_city
from workshop import hurry, workshop


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    monkeypatch.setenv("COLUMNS", "80")
    return Terminal(monkeypatch, capsys, tmp_path)


async def test_a_printer_is_paused_shown_and_let_go(terminal: Terminal, tmp_path: Path) -> None:
    async with waiting_city(tmp_path) as clients:
        (job,) = await submitted(clients["kantor"], selftest("a", site=None, printer="SGL-2"))
        told = await terminal.run("pause", "--printer", "SGL-2", "--reason", "no-officer")
        for part in ("SGL-2", "no-officer", "kantor", "Tidak ada petugas di tempat. / No officer is there."):
            assert part in told
        assert "SGL-2: Tidak ada petugas" in await terminal.run("printers")
        assert "An officer has paused its printers." in await terminal.run("explain", job, "--lang", "en")
        answer = json.loads((await terminal.run("resume", "--printer", "SGL-2", "--json")).splitlines()[-1])
        assert (answer["printer"], answer["paused"]) == ("SGL-2", None)
        assert "It is not paused any more." in await terminal.run("resume", "--printer", "SGL-2")
        assert "Tidak ada petugas" not in await terminal.run("printers")
        assert "supervise" in await terminal.run("pause", "--site", SITE, "--reason", "quality", code=1)


async def test_hours_and_rations_are_told(terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    clock = SetClock(batam("2026-12-24T20:00"))
    async with workshop(tmp_path, MORNING, RATION.format(cards=9, reserve=2), clock=clock) as shop:
        job = await shop.submit(selftest("a"))
        await shop.until_printer("stopped", "outside-window")
        told = await terminal.run("explain", job)
        assert "Di luar jam layanan." in told
        assert "Dilanjutkan 2026-12-28 08:00:00." in told
        assert "SGL-1: jalan lagi sendiri 2026-12-28 08:00:00." in await terminal.run("printers")
        told = await terminal.run("sites")
        assert f"{SITE}: jalan lagi sendiri 2026-12-28 08:00:00." in told
        assert f"{SITE}: card-test 0 dari/of 9, sisa/left 9, mendesak/urgent 2" in told
