"""Ribbons that are not one full panel of each colour for one side: two sides, and half panels."""

import hashlib

import pytest
import trio
from PIL import Image

import running
from running import cards, ktp, printing_city, selftest
from test_cli_template import PACKAGED
from workshop import hurry, workshop


@pytest.fixture
def ribbon(monkeypatch):
    def put_in(name, render=""):
        text = running.CONFIG.replace('ribbon = "YMCKO"', f'ribbon = "{name}"')
        monkeypatch.setattr(running, "CONFIG", text.replace("specimen = true", f"specimen = false{render}"))

    return put_in


async def until(client, job, state):
    with trio.fail_after(20):
        found = await client.call("job", {"id": job})
        while found["state"] != state:
            found = await client.call("job", {"id": job, "wait_ms": 20_000, "version": found["version"]})
    return found


async def test_a_card_with_two_sides_comes_out_with_both(tmp_path, ribbon):
    ribbon("YMCKOK")
    async with printing_city(tmp_path) as (client, printer):
        (answer,) = await client.submit([selftest("T1")])
        await until(client, answer["id"], "completed")
    (card,) = cards(printer)
    with Image.open(printer / "000001.png") as front, Image.open(printer / "000001-back.png") as back:
        assert hashlib.sha256(front.tobytes()).hexdigest() == card["sha256"]
        assert front.tobytes() != back.tobytes()
        assert back.convert("L").histogram()[0] > 2000  # pixels of resin


async def test_a_card_whose_photo_a_half_panel_cannot_reach_is_held(tmp_path, ribbon, monkeypatch):
    """The template alone is within reach, so that the config is good; the photo lies at its other end."""
    hurry(monkeypatch)
    own = tmp_path / "own"
    own.mkdir()
    box = "\n[[box]]\nx=1\ny=1\nwidth=2\nheight=2\nink={c=90}\n"
    (own / "ktp.toml").write_text((PACKAGED / "ktp.toml").read_text() + box)
    ribbon("YMCKOS", '\ntemplates = "own"')
    async with workshop(tmp_path) as shop:
        job = await shop.until_job(await shop.submit(ktp(1)), "pending-held")
        assert job["reason"] == "marker-supply-wrong"
        assert shop.world.counter == 0
        await shop.until_job(await shop.submit(selftest("T2")), "completed")  # the others go on
