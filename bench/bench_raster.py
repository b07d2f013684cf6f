"""The picture, stage by stage: what `Renderer.draw` costs for one card, and where."""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from spooler.ext import raster
from spooler.model.job import Content
from spooler.model.picture import Geometry
from spooler.render import Renderer, measure, missing_glyph

CARD = Geometry("evolis-primacy", 1016, 648, 300, 0.21, 0.44)
FIELDS = {
    "nik": "2171011708990001",
    "nama": "SITI CONTOH RAHMAWATI",
    "tempat_lahir": "BATAM",
    "tanggal_lahir": "1999-08-17",
    "jenis_kelamin": "PEREMPUAN",
    "golongan_darah": "O",
    "alamat": "JL. CONTOH NO. 12 BLOK C",
    "rt_rw": "001/002",
    "kel_desa": "SUNGAI LANGKAI",
    "kecamatan": "SAGULUNG",
    "agama": "ISLAM",
    "status_perkawinan": "BELUM KAWIN",
    "pekerjaan": "PELAJAR/MAHASISWA",
    "kewarganegaraan": "WNI",
    "berlaku_hingga": "SEUMUR HIDUP",
    "provinsi": "KEPULAUAN RIAU",
    "kota": "KOTA BATAM",
    "tempat_terbit": "KOTA BATAM",
    "tanggal_terbit": "2026-01-05",
}


def photo() -> bytes:
    """300x400, textured so that it weighs what a real one does."""
    image = Image.effect_noise((300, 400), 13).convert("RGB")
    ImageDraw.Draw(image).ellipse((90, 80, 210, 270), fill=(214, 168, 130))
    out = BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()


def signature() -> bytes:
    image = Image.new("L", (400, 175), 255)
    ImageDraw.Draw(image).line([(40, 130), (110, 40), (170, 130), (240, 40), (360, 130)], fill=0, width=5)
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


PHOTO, SIGNATURE = photo(), signature()


@pytest.mark.parametrize("specimen", [False, True], ids=["plain", "specimen"])
@pytest.mark.parametrize(
    "content",
    [Content(FIELDS), Content(FIELDS, PHOTO), Content(FIELDS, PHOTO, SIGNATURE)],
    ids=["text", "text+photo", "text+photo+signature"],
)
def test_draw(benchmark, content, specimen):
    renderer = Renderer(specimen=specimen)

    def draw():
        with renderer.draw("ktp", CARD, "ymcko", content):
            pass

    draw()  # compiles the plate
    benchmark(draw)


@pytest.mark.parametrize("level", raster.cpu_features())
def test_photo_kernel(benchmark, level):
    planes = [bytearray(CARD.width * CARD.height) for _ in "ymc"]
    pixels, scratch = bytearray(4 * 300 * 400), bytearray(32768)
    crop, box = (0, 12, 300, 375), (742, 163, 236, 295)
    raster.use_cpu(level)
    try:
        benchmark(raster.photo, pixels, 300, 400, crop, *planes, CARD.width, CARD.height, box, scratch)
    finally:
        raster.use_cpu()


def test_plate(benchmark):
    benchmark.pedantic(lambda: Renderer(specimen=True).plate("ktp", CARD, "ymcko"), rounds=5)


def test_admission_facts(benchmark):
    benchmark(lambda: (measure(PHOTO), measure(SIGNATURE), missing_glyph("ktp", FIELDS)))
