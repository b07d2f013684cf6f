"""Golden pictures: every packaged template on three printers' geometries, with the variants that change its layout.

Of each card tests/golden has the resin plane, pixel for pixel, and the three dyes as they look together, at a tenth
of the size. They hold for the locked Pillow and Debian's libjpeg-turbo. A difference is shown in a folder that the
failure names; where it is meant, `GOLDEN=rewrite` writes them anew (tests/golden/README.md).
"""

import os
import tempfile
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image, ImageChops

from spooler.backends.registry import family
from spooler.cli.people_of_kinds import job_of
from spooler.cli.samples import sample
from spooler.model.job import Content
from spooler.model.kinds import KINDS
from spooler.model.picture import Geometry, Planes
from spooler.render import Renderer, Template, load_template, proof

GOLDEN = Path(__file__).parent / "golden"
TEMPLATES = Path(__file__).parents[1] / "spooler/render/templates"
SMALLER = 10
#: Levels of 255 by which a photo may differ, after the averaging: JPEG decoders differ by one between instruction sets.
PHOTO_LEVELS = 2
LONG_NAME = {"nama": "MUHAMMAD ABDURRAHMAN SULAIMAN KUSUMAWARDHANA DININGRAT PUTRA"}
TTE = {"tte": "https://tte.contoh.example/v/" + "0123456789abcdef" * 2}


def _bled(name: str, width: int, height: int) -> Geometry:
    """So many pixels at 300 dpi, the card in their middle."""
    return Geometry(name, width, height, 300, (width * 25.4 / 300 - 85.60) / 2, (height * 25.4 / 300 - 53.98) / 2)


#: A printer that prints the card exactly, and one that prints over its edges (DOMAIN.md 2.7).
GEOMETRIES = {
    "evolis": family("evolis").models["primacy"].geometry,
    "id-1": Geometry("id-1", 1011, 638, 300, 0.0, 0.0),
    "fargo": _bled("fargo", 1036, 662),
}


class Case(NamedTuple):
    """A card: `n`, an invented person's number; `fields` in place of theirs; `without`: a picture or field less."""

    kind: str
    n: int = 0
    fields: dict[str, str] = {}  # noqa: RUF012  # never changed
    without: str = ""
    side: str = "front"
    preprinted: bool = False

    def content(self) -> Content:
        if self.kind == "selftest":
            return sample(KINDS[self.kind])
        job = job_of(self.kind, self.n, "21.71.11")
        fields = {name: value for name, value in (job["fields"] | self.fields).items() if name != self.without}
        return Content(fields, job.get("photo"), None if self.without == "signature" else job.get("signature"))


CASES = {
    "ktp": Case("ktp"),
    "ktp-long-unsigned": Case("ktp", 1, LONG_NAME, "signature"),
    "ktp-preprinted": Case("ktp", 2, preprinted=True),
    "ktp-wna": Case("ktp-wna", 1),
    "kia-0-5-qr": Case("kia-0-5", 2),
    "kia-0-5-signed-long": Case("kia-0-5", 3, LONG_NAME, "nomor_akta"),
    "kia-0-5-preprinted": Case("kia-0-5", 4, preprinted=True),
    "kia-5-17-qr-long": Case("kia-5-17", 4, LONG_NAME),
    "kia-5-17-signed": Case("kia-5-17", 5),
    "kia-5-17-both": Case("kia-5-17", 7, TTE, "nomor_akta"),
    "selftest": Case("selftest"),
    "selftest-back": Case("selftest", side="back"),
}


@cache
def renderer(preprinted: bool) -> Renderer:
    """With the packaged templates, or with them for blanks that have all labels on them already."""
    own = {kind: _without_labels(kind) for kind in ("ktp", "kia-0-5")} if preprinted else None
    return Renderer(specimen=True, canvases=1, plates=1, templates=own)


def _without_labels(kind: str) -> Template:
    text = (TEMPLATES / f"{KINDS[kind].template}.toml").read_text(encoding="utf-8")
    return load_template(text.replace("[[text]]\n", '[[text]]\nstatic_text = "preprinted"\n'), KINDS[kind])


def _resin(planes: Planes) -> Image.Image:
    """Black where there is resin, 1 bit."""
    size = (planes.geometry.width, planes.geometry.height)
    return ImageChops.invert(Image.frombytes("L", size, bytes(planes["k"]))).convert("1", dither=Image.Dither.NONE)


def _dyes(planes: Planes) -> Image.Image:
    """What the dyes look like without the resin, smaller."""
    return proof(Planes(planes.geometry, "ymc", planes.buffers[:3])).reduce(SMALLER)


