"""The commands about cards: a doubt is shown before it is asked about, and answered by number keys."""

import io
import json
from pathlib import Path

import pytest
import trio
from PIL import Image

from running import selftest
from spooler.cli import main
from test_daemon_cards import doubted, office
from workshop import hurry


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    monkeypatch.setenv("COLUMNS", "100")


class Terminal:
    """Commands typed at one, and what they say."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._patch = monkeypatch
        self._capsys = capsys
        monkeypatch.setenv("SPOOLER_ADDRESS", f"unix:{folder / 's.sock'}")

    async def run(self, *arguments: str | Path, typed: str = "", code: int = 0) -> str:
        self._capsys.readouterr()
        self._patch.setattr("sys.stdin", io.StringIO(typed))
        assert await trio.to_thread.run_sync(main, [str(argument) for argument in arguments]) == code
        captured = self._capsys.readouterr()
        return captured.err if code else captured.out


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    return Terminal(monkeypatch, capsys, tmp_path)


async def test_a_doubt_is_shown_then_asked_about(terminal: Terminal, tmp_path: Path) -> None:
    async with office(tmp_path) as shop:
        job = await doubted(shop, selftest("a"))
        told = await terminal.run("doubt", job, "--proof", tmp_path / "card.png")
        for word in ("SGL-0001", "serial SIM-1", "0 -> 0", "attempt 1", "fault-unmoved", "Printer melaporkan gangguan"):
            assert word in told
        with Image.open(tmp_path / "card.png") as card:
            assert card.size == (1016, 648)
        assert "proof" not in json.loads((await terminal.run("doubt", "--json", job)).splitlines()[-1])
        assert "attempt 1" in await terminal.run("doubt", "sgl-1")
        assert "there is no SGL-0009" in await terminal.run("resolve", "SGL-0009", "printed", code=1)
        assert "nothing has changed" in await terminal.run("resolve", job, typed="7\n", code=2)
        assert (await shop.job(job))["state"] == "processing-stopped"
        told = await terminal.run("resolve", job, typed="9\n2\n3\n1\n")
        for word in ("serial SIM-1", "Kartu keluar?", "Rusak di mana?", "Cetak ulang?", "aborted", "SGL-0002"):
            assert word in told
        (new,) = [found["id"] for found in (await shop.client.call("jobs", {}))["jobs"] if found["reprint_of"] == job]
        await shop.until_job(new, "completed")
        assert "too-late" in await terminal.run("resolve", job, "printed", code=1)


async def test_a_card_is_inspected_reprinted_and_approved(terminal: Terminal, tmp_path: Path) -> None:
    async with office(tmp_path, "[reprint]", "two_persons = true") as shop:
        job = await shop.submit(selftest("a"))
        await shop.until_job(job, "completed")
        assert "completed" in await terminal.run("inspect", job, "passed")
        assert "needs a supervisor" in await terminal.run("reprint", job, "lost", code=1)
        head, chief = (("--token-file", tmp_path / name) for name in ("kepala", "penyelia"))
        told = await terminal.run("reprint", job, "lost", "--note", "Surat kehilangan [b]12[/b]", *chief)
        assert "pending-held" in told
        assert "awaits-approval (supervisor): Kartu kedua menunggu persetujuan." in told
        (new,) = [found["id"] for found in (await shop.client.call("jobs", {}))["jobs"] if found["reprint_of"] == job]
        told = await terminal.run("note", new, *head)
        for word in ("Kartu hilang. / The card is lost.", "penyelia", "nobody yet", "Surat kehilangan [b]12[/b]"):
            assert word in told
        assert "forbidden" in await terminal.run("approve", new, *chief, code=1)
        assert "pending" in await terminal.run("approve", new, *head)
        await shop.until_job(new, "completed")
        told = await terminal.run("inspect", new, "spoiled", "--defect", "smudged", "--reprint")
        assert told.count("SGL-000") == 2
        told = await terminal.run("reprint", job, "data-changed", *chief, code=1)
        assert "no-reprint" in told


async def test_an_answer_is_corrected(terminal: Terminal, tmp_path: Path) -> None:
    async with office(tmp_path) as shop:
        job = await doubted(shop, selftest("a"))
        assert "completed" in await terminal.run("resolve", "SGL-0001", "printed")
        assert "forbidden" in await terminal.run("correct", job, "spoiled", "--stage", "print", code=1)
        told = await terminal.run(
            "correct", "SGL-1", "spoiled", "--stage", "print", "--token-file", tmp_path / "kepala"
        )
        assert "aborted" in told
