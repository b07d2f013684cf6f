"""A reader that is not ours reads the cards: Tesseract (Indonesian) name, NIK and address, zxing-cpp the QR.

They see the resin plane as it is printed at 300 dpi, enlarged to what a scanner at 600 dpi gives: a block of text at a
time, as its area stands in the template. Blanks are not counted, nor what Tesseract makes of the colon after a label
(sometimes a quotation mark, or nothing). Sans type draws some letters and digits alike, and Tesseract, which guesses
them from their neighbours, takes one for the other: those count as equal (ALIKE), but never in the NIK, which must be
read digit for digit. It is read as a raw line (--psm 13): as a laid-out line (--psm 7) Tesseract 5.3 itself doubles a
digit or puts a blank in one of some fifteen.
"""

import os
import re
import shutil
import subprocess
from functools import cache
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image, ImageChops

from spooler.backends.registry import family
from spooler.cli.people_of_kinds import job_of
from spooler.model.job import Content
from spooler.render import Renderer, Template, proof
from spooler.render.template import Area

CARD = family("evolis").models["primacy"].geometry
KINDS = ("ktp", "ktp-wna", "kia-0-5", "kia-5-17")
#: A dozen people of each kind; 6, 13 and 20 have long names, of 48 to 60 letters.
PEOPLE = (0, 1, 2, 3, 4, 5, 6, 8, 11, 13, 14, 20)
LABELS = {"nama": "Nama", "alamat": "Alamat", "rt_rw": "RT/RW", "kel_desa": "Kel/Desa", "kecamatan": "Kecamatan"}
ALIKE = str.maketrans("OIl|", "0111")


@cache
def _lacking() -> str:
    """Why Tesseract cannot be asked here; empty if it can."""
    if shutil.which("tesseract") is None:
        return "tesseract is not installed (apt install tesseract-ocr tesseract-ocr-ind)"
    languages = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=False).stdout
    return "" if "ind" in languages.split() else "tesseract has no Indonesian (apt install tesseract-ocr-ind)"


def read(image: Image.Image, *how: str) -> str:
    png = BytesIO()
    image.resize((image.width * 2, image.height * 2), Image.Resampling.BILINEAR).save(png, "PNG", compress_level=1)
    command = ["tesseract", "stdin", "stdout", "-l", "ind", "--dpi", "600", *how]
    environment = os.environ | {"OMP_THREAD_LIMIT": "1"}  # the tests run side by side already
    done = subprocess.run(command, input=png.getvalue(), capture_output=True, env=environment, check=True, timeout=60)
    return done.stdout.decode()


@cache
def renderer() -> Renderer:
    return Renderer(specimen=True, canvases=1)


def card(kind: str, n: int) -> tuple[dict[str, str], Template, Image.Image, Image.Image]:
    """A person's fields, the blocks of the card, its resin in black on white, and its proof."""
    job = job_of(kind, n, "21.71.11")
    content = Content(job["fields"], job.get("photo"), job.get("signature"))
    with renderer().draw(kind, CARD, "ymcko", content) as picture:
        resin = ImageChops.invert(Image.frombytes("L", (CARD.width, CARD.height), bytes(picture.planes["k"])))
        return job["fields"], renderer().template(kind, content), resin, proof(picture.planes)


def cut(image: Image.Image, area: Area) -> Image.Image:
    """The area with a millimetre of paper around it."""
    left, top = CARD.x(area.x - 1), CARD.y(area.y - 1)
    return image.crop(tuple(map(round, (left, top, CARD.x(area.right + 1), CARD.y(area.bottom + 1)))))


def squeezed(text: str) -> str:
    return "".join(text.split()).translate(ALIKE)


@pytest.mark.parametrize("n", PEOPLE)
@pytest.mark.parametrize("kind", KINDS)
def test_tesseract_reads_name_nik_and_address(kind, n):
    if _lacking():
        pytest.skip(_lacking())
    fields, template, resin, _ = card(kind, n)
    areas = {text.name: text.area for text in template.texts}
    digits = read(cut(resin, areas["nik"]), "--psm", "13", "-c", "tessedit_char_whitelist=0123456789")
    assert digits.strip() == fields["nik"]
    blocks = [areas[name] for name in ("child", "data") if name in areas]
    text = "".join(read(cut(resin, area), "--psm", "6") for area in blocks)
    for field, label in LABELS.items():
        line = re.escape(squeezed(label)) + "[:\"']?" + re.escape(squeezed(fields[field]))
        assert re.search(line, squeezed(text)), f"{field}, {fields[field]}, is not read back:\n{text}"


@pytest.mark.parametrize("kind", ["kia-0-5", "kia-5-17"])
def test_the_qr_is_read_from_the_resin_and_from_the_whole_card(kind):
    for n in PEOPLE:
        fields, template, resin, whole = card(kind, n)
        if "tte" not in fields:
            assert not template.qrs
            continue
        (block,) = template.qrs
        for image in (cut(resin, block.area), whole):
            assert [code.text for code in zxingcpp.read_barcodes(image)] == [fields["tte"]]
