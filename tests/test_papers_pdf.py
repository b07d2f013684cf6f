"""The papers as another program (pdfium) reads and draws them: every amount, the QR, the pages, the same bytes."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pypdfium2
import pytest
import zxingcpp
from attrs import evolve
from PIL import Image, ImageOps

from paper_sheets import HEAD, blank, line, pictures, sheet, texts
from spooler.model.citysheet import merge
from spooler.model.daysheet import DaySheet, Line
from spooler.papers import city_pdf, daily_pdf, destruction_pdf

LANGUAGES: tuple[Literal["id", "en"], ...] = ("id", "en")
MOST = 999_999_999
#: Twelve stocks, each with the longest amounts, and more to say than any page holds.
FULLEST = sheet(
    lines=tuple(
        Line(f"ribbon-YMCKO-SERIAL-{at:012}", *[MOST] * 3, (MOST,) * 4, *[MOST] * 8)  # type: ignore[arg-type]
        for at in range(12)
    ),
    site_name="KEPULAUAN " * 6,
    city="KABUPATEN ADMINISTRASI KEPULAUAN SERIBU",
    closed_by="p" * 64,
    corrections=tuple(f"2026-11-23 card-ktp-wni: good +{at} " + "and why " * (at % 3 * 8) for at in range(1, 61)),
    incidents=tuple(f"two-cards 01JD-8K3M-{at:04}" for at in range(1, 61)),
    chain="n" * 60,
)


def words(page: str) -> list[str]:
    return page.split()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_amount_of_the_day_stands_on_the_page(language: Literal["id", "en"]) -> None:
    wni, kia = line(counted=1450, doubts=3, opening=12_345), line("card-kia", counted=None, panels=None, opening=7_001)
    (page,) = texts(daily_pdf(sheet(lines=(wni, kia)), language))
    mark = "." if language == "id" else ","
    found = words(page)
    for amount in ("517", "186", "11", "12", "13", "14", "15", "16", "23", "24", "241"):
        assert found.count(amount) >= 2, amount  # once for each stock
    for number in (12_345, 7_001, wni.closing, kia.closing, 1450, 1205):
        assert f"{number:,}".replace(",", mark) in found
    assert wni.gap is not None
    assert f"{wni.gap:,}".replace(",", mark) in found
    assert found.count("3") == 1
    assert found.count("–") == 3  # of the KIA: counted, gap and panels are not known


def test_the_page_says_where_when_and_who() -> None:
    (page,) = texts(daily_pdf(sheet(corrections=("2026-11-23 card-kia: good +1",), incidents=("two-cards 01JD",))))
    for said in (
        "PROVINSI KEPULAUAN RIAU", "KOTA BATAM", "LAPORAN HARIAN BLANGKO", "Selasa, 24 November 2026",
        "21.71.03 Sekupang", "petugas-03, 24-11-2026 16.35 WIB", "• 2026-11-23 card-kia: good +1", "• two-cards 01JD",
        "Yang menghitung", "Mengetahui", "Rantai batam-7", "48.211", "halaman 1 dari 1", "KTP-el WNI",
    ):  # fmt: skip
        assert " ".join(said.split()) in " ".join(words(page)), said
    groups = [HEAD[at : at + 8] for at in range(0, 64, 8)]
    assert " ".join(groups) in " ".join(words(page))
    (english,) = texts(daily_pdf(sheet(utc_offset_hours=9), "en"))
    assert "Tuesday, 24 November 2026" in english
    assert "24-11-2026 18:35 WIT" in english


def test_an_open_day_says_so() -> None:
    made = evolve(sheet(), closed_by=None, closed_ms=None, head="", chain="", n=0)
    (page,) = texts(daily_pdf(made))
    assert "HARI INI BELUM DITUTUP" in page
    assert "Buku besar masih kosong" in page
    assert "HARI INI BELUM DITUTUP" not in texts(daily_pdf(sheet()))[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fullest_day_is_one_page_and_loses_nothing_silently(language: Literal["id", "en"]) -> None:
    pdf = daily_pdf(FULLEST, language)
    (page,) = texts(pdf)
    joined = "".join(words(page))
    for at in range(12):
        assert f"ribbon-YMCKO-SERIAL-{at:012}" in joined
    most = f"{MOST:,}".replace(",", "." if language == "id" else ",")
    assert joined.count(most) >= 12 * 14
    assert joined.count(f"{FULLEST.lines[0].closing:,}".replace(",", most[3])) == 12
    assert "KEPULAUAN" * 6 in joined
    for kind, every in (("good \\+", FULLEST.corrections), ("two-cards 01JD-8K3M-", FULLEST.incidents)):
        shown = re.findall(f"{kind}([0-9]+)", page)
        left = re.findall("… (?:dan|and) ([0-9]+) (?:lagi|more)", page)
        assert [int(number) for number in shown] == list(range(1, len(shown) + 1))
        assert str(len(every) - len(shown)) in left
        assert len(shown) >= 3
    (picture,) = pictures(pdf)
    assert frame_is_white(picture)


def frame_is_white(picture: Image.Image, millimetres: float = 6) -> bool:
    """Whether nothing is printed where an office printer cannot print."""
    edge = round(millimetres / 25.4 * 150)
    inked = ImageOps.invert(picture).point(lambda grey: 255 if grey > 16 else 0).getbbox()
    assert inked is not None
    return (
        inked[0] >= edge and inked[1] >= edge and inked[2] <= picture.width - edge and inked[3] <= picture.height - edge
    )


@pytest.mark.parametrize("made", [sheet(), FULLEST], ids=["plain", "fullest"])
@pytest.mark.parametrize("dpi", [150, 300])
def test_the_qr_says_the_ledgers_head(made: DaySheet, dpi: int) -> None:
    (picture,) = pictures(daily_pdf(made), dpi)
    (code,) = zxingcpp.read_barcodes(picture)
    assert code.text == f"ktp-ledger-head-1 {made.site} {made.day} {made.chain} {made.n} {HEAD}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [0, 1, 3, 15, 16, 17, 18, 19, 20, 40, 41, 400])
def test_the_destruction_list_holds_each_blank_once_and_is_signed_below_its_end(
    count: int, language: Literal["id", "en"]
) -> None:
    blanks = tuple(blank(number) for number in range(1, count + 1))
    pages = texts(destruction_pdf([sheet(spoiled=blanks)], language))
    joined = " ".join(" ".join(words(page)) for page in pages)
    assert re.findall("04A2[0-9A-F]{10}", joined) == [one.uid for one in blanks]
    assert re.findall("01JD-8K3M-0QZ4-[0-9]{4}", joined) == [
        f"01JD-8K3M-0QZ4-{number:04}" for number in range(1, count + 1) if number % 5
    ]
    counts = [re.findall("halaman ([0-9]+) dari ([0-9]+)|page ([0-9]+) of ([0-9]+)", page) for page in pages]
    numbers = [tuple(filter(None, found)) for (found,) in counts]
    assert numbers == [(str(at), str(len(pages))) for at in range(1, len(pages) + 1)]
    sign = "Saksi" if language == "id" else "Witness"
    assert [page.count(sign) for page in pages] == [0] * (len(pages) - 1) + [3]
    assert len(re.findall("04A2[0-9A-F]{10}", pages[-1])) >= min(count, 3)
    assert len(re.findall("UID", joined)) == (0 if not count else len(pages) - (0 if "UID" in pages[0] else 1))


def test_the_destruction_list_of_several_sites_and_days() -> None:
    sheets = [sheet(3, spoiled=(blank(1), blank(2))), sheet(4, day="2026-11-20", spoiled=(blank(3),))]
    page = " ".join(words(texts(destruction_pdf(sheets))[0]))
    assert "memusnahkan 3 keping blangko rusak dari 2 lokasi, 20 November 2026 s.d. 24 November 2026" in page
    assert "KTP-el WNI 0 0 1 0 1" in page
    assert "KIA 0 1 0 1 2" in page
    assert "Semua 0 1 1 1 3" in page
    with pytest.raises(ValueError, match="at least one"):
        destruction_pdf([])


def test_the_citys_paper_has_a_line_per_site_the_sums_and_all_that_wants_an_eye() -> None:
    sites = [sheet(at, lines=(line(opening=1250 + at), line("card-kia")), head=f"{at:064x}") for at in range(1, 13)]
    sites[4] = evolve(sites[4], lines=(line(counted=1400), line("card-kia", doubts=2)), incidents=("gap -53",))
    city = merge(sites)
    pages = texts(city_pdf(city))
    joined = " ".join(" ".join(words(page)) for page in pages)
    for made in sites:
        assert joined.count(f"{made.site} {made.site_name}") == 3 + (3 if made is sites[4] else 0)
        assert made.head in joined
    assert f"Jumlah {city.totals[0].opening:,} {12 * 517:,}".replace(",", ".") in joined
    for notice in ("KTP-el WNI: selisih -53", "KIA: belum pasti 2", "kejadian: gap -53"):
        assert f"21.71.05 Bulang {notice}" in joined
    assert "Perlu perhatian (3)" in joined
    quiet = " ".join(words("".join(texts(city_pdf(merge(sites[:4]), "en")))))
    assert "every stock counted and equal" in quiet


def every_paper() -> Iterator[bytes]:
    made = sheet(spoiled=tuple(blank(number) for number in range(1, 30)))
    for language in LANGUAGES:
        yield daily_pdf(made, language)
        yield destruction_pdf([made], language)
        yield city_pdf(merge([made, sheet(4)]), language)


def test_nothing_is_printed_where_a_printer_cannot() -> None:
    for pdf in every_paper():
        assert all(map(frame_is_white, pictures(pdf)))


def test_the_fonts_are_in_the_file() -> None:
    for pdf in every_paper():
        names = re.findall(rb"/BaseFont /([^\s/]+)", pdf)
        assert names
        assert all(b"+Liberation" in name for name in names), names
        assert pdf.count(b"/FontFile2") == len(set(names))


def test_the_same_sheet_gives_the_same_bytes_and_no_clock_is_in_them() -> None:
    program = "import hashlib, test_papers_pdf as t; print(*(hashlib.sha256(p).hexdigest() for p in t.every_paper()))"
    folder = Path(__file__).parent
    run = [
        subprocess.run(
            [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); {program}"],
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone}, capture_output=True, text=True, check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Jayapura"))
    ]  # fmt: skip
    assert run[0] == run[1]
    document = pypdfium2.PdfDocument(daily_pdf(sheet()))
    assert {document.get_metadata_value(key) for key in ("CreationDate", "ModDate")} == {"D:20261124163500"}
    assert document.get_metadata_value("Title") == "LAPORAN HARIAN BLANGKO 21.71.03 2026-11-24"
