"""A site's day by shifts from a running spooler: on the terminal, in the CSV and on the sheet's second page."""

from pathlib import Path

import pytest
import trio

import running
from paper_sheets import texts
from running import SITE, ktp
from spooler.cli import main
from spooler.config import ConfigError, load
from spooler.papers import parse_daily_csv
from test_daemon_stock import DAY, HOUR, KTP, movement, noon, office
from workshop import hurry

CITY = 'name = "KOTA BATAM"'


@pytest.fixture
def shifts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hand-overs a day."""
    hurry(monkeypatch)
    monkeypatch.setattr(running, "CONFIG", running.CONFIG.replace(CITY, f'{CITY}\nshift_changes = ["12:30", "16:00"]'))


@pytest.mark.usefixtures("shifts")
async def test_a_day_of_three_shifts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clock = noon()
    async with office(tmp_path, clock) as (shop, keeper):
        await keeper.call("stock-move", movement("bast-1", "receive", 100))
        await keeper.call("stock-count", {"site": SITE, "stock": KTP, "amount": 98})
        clock.ms += HOUR
        await shop.client.call("stock-move", movement("siang", "load", 20, printer="SGL-1"))
        for n in range(2):
            await shop.until_job(await shop.submit(ktp(n)), "completed")
        clock.ms += 4 * HOUR
        await shop.until_job(await shop.submit(ktp(3)), "completed")
        files = {name: tmp_path / f"a.{name}" for name in ("csv", "pdf")}
        command = ["stock", "sheet", SITE, DAY, "--address", f"unix:{tmp_path / 's.sock'}"]
        options = [f"--{name}={path}" for name, path in files.items()]
        assert await trio.to_thread.run_sync(main, [*command, *options]) == 0
    shown = capsys.readouterr().out
    for title, row in (
        ("shift 00:00-12:30", ["0", "100", "0", "0", "0", "0", "100", "98", "-2"]),
        ("shift 12:30-16:00", ["98", "0", "2", "0", "0", "0", "96"]),
        ("shift 16:00-24:00", ["96", "0", "1", "0", "0", "0", "95"]),
    ):
        after = shown.partition(title)[2].splitlines()
        assert after[3].split() == [KTP, *row]
    sheet = parse_daily_csv(files["csv"].read_bytes())
    assert [(shift.begins, shift.lines[0].good) for shift in sheet.shifts] == [("00:00", 0), ("12:30", 2), ("16:00", 1)]
    first, second = (" ".join(page.split()) for page in texts(files["pdf"].read_bytes()))
    assert "halaman 1 dari 2" in first
    assert "Serah terima antar sif" in second
    assert "00:00–12:30 0 100 0 0 0 0 100 98 -2 12:30–16:00 98 0 2 0 0 0 96 – –" in second
    assert "halaman 2 dari 2" in second


@pytest.mark.parametrize(
    "changes",
    ['["16:00", "12:00"]', '["12:00", "12:00"]', '["24:00"]', '["00:00"]', '"12:00"', "[12]",
     '["06:00", "08:00", "10:00", "12:00", "14:00", "16:00"]'],
)  # fmt: skip
def test_hand_overs_that_are_none(tmp_path: Path, changes: str) -> None:
    path = running.write_config(tmp_path, 9)
    path.write_text(path.read_text().replace(CITY, f"{CITY}\nshift_changes = {changes}"))
    with pytest.raises(ConfigError, match=r"shift_changes.*times of day that grow"):
        load(path)
