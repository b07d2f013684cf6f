"""Who of a pool prints what: kind, stock, ribbon and site decide before a job is claimed, or at the latest before it is
sent."""

from pathlib import Path
from typing import Any

import pytest

import running
import workshop as shops
from running import SITE, ktp, selftest, write_config
from spooler.client import ServerError
from spooler.config import load
from spooler.daemon.hardware import ConfigMismatchError, check_templates
from spooler.daemon.lanes import Lane
from spooler.daemon.takers import Takers
from test_cli_template import PACKAGED
from workshop import hurry, workshop

#: Dye at the card's one end, so that a half panel cannot lay the photo at its other end.
BOX = "\n[[box]]\nx=1\ny=1\nwidth=2\nheight=2\nink={c=90}\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


async def all_done(shop: Any, jobs: list[str]) -> list[dict[str, Any]]:
    return [await shop.until_job(job, "completed", "pending-held", "aborted", "processing-stopped") for job in jobs]


async def test_a_printer_takes_only_the_kinds_that_it_is_set_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = 'kinds = ["ktp", "selftest"]'
    monkeypatch.setattr(running, "CONFIG", running.CONFIG.replace(both, 'kinds = ["selftest"]'))
    monkeypatch.setattr(shops, "SECOND_PRINTER", shops.SECOND_PRINTER.replace(both, 'kinds = ["ktp"]'))
    async with workshop(tmp_path, printers=2) as shop:
        raws = [each for n in range(3) for each in (selftest(f"t{n}"), ktp(n))]
        jobs = [answer["id"] for answer in await shop.client.submit(raws)]
        done = await all_done(shop, jobs)
        assert {(job["kind"], job["printer"], job["state"]) for job in done} == {
            ("selftest", "SGL-1", "completed"), ("ktp", "SGL-2", "completed"),
        }  # fmt: skip
        (answer,) = await shop.client.submit([ktp(9) | {"kind": "ktp-wna"}])
        assert answer["error"]["code"] == "no-printer"
        shop.lines[0].world.feeder = 0
        await shop.until_printer("stopped", "media-empty")
        waits = await shop.submit(selftest("waits"))
        with pytest.raises(ServerError, match="SGL-2 is not set up for selftest"):
            await shop.client.call("move", {"id": waits, "printer": "SGL-2"})


@pytest.mark.parametrize(
    ("ribbon", "kinds", "fault"),
    [
        ("KO", '["ktp"]', "SGL-1: kind ktp: kind ktp has a photo: the ribbon needs y, m and c panels"),
        ("KO", '["selftest"]', None),
        ("YMCKO", '["ktp", "selftest"]', None),
    ],
)
def test_a_ribbon_without_the_panels_of_a_kind_is_refused_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ribbon: str, kinds: str, fault: str | None
) -> None:
    text = running.CONFIG.replace('ribbon = "YMCKO"', f'ribbon = "{ribbon}"')
    monkeypatch.setattr(running, "CONFIG", text.replace('kinds = ["ktp", "selftest"]', f"kinds = {kinds}"))
    config = load(write_config(tmp_path, running.NOBODY))
    if fault is None:
        check_templates(config)
    else:
        with pytest.raises(ConfigMismatchError, match=fault):
            check_templates(config)


async def test_what_a_half_panel_cannot_reach_is_left_to_the_pools_full_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "ktp.toml").write_text((PACKAGED / "ktp.toml").read_text() + BOX)
    text = running.CONFIG.replace('ribbon = "YMCKO"', 'ribbon = "YMCKOS"')
    monkeypatch.setattr(running, "CONFIG", text.replace("specimen = true", 'specimen = false\ntemplates = "own"'))
    async with workshop(tmp_path, printers=2) as shop:
        full = shop.lines[1].world
        full.feeder = 0  # the half one has all the time it wants for a try
        await shop.until_printer("idle")
        jobs = [answer["id"] for answer in await shop.client.submit([ktp(n) for n in range(3)])]
        tests = [await shop.submit(selftest(f"t{n}")) for n in range(2)]
        assert {job["printer"] for job in await all_done(shop, tests)} == {"SGL-1"}, "other kinds go on"
        assert (await shop.job(jobs[0]))["state"] == "pending"
        full.load(5)
        assert {(job["printer"], job["state"]) for job in await all_done(shop, jobs)} == {("SGL-2", "completed")}
        events = [event for job in jobs for event in await shop.events(job)]
        assert events.count("returned") == 1, "it is tried once"
        assert events.count("intended") == 3


def test_the_last_printer_of_a_lane_cannot_leave_it() -> None:
    takers, lane = Takers(), Lane(f"site:{SITE}", "ktp")
    for printer in ("SGL-1", "SGL-2"):
        takers.join(printer, [lane])
    assert takers.leave("SGL-1", lane)
    assert not takers.leave("SGL-2", lane)
