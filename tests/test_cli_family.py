"""`spooler family new`: its package fails by the contract with sentences, and passes once the family is written."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from spooler.cli import main
from spooler.cli.family_files import files_of

ROOT = Path(__file__).parents[1]
#: what a package of one's own inherits nothing of
ALONE = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}


def run(*words: object) -> int:
    return main([str(word) for word in words])


def new(tmp_path: Path, name: str) -> Path:
    assert run("family", "new", name, "--directory", tmp_path) == 0
    return tmp_path / name


def pytest_in(folder: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *words],
        cwd=folder, env=ALONE, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def is_typed(file: Path) -> None:
    environment = ALONE | {"MYPYPATH": f"{ROOT / '.typing'}:{ROOT}"}
    words = ["mypy", "--strict", "--cache-dir", str(file.parents[1] / "cache"), file.name]
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=file.parent, env=environment, capture_output=True, text=True, timeout=100,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_the_suite_names_what_is_missing_one_place_after_the_other(tmp_path):
    folder = new(tmp_path, "sawahlunto")
    code, said = pytest_in(folder, "--tb=short")
    assert code == 1
    assert "7 failed, 1 passed" in said
    errors = {match[1] for match in re.finditer(r"^E +(\w*Error): ", said, re.MULTILINE)}
    assert errors == {"AssertionError", "NotImplementedError"}
    assert "sawahlunto-1: settle_seconds is not told" in said
    assert "compile: refuse planes" in said
    assert "inquire: ask for state" in said
    assert "splice: " not in said, "a place that is not reached yet"

    # the first places written, the next ones are named
    language = folder / "sawahlunto.py"
    text = language.read_text()
    text = text.replace("settle_seconds=0.0", "settle_seconds=9.0")
    text = re.sub(r"raise NotImplementedError\(\s+\"compile[^)]*\([^)]*\)\"\s+\)", "return Compiled(plate.id)", text)
    text = re.sub(r"raise NotImplementedError\(\s+\"inquire[^)]*\([^)]*\)\"\s+\)", "return iter(())", text)
    language.write_text(text)
    _, said = pytest_in(folder, "--tb=short", "-k", "facts or belong or any_reply")
    assert "settle_seconds is not told" not in said
    assert "splice: give the plate's bytes" in said
    assert "reset: make the printer forget" in said


def test_the_pages_family_in_a_new_package_passes(tmp_path):
    folder = new(tmp_path, "contoh")
    page = (ROOT / "docs" / "adding-a-printer.md").read_text()
    *blocks, _ = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (folder / "contoh.py").write_text("\n".join(blocks))
    is_typed(folder / "contoh.py")
    code, said = pytest_in(folder)
    assert code == 0, said
    assert "8 passed" in said


def test_its_files_are_as_clean_as_ours(tmp_path):
    folder = new(tmp_path, "sawahlunto")
    for command in ("check --select E,F,W,I,N,UP,B,RUF", "format --check"):
        words = [*f"ruff {command} --isolated --line-length 120".split(), "."]
        subprocess.run([sys.executable, "-m", *words], cwd=folder, check=True, timeout=60)
    shutil.rmtree(folder / ".ruff_cache", ignore_errors=True)
    is_typed(folder / "sawahlunto.py")
    project = tomllib.loads((folder / "pyproject.toml").read_text())
    assert project["project"]["entry-points"]["spooler.families"] == {"sawahlunto": "sawahlunto:FAMILY"}
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == set(
        files_of("sawahlunto")
    )


def test_nothing_is_overwritten(tmp_path, capsys):
    (tmp_path / "sawahlunto").mkdir()
    (tmp_path / "sawahlunto" / "pyproject.toml").write_text("mine")
    assert run("family", "new", "sawahlunto", "--directory", tmp_path) == 1
    assert "is there already; nothing was written" in capsys.readouterr().err
    assert [path.read_text() for path in (tmp_path / "sawahlunto").iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Evolis2", "lower-case letters and digits"),
        ("my-printer", "lower-case letters and digits"),
        ("../up", "lower-case letters and digits"),
        ("9printers", "beginning with a letter"),
        ("x", "2 to 32"),
        ("x" * 33, "2 to 32"),
        ("evolis", "there is such a family already"),
        ("class", "Python has that word"),
        ("json", "Python has that word"),
        ("numpy", "a module of that name is installed"),
    ],
)
def test_a_bad_name_is_told_what_is_wrong_with_it(tmp_path, capsys, name, said):
    assert run("family", "new", name, "--directory", tmp_path) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert run("family", "new", "sawahlunto", "--directory", tmp_path / "file") == 1
    assert "cannot be made: Not a directory" in capsys.readouterr().err