@pytest.mark.parametrize(("where", "what"), list(product(GEOMETRIES, CASES)))
def test_the_picture_is_the_golden_one(where, what):
    case, geometry = CASES[what], GEOMETRIES[where]
    draws, content = renderer(case.preprinted), case.content()
    with draws.draw(case.kind, geometry, "ymcko", content, side=case.side) as picture:
        resin, dyes = _resin(picture.planes), _dyes(picture.planes)
    photo = draws.template(case.kind, content, side=case.side).photo
    allowed = Image.new("L", dyes.size, 0)
    if photo is not None:
        area = photo.area
        box = (geometry.x(area.x), geometry.y(area.y), geometry.x(area.right), geometry.y(area.bottom))
        left, top, right, bottom = (round(edge) for edge in box)
        allowed.paste(PHOTO_LEVELS, (left // SMALLER, top // SMALLER, -(-right // SMALLER), -(-bottom // SMALLER)))
    faults = [
        *compare(f"{where}-{what}-k", resin),
        *compare(f"{where}-{what}-dyes", dyes, lambda difference: ImageChops.subtract(difference, allowed)),
    ]
    assert not faults, "\n".join(faults)


def compare(
    name: str, new: Image.Image, beyond: Callable[[Image.Image], Image.Image] = lambda difference: difference,
    folder: Path = GOLDEN,
) -> list[str]:  # fmt: skip
    """What differs from the golden picture, in words; `beyond` takes away from a grey difference what may differ."""
    path = folder / f"{name}.png"
    if os.environ.get("GOLDEN") == "rewrite":
        new.save(path, optimize=True)
        return []
    if not path.exists():
        return [f"{path.name} is not there: GOLDEN=rewrite makes it (tests/golden/README.md)"]
    with Image.open(path) as file:
        old = file.convert("RGB")
    fresh = new.convert("RGB")
    if old.size != fresh.size:
        return [f"{path.name} has {old.size} pixels, the card {fresh.size}; {_show(name, old, fresh)}"]
    bands = ImageChops.difference(old, fresh).split()
    difference = beyond(ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2]))
    box = difference.getbbox()
    if box is None:
        return []
    left, top, right, bottom = box
    histogram = difference.histogram()
    most = max(level for level, count in enumerate(histogram) if count)
    return [
        f"{path.name} differs in {sum(histogram[1:])} pixels, by {most} of 255 at most, all within x {left} to"
        f" {right - 1}, y {top} to {bottom - 1}; {_show(name, old, fresh)}"
    ]


def _show(name: str, old: Image.Image, new: Image.Image) -> str:
    """Write what was drawn, and golden, new and difference side by side; says where."""
    folder = Path(tempfile.mkdtemp(prefix="golden-"))
    new.save(folder / f"{name}.png")
    difference = ImageChops.invert(ImageChops.difference(old, new.crop((0, 0, *old.size))))
    sheet = Image.new("RGB", (2 * old.width + max(old.width, new.width) + 20, max(old.height, new.height)), "grey")
    for place, image in enumerate((old, new, difference)):
        sheet.paste(image, (place * (old.width + 10), 0))
    sheet.save(folder / f"{name}-golden-new-difference.png")
    return f"see {folder}"


def test_no_golden_picture_is_of_a_card_that_is_no_more():
    wanted = {f"{where}-{what}-{part}.png" for where, what in product(GEOMETRIES, CASES) for part in ("k", "dyes")}
    files = {path.name: path.stat().st_size for path in GOLDEN.glob("*.png")}
    assert files.keys() == wanted
    assert sum(files.values()) < 450_000, "they are cloned with the code"


def test_a_difference_is_told_with_its_place_and_amount(tmp_path, monkeypatch):
    monkeypatch.delenv("GOLDEN", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old = Image.new("RGB", (60, 40), "white")
    old.save(tmp_path / "card.png")
    assert compare("card", old, folder=tmp_path) == []
    new = old.copy()
    new.paste((255, 250, 255), (7, 9, 10, 11))
    (fault,) = compare("card", new, folder=tmp_path)
    assert "card.png differs in 6 pixels, by 5 of 255 at most, all within x 7 to 9, y 9 to 10" in fault
    folder = Path(fault.split("see ")[1])
    with Image.open(folder / "card.png") as shown, Image.open(folder / "card-golden-new-difference.png") as sheet:
        assert ImageChops.difference(shown, new).getbbox() is None
        assert sheet.size == (200, 40)
    assert compare("card", new, lambda grey: grey.point(lambda level: max(0, level - 5)), tmp_path) == []
    assert "60, 40" in compare("card", new.crop((0, 0, 50, 50)), folder=tmp_path)[0]
    assert "is not there" in compare("other", new, folder=tmp_path)[0]
