"""`spooler report --merge`: the city's files from the sites' files, or one sentence that names file and line."""

import subprocess
import sys
from pathlib import Path

import pytest

from paper_sheets import line, sheet, texts
from spooler.cli import main
from spooler.model.citysheet import merge
from spooler.papers import city_csv, daily_csv


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two sites' sheets, as they came."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    Path("nongsa.csv").write_bytes(daily_csv(sheet(4, lines=(line(counted=1449, doubts=1),))))
    Path("galang.csv").write_bytes(daily_csv(sheet(8)))
    return tmp_path


def test_it_writes_both_files_and_shows_the_sum(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--merge", "nongsa.csv", "galang.csv", "-o", "city.csv", "--pdf", "city.pdf"]) == 0
    city = merge([sheet(4, lines=(line(counted=1449, doubts=1),)), sheet(8)])
    assert (folder / "city.csv").read_bytes() == city_csv(city)
    assert "LAPORAN HARIAN BLANGKO KOTA" in texts((folder / "city.pdf").read_bytes())[0]
    said = capsys.readouterr().out
    assert "Kota Batam, 2026-11-24, 2 sites" in said
    sums = next(text.split() for text in said.splitlines() if "card-ktp-wni" in text)
    assert sums == ["card-ktp-wni", "2500", "1034", "372", "100", "156", "2906", "2902", "-4", "1", "56", "4"]
    assert "KTP-el, citizen: gap -4" in said
    assert "KTP-el, citizen: open doubts 1" in said


def test_the_paper_is_english_where_asked(folder: Path) -> None:
    assert main(["report", "--merge", "galang.csv", "--pdf", "city.pdf", "--lang", "en"]) == 0
    assert "DAILY SHEET OF BLANK CARDS, ALL SITES" in texts((folder / "city.pdf").read_bytes())[0]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("note.csv", b"halo;apa kabar\r\n", "note.csv:1: the header row"),
        ("late.csv", daily_csv(sheet(9, day="2026-11-25")), "late.csv:2: day 2026-11-25"),
        ("again.csv", daily_csv(sheet(4)), "again.csv:2: site 21.71.04 was given before"),
        ("changed.csv", daily_csv(sheet(9)).replace(b";1250;", b";1240;"), "changed.csv:3: closing is 1453"),
        ("city.csv", city_csv(merge([sheet(9)])), "city.csv:2: the row of the day itself"),
    ],
)
def test_what_does_not_belong_is_refused_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, data: bytes, says: str
) -> None:
    Path(name).write_bytes(data)
    assert main(["report", "--merge", "nongsa.csv", "galang.csv", name, "-o", "out.csv", "--pdf", "out.pdf"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"spooler: {says}")
    assert not list(folder.glob("out.*"))


def test_a_sites_sheet_is_never_written_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "galang.csv").read_bytes()
    assert main(["report", "--merge", "nongsa.csv", "galang.csv", "-o", str(folder / "galang.csv")]) == 1
    assert "is one of the sheets to merge" in capsys.readouterr().err
    assert (folder / "galang.csv").read_bytes() == before


def test_the_same_command_may_be_given_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A shell's *.csv takes in what the command wrote the first time."""
    command = ["report", "--merge", "city.csv", "galang.csv", "nongsa.csv", "-o", "city.csv"]
    assert main([command[0], command[1], *command[3:]]) == 0
    first = (folder / "city.csv").read_bytes()
    assert main(command) == 0
    assert (folder / "city.csv").read_bytes() == first
    capsys.readouterr()
    assert main(["report", "--merge", "city.csv", "-o", "city.csv"]) == 2
    assert "the only file named" in capsys.readouterr().err


def test_files_that_are_not_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--merge", "bengkong.csv"]) == 1
    assert capsys.readouterr().err == "spooler: bengkong.csv: No such file or directory\n"
    assert main(["report", "--merge", "galang.csv", "-o", "nowhere/city.csv"]) == 1
    assert capsys.readouterr().err == "spooler: nowhere/city.csv: No such file or directory\n"


def test_only_who_makes_a_paper_waits_for_the_pdf_library() -> None:
    program = "import sys, spooler.cli; spooler.cli.parser(); sys.exit('reportlab' in sys.modules)"
    assert subprocess.run([sys.executable, "-P", "-c", program], check=False).returncode == 0
