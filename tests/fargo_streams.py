"""Reference streams of HID's DTC4500e, and pictures as a printer's planes.

`fargo_ymcko.prn.gz` was written by a throw-away encoder that had been proven byte for byte on HID's own test jobs.
Those jobs show HID's artwork and are not ours to carry: name their folder in SPOOLER_REFSTREAMS (its `fargo/` is read),
or the tests that need them are skipped.
"""

import gzip
import os
from pathlib import Path

import pytest
from PIL import Image

from spooler.backends.simulator.fargo_decoder import Job, read
from spooler.model.picture import Geometry, Planes

DATA = Path(__file__).parent / "data"
#: HID's test jobs -> the ribbon
HID = {"K_STD": "K", "KO": "KO", "YMCKO": "YMCKO"}


def ours() -> bytes:
    """The colour card of tests/data, as YMCKO."""
    return gzip.decompress((DATA / "fargo_ymcko.prn.gz").read_bytes())


def hid(name: str) -> bytes:
    """One of HID's own jobs; skips the test where they are absent."""
    folder = os.environ.get("SPOOLER_REFSTREAMS")
    path = Path(folder or "") / "fargo" / f"hid_DTC4500e_{name}_Tst.prn.gz"
    if not folder or not path.exists():
        pytest.skip("HID's own test jobs are not here: name their folder in SPOOLER_REFSTREAMS")
    return gzip.decompress(path.read_bytes())


def planes_of(job: Job, geometry: Geometry, inks: str, side: int = 1) -> Planes:
    """A side of a decoded job as planes, byte for byte."""
    found = job.planes(side)
    return Planes(geometry, inks, tuple(bytearray(found[ink]) for ink in inks))


def planes_of_stream(stream: bytes, geometry: Geometry, inks: str) -> Planes:
    job, end = read(stream)
    assert end == len(stream)
    return planes_of(job, geometry, inks)


def colour_card(geometry: Geometry) -> Planes:
    """The colour card that `ours` was made from: 255 - RGB; K where all are 2 or less, without dye; full overlay."""
    with Image.open(DATA / "card_in.png") as image:
        pixels = image.convert("RGB").crop((0, 0, geometry.width, geometry.height)).tobytes()
    planes = Planes.blank(geometry, "ymcko")
    for at in range(geometry.width * geometry.height):
        red, green, blue = pixels[3 * at : 3 * at + 3]
        if max(red, green, blue) <= 2:
            planes["k"][at] = 255
        else:
            planes["y"][at], planes["m"][at], planes["c"][at] = 255 - blue, 255 - green, 255 - red
    planes["o"][:] = b"\xff" * len(planes["o"])
    return planes
