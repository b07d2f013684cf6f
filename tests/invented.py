"""Invented people and drawn pictures for the tests of the picture. Nobody here exists."""

from io import BytesIO

from PIL import Image, ImageDraw

from spooler.model.job import Content
from spooler.model.picture import Geometry

CARD = Geometry("evolis-primacy", 1016, 648, 300, 0.21, 0.44)

#: From the country's list of villages: the longest, and those with marks in them.
VILLAGES = (
    "Kampuang Tanjuang Koto Mambang Sungai Durian",
    "Padang Kandang Pulau Air Padang Bintungan",
    "Tj. Haro Sikabu-kabu Pd. Panjang",
    "Matang Glumpang Dua Mns. Timu (X)",
    "Jinang Kampung Pansur Ampang Pulai",
    "III Koto Aur Malintang Selatan",
    "Barung-Barung Balantai Selatan",
)

FIELDS = {
    "nik": "2171011708990001",
    "nama": "BUDI SANTOSO",
    "tempat_lahir": "BATAM",
    "tanggal_lahir": "1999-08-17",
    "jenis_kelamin": "LAKI-LAKI",
    "golongan_darah": "O",
    "alamat": "JL. CONTOH NO. 12",
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


def photo(width: int = 300, height: int = 400, ground: tuple[int, int, int] = (200, 30, 30)) -> bytes:
    """A JPEG of a drawn head and shoulders."""
    image = Image.new("RGB", (width, height), ground)
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.08, height * 0.72, width * 0.92, height * 1.4), fill=(40, 60, 90))
    draw.ellipse((width * 0.28, height * 0.2, width * 0.72, height * 0.68), fill=(214, 168, 130))
    draw.pieslice((width * 0.26, height * 0.15, width * 0.74, height * 0.6), 180, 360, fill=(30, 24, 22))
    out = BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


def signature(width: int = 400, height: int = 175, mode: str = "L") -> bytes:
    """A PNG of a drawn flourish."""
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    points = [(width * (0.1 + 0.8 * t / 7), height * (0.25 if t % 2 else 0.75)) for t in range(8)]
    draw.line(points, fill=0, width=max(3, width // 80), joint="curve")
    if mode == "RGBA":
        ink = Image.new("RGBA", image.size, (0, 0, 0, 0))
        ink.putalpha(image.point(lambda grey: 255 - grey))
        image = ink
    elif mode != "L":
        image = image.convert(mode)
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def person(**changed: str) -> Content:
    """The usual person with some fields changed."""
    return Content({**FIELDS, **changed}, photo(), signature())
