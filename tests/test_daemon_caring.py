"""Care at the press: what forbids a card is seen before its intent, is shown with its reason, and clears by itself."""

from functools import partial
from pathlib import Path

import pytest
import trio
from attrs import evolve

import workshop as shops
from running import selftest, write_config
from spooler.backends import evolis, evolis_link
from spooler.cli.people_of_kinds import job_of
from spooler.client import open_client
from spooler.config import load
from spooler.daemon import serve
from spooler.daemon.hardware import ConfigMismatchError, check_backends
from spooler.model.care import Care
from spooler.model.kinds import ACCOUNTABLE, Stock
from spooler.model.printer import Supply
from workshop import Workshop, hurry, workshop


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


def of_model(monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    """The model as another would be."""
    models = evolis.FAMILY.models
    monkeypatch.setitem(models, "primacy", evolve(models["primacy"], **changes))


async def printed(shop: Workshop, n: int) -> list[str]:
    """n jobs, all printed."""
    jobs = [await shop.submit(selftest(f"t{shop.world.counter}-{i}")) for i in range(n)]
    for job in jobs:
        await shop.until_job(job, "completed")
    return jobs


class Day:
    """A clock that stands until it is moved to another day."""

    def __init__(self) -> None:
        self.ms = 1_795_500_000_000

    def wall_ms(self) -> int:
        return self.ms


async def test_a_printer_rests_after_so_many_cards_and_goes_on_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_model(monkeypatch, care=Care(rest_after_cards=2, rest_minutes=1 / 60))
    async with workshop(tmp_path) as shop:
        begun = trio.current_time()
        jobs = [await shop.submit(selftest(f"t{n}")) for n in range(3)]
        await shop.until_printer("stopped", "resting")
        assert (shop.world.counter, (await shop.job(jobs[2]))["state"]) == (2, "pending")
        assert (await shop.until_job(jobs[2], "completed"))["attempt"] == 1
        assert trio.current_time() - begun > 1
        await shop.until_printer("idle")


async def test_a_days_duty_is_not_forgotten_by_a_restart_and_ends_with_the_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_model(monkeypatch, care=Care(cards_per_day=2))
    clock = Day()
    async with workshop(tmp_path, clock=clock) as shop:
        await printed(shop, 1)
    async with workshop(tmp_path, clock=clock) as shop:
        await printed(shop, 1)
        more = await shop.submit(selftest("more"))
        await shop.until_printer("stopped", "duty-reached")
    async with workshop(tmp_path, clock=clock) as shop:
        await shop.until_printer("stopped", "duty-reached")
        assert (await shop.job(more))["state"] == "pending"
        clock.ms += 86_400_000
        await shop.until_job(more, "completed")
        assert shop.world.counter == 3


async def test_a_units_own_duty_stands_in_the_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shops, "SECOND_PRINTER", shops.SECOND_PRINTER + "duty_cards_per_day = 1\n")
    async with workshop(tmp_path, printers=2) as shop:
        await printed(shop, 6)
        assert (shop.lines[0].world.counter, shop.lines[1].world.counter) in ((5, 1), (6, 0))


async def test_a_ribbon_that_cannot_finish_the_card_stops_before_the_intent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device is content, but three panels of five are left; the job keeps its place."""
    monkeypatch.setattr(evolis_link, "Supply", lambda name, left, new: Supply(name, left, new, per_card=5))
    async with workshop(tmp_path) as shop:
        await shop.until_printer("idle")
        claimed = trio.Event()

        async def runs_short_once_claimed() -> bool:
            if jobs and (await shop.job(jobs[0]))["state"] == "processing" and not claimed.is_set():
                shop.world.change_ribbon(3)
                claimed.set()
            return True

        jobs: list[str] = []
        shop.lines[0].gate = runs_short_once_claimed
        jobs += [answer["id"] for answer in await shop.client.submit([selftest("a"), selftest("b")])]
        with trio.fail_after(15):
            await claimed.wait()
        await shop.until_printer("stopped", "ribbon-too-short")
        assert await shop.events(jobs[0]) == ["submitted", "claimed", "returned"]
        assert (shop.world.counter, shop.world.feeder) == (0, 20)
        shop.world.change_ribbon(200)
        first, second = [await shop.until_job(job, "completed") for job in jobs]
        assert (first["attempt"], second["attempt"]) == (1, 1)
        assert first["changed_ms"] < second["changed_ms"], "it was still the first in line"
        await shop.until_printer("idle")


async def test_a_unit_that_stood_unused_is_advised_a_test_card_and_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_model(monkeypatch, care=Care(idle_days=30))
    clock = Day()
    async with workshop(tmp_path, clock=clock) as shop:
        await printed(shop, 1)
        await shop.until_printer("idle")
    clock.ms += 31 * 86_400_000
    async with workshop(tmp_path, clock=clock) as shop:
        await shop.until_printer("idle", "idle-too-long")
        await printed(shop, 1)
        await shop.until_printer("idle")


async def test_a_kia_job_for_a_ktp_unit_is_refused_at_admission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_model(monkeypatch, media=ACCOUNTABLE - {Stock.CARD_KIA})
    async with workshop(tmp_path) as shop:
        (answer,) = await shop.client.submit([job_of("kia-0-5", 1, "21.71.11")])
        assert answer["error"]["code"] == "media-not-allowed"
        assert all(word in answer["error"]["message"] for word in ("kia-0-5", "card-kia", "SGL-1"))
        assert (await shop.client.call("jobs", {}))["jobs"] == []


def test_a_ktp_unit_that_is_set_up_for_kia_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of_model(monkeypatch, media=ACCOUNTABLE - {Stock.CARD_KIA})
    path = write_config(tmp_path, 9100)
    path.write_text(path.read_text().replace('kinds = ["ktp", "selftest"]', 'kinds = ["ktp", "kia-0-5"]'))
    with pytest.raises(ConfigMismatchError, match=r"SGL-1: kinds: kia-0-5 needs card-kia.* card-ktp-wni, card-test"):
        check_backends(load(path))
    allowed = [("printer.SGL-1.media", '["card-ktp-wni", "card-kia"]')]
    check_backends(load(path, allowed))


async def test_a_fargo_is_a_ktp_unit_without_a_word_of_the_config(tmp_path: Path) -> None:
    """The model's own facts: no test lends it any."""
    path = write_config(tmp_path, 9100)
    text = path.read_text().replace('"evolis"', '"fargo"').replace('"primacy"', '"dtc4500e"')
    path.write_text(text)
    check_backends(load(path))
    path.write_text(text.replace('kinds = ["ktp", "selftest"]', 'kinds = ["ktp", "kia-0-5"]'))
    with pytest.raises(ConfigMismatchError, match="SGL-1: kinds: kia-0-5 needs card-kia"):
        check_backends(load(path))
    path.write_text(text)
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        addresses = await nursery.start(partial(serve, load(path), stop=stop))
        async with open_client(f"unix:{addresses.socket}", "t") as client:
            (answer,) = await client.submit([job_of("kia-0-5", 1, "21.71.11")])
            assert answer["error"]["code"] == "media-not-allowed"
        stop.set()
