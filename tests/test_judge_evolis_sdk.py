"""The vendor's own SDK as the judge: its streams are ours, and it prints on our simulated printer and is satisfied.

It is a program of its own in `.judges` (`make judges`); without it these tests are skipped.
"""

import json
import re
import subprocess
from functools import partial
from pathlib import Path

import pytest
import trio
from PIL import Image

from language_contract import joined
from spooler.backends.evolis import FAMILY
from spooler.backends.evolis_container import RELEASE
from spooler.backends.simulator.evolis import serve
from spooler.backends.simulator.world import World
from spooler.model.picture import Picture, Plate
from vendor_separation import separate

ROOT = Path(__file__).parents[1]
DATA = Path(__file__).parent / "data"
PYTHON = ROOT / ".judges" / "bin" / "python"
SCRIPT = Path(__file__).parent / "judges" / "evolis_sdk.py"
SECONDS = 60

pytestmark = pytest.mark.skipif(
    not list(ROOT.glob(".judges/lib/python*/site-packages/evolis")), reason="no vendor's SDK here: make judges"
)


def judge(*words):
    """What the SDK says; it has a process of its own, since it is native code that can fall over."""
    command = [PYTHON, "-P", SCRIPT, *words]
    ended = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=SECONDS, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def gradient():
    """Colour in all of its amounts, and no resin: a picture that lies beside no reference stream."""
    across = Image.linear_gradient("L").resize((1016, 648))
    return Image.merge("RGB", (across, across.rotate(180), across.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))


@pytest.fixture
def bitmap(tmp_path):
    """The SDK reads BMP and nothing else."""

    def save(name):
        path = tmp_path / f"{name}.bmp"
        if name == "gradient":
            gradient().save(path)
        else:
            with Image.open(DATA / f"{name}.png") as image:
                image.convert("RGB").save(path)
        return path

    return save


@pytest.mark.parametrize(
    ("model", "ribbon", "pictures"),
    [
        ("primacy", "YMCKO", ["card_in"]),
        ("primacy", "YMCKO", ["gradient"]),
        ("primacy", "YMCKOK", ["card_in", "back_in"]),
        ("zenius", "YMCKO", ["card_in"]),
        ("zenius", "YMCKO", ["gradient"]),
        ("zenius", "YMCKOS", ["window_in"]),
        ("elypso", "YMCKO", ["window_in"]),
        ("elypso", "KO", ["back_in"]),
    ],
)
def test_its_stream_is_ours(bitmap, tmp_path, model, ribbon, pictures):
    out = tmp_path / "out.prn"
    paths = [bitmap(name) for name in pictures]
    assert judge("file", model, ribbon, out, *paths) == {"returned": "OK"}
    stream = out.read_bytes()
    language = FAMILY.language(model, ribbon)
    faces = []
    for path, inks in zip(paths, (language.model.inks[ribbon], language.model.back_inks.get(ribbon)), strict=False):
        with Image.open(path) as image:
            planes = separate(image, language.model.geometry, inks)
        plate = Plate(path.stem, planes)
        faces.append((language.compile(plate), Picture(plate, planes, ())))
    time = int(re.search(rb"Ppws;(\d+)", stream)[1])
    card = language.splice(*faces[0], time, faces[1] if faces[1:] else None)
    assert joined(card) + RELEASE == stream


@pytest.mark.parametrize(
    ("model", "number", "ribbon", "picture"),
    [("primacy", 7, "YMCKO", "card_in"), ("zenius", 17, "YMCKO", "back_in"), ("primacy", 7, "KBLACK", "back_in")],
)
async def test_it_prints_on_the_simulated_printer_and_is_satisfied(
    nursery, bitmap, tmp_path, model, number, ribbon, picture
):
    world = World(tmp_path / "world", "SIM-7", feeder=3)
    out = trio.Event()
    world.on_moment = lambda moment: out.set() if moment == "out" else None
    port = await nursery.start(partial(serve, world, dwell_seconds=0.1, model=model))
    path = bitmap(picture)
    uri = f"socket://127.0.0.1:{port}?modelId={number}&type=evolis"
    with trio.fail_after(SECONDS):
        said = await trio.to_thread.run_sync(judge, "print", uri, ribbon, path)
        assert said["returned"] == "OK"
        assert (said["state"], said["serial"], said["ribbon"]) == ("READY", "SIM-7", "300")
        assert said["model"] == f"Evolis {model.title()}"
        await out.wait()
    assert world.counter == 1
    with Image.open(tmp_path / "world" / "000001.png") as card, Image.open(path) as asked:
        assert card.convert("RGB").tobytes() == asked.tobytes()
