"""Day sheets for the tests of the papers: invented, with amounts that can be told apart on a page."""

import hashlib
from typing import Any

import pypdfium2
from attrs import evolve
from PIL import Image

from spooler.model.daysheet import STAGES, DaySheet, Line, Spoiled

HEAD = hashlib.sha256(b"a ledger's end").hexdigest()
CLOSED_MS = 1_795_512_900_123  # 2026-11-24 16.35 WIB
NAMES = (
    "Belakang Padang", "Batu Ampar", "Sekupang", "Nongsa", "Bulang", "Lubuk Baja", "Sei Beduk", "Galang", "Bengkong",
    "Batam Kota", "Sagulung", "Batu Aji",
)  # fmt: skip


def line(stock: str = "card-ktp-wni", **changed: Any) -> Line:
    """Counted and equal, every amount another."""
    made = Line(
        stock, 1250, 517, 186, (11, 12, 13, 14), test=15, outside=16, returned=23, destroyed=24, counter_delta=241,
        panels=1205, arrived=27, sent=27, on_the_way=28, missed=2,
    )  # fmt: skip
    made = evolve(made, **changed)
    return made if "counted" in changed else evolve(made, counted=made.closing)


def sheet(number: int = 3, **changed: Any) -> DaySheet:
    """The closed day of one of Batam's twelve sites."""
    made = DaySheet(
        node="batam",
        site=f"21.71.{number:02}",
        site_name=NAMES[number - 1],
        city="Kota Batam",
        province="Kepulauan Riau",
        day="2026-11-24",
        lines=(line(),),
        spoiled=(),
        closed_by="petugas-03",
        closed_ms=CLOSED_MS,
        chain="batam-7",
        n=48_211,
        head=HEAD,
    )
    return evolve(made, **changed)


def blank(number: int) -> Spoiled:
    """A spoilt blank; every fifth never had a job."""
    job = None if number % 5 == 0 else f"01JD8K3M0QZ4{number:04}"
    label = None if job is None else f"SKP-{number:04}"
    uid, at = f"04A2{number:010X}", CLOSED_MS + number * 60_000
    stock = ("card-ktp-wni", "card-kia")[number % 2]
    return Spoiled(stock, job, label, uid, STAGES[number % 4], "ribbon-creased", "petugas-03", at)


def texts(pdf: bytes) -> list[str]:
    """What another program reads on each page."""
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]


def pictures(pdf: bytes, dpi: int = 150) -> list[Image.Image]:
    """What it looks like."""
    return [page.render(scale=dpi / 72).to_pil().convert("L") for page in pypdfium2.PdfDocument(pdf)]
