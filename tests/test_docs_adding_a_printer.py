"""docs/adding-a-printer.md is true: its blocks, joined, are a family that keeps the contract."""

import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from language_contract import LanguageContract, drive, joined, random_planes, whole
from spooler.backends.contract import Exchange, Report
from spooler.backends.registry import families
from spooler.model.printer import PrinterState
from spooler.model.reasons import REASONS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "adding-a-printer.md").read_text()
*FILE, TEST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def built() -> ModuleType:
    """The page's family, as the module `contoh`."""
    module = ModuleType("contoh")
    sys.modules["contoh"] = module  # attrs looks its classes' module up
    try:
        exec(compile("\n".join(FILE), "docs/adding-a-printer.md", "exec"), module.__dict__)
    finally:
        del sys.modules["contoh"]
    return module


contoh = built()


class TestThePagesFamilyKeepsTheContract(LanguageContract):
    family = contoh.FAMILY


def test_the_pages_test_is_one() -> None:
    names: dict[str, object] = {"FAMILY": contoh.FAMILY}
    exec(compile(TEST, "docs/adding-a-printer.md", "exec"), names)
    shipped = names["LanguageContract"]
    assert issubclass(names["TestContohKeepsTheContract"], shipped)  # type: ignore[arg-type]
    assert {name for name in vars(shipped) if name.startswith("test")} == {
        name for name in vars(LanguageContract) if name.startswith("test")
    }


def test_its_card_reads_as_its_foot_says() -> None:
    language = contoh.FAMILY.language("contoh-1", "KO")
    card = whole(language, random_planes(language.model.geometry, "ko", 4))
    stream = joined(card)
    assert re.fullmatch(rb"JOB;\d+\nFEED\nPANEL;k;82296\n.{82296}\nPANEL;o;82296\n.{82296}\nEND\n", stream, re.DOTALL)
    assert stream[card.moves_at :].startswith(b"FEED")


def test_its_conversation_reports_until_the_card_is_out() -> None:
    language = contoh.FAMILY.language("contoh-1", "K")
    card = whole(language, random_planes(language.model.geometry, "k", 4))
    replies = [b"A1;7;busy\n", b"A1;7;cover\n", b"A1;7;busy\n", b"A1;8;idle\n"]
    steps, facts = drive(language.print_card(card), iter(replies))
    assert (facts.counter, facts.quiet) == (8, True)
    assert [step.facts.state for step in steps if isinstance(step, Report)] == [
        PrinterState.PROCESSING, PrinterState.STOPPED, PrinterState.PROCESSING,
    ]  # fmt: skip
    assert [step.moves_at is not None for step in steps if isinstance(step, Exchange)] == [True, False, False, False]
    assert drive(language.print_card(card), iter([b"A1;7;jam\n"]))[1].fault


def test_the_entry_point_it_shows_is_the_registrys() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    points = tomllib.loads(block)["project"]["entry-points"]
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    assert set(points) <= set(ours)
    assert points["spooler.families"] == {"contoh": "contoh:FAMILY"}


def test_every_family_stands_in_the_table_of_evidence() -> None:
    section = (ROOT / "README.md").read_text().split("## Printers, and what is proven about them")[1].split("\n## ")[0]
    rows = [line.split(" | ")[0].lower() for line in section.splitlines() if line.startswith("| ")]
    assert [name for name in families() if not any(name in row for row in rows)] == []


@pytest.mark.parametrize("word", sorted({*contoh._WAITS.values(), *contoh._LOST.values()}))
def test_its_reasons_are_on_the_closed_list(word: str) -> None:
    assert word in REASONS
