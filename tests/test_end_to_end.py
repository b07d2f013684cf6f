"""One citizen's card through every room: socket, store, lane, render, language, TCP, simulator, verdict, watcher."""

from pathlib import Path

import pytest
import trio
from PIL import Image, ImageChops

from running import SITE, cards, ktp, printing_city, selftest
from spooler.backends.registry import family
from spooler.model.job import Content
from spooler.model.picture import Tone
from spooler.render import Renderer, proof

TONE = Tone("warm", yellow=((0, 0), (128, 90), (255, 250)))
TONED = ('[[tone]]\nname = "warm"\nyellow = [[0, 0], [128, 90], [255, 250]]',)


@pytest.mark.parametrize("tone", [None, TONE], ids=["straight", "toned"])
async def test_a_card_goes_the_whole_way_and_the_decoded_picture_is_the_proof(
    tmp_path: Path, tone: Tone | None
) -> None:
    raw = ktp(1)
    extra, overrides = (TONED, [("printer.SGL-1.tone", "warm")]) if tone else ((), [])
    async with printing_city(tmp_path, *extra, overrides=overrides) as (client, printer):
        watch = client.watch(cursor="", entries=True)
        (answer,) = await client.submit([raw])
        assert answer["state"] == "pending"
        assert answer["number"] == "SGL-0001"
        done = await client.call("job", {"id": answer["id"], "wait_ms": 30_000})
        assert (done["state"], done["printer"]) == ("completed", "SGL-1")

        events = []
        async with watch as notes:
            async for note in notes:
                events += [entry[3] for entry in note.params["entries"]]
                if "printed" in events:
                    break
        assert [e for e in events if e in ("submitted", "claimed", "intended", "printed")] == [
            "submitted", "claimed", "intended", "printed",
        ]  # fmt: skip

    (card,) = cards(printer)
    assert card["counter"] == 1
    with Image.open(printer / "000001.png") as decoded:
        geometry = family("evolis").models["primacy"].geometry
        content = Content(raw["fields"], raw["photo"], raw["signature"])
        with Renderer(specimen=True, canvases=1).draw("ktp", geometry, "ymcko", content, tone=tone) as picture:
            assert ImageChops.difference(decoded.convert("RGB"), proof(picture.planes)).getbbox() is None


async def test_jobs_are_printed_once_each_in_order(tmp_path: Path) -> None:
    async with printing_city(tmp_path) as (client, printer):
        answers = await client.submit([selftest(f"t{i}") for i in range(5)])
        again = await client.submit([selftest("t3")])
        assert again[0] == answers[3] | {"repeat": True, "state": again[0]["state"]}
        with trio.fail_after(30):
            for answer in answers:
                await client.call("job", {"id": answer["id"], "wait_ms": 30_000})
        assert len(cards(printer)) == 5
        page = await client.call("jobs", {"site": SITE, "state": "completed"})
        assert [job["id"] for job in page["jobs"]] == [answer["id"] for answer in answers]
